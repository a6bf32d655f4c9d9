"""Taking in a retention schedule: the first time as it is, later as a difference that makes new versions."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Select, or_
from sqlalchemy import select as query_of
from sqlmodel import Session, col, func, select

from erecords.errors import NotFound
from erecords.registry.access import Actor, Right
from erecords.store.models import Case, PlanClass
from erecords.store.uow import UnitOfWork
from retention.errors import FourEyes, ScheduleRefused
from retention.lifecycle import Disposal, RuleKind, RuleStart
from retention.models import CaseRule, Rule
from retention.periods import caserules, due, rules
from retention.periods.shortening import may_shorten

_MAX_BYTES = 10_000_000
_SHOWN = 20


class RuleRow(BaseModel):
    """One line of a schedule, as it may be."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=r"^[\w][\w.-]{0,39}$")
    title: str = Field(min_length=1, max_length=300)
    years: int | None = Field(default=None, ge=0, le=1000)
    months: int | None = Field(default=None, ge=0, le=12000)
    days: int | None = Field(default=None, ge=0, le=366000)
    trigger: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,59}$")
    start: RuleStart
    kind: RuleKind
    disposal: Disposal
    basis: str = Field(pattern="^(gesetz|abgeleitet|ortsregel)$")
    checked: bool = False
    source: str = Field(min_length=1, max_length=500)
    note: str = Field(default="", max_length=1000)


