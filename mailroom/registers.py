"""The city's registers as frozen values: document types, reference patterns, processes, routing, plan and offices.

They are data of a home, not of the program: nothing here assumes a notation's shape or a certain document type.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from erecords.errors import ConfigurationError
from mailroom import patterns

_TYPES, _PROCESSES, _ROUTES = FILES = ("document_types.toml", "processes.toml", "routing.csv")
"""What the registers are read from; each may be missing."""
_MAX_BYTES = 4 << 20
_TOWN = re.compile(r"(?:Stadt|Gemeinde|Stadtverwaltung|Gemeindeverwaltung)\s+(\w.+)")


@dataclass(frozen=True, slots=True)
class PlanClass:
    """A class of the filing plan, as far as the mail room must know it."""

    notation: str
    title: str
    scope: str = ""
    file_kind: str = ""
    """``einzelfallakte``, ``sammelakte``, ``sachakte`` or ``gruppe`` (holds no files)."""
    file_key: str = ""
    """What a file of the class is kept by: person, company, vehicle, parcel, register_entry, project, case, year."""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Office:
    """A unit of the administration."""

    unit: str
    title: str
    mailbox: str = ""
    parent: str = ""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReferencePattern(_Row):
    """How a kind of reference looks; ``example`` shows its normal form."""

    key: str = Field(min_length=1)
    title: str
    pattern: str
    example: str = ""


class DocumentType(_Row):
    """A kind of document, and what tells it apart."""

    key: str = Field(min_length=1)
    title: str
    direction: Literal["eingang", "intern", "ausgang"] = "eingang"
    process: str = ""
    filing_class: str
    senders: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


class Deadline(_Row):
    """A period of a process."""

    id: str
    title: str
    amount: int
    unit: str
    start: str
    basis: str = ""
    kind: str = ""


class Process(_Row):
    """A process of the register, as far as the mail room must know it."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    key: str = Field(min_length=1)
    title: str
    responsible_unit: str
    filing_class: str
    inbound: tuple[str, ...] = ()
    """Ways in that the register names: ``papier``, ``email``, ``fax``, ``fit_connect`` ..."""
    document_types: tuple[str, ...] = ()
    required_fields: tuple[str, ...] = ()
    deadlines: tuple[Deadline, ...] = ()


class Route(_Row):
    """A kind of defect and where a report of it goes."""

    service_code: str
    category: str
    district: str = "*"
    unit: str
    staff: str = ""
    target_workdays: int = 0
    filing_class: str
    keywords: tuple[str, ...] = ()


R = TypeVar("R", bound=_Row)
K = TypeVar("K", ReferencePattern, DocumentType, Process)


