"""Documents of case files: registered with their renditions, superseded by new versions, given out verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from erecords.errors import InputRefused, NotFound, StoreDamaged
from erecords.files import safe_name
from erecords.registry import access, finding, rules
from erecords.registry.access import Actor
from erecords.registry.rules import one_line
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import RenditionKind
from erecords.store.models import Case, Document, DocumentVersion, Rendition
from erecords.store.uow import UnitOfWork

if TYPE_CHECKING:
    from pathlib import Path

find = finding.document
list_documents = finding.documents

_TYPE_LENGTH = 100


@dataclass(frozen=True, slots=True)
class NewRendition:
    """A stored form that a new document version is to have; its bytes lie in the blob store already."""

    kind: RenditionKind
    sha512: str
    bytes: int
    mime: str
    puid: str = ""


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of a document with its renditions, the original first."""

    number: int
    name: str
    renditions: tuple[Rendition, ...]

    def rendition(self, kind: RenditionKind) -> Rendition | None:
        """The rendition of that kind."""
        return next((found for found in self.renditions if found.kind is kind), None)


def register(
    work: UnitOfWork,
    actor: Actor,
    blobs: BlobStore,
    case: Case,
    *,
    title: str,
    type: str = "",
    date: date | None = None,
    sender: str = "",
    received: date | None = None,
    letter: str | None = None,
    name: str,
    renditions: Sequence[NewRendition],
) -> Document:
    """Put a document into an open case. Its files are stored before, so that no row ever names missing bytes.

    Args:
        work: the unit of work.
        actor: who files it.
        blobs: the store that holds the renditions.
        case: an open case.
        title: one line; personal data.
        type: key of a document type, or empty.
        date: the letter's own date.
        sender: who wrote it; personal data.
        received: day on which it came in.
        letter: entry number of the mail book.
        name: file name under which it arrived.
        renditions: exactly one original, at most one of each other kind.

    Raises:
        NotPermitted: role or unit of the actor do not allow it.
        Conflict: the case is closed.
        InputRefused: a value is not fit.
        StoreDamaged: a rendition's bytes are not stored.
    """
    access.require_edit(actor, case.unit, case.reference)
    rules.require_open(case)
    _check_renditions(blobs, renditions)
    document = Document(
        case_id=rules.case_id(case),
        title=one_line(title, "title"),
        type=type_key(type),
        date=date,
        sender=one_line(sender, "sender", may_be_empty=True),
        received=received,
        letter=letter,
    )
    work.add(document)
    rows = _add_version(work, document, 1, name, renditions)
    work.log(
        "document.register",
        _subject(document),
        document,
        *rows,
        personal=_living({"title": document.title, "sender": document.sender, "name": name}),
        case=case.reference,
        type=document.type,
        letter=letter,
        files={rendition.kind.value: rendition.sha512 for rendition in renditions},
    )
    work.index("document", document_id(document))
    return document


def supersede(
    work: UnitOfWork,
    actor: Actor,
    blobs: BlobStore,
    document: Document,
    *,
    name: str,
    renditions: Sequence[NewRendition],
) -> DocumentVersion:
    """Add a new version to a document of an open case; earlier versions are kept unchanged.

    Raises:
        NotPermitted, Conflict, StoreDamaged: as ``register``.
    """
    case = finding.case_of(work.session, document)
    access.require_edit(actor, case.unit, case.reference)
    rules.require_open(case)
    _check_renditions(blobs, renditions)
    number = versions(work.session, document)[-1].number + 1
    rows = _add_version(work, document, number, name, renditions)
    document.version += 1
    work.log(
        "document.supersede",
        _subject(document),
        document,
        *rows,
        personal=_living({"name": name}),
        case=case.reference,
        number=number,
        files={rendition.kind.value: rendition.sha512 for rendition in renditions},
    )
    work.index("document", document_id(document))
    version = rows[0]
    assert isinstance(version, DocumentVersion)
    return version


