"""The procedure with an archive outside, in messages that are valid by the published schemas."""

import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from lxml import etree
from sqlmodel import select

from archive.intake import take_in as archive_take_in
from erecords.digest import sha512_bytes
from erecords.errors import Conflict, NotPermitted
from erecords.registry import transactions
from erecords.store.models import Document
from retention.errors import MessageRefused, Undecided, WrongState
from retention.models import DisposalItem, Handover, XdomeaProcess
from retention.periods import caserules, timing
from retention.settings import RetentionSettings
from retention.xdomea import read, receiving, schema, sending, write
from retention.xdomea.values import NAMES, Kind

SCHEMAS = Path(__file__).parents[2] / "../shared/schemas"
SAMPLES = Path(__file__).parents[2] / "../shared/corpus/xdomea"
needs_schemas = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the folder ../shared/schemas is not here")
pytestmark = needs_schemas


def desk(city, version="3.0.0"):
    settings = RetentionSettings(
        cool_off_days=0, allow_future_dates=True, xdomea_schemas=str(SCHEMAS), xdomea_version=version
    )
    return sending.Desk(city.blobs, city.clock, settings, "Stadt Zwönau")


def export(city, list_id, to, version="3.0.0", actor=None):
    with city.work(city.manager) as work:
        return sending.export(work, actor or city.manager, desk(city, version), list_id, to)


def take(city, path, actor=None):
    with city.work(city.manager) as work:
        return receiving.take_in(work, actor or city.manager, desk(city), path, city.home / "outbox")


