"""Name and version of this program, as METS, PREMIS and exports say it."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version

NAME = "erecords"


@cache
def program() -> str:
    """Name and version, e.g. ``erecords 0.1.0``."""
    try:
        return f"{NAME} {version(NAME)}"
    except PackageNotFoundError:
        return f"{NAME} unpackaged"
