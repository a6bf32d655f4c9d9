"""What search finds of the mail room: entries of the mail book, for whom, until when; nothing of sealed mail."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from erecords.errors import NotFound
from erecords.ports import RecordNames
from erecords.search import indexer
from erecords.search.engines.opening import folder, open_index
from erecords.search.engines.record import ORDERED, SINGLE, UNORDERED
from erecords.store.models import Document
from mailroom.eraser import MailEraser
from mailroom.loading import RegistersAtHand
from mailroom.models import Letter
from mailroom.tray import deciding
from tests.mailroom.tray.conftest import letter_text

SUPPLY = "Wir haben Büroklammern und Locher."


@pytest.fixture(autouse=True, params=["tantivy", "whoosh"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ERECORDS_SEARCH__ENGINE", request.param)
    return str(request.param)


def hits(run: Any, query: str, actor: str = "u-post1") -> list[tuple[str, str | None]]:
    found = run("--json", "search", query, actor=actor)
    assert found["total"] == len(found["hits"])
    return sorted((hit["kind"], hit["entry"]) for hit in found["hits"])


def sound(office: Any) -> bool:
    return not list(indexer.check(office.engine, office.findable, office.home, office.settings))


def waiting(office: Any, receive: Any, unit: str = "22.3") -> Letter:
    """A letter that waits for a unit."""
    row = receive(letter_text(SUPPLY, "Xaver Quittenbaum"))
    with office.work() as work:
        letter = work.session.get_one(Letter, row.number)
        letter.unit, letter.sender = unit, "Xaver Quittenbaum"
        work.log("letter.rerun", f"letter:{row.number}", letter)
    return row


def test_an_entry_of_the_mail_book_is_found_and_says_what_it_is(post, receive, run):
    row = waiting(post, receive)
    (hit,) = run("--json", "search", "Quittenbaum")["hits"]
    assert (hit["kind"], hit["entry"], hit["document"], hit["case"], hit["class"]) == (
        "mail", row.number, None, None, None,
    )  # fmt: skip
    assert hit["state"] == "tray" and hit["sender"] == "Xaver Quittenbaum" and hit["date"] == "2026-11-22"
    shown = run("search", "Quittenbaum", text=True)
    assert "mail book, tray" in shown and row.number in shown
    for query in (
        row.number,
        "e20260000001",
        "kind:mail",
        "kind:Post Quittenbaum",
        f"entry:{row.number}",
        "state:tray",
    ):
        assert hits(run, query) == [("mail", row.number)], query
    assert sound(post)


def test_the_text_of_a_letter_is_not_in_the_book(post, receive, run):
    waiting(post, receive)
    assert hits(run, "Büroklammern") == [] == hits(run, "Locher*")


def test_who_sees_an_entry(post, receive, run):
    row = waiting(post, receive)
    for person in ("u-post2", "u-org1", "u-dsb1", "u-it1", "u-hust1", "u-sta0"):
        assert hits(run, "Quittenbaum", person) == [("mail", row.number)], person
    for person in ("u-park1", "u-ga1"):
        assert hits(run, "Quittenbaum", person) == [] == hits(run, row.number, person), person
        assert run("--json", "search", "--suggest", "Quit", actor=person) == {"suggestions": []}


def test_a_filed_letter_is_a_document_to_clerks_and_both_to_the_mail_room(post, people, receive, run):
    row = waiting(post, receive)
    with post.work() as work:
        deciding.file_new(post, work, RegistersAtHand(post), row.number, "22.31", "Akte Quitte", None)
    assert hits(run, row.number, "u-hust1") == [("document", row.number)]
    assert hits(run, row.number, "u-post1") == [("mail", row.number)]
    found = run("--json", "search", row.number, actor="u-post1")["hits"][0]
    assert found["state"] == "filed" and found["case"].startswith("22.31-2026/")
    assert hits(run, row.number, "u-dsb1") == [("document", row.number), ("mail", row.number)]
    assert sound(post)


def test_a_rejected_letter_stays_in_the_book(post, receive, run):
    row = waiting(post, receive)
    run("--json", "mail", "reject", row.number, "--reason", "Werbung")
    assert [hit["state"] for hit in run("--json", "search", "Quittenbaum")["hits"]] == ["rejected"]
    assert sound(post)


def index_files(home: Path, engine: str) -> bytes:
    """All bytes of the index, and all its terms spelled out, since an engine may write them one into another."""
    place = folder(home, engine)
    index: Any = open_index(home, engine)
    terms: list[str] = []
    for part in index._parts.values():
        if engine == "tantivy":
            for field in ("id", "suggest", "reference", *ORDERED, *UNORDERED, *SINGLE):
                terms += [term for term, _ in part.searcher.terms_with_prefix(field, "")]
        else:
            terms += [term.decode(errors="replace") for _, term in part.reader.all_terms()]
    index.close()
    raw = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
    return (raw + "\n".join(terms).encode()).lower()


def test_an_erased_letter_is_gone_from_the_files(post, receive, run, engine):
    row = waiting(post, receive)
    with post.work() as work:
        deciding.file_new(post, work, RegistersAtHand(post), row.number, "22.31", "Akte", None)
        letter = work.session.get_one(Letter, row.number)
        case = work.session.get_one(Document, letter.document_id).case_id
    assert b"quittenbaum" in index_files(post.home, engine)
    with post.work() as work:
        record = RecordNames(case, (letter.case_reference,), (letter.document_id,), (row.number,))
        MailEraser().erase(work, [record])
        document = work.session.get_one(Document, letter.document_id)
        document.sender = document.title = ""
        work.log("test.erase", "test:1", document)
        work.index("document", document.id)
    assert hits(run, "Quittenbaum") == [] and hits(run, f"kind:mail {row.number}") == []
    assert f"mail:{row.number}".encode().lower() not in index_files(post.home, engine)
    assert sound(post)


SEALED = {
    "tender": "Angebot - nicht vor dem 15.12.2026 öffnen!\n",
    "tender without a day": "Angebot - Submission, nicht öffnen!\n",
    "personal": "Persönlich / Vertraulich\n",
    "election": "Wahlbrief\n",
    "medical": "Vertrauliche Arztsache\n",
}


@pytest.mark.parametrize("kind", SEALED)
def test_mail_that_others_must_not_read_is_not_in_the_index_at_all(post, receive, run, engine, kind):
    """A raw search over files and terms, and people over every path, before and after an index is made anew."""
    plain = waiting(post, receive)
    row = receive(
        SEALED[kind] + letter_text("Angebotssumme 2.721,10 Euro, Transponder 276098106234567", "Zita Lenkwitz")
    )
    assert row.confidential
    for again in (False, True):
        if again:
            post.rebuild_index()
        data = index_files(post.home, engine)
        assert plain.number.lower().encode() in data
        for word in (
            row.number,
            row.number.replace("-", ""),
            "lenkwitz",
            "angebotssumm",
            "272110",
            "2760981062",
            "verschlossen",
        ):
            assert word.lower().encode() not in data, word
        assert sound(post)
    for person in ("u-post1", "u-sta0", "u-dsb1", "u-hust1"):
        for query in ("Lenkwitz", row.number, "272110", "verschlossen"):
            assert hits(run, query, person) == []
        assert run("--json", "search", "--suggest", "Lenk", actor=person) == {"suggestions": []}
        with pytest.raises(NotFound):
            run("search", "--like", row.number, actor=person)


def test_a_tender_is_found_once_it_was_opened_and_filed(post, receive, run):
    row = receive(SEALED["tender"] + letter_text("Angebotssumme 2.721,10 Euro", "Bau Lenkwitz GmbH"))
    post.clock.advance(timedelta(days=23))
    with post.work() as work:
        deciding.file_new(post, work, RegistersAtHand(post), row.number, "10.22", "Vergabe", None)
    with Session(post.engine) as session:
        unit = session.get_one(Letter, row.number).unit
    assert unit is not None
    assert hits(run, row.number, "u-dsb1") == [("document", row.number)]
    assert sound(post)
