"""A person asks for erasure: each record is judged by itself, and nothing goes but through list and gate."""

import io
import json
from datetime import date

import pikepdf
import pypdfium2
import pytest
from sqlmodel import select

from erecords.errors import Conflict, InputRefused, NotFound, NotPermitted
from erecords.store.models import AuditEntry, AuditValue
from retention.erasure import letter, requests
from retention.errors import FourEyes
from retention.holds import placing
from retention.periods import caserules, suspensions
from tests.retention.city import LATER
from tests.retention.test_commands import case
from tests.retention.test_restore import home  # noqa: F401 - a fixture

TODAY = date(2026, 11, 22)
OLD = date(2015, 5, 5)


def ask(city, *references, person="Änne Quastenflosser", actor=None, received=TODAY):
    who = actor or city.privacy
    with city.work(who) as work:
        return requests.open_request(work, who, references, person=person, received=received)


def judged(city, request, on=TODAY):
    with city.read() as session:
        found = requests.verdicts(session, request, on, city.settings)
    return {verdict.reference: verdict for verdict in found}


def propose(city, request, on=TODAY):
    with city.work(city.manager) as work:
        return requests.propose(work, city.manager, request.id, on, city.settings)


def test_each_record_is_judged_by_itself(city):
    free = city.case("10.5", closed=OLD)
    running = city.case("10.5", closed=TODAY)
    opened = city.case("10.5", closed=None)
    held, suspended = city.case("10.5", closed=OLD), city.case("10.5", closed=OLD)
    unknown, offered = city.case("22.31", closed=OLD), city.case("41.2", closed=OLD)
    with city.work(city.privacy) as work:
        placing.place(work, city.privacy, [held], title="Klage", reason="r", basis="3 K 12/26")
    with city.work(city.manager) as work:
        suspensions.begin(
            work, city.manager, suspended, reason="r", basis="BGB § 203", recheck=date(2030, 1, 1)
        )  # fmt: skip
    request = ask(city, free, running, opened, held, suspended, unknown, offered)
    found = {name: (verdict.outcome.value, verdict.basis) for name, verdict in judged(city, request).items()}
    assert found == {
        free: ("erasable", "Art. 17 Abs. 1 DSGVO"),
        running: ("withheld", "Art. 17 Abs. 3 Buchst. b DSGVO; DSGVO Art. 12 Abs. 3, Art. 15; BGB §§ 195, 199"),
        opened: ("withheld", "Art. 17 Abs. 3 Buchst. b DSGVO"),
        held: ("withheld", "Art. 17 Abs. 3 Buchst. e DSGVO; 3 K 12/26"),
        suspended: ("withheld", "Art. 17 Abs. 3 Buchst. b DSGVO; BGB § 203"),
        unknown: ("withheld", found[unknown][1]),
        offered: ("withheld", "Art. 17 Abs. 3 Buchst. d DSGVO; SächsArchivG § 5"),
    }
    assert judged(city, request)[running].until == date(2029, 12, 31)
    list_id = propose(city, request)
    with pytest.raises(Conflict):
        propose(city, request)
    with pytest.raises((FourEyes, NotPermitted)):
        city.approve(list_id, TODAY, city.manager)
    city.approve(list_id, TODAY)
    results = city.carry_out(list_id, TODAY)
    assert {name: result.outcome for name, result in results.items()} == {free: "destroyed", offered: "transferred"}
    after = judged(city, request)
    assert after[free].outcome == "erased" and "gelöscht" in after[free].german
    assert after[running] == judged(city, request)[running], "one that is withheld holds up no other, nor goes with it"
    assert all(city.exists(name) for name in (running, opened, held, suspended, unknown))


def test_the_longest_duty_is_the_one_that_is_told(city):
    reference = city.case("10.5", closed=TODAY)
    with city.work(city.manager) as work:
        caserules.add(work, city.manager, reference, "R-ALLG-10", reason="r")
    verdict = judged(city, ask(city, reference))[reference]
    assert verdict.until == date(2036, 12, 31) and "Muster" in verdict.basis


