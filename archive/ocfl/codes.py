"""Validation codes of OCFL 1.1 and the findings that carry them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SPECIFICATION = "https://ocfl.io/1.1/spec/#"


class Severity(StrEnum):
    """MUST is an error, SHOULD a warning."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach of the specification."""

    code: str
    """``E001`` to ``E112``, ``W001`` to ``W016``."""
    place: str
    """Path inside the object or root; of a statement in an inventory, that inventory."""
    message: str

    @property
    def severity(self) -> Severity:
        """By the letter of the code."""
        return Severity.ERROR if self.code.startswith("E") else Severity.WARNING

    @property
    def rule(self) -> str:
        """Address of the clause."""
        return SPECIFICATION + self.code

    def __str__(self) -> str:
        """One line: code, place and what is wrong."""
        return f"{self.code} {self.place}: {self.message}"


class Findings:
    """Collects findings; a checker never stops at the first."""

    def __init__(self) -> None:
        self._items: list[Finding] = []

    def add(self, code: str, place: str, message: str) -> None:
        """Note a finding."""
        self._items.append(Finding(code, place, message))

    def extend(self, findings: tuple[Finding, ...]) -> None:
        """Note several."""
        self._items.extend(findings)

    @property
    def errors(self) -> int:
        """How many break a MUST."""
        return sum(item.severity is Severity.ERROR for item in self._items)

    def all(self) -> tuple[Finding, ...]:
        """What was found, in the order found."""
        return tuple(self._items)
