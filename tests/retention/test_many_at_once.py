"""Cases that share a commit are each judged as if they stood alone, and a list may be as long as it likes."""

import io
import json
import shutil
from datetime import date

import pytest
from sqlmodel import select

from erecords.digest import canonical_json
from retention.disposal import carryout, certificate
from retention.errors import RetentionError
from retention.holds import placing
from retention.models import DisposalItem, Tombstone
from retention.periods import caserules, suspensions
from tests.retention.city import LATER, City

V = "10.5"
"""A class whose cases are destroyed under a standing waiver."""


def mixed(city):
    """An approved list of cases of which some may no longer go, each for another reason."""
    names = [city.case(V, words=(f"Wort {number}", "gleich")) for number in range(7)]
    kept = city.case("10.41")
    list_id = city.approved()
    held, opened, touched, suspended, bound = names[:5]
    with city.work(city.privacy) as work:
        placing.place(work, city.privacy, [held], title="Klage", reason="VG 3 K 12/26")
    with city.work(city.manager) as work:
        suspensions.begin(
            work, city.manager, suspended, reason="r", basis="BGB § 203", recheck=date(2027, 1, 1)
        )  # fmt: skip
        caserules.add(work, city.manager, bound, "R-BELEG-08", reason="r")
        item = work.session.exec(select(DisposalItem).where(DisposalItem.reference == touched)).one()
        item.decision = None
        work.log("test", "x", item)
    city.reopen(opened)
    return list_id, names, kept


def outcomes(city, list_id):
    return {name: (result.outcome, result.reason) for name, result in city.carry_out(list_id).items()}


def test_each_is_judged_as_if_it_stood_alone(city, tmp_path, monkeypatch):
    list_id, names, kept = mixed(city)
    city.engine.dispose()
    shutil.copytree(city.home, tmp_path / "alone")
    alone = City(tmp_path / "alone")
    together = outcomes(city, list_id)
    monkeypatch.setattr(carryout, "AT_ONCE", 1)
    assert outcomes(alone, list_id) == together
    assert [together[name][0] for name in names] == ["withheld"] * 5 + ["destroyed"] * 2
    assert len({reason for _, reason in together.values() if reason}) == 5 and together[kept][0] == "transferred"

    def stones(of):
        with of.read() as session:
            rows = session.exec(select(Tombstone).order_by(Tombstone.reference)).all()
            return [row.model_dump(exclude={"at", "handover_id"}) for row in rows]

    assert stones(alone) == stones(city)
    alone.engine.dispose()


def test_what_one_cannot_let_go_of_stops_nobody_before_it(city):
    names = [city.case(V) for _ in range(3)]
    list_id = city.approved()

    class Clinging:
        name = "clinging"
        lets_go = False

        def holds(self, session, records):
            stuck = [record.case_id for record in records if names[1] in record.references]
            return {} if self.lets_go else {case_id: ["a copy"] for case_id in stuck}

        def erase(self, work, records):
            return {}

        def after_commit(self, blobs, records):
            return None

        def blobs_in_use(self, session, digests):
            return set()

    clinging = Clinging()
    with pytest.raises(RetentionError, match=f"{names[1]} cannot be erased, this would be left: clinging: a copy"):
        city.carry_out(list_id, erasers=(clinging,))
    assert [city.exists(name) for name in names] == [False, True, True]
    clinging.lets_go = True
    assert {r.outcome for r in city.carry_out(list_id, erasers=(clinging,)).values()} == {"destroyed"}


def test_a_case_with_many_documents_shares_its_commit_with_fewer(city, monkeypatch):
    for words in (("a",), ("b", "c", "d"), ("e",), ("f",), ("g",)):
        city.case(V, words=words)
    list_id = city.approved()
    monkeypatch.setattr(carryout, "_DOCUMENTS", 2)
    sizes, last = [], 0
    while items := carryout._next(city.means(), list_id, last):
        sizes.append(len(items))
        last = items[-1]
    assert sizes == [1, 1, 2, 1]


@pytest.mark.parametrize("number", [0, 1, 5])
def test_a_certificate_that_is_written_case_by_case_is_canonical(number):
    values = {"zuletzt": {"b": 1, "a": [None]}, "format": 1, "city": "Zwönau", "counts": {}}
    lines = [{"reference": f"10.5-2026/{n:06d}", "outcome": "destroyed", "objects": []} for n in range(number)]
    stream = io.BytesIO()
    certificate.write_json(stream, values, lines)
    assert stream.getvalue() == canonical_json({**values, "items": lines})


def test_the_certificate_names_all_in_the_order_of_the_list(city, monkeypatch):
    monkeypatch.setattr(certificate, "_AT_ONCE", 2)
    names = [city.case(V) for _ in range(5)]
    list_id = city.approved(LATER)
    city.carry_out(list_id)
    with city.read() as session:
        row = certificate.find(session, list_id)
    values = json.loads(city.blobs.read(row.json_sha512))
    assert [item["reference"] for item in values["items"]] == names and values["counts"] == {"destroyed": 5}
