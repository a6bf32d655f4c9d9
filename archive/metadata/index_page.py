"""The page that a reader of the package opens first: HTML without scripts, links relative to the package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, BinaryIO

from archive.metadata.mets import href
from archive.metadata.model import Content, PackageView

_STYLE = (
    "body{font:16px/1.5 sans-serif;margin:2em auto;max-width:60em;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #999;padding:.3em .6em;text-align:left;"
    "vertical-align:top}th{background:#eee}code{font-size:90%;word-break:break-all}"
)


_LABELS = {
    "id": "Nummer",
    "title": "Titel",
    "state": "Stand",
    "transactions": "Vorgänge",
    "process": "Prozess",
    "process_title": "Prozess, Name",
    "opened": "Beginn",
    "closed": "Ende",
    "documents": "Dokumente",
    "package": "Archivpaket",
    "key": "Schlüssel der Akte",
    "former_references": "Frühere Aktenzeichen",
    "events": "Ereignisse der Akte",
    "disposal": "Aussonderung",
    "list": "Aussonderungsliste",
    "list_digest": "Prüfsumme der Liste",
    "rule": "Aufbewahrungsregel",
    "rule_version": "Fassung der Regel",
    "rule_title": "Titel der Regel",
    "trigger": "Fristbeginn durch",
    "trigger_date": "Fristbeginn am",
    "retained_to": "Aufzubewahren bis",
    "further": "Weitere Regeln, Ablaufhemmungen",
    "rule_versions": "Fassungen der Regeln zu Lebzeiten der Akte",
    "suspension": "Ablaufhemmung",
    "basis": "Grundlage",
    "kind_of_basis": "Art der Grundlage",
    "of": "Gilt für",
    "due": "Frei ab",
    "start": "Fristbeginn ab",
    "kind": "Art der Frist",
    "years": "Jahre",
    "months": "Monate",
    "days": "Tage",
    "from": "Ab",
    "to": "Bis",
    "appraisal": "Bewertung",
    "decided_by": "Entschieden von",
    "proposed_by": "Vorgeschlagen von",
    "approved_by": "Genehmigt von",
}
"""German names of what the office's own metadata are called; others keep theirs."""


def write_index(stream: BinaryIO, view: PackageView) -> None:
    """Write ``documentation/index.html`` (German, as its readers)."""
    for part in _parts(view):
        stream.write(part.encode("utf-8", "replace"))


def _parts(view: PackageView) -> Iterator[str]:
    sip = view.sip
    yield (
        f'<!DOCTYPE html>\n<html lang="de"><head><meta charset="utf-8"><title>{escape(sip.reference)} '
        f"{escape(sip.title)}</title>\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<style>{_STYLE}</style></head><body>\n<h1>{escape(sip.title)}</h1>\n<table>\n"
    )
    yield from _rows(view)
    yield "</table>\n"
    if sip.parts:
        yield "<h2>Vorgänge in eigenen Paketen</h2>\n<p>Jeder ist ein Paket für sich:</p>\n<ul>\n"
        for part in sip.parts:
            yield f"<li>{escape(part.reference)}, Paket <code>{escape(part.aip)}</code></li>\n"
        yield "</ul>\n"
    yield "<h2>Dokumente</h2>\n"
    yield from _documents(view)
    yield "<h2>Ereignisse</h2>\n<table><tr><th>Zeit</th><th>Ereignis</th><th>Ergebnis</th><th>Wer</th></tr>\n"
    for event in view.events:
        cells = (event.at, f"{event.type}: {event.detail}", event.outcome, event.agent)
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>\n"
    yield (
        "</table>\n<p>Alle Angaben: <code>metadata/descriptive/package.json</code>; Herkunft und Rechte: "
        "<code>metadata/preservation/premis.xml</code>; Prüfsummen: <code>manifest-sha512.txt</code>.</p>\n"
        "</body></html>\n"
    )


def _rows(view: PackageView) -> Iterator[str]:
    sip = view.sip
    runtime = f"{sip.opened or '?'} bis {sip.closed or '?'}"
    known = (
        ("Vorgangsnummer" if sip.kind == "transaction" else "Aktenzeichen", sip.reference),
        ("Teil der Akte", f"{sip.part_of.reference} (Paket {sip.part_of.aip})" if sip.part_of else ""),
        ("Aktenplan", f"{sip.class_notation} {sip.class_title}"),
        ("Stelle", sip.unit),
        ("Herkunft", sip.origin),
        ("Laufzeit", runtime if sip.opened or sip.closed else ""),
        ("Schutzfrist", f"bis {view.closure.until or 'unbestimmt'} ({view.closure.reason})"),
        ("Übergeben von", sip.agent),
        ("Grundlage", sip.basis),
        ("Paket", f"{view.aip_id}, Version {view.version} vom {view.created}"),
    )
    for name, value in known:
        if value.strip():
            yield f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>\n"
    yield from _named(sip.description)


def _named(values: Mapping[str, Any]) -> Iterator[str]:
    """A row for each value that says something."""
    for key, value in values.items():
        shown = _shown(value)
        if shown:
            yield f"<tr><th>{escape(_LABELS.get(key, key))}</th><td>{shown}</td></tr>\n"


def _shown(value: Any) -> str:
    """A value of the metadata as HTML: tables inside tables, never code."""
    if isinstance(value, Mapping):
        rows = "".join(_named(value))
        return f"<table>{rows}</table>" if rows else ""
    if isinstance(value, list | tuple):
        parts = [part for part in map(_shown, value) if part]
        return "\n".join(parts) if any(isinstance(item, Mapping) for item in value) else ", ".join(parts)
    return "" if value is None else escape(str(value))


def _documents(view: PackageView) -> Iterator[str]:
    by_document: dict[str | None, list[Content]] = {}
    for content in view.contents:
        by_document.setdefault(content.file.document, []).append(content)
    yield "<table><tr><th>Dokument</th><th>Art, Datum, Absender</th><th>Dateien</th></tr>\n"
    for document in view.sip.documents:
        about = "<br>".join(escape(v) for v in (document.type, str(document.date or ""), document.sender) if v)
        files = "<br>".join(_link(content) for content in by_document.get(document.id, ()))
        yield f"<tr><td>{escape(document.id)}<br>{escape(document.title)}</td><td>{about}</td><td>{files}</td></tr>\n"
    if None in by_document:
        files = "<br>".join(_link(content) for content in by_document[None])
        whole = "Zum Vorgang" if view.sip.kind == "transaction" else "Zur Akte"
        yield f"<tr><td>{whole}</td><td></td><td>{files}</td></tr>\n"
    yield "</table>\n"


def _link(content: Content) -> str:
    name = content.file.original_name or content.file.name
    label = f"{content.file.role.value}: {name} ({content.format.puid}, {content.file.bytes} Byte)"
    return f'<a href="../{escape(href(content.path))}">{escape(label)}</a>'
