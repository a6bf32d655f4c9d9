"""Measure recognition from scans: letters drawn, degraded as scanners do, read by the product's engine.

    python -m benchmarks.recognition_scans [--set NAME] [--seed N ...] [--keep FOLDER] [--picture FILE] [-v]

Needs tesserocr with German language data; draws with the font that ocrmypdf brings and, where present, DejaVu.
``--keep`` keeps what the engine read in a folder, so that the next run need not read again.
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import ocrmypdf
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from benchmarks import letters as composing
from benchmarks import measuring as bench
from benchmarks.desk import desk
from benchmarks.letters import Block, Composed
from benchmarks.picture import Answers, coverage_precision
from benchmarks.recognition import WordCounts, plain, plain_answers
from mailroom.classifiers.knowledge import learn, read_samples
from mailroom.engines.reading import Grey, PageRead, PageReader
from mailroom.ports import PageText
from mailroom.processing.recognised import from_words_json, words_json
from mailroom.stages import textpages

KINDS = ("grey-300", "bitonal-300", "grey-200", "bitonal-200", "photocopy-300")
_A4 = (8.27, 11.69)
_SETS = {
    "development": (composing.DEVELOPMENT,),
    "held": (composing.HELD,),
    "last": (composing.LAST,),
    "final": (composing.FINAL,),
    "voices": (composing.VOICES,),
    "desk": (),
}


@lru_cache(maxsize=1)
def _fonts() -> tuple[Path, ...]:
    found = [Path(ocrmypdf.__file__).parent / "data" / "NotoSans-Regular.ttf"]
    names = ("DejaVuSans", "DejaVuSerif", "DejaVuSansMono", "DejaVuSansCondensed", "DejaVuSerifCondensed")
    found += [Path(f"/usr/share/fonts/truetype/dejavu/{name}.ttf") for name in names]
    return tuple(path for path in found if path.is_file())


@lru_cache(maxsize=256)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


class _Sheet:
    """A page while it is written on."""

    def __init__(self, dpi: int, dice: random.Random) -> None:
        self._dice, self._dpi = dice, dpi
        self.image = Image.new("L", (round(_A4[0] * dpi), round(_A4[1] * dpi)), 255)
        self._pen = ImageDraw.Draw(self.image)
        self._path = dice.choice(_fonts())
        self._points, self._ink, self._spread = (
            dice.choice([10, 10.5, 11, 12]),
            dice.randint(0, 70),
            dice.uniform(1.3, 1.6),
        )
        self._top = 0.06 * self.image.height

    def write(self, block: Block) -> None:
        """A block at its place, or below what was written last."""
        font = _font(self._path, round(self._points * block.size * self._dpi / 72))
        wide = max(font.getlength(line) for line in block.lines) / (
            self.image.width * 0.91 - block.left * self.image.width
        )
        if (block.bold or block.one_line) and wide > 1:
            font = _font(self._path, round(font.size / wide))
        top = block.top * self.image.height if block.top else self._top + font.size * self._dice.choice([0.4, 0.8, 1.2])
        left = block.left * self.image.width
        for line in block.lines:
            for part in _wrapped(line, font, self.image.width * 0.91 - left):
                self._line(part, left, top, font, block)
                top += font.size * self._spread
        if block.top < 0.9:
            self._top = max(self._top, top)

    def _line(self, text: str, left: float, top: float, font: ImageFont.FreeTypeFont, block: Block) -> None:
        if not block.hand:
            self._pen.text(
                (left, top), text, font=font, fill=self._ink, stroke_width=1 if block.bold else 0, stroke_fill=self._ink
            )
            return
        for letter in text:
            self._pen.text(
                (left, top + self._dice.uniform(-0.06, 0.06) * font.size), letter, font=font, fill=self._ink + 30
            )
            left += font.getlength(letter) * self._dice.uniform(0.92, 1.08)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: float) -> Iterable[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}".lstrip() if line else word
        if line and font.getlength(longer) > width:
            yield line
            line = word
        else:
            line = longer
    yield line


def draw(blocks: Sequence[Block], kind: str, dice: random.Random) -> tuple[Image.Image, int]:
    """A page of one kind with its resolution: turned by up to a degree, blurred, noisy."""
    dpi = int(kind.rpartition("-")[2])
    sheet = _Sheet(dpi, dice)
    for block in blocks:
        sheet.write(block)
    return scanned(sheet.image, kind, dice), dpi


def scanned(page: Image.Image, kind: str, dice: random.Random) -> Image.Image:
    """A drawn page as a scanner of that kind gives it."""
    dpi = int(kind.rpartition("-")[2])
    page = page.rotate(dice.uniform(-1, 1), resample=Image.Resampling.BICUBIC, fillcolor=255)
    page = page.filter(ImageFilter.GaussianBlur(dice.uniform(0.3, 0.9) * dpi / 300))
    grain = np.random.default_rng(dice.randint(0, 9999)).normal(0, dice.uniform(6, 16), (page.height, page.width))
    page = Image.fromarray(np.clip(np.asarray(page) + grain, 0, 255).astype(np.uint8))
    if kind.startswith("bitonal"):
        return page.point(lambda value: 255 if value > 145 else 0)
    if kind.startswith("photocopy"):
        page = page.point(lambda value: min(255, round(value * 0.8 + 40)))
    stream = io.BytesIO()
    page.save(stream, "JPEG", quality=dice.randint(40, 80))
    return Image.open(stream).convert("L")


def read(letter: Composed, reader: PageReader | None, keep: Path | None) -> tuple[PageText, ...]:
    """The pages of a letter as the engine reads them from a scan, kept in a folder where one is named."""
    kept = keep / f"{letter.name}.json" if keep else None
    if kept is not None and kept.exists():
        return from_words_json(kept.read_bytes())
    reader = reader or _reader()
    dice = random.Random(letter.name)
    kind = dice.choice(KINDS)
    pages = []
    for number, blocks in enumerate(letter.pages, start=1):
        image, dpi = draw(blocks, kind, dice)
        grey = Grey(np.asarray(image), float(dpi))
        pages.append(textpages.read_text(number, PageRead(reader.read(grey), grey.width, grey.height, dpi, 0, False)))
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(words_json(pages))
    return tuple(pages)


@lru_cache(maxsize=1)
def _reader() -> PageReader:
    from mailroom.engines.readers import reader_for
    from mailroom.settings import MailroomSettings

    return reader_for(MailroomSettings())


def main() -> None:
    """Print one line for each set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--set", choices=[*_SETS, "all"], default="all")
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--letters", type=int, default=0, help="only so many of each set; 0: all")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--picture", type=Path, help="draw how precise answers are against how much is answered")
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()
    registers = bench.city_registers()
    cases = bench.MemoryCases(bench.SHARED / "cases", registers)
    samples = list(read_samples(bench.TRAINING))
    knowledge, untrained = learn(samples, registers), learn((), registers)
    counts = WordCounts([sample for sample in samples if sample.source.startswith("t")])
    curves: dict[str, Answers] = {}
    for name in _SETS if options.set == "all" else [options.set]:
        composed = [
            one
            for seed in options.seed
            for path in _SETS[name]
            for one in composing.compose(path, cases, registers, seed)[: options.letters or None]
        ] or desk(cases, registers)
        began = time.process_time()
        letters = [composing.of_composed(one, read(one, None, options.keep)) for one in composed]
        seconds = (time.process_time() - began) / max(sum(len(letter.pages) for letter in letters), 1)
        trained = bench.measure(f"{name}, scans", letters, registers, cases, knowledge, options.verbose)
        bare = bench.measure(f"{name}, scans, without history", letters, registers, cases, untrained)
        plain(f"{name}, scans", letters, registers, cases, counts)
        curves |= {f"{name}: as shipped": trained.labelled, f"{name}: without history": bare.labelled}
        curves |= {f"{name}: {what}": rows for what, rows in plain_answers(letters, registers, counts).items()}
        print(f"  reading took {seconds:.2f} CPU s a page")
    if options.picture:
        options.picture.write_text(coverage_precision(curves), encoding="utf-8")
    print(f"  largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
