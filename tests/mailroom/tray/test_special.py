"""Special mail is stopped: who sees it, what is told of it, and what reaches the index."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

import cli
from erecords.errors import Conflict, NotFound
from erecords.store.lifecycle import RenditionKind
from erecords.store.models import DocumentVersion, Rendition
from mailroom import shapes
from mailroom.loading import RegistersAtHand
from mailroom.models import Letter, LetterState
from mailroom.tray import deciding, listing
from tests.mailroom.tray.conftest import letter_text

DOG = "Mein Hund ist gestorben, bitte beenden Sie die Hundesteuer. Transponder 276098106234567, geb. 03.05.1972."


def numbers(office) -> list[str]:
    with office.read() as session:
        return [row.number for row in listing.letters(session, office.actor)]


def kinds_of(office, document_id: int) -> set[RenditionKind]:
    query = select(Rendition.kind).join(DocumentVersion).where(DocumentVersion.document_id == document_id)
    with Session(office.engine) as session:
        return set(session.exec(query))


def filed(office, number: str, notation: str) -> Letter:
    with office.work() as work:
        deciding.file_new(office, work, RegistersAtHand(office), number, notation, "Akte", None)
    with Session(office.engine) as session:
        return session.get_one(Letter, number)


def test_private_mail_waits_and_tells_nothing_of_its_text(post, receive):
    row = receive("Persönlich / Vertraulich\n" + letter_text(DOG))
    assert (row.state, row.markings, row.confidential) == (LetterState.TRAY, ["personal"], True)
    shape = shapes.letter_shape(row)
    assert shape["suggestion"]["recommendation"] != "strong" and shape["markings"] == ["personal"]
    told = str({**shape, "sender": ""})
    assert "Transponder" not in told and "276098106234567" not in told and "gestorben" not in told


def test_only_mail_room_and_head_of_the_unit_see_it(people, receive):
    text = letter_text(DOG).replace("Stadtverwaltung Zwönau,", "Persönlich\nStadtverwaltung Zwönau,")
    row = receive(text)
    assert row.unit == "22.3"
    assert numbers(people("u-post2")) == [row.number]
    assert numbers(people("u-sta0")) == [row.number]
    for other in ("u-hust1", "u-kasse2", "u-dsb1", "u-ga1"):
        office = people(other)
        assert numbers(office) == []
        with office.read() as session, pytest.raises(NotFound):
            listing.letter(session, office.actor, row.number)
        with pytest.raises(NotFound), office.work() as work:
            deciding.file_new(office, work, RegistersAtHand(office), row.number, "22.31", "Hundesteuer", None)


def test_unmarked_mail_is_seen_by_the_unit(people, receive):
    row = receive("Persönlich\n" + letter_text(DOG))
    office = people("u-post1")
    with office.work() as work:
        same = work.session.get_one(Letter, row.number)
        same.confidential, same.markings = False, []
        work.log("letter.rerun", f"letter:{row.number}", same)
    assert numbers(people("u-hust1")) == [row.number] and numbers(people("u-ga1")) == []


def test_text_of_private_mail_reaches_no_index_where_all_see_the_case(post, receive):
    row = receive("Persönlich / Vertraulich\n" + letter_text(DOG))
    done = filed(post, row.number, "10.11")
    assert kinds_of(post, done.document_id).isdisjoint({RenditionKind.TEXT, RenditionKind.WORDS})


def test_text_of_private_mail_stays_in_a_protected_case(post, receive):
    row = receive("Persönlich / Vertraulich\n" + letter_text(DOG))
    assert RenditionKind.TEXT in kinds_of(post, filed(post, row.number, "22.31").document_id)


def test_tender_is_sealed_until_its_day(post, receive):
    text = "Angebot - nicht vor dem 15.12.2026 öffnen!\n" + letter_text("Angebotssumme 2.721,10 Euro", "Bau Lenk GmbH")
    row = receive(text)
    assert (row.markings, str(row.sealed_until), row.title) == (["tender"], "2026-12-15", "Angebot, verschlossen")
    with pytest.raises(Conflict, match="sealed until 2026-12-15"):
        filed(post, row.number, "10.22")
    with Session(post.engine) as session:
        assert session.get_one(Letter, row.number).state is LetterState.TRAY
    post.clock.advance(timedelta(days=23))
    assert filed(post, row.number, "10.22").state is LetterState.FILED


@pytest.mark.parametrize(("line", "kind"), [("Wahlbrief", "election"), ("Vertrauliche Arztsache", "medical")])
def test_election_and_medical_mail_wait(receive, line, kind):
    row = receive(f"{line}\n" + letter_text(DOG))
    assert (row.state, row.markings) == (LetterState.TRAY, [kind])


def test_what_a_command_advises_for_marked_mail_can_be_done(post, receive, capsys):
    row = receive("Persönlich / Vertraulich\n" + letter_text(DOG))
    call = ["--home", str(post.home), "--actor", "u-post1", "mail"]
    assert cli.run_command([*call, "show", row.number]) == 0
    said = capsys.readouterr().err
    assert "mail text" not in said and "--suggested" not in said
    assert "personal" in said and f"mail mark {row.number} --not" in said
    assert cli.run_command([*call, "mark", row.number, "--not"]) == 0
    capsys.readouterr()
    assert cli.run_command([*call, "show", row.number]) == 0
    assert f"mail text {row.number}" in capsys.readouterr().err
