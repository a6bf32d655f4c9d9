"""The envelope that Outlook calls winmail.dat: text, headers, attachments, messages inside; hostile ones."""

from __future__ import annotations

import email
import struct
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages.identify import identify
from mailroom.stages.kinds import Kind
from mailroom.stages.mail import read_mail
from mailroom.stages.message import MailMessage
from mailroom.stages.tnef import _read

SETTINGS = MailroomSettings()
MESSAGE = bytes.fromhex("0703020000000000c000000000000046")


def attribute(level: int, number: int, value: bytes) -> bytes:
    return struct.pack("<BHHI", level, number, 6, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def counted(value: bytes) -> bytes:
    return struct.pack("<I", len(value)) + value + bytes(-len(value) % 4)


def text(number: int, value: str) -> bytes:
    return struct.pack("<HHI", 0x001F, number, 1) + counted(value.encode("utf-16-le") + b"\0\0")


def blob(kind: int, number: int, value: bytes) -> bytes:
    return struct.pack("<HHI", kind, number, 1) + counted(value)


NAMED = struct.pack("<HH", 0x0003, 0x8001) + bytes(16) + struct.pack("<II", 1, 6) + b"a\0b\0c\0\0\0" + bytes(4)
SEVERAL = struct.pack("<HHI", 0x1003, 0x3FFF, 3) + bytes(12)


def properties(*rows: bytes) -> bytes:
    return struct.pack("<I", len(rows)) + b"".join(rows)


def envelope(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)


def attached(title: str, data: bytes, *rows: bytes) -> bytes:
    return b"".join(
        (
            attribute(2, 0x9002, bytes(14)),
            attribute(2, 0x8010, title.encode("cp1252") + b"\0"),
            attribute(2, 0x800F, data),
            attribute(2, 0x9005, properties(*rows)) if rows else b"",
        )
    )


LETTER = envelope(
    attribute(1, 0x9006, struct.pack("<I", 0x10000)),
    attribute(1, 0x8004, b"Gr\xf6\xdfe\0"),
    attribute(
        1, 0x9003, properties(NAMED, SEVERAL, text(0x0C1A, "Jürgen Müller"), text(0x1000, "Guten Tag,\r\nein Text"))
    ),
    attached("ANTRAG~1.PDF", b"%PDF-1.7 nothing", text(0x3707, "Antrag Müßiggang.pdf")),
    attached("größe.txt", b"ein Text"),
)


def read(data: bytes, tmp_path: Path, **limits: int) -> MailMessage:
    path = tmp_path / "winmail.dat"
    path.write_bytes(data)
    assert identify(path, path.name, SETTINGS).kind is Kind.TNEF
    return read_mail(path, Kind.TNEF, SETTINGS.model_copy(update=limits))


def test_text_headers_and_attachments(tmp_path: Path) -> None:
    found = read(LETTER, tmp_path)
    assert found.headers == {"from": "Jürgen Müller", "subject": "Größe"}
    assert found.text == "Guten Tag,\nein Text"
    assert [(one.name, one.data) for one in found.attached] == [
        ("Antrag Müßiggang.pdf", b"%PDF-1.7 nothing"),
        ("größe.txt", b"ein Text"),
    ]


@pytest.mark.parametrize(
    ("rows", "said", "left"),
    [
        ((blob(0x0102, 0x1013, b"<p>nur <b>HTML</b></p>"),), "nur HTML", False),
        ((blob(0x0102, 0x1009, b"packed"),), "", True),
        ((blob(0x0102, 0x1009, b"packed"), text(0x1000, "Text")), "Text", False),
    ],
)
def test_forms_of_the_text(rows: tuple[bytes, ...], said: str, left: bool, tmp_path: Path) -> None:
    found = read(envelope(attribute(1, 0x9003, properties(*rows))), tmp_path)
    assert (found.text, found.left, bool(found.notes)) == (said, left, left)


def test_a_message_inside_becomes_a_file_of_its_own(tmp_path: Path) -> None:
    inner = blob(0x000D, 0x3701, MESSAGE + LETTER)
    found = read(envelope(attribute(2, 0x9002, b""), attribute(2, 0x9005, properties(inner))), tmp_path)
    assert [one.name for one in found.attached] == ["Nachricht.eml"]
    message = email.message_from_bytes(found.attached[0].data or b"", policy=policy.default)
    assert message["Subject"] == "Größe"
    assert [part.get_filename() for part in message.iter_attachments()] == ["Antrag Müßiggang.pdf", "größe.txt"]


def test_an_object_of_another_program_cannot_be_had(tmp_path: Path) -> None:
    drawn = blob(0x000D, 0x3701, bytes(16) + b"a drawing")
    found = read(envelope(attribute(2, 0x9002, b""), attribute(2, 0x9005, properties(drawn))), tmp_path)
    assert [(one.name, one.data) for one in found.attached] == [("Objekt", None)]


def mailed(tmp_path: Path, body: str, data: bytes) -> MailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@example.org", "b@example.org", "Antrag"
    made.set_content(body)
    made.add_attachment(data, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="b.pdf")
    path = tmp_path / "a.eml"
    path.write_bytes(bytes(made))
    return read_mail(path, Kind.MESSAGE, SETTINGS)


def test_what_lies_in_it_is_attached_to_the_message_that_brought_it(tmp_path: Path) -> None:
    found = mailed(tmp_path, "Anbei der Antrag.", LETTER)
    assert found.text.strip() == "Anbei der Antrag."
    assert [one.name for one in found.attached] == ["Antrag Müßiggang.pdf", "größe.txt", "b.pdf"]
    assert mailed(tmp_path, "\n", LETTER).text == "Guten Tag,\nein Text"


def test_one_that_cannot_be_read_stays_an_attachment(tmp_path: Path) -> None:
    found = mailed(tmp_path, "Anbei.", LETTER[:-5])
    assert [one.name for one in found.attached] == ["winmail.dat", "b.pdf"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (envelope(), "damaged"),
        (LETTER[:-3], "damaged"),
        (envelope(struct.pack("<BHHI", 1, 0x800C, 6, 0xFFFFFFFF) + bytes(40)), "damaged"),
        (envelope(attribute(1, 0x9003, struct.pack("<I", 0xFFFFFFFF))), "damaged"),
        (envelope(attribute(1, 0x9003, properties(struct.pack("<HHI", 0x001F, 0x1000, 0xFFFFFFFF)))), "damaged"),
        (envelope(attribute(1, 0x9003, properties(struct.pack("<HHI", 0x1003, 0x1000, 0xFFFFFFFF)))), "damaged"),
        (envelope(attribute(1, 0x9003, properties(struct.pack("<HH", 0x0999, 0x1000)))), "damaged"),
        (envelope(*[attached("a", b"x")] * 4), "too-large"),
    ],
)
def test_hostile_ones_are_refused(data: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        read(data, tmp_path, max_parts=3)
    assert caught.value.reason == reason


def test_envelopes_in_each_other_end(tmp_path: Path) -> None:
    data = LETTER
    for _ in range(12):
        data = envelope(
            attribute(2, 0x9002, b""), attribute(2, 0x9005, properties(blob(0x000D, 0x3701, MESSAGE + data)))
        )
    with pytest.raises(Refused) as caught:
        read(data, tmp_path)
    assert caught.value.reason == "too-large"


@given(st.integers(0, len(LETTER) - 1), st.binary(min_size=1, max_size=6))
def test_whatever_is_changed_in_it_ends_in_an_answer(place: int, bytes_: bytes) -> None:
    data = (LETTER[:place] + bytes_ + LETTER[place + len(bytes_) :])[: len(LETTER)]
    try:
        _read(data, SETTINGS, 0)
    except (ValueError, KeyError, struct.error, Refused):
        return
