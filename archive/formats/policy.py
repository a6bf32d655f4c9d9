"""What becomes of a file of a format: kept, normalised or refused, by its PRONOM id; and how great the risk is.

The built-in table is ``data/format_policy.csv`` here; a table of the same form named in the settings adds to it and
overrides it. ``UNKNOWN`` stands for what could not be identified, ``*`` for every format without a line of its own.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path

from erecords.errors import ConfigurationError

COLUMNS = ("puid", "policy", "risk", "note")
OTHERS = "*"
_PUID = re.compile(r"(x-)?fmt/[1-9]\d{0,6}|UNKNOWN|\*")


class Action(StrEnum):
    """What the archive does with a file of the format."""

    KEEP = "keep"
    NORMALISE = "normalise"
    """Keep it, and make a PDF/A of it where there is none and a converter knows it."""
    REFUSE = "refuse"
    """Refuse the package that holds it."""


class Risk(StrEnum):
    """How likely the format is to become unreadable."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table."""

    puid: str
    action: Action
    risk: Risk
    note: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The table in force."""

    rules: Mapping[str, Rule]

    def of(self, puid: str) -> Rule:
        """The rule of a format; that of all others where it has none."""
        return self.rules.get(puid) or replace(self.rules[OTHERS], puid=puid)


def load_policy(table: str = "") -> Policy:
    """The built-in table, and over it the one in a file.

    Args:
        table: path of a CSV file in UTF-8 with ``;`` between ``puid;policy;risk;note``; empty for none.

    Raises:
        ConfigurationError: it cannot be read, or a line is wrong; the message names file and line.
    """
    if not table:
        return _built_in()
    try:
        text = Path(table).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The format policy {table} cannot be read: {error}") from error
    return Policy({**_built_in().rules, **{rule.puid: rule for rule in _read(text, table)}})


@cache
def _built_in() -> Policy:
    text = files("archive.formats").joinpath("data/format_policy.csv").read_text(encoding="utf-8")
    return Policy({rule.puid: rule for rule in _read(text, "built-in")})


def _read(text: str, source: str) -> Iterator[Rule]:
    rows = csv.DictReader(io.StringIO(text), delimiter=";")
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise ConfigurationError(f"The format policy {source} must begin with the line {';'.join(COLUMNS)}")
    for row in rows:
        try:
            puid, action, risk = ((row[name] or "").strip() for name in COLUMNS[:3])
            if not _PUID.fullmatch(puid):
                raise ValueError(f"{puid!r} is no PRONOM id")
            yield Rule(puid, Action(action), Risk(risk), (row["note"] or "").strip())
        except ValueError as error:
            raise ConfigurationError(f"The format policy {source}, line {rows.line_num}: {error}") from error


def policy_csv(policy: Policy) -> str:
    """The table in force, in the form in which it is read."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((rule.puid, rule.action, rule.risk, rule.note) for rule in policy.rules.values())
    return text.getvalue()
