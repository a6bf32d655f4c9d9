"""A package per transaction: what goes where, that nothing is lost, and that only all receipts together free a case."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from archive.access.showing import package_data
from archive.errors import ObjectDamaged
from archive.keeping.fixity import verify
from archive.keeping.rebuild import rebuild
from archive.package import FileRole, Rights, Sip, SipDocument, SipFile
from archive.sip_check import check_sip
from erecords.registry import transactions
from erecords.store.models import Document
from retention.disposal import certificate, handover
from retention.disposal.division import divide
from retention.models import DisposalItem, Handover

ARCHIVE = "10.41"
"""A class whose rule says: archive."""
EACH = {"aip_per": "transaction"}
TITLES = ("Antrag Xylophonwort", "Widerspruch Quastenflosser")


def case_of(city, *inside: int, documents: int = 3) -> str:
    """A closed case of some documents; a transaction for each number of documents that it holds."""
    reference = city.case(ARCHIVE, words=[f"Wort{number}" for number in range(documents)], closed=None)
    with city.work() as work:
        row = city.row(work.session, reference)
        left = iter(work.session.exec(select(Document).where(Document.case_id == row.id).order_by(Document.id)).all())
        for title, count in zip(TITLES, inside, strict=False):
            run = transactions.open_transaction(
                work, city.machine, row, title=title, process="probe", process_title="Probe", opened=date(2001, 2, 3)
            )
            for _ in range(count):
                transactions.add(work, city.machine, run, next(left))
    city.close(reference, date(2026, 11, 22))
    return reference


def packages(city) -> dict[str, object]:
    return {holding.reference: city.archive.package(holding.id) for holding in city.archive.holdings()}


def texts(city, aip) -> str:
    """Everything readable that a package holds."""
    folder = city.archive.root / city.archive.folder(aip.id)
    return "\n".join(path.read_text("utf-8") for path in folder.rglob("v1/**/*") if path.is_file())


def test_each_transaction_is_a_package_and_the_case_holds_the_rest(city):
    reference = case_of(city, 1, 1)
    list_id = city.approved()
    result = city.carry_out(list_id, **EACH)[reference]
    found = packages(city)
    first, second = sorted(set(found) - {reference})
    assert list(found) == [reference, first, second]
    assert (result.outcome, result.aip) == ("transferred", found[reference].id)
    assert found[first].id == f"erecords:transaction:{first}" and found[first].title == TITLES[0]
    assert [len(aip.package["documents"]) for aip in found.values()] == [1, 1, 1]
    whole = found[reference].package
    assert [part["aip"] for part in whole["parts"]] == [found[first].id, found[second].id]
    assert whole["description"]["transactions"][0] == {
        "id": first, "process": "probe", "process_title": "Probe", "opened": "2001-02-03", "closed": "2026-11-22",
        "package": found[first].id,
    }  # fmt: skip
    assert found[first].package["part_of"] == {"reference": reference, "aip": found[reference].id}
    for name, word in ((first, "Xylophonwort"), (second, "Quastenflosser")):
        assert [other for other, aip in found.items() if word in texts(city, aip)] == [name]
    assert not city.exists(reference)
    with city.read() as session:
        values = json.loads(city.blobs.read(certificate.find(session, list_id).json_sha512))
        receipt = values["items"][0]["receipt"]
    assert [part["reference"] for part in receipt["parts"]] == [first, second]
    assert verify(city.archive).bad == ()


def test_a_case_of_transactions_alone_keeps_a_package_without_files(city):
    reference = case_of(city, 3)
    city.carry_out(city.approved(), **EACH)
    whole = city.archive.package(reference)
    assert whole.package["files"] == [] and len(whole.package["parts"]) == 1


def test_empty_transactions_and_cases_without_any_stay_as_they_are(city):
    empty, none = case_of(city, 0, 0), case_of(city)
    city.carry_out(city.approved(), **EACH)
    assert sorted(packages(city)) == sorted([empty, none])
    assert [row["title"] for row in city.archive.package(empty).package["description"]["transactions"]] == [*TITLES]


def test_without_the_setting_a_case_is_one_package(city):
    reference = case_of(city, 1, 1)
    city.carry_out(city.approved())
    assert list(packages(city)) == [reference]
    assert city.archive.package(reference).package["parts"] == []


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_only_all_receipts_free_the_case(city, fails_at):
    reference = case_of(city, 1, 1)
    list_id = city.approved()
    real, calls = city.means().archive, []

    def archive(sip):
        calls.append(sip.reference)
        if len(calls) == fails_at:
            raise PowerCut
        return real(sip)

    with pytest.raises(PowerCut):
        city.carry_out(list_id, **EACH, archive=archive)
    assert city.exists(reference)
    with city.read() as session:
        assert session.exec(select(Handover)).all() == []
    calls.append("past the failure")
    result = city.carry_out(list_id, aip_per="case", archive=archive)
    assert result[reference].outcome == "transferred", "the list goes on as it began, whatever the setting says now"
    assert {aip.versions for aip in packages(city).values()} == {1}
    assert len(packages(city)) == 3 and not city.exists(reference)


class PowerCut(BaseException):
    """The machine stops."""


def test_a_refused_part_keeps_the_case(city):
    reference = case_of(city, 1, 1)
    real = city.means().archive

    def archive(sip):
        if sip.title == TITLES[1]:
            raise ObjectDamaged("the disk gave back other bytes")
        return real(sip)

    result = city.carry_out(city.approved(), **EACH, archive=archive)[reference]
    assert result.outcome == "withheld" and "other bytes" in result.reason
    assert city.exists(reference)


def test_receipts_are_kept_only_together(city):
    reference = case_of(city, 1, 1)
    city.approved()
    with city.work() as work:
        item = work.session.exec(select(DisposalItem)).one()
        found = work.session.get_one(handover.DisposalList, item.list_id)
        sips = divide(handover.build_sip(work.session, city.blobs, found, item, "Stadt"))
        given = [(sip, city.means().archive(sip)) for sip in sips]
        wrong = (sips[0], replace(given[0][1], aip_id="erecords:transaction:V-0"))
        for some in (given[1:], given[-1:], given[:-1], [wrong, *given[1:]]):
            with pytest.raises(ValueError, match="handed over"):
                handover.keep_receipt(work, item, some)
        assert handover.keep_receipt(work, item, given).aip == f"erecords:case:{reference}"


def test_shown_and_found_again_after_rebuild(city):
    reference = case_of(city, 1)
    city.carry_out(city.approved(), **EACH)
    before = city.archive.holdings()
    assert [holding.part_of for holding in before] == ["", reference]
    city.archive.catalogue.clear()
    (city.archive.root / "extensions/erecords/register/accessions.jsonl").unlink()
    assert rebuild(city.archive).packages == 2
    assert city.archive.holdings() == before
    assert [holding.reference for holding in city.archive.search("Xylophonwort")] == [before[1].reference]
    whole, part = (package_data(city.archive, holding) for holding in before)
    assert [item["reference"] for item in whole["parts"]] == [part["reference"]] and part["part_of"] == reference


@given(st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=8), st.lists(st.integers(0, 12), max_size=12))
def test_nothing_is_lost_and_nothing_doubled(placed, logged):
    """Each document lies in a transaction or in none; log entries are about documents, letters, transactions or all."""
    sip = submission(placed, logged)
    parts = divide(sip)
    assert parts[-1].reference == sip.reference
    for values in (lambda s: [d.id for d in s.documents], lambda s: [f.name for f in s.files],
                   lambda s: [e["sequence"] for e in s.audit_excerpt]):  # fmt: skip
        assert sorted(value for part in parts for value in values(part)) == sorted(values(sip))
    assert len({part.aip_id for part in parts}) == len(parts)
    assert [related.aip for related in parts[-1].parts] == [part.aip_id for part in parts[:-1]]
    for part in parts:
        assert {file.document for file in part.files} <= {document.id for document in part.documents}
        assert not [f for f in check_sip(part) if f.code not in {"missing-file", "empty"}]
    with_documents = {place for place in placed if place is not None}
    assert len(parts) == len(with_documents) + 1
    assert divide(sip) == parts


def submission(placed, logged) -> Sip:
    names = [f"D-{number:06d}" for number in range(len(placed))]
    runs = sorted({place for place in placed if place is not None} | {9})
    objects = [f"document:{number}" for number in range(8)] + ["case:1/1", "letter:E-1", "letter:E-2"]
    entries = [
        {"sequence": n, "object": objects[kind % 11], "details": {"transaction": f"V-{kind % 5}"} if n % 2 else {}}
        for n, kind in enumerate(logged)
    ]
    return Sip(
        reference="1/1", title="Akte", class_notation="1", class_title="", unit="", opened=None,
        closed=date(2026, 1, 1), rights=Rights(), agent="", basis="",
        description={
            "disposal": {},
            "transactions": [
                {
                    "id": f"V-{run}", "title": f"T{run}", "process": "", "process_title": "", "opened": "2026-01-01",
                    "closed": None, "documents": [n for n, place in zip(names, placed, strict=True) if place == run],
                }
                for run in runs
            ],
        },
        documents=tuple(
            SipDocument(name, "", "", None, "", {"number": number, "letter": f"E-{number}" if number % 2 else None})
            for number, name in enumerate(names)
        ),
        files=tuple(
            SipFile(Path("x"), f"documents/{name}/{n}", "a" * 128, 1, "", FileRole.ORIGINAL, name, "")
            for name in names for n in range(2)
        ),
        audit_excerpt=tuple(entries),
    )  # fmt: skip
