"""Simple Dublin Core of a package, for finding aids that know nothing of case files."""

from __future__ import annotations

from typing import BinaryIO

from lxml import etree

from archive.metadata.model import PackageView
from archive.metadata.xml import child

_DC = "http://purl.org/dc/elements/1.1/"
_OAI = "http://www.openarchives.org/OAI/2.0/oai_dc/"


def write_dublin_core(stream: BinaryIO, view: PackageView) -> None:
    """Write ``dc.xml``."""
    sip = view.sip
    root = etree.Element(f"{{{_OAI}}}dc", nsmap={"oai_dc": _OAI, "dc": _DC})
    values = [
        ("title", sip.title),
        ("identifier", sip.reference),
        ("identifier", view.aip_id),
        ("creator", sip.origin or sip.unit),
        ("subject", f"{sip.class_notation} {sip.class_title}".strip()),
        ("contributor", sip.unit),
        ("date", f"{sip.opened or ''}/{sip.closed or ''}" if sip.opened or sip.closed else ""),
        ("type", "Collection"),
        ("rights", view.closure.reason),
        *(("relation", f"is part of {item.reference} ({item.aip})") for item in filter(None, [sip.part_of])),
        *(("relation", f"has part {item.reference} ({item.aip})") for item in sip.parts),
    ]
    for name, value in values:
        if value:
            child(root, f"{{{_DC}}}{name}", value)
    etree.ElementTree(root).write(stream, encoding="UTF-8", xml_declaration=True, pretty_print=True)
