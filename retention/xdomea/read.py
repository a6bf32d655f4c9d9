"""Messages from the archive: out of a ZIP or an XML file, validated, as values."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from lxml import etree

from retention.errors import MessageRefused
from retention.xdomea import schema
from retention.xdomea.values import NAMES, DecisionIn, ImportIn, Kind, MessageIn, ObjectIn

_MAX_BYTES = 100_000_000
_MAX_NAMES = 1000
_OBJECTS = ("Akte", "Vorgang", "Dokument")


def message_bytes(path: Path) -> bytes:
    """The one message in a file: the XML itself, or the only XML in a ZIP.

    Raises:
        MessageRefused: there is none or more than one, a name leads out of its folder, or it is too large.
    """
    try:
        if not zipfile.is_zipfile(path):
            if path.stat().st_size > _MAX_BYTES:
                raise MessageRefused(f"{path.name} is larger than {_MAX_BYTES} bytes. Nothing was taken in.")
            return path.read_bytes()
        with zipfile.ZipFile(path) as packed:
            return _only_message(packed, path.name)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise MessageRefused(f"{path.name} cannot be read: {error}. Nothing was taken in.") from error


def _only_message(packed: zipfile.ZipFile, name: str) -> bytes:
    members = packed.infolist()
    for member in members[:_MAX_NAMES]:
        if not _is_plain(member.filename):
            raise MessageRefused(f"{name} holds {member.filename!r}, which leads elsewhere. Nothing was taken in.")
    messages = [member for member in members if member.filename.lower().endswith(".xml")]
    if len(messages) != 1 or len(members) > _MAX_NAMES:
        raise MessageRefused(f"{name} holds {len(messages)} messages instead of one. Nothing was taken in.")
    with packed.open(messages[0]) as stream:
        data = stream.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise MessageRefused(f"The message in {name} is larger than {_MAX_BYTES} bytes. Nothing was taken in.")
    return data


def _is_plain(name: str) -> bool:
    """Whether a name stands for a file directly in the package."""
    return PurePosixPath(name).name == name and "\\" not in name and name.isprintable() and name not in (".", "..")


def read(data: bytes, schemas: str) -> MessageIn:
    """A message from the archive, validated where the schemas are set.

    Raises:
        MessageRefused: it is not valid, or no message of a disposal.
        ConfigurationError: the folder of the schemas does not hold them.
    """
    root = schema.parse(data)
    version = schema.version_of(root)
    validated = schema.validate(root, schemas)
    kind = _kind(root)
    space = schema.namespace(version)
    head = root.find(f"{{{space}}}Kopf")
    if head is None:
        raise MessageRefused("The message has no head (Kopf). Nothing was taken in.")
    findings = [] if validated else ["not validated: [retention] xdomea_schemas is not set"]
    stated = head.findtext(f"{{{space}}}Nachrichtentyp/code", "").strip()
    return MessageIn(
        kind=kind,
        version=version,
        process=head.findtext(f"{{{space}}}ProzessID", "").strip().lower(),
        sender=head.findtext(f"{{{space}}}Absender/{{{space}}}Institution/{{{space}}}Name", "").strip(),
        wants_receipt=head.findtext(f"{{{space}}}Empfangsbestaetigung", "").strip() in ("true", "1"),
        findings=tuple(findings if stated == kind.value else [*findings, f"its head calls it {stated[:40]}"]),
        decisions=tuple(_decision(node, space) for node in root.findall(f"{{{space}}}BewertetesObjekt")),
        imports=tuple(_import(node, space) for node in root.findall(f"{{{space}}}AusgesondertesSGO")),
        objects=tuple(_objects(root, space)),
    )


def _objects(root: etree._Element, space: str) -> Iterator[ObjectIn]:
    wanted = {f"{{{space}}}{kind}": kind for kind in _OBJECTS}
    for node in root.iter(*wanted):
        common = f"{{{space}}}AllgemeineMetadaten/{{{space}}}"
        files = node.iterfind(f"{{{space}}}Version/{{{space}}}Format/{{{space}}}Primaerdokument/{{{space}}}Dateiname")
        yield ObjectIn(
            kind=wanted[node.tag],
            depth=sum(above.tag in wanted for above in node.iterancestors()),
            reference=node.findtext(f"{common}Kennzeichen", "").strip(),
            title=node.findtext(f"{common}Betreff", "").strip(),
            files=tuple((file.text or "").strip() for file in files),
        )


def _kind(root: etree._Element) -> Kind:
    name = etree.QName(root).localname
    for kind, word in NAMES.items():
        if name == f"{word}.{kind.value}":
            return kind
    raise MessageRefused(f"{name} is no message of a disposal that is understood here. Nothing was taken in.")


def _decision(node: etree._Element, space: str) -> DecisionIn:
    word = node.findtext(f"{{{space}}}Aussonderungsart/{{{space}}}Aussonderungsart/code")
    if word is None:
        word = node.findtext(f"{{{space}}}Aussonderungsart/{{{space}}}AussonderungsartKonfigurierbar", "")
    return DecisionIn(node.findtext(f"{{{space}}}ID", "").strip().lower(), word.strip())


def _import(node: etree._Element, space: str) -> ImportIn:
    messages = [element.text or "" for element in node.findall(f"{{{space}}}Fehlermeldung")]
    return ImportIn(
        id=node.findtext(f"{{{space}}}IDSGO", "").strip().lower(),
        successful=node.findtext(f"{{{space}}}Erfolgreich", "").strip() in ("true", "1"),
        archive_id=node.findtext(f"{{{space}}}Archivkennung", "").strip(),
        message="; ".join(messages)[:500],
    )
