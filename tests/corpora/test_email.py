"""The e-mail, archive and attachment files of the corpus through the whole mail room: what came out of each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

import cli
from erecords import home
from erecords.office import Office
from mailroom.custody import proof
from mailroom.models import Delivery, Letter
from mailroom.processing import runs
from mailroom.processing.room import drop_folders
from mailroom.stages.office import converter
from tests.corpora.reading import CORPUS, manifest, needs_corpus

pytestmark = needs_corpus

CONTAINERS = (
    *("droste-quine.zip", "unusual-names.zip", "unusual-names.tar", "deep-attachments.pdf", "macros.docm"),
    *("file-attachment-annotation.pdf", "pdfa3b-embedded-pass.pdf", "encrypted-attachment.pdf", "encrypted.zip"),
    *("corrupted-oom.zip", "decompression-bomb.gif", "not-a-zip.odt", "password-tika.docx", "xxe.xml"),
)
NAMES = (*(f"email/{name}" for name in sorted(manifest("email"))), *(f"hostile/{name}" for name in CONTAINERS))
QUARANTINED = {
    "email/pgp-encrypted.eml": "encrypted",
    "hostile/droste-quine.zip": "too-large",
    "hostile/encrypted.zip": "encrypted",
    "hostile/corrupted-oom.zip": "damaged",
    "hostile/decompression-bomb.gif": "too-large",
    "hostile/not-a-zip.odt": "wrong-type",
    "hostile/password-tika.docx": "encrypted",
    "hostile/xxe.xml": "wrong-type",
}
WITHOUT_LETTER = {"email/image-only.eml", "email/nested-base64-rfc822.eml", "hostile/unusual-names.zip"}
WITHOUT_LETTER |= {"hostile/unusual-names.tar"}
PARTS = {
    "email/anhaenge-mehrere.eml": ["Inneres Testmäil ohne Attachments.eml", "word_document.docx", "Text.txt"],
    "email/attachment-name-latin1.eml": ["attachment.äöü"],
    "email/evil-filenames.eml": 2,
    "email/image-only.eml": ["image.jpg"],
    "email/nested-base64-rfc822.eml": ["Nachricht.eml"],
    "email/pdf-emoji-subject.eml": ["broken.pdf"],
    "email/unicode-attr.tnef": ["example.dat"],
    "email/winmail.dat": ["quick.doc", "quick.html", "quick.pdf", "quick.txt", "quick.xml"],
    "hostile/unusual-names.zip": 14,
    "hostile/unusual-names.tar": 14,
    "hostile/deep-attachments.pdf": 20,
    "hostile/file-attachment-annotation.pdf": ["Test.txt"],
    "hostile/pdfa3b-embedded-pass.pdf": ["TextFile.txt"],
    "hostile/encrypted-attachment.pdf": ["attachment.pdf"],
}


@pytest.fixture(scope="module")
def taken(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("email") / "home"
    shutil.copytree(city_home, folder)
    office = home.open_home(folder, "u-post1", cli.ASSEMBLY)
    runs.take(office, [CORPUS / name for name in NAMES], "mail", None, lambda _id: None)
    yield office
    office.engine.dispose()


def delivery(office: Office, name: str) -> Delivery:
    with Session(office.engine) as session:
        return session.exec(select(Delivery).where(Delivery.source == str(CORPUS / name))).one()


def parts(office: Office, name: str) -> list[Delivery]:
    with Session(office.engine) as session:
        query = select(Delivery).where(Delivery.part_of == delivery(office, name).id).order_by(col(Delivery.id))
        return list(session.exec(query))


def letters(office: Office, row: Delivery) -> list[Letter]:
    with Session(office.engine) as session:
        return list(session.exec(select(Letter).where(Letter.delivery_id == row.id)))


def text(office: Office, name: str) -> str:
    (letter,) = letters(office, delivery(office, name))
    with office.read() as session:
        from mailroom.models import LetterFile

        query = select(LetterFile.sha512).where(LetterFile.letter == letter.number, LetterFile.kind == "text")
        return office.blobs.read(session.exec(query).one()).decode()


@pytest.mark.parametrize("name", NAMES)
def test_each_file_has_its_outcome(name: str, taken: Office) -> None:
    row = delivery(taken, name)
    assert row.state == ("quarantined" if name in QUARANTINED else "processed")
    assert row.reason == QUARANTINED.get(name)
    none = name in QUARANTINED or name in WITHOUT_LETTER
    assert row.letters == len(letters(taken, row)) == (0 if none else 1)
    assert taken.blobs.read(row.sha512 or "") == (CORPUS / name).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_parts_are_deliveries_of_their_own(name: str, taken: Office) -> None:
    found = parts(taken, name)
    expected = PARTS.get(name, 0)
    if isinstance(expected, int):
        assert len(found) == expected
    else:
        assert [row.source.rpartition(" » ")[2] for row in found] == expected
    assert all(row.state != "pending" for row in found)


def test_custody_is_complete_with_all_parts(taken: Office) -> None:
    with taken.read() as session:
        report = proof.report(session, taken.blobs, drop_folders(taken))
    assert report.complete and report.seen > len(NAMES) and report.pending == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("email/umlaut-sender.eml", ["Von: My Nameöer <myaddr@volkswagen.de>", "15.01.2025", "üöäüäö"]),
        ("email/utf16.eml", ["Von: Matthew Robinson", "Roses are red"]),
        ("email/encodings.eml", ["¡This is a Quoted Printable", "This is a Base64 encoded message."]),
        ("email/anhaenge-mehrere.eml", ["Betreff: Mehrere Anhänge", "Ein Testmail mit mehreren Anhängen"]),
        ("email/smime-p7m-anhang.eml", ["Äusseres Testmäil hat ein Mäil Attachment"]),
        ("email/broken.eml", ["This is not a valid eml."]),
        ("email/testmail.msg", ["Betreff: testmail", "08.03.2017", "This is a test-mail."]),
        ("hostile/encrypted-attachment.pdf", ["Example"]),
    ],
)
def test_the_text_is_read(name: str, words: list[str], taken: Office) -> None:
    found = text(taken, name)
    assert [word for word in words if word not in found] == []


def test_what_stands_in_the_head_is_kept_as_it_was(taken: Office) -> None:
    (letter,) = letters(taken, delivery(taken, "email/pdf-emoji-subject.eml"))
    message = letter.transfer_note["message"]
    assert isinstance(message, dict) and message["subject"] == "Another PDF with 🎉 Unicode chars in it 🍿"
    (letter,) = letters(taken, delivery(taken, "email/umlaut-sender.eml"))
    assert letter.date is not None and letter.date.isoformat() == "2025-01-15"
    assert "Nameöer" in (letter.sender or "")


def test_faults_of_parts_stay_with_the_part(taken: Office) -> None:
    assert [(row.state, row.reason) for row in parts(taken, "email/pdf-emoji-subject.eml")] == [
        ("quarantined", "truncated")
    ]
    assert [row.reason for row in parts(taken, "hostile/encrypted-attachment.pdf")] == ["encrypted"]
    assert [row.reason for row in parts(taken, "hostile/pdfa3b-embedded-pass.pdf")] == ["empty"]


def test_messages_inside_messages_are_opened(taken: Office) -> None:
    (inner,) = parts(taken, "email/nested-base64-rfc822.eml")
    with Session(taken.engine) as session:
        (innermost,) = session.exec(select(Delivery).where(Delivery.part_of == inner.id)).all()
    assert (inner.state, innermost.state, innermost.letters) == ("processed", "processed", 1)


def test_signed_and_macros_are_said(taken: Office) -> None:
    def codes(name: str) -> set[str]:
        (letter,) = letters(taken, delivery(taken, name))
        return {finding.partition(":")[0] for finding in letter.findings}

    assert "signed" in codes("email/smime-p7m-anhang.eml")
    assert codes("hostile/macros.docm") >= {"macros", "converted" if converter() else "not-converted"}


def test_nothing_was_written_outside(taken: Office) -> None:
    assert not list(taken.home.parent.rglob("escape*"))
    assert not [path for path in (taken.home / "work").iterdir() if path.name.isdigit()]
