"""Clues to match mail by: numbers and names that stand in each open case, kept beside it and derived from it.

The outbox is the feed: each change of a case or document since the last look makes its case's clues new.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from erecords.errors import StoreDamaged
from erecords.office import Office
from erecords.registry.access import Actor
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import CaseState, RenditionKind
from erecords.store.models import Case, Counter, Document, DocumentVersion, FormerReference, Outbox, Rendition
from erecords.store.uow import UnitOfWork
from mailroom.matching.identifiers import case_identifiers
from mailroom.models import CaseClue
from mailroom.ports import KnownCase
from mailroom.registers import Registers

_CURSOR = "clues"
_BATCH = 200
_MOST = 200


def catch_up(office: Office, actor: Actor, registers: Registers) -> int:
    """Make the clues of every case new that changed since the last look; returns how many cases."""
    with Session(office.engine) as session:
        done = _cursor(session)
        last = session.exec(select(Outbox.sequence).order_by(col(Outbox.sequence).desc()).limit(1)).first() or 0
        changed = sorted(_changed_cases(session, done))
    if last <= done:
        return 0
    for start in range(0, len(changed), _BATCH):
        part = changed[start : start + _BATCH]
        with Session(office.engine) as session:
            found = {case_id: _clues(session, office.blobs, case_id, registers) for case_id in part}
        with UnitOfWork(office.engine, office.clock, actor.id) as work:
            _write(work, found)
    with UnitOfWork(office.engine, office.clock, actor.id) as work:
        counter = work.session.get(Counter, _CURSOR) or Counter(name=_CURSOR, last=0)
        counter.last = last
        work.session.add(counter)
    return len(changed)


def _cursor(session: Session) -> int:
    counter = session.get(Counter, _CURSOR)
    return counter.last if counter else 0


def _changed_cases(session: Session, after: int) -> set[int]:
    rows = session.exec(select(Outbox.kind, Outbox.object_id).where(col(Outbox.sequence) > after).distinct()).all()
    cases = {int(number) for kind, number in rows if kind == "case"}
    documents = [int(number) for kind, number in rows if kind == "document"]
    for start in range(0, len(documents), 500):
        part = documents[start : start + 500]
        cases |= set(session.exec(select(Document.case_id).where(col(Document.id).in_(part))))
    return cases


def _clues(session: Session, blobs: BlobStore, case_id: int, registers: Registers) -> frozenset[tuple[str, str]]:
    case = session.get(Case, case_id)
    if case is None or case.state != CaseState.OPEN:
        return frozenset()
    return case_identifiers(case.title, case.key, _texts(session, blobs, case_id), registers)


def _texts(session: Session, blobs: BlobStore, case_id: int) -> Iterator[str]:
    """The texts of a case's documents."""
    query = (
        select(Rendition.sha512)
        .join(DocumentVersion, col(DocumentVersion.id) == col(Rendition.version_id))
        .join(Document, col(Document.id) == col(DocumentVersion.document_id))
        .where(Document.case_id == case_id, Rendition.kind == RenditionKind.TEXT)
    )
    for digest in session.exec(query):
        try:
            yield blobs.read(digest).decode("utf-8", "replace")
        except StoreDamaged:
            continue


def _write(work: UnitOfWork, found: dict[int, frozenset[tuple[str, str]]]) -> None:
    work.derive(delete(CaseClue).where(col(CaseClue.case_id).in_(list(found))))
    rows = [{"case_id": case_id, "key": k, "value": v} for case_id, pairs in found.items() for k, v in sorted(pairs)]
    if rows:
        work.derive(insert(CaseClue), rows)


class RegistryDirectory:
    """Looks cases up in the registry and the clues; what matching asks for (``mailroom.ports.CaseDirectory``)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def by_reference(self, reference: str) -> KnownCase | None:
        """The case that has or had this reference."""
        query = select(Case).where(Case.reference == reference)
        case = self._session.exec(query).first()
        if case is None:
            former = self._session.get(FormerReference, reference)
            case = self._session.get(Case, former.case_id) if former else None
        return self._known([case])[0] if case else None

    def by_words(self, class_notation: str, words: tuple[str, ...]) -> tuple[KnownCase, ...]:
        """Open cases of a class whose title or file key holds all these words."""
        found: set[int] | None = None
        for word in words:
            query = (
                select(CaseClue.case_id)
                .join(Case, col(Case.id) == col(CaseClue.case_id))
                .where(CaseClue.key == "word", CaseClue.value == word, Case.class_notation == class_notation)
            )
            ids = set(self._session.exec(query))
            found = ids if found is None else found & ids
        return self._cases(found or set())

    def by_identifier(self, key: str, value: str) -> tuple[KnownCase, ...]:
        """Open cases that have this pair, at most 200."""
        query = select(CaseClue.case_id).where(CaseClue.key == key, CaseClue.value == value).limit(_MOST)
        return self._cases(set(self._session.exec(query)))

    def identifiers(self, reference: str) -> frozenset[tuple[str, str]]:
        """All pairs of a case."""
        query = (
            select(CaseClue.key, CaseClue.value)
            .join(Case, col(Case.id) == col(CaseClue.case_id))
            .where(Case.reference == reference)
        )
        return frozenset((key, value) for key, value in self._session.exec(query))

    def _cases(self, ids: set[int]) -> tuple[KnownCase, ...]:
        query = select(Case).where(col(Case.id).in_(ids), Case.state == CaseState.OPEN).order_by(col(Case.reference))
        return self._known(list(self._session.exec(query)))

    def _known(self, cases: list[Case]) -> tuple[KnownCase, ...]:
        ids = [case.id for case in cases]
        former: dict[int, list[str]] = {}
        rows = self._session.exec(
            select(FormerReference.case_id, FormerReference.reference).where(col(FormerReference.case_id).in_(ids))
        )
        for case_id, reference in rows:
            former.setdefault(case_id, []).append(reference)
        return tuple(
            KnownCase(
                reference=case.reference,
                class_notation=case.class_notation,
                unit=case.unit,
                title=case.title,
                file_key=case.key,
                state=case.state.value,
                former_references=tuple(former.get(case.id or 0, ())),
            )
            for case in cases
        )
