"""Which format a file has, by PRONOM; the engine is loaded when first used, and no process may be forked after that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Format:
    """What identification said of one file."""

    puid: str
    """PRONOM id such as ``fmt/276``; ``UNKNOWN`` when nothing matched."""
    name: str
    version: str
    mime: str
    basis: str
    """Why: the signature that matched, or the ending of the name only."""


@dataclass(frozen=True, slots=True)
class Identification:
    """The formats of several files and what they were identified with."""

    formats: tuple[Format, ...]
    """In the order asked."""
    tool: str
    """Program with version."""
    signature: str
    """Signature files with their versions."""

    @property
    def agent(self) -> str:
        """Both, as PREMIS names the agent."""
        return f"{self.tool} ({self.signature})"


def engine() -> str:
    """Program and signatures with which `identify` works now, as PREMIS names the agent."""
    return Identification((), *_engine()).agent


def identify(files: Sequence[tuple[Path, str]], folder: Path) -> Identification:
    """Identify files by content and by the ending of the name they are known under, which may not be their path's.

    Args:
        files: readable path and name each.
        folder: takes links under names with the right endings; an empty one that somebody removes.

    Raises:
        OSError: a file cannot be read.
    """
    if not files:
        return Identification((), *_engine())
    report = _scan([_link(folder, number, path, name) for number, (path, name) in enumerate(files)])
    return Identification(tuple(_formats(report["files"])), *_tool(report))


def _link(folder: Path, number: int, path: Path, name: str) -> str:
    ending = Path(name).suffix if Path(name).suffix[1:].isalnum() else ""
    if path.suffix == ending:
        return str(path)
    link = folder / f"{number}{ending}"
    link.symlink_to(path.resolve())
    return str(link)


def _scan(paths: list[str]) -> dict[str, Any]:
    import pygfried

    return dict(pygfried.identify_many(paths, workers=1))


@cache
def _engine() -> tuple[str, str]:
    return _tool(_scan([__file__]))


def _tool(report: dict[str, Any]) -> tuple[str, str]:
    return f"siegfried {report['siegfried']}", "; ".join(item["details"] for item in report["identifiers"])


def _formats(files: Iterable[dict[str, Any]]) -> Iterable[Format]:
    for file in files:
        if file["errors"] and not file["matches"] and file["errors"] != "empty source":
            raise OSError(f"{file['filename']} cannot be identified: {file['errors']}")
        match: dict[str, str] = next(iter(file["matches"]), {})
        yield Format(
            match.get("id") or UNKNOWN,
            match.get("format", ""),
            match.get("version", ""),
            match.get("mime", ""),
            match.get("basis") or match.get("warning", ""),
        )
