import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from erecords.errors import Conflict, InputRefused, NotPermitted, StoreDamaged
from erecords.registry import cases, documents, exporter, finding, importer, transactions
from erecords.store import audit
from erecords.store.lifecycle import CaseState, RenditionKind
from erecords.store.models import AuditEntry, Case, CaseEvent, Document, DocumentVersion
from tests import city as sample
from tests.city import City

LETTERS = Path(__file__).parents[4] / "shared" / "city_letters" / "cases"
CASE = {"key": "a", "class": "22.31", "title": "Hundesteuer Colditz, Uwe", "opened": "2020-01-15"}
DOCUMENT = {"case": "a", "title": "Bescheid", "date": "2020-02-01", "type": "hundesteuerbescheid", "text": "Chip 276"}


def folder(tmp_path: Path, cases_: list[Any], documents_: list[Any] = (), **files: bytes) -> Path:
    path = tmp_path / "in"
    path.mkdir(exist_ok=True)

    def lines(values):
        return "".join((v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)) + "\n" for v in values)

    (path / "cases.jsonl").write_text(lines(cases_), encoding="utf-8")
    (path / "documents.jsonl").write_text(lines(documents_), encoding="utf-8")
    for name, data in files.items():
        (path / name.replace("__", ".")).write_bytes(data)
    return path


def run(city: City, path: Path, actor: str = "u-org1") -> dict[str, Any]:
    city.user = actor
    return importer.import_folder(city, city.actor(actor), path).as_json()


def counts(city: City) -> tuple[int, int]:
    with city.read() as session:
        return len(session.exec(select(Case.id)).all()), len(session.exec(select(Document.id)).all())


def test_a_case_comes_in_with_all_that_belongs_to_it(city, tmp_path):
    line = CASE | {
        "closed": "2021-06-30",
        "reference": "22.31-2020/000041",
        "unit": "22.3",
        "file_key": "Colditz, Uwe",
        "triggers": {"ende_steuerpflicht": "2021-05-31"},
    }
    path = folder(
        tmp_path,
        [line],
        [
            DOCUMENT | {"sender": "Stadt Zwönau"},
            {"case": "22.31-2020/000041", "title": "Foto", "date": "2020-03-01", "type": "", "file": "foto.txt"},
        ],
        foto__txt=b"Hund",
    )
    report = run(city, path)
    assert report == {"imported": 1, "documents": 2, "skipped": 0, "refused": [], "findings": []}
    with city.read() as session:
        case = session.exec(select(Case)).one()
        assert (case.reference, case.unit, case.key) == ("22.31-2020/000041", "22.3", "Colditz, Uwe")
        assert (case.state, case.closed) == (CaseState.CLOSED, date(2021, 6, 30))
        assert session.exec(select(CaseEvent.trigger, CaseEvent.on)).all() == [
            ("ende_steuerpflicht", date(2021, 5, 31))
        ]
        texts = [documents.text_of(session, city.blobs, found) for found in session.exec(select(Document))]
        assert texts == ["Chip 276", "Hund"]
        assert audit.verify(session).valid
    with city.work("u-hust1") as work:
        opened = cases.open_case(
            work, city.actor("u-hust1"), class_notation="22.31", title="x", opened=date(2020, 12, 31)
        )
        assert opened.reference == "22.31-2020/000042"


def test_a_second_run_changes_nothing_and_a_stopped_one_goes_on(city, tmp_path):
    lines = [CASE | {"key": key} for key in "abc"]
    texts = [DOCUMENT | {"case": key} for key in "abc"]
    assert run(city, folder(tmp_path, lines[:1], texts[:1]))["imported"] == 1
    path = folder(tmp_path, lines, texts)
    assert run(city, path) == {"imported": 2, "documents": 2, "skipped": 1, "refused": [], "findings": []}
    with city.read() as session:
        before = audit.verify(session).entries
    assert run(city, path) == {"imported": 0, "documents": 0, "skipped": 3, "refused": [], "findings": []}
    with city.read() as session:
        assert audit.verify(session).entries == before
    assert counts(city) == (3, 3)


def test_the_same_case_with_other_content_is_not_opened_twice(city, tmp_path):
    run(city, folder(tmp_path, [CASE], [DOCUMENT]))
    report = run(city, folder(tmp_path, [CASE], [DOCUMENT, DOCUMENT | {"title": "Mahnung"}]))
    assert report["imported"] == 0 and "was imported before as 22.31-2020/000001" in report["refused"][0]["reason"]
    other = run(city, folder(tmp_path, [CASE | {"title": "Hundesteuer Dietze"}], [DOCUMENT]))
    assert other["imported"] == 1


