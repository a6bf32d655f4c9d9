"""The indexer: it alone writes the index, after the commit, from the outbox.

The index keeps the sequence of the last outbox row that it contains; what comes after is applied again after a crash.
That is harmless, because an entry is always made from the records as they are now.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from erecords.clock import Clock, SystemClock
from erecords.config import SearchSettings, Settings
from erecords.errors import Conflict, StoreDamaged
from erecords.registry import indexable
from erecords.registry.indexable import Indexable
from erecords.search.engines.opening import open_index
from erecords.search.engines.record import mark
from erecords.search.errors import IndexMissing, IndexOutdated
from erecords.search.forgetting import forget, forget_unexplained
from erecords.search.index import IndexDocument, Kind, Progress, SearchIndex
from erecords.search.shelf import Shelf
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import OutboxOperation
from erecords.store.models import Case, Document, Outbox


@dataclass(frozen=True)
class Records:
    """Where entries are made from: the registry with its stored bytes, and the things of packages above it."""

    blobs: BlobStore
    shelves: Sequence[Shelf] = ()
    clock: Clock = field(default_factory=SystemClock)


_ROWS = 1_000
_AT_ONCE = 500
_PATIENCE = 5.0
_PAUSE = 0.05


def catch_up(engine: Engine, records: Records, home: Path, settings: Settings) -> None:
    """Let the index follow the database: apply the outbox rows that it does not contain yet.

    What was destroyed is purged before this returns. An index that is missing is built; one that another version made
    is left as it is, and every search says that it needs a rebuild. While another process writes, this waits for some
    seconds and then leaves the work to it or to the next call; a purge is left to a rebuild that is under way.

    Raises:
        PurgeFailed: destroyed entries could not be removed from the files.
    """
    try:
        with closing(_opened(home, settings)) as index:
            _patiently(lambda: _follow(engine, records, index))
    except IndexMissing:
        _patiently(lambda: rebuild(engine, records, home, settings))
    except IndexOutdated:
        return


def rebuild(engine: Engine, records: Records, home: Path, settings: Settings, progress: Progress | None = None) -> None:
    """Build the index anew beside the present one, which serves searches meanwhile, and switch.

    The present one first lets go of what was destroyed, since it alone tells which queries named that. Where it is
    missing or outdated, the queries go that find nothing in the new one.

    Raises:
        Conflict: another process is rebuilding the index.
        PurgeFailed: destroyed entries could not be removed from the files of the present one.
    """
    lost = not _caught_up(engine, records, home, settings)
    with closing(open_index(home, settings.section(SearchSettings).engine, anew=True)) as index:
        with Session(engine) as session:
            last = _last(session)
            index.rebuild(_everything(session, records), last, progress)
        _patiently(lambda: _follow(engine, records, index))
        if lost and _any_destroyed(engine):
            forget_unexplained(engine, records.clock, index)


def _caught_up(engine: Engine, records: Records, home: Path, settings: Settings) -> bool:
    """Let the present index forget what was destroyed; whether there is one that could."""
    try:
        with closing(_opened(home, settings)) as index:
            _patiently(lambda: _follow(engine, records, index))
            with Session(engine) as session:
                return index.sequence >= _last(session)
    except (IndexMissing, IndexOutdated):
        return False


def _any_destroyed(engine: Engine) -> bool:
    with Session(engine) as session:
        removed = select(Outbox.sequence).where(Outbox.operation == OutboxOperation.REMOVE)
        return session.exec(removed.limit(1)).first() is not None


def check(engine: Engine, records: Records, home: Path, settings: Settings) -> Iterator[str]:
    """Hold the index against the records: what is missing, surplus or stale, a sentence each; none when all agrees."""
    try:
        index = _opened(home, settings)
    except (IndexMissing, IndexOutdated) as error:
        yield str(error)
        return
    with closing(index), Session(engine) as session:
        late = _last(session) - index.sequence
        if late > 0:
            yield f"the search index has not taken in the last {late} changes; the next change or search makes it"
        found = index.marks()
        for ids in _portions(session, records):
            for id, entry in _entries(session, records, ids).items():
                known = found.pop(id, None)
                if known is None:
                    yield f"{id} is missing in the search index; run: erecords index rebuild"
                elif entry is not None and known != mark(entry):
                    yield f"{id} stands in the search index as it was before; run: erecords index rebuild"
        for id in sorted(found):
            yield f"{id} is in the search index but not in the records; run: erecords index rebuild"


def _opened(home: Path, settings: Settings) -> SearchIndex:
    return open_index(home, settings.section(SearchSettings).engine)


def _patiently(write: Callable[[], None]) -> None:
    """Try again while another process writes, for a while; it may be a rebuild, for which nobody should wait."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return write()
        except Conflict as error:
            if isinstance(error, IndexMissing | IndexOutdated):
                raise
            if time.monotonic() > until:
                return None
            time.sleep(_PAUSE)


