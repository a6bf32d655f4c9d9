"""The whole chain: propose, appraise, approve, carry out."""

import json
from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import select

from erecords.errors import NotPermitted
from erecords.registry import transactions
from erecords.store import audit
from erecords.store.models import AuditValue, Document, Outbox, Transaction
from retention.disposal import carryout, certificate
from retention.errors import CoolOff, FourEyes, FutureDate, ListChanged, Undecided, WrongState
from retention.holds import placing
from retention.lifecycle import ItemState, ListState
from retention.models import DisposalItem, DisposalList, Handover, PendingErasure, Tombstone
from retention.settings import RetentionSettings
from tests.retention.city import LATER

A, B, V = "10.41", "10.71", "10.5"
"""Classes whose rules say: archive, appraise, destroy."""


def test_each_case_goes_its_way(city):
    kept, decided, gone = city.case(A), city.case(B), city.case(V)
    list_id = city.propose()
    city.appraise(list_id, decided, "V", "Ohne bleibenden Wert")
    city.approve(list_id)
    results = city.carry_out(list_id)
    assert {key: result.outcome for key, result in results.items()} == {
        kept: "transferred", decided: "destroyed", gone: "destroyed",
    }  # fmt: skip
    assert results[kept].aip == city.archive.package(kept).id
    assert not any(city.exists(reference) for reference in (kept, decided, gone))
    with city.read() as session:
        assert session.get(DisposalList, list_id).state is ListState.DONE
        stones = {stone.reference: stone for stone in session.exec(select(Tombstone))}
        assert set(stones) == {kept, decided, gone}
        assert stones[decided].decided_by == "u-arc1"
        assert stones[gone].waiver_id is not None
        assert stones[kept].handover_id is not None
        assert session.exec(select(PendingErasure)).all() == []
        assert audit.verify(session).valid
    assert set(city.blobs.all()) == _certificate_blobs(city, list_id)


def _certificate_blobs(city, list_id):
    with city.read() as session:
        row = certificate.find(session, list_id)
        return {row.json_sha512, row.pdf_sha512}


def test_nothing_of_a_destroyed_letter_is_left_in_the_home(city):
    reference = city.case(V, title="Akte Xylophonwort", words=("Xylophonwort",), key="Xylophonwort, Anna")
    assert _files_with(city, b"Xylophonwort")
    city.carry_out(city.approved())
    assert not city.exists(reference)
    assert _files_with(city, b"Xylophonwort") == []


def test_transactions_go_with_their_case_and_leave_no_title(city):
    reference = case_with_transaction(city, V)
    assert _files_with(city, b"Xylophonwort")
    city.carry_out(city.approved())
    assert _files_with(city, b"Xylophonwort") == []
    with city.read() as session:
        assert session.exec(select(Transaction)).all() == []
        stone = session.exec(select(Tombstone)).one()
        assert stone.reference == reference
        assert [thing["name"] for thing in json.loads(stone.objects) if thing["kind"] == "transaction"] == [
            "V-2001-000001"
        ]
        removed = session.exec(select(Outbox).where(Outbox.kind == "transaction").order_by(Outbox.sequence)).all()
        assert (removed[-1].object_id, removed[-1].operation) == ("V-2001-000001", "remove")


def test_the_archive_learns_which_documents_belong_to_which_transaction(city):
    kept = case_with_transaction(city, A)
    city.carry_out(city.approved())
    package = city.archive.package(kept).package
    (told,) = package["description"]["transactions"]
    documents = [document["id"] for document in package["documents"]]
    assert told == {
        "id": "V-2001-000001", "title": "Antrag Xylophonwort", "process": "probe", "process_title": "Probe",
        "opened": "2001-02-03", "closed": "2026-11-22", "documents": documents[:1],
    }  # fmt: skip
    assert len(documents) == 2


def case_with_transaction(city, notation):
    """A closed case of two documents, the first of them in a transaction."""
    reference = city.case(notation, words=("Eins", "Zwei"), closed=None)
    with city.work() as work:
        row = city.row(work.session, reference)
        run = transactions.open_transaction(
            work, city.machine, row, title="Antrag Xylophonwort", process="probe", process_title="Probe",
            opened=date(2001, 2, 3),
        )  # fmt: skip
        first = work.session.exec(select(Document).order_by(Document.id)).first()
        transactions.add(work, city.machine, run, first)
    city.close(reference, date(2026, 11, 22))
    return reference


