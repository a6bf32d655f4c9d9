"""Measure how many drawn tick boxes are found on scanned forms, and what is taken for one on pages without any.

    python -m benchmarks.tick_boxes [--forms 200] [--letters 74] [--read 40]

Draws forms (boxes of 3 to 6.5 mm, lines of 0.1 to 0.5 mm; crosses, hooks and scribbles by a shaking hand, also over
the edge; tables and comb fields between them), as scans of several kinds. Nothing of them was used to set a limit of
``mailroom.engines.boxes`` but the first seed.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from benchmarks import letters as composing
from benchmarks import measuring as bench
from benchmarks.recognition_scans import KINDS, _font, _fonts, _reader, draw, scanned
from mailroom.engines.boxes import EMPTY, TICKED, TickBox, find_boxes
from mailroom.engines.reading import Grey
from mailroom.engines.straight import read_straight
from mailroom.fields.forms import ticked
from mailroom.fields.lines import lines_of
from mailroom.stages.textpages import read_text

_A4 = (210.0, 297.0)
_QUESTIONS = (
    ("Familienstand", ("ledig", "verheiratet", "verwitwet", "geschieden")),
    ("Wohnung", ("Hauptwohnung", "Nebenwohnung", "alleinige Wohnung")),
    ("Antrag auf", ("Neuerteilung", "Verlängerung", "Änderung", "Umschreibung")),
    ("Hund", ("Ersthund", "Zweithund", "gefährlicher Hund")),
    ("Zahlung", ("Lastschrift", "Überweisung", "bar")),
    ("Nachweise", ("liegen bei", "werden nachgereicht", "liegen der Stadt vor")),
    ("Einverstanden", ("ja", "nein")),
)


@dataclass(frozen=True)
class Drawn:
    """A box as it was drawn: its middle in millimetres, whether it is ticked, and its label."""

    x: float
    y: float
    ticked: bool
    label: str


class _Form:
    """A form while it is drawn; places in millimetres."""

    def __init__(self, dpi: int, dice: random.Random) -> None:
        self._scale, self._dice = dpi / 25.4, dice
        self.image = Image.new("L", (round(_A4[0] * self._scale), round(_A4[1] * self._scale)), 255)
        self._pen = ImageDraw.Draw(self.image)
        self._font = _font(dice.choice(_fonts()), round(dice.choice([9, 10, 11, 12]) * dpi / 72))
        self._edge, self._line = dice.uniform(3.0, 6.5), dice.uniform(0.1, 0.5)
        self._ink, self._hand = dice.randint(0, 90), dice.uniform(0.25, 0.7)
        self.boxes: list[Drawn] = []

    def fill(self) -> None:
        """Questions from top to bottom, among them a table and a comb field."""
        top = 30.0
        self._write(25, 18, "Stadtverwaltung Zwönau - Antrag und Erklärung")
        questions = self._dice.sample(_QUESTIONS, len(_QUESTIONS))
        for place, (title, answers) in enumerate(questions):
            self._write(25, top, f"{place + 1}. {title}:")
            top += 8
            top = self._column(top, answers) if self._dice.random() < 0.5 else self._row(top, answers)
            if place == 2:
                top = self._table(top)
            if place == 4:
                top = self._comb(top)

    def _column(self, top: float, answers: Iterable[str]) -> float:
        for answer in answers:
            self._box(30, top, answer)
            top += max(8.0, self._edge * 1.5)
        return top + 3

    def _row(self, top: float, answers: Iterable[str]) -> float:
        left = 30.0
        for answer in answers:
            self._box(left, top, answer)
            left += self._edge + 14 + self._font.getlength(answer) / self._scale
        return top + max(10.0, self._edge * 1.5)

    def _table(self, top: float) -> float:
        for row in range(3):
            for column in range(4):
                left = 30 + column * 7.0
                self._rectangle(left, top + row * 6.5, 7.0, 6.5)
                self._write(left + 1.5, top + row * 6.5 + 1, str(self._dice.randint(0, 99)))
        return top + 24

    def _comb(self, top: float) -> float:
        for place, digit in enumerate("03051972"):
            self._rectangle(30 + place * 5.0, top, 5.0, 6.0)
            self._write(31 + place * 5.0, top + 1, digit)
        return top + 11

    def _write(self, x: float, y: float, text: str) -> None:
        self._pen.text((x * self._scale, y * self._scale), text, font=self._font, fill=self._ink)

    def _rectangle(self, x: float, y: float, wide: float, tall: float) -> None:
        corners = [x * self._scale, y * self._scale, (x + wide) * self._scale, (y + tall) * self._scale]
        self._pen.rectangle(corners, outline=self._ink, width=max(1, round(self._line * self._scale)))

    def _box(self, x: float, y: float, label: str) -> None:
        marked = self._dice.random() < 0.35
        self._rectangle(x, y, self._edge, self._edge)
        self._write(x + self._edge + self._dice.uniform(1.5, 4), y + self._edge / 2 - 2, label)
        if marked:
            self._mark(x, y)
        self.boxes.append(Drawn(x + self._edge / 2, y + self._edge / 2, marked, label))

    def _mark(self, x: float, y: float) -> None:
        dice, edge = self._dice, self._edge
        over = dice.choice([-0.15, -0.05, 0.1, 0.25]) * edge
        low, high = -over, edge + over
        strokes = {
            "cross": [[(low, low), (high, high)], [(high, low), (low, high)]],
            "hook": [[(0.1 * edge, 0.5 * edge), (0.4 * edge, 0.9 * edge), (high, low)]],
            "scribble": [[(dice.uniform(0.1, 0.9) * edge, dice.uniform(0.1, 0.9) * edge) for _ in range(9)]],
        }[dice.choice(["cross", "cross", "hook", "scribble"])]
        for stroke in strokes:
            shaken = [
                ((x + a + dice.uniform(-0.2, 0.2)) * self._scale, (y + b + dice.uniform(-0.2, 0.2)) * self._scale)
                for a, b in stroke
            ]
            self._pen.line(shaken, fill=self._ink, width=max(1, round(self._hand * self._scale)), joint="curve")


def _drawn(seed: int) -> tuple[Grey, list[Drawn]]:
    dice = random.Random(seed)
    kind = dice.choice(KINDS)
    dpi = int(kind.rpartition("-")[2])
    form = _Form(dpi, dice)
    form.fill()
    return Grey(np.asarray(scanned(form.image, kind, dice)), float(dpi)), form.boxes


def _met(box: TickBox, drawn: Drawn, dpi: float) -> bool:
    x, y = (box.left + box.right) / 2 / dpi * 25.4, (box.top + box.bottom) / 2 / dpi * 25.4
    return abs(x - drawn.x) < 3 and abs(y - drawn.y) < 3


def forms(first: int, count: int) -> None:
    """Print what was found on so many forms."""
    there = found = right = surplus = 0
    seconds = 0.0
    for seed in range(first, first + count):
        image, boxes = _drawn(seed)
        start = time.process_time()
        seen = find_boxes(image)
        seconds += time.process_time() - start
        there += len(boxes)
        pairs = [(box, one) for one in boxes for box in seen if _met(box, one, image.dpi)]
        found += len({id(one) for _, one in pairs})
        right += sum(box.ticked == one.ticked for box, one in pairs)
        surplus += len(seen) - len({id(box) for box, _ in pairs})
    print(f"{count} forms: {there} boxes, found {found / there:.3f}, of those ticked or not right {right / found:.4f}")
    print(f"looks like a box and is none: {surplus}; {seconds / count * 1000:.0f} ms CPU a page")


def letters(count: int) -> None:
    """Print what is taken for a box on letters without one."""
    registers = bench.city_registers()
    cases = bench.MemoryCases(bench.SHARED / "cases", registers)
    composed = composing.compose(composing.VOICES, cases, registers)[:count]
    surplus = shown = pages = 0
    for letter in composed:
        dice = random.Random(letter.name)
        kind = dice.choice(KINDS)
        for blocks in letter.pages:
            image, dpi = draw(blocks, kind, dice)
            grey = Grey(np.asarray(image), float(dpi))
            taken = len(find_boxes(grey))
            if taken:
                text = read_text(1, read_straight(_reader(), grey)[0]).text
                shown += text.count(TICKED) + text.count(EMPTY)
            surplus += taken
            pages += 1
    print(f"{pages} pages of letters without a box: looks like one {surplus}, in the text {shown}")


def read(first: int, count: int) -> None:
    """Print how many ticks become fields of the letter, through the engine."""
    reader, there, right, said = _reader(), 0, 0, 0
    for seed in range(first, first + count):
        image, boxes = _drawn(seed)
        page = read_text(1, read_straight(reader, image)[0])
        values = [field.value for field in ticked([lines_of(page)])]
        wanted = [one.label for one in boxes if one.ticked]
        there, said = there + len(wanted), said + len(values)
        right += sum(label in values for label in wanted)
    print(f"{count} forms read: of {there} ticks are fields {right / there:.3f}, fields right {right / said:.3f}")


def main() -> None:
    """Run the measurement."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--forms", type=int, default=200)
    options.add_argument("--letters", type=int, default=74)
    options.add_argument("--read", type=int, default=40)
    options.add_argument("--seed", type=int, default=1000)
    chosen = options.parse_args()
    if chosen.forms:
        forms(chosen.seed, chosen.forms)
    if chosen.letters:
        letters(chosen.letters)
    if chosen.read:
        read(chosen.seed, chosen.read)


if __name__ == "__main__":
    main()
