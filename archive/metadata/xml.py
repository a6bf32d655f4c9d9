"""Helpers for XML that is written as a stream and read without entities or network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, BinaryIO

from lxml import etree

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value: str) -> str:
    """A value fit for XML 1.0: characters that it cannot hold are replaced by U+FFFD."""
    return value if value.isprintable() else _FORBIDDEN.sub("\ufffd", value)


def element(tag: str, content: str | None = None, attributes: Mapping[str, str] | None = None) -> Any:
    """An element without children."""
    made = etree.Element(tag, {key: text(value) for key, value in attributes.items()} if attributes else None)
    if content is not None:
        made.text = text(content)
    return made


def child(parent: Any, tag: str, content: str | None = None, attributes: Mapping[str, str] | None = None) -> Any:
    """Append an element and return it."""
    known = {key: text(value) for key, value in attributes.items()} if attributes else None
    made = etree.SubElement(parent, tag, known)
    if content is not None:
        made.text = text(content)
    return made


def emit(xml: Any, made: Any, depth: int = 1) -> None:
    """Write an element with its children into an open ``etree.xmlfile``, indented, with the prefixes of the root."""
    xml.write("\n" + " " * depth)
    with xml.element(made.tag, dict(made.attrib)):
        if made.text:
            xml.write(made.text)
        for part in made:
            emit(xml, part, depth + 1)
        if len(made):
            xml.write("\n" + " " * depth)


def safe_parse(stream: BinaryIO) -> Any:
    """Parse a document from outside: no entities, no network, no huge trees.

    Raises:
        lxml.etree.XMLSyntaxError: it is not well formed or declares a document type with entities.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.parse(stream, parser)
