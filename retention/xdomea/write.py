"""Messages of the giving side as XML: 0501, 0503 and 0505."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from erecords.clock import instant_text
from retention.xdomea.schema import namespace
from retention.xdomea.values import NAMES, CaseOut, DocumentOut, FileOut, Head, Kind, TransactionOut

_FORMATS = {
    "application/pdf": "018",
    "text/plain": "045",
    "image/png": "019",
    "image/tiff": "024",
    "image/jpeg": "011",
    "text/html": "008",
    "text/csv": "002",
    "application/xml": "030",
    "text/xml": "030",
    "message/rfc822": "006",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "035",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "036",
    "application/vnd.oasis.opendocument.text": "015",
}
"""Code list Dateiformat 1.0; 044 is PDF for archiving, 100 anything else."""
_ARCHIVAL, _OTHER = "044", "100"
_OPEN, _ELECTRONIC = "003", "001"


class _Builder:
    """Elements in the namespace of one version."""

    def __init__(self, version: str) -> None:
        self._space = namespace(version)

    def root(self, kind: Kind) -> etree._Element:
        name = f"{{{self._space}}}{NAMES[kind]}.{kind.value}"
        return etree.Element(name, nsmap={"xdomea": self._space})

    def add(self, parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
        element = etree.SubElement(parent, f"{{{self._space}}}{name}")
        element.text = _clean(text) if text is not None else None
        return element

    def maybe(self, parent: etree._Element, name: str, text: str | None) -> None:
        if text:
            self.add(parent, name, text)

    def code(self, parent: etree._Element, name: str, code: str, list_version: str | None = None) -> None:
        element = self.add(parent, name)
        if list_version:
            element.set("listVersionID", list_version)
        etree.SubElement(element, "code").text = code


def _clean(text: str) -> str:
    """Text without what XML cannot carry."""
    return "".join(c for c in text if c in "\t\n\r" or (c >= " " and not 0xD800 <= ord(c) <= 0xDFFF))


def offer(head: Head, cases: Sequence[CaseOut], version: str) -> etree._Element:
    """Message 0501, the list of what is offered; without files."""
    build = _Builder(version)
    root = build.root(Kind.OFFER)
    _head(build, root, head, Kind.OFFER, ("Empfangsbestaetigung",))
    for case in cases:
        _case(build, build.add(root, "Schriftgutobjekt"), case, with_files=False)
    return root


def delivery(head: Head, cases: Sequence[CaseOut], version: str) -> etree._Element:
    """Message 0503, the records themselves; their files lie beside it under the names it says."""
    build = _Builder(version)
    root = build.root(Kind.DELIVERY)
    wanted = ("Importbestaetigung", "RueckmeldungArchivkennung", "Empfangsbestaetigung")
    _head(build, root, head, Kind.DELIVERY, wanted)
    for case in cases:
        _case(build, build.add(root, "Schriftgutobjekt"), case, with_files=True)
    return root


def decisions_received(head: Head, version: str) -> etree._Element:
    """Message 0505: the archive's decisions have arrived."""
    build = _Builder(version)
    root = build.root(Kind.DECISIONS_RECEIVED)
    _head(build, root, head, Kind.DECISIONS_RECEIVED, ())
    return root


