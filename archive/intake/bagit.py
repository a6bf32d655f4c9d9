"""Reading a bag (BagIt 0.93 to 1.0, RFC 8493): complete, unchanged, and nothing fetched from anywhere."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from archive.access.bag import decode_path
from archive.intake.reading import Collector, Digested, PackageRead, digest_file, file_of, walk
from archive.ocfl import digests
from archive.package import FileRole, Rights, Sip, SipDocument, SipFile
from archive.sip_check import unsafe

_VERSIONS = ("0.93", "0.94", "0.95", "0.96", "0.97", "1.0")
_MANIFEST = re.compile(r"(tag)?manifest-([a-z0-9]+)\.txt")
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+\*?(.+)")


@dataclass
class _Bag:
    folder: Path
    found: Collector
    version: str = ""
    encoding: str = "utf-8"
    manifests: dict[str, dict[str, str]] = field(default_factory=dict)
    """Algorithm to path and digest, payload."""
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    read: dict[str, Digested] = field(default_factory=dict)


def read_bag(folder: Path, name: str) -> PackageRead:
    """Read and check a bag; all findings."""
    bag = _Bag(folder, Collector())
    files = list(walk(folder, bag.found))
    _declaration(bag)
    for path in files:
        match = _MANIFEST.fullmatch(path)
        if match:
            _manifest(bag, path, match[2], bag.tags if match[1] else bag.manifests)
    payload = [path for path in files if path.startswith("data/")]
    if not bag.manifests:
        bag.found.bad("no-manifest", "the bag has no payload manifest")
    _compare(bag, payload, files)
    _holes(bag, files)
    info = _information(bag)
    _oxum(bag, info, payload)
    return PackageRead(_sip(bag, name, info, payload, files), tuple(bag.found.findings), tuple(bag.found.warnings))


def _declaration(bag: _Bag) -> None:
    try:
        lines = (bag.folder / "bagit.txt").read_text("utf-8", "strict").splitlines()
    except (OSError, UnicodeDecodeError):
        bag.found.bad("no-declaration", "bagit.txt is missing or unreadable")
        return
    values = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    bag.version = values.get("BagIt-Version", "")
    if bag.version not in _VERSIONS:
        bag.found.bad("unknown-version", f"bagit.txt names the version {bag.version!r}")
    encoding = values.get("Tag-File-Character-Encoding", "")
    if encoding.upper() in {"UTF-8", "UTF-16", "ISO-8859-1", "US-ASCII"}:
        bag.encoding = encoding
    else:
        bag.found.bad("unknown-encoding", f"bagit.txt names the encoding {encoding!r}")


def _text(bag: _Bag, path: str) -> str:
    try:
        return (bag.folder / path).read_bytes().decode(bag.encoding)
    except (OSError, UnicodeDecodeError) as error:
        bag.found.bad("unreadable-tag-file", f"{path} cannot be read: {error}")
        return ""


def _manifest(bag: _Bag, path: str, algorithm: str, into: dict[str, dict[str, str]]) -> None:
    if not digests.known(algorithm):
        bag.found.odd("unknown-algorithm", f"{path} cannot be checked")
        return
    entries = into.setdefault(algorithm, {})
    for number, line in enumerate(_text(bag, path).splitlines(), 1):
        match = _LINE.fullmatch(line.rstrip())
        if match is None:
            if line.strip():
                bag.found.bad("bad-manifest", f"line {number} of {path} is not DIGEST PATH")
            continue
        name = decode_path(match[2]) if bag.version == "1.0" else match[2]
        name = name.removeprefix("./")
        if unsafe(name):
            bag.found.bad("unsafe-name", f"{path} names {name!r}, which {unsafe(name)}")
        elif name in entries and entries[name] != match[1].lower():
            bag.found.bad("bad-manifest", f"{path} names {name!r} twice")
        else:
            entries[name] = match[1].lower()


def _compare(bag: _Bag, payload: list[str], files: list[str]) -> None:
    present = set(files)
    listed = {name for entries in bag.manifests.values() for name in entries}
    folded = {name.casefold() for name in present}
    for name in sorted(listed - present):
        alias = next((other for other in present if _same(other, name)), None)
        if alias:
            bag.found.odd("other-spelling", f"{name!r} is stored as {alias!r}")
        elif name.casefold() in folded:
            bag.found.odd("case-only", f"{name!r} differs from another name only in upper and lower case")
        else:
            bag.found.bad("missing-file", f"{name!r} is in a manifest, but not there")
    for algorithm, entries in bag.manifests.items():
        for name in sorted(set(payload) - set(entries)):
            if not any(_same(name, other) for other in entries):
                bag.found.bad("surplus-file", f"{name!r} is not in the {algorithm} manifest")
    checked = listed | {name for entries in bag.tags.values() for name in entries}
    for name in sorted(present & checked | set(payload)):
        _digests(bag, name)
    for name in sorted({name for entries in bag.tags.values() for name in entries} - present):
        bag.found.bad("missing-file", f"the tag file {name!r} is missing")


def _digests(bag: _Bag, name: str) -> None:
    blocks = [*bag.manifests.items(), *bag.tags.items()]
    wanted = [(algorithm, entries[name]) for algorithm, entries in blocks if name in entries]
    bag.read[name] = digest_file(bag.folder / name, frozenset(algorithm for algorithm, _ in wanted))
    for algorithm, digest in wanted:
        if bag.read[name].others.get(algorithm) != digest:
            bag.found.bad("wrong-digest", f"{name!r} has another {algorithm} than its manifest says")


def _same(one: str, two: str) -> bool:
    return one != two and unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", two)


def _holes(bag: _Bag, files: list[str]) -> None:
    if "fetch.txt" not in files:
        return
    for line in _text(bag, "fetch.txt").splitlines():
        parts = line.split(None, 2)
        if len(parts) == 3 and parts[2] not in files:
            bag.found.bad("incomplete", f"{parts[2]!r} would have to be fetched from {parts[0]}; nothing is fetched")


def _information(bag: _Bag) -> dict[str, str]:
    if not (bag.folder / "bag-info.txt").is_file():
        return {}
    values: dict[str, str] = {}
    last = ""
    for line in _text(bag, "bag-info.txt").splitlines():
        if line[:1] in {" ", "\t"} and last:
            values[last] += f" {line.strip()}"
        elif ":" in line:
            last, _, value = line.partition(":")
            values[last] = value.strip()
    return values


def _oxum(bag: _Bag, info: dict[str, str], payload: list[str]) -> None:
    oxum = info.get("Payload-Oxum", "")
    size = sum(bag.read[name].bytes for name in payload if name in bag.read)
    if re.fullmatch(r"\d+\.\d+", oxum) and oxum != f"{size}.{len(payload)}":
        bag.found.bad("wrong-oxum", f"Payload-Oxum is {oxum}, found {size}.{len(payload)}")


def _sip(bag: _Bag, name: str, info: dict[str, str], payload: list[str], files: list[str]) -> Sip:
    content = [_file(bag, path, path.removeprefix("data/"), FileRole.ORIGINAL, "bag") for path in payload]
    tags = [_file(bag, path, f"bag/{path}", FileRole.METADATA, None) for path in files if path not in set(payload)]
    reference = info.get("External-Identifier") or name
    title = info.get("External-Description") or name
    return Sip(
        reference=" ".join(reference.split()),
        title=title,
        class_notation="",
        class_title="",
        unit="",
        opened=None,
        closed=None,
        description={"bag-info": info},
        documents=(SipDocument("bag", title, "bag", None, info.get("Source-Organization", "")),),
        files=tuple(content + tags),
        audit_excerpt=(),
        rights=Rights(),
        agent=info.get("Contact-Name", ""),
        basis="",
        kind="bag",
        origin=info.get("Source-Organization", ""),
    )


def _file(bag: _Bag, path: str, name: str, role: FileRole, document: str | None) -> SipFile:
    read = bag.read.get(path) or digest_file(bag.folder / path)
    return file_of(bag.folder / path, name, read, role, document)
