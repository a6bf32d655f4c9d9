"""Taking over case files from a folder: each case with its documents wholly or not at all, and never twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from sqlmodel import Session, col, select

from erecords.digest import canonical_json, sha512_file
from erecords.errors import ErecordsError, InputRefused
from erecords.files import inside
from erecords.registry import access, cases, content, documents, finding, importform, transactions
from erecords.registry.access import Actor, Right
from erecords.registry.content import Content
from erecords.registry.importform import DOCUMENTS, CaseLine, DocumentLine, Group, Refusal
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import RenditionKind
from erecords.store.models import Case, Document, Transaction
from erecords.store.uow import UnitOfWork

_AT_ONCE = 100


class Stores(Protocol):
    """Where an import writes; the office is one."""

    @property
    def blobs(self) -> BlobStore:
        """The blob store."""
        ...

    def work(self) -> AbstractContextManager[UnitOfWork]:
        """A new unit of work."""
        ...

    def read(self) -> AbstractContextManager[Session]:
        """A session for reading."""
        ...

    def tombstone(self, session: Session, reference: str) -> dict[str, Any] | None:
        """What remains of a destroyed or transferred case of that reference."""
        ...


@dataclass
class Report:
    """What an import did."""

    imported: int = 0
    documents: int = 0
    skipped: int = 0
    """Cases that an earlier run took already."""
    refused: list[Refusal] = field(default_factory=list)
    findings: list[Refusal] = field(default_factory=list)
    """What was taken, but should be looked at."""

    def as_json(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "imported": self.imported,
            "documents": self.documents,
            "skipped": self.skipped,
            "refused": [{"case": r.case, "line": r.line, "reason": r.reason} for r in self.refused],
            "findings": [{"case": r.case, "line": r.line, "finding": r.reason} for r in self.findings],
        }


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A group whose files are stored, ready to be written."""

    group: Group
    imported_as: str
    contents: tuple[tuple[Content, ...], ...]
    """Per document its versions, oldest first."""


def import_folder(
    stores: Stores, actor: Actor, folder: Path, progress: Callable[[int, int], None] | None = None
) -> Report:
    """Import ``cases.jsonl`` and ``documents.jsonl`` of a folder, a hundred cases a unit of work.

    Stopped midway it goes on where it stopped when it is run again; a finished one changes nothing. A closing date is
    taken as stated, even when a document is younger (a finding says so).

    Args:
        stores: blobs and units of work.
        actor: records managers and administrators import for all units, others for their own.
        folder: where the two lists lie; files that they name must lie below it.
        progress: called with groups done and in all.

    Raises:
        NotPermitted: the actor may not change case files.
        InputRefused: the folder is not in this form.
    """
    if not actor.may(Right.MANAGE_RECORDS):
        actor.require(Right.EDIT_CASES)
    groups, loose = importform.read(folder)
    report = Report(refused=loose)
    with stores.read() as session:
        if actor.may(Right.MANAGE_RECORDS):
            actor = replace(access.machine("import", access.all_units(session)), name=actor.name)
    for start in range(0, len(groups), _AT_ONCE):
        portion = groups[start : start + _AT_ONCE]
        with stores.read() as session:
            waiting = [group for group in portion if not _is_settled(stores, session, folder, group, report)]
        ready = [found for group in waiting if (found := _prepare(stores.blobs, folder, group, report))]
        _write_all(stores, actor, ready, report)
        if progress:
            progress(min(start + _AT_ONCE, len(groups)), len(groups))
    report.refused.sort(key=lambda refusal: refusal.line)
    return report


def _is_settled(stores: Stores, session: Session, folder: Path, group: Group, report: Report) -> bool:
    """Whether the group is refused, or was taken by an earlier run."""
    if group.refusals:
        report.refused += group.refusals
        return True
    if group.case is None:
        return False
    try:
        name = _imported_as(folder, group)
    except ErecordsError as error:
        report.refused.append(Refusal(group.name, group.line, str(error)))
        return True
    if session.exec(select(Case.id).where(Case.imported_as == name)).first():
        report.skipped += 1
        return True
    reason = _reason_against(stores, session, group.case, name)
    if reason:
        report.refused.append(Refusal(group.name, group.line, reason))
    return reason is not None


