"""What a file is, by content and never by name; what is refused, and why."""

from __future__ import annotations

import pickle
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, TiffImagePlugin

from mailroom.custody.completeness import is_complete
from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages.identify import Kind, identify
from tests.mailroom.recognition import drawing

SETTINGS = MailroomSettings()


def refusal(path: Path, settings: MailroomSettings = SETTINGS) -> str:
    with pytest.raises(Refused) as caught:
        identify(path, path.name, settings)
    return caught.value.reason.value


@pytest.mark.parametrize(
    ("kind", "options"),
    [("png", {}), ("jpeg", {}), ("tiff", {}), ("webp", {}), ("jpeg2000", {}), ("bmp", {}), ("avif", {})],
)
def test_pictures_are_known_by_content(kind: str, options: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    drawing.page("Ein Brief", dpi=100).save(path, format=kind.upper(), **options)
    found = identify(path, "scan.pdf", SETTINGS)
    assert (found.kind, found.pages, found.bytes) == (Kind(kind), 1, path.stat().st_size)
    assert found.has("name-differs")
    assert found.puid


def test_pdf_pages_are_counted(tmp_path: Path) -> None:
    found = identify(drawing.text_pdf(tmp_path / "a.pdf", "eins", "zwei", "drei"), "a.pdf", SETTINGS)
    assert (found.kind, found.mime, found.pages, found.flags) == (Kind.PDF, "application/pdf", 3, ())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"MZ\x90\0\x03", "executable"),
        (b"\x7fELF\x02\x01", "executable"),
        (b"#!/bin/sh\nrm -rf /\n", "executable"),
        (b"PK\x03\x04 nothing", "truncated"),
        (b"Rar!\x1a\x07\0", "container"),
        (b"7z\xbc\xaf\x27\x1c", "container"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "wrong-type"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "unsupported"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", "damaged"),
        (b"\0\0\0\x18ftypavis\0\0\0\0mif1msf1", "unsupported"),
        (b"BM\xff\xff\0\0\0\0\0\0 cut off", "truncated"),
        (b"II+\0\x08\0\0\0\xff\0\0\0\0\0\0\0", "truncated"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "wrong-type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "wrong-type"),
        (b"<?php echo 1 ?>", "wrong-type"),
        (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", "damaged"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0heicmif1\0\0\x01\0meta", "truncated"),
        (b"\0\0\0\x01ftypheic\0\0\0\0\0\0\0\x05", "unsupported"),
        (b"GIF89a\0\0;", "damaged"),
        (b"%PDF-1.7\n", "truncated"),
        (b"%PDF-1.7\nnothing\nstartxref\n0\n%%EOF\n", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "truncated"),
        (b"\xff\xd8\xff\xe0 \xff\xd9", "damaged"),
        (b"Guten Tag", "wrong-type"),
    ],
)
def test_what_is_no_letter_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(content)
    assert refusal(path) == reason


def test_an_archive_is_not_taken_for_the_pdf_that_lies_unpacked_in_it(tmp_path: Path) -> None:
    pdf = drawing.text_pdf(tmp_path / "a.pdf", "eins")
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.write(pdf, "a.pdf")
        archive.writestr("b.bin", bytes(300_000))
    assert identify(path, path.name, SETTINGS).kind is Kind.ZIP
    assert is_complete(path)