@pytest.mark.parametrize(
    ("line", "document", "at", "said"),
    [
        ("{kein JSON", None, 2, "cases.jsonl: the line is no JSON"),
        ("[1]", None, 2, "cases.jsonl: the line is no JSON object"),
        ({"key": "x", "class": "22.31", "opened": "2020-01-01"}, None, 2, "cases.jsonl: title: Field required"),
        (CASE | {"key": "x", "opened": "gestern"}, None, 2, "cases.jsonl: opened: "),
        (CASE | {"key": "x", "opened": "2027-01-01"}, None, 2, "cannot be opened on 2027-01-01"),
        (CASE | {"key": "x", "closed": "2019-01-01"}, None, 2, "was opened on 2020-01-15, after 2019-01-01"),
        (CASE | {"key": "x", "class": "22.3"}, None, 2, "Class 22.3 is a group"),
        (CASE | {"key": "x", "class": "99"}, None, 2, "There is no class '99'"),
        (CASE | {"key": "x", "unit": "99"}, None, 2, "There is no unit '99'"),
        (CASE | {"key": "x", "reference": "22.31-2020/000001"}, None, 2, "is given to a case already"),
        (CASE | {"key": "x", "triggers": {"Ende!": "2020-01-01"}}, None, 2, "'Ende!' is no trigger"),
        (CASE, None, 2, "key 'a' stands already on line 1"),
        (CASE | {"key": "x"}, DOCUMENT | {"case": "x", "date": "32.13."}, 1, "documents.jsonl: date: "),
        (CASE | {"key": "x"}, DOCUMENT | {"case": "x", "text": None}, 1, "neither file nor text"),
        (CASE | {"key": "x"}, DOCUMENT | {"case": "x", "file": "fehlt.pdf"}, 2, "there is no file 'fehlt.pdf'"),
        (CASE | {"key": "x"}, DOCUMENT | {"case": "x", "file": "../../etc/passwd"}, 2, "leads out of its folder"),
        (CASE | {"key": "x"}, DOCUMENT | {"case": "x", "file": "/etc/passwd"}, 2, "leads out of its folder"),
        (CASE | {"key": "x"}, DOCUMENT | {"case": "x", "file": "a\x00b"}, 2, "there is no file"),
        (CASE | {"key": "x"}, DOCUMENT | {"case": "x", "title": "a\nb"}, 2, "one line"),
        (CASE | {"key": "x"}, DOCUMENT | {"case": "nirgends"}, 1, "There is no case file 'nirgends'"),
    ],
)
def test_a_refused_case_leaves_nothing_and_the_others_come_in(city, tmp_path, line, document, at, said):
    good = CASE | {"key": "g", "title": "Hundesteuer Ficker"}
    lines = [CASE, line, good] if line is CASE else [good, line]
    path = folder(tmp_path, lines, [document] if document else [])
    report = run(city, path)
    assert [(refusal["line"], said in refusal["reason"]) for refusal in report["refused"]] == [(at, True)], report
    expected = 2 if document and document["case"] == "nirgends" else 1
    assert report["imported"] == expected and counts(city) == (expected, 0)


def test_a_link_out_of_the_folder_is_not_followed(city, tmp_path):
    secret = tmp_path / "geheim.txt"
    secret.write_text("geheim")
    path = folder(tmp_path, [CASE], [DOCUMENT | {"text": None, "file": "brief.txt"}])
    (path / "brief.txt").symlink_to(secret)
    assert "leads out" in run(city, path)["refused"][0]["reason"] and list(city.blobs.all()) == []


def test_one_bad_case_among_many_is_found_without_losing_the_others(city, tmp_path):
    lines = [CASE | {"key": f"k{n}", "title": f"Fall {n}"} for n in range(230)]
    lines[150] |= {"file_key": "x"}
    lines[151] |= {"file_key": "x"}
    report = run(city, folder(tmp_path, lines))
    assert report["imported"] == 229 and [refusal["line"] for refusal in report["refused"]] == [152]
    with city.read() as session:
        numbers = sorted(session.exec(select(Case.reference)))
        assert numbers == [f"22.31-2020/{n:06d}" for n in range(1, 230)]


def test_what_should_be_looked_at_is_reported(city, tmp_path):
    path = folder(tmp_path, [CASE | {"closed": "2020-01-20", "farbe": "rot"}], [DOCUMENT])
    report = run(city, path)
    assert report["imported"] == 1
    assert [(found["line"], found["finding"]) for found in report["findings"]] == [
        (1, "unknown keys were left out: farbe"),
        (1, "the document of 2020-02-01 is younger than the closing"),
    ]


