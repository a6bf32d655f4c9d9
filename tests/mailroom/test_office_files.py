"""Office documents: converted where LibreOffice is installed, else kept as they are; never a hanging mail room."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from sqlmodel import Session, select

from mailroom.errors import Refused
from mailroom.models import Letter, LetterFile
from mailroom.processing import runs
from mailroom.settings import MailroomSettings
from mailroom.stages import office as conversion
from mailroom.stages.identify import identify
from mailroom.stages.prepare import prepare

SETTINGS = MailroomSettings(seconds_per_conversion=90)
CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body><office:text>
<text:p>Antrag auf Wohngeld für Müßiggänger</text:p></office:text></office:body></office:document-content>"""
MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">
<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"""


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "antrag.odt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", CONTENT)
        archive.writestr("META-INF/manifest.xml", MANIFEST)
    return path


def program(folder: Path, script: str) -> str:
    """A folder whose ``soffice`` is a shell script."""
    (folder / "bin").mkdir()
    file = folder / "bin" / "soffice"
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
    file.chmod(0o755)
    return f"{folder / 'bin'}:/usr/bin:/bin"


def test_its_type_is_told_by_content(letter: Path) -> None:
    found = identify(letter, letter.name, SETTINGS)
    assert (found.mime, found.flags) == ("application/vnd.oasis.opendocument.text", ())


@pytest.mark.skipif(conversion.converter() is None, reason="LibreOffice is not installed")
def test_a_real_conversion(letter: Path, tmp_path: Path) -> None:
    made = prepare(letter, tmp_path / "work", identify(letter, letter.name, SETTINGS), SETTINGS)
    with pypdfium2.PdfDocument(made.path) as pdf:
        assert "Wohngeld für Müßiggänger" in pdf[0].get_textpage().get_text_bounded()
    assert made.source == letter and any(finding.startswith("converted") for finding in made.findings)


@pytest.mark.parametrize("script", ["exit 77", "kill -9 $$", "printf x > /dev/null"])
def test_a_conversion_that_fails_leaves_the_original(
    script: str, letter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", program(tmp_path, script))
    with pytest.raises(Refused) as caught:
        conversion.convert(letter, tmp_path / "work", SETTINGS)
    assert caught.value.reason == "office-file"


def test_a_conversion_that_hangs_is_ended_with_all_its_processes(
    letter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", program(tmp_path, f"(sleep 3; touch {tmp_path}/late) & sleep 60"))
    with pytest.raises(Refused) as caught:
        conversion.convert(letter, tmp_path / "work", MailroomSettings(seconds_per_conversion=0.1, patience=5))
    assert "hung" in caught.value.detail
    time.sleep(3.5)
    assert not (tmp_path / "late").exists()


def test_a_conversion_may_compute_only_so_long(letter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", program(tmp_path, "while :; do :; done"))
    with pytest.raises(Refused) as caught:
        conversion.convert(letter, tmp_path / "work", MailroomSettings(seconds_per_conversion=1, patience=500))
    assert "within 1 seconds of computing" in caught.value.detail


def test_without_libreoffice_it_waits_in_the_tray_as_it_came(
    office, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    runs.take(office, [letter], "mail", 1, lambda _id: None)
    with Session(office.engine) as session:
        row = session.exec(select(Letter)).one()
        files = session.exec(select(LetterFile)).all()
    assert (row.state, row.title) == ("tray", "antrag.odt")
    assert [finding.partition(":")[0] for finding in row.findings] == ["not-converted"]
    assert [(file.kind.value, office.blobs.read(file.sha512)) for file in files] == [("original", letter.read_bytes())]
