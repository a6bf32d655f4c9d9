"""Health: figures for ``status``, findings for ``check``."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, select

from erecords.digest import sha512_file
from erecords.office import Office
from erecords.store import audit, ledger, migrations
from erecords.store.models import AuditEntry, Case, Document, Rendition


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be."""

    area: str
    message: str


def status(office: Office) -> dict[str, Any]:
    """Figures of the registry and of each package, and how much room is left."""
    with office.read() as session:
        states = dict(session.exec(select(Case.state, func.count()).group_by(Case.state)).all())
        data: dict[str, Any] = {
            "home": str(office.home),
            "actor": {"id": office.actor.id, "role": office.actor.role or ""},
            "registry": {
                "cases": {str(state): count for state, count in states.items()},
                "documents": session.exec(select(func.count()).select_from(Document)).one(),
                "log entries": session.exec(select(func.count()).select_from(AuditEntry)).one(),
                "database revision": migrations.current(office.engine),
            },
        }
        for part in office.parts:
            if part.status:
                data[part.name] = part.status(session, office.home)
    free = shutil.disk_usage(office.home)
    data["disk"] = {"free bytes": free.free, "free share": round(free.free / free.total, 3)}
    return data


def check(office: Office, deep: bool, advance: Callable[[], None]) -> list[Finding]:
    """All findings: log, stored bytes, index, and those of each package; it does not stop at the first."""
    with office.read() as session:
        found = [Finding("log", message) for message in _log(session)]
        found += [Finding("ledger", message) for message in ledger.findings(session, office.home)]
        found += [Finding("store", message) for message in _bytes(office, session, deep, advance)]
        for part in office.parts:
            if part.check:
                found += [Finding(part.name, message) for message in part.check(session, office.home, deep)]
                advance()
    return found + [Finding("index", message) for message in _index(office)]


def _log(session: Session) -> Iterator[str]:
    result = audit.verify(session)
    if not result.valid:
        yield f"entry {result.first_bad} of the audit log does not hold; see: erecords audit verify"


def _bytes(office: Office, session: Session, deep: bool, advance: Callable[[], None]) -> Iterator[str]:
    for sha512, size in session.exec(select(Rendition.sha512, Rendition.bytes).distinct()):
        advance()
        path = office.blobs.path(sha512)
        if not path.is_file():
            yield f"stored bytes {sha512[:16]}... are missing"
        elif path.stat().st_size != size or (deep and sha512_file(path)[0] != sha512):
            yield f"stored bytes {sha512[:16]}... differ from their digest"


def _index(office: Office) -> Iterator[str]:
    from erecords.search import indexer

    yield from indexer.check(office.engine, office.findable, office.home, office.settings)
