"""Scripts, actions, embedded and foreign files of a PDF never reach its rendition, and only valid files are PDF/A."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pikepdf.pdfa
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from mailroom.settings import MailroomSettings
from mailroom.stages import pdfa
from mailroom.stages.identify import identify
from mailroom.stages.prepare import prepare
from tests.mailroom.recognition import drawing

SETTINGS = MailroomSettings()
ACTIONS = {
    *("/JavaScript", "/Launch", "/URI", "/SubmitForm", "/ResetForm", "/ImportData", "/GoToR", "/GoToE"),
    *("/Rendition", "/Movie", "/Sound", "/GoTo3DView", "/RichMediaExecute"),
}
KEYS = {"/JS", "/EF", "/AA", "/OpenAction", "/XFA", "/EmbeddedFiles", "/JavaScript", "/Ref", "/AF", "/Requirements"}


def script() -> Any:
    return Dictionary(S=Name.JavaScript, JS="app.alert(1)")


def spec(pdf: Pdf) -> Any:
    return pdf.make_indirect(Dictionary(Type=Name.Filespec, F="a.exe", EF=Dictionary(F=pdf.make_stream(b"MZ"))))


def annotation(pdf: Pdf, **keys: Any) -> Any:
    made = pdf.make_indirect(Dictionary(Type=Name.Annot, Rect=Array([10, 10, 100, 100]), **keys))
    page = pdf.pages[0].obj
    page["/Annots"] = Array([*page.get("/Annots", []), made])
    return made


def drawn(pdf: Pdf, stream: Any, **keys: Any) -> None:
    for key, value in {"Type": Name.XObject, **keys}.items():
        stream[f"/{key}"] = value
    pdf.pages[0].obj.Resources["/XObject"] = Dictionary(X=stream)
    pdf.pages[0].contents_add(b"/X Do")


def at_opening(pdf: Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=pdf.make_stream(b"app.alert(1)"))
    pdf.Root.AA = Dictionary(WC=script())
    pdf.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.Launch, F="cmd.exe"))


def in_the_names(pdf: Pdf) -> None:
    leaf = pdf.make_indirect(Dictionary(Names=Array(["x", pdf.make_indirect(script())])))
    pdf.Root.Names = Dictionary(JavaScript=pdf.make_indirect(Dictionary(Kids=Array([leaf]))))


def behind_a_harmless_link(pdf: Pdf) -> None:
    after = Array([script(), Dictionary(S=Name.Launch, F="x.exe")])
    annotation(pdf, Subtype=Name.Link, A=Dictionary(S=Name.GoTo, D=Array([pdf.pages[0].obj, Name.Fit]), Next=after))


def in_an_outline(pdf: Pdf) -> None:
    item = pdf.make_indirect(Dictionary(Title="x", A=script()))
    pdf.Root.Outlines = pdf.make_indirect(Dictionary(Type=Name.Outlines, First=item, Last=item, Count=1))
    item.Parent = pdf.Root.Outlines


def in_a_button(pdf: Pdf) -> None:
    sends = Dictionary(S=Name.SubmitForm, F="https://example.org")
    button = annotation(pdf, Subtype=Name.Widget, FT=Name.Btn, T="k", AA=Dictionary(U=script()), A=sends)
    pdf.Root.AcroForm = Dictionary(Fields=Array([button]), CO=Array([button]))


def as_media(pdf: Pdf) -> None:
    assets = Dictionary(Names=Array(["a", spec(pdf)]))
    annotation(pdf, Subtype=Name.RichMedia, RichMediaContent=Dictionary(Assets=assets))
    annotation(pdf, Subtype=Name.Screen, A=Dictionary(S=Name.Rendition, JS="x"))
    annotation(pdf, Subtype=Name.Movie, Movie=Dictionary(F="x.avi"))


def pinned_and_associated(pdf: Pdf) -> None:
    annotation(pdf, Subtype=Name.FileAttachment, FS=spec(pdf))
    pdf.Root.AF = pdf.pages[0].obj.AF = Array([spec(pdf)])
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array(["a", spec(pdf)])))
    pdf.Root.Collection = Dictionary(Type=Name.Collection)


def in_private_data(pdf: Pdf) -> None:
    pdf.Root.PieceInfo = Dictionary(X=Dictionary(LastModified="D:2020", Private=script()))
    pdf.Root.Requirements = Array([Dictionary(S=Name.EnableJavaScripts)])
    annotation(pdf, Subtype=Name.Link, A=Dictionary(S=Name.URI, URI="javascript:alert(1)"))


def from_another_file(pdf: Pdf) -> None:
    drawn(pdf, pdf.make_stream(b""), Subtype=Name.Form, BBox=Array([0, 0, 9, 9]), Ref=Dictionary(F="b.pdf", Page=0))
    away = pdf.make_stream(b"")
    away["/F"] = "https://example.org/x"
    pdf.pages[0].obj["/PieceInfo"] = Dictionary(X=away)


def in_postscript(pdf: Pdf) -> None:
    drawn(pdf, pdf.make_stream(b"(%pipe%id) (w) file"), Subtype=Name.PS)


def without_its_font(pdf: Pdf) -> None:
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    pdf.pages[0].obj.Resources.Font["/F9"] = pdf.make_indirect(font)
    pdf.pages[0].contents_add(b"BT /F9 12 Tf 100 100 Td (Hallo) Tj ET")


def in_colours_for_print(pdf: Pdf) -> None:
    pdf.pages[0].contents_add(b"q 0.2 0.4 0.1 0 k 0 0 50 50 re f Q")


def through_a_mask(pdf: Pdf) -> None:
    pdf.pages[0].obj.Resources["/ExtGState"] = Dictionary(G=Dictionary(ca=0.5, BM=Name.Multiply))
    pdf.pages[0].contents_add(b"q /G gs 1 0 0 rg 0 0 300 300 re f Q")


def as_a_false_pdfa(pdf: Pdf) -> None:
    with pdf.open_metadata() as said:
        said["pdfaid:part"], said["pdfaid:conformance"] = "3", "A"
    without_its_font(pdf)


PLAIN = (without_its_font, in_colours_for_print, as_a_false_pdfa)
MAKERS = (
    *(at_opening, in_the_names, behind_a_harmless_link, in_an_outline, in_a_button, as_media, pinned_and_associated),
    *(in_private_data, from_another_file, in_postscript, through_a_mask, *PLAIN),
)


def everything(item: Any, depth: int = 0) -> Iterator[Any]:
    """A dictionary and those that are written inside it."""
    if isinstance(item, Dictionary | pikepdf.Stream):
        yield item
    inner = item.values() if isinstance(item, Dictionary) else item if isinstance(item, Array) else ()
    for value in inner:
        if depth < 10 and isinstance(value, Dictionary | Array) and not value.is_indirect:
            yield from everything(value, depth + 1)


@pytest.mark.parametrize("lock", [False, True], ids=["open", "owner-password"])
@pytest.mark.parametrize("make", MAKERS)
def test_rendition_is_harmless_and_true(make: Callable[[Pdf], None], lock: bool, tmp_path: Path) -> None:
    path = drawing.text_pdf(tmp_path / "plain.pdf", "Antrag auf Auskunft")
    source = tmp_path / "letter.pdf"
    with pikepdf.open(path) as pdf:
        make(pdf)
        pdf.save(source, encryption=pikepdf.Encryption(owner="chef", user="", R=6) if lock else None)
    before = source.read_bytes()
    prepared = prepare(source, tmp_path / "work", identify(source, "letter.pdf", SETTINGS), SETTINGS)
    rendition = tmp_path / "rendition.pdf"
    valid, reason = pdfa.finish((prepared.path,), rendition)
    assert source.read_bytes() == before
    with pikepdf.open(rendition) as pdf:
        assert not pdf.is_encrypted
        for item in pdf.objects:
            for found in everything(item):
                assert str(found.get("/S", "")) not in ACTIONS, found
                assert not KEYS & set(found.keys()), found
                assert not (isinstance(found, pikepdf.Stream) and ("/F" in found or found.get("/Subtype") == "/PS"))
        assert bool(pdf.open_metadata().pdfa_status) == valid
    assert pikepdf.pdfa.validate_written(rendition, "2b").passed == valid
    assert valid == (make not in PLAIN)
    assert bool(reason) != valid
