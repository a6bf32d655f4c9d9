"""Advice: what a recognised letter is and where it belongs, from the registers, the registry and what was learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session

from erecords.office import Office
from erecords.registry.access import Actor
from mailroom import learning
from mailroom.fields.markings import Marking, MarkingKind
from mailroom.fields.values import Extracted
from mailroom.loading import load_registers
from mailroom.matching import clues
from mailroom.models import Letter
from mailroom.ports import PageText, Suggestion
from mailroom.stages.extract import extract
from mailroom.stages.suggest import suggest


@dataclass(frozen=True)
class Advice:
    """What was read from a letter, and what follows from it."""

    extracted: Extracted
    suggestion: Suggestion


@dataclass(frozen=True)
class Markings:
    """Markings that a person set, none of them where the person took them away."""

    kinds: tuple[MarkingKind, ...]
    sealed_until: date | None = None

    @classmethod
    def by_hand(cls, letter: Letter) -> Markings | None:
        """Those of a letter that a person marked; None where the machine did, or nobody."""
        if letter.marked_by is None:
            return None
        return cls(tuple(MarkingKind(kind) for kind in letter.markings), letter.sealed_until)


class Adviser:
    """Thinks about letters with the knowledge of now; registers and model are loaded once."""

    def __init__(self, office: Office, actor: Actor) -> None:
        self._office = office
        self._actor = actor
        self.registers = load_registers(office)
        """The city's registers as they were when it was made."""
        self._decided = self._decisions()
        self._knowledge = learning.current(office, self.registers)

    def advise(
        self, pages: Sequence[PageText], received: date, markings: Markings | None = None, channel: str = ""
    ) -> Advice:
        """The advice for one letter; the same pages, registry and knowledge give the same.

        ``markings`` that a person set or took away stand in place of those that are read from the page;
        ``channel`` is the one by which it came.
        """
        clues.catch_up(self._office, self._actor, self.registers)
        decided = self._decisions()
        if decided != self._decided:
            self._decided, self._knowledge = decided, learning.current(self._office, self.registers)
        extracted = extract(pages, self.registers, received=received)
        if markings is not None:
            by_hand = tuple(Marking(kind, 1, "by hand") for kind in markings.kinds)
            extracted = replace(extracted, markings=by_hand, sealed_until=markings.sealed_until)
        with Session(self._office.engine) as session:
            directory = clues.RegistryDirectory(session)
            suggestion = suggest(
                pages, extracted, self.registers, directory, self._knowledge, received=received, channel=channel
            )
        return Advice(extracted, suggestion)

    def _decisions(self) -> int:
        with Session(self._office.engine) as session:
            return learning.decisions(session)
