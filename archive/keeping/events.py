"""What happened to packages since their last version, as PREMIS events: checks, copies, repairs, access, erasure.

They are read from the register and the access log, so that no check needs a new version of any object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archive.metadata.premis import PackageEvent
from archive.package import SipEvent
from archive.program import program
from archive.store import ArchiveStore

_TYPES = {
    "ingestion": "ingestion",
    "amendment": "metadata modification",
    "erasure": "deaccession",
    "fixity check": "fixity check",
    "replication": "replication",
    "repair": "recovery",
    "format identification": "format identification",
    "evidence": "digital signature generation",
    "evidence renewal": "digital signature generation",
    "copy erased": "deletion",
    "access": "dissemination",
}
"""Kind of a register entry to the term of the Library of Congress' vocabulary ``eventType``."""
_LEFT_OUT = {"kind", "at", "hash", "previous", "sequence", "aip", "agent", "actor", "damaged", "packages"}


def events(store: ArchiveStore, aip_id: str | None = None) -> Iterator[PackageEvent]:
    """Events of one package, or of all, oldest first.

    An entry about the whole holding is an event of every package that it named, or that was there at the time.
    """
    there: set[str] = set()
    for entry in (*store.register.entries(), *store.access_log.entries()):
        if entry["kind"] in {"ingestion", "amendment"}:
            there.add(entry["aip"])
        if entry["kind"] in _TYPES and (aip_id is None or _concerns(entry, aip_id, there)):
            yield PackageEvent(aip_id or entry.get("aip") or store.settings.address, _event(entry, aip_id))


def _concerns(entry: Mapping[str, Any], aip_id: str, there: set[str]) -> bool:
    if "aip" in entry:
        return bool(entry["aip"] == aip_id)
    if "packages" in entry:
        return aip_id in entry["packages"]
    return aip_id in there and entry.get("scope", "all") == "all"


def _event(entry: Mapping[str, Any], aip_id: str | None) -> SipEvent:
    told = "; ".join(f"{key}: {_short(value)}" for key, value in entry.items() if key not in _LEFT_OUT and value != "")
    detail = f"{entry['kind']}, register entry {entry['sequence']}; {told}"
    agent = entry.get("actor") or entry.get("agent") or entry.get("tool") or program()
    return SipEvent(_TYPES[entry["kind"]], entry["at"], detail, _outcome(entry, aip_id), str(agent))


def _outcome(entry: Mapping[str, Any], aip_id: str | None) -> str:
    if entry["kind"] != "fixity check":
        return "success"
    damaged = entry.get("damaged", ())
    return "fail" if (aip_id in damaged if aip_id else entry["bad"]) else "pass"


def _short(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