def document_id(document: Document) -> int:
    """The database id of a stored document."""
    if document.id is None:
        raise ValueError("the document is not stored yet")
    return document.id


def _subject(document: Document) -> str:
    return f"document:{document.id}"


def _living(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def type_key(text: str) -> str:
    """The key of a document type.

    Raises:
        InputRefused: it cannot be one.
    """
    if len(text) > _TYPE_LENGTH or not all(c.isalnum() or c in "-_." for c in text):
        raise InputRefused(f"{text[:60]!r} is no key of a document type. Nothing was changed.")
    return text


def _check_renditions(blobs: BlobStore, renditions: Sequence[NewRendition]) -> None:
    kinds = [rendition.kind for rendition in renditions]
    if kinds.count(RenditionKind.ORIGINAL) != 1 or len(set(kinds)) != len(kinds):
        raise ValueError("a version has one original and at most one rendition of each other kind")
    for rendition in renditions:
        if not blobs.exists(rendition.sha512):
            raise StoreDamaged(f"The bytes {rendition.sha512[:16]}... are not stored. Nothing was registered.")


def _add_version(
    work: UnitOfWork, document: Document, number: int, name: str, renditions: Sequence[NewRendition]
) -> list[DocumentVersion | Rendition]:
    version = DocumentVersion(
        document_id=document_id(document), number=number, created=work.clock.now(), name=safe_name(name)
    )
    work.add(version)
    assert version.id is not None
    rows = [
        Rendition(
            version_id=version.id,
            kind=new.kind,
            sha512=new.sha512,
            bytes=new.bytes,
            mime=new.mime,
            puid=new.puid,
        )
        for new in renditions
    ]
    work.session.add_all(rows)
    return [version, *rows]


def versions(session: Session, document: Document) -> list[VersionView]:
    """All versions of a document with their renditions, the current one last."""
    query = select(DocumentVersion).where(DocumentVersion.document_id == document.id)
    found = session.exec(query.order_by(col(DocumentVersion.number))).all()
    return [VersionView(version.number, version.name, _renditions(session, version)) for version in found]


def _renditions(session: Session, version: DocumentVersion) -> tuple[Rendition, ...]:
    rows = session.exec(select(Rendition).where(Rendition.version_id == version.id)).all()
    order = list(RenditionKind)
    return tuple(sorted(rows, key=lambda row: order.index(row.kind)))


def current(session: Session, document: Document) -> VersionView:
    """The current version of a document."""
    return versions(session, document)[-1]


def text(session: Session, actor: Actor, blobs: BlobStore, document_number: int) -> str:
    """The text of a document's current version; pages are separated by form feeds, empty when it has none.

    Raises:
        NotFound: no document of that number that the actor may see.
        StoreDamaged: the text is missing in the store.
    """
    return text_of(session, blobs, finding.document(session, actor, document_number))


def text_of(session: Session, blobs: BlobStore, document: Document) -> str:
    """The text of a document's current version, whoever asks: for the indexer."""
    found = current(session, document).rendition(RenditionKind.TEXT)
    return blobs.read(found.sha512).decode("utf-8", errors="replace") if found else ""


def stored_file(
    session: Session, actor: Actor, blobs: BlobStore, document_number: int, kind: RenditionKind
) -> tuple[VersionView, Path]:
    """The current version of a document and the path of one of its renditions, verified against its digest.

    Raises:
        NotFound: no such document that the actor may see, or it has no such rendition.
        StoreDamaged: the stored bytes are missing or changed; nothing is given out.
    """
    document = finding.document(session, actor, document_number)
    version = current(session, document)
    found = version.rendition(kind)
    if found is None:
        has = ", ".join(rendition.kind.value for rendition in version.renditions)
        raise NotFound(f"Document {document_number} has no rendition {kind.value!r}; it has: {has}.")
    return version, blobs.verified(found.sha512)
