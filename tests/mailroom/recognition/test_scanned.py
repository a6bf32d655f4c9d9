"""A page that is one scan gives its own samples; any other page is drawn."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import img2pdf
import numpy as np
import pikepdf
import pytest
from PIL import Image

from mailroom.stages.pages import Pages
from tests.mailroom.recognition import drawing

LETTER = drawing.page(drawing.GERMAN)


def bound(path: Path, picture: Image.Image, dpi: tuple[float, float] = (300, 300), **options: object) -> Path:
    stream = io.BytesIO()
    picture.save(stream, **options)
    layout = img2pdf.get_fixed_dpi_layout_fun(dpi)
    path.write_bytes(bytes(img2pdf.convert(stream.getvalue(), layout_fun=layout)))
    return path


def changed(path: Path, change: Callable[[pikepdf.Pdf], None]) -> Path:
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        change(pdf)
        pdf.save(path)
    return path


def grey(path: Path, highest: float = 300) -> np.ndarray:
    with Pages(path) as pages:
        return pages.grey(1, pages.facts(1), highest).pixels


def is_taken(path: Path, highest: float = 300) -> bool:
    with Pages(path) as pages:
        facts = pages.facts(1)
        pages.grey(1, facts, highest)
        return pages._written is not None and pages._scan(1) is not None


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("1", {"format": "TIFF", "compression": "group4", "strip_size": 1 << 30}),
        ("L", {"format": "JPEG", "quality": 92}),
        ("L", {"format": "PNG"}),
        ("RGB", {"format": "JPEG", "quality": 92}),
        ("RGB", {"format": "PNG"}),
        ("P", {"format": "PNG"}),
    ],
)
def test_samples_are_those_of_the_scan(mode: str, options: dict[str, object], tmp_path: Path) -> None:
    picture = drawing.bitonal(LETTER) if mode == "1" else LETTER.convert(mode)
    path = bound(tmp_path / "a.pdf", picture, **options)
    assert is_taken(path)
    found = grey(path)
    assert found.shape == (LETTER.height, LETTER.width) and found.dtype == np.uint8
    loss = 0 if options["format"] != "JPEG" else 1.5
    assert np.abs(found.astype(int) - np.asarray(picture.convert("L")).astype(int)).mean() <= loss


def turned(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].rotate(90, relative=False)


def inverted(pdf: pikepdf.Pdf) -> None:
    next(iter(pdf.pages[0].obj.Resources.XObject.values()))["/Decode"] = pikepdf.Array([1, 0])


def masked(pdf: pikepdf.Pdf) -> None:
    next(iter(pdf.pages[0].obj.Resources.XObject.values()))["/Mask"] = pikepdf.Array([0, 10])


def stamped(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(b"0 0 200 200 re f")


def cropped(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].cropbox = [0, 0, 200, 200]


def mirrored(pdf: pikepdf.Pdf) -> None:
    box = pdf.pages[0].mediabox
    pdf.pages[0].contents_add(f"-1 0 0 1 {box[2]} 0 cm".encode(), prepend=True)


@pytest.mark.parametrize("change", [turned, inverted, masked, stamped, cropped, mirrored])
def test_a_page_that_looks_otherwise_is_drawn(change: Callable[[pikepdf.Pdf], None], tmp_path: Path) -> None:
    path = changed(bound(tmp_path / "a.pdf", LETTER, format="PNG"), change)
    assert not is_taken(path)
    with Pages(path) as pages:
        facts = pages.facts(1)
        assert pages.grey(1, facts, 300).pixels.shape == pytest.approx(
            (facts.height * 300 / 72, facts.width * 300 / 72), abs=2
        )


def test_uneven_and_finer_scans_are_drawn(tmp_path: Path) -> None:
    assert not is_taken(bound(tmp_path / "fax.pdf", LETTER, (300, 150), format="PNG"))
    fine = bound(tmp_path / "fine.pdf", LETTER, (600, 600), format="PNG")
    assert not is_taken(fine)
    assert grey(fine).shape[0] == pytest.approx(LETTER.height / 2, abs=1)
