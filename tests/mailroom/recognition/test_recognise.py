"""Scans and digital letters of every kind become searchable PDF/A, text with boxes, and a thumbnail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pikepdf.pdfa
import pytest
from PIL import Image

from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.ports import Recognition
from mailroom.settings import MailroomSettings
from mailroom.stages.identify import identify
from mailroom.stages.pages import Pages
from mailroom.stages.prepare import prepare
from mailroom.stages.recognise import merge, recognise, recognise_pages, recognise_range
from tests.mailroom.recognition import drawing

SETTINGS = MailroomSettings()


def run(path: Path, work: Path, settings: MailroomSettings = SETTINGS) -> Recognition:
    return recognise(path, work, identify(path, path.name, settings), settings)


def layer(found: Recognition) -> list[str]:
    with Pages(found.rendition) as pages:
        return [pages.words(number)[1] for number in range(1, len(pages) + 1)]


def compress(kind: str) -> Callable[[Image.Image, Path], None]:
    def save(picture: Image.Image, path: Path) -> None:
        picture = drawing.bitonal(picture) if kind.startswith("group") else picture
        picture.save(path, "TIFF", compression=kind, dpi=(300, 300))

    return save


def jpeg_lying(picture: Image.Image, path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.rotate(90, expand=True).save(path, "JPEG", exif=exif, dpi=(300, 300), quality=90)


def jpeg_mirrored(picture: Image.Image, path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 2
    picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(path, "JPEG", exif=exif, dpi=(300, 300), quality=90)


def png_alpha(picture: Image.Image, path: Path) -> None:
    clear = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    clear.putalpha(picture.point(lambda value: 255 - value))
    clear.save(path, "PNG")


def tiff_uneven(picture: Image.Image, path: Path) -> None:
    drawing.bitonal(picture.resize((picture.width * 2 // 3, picture.height * 2 // 3))).resize(
        (picture.width * 2 // 3, picture.height // 3)
    ).save(path, "TIFF", compression="group3", dpi=(204, 98))


def grey_16_bit(picture: Image.Image, path: Path) -> None:
    import numpy as np

    Image.fromarray(np.asarray(picture).astype(np.uint16) * 257).save(path, "PNG", dpi=(300, 300))


def cmyk(picture: Image.Image, path: Path) -> None:
    picture.convert("RGB").convert("CMYK").save(path, "JPEG", dpi=(300, 300), quality=90)


def tiff_lying(picture: Image.Image, path: Path) -> None:
    picture.rotate(90, expand=True).save(path, "TIFF", tiffinfo={274: 6}, dpi=(300, 300))


def two_in_a_jpeg(picture: Image.Image, path: Path) -> None:
    depth = Image.new("L", picture.size)
    picture.save(path, "MPO", save_all=True, append_images=[depth], dpi=(300, 300), quality=90)


@pytest.mark.parametrize(
    ("save", "name"),
    [
        (compress("group3"), "a.tif"),
        (compress("group4"), "a.tif"),
        (compress("tiff_lzw"), "a.tif"),
        (compress("jpeg"), "a.tif"),
        (tiff_uneven, "a.tif"),
        (jpeg_lying, "a.jpg"),
        (jpeg_mirrored, "a.jpg"),
        (cmyk, "a.jpg"),
        (png_alpha, "a.png"),
        (grey_16_bit, "a.png"),
        (lambda picture, path: picture.save(path, "WEBP", quality=80), "a.webp"),
        (lambda picture, path: picture.save(path, "JPEG2000"), "a.jp2"),
        (lambda picture, path: picture.save(path, "TIFF", big_tiff=True, dpi=(300, 300)), "a.tif"),
        (lambda picture, path: picture.save(path, "BMP", dpi=(300, 300)), "a.bmp"),
        (tiff_lying, "a.tif"),
        (two_in_a_jpeg, "a.jpg"),
    ],
    ids=[
        *("g3", "g4", "lzw", "jpeg-in-tiff", "uneven", "exif", "mirror", "cmyk", "alpha", "16-bit", "webp", "jp2"),
        *("big-tiff", "bmp", "tiff-lying", "two-in-a-jpeg"),
    ],
)
def test_pictures_of_all_kinds_are_read(save: Callable[[Image.Image, Path], None], name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    save(drawing.page(drawing.GERMAN), path)
    found = run(path, tmp_path / "work")
    read = found.text.replace("-", "")
    assert all(word in read for word in ("Damen", "Hund", "Waldi", "Bestätigung")), read
    assert found.pdfa, found.findings
    assert "Waldi" in layer(found)[0]
    page = found.pages[0]
    assert page.width > page.height
    assert (page.source, page.language, page.rotated) == ("ocr", "deu", 0)
    with Image.open(found.thumbnail) as thumbnail:
        assert (thumbnail.format, thumbnail.width) == ("PNG", 240)


def test_each_page_gets_what_it_needs(tmp_path: Path) -> None:
    """A digital page, an upside-down scan, a blank one and a scan in English, in one file."""
    digital = drawing.text_pdf(tmp_path / "digital.pdf", "Dies ist die digitale Seite mit ihrem eigenen Text.")
    upside_down = drawing.page(drawing.GERMAN).rotate(180)
    scans = [drawing.bitonal(p) for p in (upside_down, Image.new("L", (1740, 1230), 255))]
    scanned = drawing.scan_pdf(tmp_path / "scan.pdf", *scans, drawing.page(drawing.ENGLISH))
    path = tmp_path / "mixed.pdf"
    with pikepdf.open(digital) as pdf, pikepdf.open(scanned) as more:
        pdf.pages.extend(more.pages)
        pdf.save(path)
    found = run(path, tmp_path / "work")
    assert [page.number for page in found.pages] == [1, 2, 3, 4]
    assert [page.source for page in found.pages] == ["digital", "ocr", "none", "ocr"]
    assert [page.blank for page in found.pages] == [False, False, True, False]
    assert [page.rotated for page in found.pages] == [0, 180, 0, 0]
    assert [page.language for page in found.pages] == ["deu", "deu", "", "eng"]
    texts = layer(found)
    assert "digitale Seite" in texts[0]
    assert "Waldi" in texts[1]
    assert "signed form" in texts[3]
    assert found.pdfa, found.findings
    with pikepdf.open(found.rendition) as pdf:
        assert [page.rotation for page in pdf.pages] == [0, 180, 0, 0]
        fonts = {font.objgen for font in pdf.objects if isinstance(font, pikepdf.Dictionary) and is_layer_font(font)}
    assert len(fonts) == 1
    assert {finding.partition(":")[0] for finding in found.findings} == {"turned", "blank"}


def is_layer_font(item: pikepdf.Dictionary) -> bool:
    return (
        item.get("/Type") == "/Font" and item.get("/Subtype") == "/Type0" and item.get("/BaseFont") == "/GlyphlessMail"
    )


def test_result_does_not_depend_on_the_cut(tmp_path: Path) -> None:
    picture = drawing.bitonal(drawing.page(drawing.GERMAN, size=(5.8, 2.6)))
    path = drawing.scan_pdf(tmp_path / "a.pdf", picture, picture.rotate(180), picture)
    kind = identify(path, "a.pdf", SETTINGS)
    prepared = prepare(path, tmp_path / "work", kind, SETTINGS)
    whole = recognise_pages(prepared, 1, 3, tmp_path / "one", SETTINGS)
    parts = [recognise_range(prepared, n, n, tmp_path / "many", SETTINGS) for n in (3, 1, 2)]
    pieces = merge(prepared, tuple(parts), tmp_path / "many", SETTINGS)
    assert pieces.pages == whole.pages
    assert (pieces.pdfa, pieces.findings, pieces.engine) == (whole.pdfa, whole.findings, whole.engine)
    assert layer(pieces) == layer(whole)


def test_a_letter_of_a_batch_counts_its_own_pages(tmp_path: Path) -> None:
    path = drawing.text_pdf(tmp_path / "a.pdf", "eins", "zwei", "drei")
    prepared = prepare(path, tmp_path / "work", identify(path, "a.pdf", SETTINGS), SETTINGS)
    found = recognise_pages(prepared, 2, 3, tmp_path / "letter", SETTINGS)
    assert [(page.number, page.text) for page in found.pages] == [(1, "zwei"), (2, "drei")]
    assert layer(found) == ["zwei", "drei"]


def test_values_of_fields_and_no_scripts_reach_the_rendition(tmp_path: Path) -> None:
    path = drawing.text_pdf(tmp_path / "a.pdf", "Antrag")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.Root["/OpenAction"] = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.attachments["boese.exe"] = b"MZ"
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9],
            A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe"),
        )  # fmt: skip
        pdf.pages[0].obj["/Annots"] = pikepdf.Array([pdf.make_indirect(link)])
        pdf.save()
    found = run(path, tmp_path / "work")
    data = found.rendition.read_bytes()
    assert not any(word in data for word in (b"JavaScript", b"calc.exe", b"boese", b"Launch"))
    assert {"active-content", "attachments"} <= {finding.partition(":")[0] for finding in found.findings}
    assert found.pdfa, found.findings


def annotated(path: Path, *annotations: dict[str, object], form: bool = False) -> Path:
    """A PDF page with annotations; with ``form`` they are its fields, whose values nobody drew."""
    drawing.text_pdf(path, "Antrag")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        look = pdf.make_stream(b"BT /F 12 Tf 5 5 Td (GEPRUEFT Ahorn) Tj ET")
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        for key, value in {
            "Type": pikepdf.Name.XObject,
            "Subtype": pikepdf.Name.Form,
            "BBox": [0, 0, 200, 20],
            "Resources": pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font)),
        }.items():
            look[f"/{key}"] = value
        made = []
        for keys in annotations:
            drawn = {"AP": pikepdf.Dictionary(N=look)} if keys.pop("drawn", False) else {}
            one = {"Type": pikepdf.Name.Annot, "Rect": [50, 50, 250, 70], "F": 4, **keys, **drawn}
            made.append(pdf.make_indirect(pikepdf.Dictionary(**one)))
        pdf.pages[0].obj["/Annots"] = pikepdf.Array(made)
        if form:
            pdf.Root["/AcroForm"] = pikepdf.Dictionary(Fields=pikepdf.Array(made), DA="/Helv 12 Tf 0 g")
        pdf.save()
    return path


@pytest.mark.parametrize("kind", ["Stamp", "FreeText"])
def test_what_was_put_on_the_page_is_part_of_its_text(kind: str, tmp_path: Path) -> None:
    path = annotated(tmp_path / "a.pdf", {"Subtype": pikepdf.Name(f"/{kind}"), "drawn": True, "Contents": "Ahorn"})
    found = run(path, tmp_path / "work")
    assert found.text.split("\n") == ["Antrag", "GEPRUEFT Ahorn"] and layer(found) == [found.text]
    assert not any(finding.startswith("remarks") for finding in found.findings)


def test_values_of_fields_that_nobody_drew_stand_on_the_page(tmp_path: Path) -> None:
    field = {"Subtype": pikepdf.Name.Widget, "FT": pikepdf.Name.Tx, "T": "name", "V": "Größe Zwetschge"}
    found = run(annotated(tmp_path / "a.pdf", field, form=True), tmp_path / "work")
    assert found.text.split("\n") == ["Antrag", "Größe Zwetschge"]


def test_remarks_that_open_beside_the_page_are_said(tmp_path: Path) -> None:
    note = {"Subtype": pikepdf.Name.Text, "Contents": "Bitte\nprüfen"}
    found = run(annotated(tmp_path / "a.pdf", note, {"Subtype": pikepdf.Name.Link}), tmp_path / "work")
    assert "remarks: The PDF holds 1 remark(s) that stand on no page: “Bitte prüfen”." in found.findings


def test_a_page_that_is_cut_to_a_place_beside_it_is_shown_whole(tmp_path: Path) -> None:
    path = drawing.text_pdf(tmp_path / "a.pdf", "Antrag")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].cropbox = [5000, 5000, 6000, 6000]
        pdf.save()
    assert run(path, tmp_path / "work").text == "Antrag"


def test_a_form_that_only_asks_to_wait_for_acrobat_is_refused(tmp_path: Path) -> None:
    path = drawing.text_pdf(tmp_path / "a.pdf", "Please wait...")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.Root["/AcroForm"] = pikepdf.Dictionary(Fields=pikepdf.Array(), XFA=pdf.make_stream(b"<xdp/>"))
        pdf.save()
    with pytest.raises(Refused) as caught:
        run(path, tmp_path / "work")
    assert caught.value.reason is ReasonCode.DYNAMIC_FORM


def test_rendition_of_a_bitonal_scan_stays_bitonal_and_small(tmp_path: Path) -> None:
    text = "\n".join([drawing.GERMAN] * 5)
    path = drawing.scan_pdf(tmp_path / "a.pdf", drawing.bitonal(drawing.page(text, size=(8.27, 11.69), points=10)))
    found = run(path, tmp_path / "work")
    assert pictures(found.rendition) == pictures(path)
    assert found.rendition.stat().st_size < path.stat().st_size + 9000


def pictures(path: Path) -> list[bytes]:
    with pikepdf.open(path) as pdf:
        streams = [item for item in pdf.objects if isinstance(item, pikepdf.Stream)]
        return [item.read_raw_bytes() for item in streams if item.get("/Subtype") == "/Image"]


def test_poor_page_is_flagged(tmp_path: Path) -> None:
    path = drawing.scan_pdf(tmp_path / "a.pdf", drawing.bitonal(drawing.page(drawing.GERMAN, size=(5.8, 2.6))))
    found = run(path, tmp_path / "work", SETTINGS.model_copy(update={"low_confidence": 1.0}))
    assert any(finding.startswith("low-confidence: Page 1") for finding in found.findings)


def test_the_other_engine_reads_the_same(tmp_path: Path) -> None:
    path = drawing.scan_pdf(tmp_path / "a.pdf", drawing.bitonal(drawing.page(drawing.GERMAN, size=(5.8, 2.6))))
    one = run(path, tmp_path / "one")
    other = run(path, tmp_path / "other", MailroomSettings(engine="pytesseract"))
    assert other.text == one.text
    assert "pytesseract" in other.engine
    assert other.pdfa


def test_picture_damaged_inside_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    compress("tiff_lzw")(drawing.page(drawing.GERMAN), path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = b"\xff" * 400
    path.write_bytes(bytes(data))
    with pytest.raises(Refused) as caught:
        run(path, tmp_path / "work")
    assert caught.value.reason is ReasonCode.DAMAGED
