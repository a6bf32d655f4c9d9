"""The page of a DIP: what it is, where it comes from, and links to its files."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from archive.metadata.mets import href
from archive.metadata.model import NORMALISED
from archive.metadata.page import head, said
from archive.package import Aip


def dip_page(aip: Aip, names: Sequence[str]) -> bytes:
    """HTML without scripts, in German as its readers."""
    documents = {document["id"]: document for document in aip.package.get("documents", [])}
    owner = {file["name"]: documents.get(file["document"], {}) for file in aip.package.get("files", [])}
    owner |= {name: owner[original] for name in names if (original := _original(name)) in owner}
    rows = "".join(_row(name, owner.get(name, {})) for name in names)
    page = (
        f"{head(f'{aip.reference} {aip.title}')}"
        f"<h1>{escape(aip.title)}</h1>\n<p>{escape(aip.reference)}, Archivpaket {escape(aip.id)}, "
        f"Version {escape(aip.version)}. Nutzungsexemplar; maßgeblich ist das Archivpaket.</p>\n"
        f"{_related(aip)}"
        "<table>\n<thead><tr><th>Dokument</th><th>Datum</th><th>Absender</th><th>Datei</th></tr></thead>\n"
        f"{rows}</table>\n</body></html>\n"
    )
    return page.encode("utf-8", "replace")


def _original(name: str) -> str:
    """The name of what a rendition of the archive was made from, whichever way the DIP names the rendition."""
    return name.removeprefix(f"{NORMALISED}/").removesuffix(".pdf")


def _related(aip: Aip) -> str:
    whole, parts = aip.package.get("part_of"), aip.package.get("parts") or ()
    text = f"<p>Teil der Akte {escape(whole['reference'])}</p>\n" if whole else ""
    items = "".join(f"<li>{escape(part['reference'])}</li>" for part in parts)
    return text + (f"<p>Vorgänge, jeder ein Paket für sich:</p>\n<ul>{items}</ul>\n" if items else "")


def _row(name: str, document: dict[str, str]) -> str:
    cells = [said(document.get(key) or "") for key in ("title", "date", "sender")]
    link = f'<a href="{escape(href(name))}">{escape(name.rpartition("/")[2])}</a>'
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + f"<td>{link}</td></tr>\n"