@dataclass(frozen=True)
class ScheduleDiff:
    """What a schedule changes: rule ids, and what has to be done next."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    """Changed rules that could shorten a period: they wait for another person."""
    unchanged: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Rules of the home that the file does not name; they stay in force."""
    affected: dict[str, int] = field(default_factory=dict)
    """Per changed rule the number of case files under it."""
    due: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Per changed rule how many closed cases are due on its first day, as it was and as it will be."""

    def to_json(self) -> dict[str, Any]:
        """As it is shown."""
        return {
            "added": list(self.added),
            "changed": list(self.changed),
            "unconfirmed": list(self.unconfirmed),
            "unchanged": list(self.unchanged),
            "missing": list(self.missing),
            "affected": dict(self.affected),
            "due": {rule: {"before": before, "after": after} for rule, (before, after) in self.due.items()},
        }


def read(path: Path) -> list[RuleRow]:
    """The rules of a schedule file (CSV, UTF-8, named columns).

    Raises:
        ScheduleRefused: with file, line and column of all that is wrong.
    """
    findings: list[str] = []
    found: dict[str, RuleRow] = {}
    for line, values in _lines(path):
        try:
            row = RuleRow.model_validate({key: value for key, value in values.items() if value != ""})
        except ValidationError as error:
            findings += [f"line {line}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
            continue
        if row.id in found:
            findings.append(f"line {line}: rule {row.id} stands in the file twice")
        found[row.id] = row
    if findings:
        more = f"; and {len(findings) - _SHOWN} more" if len(findings) > _SHOWN else ""
        raise ScheduleRefused(f"{path}: {'; '.join(findings[:_SHOWN])}{more}. Nothing was imported.")
    if not found:
        raise ScheduleRefused(f"{path} holds no rule. Nothing was imported.")
    return list(found.values())


def _lines(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ScheduleRefused(f"{path} is larger than {_MAX_BYTES} bytes; it is no retention schedule.")
        text = path.read_text(encoding="utf-8-sig")
        reader = csv.DictReader(text.splitlines(keepends=True), strict=True)
        for values in reader:
            if None in values or any(value is None for value in values.values()):
                raise ScheduleRefused(
                    f"{path}: line {reader.line_num}: the number of columns differs from the first line."
                )
            yield reader.line_num, {key: _plain(key, value.strip()) for key, value in values.items()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ScheduleRefused(f"{path} cannot be read: {error}. Nothing was imported.") from error


def _plain(key: str, value: str) -> str:
    return {"ja": "true", "nein": "false"}.get(value, value) if key == "checked" else value


def import_schedule(work: UnitOfWork, actor: Actor, path: Path, *, valid_from: date | None = None) -> ScheduleDiff:
    """Take in a schedule. A changed rule becomes a new version from ``valid_from`` (default today).

    New rules and changes that cannot shorten apply at once. A change that could shorten a period, or send to
    destruction what was to be kept, waits until another person confirms it (`confirm`).

    Raises:
        NotPermitted: the actor keeps no schedule.
        ScheduleRefused: the file is not valid; nothing was imported.
    """
    actor.require(Right.MANAGE_RECORDS)
    return apply(work, read(path), by=actor.id, valid_from=valid_from)


def preview(session: Session, actor: Actor, path: Path, valid_from: date) -> ScheduleDiff:
    """What `import_schedule` would change, and how many cases would be due then; nothing is written."""
    actor.require(Right.MANAGE_RECORDS)
    rows = read(path)
    diff = _compare(session, rows)
    return _with_counts(session, diff, _due_counts(session, diff, rows, valid_from))


def apply(work: UnitOfWork, rows: list[RuleRow], *, by: str, valid_from: date | None = None) -> ScheduleDiff:
    """Write the difference between these rules and those of the home, as `import_schedule` describes."""
    diff = _compare(work.session, rows)
    newest = _newest(work.session)
    begins = valid_from or work.clock.today()
    counts = _due_counts(work.session, diff, rows, begins)
    for row in rows:
        if row.id in diff.unchanged:
            continue
        old = newest.get(row.id)
        waits = row.id in diff.unconfirmed
        rule = Rule(
            **row.model_dump(),
            version=old.version + 1 if old else 1,
            valid_from=begins if old or valid_from else rules.BEGINNING,
            imported_by=by,
            confirmed_by=None if waits else by,
        )
        work.add(rule)
        touched = [rule] if waits or old is None else [rule, *_end(work.session, rule)]
        work.log(
            "schedule.import", f"rule:{rule.id}", *touched, version=rule.version, valid_from=begins.isoformat(),
            confirmed=not waits, **row.model_dump(mode="json", exclude={"id"}),
        )  # fmt: skip
        work.keep("rule", *touched)
    return _with_counts(work.session, diff, counts)


def _end(session: Session, successor: Rule) -> list[Rule]:
    """Let the confirmed versions before ``successor`` end the day before it begins."""
    older = session.exec(
        select(Rule).where(
            Rule.id == successor.id,
            Rule.version < successor.version,
            (col(Rule.valid_to).is_(None)) | (col(Rule.valid_to) >= successor.valid_from),
        )
    ).all()
    for rule in older:
        rule.valid_to = max(successor.valid_from - timedelta(days=1), rule.valid_from)
    return list(older)


def confirm(work: UnitOfWork, actor: Actor, rule_id: str) -> Rule:
    """Put the newest version of a rule into force that waits for a second person, from today at the earliest.

    Raises:
        NotFound: no version of that rule waits.
        FourEyes: the actor imported it.
    """
    if not actor.may(Right.APPROVE_DISPOSAL):
        actor.require(Right.MANAGE_RECORDS)
    rule = _newest(work.session).get(rule_id)
    if rule is None or rule.confirmed_by is not None:
        raise NotFound(f"No version of rule {rule_id!r} waits for confirmation.")
    if rule.imported_by == actor.id:
        raise FourEyes(f"You imported version {rule.version} of {rule_id}; another person has to confirm it.")
    rule.confirmed_by = actor.id
    rule.valid_from = max(rule.valid_from, work.clock.today())
    older = _end(work.session, rule)
    work.log(
        "schedule.confirm", f"rule:{rule_id}", rule, *older, version=rule.version,
        valid_from=rule.valid_from.isoformat(),
    )  # fmt: skip
    work.keep("rule", rule, *older)
    return rule


def _newest(session: Session) -> dict[str, Rule]:
    return {rule.id: rule for rule in rules.versions(session)}


def _compare(session: Session, rows: list[RuleRow]) -> ScheduleDiff:
    newest = _newest(session)
    changed = [row for row in rows if row.id in newest and _differs(newest[row.id], row)]
    return ScheduleDiff(
        added=tuple(row.id for row in rows if row.id not in newest),
        changed=tuple(row.id for row in changed),
        unconfirmed=tuple(row.id for row in changed if _has_to_wait(newest[row.id], row)),
        unchanged=tuple(row.id for row in rows if row.id in newest and not _differs(newest[row.id], row)),
        missing=tuple(sorted(set(newest) - {row.id for row in rows})),
    )


def _differs(rule: Rule, row: RuleRow) -> bool:
    return any(getattr(rule, name) != value for name, value in row.model_dump().items())


def _has_to_wait(old: Rule, new: RuleRow) -> bool:
    """Whether another person has to confirm it; also one that changes a version which still waits."""
    return old.confirmed_by is None or may_shorten(old, new)


def _due_counts(session: Session, diff: ScheduleDiff, rows: list[RuleRow], on: date) -> dict[str, tuple[int, int]]:
    """Cases due on a day that a changed rule binds: with the rules in force, and with those that are to be."""
    if not diff.changed:
        return {}
    before = rules.in_force(session, on)
    changed = {
        row.id: Rule(**row.model_dump(), version=0, valid_from=on, imported_by="")
        for row in rows
        if row.id in diff.changed
    }
    was, will = (_due_under(session, versions, diff.changed, on) for versions in (before, {**before, **changed}))
    return {name: (was[name], will[name]) for name in diff.changed}


def _due_under(session: Session, versions: dict[str, Rule], names: Sequence[str], on: date) -> Counter[str]:
    pieces = due.clauses(versions, on, 0)
    ripe = (
        due.closed_by(on), pieces.trigger_date <= pieces.rule_now.c.ripe_to, due.may_end(session, pieces, on),
    )  # fmt: skip
    return Counter(
        {name: session.execute(due.joined(_bound(name), pieces).where(*ripe)).scalar_one() for name in names}
    )  # fmt: skip


def _bound(name: str) -> Select[Any]:
    """Counts the cases that a rule binds: as that of their class, instead of it, or on anything in them."""
    further = query_of(col(CaseRule.case_id)).where(caserules.further(), col(CaseRule.rule_id) == name)
    return query_of(func.count(col(Case.id))).where(or_(rules.effective() == name, col(Case.id).in_(further)))


def _with_counts(session: Session, diff: ScheduleDiff, counts: dict[str, tuple[int, int]]) -> ScheduleDiff:
    if not diff.changed:
        return diff
    of_class = col(PlanClass.notation) == col(Case.class_notation)
    return ScheduleDiff(
        diff.added,
        diff.changed,
        diff.unconfirmed,
        diff.unchanged,
        diff.missing,
        {
            name: number
            for name in diff.changed
            if (number := session.execute(_bound(name).join_from(Case, PlanClass, of_class)).scalar_one())
        },
        counts,
    )
