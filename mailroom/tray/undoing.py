"""Taking decisions back: the actor's own, of the last day, newest first; each is a new decision in the log.

What a person decided stays in the log; learning and report follow what stands in the end. A decision that others built
upon (the case was closed, the letter was decided again) is not taken back but refused, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlmodel import Session, col, select

from erecords.clock import instant_text
from erecords.errors import Conflict, NotFound
from erecords.office import Office
from erecords.registry import finding, withdrawing
from erecords.store.models import AuditEntry, Document
from erecords.store.uow import UnitOfWork
from mailroom.fields.markings import MarkingKind
from mailroom.loading import RegistersAtHand
from mailroom.models import Letter, LetterState
from mailroom.ports import Recommendation
from mailroom.tray import deciding, filing, marking, refiling

WITHIN = timedelta(days=1)
UNDO = "letter.undo"


@dataclass(frozen=True)
class Decision:
    """A decision of the actor that can be taken back."""

    sequence: int
    action: str
    subject: str
    details: dict[str, Any]

    @property
    def numbers(self) -> list[str]:
        """The letters that it was about."""
        if self.action != "delivery.divide":
            return [self.subject.partition(":")[2]]
        return list(dict.fromkeys(line.partition(":")[0] for line in (*self.details["was"], *self.details["letters"])))

    @property
    def sentence(self) -> str:
        """What was decided, in one line."""
        if self.action == "letter.refile" and self.details["was"]["case"] == self.details["case"]:
            return f"the type of {self.numbers[0]} was changed"
        markings = ", ".join(self.details.get("markings", ())) or "ordinary mail"
        return _SAID[self.action].format(", ".join(self.numbers), **{**self.details, "markings": markings})


_SAID = {
    "letter.file": "{0} was filed into {case}",
    "letter.refile": "{0} was moved to {case}",
    "letter.reject": "{0} was rejected",
    "letter.forward": "{0} was sent on to {unit}",
    "letter.mark": "{0} was marked as {markings}",
    "delivery.divide": "the pages of {0} were divided, joined or turned",
}


@dataclass(frozen=True)
class Undone:
    """What was taken back, and what is worth knowing of it."""

    decision: Decision
    hint: str = ""


def decisions(session: Session, office: Office, number: str | None = None) -> list[Decision]:
    """The actor's decisions of the last day that still stand, newest first; of one letter where it is named."""
    since = instant_text(office.clock.now() - WITHIN)
    newest_first = select(AuditEntry).order_by(col(AuditEntry.sequence).desc()).execution_options(yield_per=500)
    found: list[Decision] = []
    taken_back: set[int] = set()
    for entry in session.exec(newest_first):
        if entry.time < since:
            break
        if entry.actor != office.actor.id or entry.action not in (*_SAID, UNDO):
            continue
        details = json.loads(entry.details)
        if entry.action == UNDO:
            taken_back |= {details["of"], *range(entry.sequence - details["lines"], entry.sequence)}
        elif entry.sequence not in taken_back:
            found.append(Decision(entry.sequence, entry.action, entry.object, details))
    return [one for one in found if number is None or number in one.numbers]


def undo(office: Office, number: str | None = None) -> Undone:
    """Take back the actor's last decision, or the last one on that letter.

    Raises:
        NotFound: there is none of the last day.
        Conflict: others built upon it; nothing was changed.
    """
    with Session(office.engine) as session:
        last = next(iter(decisions(session, office, number)), None)
    if last is None:
        what = f"on {number} " if number else ""
        raise NotFound(f"There is no decision of yours {what}from the last day. An older one: erecords mail refile")
    return Undone(last, _BACK[last.action](office, last))


def _close(work: UnitOfWork, decision: Decision) -> None:
    """Note the taking back, and how many lines before this one belong to it."""
    number = decision.numbers[0]
    work.log(UNDO, f"letter:{number}", of=decision.sequence, what=decision.action, lines=work.lines)


def _letter(work: UnitOfWork, decision: Decision, state: LetterState) -> Letter:
    number = decision.numbers[0]
    letter = work.session.get(Letter, number)
    if letter is None or letter.erased or letter.state is not state or letter.decided_by != work.actor:
        by = f" by {letter.decided_by}" if letter is not None and letter.decided_by else ""
        raise Conflict(f"{number} was decided again meanwhile{by}; the decision cannot be taken back.")
    return letter


def _reopen(work: UnitOfWork, letter: Letter) -> None:
    """Back into the tray; who decided last stays noted, so that what was learned is looked at again."""
    letter.state = LetterState.TRAY
    letter.version += 1
    work.session.add(letter)


