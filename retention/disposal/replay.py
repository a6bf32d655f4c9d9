"""What a restored backup lacks, from the ledger: rules, holds and waivers come back, destroyed cases go once more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from sqlalchemy import inspect
from sqlmodel import Session, SQLModel, col, select

from archive.settings import ArchiveSettings
from archive.store import in_home
from erecords.config import CitySettings
from erecords.digest import sha512_bytes
from erecords.errors import NotFound, StoreDamaged
from erecords.files import inside
from erecords.office import Office
from erecords.ports import Eraser
from erecords.registry import numbering, references
from erecords.registry import rules as registry_rules
from erecords.store.db import cut_log
from erecords.store.ledger import FOLDER, Line
from erecords.store.models import Case
from erecords.store.uow import UnitOfWork
from retention.disposal import carryout, certificate, gate
from retention.disposal.gate import Withheld
from retention.lifecycle import ItemState, ListState, Outcome
from retention.lists import binding
from retention.models import (
    CaseRule,
    Certificate,
    DisposalItem,
    DisposalList,
    Handover,
    Hold,
    HoldMember,
    Rule,
    Suspension,
    Tombstone,
    Waiver,
)
from retention.periods import caserules
from retention.reasons import Code, Reason

_ACTOR = "system:ledger"
_KINDS: dict[str, type[SQLModel]] = {
    kind.__tablename__: kind
    for kind in (
        Rule,
        Waiver,
        Hold,
        HoldMember,
        Suspension,
        CaseRule,
        DisposalList,
        DisposalItem,
        Handover,
        Tombstone,
        Certificate,
    )
}
_SERIES = {"L": "disposal", "H": "hold", "S": "suspension", "LP": "certificate"}
_NUMBER = re.compile(r"([A-Z]+)-(\d{4})-(\d+)")


def replay(office: Office, lines: Sequence[Line]) -> list[str]:
    """Take over lines that the database does not know; each is a unit of work, and all can be repeated.

    A case that was handed over goes only when the archive of this home still has the package, or another archive
    confirmed it.

    Returns:
        What could not be taken over, each a sentence.
    """
    erasers = [eraser for part in office.parts for eraser in part.erasers]
    found = [text for line in lines for text in _take_over(office, line, erasers)]
    for list_id in sorted({str(row["id"]) for line in lines for name, row in line.rows if name == "disposal_list"}):
        with _work(office) as work:
            _settle(office, work, list_id)
    cut_log(office.engine)
    return found


def _work(office: Office) -> UnitOfWork:
    return UnitOfWork(office.engine, office.clock, _ACTOR)


def _take_over(office: Office, line: Line, erasers: Sequence[Eraser]) -> list[str]:
    strange = [name for name, _ in line.rows if name not in _KINDS]
    if strange:
        return [f"the ledger speaks of {strange[0]}, which this program does not know: update the program"]
    rows = [_KINDS[name].model_validate(values) for name, values in line.rows]
    try:
        with _work(office) as work:
            if line.kind == "gone":
                _gone(office, work, rows, erasers)
            elif line.kind == "certificate":
                _keep_certificate(office, rows)
            elif line.kind == "case-rule":
                _follow_rules(work, rows)
            _merge(work, rows)
        with _work(office) as work:
            gate.finish(work, office.blobs, erasers)
    except (Withheld, NotFound, StoreDamaged) as error:
        return [str(error)]
    return []


def _gone(office: Office, work: UnitOfWork, rows: Iterable[SQLModel], erasers: Sequence[Eraser]) -> None:
    stone = next(row for row in rows if isinstance(row, Tombstone))
    handover = next((row for row in rows if isinstance(row, Handover)), None)
    case = gate.returned(work.session, stone)
    if case is not None and stone.outcome is Outcome.TRANSFERRED and not _archived(office, handover):
        raise NotFound(
            f"{case.reference} was handed over to the archive on {stone.at:%Y-%m-%d}, but the archive of this home "
            "does not hold it: the case file stays. Bring the archive back from its copy, or hand the case over again."
        )
    gate.destroy_again(work, stone, erasers)


def _archived(office: Office, handover: Handover | None) -> bool:
    """Whether the packages of a receipt are there: another archive keeps its own, that of the home is asked."""
    if handover is None:
        return False
    receipt = json.loads(handover.receipt)
    if receipt.get("kind") == "xdomea":
        return True
    names = [handover.aip, *(part["aip_id"] for part in receipt.get("parts", ()))]
    try:
        store = in_home(office.home, office.settings.section(ArchiveSettings), office.clock)
        return not any(store.find(name).erased for name in names)
    except NotFound:
        return False


def _follow_rules(work: UnitOfWork, rows: Iterable[SQLModel]) -> None:
    for row in rows:
        case = work.session.get(Case, row.case_id) if isinstance(row, CaseRule) else None
        if case is not None and isinstance(row, CaseRule) and row.instead:
            caserules.follow(case, row)
            registry_rules.changed(work, "rule", case, number=row.id, rule=row.rule_id, ended=row.ended_on is not None)


def _keep_certificate(office: Office, rows: Iterable[SQLModel]) -> None:
    row = next(row for row in rows if isinstance(row, Certificate))
    for name, sha512 in certificate.files(row):
        try:
            data = inside(office.home / FOLDER, name).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"Certificate {name} is not in the folder {FOLDER}; bring it back from its copy.") from error
        if sha512_bytes(data) != sha512:
            raise StoreDamaged(f"Certificate {name} in the folder {FOLDER} differs from its digest; it was not used.")
        office.blobs.put_bytes(data)


def _merge(work: UnitOfWork, rows: Iterable[SQLModel]) -> None:
    """Write rows as the ledger has them; their numbers are not given out again."""
    merged = []
    for row in rows:
        merged.append(work.session.merge(row))
        work.session.flush()
        _raise_counters(work.session, row)
    names = [f"{row.__tablename__}:{'/'.join(map(str, inspect(row).identity))}" for row in merged]
    work.log("ledger.take-over", "home:", *merged, rows=names)


def _raise_counters(session: Session, row: SQLModel) -> None:
    if isinstance(row, Tombstone):
        parts = references.parse(row.reference)
        if parts:
            numbering.raise_to(session, f"case:{parts.notation}:{parts.year}", parts.number)
        return
    known = _NUMBER.fullmatch(str(getattr(row, "number", None) or getattr(row, "id", "")))
    if known and known[1] in _SERIES:
        numbering.raise_to(session, f"{_SERIES[known[1]]}:{known[2]}", int(known[3]))


def _settle(office: Office, work: UnitOfWork, list_id: str) -> None:
    """End a list that can no longer be what was approved: what went has its certificate, the rest is withheld."""
    found = work.session.get(DisposalList, list_id)
    if found is None or found.state not in (ListState.RUNNING, ListState.DONE):
        return
    if found.state is ListState.RUNNING and found.digest == binding.list_digest(work.session, found.id):
        return
    query = select(DisposalItem).where(DisposalItem.list_id == found.id, DisposalItem.state == ItemState.LISTED)
    for item in work.session.exec(query.order_by(col(DisposalItem.id))).all():
        item.state, item.reason = ItemState.WITHHELD, Reason(Code.RESTORED).stored
        work.log("disposal.withhold", f"case:{item.reference}", item, list=found.id, reasons=[item.reason])
    if found.state is ListState.RUNNING:
        city = office.settings.section(CitySettings).name
        carryout.close(work, office.home, office.blobs, found, city)
