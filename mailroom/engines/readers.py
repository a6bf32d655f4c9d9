"""The reader of this process: made once, kept warm for all letters that follow."""

from __future__ import annotations

import os

from erecords.errors import ConfigurationError
from mailroom.engines.reading import PageReader
from mailroom.engines.tessdata import tessdata_folder
from mailroom.errors import EngineMissing
from mailroom.settings import MailroomSettings

_kept: dict[tuple[str, str, tuple[str, ...]], PageReader] = {}


def reader_for(settings: MailroomSettings) -> PageReader:
    """The engine that the settings name, with its models loaded.

    Raises:
        EngineMissing: the engine or its language data is not installed.
    """
    os.environ["OMP_THREAD_LIMIT"] = "1"
    folder = tessdata_folder(settings)
    languages = tuple(settings.languages)
    key = (settings.engine, str(folder), languages)
    if key not in _kept:
        _kept[key] = _make(settings.engine, folder, languages)
    return _kept[key]


def _make(engine: str, folder: os.PathLike[str], languages: tuple[str, ...]) -> PageReader:
    from pathlib import Path

    try:
        if engine == "tesserocr":
            from mailroom.engines.tesserocr_engine import TesserocrReader

            return TesserocrReader(Path(folder), languages)
        if engine == "pytesseract":
            from mailroom.engines.pytesseract_engine import PytesseractReader

            return PytesseractReader(Path(folder), languages)
    except ImportError as error:
        raise EngineMissing(
            f"The OCR engine {engine} is not installed: {error}. Install it or set the other."
        ) from error
    raise ConfigurationError(f"The setting mailroom.engine is {engine!r}; known are tesserocr and pytesseract.")
