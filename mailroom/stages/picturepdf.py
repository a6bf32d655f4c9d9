"""Bind pictures into a PDF without drawing them anew: a JPEG stays its bytes, a bitonal scan stays bitonal."""

from __future__ import annotations

import io
from pathlib import Path

import img2pdf
from PIL import Image, ImageOps

from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages.inspect_image import check_size, opened, page_frames

_A4_LONG = 11.69
_LONGEST = 24.0
"""Inches; a page longer than this at the stated resolution was not scanned at it."""
_LOWEST_DPI, _HIGHEST_DPI = 72.0, 2400.0
_UNSTATED_DPI = (100.0, 600.0)
_CREDIBLE_DPI = 100.0
_JPEG_QUALITY = 88
_ONE_STRIP = 1 << 30
"""Bytes; a fax page in one strip goes into the PDF as it is."""
_ORIENTATION = 0x0112
_TURNS = (0, 1, 3, 6, 8)


def bind(source: Path, kind: str, target: Path, settings: MailroomSettings) -> tuple[int, tuple[str, ...]]:
    """Write all frames of a picture file as pages of a PDF, upright as the file's orientation says.

    Returns:
        The number of pages, and findings (``resolution: ...`` where it was missing or not credible).

    Raises:
        Refused: too large or damaged.
    """
    pages: list[bytes] = []
    guessed: list[int] = []
    with opened(source, kind, settings) as image:
        for number, frame in enumerate(page_frames(image, settings), 1):
            if frame:  # a photo stands at its main picture, which need not be the first
                image.seek(frame)
            check_size(image, settings)
            dpi, stated = _resolution(image)
            if not stated:
                guessed.append(number)
            pages.append(_page(image, kind, source, dpi))
    findings: tuple[str, ...] = ()
    if guessed:
        findings = ("resolution: The picture states no credible resolution; the size of the paper was assumed.",)
    _join(pages, target)
    return len(pages), findings


def _resolution(image: Image.Image) -> tuple[tuple[float, float], bool]:
    """Dots per inch across and down, and whether the file states them."""
    stated = image.info.get("dpi")
    if stated:
        across, down = float(stated[0]), float(stated[1])
        fits = all(_LOWEST_DPI <= value <= _HIGHEST_DPI for value in (across, down))
        long_side = max(image.width / across, image.height / down) if across and down else 0
        credible = min(across, down) >= _CREDIBLE_DPI or long_side <= _A4_LONG * 1.05
        if fits and credible and 0.4 <= across / down <= 2.5 and long_side <= _LONGEST:
            return (across, down), True
    guess = max(image.width, image.height) / _A4_LONG
    guess = min(max(guess, _UNSTATED_DPI[0]), _UNSTATED_DPI[1])
    return (guess, guess), False


def _page(image: Image.Image, kind: str, source: Path, dpi: tuple[float, float]) -> bytes:
    layout = img2pdf.get_fixed_dpi_layout_fun(dpi)
    if kind == "jpeg" and image.mode in ("L", "RGB") and image.getexif().get(_ORIENTATION, 1) in _TURNS:
        return _bound(source.read_bytes(), layout)
    turned = image.getexif().get(_ORIENTATION, 1)
    lossy = kind in ("jpeg", "webp", "jpeg2000", "heic") or image.info.get("compression") in ("jpeg", "tiff_jpeg")
    plain = _plain(image)
    if turned in (5, 6, 7, 8):
        layout = img2pdf.get_fixed_dpi_layout_fun((dpi[1], dpi[0]))
    stream = io.BytesIO()
    if plain.mode == "1":
        plain.save(stream, "TIFF", compression="group4", strip_size=_ONE_STRIP)
    elif lossy:
        plain.save(stream, "JPEG", quality=_JPEG_QUALITY)
    else:
        plain.save(stream, "PNG", compress_level=6)
    return _bound(stream.getvalue(), layout)


def _plain(image: Image.Image) -> Image.Image:
    """The frame upright, opaque on white, in one of the modes bitonal, grey or RGB."""
    image = ImageOps.exif_transpose(image)
    if image.mode != "RGB":
        image.info.pop("icc_profile", None)  # belongs to the mode that the file had, not to the one that it gets
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        return _scaled(image)
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        opaque = Image.new("RGBA", image.size, "white")
        opaque.alpha_composite(image.convert("RGBA"))
        image = opaque.convert("RGB")
    if image.mode == "P" or image.mode not in ("1", "L", "RGB"):
        image = image.convert("RGB")
    return _fewest_colours(image)


def _scaled(image: Image.Image) -> Image.Image:
    import numpy as np

    values = np.asarray(image, dtype=np.float32)
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(((values - low) * (255 / ((high - low) or 1.0))).astype(np.uint8))


def _fewest_colours(image: Image.Image) -> Image.Image:
    """Grey where no colour is used, bitonal where only black and white are: the smallest page without loss."""
    if image.mode == "RGB":
        red, green, blue = image.split()
        if red.tobytes() == green.tobytes() == blue.tobytes():
            image = red
            image.info.pop("icc_profile", None)
    if image.mode == "L":
        used = image.histogram()
        if used[0] + used[255] == image.width * image.height:
            image = image.convert("1", dither=Image.Dither.NONE)
    return image


def _bound(data: bytes, layout: object) -> bytes:
    try:
        bound = img2pdf.convert(
            data, layout_fun=layout, rotation=img2pdf.Rotation.ifvalid, engine=img2pdf.Engine.internal
        )
    except (img2pdf.ImageOpenError, img2pdf.PdfTooLargeError, ValueError, OSError) as error:
        raise Refused(ReasonCode.DAMAGED, "a picture that cannot become a page") from error
    return bytes(bound)


def _join(pages: list[bytes], target: Path) -> None:
    import pikepdf

    with pikepdf.new() as joined:
        for data in pages:
            with pikepdf.open(io.BytesIO(data)) as page:
                joined.pages.append(page.pages[0])  # a JPEG may hold a second picture, for its light or depth
        joined.save(target)
