"""Messages that Outlook saved: headers, text, attachments and messages inside, from the properties in the container."""

from __future__ import annotations

import datetime as dt
import email
import io
import struct
from email import policy
from pathlib import Path

import pytest

from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages.message import MailMessage
from mailroom.stages.outlook import _Reader, read_outlook

SETTINGS = MailroomSettings()
SENT = dt.datetime(2026, 11, 2, 10, 11, tzinfo=dt.UTC)
INNER = "__attach_version1.0_#00000001/__substg1.0_3701000D"


class Container:
    """An opened compound file, as olefile shows one: streams by their path."""

    def __init__(self, streams: dict[str, bytes]) -> None:
        self._streams = streams

    def listdir(self, streams: bool, storages: bool) -> list[list[str]]:
        names = {tuple(name.split("/")[:end]) for name in self._streams for end in range(1, name.count("/") + 2)}
        return [list(name) for name in sorted(names)]

    def openstream(self, name: list[str]) -> io.BytesIO:
        return io.BytesIO(self._streams["/".join(name)])


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def properties(header: int) -> bytes:
    ticks = int((SENT - dt.datetime(1601, 1, 1, tzinfo=dt.UTC)).total_seconds()) * 10_000_000
    return bytes(header) + struct.pack("<HHIQ", 0x0040, 0x0039, 6, ticks)


def read(streams: dict[str, bytes], **limits: int) -> MailMessage:
    return _Reader(Container(streams), SETTINGS.model_copy(update=limits)).message([], 0)


LETTER = {
    "__properties_version1.0": properties(32),
    "__substg1.0_0037001F": wide("Größe & Übermaß"),
    "__substg1.0_0C1A001F": wide("Jürgen Müller"),
    "__substg1.0_5D01001F": wide("j.mueller@example.org"),
    "__substg1.0_0E04001F": wide("Poststelle"),
    "__substg1.0_1000001F": wide("Sehr geehrte Damen und Herren,\r\nGuten Tag"),
}


def test_headers_and_text() -> None:
    found = read(LETTER)
    assert found.headers == {
        "from": "Jürgen Müller <j.mueller@example.org>",
        "to": "Poststelle",
        "subject": "Größe & Übermaß",
        "date": "02.11.2026, 10:11 Uhr (+00:00)",
    }
    assert found.text == "Sehr geehrte Damen und Herren,\nGuten Tag" and found.is_letter


def test_headers_as_they_were_sent_come_first() -> None:
    sent = "From: Eva <eva@example.org>\r\nMessage-ID: <1@x>\r\nDate: Mon, 02 Nov 2026 12:00:00 +0100\r\n\r\n"
    found = read({**LETTER, "__substg1.0_007D001F": wide(sent)})
    assert found.headers["from"] == "Eva <eva@example.org>" and found.headers["message_id"] == "<1@x>"
    assert found.headers["date"] == "02.11.2026, 12:00 Uhr (+01:00)"
    assert found.headers["to"] == "Poststelle"


@pytest.mark.parametrize(
    ("streams", "text"),
    [
        ({"__substg1.0_1000001E": "Grüße, 5 €".encode("cp1252")}, "Grüße, 5 €"),
        ({"__substg1.0_10130102": "<p>Grüße</p><script>x</script>".encode()}, "Grüße"),
        ({"__substg1.0_1013001F": wide("<p>Grüße</p>")}, "Grüße"),
        ({"__substg1.0_1000001F": wide("  "), "__substg1.0_10130102": b"<p>Rich</p>"}, "Rich"),
    ],
)
def test_text_of_all_kinds(streams: dict[str, bytes], text: str) -> None:
    assert read(streams).text == text


def test_a_text_that_is_rtf_only_is_said() -> None:
    found = read({"__substg1.0_10090102": b"LZFu"})
    assert found.is_letter and found.notes[0].startswith("not-here: ")


def test_attachments_and_messages_inside() -> None:
    found = read({
        **LETTER,
        "__attach_version1.0_#00000000/__substg1.0_3707001F": wide("Müllgebühren – Größe.pdf"),
        "__attach_version1.0_#00000000/__substg1.0_37010102": b"%PDF-1.7",
        "__attach_version1.0_#00000001/__substg1.0_3001001F": wide("Fwd: innen"),
        f"{INNER}/__properties_version1.0": properties(24),
        f"{INNER}/__substg1.0_0037001F": wide("innen"),
        f"{INNER}/__substg1.0_1000001F": wide("Grüße von innen"),
        f"{INNER}/__attach_version1.0_#00000000/__substg1.0_3704001F": wide("a.txt"),
        f"{INNER}/__attach_version1.0_#00000000/__substg1.0_37010102": b"Anlage",
        "__attach_version1.0_#00000002/__substg1.0_3701000D/CONTENTS": b"a drawing",
        "__attach_version1.0_#00000003/__substg1.0_3707001F": wide("../../leer\n.txt"),
    })  # fmt: skip
    names = [one.name for one in found.attached]
    assert names == ["Müllgebühren – Größe.pdf", "Fwd: innen.eml", "Objekt", "../../leer.txt"]
    assert [one.data is None for one in found.attached] == [False, False, True, True]
    inner = email.message_from_bytes(found.attached[1].data or b"", policy=policy.default)
    assert inner["Subject"] == "innen" and "Grüße von innen" in inner.get_body().get_content()
    assert [part.get_filename() for part in inner.iter_attachments()] == ["a.txt"]


def test_limits_and_locks() -> None:
    many = {f"__attach_version1.0_#{number:08X}/__substg1.0_37010102": b"x" for number in range(5)}
    with pytest.raises(Refused, match="more than 3 attachments"):
        read(many, max_parts=3)
    deep = {"/".join(["__attach_version1.0_#0/__substg1.0_3701000D"] * 12) + "/__properties_version1.0": b""}
    for end in range(1, 12):
        deep["/".join(["__attach_version1.0_#0/__substg1.0_3701000D"] * end) + "/__properties_version1.0"] = b""
    with pytest.raises(Refused, match="nested deeper"):
        read(deep)
    with pytest.raises(Refused, match="encrypted"):
        read({**LETTER, "__substg1.0_001A001F": wide("IPM.Note.SMIME")})


@pytest.mark.parametrize("length", [0, 8, 600, 5000])
def test_damaged_container_is_refused(length: int, tmp_path: Path) -> None:
    path = tmp_path / "a.msg"
    path.write_bytes((b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 20)[:length])
    with pytest.raises(Refused):
        read_outlook(path, SETTINGS)