@dataclass(frozen=True)
class Registers:
    """All registers of one home."""

    document_types: Mapping[str, DocumentType]
    references: tuple[ReferencePattern, ...]
    processes: Mapping[str, Process]
    routes: tuple[Route, ...]
    own_names: tuple[str, ...]
    """Names under which letters address the city; never taken for a sender."""
    offices: Mapping[str, Office]
    plan: Mapping[str, PlanClass]

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        own_names: tuple[str, ...] = (),
        offices: Mapping[str, Office] | None = None,
        plan: Mapping[str, PlanClass] | None = None,
    ) -> Registers:
        """Read ``document_types.toml``, ``processes.toml`` and ``routing.csv`` of a folder; a missing file is empty.

        Raises:
            ConfigurationError: a file cannot be read, has an unknown key, a double key, a pattern that could hang,
                or names a class that the plan does not have; the message names file and key.
        """
        types_file, process_file = folder / _TYPES, folder / _PROCESSES
        tables = _read_toml(types_file, {"version", "reference", "document_type"})
        types = _rows(types_file, tables.get("document_type", []), DocumentType)
        references = _rows(types_file, tables.get("reference", []), ReferencePattern)
        for reference in references.values():
            try:
                patterns.check(reference.pattern)
            except patterns.PatternRefused as error:
                raise ConfigurationError(
                    f"{types_file}: the pattern of reference {reference.key!r} was refused: {error}."
                ) from error
        processes = _rows(process_file, _read_toml(process_file, {"version", "process"}).get("process", []), Process)
        registers = cls(
            document_types=types,
            references=tuple(references.values()),
            processes=processes,
            routes=_read_routes(folder / _ROUTES),
            own_names=own_names,
            offices=dict(offices or {}),
            plan=dict(plan or {}),
        )
        registers._check_classes(types_file)
        return registers

    def _check_classes(self, path: Path) -> None:
        for row in self.document_types.values():
            if self.plan and row.filing_class not in self.plan:
                raise ConfigurationError(
                    f"{path}: document type {row.key!r} is filed in class {row.filing_class!r}, which the plan lacks."
                )

    @cached_property
    def incoming(self) -> tuple[DocumentType, ...]:
        """The types that a letter can have."""
        return tuple(row for row in self.document_types.values() if row.direction != "ausgang")

    @cached_property
    def clarification(self) -> str | None:
        """The class for misdirected mail, by the word Irrläufer in the plan."""
        words = ((row.notation, f"{row.title} {row.scope}".casefold()) for row in self.plan.values())
        return next((notation for notation, text in words if "irrläufer" in text), None)

    @cached_property
    def routed_classes(self) -> frozenset[str]:
        """Classes between which the routing table decides by keywords."""
        return frozenset(route.filing_class for route in self.routes if route.keywords)

    @cached_property
    def names_of_the_city(self) -> tuple[str, ...]:
        """All names that mean the city: its own, its town hall, its offices' titles, and their mailboxes."""
        offices = self.offices.values()
        mailboxes = (office.mailbox for office in offices if office.mailbox)
        towns = (match.group(1) for name in self.own_names if (match := _TOWN.match(name)))
        halls = tuple(dict.fromkeys(f"Rathaus {town}" for town in towns))
        return (*self.own_names, *halls, *(office.title for office in offices), *mailboxes)

    def unit_of(self, notation: str) -> str | None:
        """The unit that keeps a class: of the plan, else of the process that files there."""
        found = self.plan.get(notation)
        if found is not None and found.unit:
            return found.unit
        return next((row.responsible_unit for row in self.processes.values() if row.filing_class == notation), None)

    def units_within(self, unit: str) -> frozenset[str]:
        """A unit with all that stand below it."""
        found = {unit}
        while True:
            below = {office.unit for office in self.offices.values() if office.parent in found} - found
            if not below:
                return frozenset(found)
            found |= below

    def process_of(self, document_type: str | None, notation: str | None = None) -> str | None:
        """Key of the process that a type starts, else of the only one of a class."""
        row = self.document_types.get(document_type or "")
        if row is not None and row.process:
            return row.process
        of_class = [process.key for process in self.processes.values() if process.filing_class == notation]
        return of_class[0] if len(of_class) == 1 and row is None else None

    def processes_taking(self, document_type: str | None, notation: str) -> list[str]:
        """Keys of the processes that list a type among their papers and file in its class."""
        return [
            process.key
            for process in self.processes.values()
            if document_type in process.document_types and process.filing_class == notation
        ]

    @cached_property
    def ways_in(self) -> Mapping[str, frozenset[str]]:
        """Per way in the keys of the processes that name it."""
        found: dict[str, set[str]] = {}
        for process in self.processes.values():
            for way in process.inbound:
                found.setdefault(way, set()).add(process.key)
        return {way: frozenset(keys) for way, keys in found.items()}

    def reference(self, key: str) -> ReferencePattern | None:
        """The reference pattern of that key."""
        return next((row for row in self.references if row.key == key), None)


def _read_toml(path: Path, known: set[str]) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigurationError(f"{path} is larger than {_MAX_BYTES} bytes; it was not read.")
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}. Nothing was changed.") from error
    for key in tables:
        if key not in known:
            raise ConfigurationError(f"{path}: unknown key {key!r}. Known: {', '.join(sorted(known))}.")
    return tables


def _rows(path: Path, tables: Any, kind: type[K]) -> dict[str, K]:
    rows: dict[str, K] = {}
    if not isinstance(tables, list):
        raise ConfigurationError(f"{path}: [[{kind.__name__}]] must be a list of tables.")
    for table in tables:
        row = _row(path, table, kind)
        if row.key in rows:
            raise ConfigurationError(f"{path}: the key {row.key!r} stands there twice.")
        rows[row.key] = row
    return rows


def _row(path: Path, table: Any, kind: type[R]) -> R:
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        name = table.get("key") or table.get("service_code") if isinstance(table, dict) else ""
        what = f"unknown key {place!r}" if first["type"] == "extra_forbidden" else f"{place!r}: {first['msg']}"
        raise ConfigurationError(f"{path}: {what} in {name!r}.") from error


def _read_routes(path: Path) -> tuple[Route, ...]:
    if not path.exists():
        return ()
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}. Nothing was changed.") from error
    routes = []
    for row in rows:
        words = tuple(word.strip() for word in (row.get("keywords") or "").split(";") if word.strip())
        routes.append(_row(path, {**row, "keywords": words}, Route))
    return tuple(routes)
