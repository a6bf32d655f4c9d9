"""Near-duplicates: a letter that perhaps came before is proposed as such, and a person says whether it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert
from sqlmodel import Session, col, func, select

from erecords.errors import Conflict, NotFound
from erecords.registry.access import Actor
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import RenditionKind
from erecords.store.uow import UnitOfWork
from mailroom import findings
from mailroom.matching import likeness
from mailroom.models import Letter, LetterFile, LetterPrint, PrintBand
from mailroom.ports import Recognition
from mailroom.tray import filing

CODE = "near-duplicate"
_CANDIDATES = 12
_PICTURES = 2000
"""Letters of little text, youngest first, whose pictures are looked at."""


@dataclass(frozen=True)
class Likeness:
    """A letter that another is perhaps the same as."""

    number: str
    similarity: float
    """0.0 to 1.0."""
    reason: str
    state: str = "proposed"
    """``proposed``, ``confirmed`` or ``dismissed``."""


@dataclass(frozen=True)
class Look:
    """What a letter looks like, made before its number is known."""

    words: tuple[str, ...]
    bands: tuple[str, ...]
    picture: str


def look(recognition: Recognition) -> Look:
    """The fingerprints of a recognised letter."""
    words = likeness.words(recognition.text)
    return Look(words, likeness.bands(words), _picture(recognition.thumbnail, words))


def _picture(thumbnail: Path, words: tuple[str, ...]) -> str:
    return "" if likeness.says_enough(words) else likeness.picture_print(thumbnail)


def note(work: UnitOfWork, blobs: BlobStore, letter: Letter, seen: Look) -> None:
    """Propose what the letter is perhaps the same as, and remember what it looks like itself.

    The caller logs the letter. Letters that others must not read are held only against those of the same unit.
    """
    forget(work, letter.number)
    found = sorted(_found(work.session, blobs, letter, seen), key=lambda one: (-one.similarity, one.number))
    letter.likenesses = [asdict(one) for one in found]
    letter.findings = [*findings.without(letter.findings, [CODE]), *(_finding(letter, found[0]) if found else ())]
    work.session.add(letter)
    work.derive(insert(LetterPrint), [{"letter": letter.number, "words": len(seen.words), "picture": seen.picture}])
    if seen.bands:
        work.derive(insert(PrintBand), [{"letter": letter.number, "band": band} for band in seen.bands])


def _finding(letter: Letter, one: Likeness) -> tuple[str]:
    return (
        f"{CODE}: Perhaps the same as {one.number} ({one.similarity:.0%} alike: {one.reason}). "
        f"If it is: erecords mail same {letter.number}; if not: erecords mail differs {letter.number}.",
    )


def _found(session: Session, blobs: BlobStore, letter: Letter, seen: Look) -> Iterator[Likeness]:
    for number, digest in _candidates(session, letter, seen):
        similarity = likeness.alike(seen.words, likeness.words(blobs.read(digest).decode("utf-8", "replace")))
        if similarity:
            yield Likeness(number, similarity, "the same words and numbers")
    if seen.picture:
        for number, picture in _pictures(session, letter):
            similarity = likeness.pictures_alike(seen.picture, picture)
            if similarity:
                yield Likeness(number, similarity, "the same picture, hardly any text")


def _candidates(session: Session, letter: Letter, seen: Look) -> list[tuple[str, str]]:
    """Letters that share most pieces of the fingerprint, with the digests of their texts."""
    if not seen.bands:
        return []
    shared = func.count(col(PrintBand.id))
    query = (
        select(PrintBand.letter)
        .join(Letter, col(Letter.number) == PrintBand.letter)
        .where(col(PrintBand.band).in_(seen.bands), _comparable(letter))
        .group_by(col(PrintBand.letter))
        .order_by(shared.desc(), col(PrintBand.letter).desc())
        .limit(_CANDIDATES)
    )
    numbers = session.exec(query).all()
    texts = dict(
        session.exec(
            select(LetterFile.letter, LetterFile.sha512).where(
                col(LetterFile.letter).in_(numbers), LetterFile.kind == RenditionKind.TEXT
            )
        ).all()
    )
    return sorted(texts.items())


def _pictures(session: Session, letter: Letter) -> list[tuple[str, str]]:
    query = (
        select(LetterPrint.letter, LetterPrint.picture)
        .join(Letter, col(Letter.number) == LetterPrint.letter)
        .where(LetterPrint.picture != "", _comparable(letter))
        .order_by(col(LetterPrint.letter).desc())
        .limit(_PICTURES)
    )
    return list(session.exec(query).all())


def _comparable(letter: Letter) -> ColumnElement[bool]:
    """Condition over ``Letter``: another that is still there, and equally open to others."""
    conditions = [
        col(Letter.number) != letter.number,
        col(Letter.erased).is_(False),
        col(Letter.merged_into).is_(None),
        col(Letter.confidential).is_(letter.confidential),
    ]
    return and_(*conditions, col(Letter.unit) == letter.unit) if letter.confidential else and_(*conditions)


def forget(work: UnitOfWork, number: str) -> None:
    """Remove what is remembered of how a letter looks."""
    work.derive(delete(PrintBand).where(col(PrintBand.letter) == number))
    work.derive(delete(LetterPrint).where(col(LetterPrint.letter) == number))


def confirm(work: UnitOfWork, actor: Actor, number: str, other: str | None = None) -> Letter:
    """Take a letter out of the tray as the same one as another; its original stays in custody.

    Args:
        work: the unit of work.
        actor: who says so.
        number: of the letter that waits.
        other: the one that it is; the first that was proposed when left out.

    Raises:
        NotFound, Conflict: it does not wait in the actor's tray, nothing was proposed, or the actor sees no such other.
    """
    letter = filing.waiting_letter(work, actor, number)
    same = other or _proposed(letter)
    row = work.session.get(Letter, same)
    if row is None or same == number or (other is not None and not filing.may_decide(actor, row)):
        raise NotFound(f"There is no other letter {same!r} that you may see. Nothing was changed.")
    _settle(letter, {same: "confirmed"}, "dismissed")
    return filing.reject(work, actor, number, f"dasselbe wie {same}")


def dismiss(work: UnitOfWork, actor: Actor, number: str) -> Letter:
    """Say that a letter is none of those that it was held for; it waits in the tray as any other.

    Raises:
        NotFound, Conflict: it does not wait in the actor's tray, or nothing was proposed.
    """
    letter = filing.waiting_letter(work, actor, number)
    _proposed(letter)
    others = [one["number"] for one in letter.likenesses]
    _settle(letter, {}, "dismissed")
    letter.version += 1
    work.session.add(letter)
    work.log("letter.differs", f"letter:{number}", letter, others=others)
    return letter


def _proposed(letter: Letter) -> str:
    for row in letter.likenesses:
        if row["state"] == "proposed":
            return str(row["number"])
    raise Conflict(f"{letter.number} is not held for the same as another; name the other. Nothing was changed.")


def _settle(letter: Letter, states: dict[str, str], rest: str) -> None:
    rows: list[dict[str, Any]] = letter.likenesses
    letter.likenesses = [{**row, "state": states.get(row["number"], rest)} for row in rows]
    letter.findings = findings.without(letter.findings, [CODE, "not-filed"])
