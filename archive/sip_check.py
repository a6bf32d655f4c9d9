"""Is a submission fit to be archived? Every finding, before anything is written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archive.errors import PackageRefused
from archive.metadata.model import place
from archive.package import Sip, SipFile

_DIGEST = re.compile(r"[0-9a-f]{128}")
_FORBIDDEN = re.compile(r'[\\:*?"<>|]')
_PART_BYTES = 240
_PATH_BYTES = 900
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class SipFinding:
    """Why a submission is not accepted."""

    code: str
    message: str

    def __str__(self) -> str:
        """Code and sentence."""
        return f"{self.code}: {self.message}"


def check_sip(sip: Sip) -> tuple[SipFinding, ...]:
    """All findings that can be had without reading the files."""
    return tuple(_findings(sip))


def refuse(sip: Sip, findings: Iterable[SipFinding]) -> None:
    """Raise when there are findings.

    Raises:
        PackageRefused: with all of them; the message shows the first few.
    """
    texts = tuple(str(finding) for finding in findings)
    if texts:
        more = f" (and {len(texts) - _SHOWN} more)" if len(texts) > _SHOWN else ""
        raise PackageRefused(
            f"The package {sip.reference!r} was not archived: {'; '.join(texts[:_SHOWN])}{more}. "
            "Nothing was written; correct it and hand it over again.",
            texts,
        )


def _findings(sip: Sip) -> Iterator[SipFinding]:
    if not sip.reference.strip() or len(sip.reference) > 300 or not sip.reference.isprintable():
        yield SipFinding("bad-reference", f"the reference {sip.reference!r} is empty, too long or not one line")
    if not sip.files and not sip.parts:
        yield SipFinding("empty", "the package holds no file")
    documents = [document.id for document in sip.documents]
    for identifier in sorted({item for item in documents if documents.count(item) > 1}):
        yield SipFinding("double-document", f"the document {identifier!r} is named twice")
    known = set(documents)
    for file in sip.files:
        yield from _file(file, known)
    yield from _collisions([place(file) for file in sip.files])


def _file(file: SipFile, documents: set[str]) -> Iterator[SipFinding]:
    reason = unsafe(file.name)
    if reason:
        yield SipFinding("unsafe-name", f"the name {file.name!r} {reason}")
    if not _DIGEST.fullmatch(file.sha512):
        yield SipFinding("bad-digest", f"{file.name!r} comes without a SHA-512 in lower-case hex")
    if file.document is not None and file.document not in documents:
        yield SipFinding("unknown-document", f"{file.name!r} belongs to {file.document!r}, which is not described")
    try:
        size = file.path.stat().st_size if file.path.is_file() else None
    except OSError:
        size = None
    if size is None:
        yield SipFinding("missing-file", f"{file.name!r} cannot be found or read")
    elif size != file.bytes:
        yield SipFinding("wrong-size", f"{file.name!r} has {size} bytes instead of {file.bytes}")


def unsafe(name: str) -> str:
    """Why a logical path may not be used, as the rest of a sentence; empty when it may.

    Allowed is what every file system and every archive program of the last decades takes.
    """
    parts = name.split("/")
    if not name or any(part in {"", ".", ".."} for part in parts):
        return "has an empty or dotted part, or leads out of the package"
    if any(unicodedata.category(c)[0] == "C" for c in name):
        return "holds control or invisible characters"
    if unicodedata.normalize("NFC", name) != name:
        return "is not in Unicode normal form NFC"
    if _FORBIDDEN.search(name):
        return 'holds one of \\ : * ? " < > |'
    if any(part != part.strip() or part.endswith(".") for part in parts):
        return "has a part that begins or ends with a space or ends with a dot"
    if len(name.encode()) > _PATH_BYTES or any(len(part.encode()) > _PART_BYTES for part in parts):
        return "is too long"
    return ""


def _collisions(paths: list[str]) -> Iterator[SipFinding]:
    seen: dict[str, str] = {}
    for path in paths:
        folded = path.casefold()
        if folded in seen:
            yield SipFinding("double-name", f"{path!r} and {seen[folded]!r} are the same name on some file systems")
        seen[folded] = path
    for path in paths:
        parts = path.casefold().split("/")
        for depth in range(1, len(parts)):
            if "/".join(parts[:depth]) in seen:
                yield SipFinding("name-conflict", f"{path!r} lies below what is a file")
