"""The pixels of a page that is one scan and nothing else: taken as they are, where drawing would scale them again."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pikepdf
import pypdfium2.raw as pdfium_raw

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NEAR = 0.5
"""Points by which the picture may miss the edges of the page."""
_EVEN = 0.01
_CHANGES = ("/Mask", "/SMask", "/ImageMask", "/Decode", "/Matte", "/OC")
"""What lets a picture look otherwise than its samples."""


def scan_pixels(page: Any, written: pikepdf.Page) -> NDArray[np.uint8] | None:
    """The page in grey, one pixel for each sample of its picture; None where the page is more, or less, than a scan.

    Args:
        page: The page, opened by pdfium.
        written: The same page, as it is written in the file.
    """
    item = _only_picture(page)
    if item is None or not _is_plain(written):
        return None
    import numpy as np

    with closing(item.get_bitmap()) as bitmap:
        if bitmap.mode == "L":
            return np.ascontiguousarray(bitmap.to_numpy().reshape(bitmap.height, -1)[:, : bitmap.width]).copy()
        return np.asarray(bitmap.to_pil().convert("L")).copy()


def _only_picture(page: Any) -> Any | None:
    """The one picture that fills the page upright and evenly; None where there is anything else."""
    items = list(page.get_objects(max_depth=1))
    if len(items) != 1 or items[0].type != pdfium_raw.FPDF_PAGEOBJ_IMAGE or page.get_rotation():
        return None
    a, b, c, d, _, _ = items[0].get_matrix().get()
    if b or c or a <= 0 or d <= 0:
        return None
    edges = zip(items[0].get_bounds(), page.get_cropbox(), strict=True)
    if any(abs(one - other) > _NEAR for one, other in edges):
        return None
    width, height = items[0].get_px_size()
    across, down = width / a, height / d
    return items[0] if abs(across / down - 1) < _EVEN else None


def _is_plain(written: pikepdf.Page) -> bool:
    """Whether the picture's samples are what is seen: no mask, no state, no other order of colours."""
    resources = written.obj.get("/Resources")
    if not isinstance(resources, pikepdf.Dictionary) or "/ExtGState" in resources or "/UserUnit" in written.obj:
        return False
    drawn = resources.get("/XObject")
    if not isinstance(drawn, pikepdf.Dictionary) or len(drawn) != 1 or written.obj.get("/Annots"):
        return False
    picture = next(iter(drawn.values()))
    return isinstance(picture, pikepdf.Stream) and not any(key in picture for key in _CHANGES)