def to_bytes(root: etree._Element) -> bytes:
    """The message as a file."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _head(build: _Builder, root: etree._Element, head: Head, kind: Kind, wanted: Sequence[str]) -> None:
    element = build.add(root, "Kopf")
    build.add(element, "ProzessID", head.process)
    build.code(element, "Nachrichtentyp", kind.value)
    build.add(element, "Erstellungszeitpunkt", instant_text(head.at))
    for name, institution in (("Absender", head.sender), ("Empfaenger", head.receiver)):
        build.add(build.add(build.add(element, name), "Institution"), "Name", institution)
    product, _, number = head.product.partition(" ")
    system = build.add(element, "SendendesSystem")
    build.add(system, "Produktname", product)
    build.maybe(system, "Version", number)
    for name in wanted:
        build.add(element, name, "1")


def _case(build: _Builder, parent: etree._Element, case: CaseOut, *, with_files: bool) -> None:
    element = build.add(parent, "Akte")
    build.add(build.add(element, "Identifikation"), "ID", case.id)
    common = build.add(element, "AllgemeineMetadaten")
    build.add(common, "Betreff", case.title)
    build.add(common, "Kennzeichen", case.reference)
    build.add(common, "Federfuehrung", case.unit)
    build.code(common, "Vertraulichkeitsstufe", _OPEN)
    build.code(common, "Medium", _ELECTRONIC)
    place = build.add(common, "Aktenplaneinheit")
    build.add(place, "Kennzeichen", case.class_notation)
    build.add(place, "Inhaltsangabe", case.class_title)
    _disposal(build, element, case)
    span = build.add(element, "Laufzeit")
    build.add(span, "Beginn", case.opened.isoformat())
    build.add(span, "Ende", case.closed.isoformat())
    content = build.add(element, "Akteninhalt")
    for document in case.documents:
        _document(build, content, document, with_files=with_files)
    for run in case.transactions:
        _transaction(build, content, case, run, with_files=with_files)
    build.add(element, "ZdA", "true")
    build.add(element, "ZdADatum", case.closed.isoformat())


def _transaction(
    build: _Builder, parent: etree._Element, case: CaseOut, run: TransactionOut, *, with_files: bool
) -> None:  # fmt: skip
    element = build.add(parent, "Vorgang")
    identity = build.add(element, "Identifikation")
    build.add(identity, "ID", run.id)
    build.add(identity, "NummerImUebergeordnetenContainer", str(run.number))
    common = build.add(element, "AllgemeineMetadaten")
    build.add(common, "Betreff", run.title)
    build.add(common, "Kennzeichen", run.reference)
    build.add(common, "Federfuehrung", case.unit)
    build.code(common, "Medium", _ELECTRONIC)
    build.add(element, "Aktenbetreff", case.title)
    build.maybe(element, "Typ", run.process)
    build.add(element, "ZdA", "true")
    build.add(element, "ZdADatum", run.closed.isoformat())
    span = build.add(element, "Laufzeit")
    build.add(span, "Beginn", run.opened.isoformat())
    build.add(span, "Ende", run.closed.isoformat())
    for document in run.documents:
        _document(build, element, document, with_files=with_files)


def _disposal(build: _Builder, parent: etree._Element, case: CaseOut) -> None:
    element = build.add(parent, "ArchivspezifischeMetadaten")
    if case.years is not None:
        build.add(build.add(element, "Aufbewahrungsdauer"), "AnzahlJahre", str(case.years))
    build.code(build.add(element, "Aussonderungsart"), "Aussonderungsart", case.disposal)
    if case.suggestion:
        build.code(element, "Bewertungsvorschlag", case.suggestion)
    build.add(element, "Aufbewahrungsende", case.retained_to.isoformat())


def _document(build: _Builder, parent: etree._Element, document: DocumentOut, *, with_files: bool) -> None:
    element = build.add(parent, "Dokument")
    identity = build.add(element, "Identifikation")
    build.add(identity, "ID", document.id)
    build.add(identity, "NummerImUebergeordnetenContainer", str(document.number))
    common = build.add(element, "AllgemeineMetadaten")
    build.add(common, "Betreff", document.title)
    build.code(common, "Medium", _ELECTRONIC)
    build.maybe(element, "Posteingangsdatum", document.received.isoformat() if document.received else None)
    build.maybe(element, "DatumDesSchreibens", document.date.isoformat() if document.date else None)
    build.maybe(element, "Typ", document.type)
    if with_files:
        for number in sorted({file.version for file in document.files}):
            _version(build, element, number, [file for file in document.files if file.version == number])
    if document.sender:
        build.add(build.add(build.add(element, "Absender"), "Institution"), "Name", document.sender)


def _version(build: _Builder, parent: etree._Element, number: int, files: Sequence[FileOut]) -> None:
    element = build.add(parent, "Version")
    build.add(element, "Nummer", str(number))
    for file in files:
        form = build.add(element, "Format")
        code = _ARCHIVAL if file.archival else _FORMATS.get(file.mime, _OTHER)
        build.code(form, "Name", code, "1.0")
        if code == _OTHER:
            build.add(form, "SonstigerName", file.mime)
        build.add(form, "Version", file.puid)
        primary = build.add(form, "Primaerdokument")
        build.add(primary, "Dateiname", file.name)
        build.add(primary, "DateinameOriginal", file.original_name)