def answer(folder, process, kind, body="", version="3.0.0", wants_receipt=False):
    """A message as an archive would send it."""
    wanted = "<x:Empfangsbestaetigung>1</x:Empfangsbestaetigung>" if kind is Kind.DECISIONS else ""
    name = f"{NAMES[kind]}.{kind.value}"
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<x:{name} xmlns:x="urn:xoev-de:xdomea:schema:{version}"><x:Kopf><x:ProzessID>{process}</x:ProzessID>
<x:Nachrichtentyp><code>{kind.value}</code></x:Nachrichtentyp>
<x:Erstellungszeitpunkt>2026-11-22T10:00:00Z</x:Erstellungszeitpunkt>
<x:Absender><x:Institution><x:Name>Archiv</x:Name></x:Institution></x:Absender><x:Empfaenger/>{wanted}</x:Kopf>{body}
</x:{name}>"""
    path = folder / f"{process}_{name}-{sha512_bytes(text.encode())[:8]}.xml"
    path.write_text(text, encoding="utf-8")
    return path


def decided(**by_id):
    return "".join(
        f"<x:BewertetesObjekt><x:ID>{key}</x:ID><x:Aussonderungsart><x:Aussonderungsart><code>{value}</code>"
        "</x:Aussonderungsart></x:Aussonderungsart></x:BewertetesObjekt>"
        for key, value in by_id.items()
    )


def imported(**by_id):
    return "".join(
        f"<x:AusgesondertesSGO><x:IDSGO>{key}</x:IDSGO><x:Erfolgreich>{'true' if name else 'false'}</x:Erfolgreich>"
        + (f"<x:Archivkennung>{name}</x:Archivkennung>" if name else "<x:Fehlermeldung>kaputt</x:Fehlermeldung>")
        + "</x:AusgesondertesSGO>"
        for key, name in by_id.items()
    )


def ids(path):
    """Reference to id, of the cases in a message."""
    with zipfile.ZipFile(path) as packed:
        root = etree.fromstring(packed.read(f"{path.stem}.xml"))
    return {
        node.findtext("{*}AllgemeineMetadaten/{*}Kennzeichen"): node.findtext("{*}Identifikation/{*}ID")
        for node in root.iter("{*}Akte")
    }


@pytest.mark.parametrize("version", schema.VERSIONS)
def test_four_stages_to_the_certificate(city, tmp_path, version):
    kept, decided_case, waived = city.case("10.41", words=("Größe & <Maß>",)), city.case("10.71"), city.case("10.5")
    list_id = city.propose()
    offer = export(city, list_id, tmp_path, version)
    assert offer.kind == "0501" and offer.cases == 2 and offer.validated
    known = ids(offer.file)
    assert set(known) == {kept, decided_case}, "what was waived is not offered"
    take(city, answer(tmp_path, offer.process, Kind.OFFER_RECEIVED, version=version))
    with pytest.raises(Undecided):
        city.approve(list_id)
    body = decided(**{known[kept]: "A", known[decided_case]: "V"})
    taken = take(city, answer(tmp_path, offer.process, Kind.DECISIONS, body, version=version))
    assert sorted(taken.changed) == sorted([kept, decided_case]) and taken.findings == []
    assert taken.answer.name == f"{offer.process}_Aussonderung.BewertungEmpfangBestaetigen.0505.zip"
    city.approve(list_id)
    delivery = export(city, list_id, tmp_path, version)
    assert delivery.kind == "0503" and delivery.cases == 1 and delivery.process == offer.process
    waiting = city.carry_out(list_id)
    assert waiting[kept].outcome == "withheld" and city.exists(kept)
    assert waiting[waived].outcome == waiting[decided_case].outcome == "destroyed"
    take(city, answer(tmp_path, offer.process, Kind.DELIVERY_RECEIVED, version=version))
    take(city, answer(tmp_path, offer.process, Kind.IMPORTED, imported(**{known[kept]: "A 12/3"}), version=version))
    results = city.carry_out(list_id)
    assert results[kept].outcome == "transferred" and results[kept].aip == "A 12/3"
    assert not city.exists(kept) and not city.archive.holdings()


def test_the_delivery_holds_what_its_manifest_says(city, tmp_path):
    reference = city.case("10.41", words=("Eins", "Zwei"))
    list_id = city.approved()
    sent = export(city, list_id, tmp_path)
    manifest = json.loads(sent.manifest.read_bytes())
    assert manifest["counts"] == {
        "cases": 1,
        "transactions": 0,
        "documents": 2,
        "files": 4,
        "bytes": sum(f["bytes"] for f in manifest["files"]),
    }
    with zipfile.ZipFile(sent.file) as packed:
        assert {entry["name"] for entry in manifest["files"]} | {manifest["message"]["name"]} == set(packed.namelist())
        for entry in manifest["files"]:
            assert sha512_bytes(packed.read(entry["name"])) == entry["sha512"]
    receipt = archive_take_in(city.archive, sent.file, city.clock, agent="Archiv")
    assert receipt.files >= 4
    assert city.exists(reference)


def test_a_partial_import_frees_only_what_was_taken(city, tmp_path):
    one, two, three = (city.case("10.41") for _ in range(3))
    list_id = city.approved()
    sent = export(city, list_id, tmp_path)
    known = ids(sent.file)
    with pytest.raises(Conflict):
        export(city, list_id, tmp_path)
    taken = take(city, answer(tmp_path, sent.process, Kind.IMPORTED, imported(**{known[one]: "A1", known[two]: ""})))
    assert taken.changed == [one] and len(taken.findings) == 2
    outcomes = {name: result.outcome for name, result in city.carry_out(list_id).items()}
    assert outcomes == {one: "transferred", two: "withheld", three: "withheld"}
    again = export(city, list_id, tmp_path)
    assert again.cases == 2 and set(ids(again.file)) == {two, three}
    take(city, answer(tmp_path, sent.process, Kind.IMPORTED, imported(**{known[two]: "A2", known[three]: "A3"})))
    assert {r.outcome for r in city.carry_out(list_id).values()} == {"transferred"}


def test_what_does_not_belong_is_refused(city, tmp_path):
    reference = city.case("10.41")
    list_id = city.approved()
    sent = export(city, list_id, tmp_path)
    known = ids(sent.file)
    body = imported(**{known[reference]: "A1"})
    strange = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(MessageRefused, match="none of this home"):
        take(city, answer(tmp_path, strange, Kind.IMPORTED, body))
    with pytest.raises(WrongState):
        take(city, answer(tmp_path, sent.process, Kind.DECISIONS, decided(**{known[reference]: "V"})))
    with pytest.raises(MessageRefused, match="does not fit"):
        take(city, answer(tmp_path, sent.process, Kind.OFFER_RECEIVED))
    with pytest.raises(NotPermitted):
        take(city, answer(tmp_path, sent.process, Kind.IMPORTED, body), actor=city.head)
    wrong = take(city, answer(tmp_path, sent.process, Kind.IMPORTED, imported(**{strange: "A1"})))
    assert wrong.changed == [] and len(wrong.findings) == 2
    with city.read() as session:
        assert session.exec(select(Handover)).all() == []
    assert city.carry_out(list_id)[reference].outcome == "withheld"


def test_the_same_message_twice_changes_nothing(city, tmp_path):
    reference = city.case("10.41")
    list_id = city.approved()
    sent = export(city, list_id, tmp_path)
    path = answer(tmp_path, sent.process, Kind.IMPORTED, imported(**{ids(sent.file)[reference]: "A1"}))
    assert take(city, path).changed == [reference]
    assert take(city, path).findings == ["the same message was taken in before; nothing changed"]


def test_an_archives_own_word_decides_nothing(city, tmp_path):
    reference = city.case("10.71")
    list_id = city.propose()
    offer = export(city, list_id, tmp_path)
    body = (
        f"<x:BewertetesObjekt><x:ID>{ids(offer.file)[reference]}</x:ID><x:Aussonderungsart>"
        "<x:AussonderungsartKonfigurierbar>Auswahl</x:AussonderungsartKonfigurierbar></x:Aussonderungsart>"
        "</x:BewertetesObjekt>"
    )
    taken = take(city, answer(tmp_path, offer.process, Kind.DECISIONS, body))
    assert taken.changed == [] and "Auswahl" in taken.findings[0]
    with city.read() as session:
        assert session.exec(select(DisposalItem.decision)).one() is None
        assert session.exec(select(XdomeaProcess.state)).one() == "decided"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"no xml", "not well-formed"),
        (b"<a/>", "no namespace"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a xmlns="urn:xoev-de:xdomea:schema:3.0.0">&b;</a>', "document type"),
        (b'<Aussonderung.Bewertungsverzeichnis.0502 xmlns="urn:xoev-de:xdomea:schema:3.0.0"/>', "not valid"),
        (b'<a xmlns="urn:xoev-de:xdomea:schema:2.4.0"/>', "are understood"),
    ],
)
def test_hostile_messages_are_refused(data, what):
    with pytest.raises(MessageRefused, match=what):
        read.read(data, str(SCHEMAS))


@pytest.mark.parametrize("name", ["../a.xml", "/a.xml", "a/b.xml", "a\\..\\b.xml"])
def test_names_that_lead_out_are_refused(tmp_path, name):
    path = tmp_path / "message.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(name, b"<a/>")
    with pytest.raises(MessageRefused):
        read.message_bytes(path)


def test_without_schemas_a_message_says_that_it_was_not_validated(city, tmp_path):
    city.case("10.41")
    list_id = city.approved()
    bare = sending.Desk(city.blobs, city.clock, RetentionSettings(), "Stadt")
    with city.work(city.manager) as work:
        assert not sending.export(work, city.manager, bare, list_id, tmp_path).validated


EXAMPLES = sorted((SCHEMAS / "xdomea/examples-3.0.0").glob("*.xml")) if SCHEMAS.is_dir() else []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name[-40:])
def test_published_examples_are_read(path):
    message = read.read(path.read_bytes(), str(SCHEMAS))
    assert message.kind.value in path.name
    assert message.version == "3.0.0"
    if message.kind is Kind.DECISIONS:
        assert [decision.decision for decision in message.decisions] == ["A"]


def _manifest():
    """Name and expectation of each xdomea sample."""
    path = SAMPLES.parent / "MANIFEST.tsv"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    cells = [line.split("\t") for line in lines if line.startswith("xdomea/")]
    return {line[0].removeprefix("xdomea/"): line[-1] for line in cells}


def _named(message):
    return {name for each in message.objects for name in each.files}


def _offer_tree(message, _path):
    """Akte 1234-1 with Vorgänge 1234-1.1, 1234-1.2; process id 9a75050f-..."""
    assert message.kind is Kind.OFFER and message.process.startswith("9a75050f-")
    tree = [(each.kind, each.depth, each.reference) for each in message.objects if each.kind != "Dokument"]
    assert tree[:3] == [("Akte", 0, "1234-1"), ("Vorgang", 1, "1234-1.1"), ("Vorgang", 1, "1234-1.2")]


def _delivery_with_files(message, path):
    """Every Dateiname of the XML is in the ZIP, and nothing else; it can be archived."""
    assert message.kind is Kind.DELIVERY and message.process and message.process in path.name
    with zipfile.ZipFile(path) as packed:
        assert _named(message) == {name for name in packed.namelist() if not name.endswith(".xml")}


def _pattern(message, _path):
    """A pattern of a generator: version 3.0.0 detected."""
    assert (message.version, message.kind) == ("3.0.0", Kind.OFFER)


def _message_without_file(message, path):
    """The named primary file has to lie beside it under just that name."""
    assert message.kind is Kind.DELIVERY
    assert not any((path.parent / name).exists() for name in _named(message))
    with zipfile.ZipFile(next(SAMPLES.glob("9fde4e7a*.zip"))) as packed:
        assert _named(message) <= set(packed.namelist())


EXPECTED = {
    "9a75050f-323a-4e84-94c9-a889aa2b4fe8_Aussonderung.Anbieteverzeichnis.0501.zip": _offer_tree,
    "9a75050f-323a-4e84-94c9-a889aa2b4fe8_Aussonderung.Aussonderung.0503.zip": _delivery_with_files,
    "9fde4e7a-b41b-11ec-9225-005056871b7c_Aussonderung.Aussonderung.0503.zip": _delivery_with_files,
    "muster_2.4.0_0503.xml": "2.4.0",
    "muster_3.0.0_0501.xml": _pattern,
    "nrw_v3_0503.xml": _message_without_file,
    "nrw_v3_primary.txt": "not well-formed",
}
"""Per line of the manifest what has to come true, or with which words it is refused."""


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder ../shared/corpus is not here")
@pytest.mark.parametrize("name", sorted(_manifest()))
def test_samples_are_read_or_refused_as_the_manifest_expects(name):
    path, expected = SAMPLES / name, EXPECTED[name]
    if isinstance(expected, str):
        with pytest.raises(MessageRefused, match=expected):
            read.read(read.message_bytes(path), str(SCHEMAS))
    else:
        schemas = "" if "muster" in name else str(SCHEMAS)
        expected(read.read(read.message_bytes(path), schemas), path)


def test_a_message_that_contradicts_itself_frees_and_decides_nothing(city, tmp_path):
    for order in ((0, 1), (1, 0)):
        reference = city.case("10.41")
        list_id = city.approved()
        sent = export(city, list_id, tmp_path / str(order))
        key = ids(sent.file)[reference]
        halves = imported(**{key: "A1"}), imported(**{key: ""})
        body = "".join(halves[part] for part in order)
        taken = take(city, answer(tmp_path, sent.process, Kind.IMPORTED, body))
        assert taken.changed == [] and any(reference in text for text in taken.findings)
        assert city.carry_out(list_id)[reference].outcome == "withheld" and city.exists(reference)


def test_two_decisions_about_one_case_are_none(city, tmp_path):
    reference = city.case("10.71")
    offer = export(city, city.propose(), tmp_path)
    key = ids(offer.file)[reference]
    body = decided(**{key: "V"}) + decided(**{key: "A"})
    taken = take(city, answer(tmp_path, offer.process, Kind.DECISIONS, body))
    assert taken.changed == [] and "['A', 'V']" in taken.findings[0]


@pytest.mark.parametrize("names", [["a.xml", "b.xml"], ["../x.pdf", "a.xml"], ["a.xml", "a/../../b.pdf"], ["a.pdf"]])
def test_packages_that_are_none(tmp_path, names):
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for name in names:
            packed.writestr(name, b"<a/>")
    with pytest.raises(MessageRefused):
        read.message_bytes(path)


def test_a_bomb_and_a_torn_package_are_refused(tmp_path):
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.xml", b" " * 110_000_000)
    with pytest.raises(MessageRefused, match="larger"):
        read.message_bytes(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(MessageRefused):
        read.read(read.message_bytes(path), str(SCHEMAS))


def test_file_names_of_a_message_stay_words(tmp_path):
    """A name with ../ is valid by the schema; it is shown, and never opened."""
    source = SAMPLES / "nrw_v3_0503.xml"
    if not source.is_file():
        pytest.skip("the folder ../shared/corpus is not here")
    text = source.read_text(encoding="utf-8")
    name = next(iter(_named(read.read(text.encode(), str(SCHEMAS)))))
    leads_out = f"{name[:36]}_../../../../etc/passwd"
    message = read.read(text.replace(name, leads_out).encode(), str(SCHEMAS))
    assert _named(message) == {leads_out}


def test_text_that_xml_cannot_carry_is_left_out():
    assert write._clean("a\x00b\x1fc\ud800d\te") == "abcd\te"


def case_with_transactions(city, notation="10.41"):
    """A closed case with a document of its own and two transactions, one of them without a document."""
    reference = city.case(notation, closed=None, words=("Eigenes", "Antrag", "Bescheid"))
    with city.work() as work:
        row = city.row(work.session, reference)
        numbers = work.session.exec(select(Document.id).where(Document.case_id == row.id)).all()
        first = transactions.open_transaction(
            work, city.machine, row, title="Anmeldung <Bello>", process="hund", process_title="Hundesteuer",
            opened=date(2020, 1, 1),
        )  # fmt: skip
        for number in numbers[1:]:
            transactions.add(work, city.machine, first, work.session.get_one(Document, number))
        second = transactions.open_transaction(work, city.machine, row, title="Abmeldung", opened=date(2021, 1, 1))
        names = first.number, second.number
    city.close(reference, date(2026, 11, 22))
    return reference, *names


def objects_of(path):
    """Kind, depth, reference and number of files of all objects in a message, read as an archive reads it."""
    message = read.read(read.message_bytes(path), str(SCHEMAS))
    return [(each.kind, each.depth, each.reference, len(each.files)) for each in message.objects]


def transaction_ids(path):
    with zipfile.ZipFile(path) as packed:
        root = etree.fromstring(packed.read(f"{path.stem}.xml"))
    return {
        node.findtext("{*}AllgemeineMetadaten/{*}Kennzeichen"): node.findtext("{*}Identifikation/{*}ID")
        for node in root.iter("{*}Vorgang")
    }


@pytest.mark.parametrize("version", schema.VERSIONS)
def test_transactions_travel_as_vorgang_in_offer_and_delivery(city, tmp_path, version):
    reference, one, two = case_with_transactions(city)
    list_id = city.propose()
    offer = export(city, list_id, tmp_path, version)
    tree = [
        ("Akte", 0, reference, 0), ("Dokument", 1, "", 0), ("Vorgang", 1, one, 0), ("Dokument", 2, "", 0),
        ("Dokument", 2, "", 0), ("Vorgang", 1, two, 0),
    ]  # fmt: skip
    assert offer.validated and objects_of(offer.file) == tree
    with zipfile.ZipFile(offer.file) as packed:
        run = etree.fromstring(packed.read(f"{offer.file.stem}.xml")).find(".//{*}Vorgang")
    assert run.findtext("{*}AllgemeineMetadaten/{*}Betreff") == "Anmeldung <Bello>"
    assert (run.findtext("{*}Typ"), run.findtext("{*}Laufzeit/{*}Ende")) == ("Hundesteuer", "2026-11-22")
    city.approve(list_id)
    sent = export(city, list_id, tmp_path, version)
    with_files = [(kind, depth, name, 2 if kind == "Dokument" else 0) for kind, depth, name, _ in tree]
    assert sent.validated and objects_of(sent.file) == with_files
    counts = json.loads(sent.manifest.read_bytes())["counts"]
    assert (counts["transactions"], counts["documents"], counts["files"]) == (2, 3, 6)
    assert archive_take_in(city.archive, sent.file, city.clock, agent="Archiv").files >= 6


def test_what_the_archive_says_of_a_transaction_counts_for_the_whole_case(city, tmp_path):
    agreed, some, none, taken_whole = (case_with_transactions(city, "10.71") for _ in range(4))
    list_id = city.propose()
    offer = export(city, list_id, tmp_path)
    case, run = ids(offer.file), transaction_ids(offer.file)
    body = decided(**{
        case[agreed[0]]: "V", run[agreed[1]]: "V",
        case[some[0]]: "V", run[some[1]]: "A",
        run[none[1]]: "V",
        case[taken_whole[0]]: "A", run[taken_whole[1]]: "V",
    })  # fmt: skip
    answered = take(city, answer(tmp_path, offer.process, Kind.DECISIONS, body))
    assert sorted(answered.changed) == sorted([agreed[0], taken_whole[0]])
    assert len(answered.findings) == 2
    assert any(some[0] in text and some[1] in text for text in answered.findings)
    assert any(none[0] in text and "as a whole" in text for text in answered.findings)
    with pytest.raises(Undecided):
        city.approve(list_id)


def test_a_transaction_that_was_not_taken_over_keeps_the_whole_case(city, tmp_path):
    one, other = case_with_transactions(city), case_with_transactions(city)
    list_id = city.approved()
    sent = export(city, list_id, tmp_path)
    case, run = ids(sent.file), transaction_ids(sent.file)
    body = imported(**{case[one[0]]: "A 1", run[one[1]]: "", case[other[0]]: "A 2", run[other[1]]: "A 2"})
    answered = take(city, answer(tmp_path, sent.process, Kind.IMPORTED, body))
    assert answered.changed == [other[0]] and any(one[0] in text for text in answered.findings)
    results = city.carry_out(list_id)
    assert results[other[0]].outcome == "transferred" and city.exists(one[0])


def test_the_end_of_retention_in_a_message_heeds_further_rules(city, tmp_path):
    reference = city.case("10.41")
    with city.work(city.manager) as work:
        caserules.add(work, city.manager, reference, "R-ALLG-10", reason="r")
    list_id = city.propose(date(2080, 1, 1))
    offer = export(city, list_id, tmp_path)
    with zipfile.ZipFile(offer.file) as packed:
        end = etree.fromstring(packed.read(f"{offer.file.stem}.xml")).findtext(".//{*}Aufbewahrungsende")
    with city.read() as session:
        assert end == str(timing.of_case(session, city.row(session, reference), date(2080, 1, 1), 30).retained_to)


def test_what_a_decision_overrules_is_said(city, tmp_path):
    kept, other = city.case("10.41"), city.case("10.71")
    offer = export(city, city.propose(), tmp_path)
    known = ids(offer.file)
    first = take(
        city, answer(tmp_path, offer.process, Kind.DECISIONS, decided(**{known[kept]: "A", known[other]: "V"}))
    )
    assert first.findings == []
    again = take(
        city, answer(tmp_path, offer.process, Kind.DECISIONS, decided(**{known[kept]: "V", known[other]: "A"}))
    )
    assert sorted(again.changed) == sorted([kept, other])
    assert again.findings == [
        f"{kept} was decided A by archive:0502; now V counts", f"{other} was decided V by archive:0502; now A counts",
    ]  # fmt: skip


def test_an_answer_that_comes_after_the_approval_says_what_can_be_done(city, tmp_path):
    reference = city.case("10.41")
    list_id = city.propose()
    offer = export(city, list_id, tmp_path)
    city.approve(list_id)
    with pytest.raises(WrongState, match=f"too late.*retention cancel {list_id}"):
        take(city, answer(tmp_path, offer.process, Kind.DECISIONS, decided(**{ids(offer.file)[reference]: "V"})))


def test_what_failed_is_said_once_and_can_be_delivered_again(city, tmp_path):
    one, two = city.case("10.41"), city.case("10.41")
    list_id = city.approved()
    sent = export(city, list_id, tmp_path)
    known = ids(sent.file)
    taken = take(city, answer(tmp_path, sent.process, Kind.IMPORTED, imported(**{known[one]: "A1", known[two]: ""})))
    assert taken.findings == [f"{two} was not taken over: kaputt"] and f"xdomea export {list_id}" in taken.next
