"""Make scans of invented letters with known text, for the benchmarks: slightly skewed and noisy, of four kinds."""

from __future__ import annotations

import io
import json
import random
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import img2pdf
from PIL import Image, ImageDraw, ImageFilter, ImageFont

LETTERS = Path(__file__).parents[1] / "../shared/city_letters/letters.jsonl"
KINDS = ("bitonal", "grey", "colour", "bitonal-200")
_A4_INCHES = (8.27, 11.69)


@dataclass(frozen=True)
class Scan:
    """A PDF of one scanned page, and the text that stands on it."""

    path: Path
    text: str
    kind: str


def make_scans(folder: Path, count: int, seed: int = 1, inches: tuple[float, float] = _A4_INCHES) -> list[Scan]:
    """Draw ``count`` pages of letters, degrade them as a scanner does, and bind each into a PDF."""
    texts = [json.loads(line)["text"] for line in LETTERS.read_text(encoding="utf-8").splitlines()]
    chance = random.Random(seed)
    scans = []
    for number in range(count):
        text = "\n\n".join(chance.sample(texts, 4))
        kind = KINDS[number % len(KINDS)]
        page, lines = _draw(text, 200 if kind.endswith("200") else 300, chance, inches)
        path = folder / f"scan-{number:03d}-{kind}.pdf"
        path.write_bytes(_bind(_degrade(page, kind, chance), kind))
        scans.append(Scan(path, "\n".join(lines), kind))
    return scans


def _draw(text: str, dpi: int, chance: random.Random, inches: tuple[float, float]) -> tuple[Image.Image, list[str]]:
    page = Image.new("L", (round(inches[0] * dpi), round(inches[1] * dpi)), 255)
    with as_file(files("ocrmypdf.data") / "NotoSans-Regular.ttf") as font_file:
        font = ImageFont.truetype(str(font_file), round(chance.choice((10, 11, 12)) * dpi / 72))
    draw = ImageDraw.Draw(page)
    left, width = round(dpi * 0.95), page.width - round(dpi * 1.8)
    lines: list[str] = []
    y = round(dpi * 0.9)
    step = round(font.size * 1.45)
    for paragraph in text.split("\n"):
        for line in _wrapped(paragraph, font, width):
            if y > page.height - dpi:
                return page, lines
            draw.text((left, y), line, font=font, fill=20)
            lines += [line] if line else []
            y += step
    return page, lines


def _wrapped(paragraph: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines, line = [], ""
    for word in paragraph.split():
        longer = f"{line} {word}".strip()
        if font.getlength(longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]


def _degrade(page: Image.Image, kind: str, chance: random.Random) -> Image.Image:
    page = page.rotate(chance.uniform(-0.7, 0.7), resample=Image.Resampling.BICUBIC, fillcolor=255)
    noise = Image.effect_noise(page.size, chance.uniform(15, 35)).filter(ImageFilter.GaussianBlur(0.6))
    page = Image.blend(page.filter(ImageFilter.GaussianBlur(chance.uniform(0.4, 0.9))), noise, 0.12)
    page = page.point(lambda value: min(255, round(value * 1.08)))
    if kind.startswith("bitonal"):
        return page.point(lambda value: 255 if value > 150 else 0).convert("1", dither=Image.Dither.NONE)
    return Image.merge("RGB", (page, page, page.point(lambda v: max(0, v - 6)))) if kind == "colour" else page


def _bind(page: Image.Image, kind: str) -> bytes:
    stream = io.BytesIO()
    dpi = 200 if kind.endswith("200") else 300
    if page.mode == "1":
        page.save(stream, "TIFF", compression="group4", strip_size=1 << 30, dpi=(dpi, dpi))
    else:
        page.save(stream, "JPEG", quality=75, dpi=(dpi, dpi))
    return bytes(img2pdf.convert(stream.getvalue(), layout_fun=img2pdf.get_fixed_dpi_layout_fun((dpi, dpi))))
