"""The published schemas: a message is validated before it leaves and before it is believed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lxml import etree

from erecords.errors import ConfigurationError
from retention.errors import MessageRefused

VERSIONS = ("3.0.0", "3.1.0")
_ENTRY = "xdomea-Nachrichten-AussonderungDurchfuehren.xsd"
_SHOWN = 500


def namespace(version: str) -> str:
    """The XML namespace of a version."""
    return f"urn:xoev-de:xdomea:schema:{version}"


def version_of(root: etree._Element) -> str:
    """The version of a message, by its namespace.

    Raises:
        MessageRefused: it is no xdomea message of a version that this program knows.
    """
    space = etree.QName(root).namespace
    for version in VERSIONS:
        if space == namespace(version):
            return version
    known = " and ".join(VERSIONS)
    raise MessageRefused(f"The message is in {space or 'no namespace'}; xdomea {known} are understood.")


def parse(data: bytes) -> etree._Element:
    """Parse a message from outside: no entities, no network, no document type.

    Raises:
        MessageRefused: it is not well-formed, or declares a document type.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise MessageRefused(f"The message is not well-formed XML: {error.msg}. Nothing was taken in.") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise MessageRefused("The message declares a document type; that is not accepted. Nothing was taken in.")
    return root


def validate(root: etree._Element, folder: str) -> bool:
    """Hold a message against the schema of its version, in the folder of the setting ``xdomea_schemas``.

    Returns:
        False when the setting is empty, so that nothing was validated.

    Raises:
        ConfigurationError: the folder does not hold the schema.
        MessageRefused: the message is not valid; the first findings with their lines.
    """
    version = version_of(root)
    if not folder:
        return False
    schema = _schema(Path(folder), version)
    try:
        schema.assertValid(root)
    except etree.DocumentInvalid as error:
        raise MessageRefused(
            f"The message is not valid xdomea {version}, and was not used: {str(error)[:_SHOWN]}"
        ) from error
    return True


@cache
def _schema(folder: Path, version: str) -> etree.XMLSchema:
    for path in (folder / version / _ENTRY, folder / "xdomea" / version / _ENTRY):
        if path.is_file():
            return etree.XMLSchema(etree.parse(str(path), etree.XMLParser(no_network=True)))
    raise ConfigurationError(f"{folder} holds no schema of xdomea {version}; see [retention] xdomea_schemas.")