def test_a_tape_is_not_taken_for_the_pdf_that_lies_first_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as tape:
        for name in ("eins", "zwei"):
            tape.add(drawing.text_pdf(tmp_path / f"{name}.pdf", name), f"{name}.pdf")
    assert identify(path, path.name, SETTINGS).kind is Kind.TAR


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<!DOCTYPE html><p>Guten Tag", Kind.HTML),
        (b"\xef\xbb\xbf\r\n<HTML><body>Guten Tag", Kind.HTML),
        (b"<?xml version='1.0'?>\n<html xmlns='http://www.w3.org/1999/xhtml'/>", Kind.HTML),
        (b"<?xml version='1.0'?><Invoice><ID>1</ID></Invoice>", Kind.XML),
        (b"<ubl:Invoice xmlns:ubl='u'><ID>1</ID></ubl:Invoice>", Kind.XML),
        ("<?xml version='1.0' encoding='utf-16'?><a>ä</a>".encode("utf-16"), Kind.XML),
        (b"<?xml version='1.0'?><office:document xmlns:office='o'/>", Kind.OFFICE),
        (b"<?xml version='1.0'?><?mso-application progid='Word.Document'?><w/>", Kind.OFFICE),
        (b"From: a@b.de\nTo: c@d.de\n\nText", Kind.MESSAGE),
        (b"From a@b.de Mon\nFrom: a@b.de\nTo: c@d.de\n\nText\n\nFrom the office\n", Kind.MESSAGE),
        (b"From a Mon\nFrom: a\nTo: c\n\nText\n\nFrom b Tue\nFrom: b\nTo: c\n\nText\n", Kind.MAILBOX),
        (b"\x1f\x8b\x08\0", Kind.PACKED),
    ],
)
def test_texts_are_told_apart(content: bytes, kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "datei"
    path.write_bytes(content)
    assert identify(path, path.name, SETTINGS).kind is kind


def test_forms_of_pictures_that_are_not_read_are_not_called_damaged(tmp_path: Path) -> None:
    picture = drawing.page("Ein Brief", dpi=100)
    jpeg, tiff = tmp_path / "a.jpg", tmp_path / "a.tif"
    picture.save(jpeg)
    data = bytearray(jpeg.read_bytes())
    data[data.index(b"\xff\xc0") + 4] = 12
    jpeg.write_bytes(data)
    picture.save(tiff, compression="packbits")
    entry = b"\x03\x01\x03\0\x01\0\0\0"
    tiff.write_bytes(tiff.read_bytes().replace(entry + b"\x05\x80", entry + b"\xeb\x80"))
    details = []
    for path in (jpeg, tiff):
        with pytest.raises(Refused) as caught:
            identify(path, path.name, SETTINGS)
        details.append((caught.value.reason.value, caught.value.detail))
    assert details == [
        ("unsupported", "a JPEG picture with 12 bits a sample"),
        ("unsupported", "a TIFF picture packed as JPEG 2000"),
    ]


def test_small_copies_in_a_tiff_are_no_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    page = drawing.page("Ein Brief", dpi=100)
    with TiffImagePlugin.AppendingTiffWriter(path) as writer:
        for picture, kind in ((page.resize((40, 30)), 1), (page, 0), (page, 0)):
            picture.save(writer, format="TIFF", tiffinfo={254: kind}, dpi=(100, 100))
            writer.newFrame()
    assert identify(path, path.name, SETTINGS).pages == 2


def test_vanished_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone.pdf") == "vanished"


def locked(path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(path, encryption=pikepdf.Encryption(owner="chef", user="geheim"))


def pages_in_plenty(path: Path) -> None:
    with pikepdf.new() as pdf:
        for _ in range(12):
            pdf.add_blank_page(page_size=(100, 100))
        pdf.save(path)


def no_pages(path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.save(path)


def huge_picture(path: Path) -> None:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page()
        picture = pdf.make_stream(b"", Width=60_000, Height=60_000)
        picture["/Subtype"] = pikepdf.Name.Image
        page.obj["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=picture))
        pdf.save(path)


def nested_bomb(path: Path) -> None:
    import zlib

    packed = zlib.compress(zlib.compress(bytes(60_000_000), 9), 9)
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page()
        stream = pdf.make_stream(b"")
        stream.write(packed, filter=pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode]))
        page.obj["/Contents"] = stream
        pdf.save(path, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (locked, "encrypted"),
        (pages_in_plenty, "too-many-pages"),
        (no_pages, "no-pages"),
        (huge_picture, "too-large"),
        (nested_bomb, "too-large"),
    ],
)
def test_pdf_beyond_the_limits_is_refused(make: Callable[[Path], None], reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    make(path)
    assert refusal(path, SETTINGS.model_copy(update={"max_pages": 10, "max_unpacked": 50_000_000})) == reason


def counted(stated: bytes) -> bytes:
    """A PDF of one page whose page tree states another number, as long as it likes."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count "
        + stated
        + b">>"
        b"endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
        b"trailer<</Root 1 0 R/Size 4>>\nstartxref\n0\n%%EOF\n"
    )


@pytest.mark.parametrize("stated", [b"-2147483648", b"-1", b"9999999999", b"99999999999999999999", b"(many)"])
def test_senseless_page_count_is_damage(stated: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(counted(stated))
    assert refusal(path) == "damaged"


def test_wrong_page_count_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(counted(b"7"))
    found = identify(path, "a.pdf", SETTINGS)
    assert found.pages == 1
    assert any("says that it has 7 pages, 1 were found" in flag for flag in found.flags)


def test_bytes_before_the_start_of_a_pdf_are_said(tmp_path: Path) -> None:
    path = drawing.text_pdf(tmp_path / "a.pdf", "eins")
    path.write_bytes(b"HTTP/1.1 200 OK\r\n\r\n" + path.read_bytes())
    assert identify(path, "a.pdf", SETTINGS).has("repaired")


@pytest.mark.parametrize("share", [0.5, 0.7, 0.9, 0.97])
def test_what_is_left_of_a_cut_file_is_no_letter(share: float, tmp_path: Path) -> None:
    """A reader that repairs would show the first pages, and nobody would miss the rest."""
    letter = drawing.text_pdf(tmp_path / "a.pdf", *(f"Seite {number}" for number in range(1, 9)))
    pages = [drawing.bitonal(drawing.page(f"Seite {number}", dpi=100)) for number in range(1, 6)]
    fax = tmp_path / "a.tif"
    pages[0].save(fax, save_all=True, append_images=pages[1:], compression="group4")
    for path in (letter, fax):
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        assert refusal(path) == "truncated"


@pytest.mark.parametrize("size", [(2_000_000, 1), (1, 2_000_000)])
def test_picture_longer_than_any_page_is_refused(size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("1", size).save(path)
    assert refusal(path) == "too-large"


def test_limits_of_bytes_and_pixels(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    drawing.page("Ein Brief").save(path)
    assert refusal(path, SETTINGS.model_copy(update={"max_bytes": 10})) == "too-large"
    assert refusal(path, SETTINGS.model_copy(update={"max_pixels": 1000})) == "too-large"


def test_released_with_the_password(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    locked(path)
    assert identify(path, "a.pdf", SETTINGS, password="geheim").has("encrypted")


def test_names_are_compared_with_the_content(tmp_path: Path) -> None:
    path = drawing.text_pdf(tmp_path / "a.pdf", "eins")
    assert identify(path, "Rechnung.exe", SETTINGS).has("name-of-program")
    assert identify(path, "Antrag_\u202efdp.jpg", SETTINGS).has("name-turned")
    assert identify(path, "Rechnung.PDF", SETTINGS).flags == ()
    assert identify(path, "ohne Endung", SETTINGS).flags == ()


def test_refusal_crosses_processes_and_reads_well() -> None:
    refused = pickle.loads(pickle.dumps(Refused(ReasonCode.TOO_LARGE, "9 bytes, limit 8")))
    assert (refused.reason, refused.detail) == (ReasonCode.TOO_LARGE, "9 bytes, limit 8")
    assert "\n" not in str(refused)


@pytest.mark.parametrize("reason", list(ReasonCode))
def test_each_reason_has_a_sentence_and_an_advice(reason: ReasonCode) -> None:
    for text in (reason.sentence, reason.advice):
        assert text[0].isupper()
        assert text.endswith((".", ".)"))
        assert "\n" not in text