def _files_with(city, word):
    return [path for path in city.home.rglob("*") if path.is_file() and word in path.read_bytes()]


def test_what_remains_names_nobody(city):
    city.case(V, title="Akte Xylophonwort", words=("Xylophonwort",))
    list_id = city.approved()
    city.carry_out(list_id)
    with city.read() as session:
        stone = session.exec(select(Tombstone)).one()
        assert "Xylophonwort" not in stone.model_dump_json()
        things = json.loads(stone.objects)
        assert {thing["kind"] for thing in things} == {"original", "text", "document"}
        assert session.exec(select(AuditValue).where(AuditValue.object.startswith("document:"))).all() == []
        assert [row.operation for row in session.exec(select(Outbox).order_by(Outbox.sequence))][-2:] == ["remove"] * 2
        values = json.loads(city.blobs.read(certificate.find(session, list_id).json_sha512))
    assert values["counts"] == {"destroyed": 1}
    assert values["items"][0]["objects"][0]["sha512"] in stone.objects


def test_bytes_that_another_case_names_stay(city):
    gone, stays = city.case(V, words=("Gleich",)), city.case(A, words=("Gleich",), closed=None)
    city.carry_out(city.approved())
    assert not city.exists(gone)
    with city.read() as session:
        document = session.exec(select(Document)).one()
    assert city.exists(stays) and document.title == "Brief Gleich"
    assert any(city.blobs.read(sha512) == b"Gleich" for sha512 in city.blobs.all())
    with city.read() as session:
        things = json.loads(session.exec(select(Tombstone.objects)).one())
    assert {thing["kind"]: thing.get("shared", False) for thing in things} == {
        "original": True, "text": True, "document": False,
    }, "the certificate says that these bytes stay"  # fmt: skip


def test_a_hold_placed_after_approval_withholds(city):
    one, other = city.case(V), city.case(V)
    list_id = city.approved()
    with city.work(city.privacy) as work:
        held = placing.place(work, city.privacy, [one], title="Klage", reason="Verfahren 3 K 12/26")
    results = city.carry_out(list_id)
    assert results[one].outcome == "withheld" and held.hold in results[one].reason
    assert results[other].outcome == "destroyed"
    assert city.exists(one)
    assert city.propose() is None
    with city.work(city.privacy) as work:
        placing.lift(work, city.privacy, held.hold, reason="Urteil rechtskräftig")
    assert city.carry_out(city.approved())[one].outcome == "destroyed"


def test_every_hold_has_to_be_lifted(city):
    reference = city.case(V)
    with city.work(city.privacy) as work:
        first = placing.place(work, city.privacy, [reference], title="Klage", reason="a")
        placing.place(work, city.privacy, [], classes=["10"], title="Prüfung", reason="b")
    with city.work(city.privacy) as work:
        placing.lift(work, city.privacy, first.hold, reason="vorbei")
    assert city.propose() is None


@pytest.mark.parametrize("how", ["reopened", "reopened and closed again"])
def test_a_case_that_was_reopened_leaves_the_list(city, how):
    one, other = city.case(V), city.case(V)
    list_id = city.approved()
    city.reopen(one)
    if how != "reopened":
        city.close(one, date(2026, 11, 22))
    results = city.carry_out(list_id)
    assert (results[one].outcome, results[other].outcome) == ("withheld", "destroyed")


def test_a_case_reopened_before_the_approval_is_taken_off(city):
    one, other = city.case(V), city.case(V)
    list_id = city.propose()
    city.reopen(one)
    city.approve(list_id)
    assert set(city.carry_out(list_id)) == {other}


def test_an_undecided_case_blocks_the_approval(city):
    reference = city.case(B)
    list_id = city.propose()
    with pytest.raises(Undecided, match=reference):
        city.approve(list_id)
    city.appraise(list_id, reference, "A")
    city.approve(list_id)
    assert city.carry_out(list_id)[reference].outcome == "transferred"


