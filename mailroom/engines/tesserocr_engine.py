"""Tesseract in this process, through tesserocr: no image is encoded, no process is started.

``SetImageBytes`` is given the grey bytes as they are; ``SetImage`` with a picture object would encode and decode
each page once more. A crash of the engine ends the process, which is why it runs in workers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tesserocr

from mailroom.engines.reading import Grey, Reading, ReadLine, ReadWord


class TesserocrReader:
    """Reads pages with Tesseract's library; holds its models in memory, so make one for each process."""

    name = "tesserocr"

    def __init__(self, tessdata: Path, languages: tuple[str, ...]) -> None:
        self._tessdata = str(tessdata)
        self._languages = languages
        self._text = tesserocr.PyTessBaseAPI(
            path=self._tessdata, lang="+".join(languages), psm=tesserocr.PSM.AUTO, oem=tesserocr.OEM.LSTM_ONLY
        )
        self._turn: Any = None

    def version(self) -> str:
        """Engine and models with their versions."""
        return f"tesseract {tesserocr.tesseract_version().split()[1]} (tesserocr {tesserocr.__version__})"

    def read(self, image: Grey) -> Reading:
        """Read a page image as it stands."""
        self._show(self._text, image)
        try:
            self._text.Recognize()
            return self._collect(image)
        finally:
            self._text.Clear()

    def orientation(self, image: Grey) -> tuple[int, float]:
        """Degrees counter-clockwise that put the page upright, and how sure that is."""
        if self._turn is None:
            self._turn = tesserocr.PyTessBaseAPI(path=self._tessdata, lang="osd", psm=tesserocr.PSM.OSD_ONLY)
        self._show(self._turn, image)
        try:
            found = self._turn.DetectOrientationScript()
        finally:
            self._turn.Clear()
        return (int(found["orient_deg"]), float(found["orient_conf"])) if found else (0, 0.0)

    @staticmethod
    def _show(api: Any, image: Grey) -> None:
        api.SetImageBytes(image.pixels.tobytes(), image.width, image.height, 1, image.width)
        api.SetSourceResolution(round(image.dpi))

    def _collect(self, image: Grey) -> Reading:
        level = tesserocr.RIL
        found = self._text.GetIterator()
        if found is None:
            return Reading(())
        lines: list[ReadLine] = []
        words: list[ReadWord] = []
        block = -1
        frame: tuple[tuple[int, int, int, int], Any] | None = None
        for item in tesserocr.iterate_level(found, level.WORD):
            if item.IsAtBeginningOf(level.BLOCK):
                block += 1
            if item.IsAtBeginningOf(level.TEXTLINE):
                if words and frame:
                    lines.append(_line(words, frame, block))
                words = []
                frame = (item.BoundingBox(level.TEXTLINE), item.Baseline(level.TEXTLINE))
            word = _word(item, level.WORD, image)
            if word:
                words.append(word)
        if words and frame:
            lines.append(_line(words, frame, block))
        return Reading(tuple(lines))


def _word(item: Any, level: int, image: Grey) -> ReadWord | None:
    if item.Empty(level):
        return None
    try:
        text = (item.GetUTF8Text(level) or "").strip()
    except RuntimeError:  # what tesserocr raises for a word of no letters
        return None
    box = item.BoundingBox(level)
    if not text or box is None:
        return None
    left, top, right, bottom = _clip(box, image)
    language = item.WordRecognitionLanguage() or ""
    return ReadWord(text, left, top, right, bottom, max(0.0, min(1.0, item.Confidence(level) / 100)), language)


def _clip(box: tuple[int, int, int, int], image: Grey) -> tuple[int, int, int, int]:
    left, top = max(0, box[0]), max(0, box[1])
    return left, top, max(left + 1, min(image.width, box[2])), max(top + 1, min(image.height, box[3]))


def _line(words: list[ReadWord], frame: tuple[tuple[int, int, int, int], Any], block: int) -> ReadLine:
    (left, top, right, bottom), baseline = frame
    slope, offset = 0.0, 0.0
    if baseline is not None:
        (x1, y1), (x2, y2) = baseline
        if x2 > x1:
            slope = (y2 - y1) / (x2 - x1)
            offset = y1 + slope * (left - x1) - bottom
    return ReadLine(tuple(words), left, top, right, bottom, slope, offset, max(block, 0))
