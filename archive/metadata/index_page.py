"""The page that a reader of the package opens first: HTML without scripts, links relative to the package."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, BinaryIO

from archive.metadata import german, model
from archive.metadata.mets import href
from archive.metadata.model import Content, PackageView
from archive.metadata.page import head, said, size
from archive.package import SipDocument

_LONG = re.compile(r"[0-9a-f]{32}")
"""Part of a digest, after which a line may break even where the browser knows no rules of style."""
_VERSION = re.compile(r"/v([0-9]+)/")
_READING = (
    (f"{model.ORIGINALS}/data/", "die Originale, Byte für Byte wie eingegangen"),
    (f"{model.RENDITIONS}/data/", "daraus gemacht: PDF/A, Text und Bilder; im Zweifel gilt das Original"),
    (model.PACKAGE, "alle Angaben dieser Seite und weitere, als JSON"),
    (model.PREMIS, "Formate, Prüfsummen, Ereignisse und Rechte nach PREMIS 3"),
    (model.METS, "Aufbau des Pakets nach METS und E-ARK"),
    (model.MANIFEST, "SHA-512 jeder Datei; zu prüfen mit: sha512sum -c manifest-sha512.txt"),
)


def write_index(stream: BinaryIO, view: PackageView) -> None:
    """Write ``documentation/index.html`` (German, as its readers)."""
    for part in _parts(view):
        stream.write(part.encode("utf-8", "replace"))


def _parts(view: PackageView) -> Iterator[str]:
    sip = view.sip
    yield head(f"{sip.reference} {sip.title}")
    yield f'<h1>{escape(sip.title)}</h1>\n<table class="facts">\n'
    yield from _rows(view)
    yield "</table>\n"
    if sip.parts:
        yield "<h2>Vorgänge in eigenen Paketen</h2>\n<p>Jeder ist ein Paket für sich:</p>\n<ul>\n"
        for part in sip.parts:
            yield f"<li>{escape(part.reference)}, Paket <code>{escape(part.aip)}</code></li>\n"
        yield "</ul>\n"
    yield "<h2>Dokumente</h2>\n"
    yield from _documents(view)
    yield "<h2>Ereignisse</h2>\n<table>\n<thead><tr><th>Zeit</th><th>Ereignis</th><th>Ergebnis</th><th>Wer</th></tr>"
    yield "</thead>\n"
    for event in view.events:
        what = german.joined((german.event(event.type), german.text(event.detail)), ": ")
        yield _line(said(event.at), (what, german.text(event.outcome), event.agent))
    yield "</table>\n"
    yield from _how_to_read(view)


def _line(when: str, cells: Sequence[str]) -> str:
    """A row that begins with an instant, its day above its time."""
    shown = "".join(f"<td>{_wrapped(cell)}</td>" for cell in cells)
    return f'<tr><td class="when">{escape(when).replace(", ", "<br>")}</td>{shown}</tr>\n'


def _wrapped(text: str) -> str:
    """A text as HTML in which long digests may break."""
    return _LONG.sub(r"\g<0><wbr>", escape(text))


def _rows(view: PackageView) -> Iterator[str]:
    sip = view.sip
    runtime = f"{said(sip.opened or '?')} bis {said(sip.closed or '?')}"
    until = f"bis {said(view.closure.until)}" if view.closure.until else "unbestimmt"
    known = (
        ("Vorgangsnummer" if sip.kind == "transaction" else "Aktenzeichen", sip.reference),
        ("Teil der Akte", f"{sip.part_of.reference} (Paket {sip.part_of.aip})" if sip.part_of else ""),
        ("Aktenplan", f"{sip.class_notation} {sip.class_title}"),
        ("Stelle", sip.unit),
        ("Herkunft", sip.origin),
        ("Laufzeit", runtime if sip.opened or sip.closed else ""),
        ("Schutzfrist", f"{until} ({view.closure.german})"),
        ("Schutzbedarf nach Aktenplan", sip.rights.protection),
        ("Übergeben von", sip.agent),
        ("Grundlage", german.text(sip.basis)),
        ("Paket", f"{view.aip_id}, Version {view.version} vom {said(view.created)}"),
    )
    for name, value in known:
        if value.strip():
            yield f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>\n"
    yield from _named(sip.description)


def _named(values: Mapping[str, Any]) -> Iterator[str]:
    """A row for each value that says something."""
    for key, value in values.items():
        shown = _shown(german.value(key, value))
        if shown:
            yield f"<tr><th>{escape(german.LABELS.get(key, key))}</th><td>{shown}</td></tr>\n"


def _shown(value: Any) -> str:
    """A value of the metadata as HTML: tables inside tables, never code."""
    if isinstance(value, Mapping):
        rows = "".join(_named(value))
        return f"<table>{rows}</table>" if rows else ""
    if isinstance(value, list | tuple):
        parts = [part for part in map(_shown, value) if part]
        return "\n".join(parts) if any(isinstance(item, Mapping) for item in value) else ", ".join(parts)
    if isinstance(value, bool):
        return "ja" if value else "nein"
    return "" if value is None else _wrapped(said(value))


def _documents(view: PackageView) -> Iterator[str]:
    by_document: dict[str | None, list[Content]] = {}
    for content in view.contents:
        by_document.setdefault(content.file.document, []).append(content)
    yield "<table>\n<thead><tr><th>Dokument</th><th>Art, Datum, Absender</th><th>Dateien</th></tr></thead>\n"
    for document in view.sip.documents:
        about = "<br>".join(escape(value) for value in _about(document) if value)
        files = "<br>\n".join(_links(by_document.get(document.id, ())))
        title = f"{escape(document.title)}<br><small>{escape(document.id)}</small>"
        yield f"<tr><td>{title}</td><td>{about}</td><td>{files}</td></tr>\n"
    if None in by_document:
        files = "<br>\n".join(_links(by_document[None]))
        whole = "Zum Vorgang" if view.sip.kind == "transaction" else "Zur Akte"
        yield f"<tr><td>{whole}</td><td></td><td>{files}</td></tr>\n"
    yield "</table>\n"


def _about(document: SipDocument) -> tuple[str, ...]:
    letter, received = (str(document.description.get(key) or "") for key in ("letter", "received"))
    came = german.joined((f"am {said(received)}" if received else "", f"Nr. {letter}" if letter else ""))
    return document.type, said(document.date or ""), document.sender, f"Posteingang {came}" if came else ""


def _links(contents: Sequence[Content]) -> Iterator[str]:
    """Links to files, those of a document with several versions below their numbers."""
    found = [_VERSION.search(content.path) for content in contents]
    numbers = [match[1] if match else "" for match in found]
    last = ""
    for content, number in zip(contents, numbers, strict=True):
        if number != last and len(set(numbers)) > 1:
            yield f"<small>Fassung {number}:</small>"
        last = number
        yield _link(content)


def _link(content: Content) -> str:
    name = content.file.original_name or content.file.name
    known = german.joined((content.format.name or content.file.mime, content.format.version), " ")
    about = german.joined((known, content.format.puid, size(content.file.bytes)))
    link = f'<a href="../{escape(href(content.path))}">{escape(german.ROLES[content.file.role])}: {escape(name)}</a>'
    return f"{link} <small>({escape(about)})</small>"


def _how_to_read(view: PackageView) -> Iterator[str]:
    yield '<h2>Wie dieses Paket zu lesen ist</h2>\n<table class="facts">\n'
    present = {content.path for content in view.contents}
    for path, what in _READING:
        if not path.endswith("/") or any(name.startswith(path) for name in present):
            yield f"<tr><th><code>{escape(path)}</code></th><td>{escape(what)}</td></tr>\n"
    if view.sip.audit_excerpt:
        count = len(view.sip.audit_excerpt)
        what = f"Protokoll der Stelle zu diesen Unterlagen: {count} {'Einträge' if count > 1 else 'Eintrag'}"
        yield f"<tr><th><code>{escape(model.AUDIT)}</code></th><td>{what}</td></tr>\n"
    yield f"</table>\n<p>Geschrieben von {escape(view.program)}, ohne das die Dateien ebenso zu lesen sind.</p>\n"
    yield "</body></html>\n"
