"""What the mail room holds of a case that is to be erased, and how it lets go of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import delete
from sqlmodel import Session, col, select

from erecords.ports import Erased, RecordNames
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import OutboxOperation
from erecords.store.models import AuditValue
from erecords.store.uow import UnitOfWork
from mailroom import sources
from mailroom.models import (
    CaseClue,
    Delivery,
    DeliveryState,
    Letter,
    LetterCopy,
    LetterFile,
    LetterLease,
    LetterNote,
    StageRun,
)

_WAITING = (DeliveryState.PENDING, DeliveryState.QUARANTINED, DeliveryState.DUPLICATE)


class MailEraser:
    """Erases the letters of a case: personal data of the mail book, suggestions, stages, files, clues to match by.

    Entry number, day and page count of a letter remain, so that the mail book stays gap-free; so do number and
    state of a delivery whose letters are all erased. What they came in
    (an archive, a message) goes with the last of them.
    """

    name = "mail room"

    def holds(self, session: Session, records: Sequence[RecordNames]) -> dict[int, list[str]]:
        """The letters and clues that still name a record."""
        left = {case_id: [f"letter {row.number}" for row in rows] for case_id, rows in _letters(session, records)}
        for case_id in _with_clues(session, records):
            left.setdefault(case_id, []).append("clues to match by")
        return left

    def erase(self, work: UnitOfWork, records: Sequence[RecordNames]) -> dict[int, list[Erased]]:
        """Erase rows and personal columns; the digests of files are given back for the gate."""
        erased = {
            case_id: [thing for letter in letters for thing in self._letter(work, letter)]
            for case_id, letters in _letters(work.session, records)
        }
        clues = _with_clues(work.session, records)
        for record in records:
            if record.case_id in clues:
                statement = delete(CaseClue).where(col(CaseClue.case_id) == record.case_id)
                work.bulk(statement, "clues.erase", f"case:{record.references[0]}")
        return erased

    def _letter(self, work: UnitOfWork, letter: Letter) -> list[Erased]:
        from mailroom.matching import doubles

        files = work.session.exec(select(LetterFile).where(LetterFile.letter == letter.number)).all()
        runs = work.session.exec(select(StageRun).where(StageRun.letter == letter.number)).all()
        said = [
            *work.session.exec(select(LetterNote).where(LetterNote.letter == letter.number)).all(),
            *work.session.exec(select(LetterCopy).where(LetterCopy.letter == letter.number)).all(),
        ]
        for row in (*files, *runs, *said):
            work.session.delete(row)
        work.derive(delete(LetterLease).where(col(LetterLease.letter) == letter.number))
        doubles.forget(work, letter.number)
        letter.title, letter.sender, letter.date, letter.reject_reason = "", None, None, None
        letter.references, letter.suggestion, letter.findings, letter.transfer_note = [], {}, [], {}
        letter.deadlines, letter.due, letter.markings, letter.sealed_until = [], None, [], None
        letter.likenesses = []
        letter.document_id, letter.erased = None, True
        letter.version += 1
        work.session.add(letter)
        work.log("letter.erase", f"letter:{letter.number}", letter, *files, *runs, *said)
        work.index("mail", letter.number, OutboxOperation.REMOVE)
        erased = [Erased("letter file", f"{letter.number}/{file.kind.value}", file.sha512) for file in files]
        return [Erased("letter", letter.number), *erased, *self._delivery(work, letter.delivery_id)]

    def _delivery(self, work: UnitOfWork, delivery_id: int) -> list[Erased]:
        """Erase the delivery and its repetitions once nothing in it is needed; then what they came in, likewise.

        One that other letters need stays with the pages of all; it is named, so that the certificate says so.
        """
        row = work.session.get_one(Delivery, delivery_id)
        if _is_needed(work.session, row):
            return [Erased("delivery of several", str(row.id), row.sha512)] if row.sha512 else []
        same = (col(Delivery.id) == delivery_id) | (col(Delivery.duplicate_of) == delivery_id)
        erased, above = [], []
        for one in work.session.exec(select(Delivery).where(same, ~col(Delivery.erased))).all():
            erased.append(Erased("delivery", str(one.id), one.sha512))
            one.source, one.name, one.message, one.erased = "", "", "", True
            one.batches, one.unbalanced = [], False
            work.session.add(one)
            name = f"delivery:{one.id}"
            work.log("delivery.erase", name, one, sha512=one.sha512)
            work.bulk(delete(AuditValue).where(col(AuditValue.object) == name), "log.erase-personal", name)
            above += [one.part_of] if one.part_of is not None else []
        work.session.flush()
        for container in dict.fromkeys(above):
            erased += self._delivery(work, container)
        return erased

    def after_commit(self, blobs: BlobStore, records: Sequence[RecordNames]) -> None:
        """Forget the model that was learned from them; the work folder of a letter went when it was done."""
        documents = {number for record in records for number in record.document_ids}
        if documents:
            sources.forget_with(blobs.root.parent, documents)

    def blobs_in_use(self, session: Session, digests: tuple[str, ...]) -> set[str]:
        """Digests that a living letter or delivery still names."""
        files = session.exec(select(LetterFile.sha512).where(col(LetterFile.sha512).in_(digests)))
        deliveries = session.exec(
            select(Delivery.sha512).where(col(Delivery.sha512).in_(digests), ~col(Delivery.erased))
        )
        return set(files) | {digest for digest in deliveries if digest}


def _is_needed(session: Session, row: Delivery) -> bool:
    """Whether a living letter came of it, or of what came out of it, or a part still waits for a decision.

    A repetition is needed as long as the first delivery of the same bytes is: it is erased with that one.
    """
    living = select(Letter.number).where(Letter.delivery_id == row.id, ~col(Letter.erased))
    if session.exec(living.limit(1)).first():
        return True
    inside = session.exec(select(Delivery).where(Delivery.part_of == row.id, ~col(Delivery.erased))).all()
    return any(part.state in _WAITING or _is_needed(session, part) for part in inside)


def _letters(session: Session, records: Sequence[RecordNames]) -> Iterator[tuple[int, list[Letter]]]:
    """The letters that are not erased, of those records that have any, with the id of the case."""
    for record in records:
        if record.letters:
            query = select(Letter).where(col(Letter.number).in_(record.letters), ~col(Letter.erased))
            if letters := list(session.exec(query).all()):
                yield record.case_id, letters


def _with_clues(session: Session, records: Sequence[RecordNames]) -> set[int]:
    cases = [record.case_id for record in records]
    return set(session.exec(select(CaseClue.case_id).where(col(CaseClue.case_id).in_(cases)).distinct()))
