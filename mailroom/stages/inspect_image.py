"""Look into a picture file: frames, size, orientation; refuse what is too large or cannot be decoded."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from mailroom.custody.completeness import is_complete
from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages.pictureforms import is_reduced, rare_form

FORMATS = {
    **{"tiff": "TIFF", "jpeg": "JPEG", "png": "PNG", "webp": "WEBP"},
    **{"jpeg2000": "JPEG2000", "gif": "GIF", "heic": "HEIF", "avif": "AVIF", "bmp": "BMP"},
}
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, RuntimeError, struct.error)
"""What Pillow and its plugins raise on damaged pictures."""
_FEW_FRAMES = 2
_MAX_SIDE = 65_000
"""Pixels; neither JPEG nor a PDF page can be larger."""


def inspect(path: Path, kind: str, settings: MailroomSettings) -> tuple[int, tuple[str, ...]]:
    """Count the frames of a picture file and check their size; a file of one frame is decoded once.

    Raises:
        Refused: too large, too many frames, or damaged.
    """
    with opened(path, kind, settings) as image:
        frames = count_frames(image, settings)
        if frames < _FEW_FRAMES:
            check_size(image, settings)
            if kind == "jpeg":
                image.draft("L", (image.width // 8, image.height // 8))
            image.load()
    return frames, ()


@contextmanager
def opened(path: Path, kind: str, settings: MailroomSettings) -> Iterator[Image.Image]:
    """Open a picture as that kind only; what Pillow raises on damaged ones becomes a refusal."""
    if kind == "heic":
        _register_heif()
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, settings.max_pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # A stream, not a path: of a mapped file Pillow 13 shows a lying raw TIFF (orientation 5 to 8) as noise.
            with path.open("rb") as stream, Image.open(stream, formats=[FORMATS[kind]]) as image:
                yield image
    except Image.DecompressionBombError as error:
        raise Refused(ReasonCode.TOO_LARGE, "a picture with too many pixels") from error
    except FileNotFoundError:
        raise
    except (UnidentifiedImageError, *_BROKEN) as error:
        form = rare_form(path, kind)
        if form and is_complete(path):
            raise Refused(ReasonCode.UNSUPPORTED, form) from error
        detail = "not readable" if isinstance(error, UnidentifiedImageError) else _one_line(error)
        raise Refused(ReasonCode.DAMAGED, f"{kind.upper()}: {detail}") from error
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _register_heif() -> None:
    """Teach Pillow to read HEIF, in this thread alone; asked again it changes nothing."""
    from pi_heif import register_heif_opener

    register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)


def count_frames(image: Image.Image, settings: MailroomSettings) -> int:
    """How many pages a file has: see :func:`page_frames`."""
    return len(page_frames(image, settings))


def page_frames(image: Image.Image, settings: MailroomSettings) -> tuple[int, ...]:
    """Which frames are pages: all of a TIFF but the small copies of others, the main picture of all other kinds.

    Raises:
        Refused: more than the limit, or a chain of directories that repeats itself.
    """
    if image.format != "TIFF":
        return (0,)
    frames = 0
    reduced: set[int] = set()
    seen: set[int] = set()
    while True:
        try:
            image.seek(frames)
        except EOFError:
            break
        offset = int(getattr(image, "_TiffImageFile__frame_offset", 0)) or image.tell() + 1
        if offset in seen:
            raise Refused(ReasonCode.DAMAGED, "its directory of pages runs in a circle")
        seen.add(offset)
        check_size(image, settings)
        if is_reduced(image):
            reduced.add(frames)
        frames += 1
        if frames > settings.max_pages:
            raise Refused(ReasonCode.TOO_MANY_PAGES, f"more than {settings.max_pages}")
    pages = tuple(frame for frame in range(frames) if frame not in reduced or len(reduced) == frames)
    image.seek(pages[0] if pages else 0)
    return pages


def check_size(image: Image.Image, settings: MailroomSettings) -> None:
    """Refuse a frame with more pixels than the limit."""
    if image.width * image.height > settings.max_pixels or max(image.size) > _MAX_SIDE:
        raise Refused(ReasonCode.TOO_LARGE, f"a picture of {image.width} x {image.height} pixels")
    if image.width < 1 or image.height < 1:
        raise Refused(ReasonCode.DAMAGED, "a picture without pixels")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
