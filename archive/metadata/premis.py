"""PREMIS 3: objects with format and digests, events, agents and rights of one version of a package."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from lxml import etree

from archive.access.closure import LAW
from archive.metadata.model import Content, PackageView
from archive.metadata.xml import child, element, emit
from archive.package import FileRole, SipEvent

NS = "http://www.loc.gov/premis/v3"
IDENTIFICATION = "format identification"
"""Event type after the vocabulary of the Library of Congress."""
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_P = f"{{{NS}}}"
_VERSIONED = re.compile(r"[A-Za-z][\w .+-]*? v?(\d+(?:\.\w+)*)(?: \(.*\))?", re.DOTALL)


def write_premis(stream: BinaryIO, view: PackageView) -> None:
    """Write ``premis.xml``, one object after the other; memory does not grow with their number."""
    with etree.xmlfile(stream, encoding="UTF-8") as xml:
        xml.write_declaration()
        with xml.element(f"{_P}premis", {"version": "3.0"}, nsmap={None: NS, "xsi": _XSI}):
            for part in _parts(view):
                emit(xml, part)


@dataclass(frozen=True, slots=True)
class PackageEvent:
    """An event with the package it happened to."""

    aip_id: str
    """URI of the archive for an event of the whole holding."""
    event: SipEvent


def write_events(stream: BinaryIO, events: Sequence[PackageEvent], software: Container[str]) -> None:
    """Write a PREMIS document of packages, events and agents; ``software`` names the agents that are programs."""
    agents: dict[str, None] = {}
    with etree.xmlfile(stream, encoding="UTF-8") as xml:
        xml.write_declaration()
        with xml.element(f"{_P}premis", {"version": "3.0"}, nsmap={None: NS, "xsi": _XSI}):
            for aip_id in dict.fromkeys(item.aip_id for item in events):
                entity = _object("intellectualEntity")
                _identifier(entity, "object", aip_id, "URI")
                emit(xml, entity)
            for number, item in enumerate(events, 1):
                agents[item.event.agent] = None
                emit(xml, _event(item.aip_id, number, item.event))
            for name in agents:
                emit(xml, _agent(name, name in software))


def _parts(view: PackageView) -> Iterator[Any]:
    yield _package(view)
    originals = view.originals
    for content in view.contents:
        yield _file(originals, content)
    for number, event in enumerate(view.events, 1):
        yield _event(view.aip_id, number, event)
    for name in dict.fromkeys(event.agent for event in view.events):
        yield _agent(name, name in {view.program, view.identifier})
    yield _rights(view)


def _identifier(parent: Any, kind: str, value: str, scheme: str) -> None:
    block = child(parent, f"{_P}{kind}Identifier")
    child(block, f"{_P}{kind}IdentifierType", scheme)
    child(block, f"{_P}{kind}IdentifierValue", value)


def _object(kind: str) -> Any:
    return element(f"{_P}object", attributes={f"{{{_XSI}}}type": kind})


def _package(view: PackageView) -> Any:
    made = _object("intellectualEntity")
    _identifier(made, "object", view.aip_id, "URI")
    _identifier(made, "object", view.sip.reference, "file reference")
    child(made, f"{_P}originalName", view.sip.title)
    if view.sip.part_of:
        _relationship(made, "structural", "is part of", "URI", view.sip.part_of.aip)
    for part in view.sip.parts:
        _relationship(made, "structural", "has part", "URI", part.aip)
    for number in range(1, len(view.events) + 1):
        block = child(made, f"{_P}linkingEventIdentifier")
        child(block, f"{_P}linkingEventIdentifierType", "local")
        child(block, f"{_P}linkingEventIdentifierValue", f"event-{number}")
    block = child(made, f"{_P}linkingRightsStatementIdentifier")
    child(block, f"{_P}linkingRightsStatementIdentifierType", "local")
    child(block, f"{_P}linkingRightsStatementIdentifierValue", "rights-1")
    return made


def _file(originals: Mapping[str, str], content: Content) -> Any:
    made = _object("file")
    _identifier(made, "object", content.path, "path in package")
    block = child(made, f"{_P}objectCharacteristics")
    fixity = child(block, f"{_P}fixity")
    child(fixity, f"{_P}messageDigestAlgorithm", "SHA-512")
    child(fixity, f"{_P}messageDigest", content.file.sha512)
    child(block, f"{_P}size", str(content.file.bytes))
    _format(block, content)
    if content.file.original_name:
        child(made, f"{_P}originalName", content.file.original_name)
    source = _original_of(originals, content)
    if source:
        _relationship(made, "derivation", "has source", "path in package", source)
    return made


def _relationship(parent: Any, kind: str, what: str, scheme: str, value: str) -> None:
    relation = child(parent, f"{_P}relationship")
    child(relation, f"{_P}relationshipType", kind)
    child(relation, f"{_P}relationshipSubType", what)
    related = child(relation, f"{_P}relatedObjectIdentifier")
    child(related, f"{_P}relatedObjectIdentifierType", scheme)
    child(related, f"{_P}relatedObjectIdentifierValue", value)


def _format(parent: Any, content: Content) -> None:
    block = child(parent, f"{_P}format")
    designation = child(block, f"{_P}formatDesignation")
    child(designation, f"{_P}formatName", content.format.name or content.file.mime or "unknown")
    if content.format.version:
        child(designation, f"{_P}formatVersion", content.format.version)
    registry = child(block, f"{_P}formatRegistry")
    child(registry, f"{_P}formatRegistryName", "PRONOM")
    child(registry, f"{_P}formatRegistryKey", content.format.puid)
    child(registry, f"{_P}formatRegistryRole", "specification")
    if content.format.basis:
        child(block, f"{_P}formatNote", content.format.basis)


def _original_of(originals: Mapping[str, str], content: Content) -> str:
    """The path of what a rendition was made from: known, or the only original of its document."""
    if content.source:
        return content.source
    if content.file.role in {FileRole.ORIGINAL, FileRole.METADATA} or content.file.document is None:
        return ""
    return originals.get(content.file.document, "")


def _event(aip_id: str, number: int, event: SipEvent) -> Any:
    made = element(f"{_P}event")
    _identifier(made, "event", f"event-{number}", "local")
    child(made, f"{_P}eventType", event.type)
    child(made, f"{_P}eventDateTime", event.at)
    child(child(made, f"{_P}eventDetailInformation"), f"{_P}eventDetail", event.detail)
    child(child(made, f"{_P}eventOutcomeInformation"), f"{_P}eventOutcome", event.outcome)
    agent = child(made, f"{_P}linkingAgentIdentifier")
    child(agent, f"{_P}linkingAgentIdentifierType", "name")
    child(agent, f"{_P}linkingAgentIdentifierValue", event.agent)
    linked = child(made, f"{_P}linkingObjectIdentifier")
    child(linked, f"{_P}linkingObjectIdentifierType", "URI")
    child(linked, f"{_P}linkingObjectIdentifierValue", aip_id)
    return made


def _agent(name: str, software: bool) -> Any:
    """An agent; a program's version stands by itself too, where its name gives one (``siegfried 1.11 (...)``)."""
    made = element(f"{_P}agent")
    _identifier(made, "agent", name, "name")
    child(made, f"{_P}agentName", name)
    known = _VERSIONED.fullmatch(name)
    child(made, f"{_P}agentType", "software" if software or known else "person")
    if known:
        child(made, f"{_P}agentVersion", known[1])
    return made