def _unfile(office: Office, decision: Decision) -> str:
    at_hand = RegistersAtHand(office)
    with office.work() as work:
        letter = _letter(work, decision, LetterState.FILED)
        document = work.session.get_one(Document, letter.document_id)
        case = finding.case_of(work.session, document)
        if case.reference != decision.details["case"]:
            raise Conflict(f"{letter.number} was moved to {case.reference} meanwhile; the filing cannot be taken back.")
        refiling.refuse_held(office, work, case)
        withdrawing.withdraw(work, filing.registrar(work, office.actor), document)
        was = decision.details["was"]
        letter.document_id, letter.case_reference = None, None
        registers = at_hand.current(work.session)
        letter.title = filing.retitled(registers, letter.title, letter.document_type, was["type"])
        letter.document_type, letter.unit = was["type"], was["unit"]
        said: dict[str, Any] = letter.suggestion
        sure = said.get("recommendation") != Recommendation.NONE
        kind, notation = (said.get("document_type"), said.get("class_notation")) if sure else (None, None)
        deciding.due_for(registers, letter, kind, notation)
        _reopen(work, letter)
        work.log("letter.unfile", f"letter:{letter.number}", letter, case=case.reference, document=document.id)
        _close(work, decision)
        empty = finding.document_count(work.session, case.id or 0) == 0
    return f"{case.reference} holds no document now; file into it again, or close it." if empty else ""


def _accept_again(office: Office, decision: Decision) -> str:
    with office.work() as work:
        letter = _letter(work, decision, LetterState.REJECTED)
        letter.reject_reason = None
        _reopen(work, letter)
        work.log("letter.accept", f"letter:{letter.number}", letter)
        _close(work, decision)
    return ""


def _move_back(office: Office, decision: Decision) -> str:
    at_hand = RegistersAtHand(office)
    with office.work() as work:
        letter = _letter(work, decision, LetterState.FILED)
        if letter.case_reference != decision.details["case"]:
            raise Conflict(f"{letter.number} was moved on to {letter.case_reference}; it cannot be taken back.")
        was = decision.details["was"]
        target, kind = was["case"], was["type"] or ""
        refiling.refile(office, work, at_hand, letter.number, "zurückgenommen", reference=target, kind=kind)
        _close(work, decision)
    return ""


def _fetch_back(office: Office, decision: Decision) -> str:
    with office.work() as work:
        letter = work.session.get_one(Letter, decision.numbers[0])
        if letter.state is not LetterState.TRAY or letter.unit != decision.details["unit"]:
            raise Conflict(f"{letter.number} was decided or sent on meanwhile; it cannot be fetched back.")
        letter.unit = decision.details["was"]
        letter.version += 1
        work.session.add(letter)
        work.log("letter.fetch-back", f"letter:{letter.number}", letter, unit=letter.unit)
        _close(work, decision)
    return ""


def _mark_as_before(office: Office, decision: Decision) -> str:
    was = decision.details["was"]
    until = date.fromisoformat(was["sealed_until"]) if was["sealed_until"] else None
    marking.mark(
        office,
        decision.numbers[0],
        [MarkingKind(kind) for kind in was["markings"]],
        until,
        also=partial(_close, decision=decision),
    )
    return ""


def _join_or_cut_again(office: Office, decision: Decision) -> str:
    """Give each letter the pages again that it had; a page that was turned is turned back."""
    now = dict(map(_range, decision.details["letters"]))
    before = dict(map(_range, decision.details["was"]))
    close = partial(_close, decision=decision)
    with Session(office.engine) as session:
        for number, (first, last) in now.items():
            letter, _ = filing.waiting(session, office.actor, number)
            if (letter.first_page, letter.last_page) != (first, last):
                raise Conflict(f"{number} was divided again meanwhile; take that back first.")
    turned = decision.details.get("turned")
    if turned:
        deciding.rotate(office, next(iter(now)), turned["pages"], 360 - turned["degrees"], close)
    else:
        deciding.divide(office, list(now), list(before.values()), targets=list(before), also=close)
    return ""


def _range(text: str) -> tuple[str, tuple[int, int]]:
    number, _, pages = text.partition(":")
    first, _, last = pages.partition("-")
    return number, (int(first), int(last))


_BACK: dict[str, Callable[[Office, Decision], str]] = {
    "letter.file": _unfile,
    "letter.reject": _accept_again,
    "letter.refile": _move_back,
    "letter.forward": _fetch_back,
    "letter.mark": _mark_as_before,
    "delivery.divide": _join_or_cut_again,
}