def _follow(engine: Engine, records: Records, index: SearchIndex) -> None:
    """Apply all waiting rows; each portion sees the records as they are when its turn comes.

    A portion first forgets and purges what was destroyed, then writes the rest, then the sequence: a crash repeats the
    whole.
    """
    applied = False
    while rows := _waiting(engine, index):
        last = {f"{row.kind}:{row.object_id}": row.operation for row in rows}
        destroyed = [id for id, operation in last.items() if operation is OutboxOperation.REMOVE]
        if destroyed:
            forget(engine, records.clock, index, destroyed)
            index.purge(destroyed)
        changed = [id for id, operation in last.items() if operation is OutboxOperation.PUT]
        with Session(engine) as session:
            _apply(session, records, index, changed)
        index.apply((), (), rows[-1].sequence or 0)
        index.commit()
        applied = True
    if applied:
        index.tidy()


def _waiting(engine: Engine, index: SearchIndex) -> Sequence[Outbox]:
    with Session(engine) as session:
        query = select(Outbox).where(col(Outbox.sequence) > index.sequence).order_by(col(Outbox.sequence))
        return session.exec(query.limit(_ROWS)).all()


def _apply(session: Session, records: Records, index: SearchIndex, changed: Sequence[str]) -> None:
    for start in range(0, len(changed), _AT_ONCE):
        ids = changed[start : start + _AT_ONCE]
        found = _entries(session, records, ids)
        put = [entry for entry in found.values() if entry is not None]
        index.apply(put, [id for id in ids if id not in found], 0)


def _living(session: Session, records: Records, ids: Sequence[str]) -> list[IndexDocument]:
    return [entry for entry in _entries(session, records, ids).values() if entry is not None]


def _everything(session: Session, records: Records) -> Iterator[IndexDocument]:
    for ids in _portions(session, records):
        yield from _living(session, records, ids)


def _portions(session: Session, records: Records) -> Iterator[list[str]]:
    for kind, column in ((Kind.CASE, Case.id), (Kind.DOCUMENT, Document.id)):
        last = 0
        while numbers := session.exec(
            select(column).where(col(column) > last).order_by(col(column)).limit(_AT_ONCE)
        ).all():
            yield [_id(kind, number or 0) for number in numbers]
            last = numbers[-1] or 0
    for shelf in records.shelves:
        behind = ""
        while keys := shelf.keys(session, behind, _AT_ONCE):
            yield [f"{shelf.kind.value}:{key}" for key in keys]
            behind = keys[-1]


def _last(session: Session) -> int:
    return session.exec(select(func.max(Outbox.sequence))).one() or 0


def _id(kind: Kind, number: int) -> str:
    return f"{kind.value}:{number}"


def _entries(session: Session, records: Records, ids: Sequence[str]) -> dict[str, IndexDocument | None]:
    """The entries of these ids; what is gone from the records is left out, None where the stored text is damaged."""
    keys: dict[str, list[str]] = {}
    for id in ids:
        kind, _, key = id.partition(":")
        keys.setdefault(kind, []).append(key)
    found = [_entry(one) for one in indexable.cases(session, [int(key) for key in keys.get(Kind.CASE, ())])]
    for shelf in records.shelves:
        if asked := keys.get(shelf.kind):
            found += shelf.entries(session, asked)
    documents = [int(key) for key in keys.get(Kind.DOCUMENT, ())]
    try:
        found += [_entry(one) for one in indexable.documents(session, records.blobs, documents)]
    except StoreDamaged:
        return {entry.id: entry for entry in found} | _one_by_one(session, records.blobs, documents)
    return {entry.id: entry for entry in found}


def _one_by_one(session: Session, blobs: BlobStore, numbers: Sequence[int]) -> dict[str, IndexDocument | None]:
    found: dict[str, IndexDocument | None] = {}
    for number in numbers:
        try:
            one = indexable.document(session, blobs, number)
        except StoreDamaged:
            found[_id(Kind.DOCUMENT, number)] = None
        else:
            if one is not None:
                found[_id(Kind.DOCUMENT, number)] = _entry(one)
    return found


def _entry(one: Indexable) -> IndexDocument:
    kind, number = (Kind.CASE, one.case_id) if one.document is None else (Kind.DOCUMENT, one.document)
    return IndexDocument(
        id=_id(kind, number),
        kind=kind,
        title=one.title,
        text=one.key if kind is Kind.CASE else one.text,
        case=one.reference,
        references=one.former_references,
        class_path=one.class_path,
        unit=one.unit,
        type=one.type,
        sender=one.sender,
        date=one.date,
        received=one.received,
        entry=one.entry,
        state=one.state,
        protection=one.protection,
        copied_to=one.copied_to,
        closing_year=one.closing_year,
    )
