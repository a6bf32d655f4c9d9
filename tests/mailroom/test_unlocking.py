"""A locked PDF that is released with a password: opened in a limited worker alone, never in the clerk's process."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import pikepdf
import pytest
from sqlmodel import Session, select

from erecords.errors import Conflict, InputRefused
from erecords.office import Office
from mailroom.custody import quarantine
from mailroom.custody.reasons import ReasonCode
from mailroom.errors import WorkerTimedOut
from mailroom.models import Delivery, DeliveryState, Letter, LetterState
from mailroom.processing import runs
from mailroom.processing.room import receive_file
from mailroom.processing.workers import WorkerPool
from mailroom.tray import deciding
from tests.mailroom.recognition import drawing


@pytest.fixture
def nobody_opens_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process no PDF can be opened; workers are processes of their own."""

    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("a hostile file was opened outside a worker")

    monkeypatch.setattr(pikepdf, "open", refuse)
    monkeypatch.setattr(pikepdf.Pdf, "open", refuse)


def quarantined(office: Office, data: bytes) -> int:
    """The id of a delivery of these bytes in quarantine."""
    file = office.home.parent / "brief.pdf"
    file.write_bytes(data)
    number = receive_file(office, file, "scan")
    with office.work() as work:
        quarantine.put(work, work.session.exec(select(Delivery)).one(), ReasonCode.ENCRYPTED, "")
    return number


@pytest.fixture
def locked(tmp_path: Path) -> bytes:
    """A PDF of two pages that asks for the password ``geheim``."""
    text = drawing.text_pdf(
        tmp_path / "offen.pdf", "Guten Tag,\nanbei die Unterlagen.", "Anlage: Nachweis\nJörg Müller"
    )
    with pikepdf.open(text) as pdf:
        pdf.save(tmp_path / "zu.pdf", encryption=pikepdf.Encryption(owner="chef", user="geheim"))
    return (tmp_path / "zu.pdf").read_bytes()


def left_of(office: Office, number: int) -> list[Path]:
    return list((office.home / "work" / str(number)).glob("*"))


def state(office: Office) -> DeliveryState:
    with Session(office.engine) as session:
        return session.exec(select(Delivery)).one().state


def test_the_right_password_lets_it_through_but_its_pages_stay_together(office, locked, nobody_opens_here) -> None:
    number = quarantined(office, locked)
    runs.release(office, number, "geheim")
    assert state(office) is DeliveryState.PROCESSED and left_of(office, number) == []
    with Session(office.engine) as session:
        letter = session.exec(select(Letter)).one()
    assert letter.state is LetterState.TRAY
    with pytest.raises(Conflict, match="password"):
        deciding.split(office, letter.number, [1])


@pytest.mark.parametrize(
    ("data", "password", "refusal", "said"),
    [
        (None, "falsch", InputRefused, "does not open"),
        (b"open", "geheim", Conflict, "not locked"),
        (b"%PDF-1.7 broken", "geheim", Conflict, "no PDF"),
    ],
)
def test_what_no_password_opens_stays_in_quarantine(
    office, locked, tmp_path, nobody_opens_here, data, password, refusal, said
) -> None:
    if data == b"open":
        data = drawing.text_pdf(tmp_path / "frei.pdf", drawing.GERMAN).read_bytes()
    number = quarantined(office, data or locked)
    with pytest.raises(refusal, match=said):
        runs.release(office, number, password)
    assert state(office) is DeliveryState.QUARANTINED and left_of(office, number) == []


def test_a_file_that_eats_its_worker_stays_in_quarantine(office, locked, monkeypatch) -> None:
    number = quarantined(office, locked)

    def hang(_pool: object, _function: object, _source: Path, target: Path, *_more: object, seconds: float) -> Future:
        target.with_suffix(".half").write_bytes(b"%PDF-1.7 half")
        stopped: Future = Future()
        stopped.set_exception(WorkerTimedOut(f"stopped after {seconds} seconds"))
        return stopped

    monkeypatch.setattr(WorkerPool, "submit", hang)
    with pytest.raises(WorkerTimedOut):
        runs.release(office, number, "geheim")
    assert state(office) is DeliveryState.QUARANTINED and left_of(office, number) == []
