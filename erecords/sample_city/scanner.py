"""What a scanner, a fax or a telephone makes of a clean sheet: skew, noise, faint print, holes, folds, shadows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is spoilt; with the defaults it is not."""

    skew: float = 0.0
    """Degrees counter-clockwise."""
    noise: float = 0.0
    """Standard deviation in grey levels (0 to 255)."""
    speckles: int = 0
    """Number of dirt specks on the page."""
    blur: float = 0.9
    """Radius in pixels."""
    faint: float = 0.0
    """Share of the ink that is missing, uneven over the page."""
    holes: bool = False
    fold: bool = False
    edge: bool = False
    """Dark edge of a lid that was not closed."""
    turned: int = 0
    """Degrees clockwise by which the sheet lay wrong."""
    dpi: int = 300


def scan(page: Image.Image, look: Look, seed: int) -> Image.Image:
    """The page as the scanner's grey picture; the same seed gives the same picture."""
    random = np.random.default_rng(seed)
    page = _mark_paper(page, look, random)
    page = page.rotate(look.skew, Image.Resampling.BICUBIC, fillcolor=250)
    if look.blur:
        page = page.filter(ImageFilter.GaussianBlur(look.blur))
    grey = np.asarray(page, dtype=np.float32)
    grey = 255 - (255 - grey) * _ink(grey.shape, look.faint, random)
    if look.noise:
        grey = grey + look.noise * _grain(grey, random)
    if look.edge:
        grey = grey - 70 * np.linspace(1, 0, grey.shape[1], dtype=np.float32) ** 6
    picture = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
    return picture.rotate(-look.turned, expand=True) if look.turned else picture


def bitonal(grey: Image.Image, threshold: int = 150) -> Image.Image:
    """Black and white, as a scanner's fixed threshold makes it; the finest pepper is cleaned away as devices do."""
    smooth = grey.filter(ImageFilter.GaussianBlur(0.5))
    return smooth.point(lambda level: 255 if level > threshold else 0).convert("1", dither=Image.Dither.NONE)


def photograph(page: Image.Image, look: Look, seed: int) -> Image.Image:
    """The page on a dark table, taken slightly from the side with a shadow of the hand, as a colour picture."""
    grey = scan(page, look, seed)
    width, height = grey.size
    table = Image.new("L", (round(width * 1.08), round(height * 1.06)), 70)
    table.paste(grey, (round(width * 0.04), round(height * 0.03)))
    width, height = table.size
    corners = (0, 0, width * 0.018, height, width, height * 0.985, width * 0.978, height * 0.012)
    taken = table.transform(table.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=70)
    light = np.asarray(taken, dtype=np.float32)
    down, across = np.mgrid[0 : 1 : complex(height), 0 : 1 : complex(width)].astype(np.float32)
    shadow = 1 - 0.32 / (1 + np.exp((across + 0.45 * down - 0.55) * 14)) - 0.12 * down
    lit = np.clip(light * shadow, 0, 255)
    colour = np.stack([lit, lit * 0.97, lit * 0.88], axis=-1).astype(np.uint8)
    return Image.fromarray(colour)


def _mark_paper(page: Image.Image, look: Look, random: np.random.Generator) -> Image.Image:
    page = page.copy()
    pen = ImageDraw.Draw(page)
    width, height = page.size
    mm = width / 210
    for x, y, size in zip(
        random.uniform(0, width, look.speckles),
        random.uniform(0, height, look.speckles),
        random.exponential(0.10, look.speckles) * mm,
        strict=True,
    ):
        pen.ellipse((x, y, x + 1 + size, y + 1 + size), fill=60)
    if look.holes:
        for y in (height / 2 - 40 * mm, height / 2 + 40 * mm):
            pen.ellipse((9 * mm, y - 3 * mm, 15 * mm, y + 3 * mm), fill=20)
    if look.fold:
        for y in (105 * mm, 210 * mm):
            _fold_line(pen, y, width, random)
    return page


def _fold_line(pen: ImageDraw.ImageDraw, y: float, width: int, random: np.random.Generator) -> None:
    x = 0.0
    while x < width:
        length = float(random.uniform(4, 60))
        pen.line((x, y, x + length, y + float(random.uniform(-1, 1))), fill=int(random.integers(40, 150)), width=2)
        x += length + float(random.uniform(0, 90))


def _grain(grey: Grey, random: np.random.Generator) -> Grey:
    """Noise with a deviation of about 1, coarser than a pixel, and stronger where there is ink."""
    fine = random.normal(0, 1, grey.shape).astype(np.float32)
    coarse = random.normal(0, 1, (grey.shape[0] // 3 + 1, grey.shape[1] // 3 + 1)).astype(np.float32)
    spread: Grey = np.kron(coarse, np.ones((3, 3), dtype=np.float32))[: grey.shape[0], : grey.shape[1]]
    return (0.5 * fine + 0.8 * spread) * np.where(grey < 235, 2.0, 0.7).astype(np.float32)


def _ink(shape: tuple[int, ...], faint: float, random: np.random.Generator) -> Grey:
    """How much of the ink is left, per pixel: 1 is all; slow waves as of an empty cartridge."""
    if not faint:
        return np.ones(shape, dtype=np.float32)
    coarse = random.uniform(1 - faint, 1, (9, 6)).astype(np.float32)
    waves = Image.fromarray(coarse).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(waves, dtype=np.float32), 0, 1)
