"""What a file is, by content and never by name; what is refused, and why."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from mailroom.errors import Refused
from mailroom.reasons import ReasonCode
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
    [("png", {}), ("jpeg", {}), ("tiff", {}), ("webp", {}), ("jpeg2000", {})],
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
        (b"\x1f\x8b\x08\0", "container"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "wrong-type"),
        (b"\x78\x9f\x3e\x22 winmail", "unsupported"),
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
