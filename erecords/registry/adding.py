"""Files that a clerk adds by hand: looked at and stored first, then registered in one short unit of work."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from erecords.registry import access, content, documents, finding, rules
from erecords.registry.access import Actor
from erecords.registry.importer import Stores
from erecords.store.models import Document


def add_file(
    stores: Stores,
    actor: Actor,
    reference: str,
    path: Path,
    *,
    title: str | None = None,
    type: str = "",
    date: date | None = None,
) -> Document:
    """Put a file into an open case; a PDF or text file becomes searchable by its own text.

    Nothing is stored for an actor who may not file there. Stopped midway it leaves at most unnamed bytes in the store.

    Args:
        stores: blobs and units of work.
        actor: who files it.
        reference: of the case, in any usual spelling.
        path: the file.
        title: the file's name without ending when None.
        type: key of a document type, or empty.
        date: the document's own date.

    Raises:
        NotFound, NotPermitted, Conflict, InputRefused: as ``documents.register``.
    """
    with stores.read() as session:
        case = finding.case(session, actor, reference)
        access.require_edit(actor, case.unit, case.reference)
        rules.require_open(case)
    taken = content.take_file(stores.blobs, path)
    with stores.work() as work:
        return documents.register(
            work,
            actor,
            stores.blobs,
            finding.case(work.session, actor, reference),
            title=title if title is not None else path.stem,
            type=type,
            date=date,
            name=taken.name,
            renditions=taken.renditions,
        )


def supersede_file(stores: Stores, actor: Actor, document_id: int, path: Path) -> Document:
    """Add a file as the new version of a document; the earlier versions stay.

    Raises:
        NotFound, NotPermitted, Conflict, InputRefused: as ``documents.supersede``.
    """
    with stores.read() as session:
        case = finding.case_of(session, finding.document(session, actor, document_id))
        access.require_edit(actor, case.unit, case.reference)
        rules.require_open(case)
    taken = content.take_file(stores.blobs, path)
    with stores.work() as work:
        document = finding.document(work.session, actor, document_id)
        documents.supersede(
            work,
            actor,
            stores.blobs,
            document,
            name=taken.name,
            renditions=taken.renditions,
        )
        return document