def _reason_against(stores: Stores, session: Session, line: CaseLine, name: str) -> str | None:
    same = col(Case.imported_as).startswith(name.rpartition(":")[0] + ":", autoescape=True)
    before = session.exec(select(Case.reference).where(same)).first()
    if before:
        return f"was imported before as {before}, with other content; add what is new with: erecords doc add"
    if line.reference and stores.tombstone(session, line.reference):
        return f"{line.reference} was destroyed or handed over; it does not come back by an import"
    return None


def _imported_as(folder: Path, group: Group) -> str:
    """Identity of a case within imports: key, digest of what makes it this case, digest of all its content."""
    assert group.case is not None
    line = group.case
    identity = [line.key, line.class_notation, line.title, line.opened.isoformat(), line.file_key, line.reference]
    everything: list[Any] = [line.model_dump(mode="json")]
    for _, document in group.documents:
        everything.append(document.model_dump(mode="json"))
        everything += [sha512_file(path)[0] for path in _paths(folder, document)]
    return ":".join(
        [line.key, *(hashlib.sha256(canonical_json(part)).hexdigest()[:24] for part in (identity, everything))]
    )


def _paths(folder: Path, document: DocumentLine) -> list[Path]:
    """Files of a document's versions, oldest first.

    Raises:
        InputRefused: one leads out of the folder or is not there.
    """
    names = [*document.earlier_versions, *([document.file] if document.file else [])]
    for name in names:
        if not name.isprintable() or not inside(folder, name).is_file():
            raise InputRefused(f"{DOCUMENTS}: there is no file {name!r}")
    return [inside(folder, name) for name in names]


def _prepare(blobs: BlobStore, folder: Path, group: Group, report: Report) -> _Prepared | None:
    """Store the group's files; None when one is refused."""
    contents = []
    name = _imported_as(folder, group) if group.case else ""
    for number, document in group.documents:
        try:
            contents.append(_contents(blobs, folder, document))
        except ErecordsError as error:
            report.refused.append(Refusal(group.name, number, str(error)))
            return None
    return _Prepared(group, name, tuple(contents))


def _contents(blobs: BlobStore, folder: Path, document: DocumentLine) -> tuple[Content, ...]:
    paths = _paths(folder, document)
    if document.file is None and document.text is None:
        raise InputRefused(f"{DOCUMENTS}: the document has neither file nor text")
    versions = [content.take_file(blobs, path) for path in (paths[:-1] if document.file else paths)]
    if document.file:
        versions.append(content.take_file(blobs, paths[-1], text=document.text))
    elif document.text is not None:
        versions.append(content.take_text(blobs, document.text))
    return tuple(versions)


def _write_all(stores: Stores, actor: Actor, ready: Sequence[_Prepared], report: Report) -> None:
    """Write the groups in one unit of work; when one is refused there, all is undone and the halves are tried."""
    if not ready:
        return
    try:
        with stores.work() as work:
            written = [_write(work, actor, stores.blobs, prepared) for prepared in ready]
    except ErecordsError as error:
        if len(ready) == 1:
            report.refused.append(Refusal(ready[0].group.name, ready[0].group.line, str(error)))
            return
        middle = len(ready) // 2
        _write_all(stores, actor, ready[:middle], report)
        _write_all(stores, actor, ready[middle:], report)
        return
    for prepared, count in zip(ready, written, strict=True):
        _count(report, prepared.group, count)


