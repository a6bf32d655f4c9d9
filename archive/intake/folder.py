"""Reading a plain folder with ``metadata.csv``: one line a file, and a line without file for the whole.

Columns (separated by ``;`` or ``,``, UTF-8): ``file`` (relative path), ``title``, and optionally ``date`` (ISO 8601),
``sender``, ``type``, ``sha512``, ``puid`` (PRONOM id). In the line for the whole ``date`` is the day on which the
records were closed and ``sender`` the body that made them; ``reference`` may name it, else the folder's name does.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from archive.intake.reading import Collector, PackageRead, digest_file, file_of, walk
from archive.package import FileRole, Rights, Sip, SipDocument, SipFile
from archive.sip_check import unsafe

METADATA = "metadata.csv"
_KNOWN = {"file", "title", "date", "sender", "type", "sha512", "puid", "reference"}


def read_folder(folder: Path, name: str) -> PackageRead:
    """Read and check a folder; all findings."""
    found = Collector()
    files = set(walk(folder, found)) - {METADATA}
    rows = _rows(folder / METADATA, found)
    about = next((row for row in rows if not row["file"]), dict.fromkeys(_KNOWN, ""))
    documents, contents = [], []
    for number, row in enumerate([row for row in rows if row["file"]], 1):
        identifier = f"{number:06d}"
        documents.append(
            SipDocument(identifier, row["title"] or row["file"], row["type"], _date(row, found), row["sender"])
        )
        file = _file(folder, row, identifier, files, found)
        if file:
            contents.append(file)
    listed = {row["file"] for row in rows}
    for path in sorted(files - listed):
        found.bad("surplus-file", f"{path!r} is not in {METADATA}")
    if not contents:
        found.bad("empty", f"{METADATA} names no file that is there")
    table = folder / METADATA
    contents.append(file_of(table, f"folder/{METADATA}", digest_file(table), FileRole.METADATA, None, "text/csv"))
    sip = _sip(name, about, _date(about, found), documents, contents)
    return PackageRead(sip, tuple(found.findings), tuple(found.warnings))


def _rows(path: Path, found: Collector) -> list[dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        found.bad("bad-csv", f"{METADATA} cannot be read as UTF-8: {error}")
        return []
    lines = text.splitlines()
    header = lines[0] if lines else ""
    reader = csv.DictReader(lines, delimiter=";" if ";" in header else ",")
    try:
        fields = set(reader.fieldnames or ())
        rows = list(reader)
    except csv.Error as error:
        found.bad("bad-csv", f"line {reader.line_num} of {METADATA} cannot be read: {error}")
        return []
    if not {"file", "title"} <= fields:
        found.bad("bad-csv", f"{METADATA} has no columns file and title")
        return []
    for number, row in enumerate(rows, 1):
        if None in row:
            found.bad(
                "bad-csv", f"row {number} of {METADATA} has more values than columns; quote texts with separators"
            )
    for field in sorted(fields - _KNOWN):
        found.odd("unknown-column", f"{METADATA} has the unknown column {field!r}; it was not read")
    return [{key: (row.get(key) or "").strip() for key in _KNOWN} for row in rows]


def _date(row: dict[str, str], found: Collector) -> date | None:
    try:
        return date.fromisoformat(row["date"]) if row["date"] else None
    except ValueError:
        found.bad("bad-date", f"{row['date']!r} of {row['file'] or 'the whole'} is no date like 2026-11-22")
        return None


def _file(folder: Path, row: dict[str, str], document: str, files: set[str], found: Collector) -> SipFile | None:
    name = row["file"]
    if unsafe(name):
        found.bad("unsafe-name", f"{METADATA} names {name!r}, which {unsafe(name)}")
        return None
    if name not in files:
        found.bad("missing-file", f"{name!r} is in {METADATA}, but not there")
        return None
    read = digest_file(folder / name)
    if row["sha512"] and row["sha512"].lower() != read.sha512:
        found.bad("wrong-digest", f"{name!r} has another SHA-512 than {METADATA} says")
    return file_of(folder / name, name, read, FileRole.ORIGINAL, document, puid=row["puid"])


def _sip(
    name: str, about: dict[str, str], closed: date | None, documents: list[SipDocument], files: list[SipFile]
) -> Sip:
    return Sip(
        reference=about["reference"] or name,
        title=about["title"] or name,
        class_notation="",
        class_title="",
        unit="",
        opened=None,
        closed=closed,
        description={"type": about["type"]} if about["type"] else {},
        documents=tuple(documents),
        files=tuple(files),
        audit_excerpt=(),
        rights=Rights(),
        agent=about["sender"],
        basis="",
        kind="folder",
        origin=about["sender"],
    )