def test_documents_go_into_a_case_that_is_there_and_only_once(city, tmp_path):
    run(city, folder(tmp_path, [CASE]))
    path = folder(tmp_path, [], [DOCUMENT | {"case": "22.31-2020/1"}])
    assert run(city, path) == {"imported": 0, "documents": 1, "skipped": 0, "refused": [], "findings": []}
    assert run(city, path) == {"imported": 0, "documents": 0, "skipped": 1, "refused": [], "findings": []}
    assert counts(city) == (1, 1)


def test_a_destroyed_case_does_not_come_back(city, tmp_path):
    city.tombstones["22.31-2020/000001"] = {"state": "destroyed"}
    report = run(city, folder(tmp_path, [CASE | {"reference": "22.31-2020/000001"}]))
    assert "was destroyed or handed over" in report["refused"][0]["reason"] and counts(city) == (0, 0)


def test_who_may_import(city, tmp_path):
    path = folder(tmp_path, [CASE, CASE | {"key": "b", "class": "63.1", "title": "Bauakte"}])
    with pytest.raises(NotPermitted):
        run(city, path, "u-post1")
    report = run(city, path, "u-hust1")
    assert report["imported"] == 1 and "may not change cases of class 63.1" in report["refused"][0]["reason"]
    assert run(city, path, "u-it1")["imported"] == 1
    with city.read() as session:
        actors = {entry.actor for entry in audit.entries(session) if entry.action == "case.open"}
        assert actors == {"u-hust1", "u-it1"}


def test_a_folder_without_lists_is_refused(city, tmp_path):
    with pytest.raises(InputRefused, match="neither"):
        run(city, tmp_path)


def export(city: City, actor: str, reference: str, target: Path):
    who = city.actor(actor)
    with city.read() as session:
        return exporter.export_case(session, who, city.blobs, cases.find(session, who, reference), target)


def moved_case(city: City, tmp_path: Path) -> str:
    """A case with a former reference, an event, a text, a file, and a document of two versions."""
    path = folder(
        tmp_path,
        [CASE | {"triggers": [{"trigger": "tod", "on": "2021-05-31"}], "file_key": "Colditz, Uwe"}],
        [
            DOCUMENT | {"sender": "Uwe Colditz", "received": "2020-02-03", "text": " Zeile eins\r\nzwei\n"},
            {"case": "a", "title": "Scan", "date": "2020-03-01", "type": "", "file": "scan.pdf", "text": "Erkannt"},
        ],
        scan__pdf=b"%PDF-1.4 alt",
    )
    assert run(city, path)["imported"] == 1
    blob = city.blobs.put_bytes(b"%PDF-1.4 neu")
    with city.work("u-hust1") as work:
        who = city.actor("u-hust1")
        case = cases.find(work.session, who, "22.31-2020/000001")
        new = documents.NewRendition(documents.RenditionKind.ORIGINAL, blob.sha512, blob.bytes, "application/pdf")
        scan = documents.find(work.session, who, 2)
        documents.supersede(work, who, city.blobs, scan, name="scan neu.pdf", renditions=[new])
        return cases.move(work, who, case, class_notation="22.32", reason="Befreiung").reference


