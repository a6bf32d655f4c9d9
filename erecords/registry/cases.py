"""Case files: opened, amended, closed, reopened, moved, and the dates that retention counts from."""

from __future__ import annotations

import difflib
import re
from datetime import UTC, date, datetime
from typing import Any

from sqlmodel import func, select

from erecords.errors import Conflict, InputRefused
from erecords.registry import access, finding, opening, org, plan, rules, transactions
from erecords.registry.access import Actor
from erecords.registry.opening import collective_case as collective_case
from erecords.registry.opening import open_case as open_case
from erecords.registry.rules import one_line
from erecords.store.lifecycle import CaseState, FileKind
from erecords.store.models import Case, CaseEvent, Document, FormerReference
from erecords.store.uow import UnitOfWork

find = finding.case
list_cases = finding.cases

_TRIGGER = re.compile(r"[a-z][a-z0-9_-]{0,59}")


def amend(
    work: UnitOfWork,
    actor: Actor,
    case: Case,
    *,
    title: str | None = None,
    key: str | None = None,
    unit: str | None = None,
    version: int | None = None,
) -> Case:
    """Change title, key or responsible unit of an open case.

    Raises:
        NotPermitted: role or unit of the actor do not allow it.
        Conflict: the case is closed, or ``version`` is not its present one (somebody else changed it).
        NotFound: no such unit.
        InputRefused: a value is not fit, or none was given.
    """
    access.require_edit(actor, case.unit, case.reference)
    rules.require_open(case)
    if version is not None and version != case.version:
        raise Conflict(
            f"{case.reference} was changed meanwhile (now version {case.version}, you saw {version}). "
            f"Nothing was changed; look again: erecords case show {case.reference}"
        )
    given = {
        "title": None if title is None else one_line(title, "title"),
        "key": None if key is None else one_line(key, "key", may_be_empty=True),
        "unit": None if unit is None else org.unit(work.session, unit).id,
    }
    different = {name: value for name, value in given.items() if value is not None and value != getattr(case, name)}
    if all(value is None for value in given.values()):
        raise InputRefused("What shall be amended? Give --title, --key or --unit. Nothing was changed.")
    for name, value in different.items():
        setattr(case, name, value)
    if different:
        personal = {name: value for name, value in different.items() if name != "unit"}
        details = {"unit": different["unit"]} if "unit" in different else {}
        rules.changed(work, "amend", case, personal=personal, **details)
    return case


def close(work: UnitOfWork, actor: Actor, case: Case, *, on: date | None = None) -> Case:
    """Close a case (zdA) as of a day; retention counts from there, and no document comes in any more.

    Its open transactions are closed with it.

    Raises:
        NotPermitted: role or unit of the actor do not allow it.
        Conflict: it is closed, or the day lies before the opening or before a document came in.
        InputRefused: the day is in the future.
    """
    access.require_edit(actor, case.unit, case.reference)
    day = on or work.clock.today()
    newest = newest_arrival(work, case)
    if newest and day < newest:
        raise Conflict(
            f"{case.reference} cannot be closed on {day}: a document of {newest} is in it. "
            "Nothing was changed; close it on that day or later."
        )
    return close_as_stated(work, actor, case, on=day)


def close_as_stated(work: UnitOfWork, actor: Actor, case: Case, *, on: date) -> Case:
    """Close a case as of a day that another system states, even when a document bears a later date.

    Raises:
        NotPermitted, Conflict, InputRefused: as ``close``.
    """
    access.require_edit(actor, case.unit, case.reference)
    rules.require_open(case)
    rules.not_in_future(work, on, "closed")
    if on < case.opened:
        raise Conflict(f"{case.reference} was opened on {case.opened}, after {on}. Nothing was changed.")
    case.state, case.closed = CaseState.CLOSED, on
    with_it = transactions.close_all(work, case, on)
    details: dict[str, Any] = {"transactions": with_it} if with_it else {}
    return rules.changed(work, "close", case, on=on.isoformat(), **details)


def newest_arrival(work: UnitOfWork, case: Case) -> date | None:
    """When the newest document came in (or was written); a date in the future is a mistake and does not count."""
    arrived = func.coalesce(Document.received, Document.date)
    query = select(func.max(arrived)).where(Document.case_id == case.id, arrived <= work.clock.today())
    return work.session.exec(query).one()


