"""Write what was read on a page as a PDF page of invisible text, each word on its baseline and as wide as on the scan.

The font has no shapes: every character is an empty box half as wide as high, stretched to the width of its word. Its
program takes some hundred bytes, so a text layer costs little more than its text.
"""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import pikepdf

from mailroom.engines.reading import ReadLine, ReadWord

if TYPE_CHECKING:
    from mailroom.engines.plugin import PageRead

FONT_KEY = "/f-0-0"
"""Name under which ocrmypdf looks for the font of a text layer."""
FONT_NAME = "/GlyphlessMail"
_ADVANCE = 0.5
_ON_END = 2.0


def text_page(page: PageRead) -> bytes:
    """A PDF of one page, as large as the upright page, with its text; empty where nothing was read."""
    content = b"".join(_content(page))
    if not content:
        return b""
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(page.width * 72 / page.dpi, page.height * 72 / page.dpi))
        sheet = pdf.pages[0].obj
        sheet["/Resources"] = pikepdf.Dictionary(Font=pikepdf.Dictionary({FONT_KEY: _font(pdf)}))
        sheet["/Contents"] = pdf.make_stream(content)
        stream = io.BytesIO()
        pdf.save(stream, compress_streams=False)
    return stream.getvalue()


def _content(page: PageRead) -> Iterator[bytes]:
    scale = 72 / page.dpi
    height = page.height * scale
    for line in page.reading.lines:
        yield b"BT 3 Tr " + _line(line, scale, height) + b"ET\n"


def _line(line: ReadLine, scale: float, height: float) -> bytes:
    """One line as one text object, so that no program tears neighbouring lines of a skewed scan apart.

    All letters are equally wide; before each word the pen is moved to where the word stands on the scan.
    """
    on_end = line.bottom - line.top > _ON_END * (line.right - line.left) and max(len(w.text) for w in line.words) > 2
    size = max(1.0, scale * ((line.right - line.left) if on_end else (line.bottom - line.top)))
    angle = math.pi / 2 if on_end else -math.atan(line.slope)
    first = line.words[0]
    if on_end:
        x, y = line.right * scale, height - first.bottom * scale
        starts = [(first.bottom - word.bottom) * scale for word in line.words]
        length = (first.bottom - line.words[-1].top) * scale
    else:
        x, y = first.left * scale, height - _baseline(line, first) * scale
        starts = [(word.left - first.left) * scale / math.cos(angle) for word in line.words]
        length = (line.words[-1].right - first.left) * scale / math.cos(angle)
    texts = [*(f"{word.text} " for word in line.words[:-1]), line.words[-1].text]
    letters = sum(map(len, texts))
    stretch = max(1.0, 100 * length / (letters * _ADVANCE * size))
    unit = size * stretch / 100
    matrix = [math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle)]
    place = " ".join((*(_number(value, 4) for value in matrix), _number(x, 2), _number(y, 2)))
    head = f"{FONT_KEY} {_number(size, 1)} Tf {_number(stretch, 1)} Tz {place} Tm["
    shown = [head.encode("ascii")]
    pen = 0.0
    for start, text in zip(starts, texts, strict=True):
        back = round((pen - start) / unit * 1000)
        if back:
            shown.append(b"%d" % back)
        pen = start + len(text) * _ADVANCE * unit
        shown.append(_string(text))
    return b"".join((*shown, b"]TJ\n"))


def _baseline(line: ReadLine, word: ReadWord) -> float:
    return line.bottom + line.offset + line.slope * (word.left - line.left)


def _string(text: str) -> bytes:
    codes = "".join(c if ord(c) < 0x10000 else "\ufffd" for c in text).encode("utf-16-be", "replace")
    escaped = codes.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)").replace(b"\r", b"\\r")
    return b"(" + escaped + b")"


def _number(value: float, places: int) -> str:
    text = f"{value:.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) if float(text) else "0"


_TO_UNICODE = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
1 beginbfrange
<0000> <FFFF> <0000>
endbfrange
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


def _font(pdf: pikepdf.Pdf) -> pikepdf.Object:
    name = pikepdf.Name(FONT_NAME)
    program = font_program()
    file = pdf.make_stream(program)
    file["/Length1"] = len(program)
    descriptor = pikepdf.Dictionary(
        Type=pikepdf.Name.FontDescriptor,
        FontName=name,
        Flags=5,
        FontBBox=[0, 0, 500, 1000],
        ItalicAngle=0,
        Ascent=1000,
        Descent=-1,
        CapHeight=1000,
        StemV=80,
        FontFile2=file,
    )
    glyphs = pdf.make_stream(zlib.compress(b"\x00\x01" * 0x10000, 9))
    glyphs["/Filter"] = pikepdf.Name.FlateDecode
    descendant = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=pikepdf.Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=round(1000 * _ADVANCE),
        CIDToGIDMap=glyphs,
    )
    return pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type0,
            BaseFont=name,
            Encoding=pikepdf.Name("/Identity-H"),
            DescendantFonts=[pdf.make_indirect(descendant)],
            ToUnicode=pdf.make_stream(_TO_UNICODE),
        )
    )


@cache
def font_program() -> bytes:
    """A TrueType font of two empty glyphs, each half as wide as high."""
    from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
    from fontTools.ttLib.tables._g_l_y_f import Glyph  # type: ignore[import-untyped]

    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "void"])
    builder.setupCharacterMap({})
    builder.setupGlyf({".notdef": Glyph(), "void": Glyph()})
    advance = round(1000 * _ADVANCE)
    builder.setupHorizontalMetrics({".notdef": (advance, 0), "void": (advance, 0)})
    builder.setupHorizontalHeader(ascent=1000, descent=-1)
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.recalcTimestamp = False
    stream = io.BytesIO()
    builder.save(stream)
    return stream.getvalue()
