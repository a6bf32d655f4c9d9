"""What the mail room hands to the assembled program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from erecords.digest import sha512_file
from erecords.files import make_folder
from erecords.office import Office
from erecords.ports import Part
from erecords.store.blobs import BlobStore
from mailroom import findings
from mailroom.eraser import MailEraser
from mailroom.models import Delivery, Letter, LetterFile, LetterState
from mailroom.processing import progress
from mailroom.sheets import batches


def _prepare_home(home: Path) -> None:
    from mailroom.channels.folder import DEFAULT_CHANNEL

    make_folder(home / "inbox" / DEFAULT_CHANNEL)


def _status(session: Session, home: Path) -> dict[str, Any]:
    letters = session.exec(select(Letter.state, func.count()).group_by(Letter.state)).all()
    deliveries = session.exec(select(Delivery.state, func.count()).group_by(Delivery.state)).all()
    return {
        "letters": {str(state): count for state, count in letters},
        "deliveries": {str(state): count for state, count in deliveries},
        "batches that do not add up": len(batches.unbalanced(session)),
        "letters to look at": _to_look_at(session),
        "being read": {
            f"delivery {one.delivery} ({one.channel})": one.figure for one in progress.at_work(session, home / "work")
        },
    }


def _to_look_at(session: Session) -> dict[str, int]:
    """Waiting letters by the finding for which a person must look at them first."""
    query = select(Letter.findings).where(Letter.state == LetterState.TRAY)
    found = Counter(findings.code(one) for row in session.exec(query) for one in row)
    return {code: count for code, count in sorted(found.items()) if findings.is_urgent(code)}


def _check(session: Session, home: Path, deep: bool) -> list[str]:
    return list(_wrong_bytes(session, BlobStore(home / "store"), deep))


def _wrong_bytes(session: Session, blobs: BlobStore, deep: bool) -> Iterator[str]:
    """Originals and letter files whose bytes are missing or differ."""
    originals = session.exec(select(Delivery.id, Delivery.sha512).where(~col(Delivery.erased))).all()
    named = [(f"delivery {number}", digest) for number, digest in originals if digest]
    named += [
        (f"letter {number}", digest) for number, digest in session.exec(select(LetterFile.letter, LetterFile.sha512))
    ]
    for name, digest in named:
        path = blobs.path(digest)
        if not path.is_file():
            yield f"{name}: its stored bytes are missing"
        elif deep and sha512_file(path)[0] != digest:
            yield f"{name}: its stored bytes differ from their digest"


def _learn(office: Office) -> None:
    from mailroom import learning, loading

    learning.current(office, loading.load_registers(office))


def _processes(office: Office) -> dict[str, str]:
    from mailroom import loading

    return {process.key: process.title for process in loading.load_registers(office).processes.values()}


def _to_pdfa(office: Office) -> Callable[[Sequence[tuple[Path, str]], Path], Sequence[Path | str]]:
    from mailroom.normalise import to_pdfa
    from mailroom.settings import MailroomSettings

    return partial(to_pdfa, office.settings.section(MailroomSettings))


PART = Part(
    name="mail room",
    to_pdfa=_to_pdfa,
    make_ready=_learn,
    processes=_processes,
    prepare_home=_prepare_home,
    status=_status,
    check=_check,
    erasers=(MailEraser(),),
    tables=(
        "delivery",
        "letter",
        "letter_file",
        "letter_copy",
        "letter_note",
        "letter_lease",
        "stage_run",
        "entry_label",
        "letter_print",
        "print_band",
        "case_clue",
    ),
)
