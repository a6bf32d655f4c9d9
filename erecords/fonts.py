"""The one font of printed pages; it comes with the OCR library, so that no system font is needed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from erecords.errors import ConfigurationError


def regular_font() -> Path:
    """Noto Sans Regular (OFL), which has every letter of a German name.

    Raises:
        ConfigurationError: ocrmypdf, which brings it, is not installed completely.
    """
    spec = find_spec("ocrmypdf")
    font = Path(spec.origin).parent / "data" / "NotoSans-Regular.ttf" if spec and spec.origin else None
    if font is None or not font.is_file():
        raise ConfigurationError("The font of printed pages is missing; install the program anew: pip install erecords")
    return font
