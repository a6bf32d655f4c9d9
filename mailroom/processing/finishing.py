"""Finishing: what came of a delivery is written down in one unit of work, and a sure letter is filed."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from functools import cached_property
from typing import Any

from sqlmodel import Session, col, select

from erecords.errors import Conflict, ErecordsError
from erecords.office import Office
from erecords.registry import finding
from erecords.store.blobs import Blob
from erecords.store.uow import UnitOfWork
from mailroom import findings
from mailroom.custody import parts, quarantine, staging
from mailroom.errors import Refused
from mailroom.matching import doubles
from mailroom.matching.advice import Advice, Adviser
from mailroom.models import Delivery, DeliveryState, Letter, LetterFile, LetterState, StageRun
from mailroom.ports import Recommendation
from mailroom.processing import writing
from mailroom.processing.pipeline import Bench, ReadyDelivery, ReadyLetter, Stage
from mailroom.settings import MailroomSettings
from mailroom.sheets import batches, labels
from mailroom.stages.expand import PartFile
from mailroom.stages.identify import Identified
from mailroom.transfer import transfer_note
from mailroom.tray import filing

log = logging.getLogger(__name__)
_Parts = list[tuple[PartFile, Blob | None]]


class Finisher:
    """Writes prepared deliveries down, one after the other."""

    def __init__(self, office: Office, bench: Bench) -> None:
        self._office = office
        self._bench = bench
        self._machine = office.machine("mailroom")

    @cached_property
    def _adviser(self) -> Adviser:
        """Made when the first letter needs it: what must be learned first does not keep mail from being taken over."""
        return Adviser(self._office, self._machine)

    def warm_up(self) -> None:
        """Load or learn what advice needs, while the workers read the first letters."""
        assert self._adviser

    def finish(self, delivery: Delivery, ready: ReadyDelivery) -> None:
        """Write a delivery down: its letters with their numbers, or its way into quarantine. Then file what is sure.

        Raises:
            OSError: the disk is full or failing; nothing was written, the delivery stays pending.
        """
        parts, ready = self._store_parts(delivery, ready)
        if ready.refused is not None or ready.identified is None:
            self._quarantine(ready, parts)
        else:
            with self._office.many_changes():
                for number in self._write(ready, ready.identified, parts):
                    self._file(number)
        self._bench.clear(ready.delivery_id)

    def _store_parts(self, delivery: Delivery, ready: ReadyDelivery) -> tuple[_Parts, ReadyDelivery]:
        """Store what came out of a delivery; the rows follow with the delivery's own. Too much of it is refused."""
        folder, blobs = self._bench.folder_of(ready.delivery_id), self._office.blobs
        files = [
            (part, staging.stage(folder, blobs, part.path) if part.path else None) for part in ready.expanded.parts
        ]
        try:
            with Session(self._office.engine) as session:
                parts.check_limits(session, delivery, files, self._office.settings.section(MailroomSettings))
        except Refused as refused:
            return [], ReadyDelivery(ready.delivery_id, refused=refused)
        return files, ready

    def _quarantine(self, ready: ReadyDelivery, files: _Parts) -> None:
        refused = ready.refused
        assert refused is not None
        with self._office.work(self._machine) as work:
            row = work.session.get_one(Delivery, ready.delivery_id)
            quarantine.put(work, row, refused.reason, refused.detail)
            lost = parts.record(work, row, files)
        self._lay_out([ready.delivery_id, *lost])

    def _lay_out(self, ids: list[int]) -> None:
        for delivery_id in ids:
            with Session(self._office.engine) as session:
                quarantine.lay_out(self._office.home, self._office.blobs, session.get_one(Delivery, delivery_id))

    def _write(self, ready: ReadyDelivery, identified: Identified, files: _Parts) -> list[str]:
        staged = [self._stage(ready.delivery_id, letter, identified) for letter in ready.letters]
        received = self._office.clock.today()
        with Session(self._office.engine) as session:
            channel = session.get_one(Delivery, ready.delivery_id).channel
        advised = [self._advise(letter, received, channel) for letter in ready.letters]
        with self._office.work(self._machine) as work:
            self._office.blobs.require(row.sha512 for rows in staged for row in rows)
            self._office.blobs.require(blob.sha512 for _, blob in files if blob)
            delivery = work.session.get_one(Delivery, ready.delivery_id)
            delivery.state, delivery.letters = DeliveryState.PROCESSED, len(ready.letters)
            delivery.sheets, delivery.batches = ready.sheets, [asdict(batch) for batch in ready.batches]
            delivery.message = "" if ready.letters else " ".join(_said(ready.expanded.findings))
            work.session.add(delivery)
            lost = parts.record(work, delivery, files)
            numbers = [
                self._letter(work, delivery, position, ready, one, rows, advice)
                for position, (one, rows, advice) in enumerate(zip(ready.letters, staged, advised, strict=True), 1)
            ]
            wrong = batches.recount(work, delivery)
            work.log(
                "delivery.process",
                f"delivery:{delivery.id}",
                delivery,
                letters=numbers,
                sheets=ready.sheets,
                batches=[asdict(batch) for batch in ready.batches],
                unbalanced=[batch.name for batch in wrong],
                pages=identified.pages,
                puid=identified.puid,
                parts=len(files),
            )
        self._lay_out(lost)
        return numbers

    def _stage(self, delivery_id: int, letter: ReadyLetter, identified: Identified) -> list[LetterFile]:
        """Store the letter's files; their rows wait for the number."""
        folder, blobs = self._bench.folder_of(delivery_id), self._office.blobs
        mime, puid = (identified.mime, identified.puid or "") if letter.whole else ("application/pdf", "")
        original = writing.stage_original(folder, blobs, letter.source, mime, puid)
        return [original, *(writing.stage_recognised(folder, blobs, letter.recognition) if letter.recognition else ())]

    def _advise(self, letter: ReadyLetter, received: date, channel: str) -> tuple[Advice | None, Stage]:
        start = time.perf_counter()
        if letter.recognition is None:
            return None, Stage("suggest", 0.0, "skipped: nothing was recognised")
        try:
            advice = self._adviser.advise(letter.recognition.pages, received, channel=channel)
        except (OSError, ErecordsError):
            raise
        except Exception as error:
            log.exception("no advice could be given on pages %s-%s", letter.first_page, letter.last_page)
            return None, Stage("suggest", time.perf_counter() - start, f"failed: {type(error).__name__}")
        outcome = f"{advice.suggestion.recommendation.value}: {advice.suggestion.document_type or 'no type'}"
        return advice, Stage("suggest", time.perf_counter() - start, outcome)

    def _letter(
        self,
        work: UnitOfWork,
        delivery: Delivery,
        position: int,
        ready: ReadyDelivery,
        one: ReadyLetter,
        files: list[LetterFile],
        advised: tuple[Advice | None, Stage],
    ) -> str:
        assert ready.identified is not None and delivery.id is not None
        advice, suggest_run = advised
        received = work.clock.today()
        number = labels.number_for(work.session, one.label, received.year)
        suggestion = advice.suggestion if advice else None
        letter = Letter(
            number=number,
            delivery_id=delivery.id,
            position=position,
            state=LetterState.TRAY,
            received=received,
            first_page=one.first_page,
            last_page=one.last_page,
            text_chars=len(one.recognition.text) if one.recognition else 0,
            findings=[*_findings(ready, one, understood=suggestion is not None), *_labels(work.session, one, number)],
            transfer_note=transfer_note(work, delivery, ready, one, files),
        )
        writing.take_suggestion(letter, suggestion, ready.title or delivery.name)
        work.add(letter)
        for row in files:
            row.letter = number
            work.session.add(row)
        runs = [
            StageRun(letter=number, stage=run.stage, seconds=run.seconds, outcome=run.outcome)
            for run in (*one.stages, suggest_run)
        ]
        work.session.add_all(runs)
        work.session.flush()
        if one.recognition:
            doubles.note(work, self._office.blobs, letter, doubles.look(one.recognition))
        work.log(
            "letter.receive",
            f"letter:{number}",
            letter,
            *files,
            *runs,
            delivery=delivery.id,
            pages=[one.first_page, one.last_page],
            recommendation=suggestion.recommendation.value if suggestion else "none",
            document_type=letter.document_type,
            original=files[0].sha512,
        )
        return number

    def _file(self, number: str) -> None:
        """File a letter when the suggestion is strong; what speaks against it leaves it in the tray with a finding."""
        if not self._office.settings.section(MailroomSettings).files_by_itself:
            return
        with Session(self._office.engine) as session:
            suggestion = session.get_one(Letter, number).suggestion
        if suggestion.get("recommendation") != Recommendation.STRONG:
            return
        try:
            with self._office.work(self._machine) as work:
                letter = work.session.get_one(Letter, number)
                _refuse_doubtful(letter)
                _refuse_apart(work.session, letter)
                self._file_as_suggested(work, letter)
        except ErecordsError as error:
            log.info("%s stays in the tray: %s", number, error)
            with self._office.work(self._machine) as work:
                letter = work.session.get_one(Letter, number)
                letter.findings = [*letter.findings, f"not-filed: {error}"]
                work.session.add(letter)
                work.log("letter.keep", f"letter:{number}", letter, reason=error.code)

    def _file_as_suggested(self, work: UnitOfWork, letter: Letter) -> None:
        suggestion: dict[str, Any] = letter.suggestion
        if suggestion["case"]:
            case = finding.case(work.session, self._machine, suggestion["case"])
        else:
            title = suggestion.get("case_title") or letter.title
            notation = suggestion["class_notation"]
            case = filing.case_of_class(work, self._machine, letter, notation, title, suggestion.get("file_key", ""))
        registers = self._adviser.registers
        filing.file_in_case(work, self._machine, self._office.blobs, registers, letter.number, case)