def test_a_longest_time_without_a_least_one_need_not_be_waited_for(city):
    reference = city.case("10.5", closed=OLD, events={"absage": TODAY})
    with city.work(city.manager) as work:
        row = caserules.add(work, city.manager, reference, "R-BEWERBUNG", reason="r", instead=True)
    with city.work(city.head) as work:
        caserules.approve(work, city.head, row.id)
    assert city.propose(TODAY) is None, "its time has not run out"
    request = ask(city, reference)
    assert judged(city, request)[reference].outcome == "erasable"
    list_id = propose(city, request)
    city.approve(list_id, TODAY)
    assert city.carry_out(list_id, TODAY)[reference].outcome == "destroyed"


def test_the_name_is_nowhere_kept(city):
    reference = city.case("10.5", closed=OLD)
    request = ask(city, reference)
    assert [p for p in city.home.rglob("*") if p.is_file() and b"Quastenflosser" in p.read_bytes()] == []
    with city.read() as session:
        actions = [e.action for e in session.exec(select(AuditEntry)) if e.action.startswith("erasure.")]
        assert actions == ["erasure.ask", "erasure.open"]
        assert not session.exec(select(AuditValue).where(AuditValue.object.startswith("erasure:"))).all()
    requests.require_person(request, "  änne   QUASTENFLOSSER ")
    with pytest.raises(InputRefused):
        requests.require_person(request, "Anne Quastenflosser")


def test_the_letter_says_all_of_it(city):
    free, running = city.case("10.5", closed=OLD), city.case("10.5", closed=TODAY)
    request = ask(city, free, running)
    with city.read() as session:
        values = requests.report(session, city.privacy, request.id, TODAY, city.settings, "Stadt Zwönau")
    assert values["counts"] == {"erased": 0, "erasable": 1, "withheld": 1}
    data = letter.write(values, "Änne Quastenflosser", city.clock.now())
    assert data == letter.write(values, "Änne Quastenflosser", city.clock.now())
    document = pypdfium2.PdfDocument(data)
    text = " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())
    document.close()
    for words in ("Änne Quastenflosser", "Zur Löschung vorgesehen", free, running, "bis 31.12.2029", "Art. 77 DSGVO"):
        assert words in text
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert "pdfaid" in pdf.Root.Metadata.read_bytes().decode()


def test_a_record_that_went_before_is_answered_too(city):
    gone, running = city.case("10.5", closed=OLD), city.case("10.5", closed=TODAY)
    city.carry_out(city.approved(TODAY), TODAY)
    found = judged(city, ask(city, gone, running))
    assert (found[gone].outcome, found[running].outcome) == ("erased", "withheld")


def test_what_is_refused(city):
    reference = city.case("10.5", closed=OLD)
    for values, error in (
        ({"actor": city.manager}, NotPermitted),
        ({"person": " "}, InputRefused),
        ({"received": LATER}, InputRefused),
    ):
        with pytest.raises(error):
            ask(city, reference, **values)
    with pytest.raises(NotFound):
        ask(city, reference, "10.5-1999/000001")
    with pytest.raises(InputRefused):
        ask(city)
    request = ask(city, reference)
    with city.read() as session, pytest.raises(NotPermitted):
        requests.find(session, city.person("u-anl1"), request.id)


def test_by_command(home, tmp_path):  # noqa: F811
    one = case(home, "10.5", "u-anl1", text="Frau Quastenflosser")
    other = case(home, "10.5", "u-anl1", text="Jemand anders")
    given = ("--person", "Änne Muster", "--query", "Quastenflosser")
    request = home("retention", "erasure", "open", *given, actor="u-dsb1")
    assert [row["reference"] for row in request["records"]] == [one]
    number = request["request"]
    home("retention", "erasure", "open", other, "--person", "X", code=4)
    later = ("--on", "2057-01-01")
    assert home("retention", "erasure", "propose", number, *later)["list"]
    to = ("--to", tmp_path / "antwort.pdf")
    home("retention", "erasure", "report", number, *to, "--person", "Wer anders", actor="u-dsb1", code=8)
    home("retention", "erasure", "report", number, *to, "--person", "Änne Muster", actor="u-dsb1")
    assert (tmp_path / "antwort.pdf").read_bytes().startswith(b"%PDF")
    home("retention", "erasure", "report", number, "--to", tmp_path / "antwort.json", *later, actor="u-dsb1")
    assert json.loads((tmp_path / "antwort.json").read_bytes())["counts"]["erasable"] == 1
    assert home("retention", "erasure", "list")["requests"][0]["request"] == number
    assert home.files_with("Änne Muster".encode()) == []