def _rights(view: PackageView) -> Any:
    made = element(f"{_P}rights")
    statement = child(made, f"{_P}rightsStatement")
    _identifier(statement, "rightsStatement", "rights-1", "local")
    child(statement, f"{_P}rightsBasis", "statute")
    statute = child(statement, f"{_P}statuteInformation")
    child(statute, f"{_P}statuteJurisdiction", "DE-SN")
    child(statute, f"{_P}statuteCitation", LAW)
    child(statute, f"{_P}statuteNote", view.closure.reason)
    granted = child(statement, f"{_P}rightsGranted")
    child(granted, f"{_P}act", "disseminate")
    until = view.closure.until
    child(granted, f"{_P}restriction", f"closed to readers until {until or 'a date is known'}")
    if until:
        child(child(granted, f"{_P}termOfRestriction"), f"{_P}startDate", view.created[:10])
        child(granted[-1], f"{_P}endDate", until.isoformat())
    if view.sip.rights.protection:
        child(granted, f"{_P}rightsGrantedNote", f"protection level of the filing plan: {view.sip.rights.protection}")
    linked = child(statement, f"{_P}linkingObjectIdentifier")
    child(linked, f"{_P}linkingObjectIdentifierType", "URI")
    child(linked, f"{_P}linkingObjectIdentifierValue", view.aip_id)
    return made