def _refuse_doubtful(letter: Letter) -> None:
    """What a person must look at first is not filed, however sure the machine is of the case.

    Raises:
        Conflict: there is such a finding.
    """
    why = findings.wants_person(letter.findings)
    if why:
        raise Conflict(f"A person looks at it first: {why}.")


def _refuse_apart(session: Session, letter: Letter) -> None:
    """An attachment is filed by itself only where its covering letter already is: a person keeps them together.

    Raises:
        Conflict: the covering letter waits, or lies in another case.
    """
    container = session.get_one(Delivery, letter.delivery_id).part_of
    query = select(Letter).where(Letter.delivery_id == container).order_by(col(Letter.position))
    cover = session.exec(query.limit(1)).first() if container is not None else None
    if cover is not None and cover.case_reference != (letter.suggestion["case"] or ""):
        raise Conflict(f"It came with {cover.number}; file it together with that.")


def _said(findings: Iterable[str]) -> list[str]:
    return [finding.partition(": ")[2] for finding in findings]


def _findings(ready: ReadyDelivery, one: ReadyLetter, *, understood: bool) -> list[str]:
    """What is to be looked at, of the delivery and of the letter's pages."""
    assert ready.identified is not None
    found = [] if one.recognition else [*ready.identified.flags]
    if one.recognition:
        found += one.recognition.findings
        if not understood:
            found.append("not-understood: The program failed on what the letter says; the log holds the details.")
    elif not one.fault:
        found.append("not-converted: LibreOffice did not convert this office document; only the original is kept.")
    if one.fault:
        found.append(f"not-recognised: {one.fault}")
    return found


def _labels(session: Session, one: ReadyLetter, number: str) -> list[str]:
    return labels.findings(session, one.recognition.pages if one.recognition else (), number)
