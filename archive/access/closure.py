"""Closure periods after § 10 of the archives act of Saxony (SächsArchivG), counted in calendar dates.

30 years after the records were closed; 60 years when a duty of secrecy applies; for records about a natural person
10 years after death, else 100 years after birth, else 60 years after the records were made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from archive.package import Rights

LAW = "SächsArchivG § 10"


@dataclass(frozen=True, slots=True)
class Closure:
    """Until which day, that day included, a package is closed to readers, and why."""

    until: date | None
    """None: no date to count from is known, so it stays closed until someone decides."""
    reason: str
    german: str
    """The reason for pages that German readers see."""

    def is_closed(self, on: date) -> bool:
        """Whether readers may not see it on that day."""
        return self.until is None or on <= self.until


def closure(rights: Rights, closed: date | None) -> Closure:
    """The longest of the periods that apply to a package whose records were closed on ``closed``."""
    periods = [_from(closed, 30, "30 years after closing", "30 Jahre nach Schließung der Unterlagen")]
    if rights.secrecy:
        periods.append(_from(closed, 60, "60 years, duty of secrecy", "60 Jahre, besondere Geheimhaltungspflicht"))
    if rights.personal:
        periods.append(_personal(rights, closed))
    open_ended = [period for period in periods if period.until is None]
    return open_ended[0] if open_ended else max(periods, key=lambda period: period.until or date.min)


def _personal(rights: Rights, closed: date | None) -> Closure:
    if rights.died:
        return _from(rights.died, 10, "10 years after the person's death", "10 Jahre nach dem Tod der Person")
    if rights.born:
        return _from(rights.born, 100, "100 years after the person's birth", "100 Jahre nach der Geburt der Person")
    return _from(
        closed, 60, "60 years, personal records without known birth or death",
        "60 Jahre, personenbezogen, Geburt und Tod nicht bekannt",
    )  # fmt: skip


def _from(start: date | None, years: int, reason: str, german: str) -> Closure:
    if start is None:
        return Closure(
            None,
            f"{LAW}: {reason}, no date to count from is known",
            f"{LAW}: {german}; ein Tag, ab dem gezählt werden kann, ist nicht bekannt",
        )
    return Closure(_plus_years(start, years), f"{LAW}: {reason}", f"{LAW}: {german}")


def _plus_years(start: date, years: int) -> date:
    """The same day later; 29 February becomes 28 February where the year has none (§ 188 BGB)."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, day=28)
