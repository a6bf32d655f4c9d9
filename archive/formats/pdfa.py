"""Whether a rendition is the PDF/A that it is called; by pikepdf's allow-list validator, loaded when first used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def validate_pdfa(files: Sequence[tuple[Path, str]]) -> tuple[int, tuple[str, ...]]:
    """How many of these files (path and name) are PDF/A-2b, and ``name: verdict`` of those that are not shown to be."""
    from pikepdf.pdfa import validate_written

    bad = []
    for path, name in files:
        report = validate_written(path, "2b")
        if not report.passed:
            bad.append(f"{name}: {report.verdict}")
    return len(files) - len(bad), tuple(bad)
