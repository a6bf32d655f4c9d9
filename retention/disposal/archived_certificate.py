"""The certificate (Löschprotokoll) of an order to erase a package of the archive: JSON and PDF/A, kept for good.

It has the number of its order. What it says of a person is who acted; of the records only digests and lengths remain.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from erecords.clock import instant_text
from erecords.digest import canonical_json
from erecords.errors import NotFound
from erecords.store.blobs import BlobStore
from erecords.store.uow import UnitOfWork
from retention import pages
from retention.disposal.certificate import person
from retention.disposal.certificate_pdf import moment, named
from retention.models import ArchiveErasure

if TYPE_CHECKING:
    from archive.keeping.open_erasures import OpenErasure

FORMAT = 1
_LISTED = 5000
"""Up to so many files the page shows each; of more the JSON form alone does."""


def issue(
    work: UnitOfWork, blobs: BlobStore, order: ArchiveErasure, city: str, left: Sequence[OpenErasure]
) -> ArchiveErasure:
    """Write the certificate of an order that was just carried out; stored bytes first, then the row.

    Args:
        work: the unit of work in which the order was carried out.
        blobs: where both forms go.
        order: it names its certificate afterwards.
        city: the administration that issues it.
        left: places that still hold the package, and why.
    """
    at = work.clock.now()
    values = {"format": FORMAT, "issued": instant_text(at), "city": city, **_values(work.session, order, left)}
    as_json = blobs.put_bytes(canonical_json(values))
    as_pdf = blobs.put_bytes(write_pdf(values, as_json.sha512, at))
    order.json_sha512, order.pdf_sha512 = as_json.sha512, as_pdf.sha512
    work.log(
        "disposal.archive-certificate", f"package:{order.aip}", order, order=order.id, json=as_json.sha512,
        pdf=as_pdf.sha512,
    )  # fmt: skip
    return order


def digest_of(order: ArchiveErasure, *, as_json: bool) -> str:
    """SHA-512 of the stored certificate.

    Raises:
        NotFound: the order was not carried out.
    """
    found = order.json_sha512 if as_json else order.pdf_sha512
    if found is None:
        raise NotFound(
            f"Order {order.id} has no certificate yet. First: erecords retention archived carry-out {order.id}"
        )
    return found


def _values(session: Session, order: ArchiveErasure, left: Sequence[OpenErasure]) -> dict[str, Any]:
    def step(actor: str | None, at: datetime | None) -> dict[str, str | None]:
        return {**person(session, actor), "at": instant_text(at) if at else None}

    return {
        "number": order.id,
        "package": order.aip,
        "reference": order.reference,
        "part_of": order.part_of or None,
        "reason": order.reason,
        "ordered": step(order.ordered_by, order.ordered),
        "approved": step(order.approved_by, order.approved),
        "carried_out": step(order.carried_out_by, order.carried_out),
        "removed": json.loads(order.removed),
        "copies_open": [{"place": item.place, "until": item.until or None, "reason": item.reason} for item in left],
    }


def write_pdf(values: Mapping[str, Any], json_sha512: str, at: datetime) -> bytes:
    """The certificate as PDF/A-2b, in German; the same values give the same bytes.

    Args:
        values: the certificate's JSON.
        json_sha512: digest of that JSON as it is stored.
        at: when it was issued.
    """
    number = f"Löschprotokoll {values['number']}"
    pdf = pages.begin(number, str(values["city"]), at, f"{number}  ·  Seite {{page}} von {{{{nb}}}}")
    pages.text(pdf, str(values["city"]), size=10, gap=2)
    pages.text(pdf, number, size=18, gap=1)
    pages.text(pdf, "Nachweis über die angeordnete Löschung eines Archivpakets", size=10, gap=4)
    pages.facts(pdf, _facts(values, json_sha512))
    pdf.ln(3)
    pages.text(
        pdf,
        "Gelöscht wurden alle Fassungen des Pakets im Archiv und an den Orten für Kopien, soweit oben nicht anders "
        "genannt. Erhalten bleiben dieses Protokoll und im Archiv ein Stellvertreter ohne Inhalt.",
        size=8.5,
        gap=4,
    )
    removed = values["removed"]
    if len(removed) > _LISTED:
        pages.text(pdf, "Jede Datei steht in der JSON-Fassung, deren Prüfsumme oben genannt ist.", size=8.5)
    else:
        for thing in removed:
            pages.text(pdf, f"{thing['bytes']} Byte, SHA-512 {thing['sha512']}", size=6.5, gap=0.5)
    return pages.finished(pdf)


def _facts(values: Mapping[str, Any], json_sha512: str) -> Iterator[tuple[str, str]]:
    yield "Archivpaket", str(values["package"])
    if values["part_of"]:
        yield "Vorgang", str(values["reference"])
        yield "Akte", str(values["part_of"])
    else:
        yield "Aktenzeichen", str(values["reference"])
    yield "Grund", str(values["reason"])
    for name, key in (("Angeordnet", "ordered"), ("Genehmigt", "approved"), ("Vollzogen", "carried_out")):
        yield name, f"{named(values[key])}, {moment(values[key]['at'])}"
    size = sum(thing["bytes"] for thing in values["removed"])
    yield "Gelöscht", f"{len(values['removed'])} Dateien, {size} Byte"
    for place in values["copies_open"]:
        until = f" bis {place['until']}" if place["until"] else ""
        yield "Noch nicht gelöscht", f"{place['place']}{until}: {place['reason']}"
    yield "Ausgestellt", moment(values["issued"])
    yield "SHA-512 des Protokolls in maschinenlesbarer Form (JSON)", json_sha512
