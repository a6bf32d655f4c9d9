"""Correcting what was filed: the document moves, is found where it is now, and nothing goes round a rule."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from erecords.errors import Conflict, InputRefused, NotFound
from erecords.registry import cases, finding
from erecords.store import audit
from erecords.store.models import AuditEntry, Case, Document, Outbox
from mailroom.loading import RegistersAtHand
from mailroom.models import Letter
from mailroom.tray import deciding, refiling
from retention.holds import placing
from tests.mailroom.tray.conftest import letter_text

ODD = "Bitte prüfen Sie das mit dem Zaun am Teich. Zwergenkönig."


def file(office, number: str, notation: str = "22.31", kind: str | None = None) -> Letter:
    with office.work() as work:
        deciding.file_new(office, work, RegistersAtHand(office), number, notation, "Akte Zaun", kind)
    with Session(office.engine) as session:
        return session.get_one(Letter, number)


def refile(office, number: str, **wanted) -> Letter:
    with office.work() as work:
        return refiling.refile(
            office, work, RegistersAtHand(office), number, wanted.pop("reason", "anderer Halter"), **wanted
        )


@pytest.fixture
def filed(post, receive) -> Letter:
    row = receive(letter_text(ODD))
    return row if row.document_id else file(post, row.number)


def test_into_a_new_case(post, filed, run):
    was = filed.case_reference
    done = refile(post, filed.number, notation="10.11", title="Zaun")
    assert done.case_reference.startswith("10.11-") and done.decided_by == "u-post1"
    with Session(post.engine) as session:
        document = session.get_one(Document, filed.document_id)
        assert session.get_one(Case, document.case_id).reference == done.case_reference
        (entry,) = session.exec(select(AuditEntry).where(AuditEntry.action == "document.move"))
        assert was in entry.details and audit.verify(session).valid
        assert "anderer Halter" not in entry.details
    hits = run("search", "Zwergenkönig", actor="u-org2")["hits"]
    assert [hit["case"] for hit in hits] == [done.case_reference]


def test_type_alone(post, filed):
    done = refile(post, filed.number, kind="beschwerde")
    assert (done.document_type, done.case_reference) == ("beschwerde", filed.case_reference)


def test_command(run, filed):
    shown = run("mail", "refile", filed.number, "--class", "10.11", "--reason", "verwechselt", "--dry-run")
    assert shown == {"number": filed.number, "dry_run": True}
    shown = run("mail", "refile", filed.number, "--class", "10.11", "--reason", "verwechselt")
    assert shown["case"].startswith("10.11-") and shown["state"] == "filed"


def test_both_cases_go_to_the_index_again(post, filed):
    with Session(post.engine) as session:
        last = max(session.exec(select(Outbox.sequence)))
    refile(post, filed.number, notation="10.11")
    with Session(post.engine) as session:
        rows = session.exec(select(Outbox).where(Outbox.sequence > last)).all()
    assert len({row.object_id for row in rows if row.kind == "case"}) == 2
    assert str(filed.document_id) in {row.object_id for row in rows if row.kind == "document"}


def test_nothing_to_change(post, filed):
    with pytest.raises(Conflict, match="already"):
        refile(post, filed.number, reference=filed.case_reference)


def test_a_reason_is_needed(post, filed):
    with pytest.raises(InputRefused):
        refile(post, filed.number, notation="10.11", reason=" ")


def test_letters_of_the_tray_are_filed_not_refiled(post, receive):
    row = receive("Persönlich\n" + letter_text(ODD))
    with pytest.raises(Conflict, match="not filed"):
        refile(post, row.number, notation="10.11")


def test_closed_cases_stay_as_they_are(post, filed):
    post.clock.advance(timedelta(days=1))
    machine = post.machine("test")
    with post.work(machine) as work:
        cases.close(work, machine, finding.locate(work.session, filed.case_reference))
    with pytest.raises(Conflict, match="closed"):
        refile(post, filed.number, notation="10.11")


def test_what_a_hold_keeps_together_is_not_thinned_out(people, post, filed):
    keeper = people("u-org1")
    with keeper.work() as work:
        placing.place(work, keeper.actor, [filed.case_reference], title="Klage", reason="anhängig")
    with pytest.raises(Conflict, match="hold"):
        refile(post, filed.number, notation="10.11")


def test_others_may_not(people, filed):
    with pytest.raises(NotFound):
        refile(people("u-baug1"), filed.number, notation="10.11")


def test_marked_text_does_not_come_before_all_staff(post, receive):
    row = receive("Persönlich / Vertraulich\n" + letter_text(ODD))
    file(post, row.number, "22.31")
    with pytest.raises(Conflict, match="marked personal"):
        refile(post, row.number, notation="10.11")
