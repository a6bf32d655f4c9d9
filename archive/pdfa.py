"""Whether a rendition is the PDF/A that it is called; by pikepdf's allow-list validator, loaded when first used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def validate_pdfa(paths: Sequence[Path]) -> tuple[int, tuple[str, ...]]:
    """How many of these files are PDF/A-2b, and ``name: verdict`` of those that are not shown to be."""
    from pikepdf.pdfa import validate_written

    bad = []
    for path in paths:
        report = validate_written(path, "2b")
        if not report.passed:
            bad.append(f"{path.name}: {report.verdict}")
    return len(paths) - len(bad), tuple(bad)
