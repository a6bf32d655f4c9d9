"""Write what was read on a page as a PDF page of invisible text, each word on its baseline and as wide as on the scan.

Every character of the font is the same box, half as wide as high, stretched to the width of its word and never
painted. Its program takes some hundred bytes, so a text layer costs little more than its text. A box, not nothing:
programs that extract text drop a word of one letter that has no extent.
"""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Iterator
from functools import cache

import pikepdf

from mailroom.engines.reading import PageRead, ReadLine

FONT_KEY = "/f-0-0"
"""Name under which ocrmypdf looks for the font of a text layer."""
FONT_NAME = "/GlyphlessMail"
_ADVANCE = 0.5
_ON_END = 2.0
_SLIGHT = 0.015
_HAIR = 0.1


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
        yield b"BT 3 Tr " + b"".join(_line(line, scale, height)) + b"ET\n"


def _line(line: ReadLine, scale: float, height: float) -> Iterator[bytes]:
    """One line: the pen is set once, then words and the gaps between them are stretched to where the scan has them.

    The line follows the scan's slope while that is slight. Programs that extract text sort by height, so a steeper
    line is laid level at its mean height: else words of neighbouring lines are mixed up.
    """
    on_end = line.bottom - line.top > _ON_END * (line.right - line.left) and max(len(w.text) for w in line.words) > 2
    slope = line.slope if abs(line.slope) <= _SLIGHT else 0.0
    angle = math.pi / 2 if on_end else -math.atan(slope)
    first = line.words[0]
    if on_end:
        size = scale * (line.right - line.left)
        x, y = line.right * scale, height - first.bottom * scale
        forward = -scale
        ends = [(word.bottom, word.top) for word in line.words]
    else:
        rise = abs(line.slope) * (line.right - line.left)
        size = scale * max(line.bottom - line.top - rise, (line.bottom - line.top) / 3)
        at = first.left if slope == line.slope else (line.left + line.right) / 2
        x, y = first.left * scale, height - (line.bottom + line.offset + line.slope * (at - line.left)) * scale
        forward = scale / math.cos(angle)
        ends = [(word.left, word.right) for word in line.words]
    size = max(1.0, size)
    matrix = [math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle)]
    place = " ".join((*(_number(value, 4) for value in matrix), _number(x, 2), _number(y, 2)))
    yield f"{FONT_KEY} {_number(size, 1)} Tf {place} Tm ".encode("ascii")
    for index, word in enumerate(line.words):
        yield _shown(word.text, (ends[index][1] - ends[index][0]) * forward, size)
        if index + 1 < len(line.words):
            yield _shown(" ", (ends[index + 1][0] - ends[index][1]) * forward, size)


def _shown(text: str, length: float, size: float) -> bytes:
    """Show a text stretched to a length in points; the pen never goes back, so a length of nothing becomes a hair."""
    stretch = 100 * max(length, _HAIR) / (len(text) * _ADVANCE * size)
    return f"{_number(stretch, 1)} Tz".encode("ascii") + _string(text) + b"Tj\n"


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
    """A TrueType font of two equal boxes, half as wide as high."""
    from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
    from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]

    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (480, 700), (480, 0)):
        pen.lineTo(corner)
    pen.closePath()
    box = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "void"])
    builder.setupCharacterMap({})
    builder.setupGlyf({".notdef": box, "void": box})
    advance = round(1000 * _ADVANCE)
    builder.setupHorizontalMetrics({".notdef": (advance, 0), "void": (advance, 0)})
    builder.setupHorizontalHeader(ascent=1000, descent=-1)
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.recalcTimestamp = False
    stream = io.BytesIO()
    builder.save(stream)
    return stream.getvalue()
