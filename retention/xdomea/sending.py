"""What is sent to an archive about a list: the offer (0501) of a proposed one, the delivery (0503) of an approved one.

The state of the procedure is kept per process id.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from archive.program import program
from erecords.clock import Clock
from erecords.digest import sha512_bytes
from erecords.errors import Conflict
from erecords.files import make_folder
from erecords.registry.access import Actor, Right
from erecords.store.blobs import BlobStore
from erecords.store.uow import UnitOfWork
from retention.errors import WrongState
from retention.lifecycle import Direction, ListState
from retention.lists import offering
from retention.lists.disposition import add_step, find_list, require_state, subject
from retention.models import DisposalList, XdomeaMessage, XdomeaProcess
from retention.settings import RetentionSettings
from retention.xdomea import collect, package, schema, write
from retention.xdomea.values import CaseOut, Head, Kind


@dataclass(frozen=True)
class Sent:
    """What was written."""

    process: str
    kind: str
    file: Path
    manifest: Path | None
    cases: int
    files: int
    sha512: str
    validated: bool

    def to_json(self) -> dict[str, Any]:
        """As it is shown."""
        return {
            "process": self.process,
            "message": self.kind,
            "file": str(self.file),
            "manifest": str(self.manifest) if self.manifest else None,
            "cases": self.cases,
            "files": self.files,
            "sha512": self.sha512,
            "validated": self.validated,
        }


@dataclass(frozen=True)
class Desk:
    """Where messages are made: the stores, the people named in their heads, the settings."""

    blobs: BlobStore
    clock: Clock
    settings: RetentionSettings
    city: str

    def head(self, process: str) -> Head:
        """The head of a message to the archive."""
        return Head(process, self.clock.now(), self.city, self.settings.archive_name, program())


def export(work: UnitOfWork, actor: Actor, desk: Desk, list_id: str, to: Path) -> Sent:
    """Write the next message about a list: the offer (0501) of a proposed one, the delivery (0503) of an approved one.

    Raises:
        NotPermitted: the actor keeps no disposal lists.
        WrongState: the list is neither, or nothing on it is to be offered or delivered.
        Conflict: it was delivered, and the archive has not said that something failed.
        MessageRefused, ConfigurationError: the message would not be valid, or cannot be validated.
    """
    actor.require(Right.MANAGE_RECORDS)
    found = find_list(work.session, list_id)
    require_state(found, ListState.PROPOSED, ListState.APPROVED, ListState.RUNNING)
    kind = Kind.OFFER if found.state is ListState.PROPOSED else Kind.DELIVERY
    process = _process(work, desk, found)
    if kind is Kind.DELIVERY:
        _refuse_second(work.session, process)
    items = (collect.offered if kind is Kind.OFFER else collect.to_deliver)(work.session, found)
    if not items:
        raise WrongState(f"Nothing on list {found.id} is to be {'offered' if kind is Kind.OFFER else 'delivered'}.")
    cases = [collect.describe(work.session, desk.blobs, process.id, found, item) for item in items]
    sent = _write(desk, process, kind, cases, to)
    message = message_row(work, process, kind, Direction.SENT, sent.sha512)
    process.state = "offered" if kind is Kind.OFFER else "delivered"
    if kind is Kind.OFFER:
        offering.note(work, found, desk.settings)
    step = add_step(work, found, f"xdomea {kind.value}", text=f"{len(cases)} cases, process {process.id}")
    work.log(
        "xdomea.send", subject(found), found, process, message, step, process=process.id, message=kind.value,
        cases=len(cases), files=sent.files, sha512=sent.sha512,
    )  # fmt: skip
    return sent


def _process(work: UnitOfWork, desk: Desk, found: DisposalList) -> XdomeaProcess:
    known = work.session.exec(select(XdomeaProcess).where(XdomeaProcess.list_id == found.id)).first()
    if known is not None:
        return known
    version = desk.settings.xdomea_version
    fresh = XdomeaProcess(id=str(uuid.uuid4()), list_id=found.id, schema_version=version, state="new")
    work.add(fresh)
    return fresh


def _refuse_second(session: Session, process: XdomeaProcess) -> None:
    if process.state in ("delivered", "delivery received", "imported"):
        raise Conflict(
            f"List {process.list_id} is {process.state} to the archive (process {process.id}); nothing was written. "
            "Import the archive's confirmation: erecords retention xdomea import FILE"
        )


def _write(desk: Desk, process: XdomeaProcess, kind: Kind, cases: Sequence[CaseOut], to: Path) -> Sent:
    build = write.offer if kind is Kind.OFFER else write.delivery
    data = write.to_bytes(build(desk.head(process.id), cases, process.schema_version))
    validated = schema.validate(schema.parse(data), desk.settings.xdomea_schemas)
    files = [file for case in cases for document in case.all_documents for file in document.files]
    files = files if kind is Kind.DELIVERY else []
    target = package.write_zip(make_folder(to.absolute()), process.id, kind, data, files, desk.blobs)
    manifest = None
    if kind is Kind.DELIVERY:
        manifest = package.write_manifest(target, process.id, kind, data, files, cases)
    return Sent(process.id, kind.value, target, manifest, len(cases), len(files), sha512_bytes(data), validated)


def message_row(
    work: UnitOfWork, process: XdomeaProcess, kind: Kind, direction: Direction, sha512: str, finding: str = ""
) -> XdomeaMessage:
    """Write down that a message was sent or received."""
    row = XdomeaMessage(
        process_id=process.id, kind=kind.value, direction=direction, sha512=sha512, at=work.clock.now(),
        finding=finding,
    )  # fmt: skip
    work.add(row)
    return row
