"""What mail programs write into messages besides plain text: folded lines, old attachments, dates, signatures."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

import pytest
from asn1crypto import cms

from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages.calendar import appointments
from mailroom.stages.message import MailMessage, read_message
from mailroom.stages.plaintext import unflowed, without_uuencoded

SETTINGS = MailroomSettings()
HEAD = "From: Jörg Süß <js@example.de>\r\nTo: post@zwoenau.example\r\nSubject: Antrag\r\n"


def read(tmp_path: Path, headers: str, body: bytes) -> MailMessage:
    path = tmp_path / "mail.eml"
    path.write_bytes((HEAD + headers).encode() + b"\r\n" + body)
    return read_message(path, SETTINGS)


def uuencoded(data: bytes, name: str) -> str:
    rows = [binascii.b2a_uu(data[start : start + 45]).decode().rstrip("\n") for start in range(0, len(data), 45)]
    return "\n".join([f"begin 644 {name}", *rows, "`", "end"])


def signed(content: bytes | None) -> bytes:
    """Content in a signature that nobody made: only its envelope is read here."""
    inner: dict[str, object] = {"content_type": "data"}
    if content is not None:
        inner["content"] = content
    data = {"version": "v1", "digest_algorithms": [], "encap_content_info": inner, "signer_infos": []}
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)}).dump())


@pytest.mark.parametrize(
    ("sent", "deletes_space", "shown"),
    [
        ("eine lange \nZeile\nnächste", False, "eine lange Zeile\nnächste"),
        ("ein lan \nges Wort", True, "ein langes Wort"),
        ("> Zitat das \n> weitergeht\nAntwort", False, "> Zitat das weitergeht\nAntwort"),
        ("> Zitat \nAntwort", False, "> Zitat \nAntwort"),
        ("Text\n-- \nErika", False, "Text\n-- \nErika"),
        (" >kein Zitat", False, ">kein Zitat"),
    ],
)
def test_folded_lines_become_paragraphs_again(sent: str, deletes_space: bool, shown: str) -> None:
    assert unflowed(sent, deletes_space) == shown


def test_folded_lines_of_a_message(tmp_path: Path) -> None:
    kind = "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n"
    assert read(tmp_path, kind, "Das Grund \r\nstück".encode()).text == "Das Grundstück"


@pytest.mark.parametrize("stated", ["windows-1252", "iso-8859-15", "utf-8", "us-ascii"])
def test_what_is_utf8_is_read_so_whatever_is_stated(stated: str, tmp_path: Path) -> None:
    kind = f"Content-Type: text/plain; charset={stated}\r\nContent-Transfer-Encoding: 8bit\r\n"
    assert read(tmp_path, kind, "Größe, 5 €".encode()).text == "Größe, 5 €"


def test_files_written_into_the_text_are_attachments(tmp_path: Path) -> None:
    body = f"Anbei.\n{uuencoded(b'%PDF-1.4 ...' * 20, 'Bescheid 1.pdf')}\nGruß"
    found = read(tmp_path, "Content-Type: text/plain\r\n", body.encode())
    assert found.text == "Anbei.\nGruß"
    assert [(one.name, one.data) for one in found.attached] == [("Bescheid 1.pdf", b"%PDF-1.4 ..." * 20)]


@pytest.mark.parametrize(
    "text", ["begin 644 a.pdf\nkein Anhang", "begin 644 a.pdf", "wir begin 644 morgen", "begin\nend"]
)
def test_what_only_begins_like_a_file_stays_text(text: str) -> None:
    assert without_uuencoded(text) == (text, [])


INVITATION = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
SUMMARY:Ortstermin\\, Mühlbach
DTSTART;TZID=Europe/Berlin:20261012T080000
DTEND:20261012T070000Z
LOCATION:Rathaus
ORGANIZER;CN=Amt:mailto:amt@example.de
DESCRIPTION:Bitte
 \u0020kommen
BEGIN:VALARM
DESCRIPTION:Wecker
END:VALARM
END:VEVENT
END:VCALENDAR
"""


def test_an_invitation_says_when_and_where(tmp_path: Path) -> None:
    shown = (
        "Termin: Ortstermin, Mühlbach\nBeginn: 12.10.2026, 08:00 Uhr (Europe/Berlin)\nEnde: 12.10.2026, 07:00 Uhr (UTC)"
        "\nOrt: Rathaus\nEingeladen von: amt@example.de\nBeschreibung: Bitte kommen"
    )
    assert appointments(INVITATION) == shown
    alone = read(tmp_path, "Content-Type: text/calendar; charset=utf-8\r\n", INVITATION.encode())
    assert alone.text == shown
    plain = "--B\r\nContent-Type: text/plain\r\n\r\nHallo\r\n"
    parts = f"{plain}--B\r\nContent-Type: text/calendar; charset=utf-8\r\n\r\n{INVITATION}--B--\r\n"
    beside = read(tmp_path, "Content-Type: multipart/alternative; boundary=B\r\n", parts.encode())
    assert beside.text == f"Hallo\n\n{shown}"


@pytest.mark.parametrize("text", ["", "BEGIN:VCALENDAR\nEND:VCALENDAR", "BEGIN:VEVENT\nEND:VEVENT", "Guten Tag"])
def test_no_appointment_is_no_text(text: str) -> None:
    assert appointments(text) == ""


def opaque(data: bytes, more: str = "") -> tuple[str, bytes]:
    kind = f"Content-Type: application/pkcs7-mime; smime-type=signed-data{more}\r\n"
    return kind + "Content-Transfer-Encoding: base64\r\n", base64.encodebytes(data)


def test_a_message_inside_its_signature_is_read_with_its_attachments(tmp_path: Path) -> None:
    inner = (
        b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\nHiermit\r\n"
        b"--B\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF\r\n--B--\r\n"
    )
    found = read(tmp_path, *opaque(signed(inner)))
    assert found.text == "Hiermit"
    assert [one.name for one in found.attached] == ["a.pdf"]
    assert [note.partition(":")[0] for note in found.notes] == ["signed"]


def test_a_signed_file_is_attached_without_its_signature(tmp_path: Path) -> None:
    found = read(tmp_path, *opaque(signed(b"%PDF-1.4 ..."), '; name="Plan.pdf.p7m"'))
    assert [(one.name, one.data) for one in found.attached] == [("Plan.pdf", b"%PDF-1.4 ...")]


@pytest.mark.parametrize("data", [b"", b"no CMS", bytes.fromhex("3080"), signed(None), signed(b"x")[:-3]])
def test_a_signature_that_holds_nothing_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        read(tmp_path, *opaque(data))
    assert caught.value.reason.value == "unsupported"


def test_an_encrypted_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        read(tmp_path, "Content-Type: text/plain\r\n", b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA\r\n")
    assert caught.value.reason.value == "encrypted"


def test_the_headers_in_a_delivery_report_are_text(tmp_path: Path) -> None:
    report = (
        b"--R\r\nContent-Type: text/plain\r\n\r\nNicht zugestellt.\r\n--R\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        b"Subject: Bescheid\r\n\r\n--R--\r\n"
    )
    found = read(tmp_path, "Content-Type: multipart/report; boundary=R\r\n", report)
    assert "Nicht zugestellt." in found.text and "Bescheid" in found.text and not found.attached
