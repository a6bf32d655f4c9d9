"""Which formats the holding has, how many of each, and what the policy says of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from archive.formats.policy import Policy
from archive.store import ArchiveStore

_WORST = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True, slots=True)
class FormatLine:
    """One format of the holding."""

    puid: str
    name: str
    packages: int
    files: int
    bytes: int
    policy: str
    risk: str
    normalised: int
    """Files of which the archive made a PDF/A."""
    note: str


def format_report(store: ArchiveStore, policy: Policy) -> tuple[FormatLine, ...]:
    """Every format of the holding, the greatest risk first, then the most files; erased packages have none."""
    store.holdings()
    lines = []
    for puid, name, packages, files, size, normalised in store.catalogue.formats():
        rule = policy.of(puid)
        lines.append(FormatLine(puid, name, packages, files, size, rule.action, rule.risk, normalised, rule.note))
    return tuple(sorted(lines, key=lambda line: (_WORST[line.risk], -line.files, line.puid)))


def report_csv(lines: Iterable[FormatLine]) -> str:
    """The report as a table for other programs."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(FormatLine.__slots__)
    writer.writerows(asdict(line).values() for line in lines)
    return text.getvalue()
