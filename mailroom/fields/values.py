"""The values that extraction gives, each with its place and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Day

from mailroom.fields.markings import Marking
from mailroom.ports import Deadline, FieldValue, Reference


@dataclass(frozen=True, slots=True)
class Found:
    """A value read from a page."""

    value: str
    """Normal form (ISO date, name, decimal amount)."""
    page: int
    text: str
    """The words as they stand there."""
    place: str
    """Why it was taken, as a clerk reads it: ``letterhead``, ``date line``, ``signature`` ..."""
    confidence: float


@dataclass(frozen=True, slots=True)
class Person:
    """A natural person named in a letter; ``born`` is an ISO date or empty."""

    surname: str
    given: str
    born: str = ""
    street: str = ""
    page: int = 1
    text: str = ""

    @property
    def name(self) -> str:
        """Given name and surname."""
        return f"{self.given} {self.surname}".strip()


@dataclass(frozen=True, slots=True)
class Extracted:
    """All fields of one letter."""

    references: tuple[Reference, ...] = ()
    sender: Found | None = None
    date: Found | None = None
    """The letter's own date (ISO 8601)."""
    people: tuple[Person, ...] = ()
    """Sender first."""
    companies: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    """Streets with house number that stand in the text, the city's own left out."""
    amounts: tuple[Found, ...] = ()
    """In cents as decimal text: ``185000``."""
    forms: tuple[FieldValue, ...] = ()
    """The person it wants to reach, fields of forms and ticked boxes."""
    signs: tuple[FieldValue, ...] = ()
    """The sender's own signs, to be quoted in an answer."""
    deadlines: tuple[Deadline, ...] = ()
    """Days by which the letter asks something or it falls due, earliest first."""
    subject: str = ""
    addressee: str = ""
    """The unit that the letter names in its address, as a key of ``Registers.offices``; else empty."""
    other_recipient: str = ""
    """Whom it addresses, where that is not the city (Irrläufer)."""
    spoken_to: str = ""
    """Another body to which its words speak, though it came to the city."""
    anonymous: bool = False
    """Whether it says of itself that its writer will not be known."""
    thanks: bool = False
    """Whether it only thanks, and asks nothing."""
    markings: tuple[Marking, ...] = ()
    """Why others must not read it."""
    sealed_until: Day | None = None
    """Of a tender: the day before which it is not opened."""
    language: str = ""
    findings: tuple[str, ...] = ()
    """``code: sentence``."""
