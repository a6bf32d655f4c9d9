"""Reading an E-ARK information package (CSIP 2): what its METS files name is there and unchanged, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from archive.intake.reading import Collector, Digested, PackageRead, digest_file, file_of, walk
from archive.metadata.model import MANIFEST
from archive.metadata.xml import safe_parse
from archive.ocfl import digests
from archive.package import FileRole, Rights, Sip, SipDocument
from archive.sip_check import unsafe

_METS = "{http://www.loc.gov/METS/}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_FORMAT = "{https://DILCIS.eu/XML/METS/SIPExtensionMETS}FILEFORMATKEY"
_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_PLACEHOLDERS = {".gitkeep", ".keep"}


@dataclass(frozen=True, slots=True)
class _Named:
    """A file that a METS document names."""

    path: str
    algorithm: str
    digest: str
    mime: str
    puid: str
    """As the E-ARK SIP specification lets the maker say it (``sip:FILEFORMATKEY``)."""


def read_eark(folder: Path, name: str) -> PackageRead:
    """Read and check a package; all findings."""
    found = Collector()
    files = [path for path in walk(folder, found) if PurePosixPath(path).name not in _PLACEHOLDERS]
    root = _parse(folder, "METS.xml", found) if "METS.xml" in files else None
    if root is None:
        if "METS.xml" not in files:
            found.bad(
                "no-mets", "there is no METS.xml, no bagit.txt, no xdomea message 0503 and no metadata.csv at its top"
            )
        return PackageRead(None, tuple(found.findings))
    named = {item.path: item for item in _named(folder, root, found, set(files))}
    read = {path: _check(folder, path, named.get(path), found) for path in files}
    for path in sorted(set(named) - set(files)):
        found.bad("missing-file", f"{path!r} is named in METS, but not there")
    for path in files:
        if path not in named and PurePosixPath(path).name not in {"METS.xml", MANIFEST}:
            found.bad("surplus-file", f"{path!r} is named in no METS file")
    if MANIFEST in files:
        _check_manifest(folder, read, found)
    if not any(_is_content(path) for path in files):
        found.bad("empty", "no representation holds a file")
    return PackageRead(_sip(folder, name, root, named, read), tuple(found.findings), tuple(found.warnings))


def _parse(folder: Path, path: str, found: Collector) -> Any:
    try:
        with (folder / path).open("rb") as stream:
            return safe_parse(stream).getroot()
    except (etree.XMLSyntaxError, OSError) as error:
        found.bad("bad-mets", f"{path} cannot be read: {error}")
        return None


def _named(folder: Path, root: Any, found: Collector, files: set[str]) -> Iterator[_Named]:
    """Files that METS.xml and the documents that it points to name; each document is read once."""
    unread, todo = files - {"METS.xml"}, [("METS.xml", root)]
    while todo:
        place, document = todo.pop(0)
        for node in document.iter(f"{_METS}mdRef", f"{_METS}file", f"{_METS}mptr"):
            path = _path(place, node, found)
            if path is None:
                continue
            algorithm, digest = _ALGORITHMS.get(node.get("CHECKSUMTYPE", ""), ""), node.get("CHECKSUM", "").lower()
            yield _Named(path, algorithm, digest, node.get("MIMETYPE", ""), node.get(_FORMAT, ""))
            if node.tag == f"{_METS}mptr" and path in unread:
                unread.discard(path)
                inner = _parse(folder, path, found)
                todo += [(path, inner)] if inner is not None else []


def _path(place: str, node: Any, found: Collector) -> str | None:
    """Where a file lies that a METS document names, None with a finding where that cannot be said."""
    locator = node.find(f"{_METS}FLocat") if node.tag == f"{_METS}file" else node
    target = locator.get(_HREF) if locator is not None else None
    if not target:
        found.bad("bad-mets", f"{place} names a file without an address")
        return None
    path = _inside(PurePosixPath(place).parent, target)
    if path is None:
        found.bad("outside", f"{place} names {target!r}, which lies outside the package; nothing is fetched")
    return path


def _inside(base: PurePosixPath, target: str) -> str | None:
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    if parts.scheme or parts.netloc or parts.query:
        return None
    path = (base / unquote(parts.path).removeprefix("./")).as_posix()
    return None if unsafe(path) else path


def _check(folder: Path, path: str, named: _Named | None, found: Collector) -> Digested:
    algorithm = named.algorithm if named else ""
    read = digest_file(folder / path, frozenset({algorithm} if digests.known(algorithm) else ()))
    if named and named.digest and algorithm in read.others and read.others[algorithm] != named.digest:
        found.bad("wrong-digest", f"{path!r} has another {algorithm} than METS says")
    return read


def _check_manifest(folder: Path, read: dict[str, Digested], found: Collector) -> None:
    """Our own exports bring a list of SHA-512 that covers METS.xml too."""
    for line in (folder / MANIFEST).read_text(encoding="utf-8", errors="replace").splitlines():
        digest, _, path = line.partition("  ")
        if path not in read or read[path].sha512 != digest:
            found.bad("wrong-digest", f"{path!r} is not as {MANIFEST} says")


def _is_content(path: str) -> bool:
    return path.startswith("representations/") and "/data/" in path


def _sip(folder: Path, name: str, root: Any, named: dict[str, _Named], read: dict[str, Digested]) -> Sip:
    files = []
    for path, digested in read.items():
        content = _is_content(path)
        role = FileRole.ORIGINAL if content else FileRole.METADATA
        place = path if content else f"eark/{path}"
        mime, puid = (named[path].mime, named[path].puid) if path in named else ("", "")
        files.append(file_of(folder / path, place, digested, role, "package" if content else None, mime, puid))
    reference = root.get("OBJID") or name
    title = root.get("LABEL") or reference
    makers = [node.text or "" for node in root.findall(f"{_METS}metsHdr/{_METS}agent/{_METS}name")]
    return Sip(
        reference=" ".join(reference.split()),
        title=title,
        class_notation="",
        class_title="",
        unit="",
        opened=None,
        closed=None,
        description={"profile": root.get("PROFILE", ""), "type": root.get("TYPE", "")},
        documents=(SipDocument("package", title, root.get("TYPE", ""), None, ""),),
        files=tuple(files),
        audit_excerpt=(),
        rights=Rights(),
        agent=makers[0] if makers else "",
        basis="",
        kind="eark",
        origin=makers[-1] if makers else "",
    )
