"""The virus scanner: a real clamd where one is installed, and a small server that speaks its protocol badly."""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlmodel import Session

import cli
from erecords import home
from mailroom.custody.scanning import Clamd, scanner
from mailroom.errors import Refused
from mailroom.models import Delivery
from mailroom.processing import runs
from mailroom.settings import MailroomSettings

MARK = b"ERECORDS-TEST-SIGNATURE"
SECONDS = 2.0
needs_clamd = pytest.mark.skipif(shutil.which("clamd") is None, reason="clamd is not installed")


def read_stream(link: socket.socket) -> bytes:
    """What a client sends with INSTREAM, as clamd reads it."""
    stream = link.makefile("rb")
    assert stream.read(10) == b"zINSTREAM\0"
    data = b""
    while length := struct.unpack(">I", stream.read(4))[0]:
        data += stream.read(length)
    return data


@contextmanager
def server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that talks to each client as told; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    link, _ = listening.accept()
                except OSError:
                    return
                with link:
                    talk(link)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"tcp:127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def answers(reply: bytes) -> Callable[[socket.socket], None]:
    def talk(link: socket.socket) -> None:
        read_stream(link)
        link.sendall(reply)

    return talk


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"%PDF-1.7 " + bytes(300_000))
    return path


def refusal(address: str, path: Path) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        Clamd(address, SECONDS).check(path)
    return caught.value.reason.value, caught.value.detail


def test_a_clean_file_passes_and_every_byte_of_it_was_sent(letter: Path) -> None:
    seen: list[bytes] = []

    def talk(link: socket.socket) -> None:
        seen.append(read_stream(link))
        link.sendall(b"stream: OK\0")

    with server(talk) as address:
        Clamd(address, SECONDS).check(letter)
    assert seen == [letter.read_bytes()]


def test_a_find_is_named(letter: Path) -> None:
    with server(answers(b"stream: Win.Test.EICAR_HDB-1 FOUND\0")) as address:
        assert refusal(address, letter) == ("infected", "Win.Test.EICAR_HDB-1")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"stream: OK",
        b"stre",
        b"\0",
        b"OK\0",
        b"stream: OK FOUND nothing\0",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: Can't allocate memory ERROR\0",
        b"\xff\xfe\x00\x01 garbage\0",
        b"x" * 100_000,
        b"UNKNOWN COMMAND\0",
    ],
)
def test_an_unclear_answer_lets_nothing_through(reply: bytes, letter: Path) -> None:
    with server(answers(reply)) as address:
        assert refusal(address, letter)[0] == "unscanned"


def test_a_silent_scanner_lets_nothing_through(letter: Path) -> None:
    done = threading.Event()
    with server(lambda _link: done.wait(10) and None) as address:
        with pytest.raises(Refused) as caught:
            Clamd(address, 0.3).check(letter)
        done.set()
    assert caught.value.reason == "unscanned"


def test_a_scanner_that_hangs_up_lets_nothing_through(letter: Path) -> None:
    with server(lambda link: link.close()) as address:
        assert refusal(address, letter)[0] == "unscanned"


@pytest.mark.parametrize("address", ["tcp:127.0.0.1:1", "unix:/nowhere/clamd.ctl", "tcp:no-such-host.invalid:3310"])
def test_an_absent_scanner_lets_nothing_through(address: str, letter: Path) -> None:
    assert refusal(address, letter)[0] == "unscanned"


def test_without_the_setting_nothing_is_scanned() -> None:
    assert scanner(MailroomSettings()) is None
    assert isinstance(scanner(MailroomSettings(clamd="unix:/run/clamav/clamd.ctl")), Clamd)


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real clamd with one hand-written signature."""
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "db").mkdir()
    (folder / "db" / "test.ndb").write_text(f"Erecords.Test:0:*:{MARK.hex()}\n")
    link = folder / "ctl"
    (folder / "clamd.conf").write_text(
        f"LocalSocket {link}\nDatabaseDirectory {folder / 'db'}\nForeground yes\nLogFile {folder / 'log'}\n"
        "StreamMaxLength 1M\n"
    )
    process = subprocess.Popen(
        ["clamd", "-c", str(folder / "clamd.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(300):
            if link.exists() or process.poll() is not None:
                break
            time.sleep(0.1)
        if not link.exists():
            pytest.skip(f"clamd did not start: {(folder / 'log').read_text()[-200:]}")
        yield f"unix:{link}"
    finally:
        process.terminate()
        process.wait(20)


@needs_clamd
def test_a_real_clamd_finds_its_signature_and_passes_the_rest(clamd: str, letter: Path) -> None:
    Clamd(clamd, 20).check(letter)
    letter.write_bytes(bytes(200_000) + MARK + b" and more")
    reason, detail = refusal(clamd, letter)
    assert reason == "infected" and detail.startswith("Erecords.Test")


@needs_clamd
def test_a_file_over_the_limit_of_a_real_clamd_is_not_let_through(clamd: str, letter: Path) -> None:
    letter.write_bytes(bytes(8_000_000))
    reason, detail = refusal(clamd, letter)
    assert reason == "unscanned" and "limit" in detail


@pytest.fixture
def take(office, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, str], list[tuple[str, str, str | None]]]:
    """Take a file over in a mail room whose scanner is at an address: name, state and reason of each delivery."""

    def taken(path: Path, address: str) -> list[tuple[str, str, str | None]]:
        monkeypatch.setenv("ERECORDS_MAILROOM__CLAMD", address)
        again = home.open_home(office.home, "u-post1", cli.ASSEMBLY)
        ids = runs.take(again, [path], "scan", 1, lambda _id: None)
        again.engine.dispose()
        with Session(office.engine) as session:
            rows = [session.get_one(Delivery, one) for one in ids]
            return [(row.name, row.state.value, row.reason) for row in rows]

    return taken


@needs_clamd
def test_the_mail_room_asks_before_it_reads(clamd: str, take, tmp_path: Path) -> None:
    good, bad = tmp_path / "brief.txt", tmp_path / "boese.txt"
    good.write_text("Sehr geehrte Damen und Herren, anbei mein Antrag.", encoding="utf-8")
    bad.write_bytes(MARK + b" tut nur so")
    assert take(good, clamd) == [("brief.txt", "processed", None)]
    assert take(bad, clamd) == [("boese.txt", "quarantined", "infected")]


def test_no_scanner_no_mail(take, letter: Path) -> None:
    assert take(letter, "unix:/nowhere/clamd.ctl") == [("letter.pdf", "quarantined", "unscanned")]


def test_parts_are_scanned_one_by_one(take, tmp_path: Path) -> None:
    """A scanner that looks only at plain bytes finds what is packed, because each part is shown to it by itself."""
    packed = tmp_path / "post.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("boese.txt", MARK * 9)
        archive.writestr("brief.txt", "Sehr geehrte Damen und Herren, anbei mein Antrag.")

    def talk(link: socket.socket) -> None:
        link.sendall(b"stream: Erecords.Test FOUND\0" if MARK in read_stream(link) else b"stream: OK\0")

    with server(talk) as address:
        assert take(packed, address) == [
            ("post.zip", "processed", None),
            ("boese.txt", "quarantined", "infected"),
            ("brief.txt", "processed", None),
        ]