def reopen(work: UnitOfWork, actor: Actor, case: Case, *, reason: str) -> Case:
    """Open a closed case again; its retention period no longer runs.

    Raises:
        NotPermitted: role or unit of the actor do not allow it.
        Conflict: it is open.
        InputRefused: no reason was given.
    """
    access.require_edit(actor, case.unit, case.reference)
    reason = one_line(reason, "reason")
    if case.state is CaseState.OPEN:
        raise Conflict(f"{case.reference} is open. Nothing was changed.")
    was = case.closed
    case.state, case.closed = CaseState.OPEN, None
    return rules.changed(work, "reopen", case, personal={"reason": reason}, closed=was.isoformat() if was else None)


def move(work: UnitOfWork, actor: Actor, case: Case, *, class_notation: str, reason: str) -> Case:
    """Move an open case into another class: new reference there, unit of that class; the old reference stays findable.

    Raises:
        NotPermitted: role or unit of the actor do not allow it.
        NotFound: no such class.
        Conflict: the case is closed, stands there already, or the class is a group.
        InputRefused: no reason was given.
    """
    access.require_edit(actor, case.unit, case.reference)
    rules.require_open(case)
    reason = one_line(reason, "reason")
    target = plan.find_class(work.session, class_notation)
    if target.notation == case.class_notation:
        raise Conflict(f"{case.reference} stands in class {target.notation} already. Nothing was changed.")
    if target.file_kind is FileKind.GROUP:
        raise Conflict(f"Class {target.notation} is a group and holds no files. Nothing was changed.")
    opening.refuse_second_file(work, actor, target, case.key)
    before = FormerReference(
        reference=case.reference, case_id=rules.case_id(case), until=work.clock.now().astimezone(UTC), reason=reason
    )
    class_was = case.class_notation
    case.reference = opening.next_reference(work, target, case.opened.year)
    case.class_notation, case.unit = target.notation, target.unit
    work.add(before)
    details = {"class": target.notation, "unit": target.unit, "was": before.reference, "class_was": class_was}
    work.log("case.moved", f"case:{before.reference}", before, to=case.reference)
    return rules.changed(work, "move", case, personal={"reason": reason}, **details)


def former(work: UnitOfWork, actor: Actor, case: Case, reference: str) -> None:
    """Note a reference under which the case was known elsewhere, so that it is found by it (import).

    Raises:
        NotPermitted: role or unit of the actor do not allow it.
        Conflict: the reference belongs to a case.
        InputRefused: it cannot be a reference.
    """
    access.require_edit(actor, case.unit, case.reference)
    plain = opening.claim_reference(work, reference)
    until = datetime(case.opened.year, case.opened.month, case.opened.day, tzinfo=UTC)
    row = FormerReference(reference=plain, case_id=rules.case_id(case), until=until, reason="import")
    work.add(row)
    work.log("case.former", f"case:{case.reference}", row, was=plain)
    rules.index(work, case)


def require_known(trigger: str, known: frozenset[str]) -> None:
    """Refuse an event from which nothing counts; where nothing is known, each will do.

    Raises:
        InputRefused: names what comes near, or all that there are.
    """
    if trigger in known or not known:
        return
    near = difflib.get_close_matches(trigger, sorted(known), n=3) or sorted(known)
    hint = "the day of closing is stated by erecords case close" if trigger == "zda" else f"try {' or '.join(near)}"
    raise InputRefused(f"No retention rule counts from {trigger!r}; {hint}. Nothing was changed.")


def event(work: UnitOfWork, actor: Actor, case: Case, *, trigger: str, on: date) -> CaseEvent:
    """State the date of a retention trigger (``ende_steuerpflicht``); a date stated before is replaced, and logged.

    Raises:
        NotPermitted: role or unit of the actor do not allow it.
        InputRefused: the trigger is no word of small letters, digits and underscores.
    """
    access.require_edit(actor, case.unit, case.reference)
    if not _TRIGGER.fullmatch(trigger):
        raise InputRefused(f"{trigger!r} is no trigger; triggers look like ende_steuerpflicht. Nothing was changed.")
    query = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.trigger == trigger)
    row = work.session.exec(query).first()
    before = row.on.isoformat() if row else None
    if row is None:
        row = CaseEvent(case_id=rules.case_id(case), trigger=trigger, on=on)
    row.on = on
    work.add(row)
    work.log("case.event", f"case:{case.reference}", row, trigger=trigger, on=on.isoformat(), before=before)
    work.index("case", rules.case_id(case))
    return row
