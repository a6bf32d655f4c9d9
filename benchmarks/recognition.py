"""Measure recognition on text: type, class, case, sender, date, deadlines, and how right ``strong`` is.

    python -m benchmarks.recognition [--verbose]

Letters that were not learned from (``benchmarks/data``), beside what plain methods reach on the same letters.
Cases come from ``../shared/city_letters/cases`` where it is present.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks import letters as composing
from benchmarks.desk import desk
from benchmarks.everyday import everyday, noisy
from benchmarks.measuring import FRESH, SHARED, TRAINING, Letter, MemoryCases, city_registers, measure, rows
from benchmarks.picture import Answers
from mailroom.classifiers import phrases
from mailroom.classifiers.knowledge import Sample, label_of, learn, read_samples
from mailroom.classifiers.model import log_softmax, solve
from mailroom.classifiers.text import fold
from mailroom.fields.dates import spans
from mailroom.fields.lines import lines_of
from mailroom.ports import PageText
from mailroom.registers import Registers

SETS = (
    ("voices", composing.VOICES),
    ("final, written last of all", composing.FINAL),
    ("last, before the last samples", composing.LAST),
    ("held back", composing.HELD),
    ("development", composing.DEVELOPMENT),
)
_SEEDS = (1, 2)


class WordCounts:
    """The plain method to compare with: TF-IDF of words and logistic regression, no clues, no abstention."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._labels = sorted({sample.label for sample in samples})
        counts = Counter(word for sample in samples for word in set(_words(sample.text)))
        self._place = {word: index for index, word in enumerate(sorted(counts))}
        self._idf = np.array([math.log((1 + len(samples)) / (1 + counts[word])) + 1 for word in sorted(counts)])
        vectors = np.stack([self._vector(sample.text) for sample in samples])
        targets = np.array([self._labels.index(sample.label) for sample in samples])
        weights = np.ones(len(samples), dtype=np.float32)
        dual = solve((vectors @ vectors.T + 1).astype(np.float32), targets, len(self._labels), weights)
        self._weights, self._bias = vectors.T @ dual, dual.sum(axis=0)

    def _vector(self, text: str) -> np.ndarray:
        vector = np.zeros(len(self._place), dtype=np.float32)
        for word, count in Counter(_words(text)).items():
            if word in self._place:
                vector[self._place[word]] = count * self._idf[self._place[word]]
        return vector / (np.linalg.norm(vector) or 1.0)

    def label(self, text: str) -> str:
        """Type and class as ``type|class``."""
        return self.answer(text)[0]

    def answer(self, text: str) -> tuple[str, float]:
        """Type and class with the probability that the model gives them."""
        scores = log_softmax((self._vector(text) @ self._weights + self._bias)[None, :])[0]
        best = int(scores.argmax())
        return self._labels[best], math.exp(float(scores[best]))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]{2,}", fold(text))


def plain_answers(letters: Sequence[Letter], registers: Registers, counts: WordCounts) -> dict[str, Answers]:
    """For the picture: how sure plain methods are of type and class, and whether they are right."""
    by_words, by_phrase = [], []
    for letter in letters:
        label, chance = counts.answer(letter.text)
        by_words.append((chance, label == label_of(letter.document_type, letter.class_notation)))
        page = PageText(1, 595.0, 842.0, letter.text, (), "digital", 1.0)
        found = phrases.clues(list(lines_of(page)), registers)
        weights = {key: sum(reason.weight for reason in reasons) for key, reasons in found.items()}
        best = max(weights, key=lambda key: weights[key], default="")
        row = registers.document_types.get(best)
        right = best == letter.document_type and row is not None and row.filing_class == letter.class_notation
        by_phrase.append((weights.get(best, 0.0), right))
    return {"word counts, learned from 600 letters": by_words, "phrase list alone": by_phrase}


def plain(name: str, letters: Sequence[Letter], registers: Registers, cases: MemoryCases, counts: WordCounts) -> None:
    """What plain methods reach: word counts, the phrase list, the first date, the reference pattern alone."""
    right: Counter[str] = Counter()
    quoted = 0
    for letter in letters:
        kind, _, notation = counts.label(letter.text).partition("|")
        right["words, type"] += (kind or None) == letter.document_type
        right["words, class"] += notation == letter.class_notation
        page = PageText(1, 595.0, 842.0, letter.text, (), "digital", 1.0)
        found = phrases.clues(list(lines_of(page)), registers)
        best = max(found, key=lambda key: sum(reason.weight for reason in found[key]), default=None)
        right["phrases, type"] += best == letter.document_type
        first = next((day.isoformat() for _, _, day in spans(letter.text)), None)
        right["first date"] += first == letter.date
        if letter.case and not letter.collective:
            quoted += 1
            right["reference"] += letter.case in letter.text
    shares = " | ".join(f"{what} {right[what] / len(letters):.3f}" for what in sorted(right) if what != "reference")
    print(f"  plain methods on {name}: {shares} | case by reference {right['reference'] / max(quoted, 1):.3f}")


def other_author(registers: Registers, samples: list[Sample]) -> None:
    """City letters, learned from the everyday sentences only: other texts, by another hand."""
    letters = []
    for row in rows(SHARED / "letters.jsonl"):
        lines = row["text"].split("\n")
        iso = "-".join(reversed(lines[2].split(".")))
        letters.append(Letter(row["text"], row["document_type"], row["class"], lines[0].split(",")[0], iso))
    knowledge = learn([sample for sample in samples if sample.source.startswith("e")], registers)
    measure("city letters, from everyday sentences", letters, registers, MemoryCases(None, registers), knowledge)
    measure("city letters, untrained", letters, registers, MemoryCases(None, registers), learn((), registers))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("-v", "--verbose", action="store_true", help="what was wrong, letter by letter")
    options = parser.parse_args()
    registers = city_registers()
    cases = MemoryCases(SHARED / "cases", registers)
    samples = list(read_samples(TRAINING))
    began = time.process_time()
    knowledge = learn(samples, registers)
    seconds = time.process_time() - began
    print(f"learned from {knowledge.samples} samples in {seconds:.1f} CPU s")
    counts = WordCounts([sample for sample in samples if sample.source.startswith("t")])
    untrained = learn((), registers)
    for name, path in SETS:
        letters = [
            composing.of_composed(one) for seed in _SEEDS for one in composing.compose(path, cases, registers, seed)
        ]
        score = measure(name, letters, registers, cases, knowledge, options.verbose)
        plain(name, letters, registers, cases, counts)
        if path == composing.FINAL:
            print(score.picture())
            measure(f"{name}, untrained", letters, registers, cases, untrained)
    on_desk = [composing.of_composed(one) for one in desk(cases, registers)]
    measure("desk, by writers who knew nothing of the program", on_desk, registers, cases, knowledge, options.verbose)
    plain("desk", on_desk, registers, cases, counts)
    dice = random.Random(11)
    more = [letter for seed in (7, 21) for letter in everyday(cases, seed)]
    measure("everyday", more, registers, cases, knowledge)
    slips = [replace(letter, text=noisy(letter.text, dice)) for letter in more]
    measure("everyday, slips like OCR's", slips, registers, cases, knowledge)
    fresh = [letter for seed in (31, 32) for letter in everyday(cases, seed, FRESH)]
    measure("fresh", fresh, registers, cases, knowledge)
    if SHARED.exists():
        other_author(registers, samples)


if __name__ == "__main__":
    main()
