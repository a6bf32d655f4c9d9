"""The form in which case files come in and go out: ``cases.jsonl``, ``documents.jsonl`` and files beside them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from erecords.errors import InputRefused

CASES, DOCUMENTS = "cases.jsonl", "documents.jsonl"
_LINE_BYTES = 16 << 20

_Short = Annotated[str, StringConstraints(min_length=1, max_length=300)]


def _triggers(value: object) -> object:
    """Dates of triggers, as an object or as a list of ``{"trigger", "on"}``."""
    if isinstance(value, list) and all(isinstance(entry, dict) and "trigger" in entry for entry in value):
        return {entry["trigger"]: entry.get("on", entry.get("date")) for entry in value}
    return value


class FormLine(BaseModel):
    """One line; keys that are not known are taken note of, not refused."""

    model_config = ConfigDict(frozen=True, extra="allow", str_strip_whitespace=True)

    @property
    def unknown(self) -> list[str]:
        """Keys that the form does not have."""
        return sorted(self.model_extra or {})


class TransactionLine(FormLine):
    """A transaction of a case file; documents name it by its key, it gets a number of this home."""

    key: _Short
    title: _Short
    process: str = ""
    process_title: str = ""
    opened: dt.date | None = None
    closed: dt.date | None = None


class CaseLine(FormLine):
    """A case file."""

    key: _Short
    class_notation: _Short = Field(alias="class")
    title: _Short
    opened: dt.date
    closed: dt.date | None = None
    reference: _Short | None = None
    unit: _Short | None = None
    file_key: str = ""
    triggers: Annotated[dict[str, dt.date], BeforeValidator(_triggers)] = {}
    former_references: tuple[str, ...] = ()
    transactions: tuple[TransactionLine, ...] = ()


class DocumentLine(FormLine):
    """A document; its original is ``file``, or ``text`` where it has no file."""

    case: _Short
    title: _Short
    date: dt.date | None = None
    type: str = ""
    sender: str = ""
    received: dt.date | None = None
    file: str | None = None
    text: Annotated[str, StringConstraints(strip_whitespace=False)] | None = None
    entry: str | None = None
    transaction: _Short | None = None
    """Key of a transaction of the case line, or number of one that the existing case has."""
    earlier_versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was not taken, and why; ``line`` of the file that the reason names."""

    case: str | None
    line: int
    reason: str


@dataclass
class Group:
    """The lines that are taken together or not at all: a case with its documents."""

    name: str
    line: int
    case: CaseLine | None = None
    """None when the documents go into a case that exists already."""
    documents: list[tuple[int, DocumentLine]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


L = TypeVar("L", bound=FormLine)


def read(folder: Path) -> tuple[list[Group], list[Refusal]]:
    """All groups of a folder in the order of its lines, and refused lines that belong to none.

    Raises:
        InputRefused: the folder is not in this form.
    """
    if not (folder / CASES).is_file() and not (folder / DOCUMENTS).is_file():
        raise InputRefused(f"{folder} has neither {CASES} nor {DOCUMENTS}. Nothing was imported.")
    groups: dict[str, Group] = {}
    by_reference: dict[str, str] = {}
    loose: list[Refusal] = []
    for number, raw, problem in _lines(folder / CASES):
        name = _named(raw, "key")
        line = problem or _parse(CaseLine, raw)
        if isinstance(line, str) or name is None:
            _refuse(
                groups, loose, name, Refusal(name, number, f"{CASES}: {line if isinstance(line, str) else 'no key'}")
            )
        elif name in groups:
            reason = f"{CASES}: key {name!r} stands already on line {groups[name].line}"
            _refuse(groups, loose, name, Refusal(name, number, reason))
        else:
            groups[name] = Group(name, number, line)
            if line.reference:
                by_reference.setdefault(line.reference, name)
    for number, raw, problem in _lines(folder / DOCUMENTS):
        _place_document(groups, by_reference, loose, number, raw, problem)
    return list(groups.values()), loose


def _place_document(
    groups: dict[str, Group],
    by_reference: dict[str, str],
    loose: list[Refusal],
    number: int,
    raw: dict[str, Any],
    problem: str | None,
) -> None:
    named = _named(raw, "case")
    name = named if named is None or named in groups else by_reference.get(named, named)
    line = problem or _parse(DocumentLine, raw)
    if isinstance(line, str) or name is None:
        reason = f"{DOCUMENTS}: {line if isinstance(line, str) else 'no case is named'}"
        _refuse(groups, loose, name, Refusal(named, number, reason))
    else:
        groups.setdefault(name, Group(name, number)).documents.append((number, line))


def _refuse(groups: dict[str, Group], loose: list[Refusal], name: str | None, refusal: Refusal) -> None:
    """A bad line refuses its whole group; one that names none stands alone."""
    if name is None:
        loose.append(refusal)
    else:
        groups.setdefault(name, Group(name, refusal.line)).refusals.append(refusal)


def _named(raw: dict[str, Any], key: str) -> str | None:
    value = raw.get(key)
    return value.strip() or None if isinstance(value, str) else None


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any], str | None]]:
    """Number, content, and what is wrong with it, of each line that is not empty."""
    if not path.is_file():
        return
    with path.open("rb") as stream:
        number = 0
        while data := stream.readline(_LINE_BYTES + 1):
            number += 1
            if len(data) > _LINE_BYTES:
                raise InputRefused(f"{path.name}: line {number} is longer than 16 MB. Nothing was imported.")
            if data.strip():
                yield number, *_decode(data.removeprefix(b"\xef\xbb\xbf"))


def _decode(data: bytes) -> tuple[dict[str, Any], str | None]:
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}, "the line is no JSON"
    return (value, None) if isinstance(value, dict) else ({}, "the line is no JSON object")


def _parse(kind: type[L], raw: dict[str, Any]) -> L | str:
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
