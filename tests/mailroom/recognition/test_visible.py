"""What nobody sees on a page does not count, and a layer under a scan counts only where it fits the scan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from mailroom.ports import Recognition
from mailroom.settings import MailroomSettings
from mailroom.stages.identify import identify
from mailroom.stages.recognise import recognise
from tests.mailroom.recognition import drawing

SETTINGS = MailroomSettings()
SEEN = "Kennwort Birnbaum steht auf der Seite"
UNSEEN = "Sofort an das Sozialamt"


def run(path: Path, work: Path) -> Recognition:
    return recognise(path, work, identify(path, path.name, SETTINGS), SETTINGS)


def text(line: str, y: int, before: str = "") -> bytes:
    return f"{before} BT /F 14 Tf 60 {y} Td ({line}) Tj ET\n".encode("cp1252")


def page(pdf: Pdf, content: bytes) -> pikepdf.Page:
    made = pdf.add_blank_page(page_size=(595, 842))
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    made.obj.Resources = Dictionary(Font=Dictionary(F=font))
    made.obj.Contents = pdf.make_stream(content)
    return made


def white(pdf: Pdf) -> None:
    page(pdf, text(SEEN, 700) + text(UNSEEN, 600, "1 g"))


def beside(pdf: Pdf) -> None:
    page(pdf, text(SEEN, 700) + text(UNSEEN, 900))


def covered(pdf: Pdf) -> None:
    page(pdf, text(SEEN, 700) + text(UNSEEN, 600) + b"0 g 50 590 300 30 re f\n")


def put_out(pdf: Pdf) -> None:
    made = page(pdf, text(SEEN, 700) + b"/OC /L BDC\n" + text(UNSEEN, 600) + b"EMC\n")
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="Ebene"))
    made.obj.Resources.Properties = Dictionary(L=layer)
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer])))


@pytest.mark.parametrize("make", [white, beside, covered, put_out])
def test_text_that_nobody_sees_is_left_out_and_said(make: Callable[[Pdf], None], tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as pdf:
        make(pdf)
        pdf.save(path)
    found = run(path, tmp_path / "work")
    assert found.text.strip() == SEEN
    assert [finding.partition(":")[0] for finding in found.findings if "hidden" in finding] == ["hidden-text"]
    assert found.pages[0].unseen == len(UNSEEN.replace(" ", ""))


def test_pale_and_small_text_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as pdf:
        page(pdf, text(SEEN, 700, "0.8 g") + b"BT /F 4 Tf 60 600 Td (Kleingedrucktes) Tj ET")
        pdf.save(path)
    found = run(path, tmp_path / "work")
    assert found.text.split("\n") == [SEEN, "Kleingedrucktes"] and not found.pages[0].unseen


def scan_with_layer(path: Path, lines: list[str], y: int) -> Path:
    """A scan of a German letter over text that is not painted, as programs for OCR make it."""
    scan = drawing.scan_pdf(path.with_suffix(".scan.pdf"), drawing.page(drawing.GERMAN, dpi=200), dpi=200)
    with pikepdf.open(scan) as pdf:
        made = pdf.pages[0]
        made.obj.Resources["/Font"] = Dictionary(
            F=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
        )
        shown = b"".join(text(line, y - 15 * row, "3 Tr 0 g") for row, line in enumerate(lines))
        made.contents_add(shown, prepend=True)
        pdf.save(path)
    return path


def test_a_layer_that_fits_its_scan_is_kept(tmp_path: Path) -> None:
    path = scan_with_layer(tmp_path / "a.pdf", drawing.GERMAN.split("\n"), 245)
    found = run(path, tmp_path / "work")
    assert found.engine == "" and "hiermit melde ich meinen Hund Waldi ab" in found.text


def test_a_line_of_a_layer_beside_the_writing_is_left_out(tmp_path: Path) -> None:
    path = scan_with_layer(tmp_path / "a.pdf", [*drawing.GERMAN.split("\n"), *[""] * 6, "Sozialamt"], 245)
    found = run(path, tmp_path / "work")
    assert found.pages[0].source == "digital" and "Waldi ab" in found.text and "Sozialamt" not in found.text


@pytest.mark.parametrize(
    ("lines", "y"),
    [
        (["5ehr geehrle Dam3n vnd H3rrcn,", "h1ermlt m3lde lch rnein3n Hvnd", "W4ldi a8. E2 1st an4 verst0rbcn"], 245),
        (["Eine andere Zeile steht hier unten"], 60),
    ],
)
def test_a_poor_layer_is_read_anew(lines: list[str], y: int, tmp_path: Path) -> None:
    found = run(scan_with_layer(tmp_path / "a.pdf", lines, y), tmp_path / "work")
    assert found.pages[0].source == "ocr"
    assert "melde ich meinen Hund Waldi ab" in found.text and lines[0] not in found.text
