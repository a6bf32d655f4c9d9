"""Reading our own PREMIS back: files with their formats, and events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

from lxml import etree

from archive.errors import ObjectDamaged
from archive.metadata.premis import IDENTIFICATION, NS
from archive.package import SipEvent

_P = f"{{{NS}}}"


@dataclass(frozen=True, slots=True)
class PremisFile:
    """A file as PREMIS describes it."""

    path: str
    """Inside the package."""
    sha512: str
    bytes: int
    puid: str
    format_name: str
    format_version: str
    basis: str
    original_name: str
    source: str
    """Path of what it was made from; empty when it is an original."""


@dataclass(frozen=True, slots=True)
class Premis:
    """What a ``premis.xml`` says, in its own order."""

    files: tuple[PremisFile, ...]
    events: tuple[SipEvent, ...]

    @property
    def tool(self) -> str:
        """Program and signatures of the last identification of formats; empty when there was none."""
        return next((event.agent for event in reversed(self.events) if event.type == IDENTIFICATION), "")


def read_premis(stream: BinaryIO) -> Premis:
    """Read a document that `archive.metadata.premis.write_premis` wrote; memory grows with the answer only.

    Raises:
        ObjectDamaged: it is not well-formed or lacks what we always write.
    """
    files: list[PremisFile] = []
    events: list[SipEvent] = []
    parts = etree.iterparse(
        stream, events=("end",), tag=(f"{_P}object", f"{_P}event"), resolve_entities=False, no_network=True,
        load_dtd=False,
    )  # fmt: skip
    try:
        for _, part in parts:
            if part.tag == f"{_P}event":
                events.append(_event(part))
            elif part.find(f"{_P}objectCharacteristics") is not None:
                files.append(_file(part))
            part.clear()
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ObjectDamaged(f"premis.xml of a package cannot be read: {error}") from error
    return Premis(tuple(files), tuple(events))


def _text(part: Any, *names: str) -> str:
    return part.findtext("/".join(f"{_P}{name}" for name in names)) or ""


def _file(part: Any) -> PremisFile:
    known = "objectCharacteristics"
    return PremisFile(
        path=_text(part, "objectIdentifier", "objectIdentifierValue"),
        sha512=_text(part, known, "fixity", "messageDigest"),
        bytes=int(_text(part, known, "size")),
        puid=_text(part, known, "format", "formatRegistry", "formatRegistryKey"),
        format_name=_text(part, known, "format", "formatDesignation", "formatName"),
        format_version=_text(part, known, "format", "formatDesignation", "formatVersion"),
        basis=_text(part, known, "format", "formatNote"),
        original_name=_text(part, "originalName"),
        source=_text(part, "relationship", "relatedObjectIdentifier", "relatedObjectIdentifierValue"),
    )


def _event(part: Any) -> SipEvent:
    return SipEvent(
        type=_text(part, "eventType"),
        at=_text(part, "eventDateTime"),
        detail=_text(part, "eventDetailInformation", "eventDetail"),
        outcome=_text(part, "eventOutcomeInformation", "eventOutcome"),
        agent=_text(part, "linkingAgentIdentifier", "linkingAgentIdentifierValue"),
    )
