"""Opening the index of a home with the engine that its settings name; only that engine is imported."""

from __future__ import annotations

from pathlib import Path

from erecords.search.index import SearchIndex


def folder(home: Path, engine: str) -> Path:
    """Where the index of an engine lies."""
    return home / "index" / engine


def open_index(home: Path, engine: str, *, anew: bool = False) -> SearchIndex:
    """Open the index; with ``anew`` only to rebuild it, whatever is there.

    Raises:
        IndexMissing: there is none yet.
        IndexOutdated: it was made by another version of the analysis.
    """
    place = folder(home, engine)
    if engine == "whoosh":
        from erecords.search.engines.whoosh_index import WhooshIndex

        return WhooshIndex(place, anew=anew)
    from erecords.search.engines.tantivy_index import TantivyIndex

    return TantivyIndex(place, anew=anew)
