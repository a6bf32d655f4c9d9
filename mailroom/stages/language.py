"""Tell German from English by the little words."""

from __future__ import annotations

from collections.abc import Iterable

_GERMAN = """der die das und ist nicht ich sie mit für von den dem des ein eine einen zu auf im bei wir wird sind haben
bitte ihre ihr ihnen sehr geehrte damen herren oder auch als nach wie dass aus am zum zur mein meine vom"""
_ENGLISH = """the and is not you with for of to in on at we will are have please your dear sir madam or also as from my
that this it be by an was our which can has were all any"""
_WORDS = {"deu": frozenset(_GERMAN.split()), "eng": frozenset(_ENGLISH.split())}
_ENOUGH = 2


def language_of(words: Iterable[str]) -> str:
    """``deu``, ``eng``, or empty where neither shows."""
    counts = dict.fromkeys(_WORDS, 0)
    for word in words:
        folded = word.strip(".,;:!?()").lower()
        for language, known in _WORDS.items():
            counts[language] += folded in known
    best = max(counts, key=lambda language: counts[language])
    others = max(count for language, count in counts.items() if language != best)
    return best if counts[best] >= _ENOUGH and counts[best] > others else ""
