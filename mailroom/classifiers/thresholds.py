"""How sure the machine must be to file by itself, per type and class: it follows what became of its own decisions."""

from __future__ import annotations

from dataclasses import dataclass

STRONG = 0.92
"""Where nothing went wrong."""
_ALLOWED = 0.01
"""Share of wrong filings that is aimed at, and what is believed of a type before anything was seen."""
_PRIOR = 20.0
"""How many letters that belief counts."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What became of letters for which the machine was sure enough by the ordinary threshold."""

    said: int = 0
    right: int = 0
    """Filed under that type and class in the end."""

    @property
    def error(self) -> float:
        """Share that is believed to be wrong."""
        return (self.said - self.right + _ALLOWED * _PRIOR) / (self.said + _PRIOR)

    @property
    def threshold(self) -> float:
        """The probability from which the machine files by itself.

        The room above the threshold shrinks as the error grows beyond what is aimed at: one wrong letter of twenty
        makes 0.92 into 0.97, a hundred right ones after it give it back.
        """
        return 1.0 - (1.0 - STRONG) * min(1.0, _ALLOWED / self.error)