def test_who_may_do_what(city):
    reference = city.case(B)
    list_id = city.propose()
    with pytest.raises(NotPermitted):
        city.approve(list_id, actor=city.archivist)
    with pytest.raises(NotPermitted):
        city.approve(list_id, actor=city.manager)
    city.appraise(list_id, reference, "V")
    city.approve(list_id)
    for actor, error in ((city.archivist, NotPermitted), (city.head, NotPermitted), (city.privacy, NotPermitted)):
        with pytest.raises(error):
            city.carry_out(list_id, actor=actor)
    approver_who_manages = replace(city.admin, id=city.head.id)
    with pytest.raises(FourEyes):
        city.carry_out(list_id, actor=approver_who_manages)
    assert city.exists(reference)


def test_the_proposer_does_not_approve(city):
    city.case(V)
    list_id = city.propose()
    with pytest.raises(FourEyes):
        city.approve(list_id, actor=replace(city.head, id=city.manager.id))


def test_a_list_that_is_not_approved_is_not_carried_out(city):
    city.case(V)
    list_id = city.propose()
    with pytest.raises(WrongState):
        city.carry_out(list_id)


def test_the_cool_off_has_to_pass(city):
    reference = city.case(V)
    city.settings = RetentionSettings(cool_off_days=7, allow_future_dates=True)
    list_id = city.approved()
    with pytest.raises(CoolOff):
        city.carry_out(list_id, on=date(2060, 1, 7))
    assert city.carry_out(list_id, on=date(2060, 1, 8))[reference].outcome == "destroyed"


def test_a_day_that_has_not_come_is_for_demonstrations_only(city):
    reference = city.case(V)
    city.settings = RetentionSettings(cool_off_days=0)
    list_id = city.approved()
    with pytest.raises(FutureDate):
        city.carry_out(list_id)
    assert city.exists(reference)


def test_an_earlier_day_finds_the_period_running(city):
    reference = city.case(V)
    list_id = city.propose()
    city.approve(list_id, on=date(2026, 11, 22))
    result = city.carry_out(list_id, on=date(2029, 12, 31))[reference]
    assert result.outcome == "withheld" and "2029-12-31" in result.reason


def test_an_edited_line_stops_the_execution(city):
    city.case(V)
    list_id = city.approved()
    with city.work() as work:
        item = work.session.exec(select(DisposalItem)).one()
        item.digest = "0" * 128
        work.log("test", "x", item)
    with pytest.raises(ListChanged):
        city.carry_out(list_id)


def test_a_changed_decision_is_withheld(city):
    reference = city.case(A)
    list_id = city.approved()
    with city.work() as work:
        item = work.session.exec(select(DisposalItem)).one()
        item.decision = "V"
        work.log("test", "x", item)
    assert city.carry_out(list_id)[reference].outcome == "withheld"


def test_without_a_waiver_the_archive_has_to_answer(tmp_path):
    from tests.retention.city import City

    city = City(tmp_path, waivers=False)
    reference = city.case(V)
    list_id = city.propose()
    with pytest.raises(Undecided):
        city.approve(list_id)
    city.appraise(list_id, reference, "V")
    city.approve(list_id)
    assert city.carry_out(list_id)[reference].outcome == "destroyed"
    city.engine.dispose()


def test_bytes_that_are_damaged_are_not_handed_over_and_not_destroyed(city):
    reference = city.case(A)
    list_id = city.approved()
    path = city.blobs.path(next(city.blobs.all()))
    path.chmod(0o600)
    path.write_bytes(b"x" * path.stat().st_size)
    result = city.carry_out(list_id)[reference]
    assert result.outcome == "withheld" and city.exists(reference)


def test_a_dry_run_changes_nothing(city):
    kept, gone = city.case(A), city.case(V)
    list_id = city.approved()
    with city.read() as session:
        rehearsed = carryout.rehearse(session, city.means(), list_id, LATER)
    assert {r.reference: r.outcome for r in rehearsed} == {kept: "transferred", gone: "destroyed"}
    with city.read() as session:
        assert {item.state for item in session.exec(select(DisposalItem))} == {ItemState.LISTED}
        assert session.exec(select(Handover)).all() == []
    assert city.exists(kept) and city.exists(gone)


def test_a_list_that_is_done_says_again_what_happened(city):
    reference = city.case(V)
    list_id = city.approved()
    first = city.carry_out(list_id)
    assert city.carry_out(list_id) == first and first[reference].outcome == "destroyed"
