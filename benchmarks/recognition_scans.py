"""Measure recognition from scans: the letters of ``recognition.py`` drawn, degraded and read by Tesseract.

    python -m benchmarks.recognition_scans [LETTERS] [SEED]

Needs tesserocr with German language data; draws with the font that ocrmypdf brings and, where present, DejaVu.
"""

from __future__ import annotations

import random
import sys
import textwrap
import time
from datetime import date
from pathlib import Path

import numpy as np
import ocrmypdf
import tesserocr
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from benchmarks import recognition as bench
from mailroom.classifiers.knowledge import learn, read_samples
from mailroom.ports import PageText, Word
from mailroom.stages.extract import extract
from mailroom.stages.suggest import suggest

_WIDTH, _HEIGHT = 1654, 2339
_POINTS = 595.0 / _WIDTH


def _fonts() -> list[Path]:
    found = [Path(ocrmypdf.__file__).parent / "data" / "NotoSans-Regular.ttf"]
    found += sorted(Path("/usr/share/fonts/truetype/dejavu").glob("DejaVuS*[fs].ttf"))
    return [path for path in found if path.is_file()]


def draw(text: str, dice: random.Random, fonts: list[Path]) -> Image.Image:
    """A page of 200 dpi: turned by up to a degree, blurred, noisy; dates sometimes at the right."""
    sheet = Image.new("L", (_WIDTH, _HEIGHT), 255)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(str(dice.choice(fonts)), dice.choice([30, 32, 34]))
    left, top, ink = dice.randint(130, 200), 150, dice.randint(0, 60)
    for line in text.split("\n"):
        to_the_right = len(line) < 30 and "202" in line and dice.random() < 0.4
        for part in textwrap.wrap(line, 72):
            pen.text((1000 if to_the_right else left, top), part, font=font, fill=ink)
            top += 46
        if dice.random() < 0.25:
            top += 40
    sheet = sheet.rotate(dice.uniform(-1, 1), fillcolor=250).filter(ImageFilter.GaussianBlur(dice.uniform(0.4, 1.0)))
    grain = np.random.default_rng(dice.randint(0, 9999)).normal(0, 18, (_HEIGHT, _WIDTH))
    return Image.fromarray(np.clip(np.asarray(sheet) + grain, 0, 255).astype(np.uint8))


def read(engine: tesserocr.PyTessBaseAPI, sheet: Image.Image) -> PageText:
    """The page as the engine reads it, with word boxes."""
    engine.SetImage(sheet)
    engine.Recognize()
    words: list[Word] = []
    lines: list[list[str]] = []
    level = tesserocr.RIL.WORD
    for item in tesserocr.iterate_level(engine.GetIterator(), level):
        if item.IsAtBeginningOf(tesserocr.RIL.TEXTLINE):
            lines.append([])
        box = item.BoundingBox(level)
        if box is None or item.Empty(level):
            continue
        text = item.GetUTF8Text(level)
        words.append(Word(text, *(value * _POINTS for value in box), item.Confidence(level) / 100, len(lines) - 1))
        lines[-1].append(text)
    sure = sum(word.confidence for word in words) / max(len(words), 1)
    return PageText(1, 595.0, 842.0, "\n".join(" ".join(line) for line in lines), tuple(words), "ocr", sure)


def main() -> None:
    """Print one line."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    dice = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    registers = bench.city_registers()
    cases = bench.MemoryCases(bench.SHARED / "cases", registers)
    knowledge = learn(read_samples(bench.TRAINING), registers)
    letters = bench.everyday(cases, 51, bench.FRESH) + bench.everyday(cases, 52)
    dice.shuffle(letters)
    score, fonts = bench.Score(), _fonts()
    folder = Path(sys.prefix) / "share" / "tessdata"
    with tesserocr.PyTessBaseAPI(path=str(folder), lang="deu", psm=tesserocr.PSM.AUTO) as engine:
        for letter in letters[:count]:
            page = read(engine, draw(letter.text, dice, fonts))
            began = time.perf_counter()
            fields = extract((page,), registers, received=date(2026, 6, 15))
            said = suggest((page,), fields, registers, cases, knowledge, received=date(2026, 6, 15))
            score.add(letter, said, time.perf_counter() - began)
    print(score.line("scans"))


if __name__ == "__main__":
    main()
