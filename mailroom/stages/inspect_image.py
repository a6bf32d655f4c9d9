"""Look into a picture file: frames, size, orientation; refuse what is too large or cannot be decoded."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings

FORMATS = {
    **{"tiff": "TIFF", "jpeg": "JPEG", "png": "PNG", "webp": "WEBP"},
    **{"jpeg2000": "JPEG2000", "gif": "GIF", "heic": "HEIF"},
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
            with Image.open(path, formats=[FORMATS[kind]]) as image:
                yield image
    except Image.DecompressionBombError as error:
        raise Refused(ReasonCode.TOO_LARGE, "a picture with too many pixels") from error
    except UnidentifiedImageError as error:
        raise Refused(ReasonCode.DAMAGED, f"not readable as {kind.upper()}") from error
    except FileNotFoundError:
        raise
    except _BROKEN as error:
        raise Refused(ReasonCode.DAMAGED, f"{kind.upper()}: {_one_line(error)}") from error
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _register_heif() -> None:
    """Teach Pillow to read HEIF, in this thread alone; asked again it changes nothing."""
    from pi_heif import register_heif_opener

    register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)


def count_frames(image: Image.Image, settings: MailroomSettings) -> int:
    """Frames of a file; a directory chain that bites its own tail ends at the first repetition.

    Raises:
        Refused: more than the limit, or a chain that repeats itself.
    """
    if image.format != "TIFF":
        return 1
    frames = 0
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
        frames += 1
        if frames > settings.max_pages:
            raise Refused(ReasonCode.TOO_MANY_PAGES, f"more than {settings.max_pages}")
    image.seek(0)
    return frames


def check_size(image: Image.Image, settings: MailroomSettings) -> None:
    """Refuse a frame with more pixels than the limit."""
    if image.width * image.height > settings.max_pixels or max(image.size) > _MAX_SIDE:
        raise Refused(ReasonCode.TOO_LARGE, f"a picture of {image.width} x {image.height} pixels")
    if image.width < 1 or image.height < 1:
        raise Refused(ReasonCode.DAMAGED, "a picture without pixels")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