def _count(report: Report, group: Group, written: int) -> None:
    report.documents += written
    if group.case is not None:
        report.imported += 1
    elif written == 0:
        report.skipped += 1
    lines: list[tuple[int, CaseLine | DocumentLine]] = [*group.documents]
    if group.case is not None:
        lines.insert(0, (group.line, group.case))
    for number, line in lines:
        if line.unknown:
            report.findings.append(
                Refusal(group.name, number, f"unknown keys were left out: {', '.join(line.unknown)}")
            )
    closed = group.case.closed if group.case else None
    for number, document in group.documents:
        day = document.received or document.date
        if closed and day and day > closed:
            report.findings.append(Refusal(group.name, number, f"the document of {day} is younger than the closing"))


def _write(work: UnitOfWork, actor: Actor, blobs: BlobStore, prepared: _Prepared) -> int:
    """Write one group; returns how many documents were new."""
    group = prepared.group
    if group.case is None:
        case = finding.case(work.session, actor, group.name)
        known = _known_documents(work.session, case)
    else:
        case, known = _open(work, actor, group.case, prepared.imported_as), set()
    runs = _transactions(work, actor, case, group.case)
    count = 0
    for (_, line), versions in zip(group.documents, prepared.contents, strict=True):
        if (line.title, line.date, versions[-1].renditions[0].sha512) not in known:
            document = _register(work, actor, blobs, case, line, versions)
            if line.transaction is not None:
                transactions.add(work, actor, _run(runs, line.transaction), document)
            count += 1
    for stated in group.case.transactions if group.case else ():
        if stated.closed:
            transactions.close_as_stated(work, actor, runs[stated.key], on=stated.closed)
    if group.case and group.case.closed:
        cases.close_as_stated(work, actor, case, on=group.case.closed)
    return count


def _transactions(work: UnitOfWork, actor: Actor, case: Case, line: CaseLine | None) -> dict[str, Transaction]:
    """The transactions of a case by what the lines call them: opened now, or those that an existing case has."""
    if line is None:
        return {row.number: row for row in transactions.of_case(work.session, case)}
    opened: dict[str, Transaction] = {}
    for stated in line.transactions:
        if stated.key in opened:
            raise InputRefused(f"transaction {stated.key!r} is stated twice")
        opened[stated.key] = transactions.open_transaction(
            work, actor, case, title=stated.title, process=stated.process, process_title=stated.process_title,
            opened=stated.opened or line.opened, was=stated.key,
        )  # fmt: skip
    return opened


def _run(runs: Mapping[str, Transaction], key: str) -> Transaction:
    if key not in runs:
        raise InputRefused(f"{DOCUMENTS}: the case has no transaction {key!r}")
    return runs[key]


def _open(work: UnitOfWork, actor: Actor, line: CaseLine, imported_as: str) -> Case:
    case = cases.open_case(
        work,
        actor,
        class_notation=line.class_notation,
        title=line.title,
        unit=line.unit,
        key=line.file_key,
        opened=line.opened,
        reference=line.reference,
        imported_as=imported_as,
    )
    for reference in line.former_references:
        cases.former(work, actor, case, reference)
    for trigger, on in line.triggers.items():
        cases.event(work, actor, case, trigger=trigger, on=on)
    return case


def _known_documents(session: Session, case: Case) -> set[tuple[str, Any, str]]:
    """Title, date and digest of the original of each document that the case has."""
    found = set()
    for document_id in finding.document_ids(session, case.id or 0):
        document = session.get_one(Document, document_id)
        original = documents.current(session, document).rendition(RenditionKind.ORIGINAL)
        found.add((document.title, document.date, original.sha512 if original else ""))
    return found


def _register(
    work: UnitOfWork,
    actor: Actor,
    blobs: BlobStore,
    case: Case,
    line: DocumentLine,
    versions: Sequence[Content],
) -> Document:
    first = versions[0]
    document = documents.register(
        work,
        actor,
        blobs,
        case,
        title=line.title,
        type=line.type,
        date=line.date,
        sender=line.sender,
        received=line.received,
        name=first.name,
        renditions=first.renditions,
    )
    for version in versions[1:]:
        documents.supersede(
            work,
            actor,
            blobs,
            document,
            name=version.name,
            renditions=version.renditions,
        )
    return document