def test_what_is_written_out_comes_back_the_same(city, tmp_path):
    reference = moved_case(city, tmp_path)
    written = export(city, "u-hust1", reference, tmp_path / "out")
    assert (written.documents, written.files) == (2, 2)
    other_home = tmp_path / "other"
    other_home.mkdir()
    sample.load(other_home)
    other = City(other_home)
    report = run(other, tmp_path / "out")
    assert (report["imported"], report["documents"], report["refused"], report["findings"]) == (1, 2, [], [])
    export(other, "u-hust1", reference, tmp_path / "again")
    other.engine.dispose()
    for name in ("cases.jsonl", "documents.jsonl"):
        assert (tmp_path / "again" / name).read_text() == (tmp_path / "out" / name).read_text()
    files = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").glob("files/*/*"))
    assert files == ["files/0002-1/scan.pdf", "files/0002-2/scan neu.pdf"]
    lines = [json.loads(line) for line in (tmp_path / "out" / "documents.jsonl").read_text().splitlines()]
    assert lines[0]["text"] == " Zeile eins\r\nzwei\n"


def test_who_may_export_and_where(city, tmp_path):
    reference = moved_case(city, tmp_path)
    with pytest.raises(NotPermitted):
        export(city, "u-org1", reference, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(Conflict, match="not an empty folder"):
        export(city, "u-hust1", reference, tmp_path)
    for path in (tmp_path / "home" / "store").glob("??/??/*"):
        path.chmod(0o600)
        path.write_bytes(b"anders")
    with pytest.raises(StoreDamaged):
        export(city, "u-hust1", reference, tmp_path / "out")
    assert not (tmp_path / "out" / "cases.jsonl").exists()


def test_versions_come_back_as_versions(city, tmp_path):
    path = folder(
        tmp_path,
        [CASE],
        [{"case": "a", "title": "Scan", "file": "b.txt", "earlier_versions": ["a.txt"]}],
        a__txt=b"alt",
        b__txt=b"neu",
    )
    assert run(city, path)["documents"] == 1
    with city.read() as session:
        assert session.exec(select(DocumentVersion.name).order_by(DocumentVersion.number)).all() == ["a.txt", "b.txt"]
        assert documents.text_of(session, city.blobs, session.exec(select(Document)).one()) == "neu"


@pytest.mark.skipif(not LETTERS.is_dir(), reason="../shared/city_letters is not there")
def test_the_citys_case_files_come_in(city):
    report = run(city, LETTERS)
    assert report == {"imported": 400, "documents": 963, "skipped": 0, "refused": [], "findings": []}
    assert run(city, LETTERS)["skipped"] == 400
    with city.read() as session:
        assert audit.verify(session).valid
        assert len(finding.cases(session, city.actor("u-org1"))) == 400


def with_transactions(city: City) -> tuple[str, str, str]:
    """A closed case with two documents; one transaction closed before it holds the first of them."""
    with city.work("u-hust1") as work:
        who = city.actor("u-hust1")
        case = cases.open_case(work, who, class_notation="22.31", title="Hund", key="4711", opened=date(2024, 1, 1))
        one = transactions.open_transaction(
            work, who, case, title="Anmeldung", process="hund", process_title="Hundesteuer", opened=date(2024, 2, 1)
        )
        two = transactions.open_transaction(work, who, case, title="Abmeldung", opened=date(2024, 5, 1))
        for number, words in enumerate(("Antrag", "Brief")):
            blob = city.blobs.put_bytes(words.encode())
            row = documents.register(
                work, who, city.blobs, case, title=words, date=date(2024, 3, 1), name=f"{words}.txt",
                renditions=[documents.NewRendition(RenditionKind.ORIGINAL, blob.sha512, blob.bytes, "text/plain")],
            )  # fmt: skip
            if not number:
                transactions.add(work, who, one, row)
        transactions.close_as_stated(work, who, one, on=date(2024, 4, 1))
        cases.close_as_stated(work, who, case, on=date(2024, 6, 1))
        return case.reference, one.number, two.number


def described(city: City, reference: str):
    """The transactions of a case with the titles of their documents."""
    with city.read() as session:
        case = cases.find(session, city.actor("u-hust1"), reference)
        return [
            (
                row.title, row.process, row.process_title, row.opened, row.closed,
                [document.title for document in transactions.documents(session, row)],
            )
            for row in transactions.of_case(session, case)
        ]  # fmt: skip


def test_transactions_come_in_as_they_went_out(city, tmp_path):
    reference, one, two = with_transactions(city)
    export(city, "u-hust1", reference, tmp_path / "out")
    lines = [json.loads(line) for line in (tmp_path / "out/cases.jsonl").read_text("utf-8").splitlines()]
    assert [row["key"] for row in lines[0]["transactions"]] == [one, two]
    (tmp_path / "other").mkdir()
    sample.load(tmp_path / "other")
    other = City(tmp_path / "other")
    report = run(other, tmp_path / "out")
    assert (report["imported"], report["refused"]) == (1, [])
    assert (
        described(other, reference)
        == described(city, reference)
        == [
            ("Anmeldung", "hund", "Hundesteuer", date(2024, 2, 1), date(2024, 4, 1), ["Antrag"]),
            ("Abmeldung", "", "", date(2024, 5, 1), date(2024, 6, 1), []),
        ]
    )
    assert run(other, tmp_path / "out")["skipped"] == 1
    with other.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "transaction.open")).first()
    other.engine.dispose()
    assert json.loads(entry.details)["was"] == one, "the number that it had stays known"


def test_a_document_in_a_transaction_that_is_not_there_is_refused(city, tmp_path):
    report = run(city, folder(tmp_path, [CASE], [DOCUMENT | {"transaction": "V-2024-000001"}]))
    assert report["imported"] == 0 and "no transaction 'V-2024-000001'" in report["refused"][0]["reason"]
