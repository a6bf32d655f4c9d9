"""Batches: as many letters as the cover sheet declares, no doubtful sheet passes silently, labels give numbers."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import click
import pikepdf
import pytest
from sqlmodel import Session

from erecords.errors import Conflict, NotFound, NotPermitted
from erecords.files import make_folder
from erecords.store import audit
from mailroom.matching.advice import Adviser
from mailroom.models import Delivery, DeliveryState, Letter
from mailroom.processing import progress, telling
from mailroom.sheets import separators
from mailroom.stages.pages import Pages
from mailroom.stages.sheets import Cover
from tests.mailroom.recognition import drawing

DOG = "Sehr geehrte Damen und Herren,\nhiermit melde ich meinen Hund {} zur Hundesteuer an.\nMit Grüßen\n{}"
SHEET = "TRENNBLATT\nZwischen zwei Briefe legen. Dieses Blatt wird nicht abgelegt."


def batch(tmp_path: Path, *pages: object, name: str = "stapel.pdf") -> Path:
    """A scan of these pages: a text is a page of a letter; a cover, a label's number, or None for a separator."""
    path = tmp_path / name
    with pikepdf.new() as whole:
        for place, page in enumerate(pages):
            source = tmp_path / f"{place}.pdf"
            if page is None:
                source.write_bytes(separators.separator_pdf())
            elif isinstance(page, Cover):
                source.write_bytes(separators.cover_pdf(page))
            elif str(page).startswith("E-"):
                source.write_bytes(separators.label_pdf([str(page)], separators.LABEL_SHEETS["70x37"], "Zwönau"))
            else:
                drawing.text_pdf(source, str(page))
            with pikepdf.open(source) as pdf:
                whole.pages.append(pdf.pages[0])
        whole.save(path)
    return path


def codes(letter: dict) -> list[str]:
    return [finding.partition(":")[0] for finding in letter["findings"]]


def test_a_lost_separator_raises_an_alarm_until_the_letters_add_up(post, run, tmp_path):
    path = batch(
        tmp_path, Cover("POST1", 3), DOG.format("Waldi", "Uwe Colditz"), None, DOG.format("Emma", "Jana Hänel"), SHEET,
        DOG.format("Luna", "Doreen Arnold"),
    )  # fmt: skip
    (delivery,) = run("mail", "take", str(path))["deliveries"]
    assert delivery["sheets"] == 2
    assert delivery["batches"] == [{"name": "POST1", "declared": 3, "came": 2, "complete": False}]
    first, second = delivery["letters"]
    assert [(one["first_page"], one["last_page"], one["state"]) for one in (first, second)] == [
        (2, 2, "tray"),
        (4, 6, "tray"),
    ]
    assert "batch-count" in codes(first) and "separator-doubtful" not in codes(first)
    assert {"batch-count", "separator-doubtful"} <= set(codes(second))
    said = telling.outcome(post, delivery["id"]).splitlines()
    assert said[:3] == [
        f"{delivery['source']}: 2 letters, 0 filed, 2 in the tray",
        f"  {first['number']} waits in the tray (look at: batch-count), pages 2-2",
        f"  {second['number']} waits in the tray (look at: separator-doubtful, batch-count), pages 4-6",
    ]
    assert said[3].startswith("ALARM: ") and "Colditz" not in str(said)
    shown = run("mail", "show", second["number"], text=True)
    assert "declares 3 letters, 2 came" in shown and "Page 2 looks like a separator" in " ".join(shown.split())
    assert run("mail", "show", second["number"])["transfer_note"]["batches"][0]["declared"] == 3
    assert run("status")["mail room"]["batches that do not add up"] == 1
    assert run("status")["mail room"]["letters to look at"]["separator-doubtful"] == 1
    assert [one["name"] for one in run("mail", "batch", "list")["batches"]] == ["POST1"]

    numbers = [one["number"] for one in run("mail", "split", second["number"], "2")["letters"]]
    letters = [run("mail", "show", number) for number in [first["number"], *numbers]]
    assert all("batch-count" not in codes(one) for one in letters)
    assert [(one["first_page"], one["last_page"]) for one in letters] == [(2, 2), (4, 5), (6, 6)]
    assert [check["page"] for check in letters[2]["transfer_note"]["page_checks"]] == [1]
    assert run("mail", "batch", "list")["batches"] == []
    assert run("mail", "custody")["complete"]

    run("mail", "merge", first["number"], numbers[0])
    assert [one["letters"] for one in run("mail", "batch", "list")["batches"]] == [[first["number"], numbers[1]]]
    merged = run("mail", "show", first["number"])
    assert "batch-count" in codes(merged) and "sheet" in codes(merged)
    run("mail", "split", first["number"], "2")
    with Session(post.engine) as session:
        assert audit.verify(session).valid


def test_pages_stay_with_their_letter_when_merged_over_a_sheet_and_split_again(post, run, tmp_path):
    path = batch(tmp_path, "Brief eins Seite eins", None, "Brief zwei Seite eins", "Brief zwei Seite zwei")
    first, second = (one["number"] for one in run("mail", "take", str(path))["deliveries"][0]["letters"])
    run("mail", "merge", first, second)
    assert run("mail", "show", first)["pages"] == 4
    pieces = [one["number"] for one in run("mail", "split", first, "2", "3")["letters"]]
    assert [text_of(post, number) for number in pieces] == [
        "Brief eins Seite eins\f", "Brief zwei Seite eins", "Brief zwei Seite zwei",
    ]  # fmt: skip
    assert run("mail", "show", second)["state"] == "rejected"
    assert run("mail", "custody")["complete"]


def text_of(office, number: str) -> str:
    from mailroom.tray.cutting import recognised_letter

    with Session(office.engine) as session:
        letter = recognised_letter(session, office.blobs, session.get_one(Letter, number))
    return "\f".join(page.text for page in letter.pages)


def test_letters_with_another_between_are_not_merged(run, tmp_path):
    path = batch(tmp_path, "Brief eins", None, "Brief zwei", None, "Brief drei")
    first, second, third = (one["number"] for one in run("mail", "take", str(path))["deliveries"][0]["letters"])
    with pytest.raises(Conflict, match=second):
        run("mail", "merge", first, third)
    run("mail", "merge", first, second, third)
    assert run("mail", "show", first)["pages"] == 5


def test_a_fault_in_understanding_one_letter_leaves_it_in_the_tray_and_the_next_ones_alone(run, tmp_path, monkeypatch):
    advise = Adviser.advise

    def fail(self, pages, received, **details):
        if "Unglück" in pages[0].text:
            raise IndexError("a fault in the program")
        return advise(self, pages, received, **details)

    monkeypatch.setattr(Adviser, "advise", fail)
    path = batch(tmp_path, "Ein Unglück", None, DOG.format("Waldi", "Uwe Colditz"))
    first, second = run("mail", "take", str(path))["deliveries"][0]["letters"]
    assert first["state"] == "tray" and "not-understood" in codes(first)
    assert "not-understood" not in codes(second) and second["document_type"]


def test_a_miscounted_cover_sheet_is_accepted_with_a_reason(post, run, tmp_path):
    path = batch(tmp_path, Cover("POST2", 5), "Brief eins", None, "Brief zwei")
    delivery = run("mail", "take", str(path))["deliveries"][0]
    with pytest.raises(NotFound):
        run("mail", "batch", "accept", "999", "--reason", "x")
    run("mail", "batch", "accept", str(delivery["id"]), "--reason", "falsch gezählt")
    assert run("mail", "batch", "list")["batches"] == []
    assert all("batch-count" not in codes(run("mail", "show", one["number"])) for one in delivery["letters"])
    with pytest.raises(Conflict):
        run("mail", "batch", "accept", str(delivery["id"]), "--reason", "noch einmal")


def test_a_batch_without_any_letter_is_an_alarm_too(run, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    said = run("mail", "take", str(batch(tmp_path, Cover("LEER", 2), None, name="leer.pdf")), text=True)
    assert "batch LEER: 2 letters declared, 0 came" in " ".join(said.split())
    delivery = run("mail", "take", str(batch(tmp_path, Cover("LEER", 2), None, None)))["deliveries"][0]
    assert delivery["letters"] == []
    assert [one["came"] for one in delivery["batches"]] == [0]
    assert run("status")["mail room"]["batches that do not add up"] == 1, "it lies in two files"


def test_a_batch_in_several_files_is_counted_together(post, run, tmp_path):
    cover = Cover("POST3", 3)

    def take(name: str, *letters: str) -> dict:
        pages = [page for letter in letters for page in (letter, None)]
        return run("mail", "take", str(batch(tmp_path, cover, *pages, name=name)))["deliveries"][0]

    first = take("a.pdf", DOG.format("Waldi", "Uwe Colditz"))
    assert first["batches"] == [{"name": "POST3", "declared": 3, "came": 1, "complete": False}]
    second = take("b.pdf", "Brief eins")
    assert second["batches"][0]["came"] == 2
    (wrong,) = run("mail", "batch", "list")["batches"]
    assert (wrong["delivery"], wrong["files"], wrong["came"]) == (first["id"], 2, 2)
    assert wrong["letters"] == [one["number"] for one in (*first["letters"], *second["letters"])]
    assert "2 came (in 2 files)" in " ".join(codes_and_words(run, first)["batch-count"].split())
    third = take("c.pdf", "Brief zwei")
    assert third["batches"][0]["complete"]
    assert run("mail", "batch", "list")["batches"] == []
    for delivery in (first, second, third):
        assert "batch-count" not in codes_and_words(run, delivery)
    fourth = take("d.pdf", "Brief drei")
    assert [one["came"] for one in run("mail", "batch", "list")["batches"]] == [4]
    run("mail", "batch", "accept", str(fourth["id"]), "--reason", "vier statt drei")
    assert run("mail", "batch", "list")["batches"] == []
    assert "batch-count" not in codes_and_words(run, first)
    with Session(post.engine) as session:
        assert audit.verify(session).valid


def test_batches_of_the_same_name_on_another_day_or_of_another_count_are_others(post, run, tmp_path):
    run("mail", "take", str(batch(tmp_path, Cover("POST1", 2), "Brief eins", name="a.pdf")))
    run("mail", "take", str(batch(tmp_path, Cover("POST1", 3), "Brief zwei", name="b.pdf")))
    assert [one["came"] for one in run("mail", "batch", "list")["batches"]] == [1, 1]
    with post.work() as work:
        row = work.session.get_one(Delivery, 1)
        row.received -= timedelta(days=1)
        work.session.add(row)
        work.log("delivery.receive", "delivery:1", row)
    run("mail", "take", str(batch(tmp_path, Cover("POST1", 2), "Brief drei", name="c.pdf")))
    assert [(one["delivery"], one["came"]) for one in run("mail", "batch", "list")["batches"]] == [
        (1, 1),
        (2, 1),
        (3, 1),
    ]


def codes_and_words(run, delivery: dict) -> dict[str, str]:
    """The findings of the first letter of a delivery as they are now."""
    found = run("mail", "show", delivery["letters"][0]["number"])["findings"]
    return {code: said for code, _, said in (finding.partition(": ") for finding in found)}


def test_a_label_begins_a_letter_and_gives_it_its_number(run, tmp_path):
    made = run("mail", "labels", "--count", "3", "--to", str(tmp_path / "labels.pdf"))
    assert (made["first"], made["last"]) == ("E-2026-0000001", "E-2026-0000003")
    assert run("mail", "custody")["complete"]
    book = run("mail", "book")["entries"]
    assert [(one["number"], one["state"]) for one in book] == [
        (f"E-2026-000000{place}", "label") for place in (1, 2, 3)
    ]
    path = batch(tmp_path, "Brief ohne Etikett", "E-2026-0000002", "Anlage", "E-2026-0000009", "E-2026-0000001")
    letters = run("mail", "take", str(path))["deliveries"][0]["letters"]
    assert [(one["number"], one["first_page"], one["last_page"]) for one in letters] == [
        ("E-2026-0000004", 1, 1),
        ("E-2026-0000002", 2, 4),
        ("E-2026-0000001", 5, 5),
    ]
    assert [code for code in codes(letters[1]) if code.startswith("label")] == ["label-unknown"]
    again = run("mail", "take", str(batch(tmp_path, "Neuer Brief", "E-2026-0000002", name="b.pdf")))["deliveries"][0]
    assert [(one["first_page"], one["last_page"]) for one in again["letters"]] == [(1, 2)]
    assert "label-taken" in codes(again["letters"][0])
    assert run("mail", "custody")["complete"]
    free = [one["number"] for one in run("mail", "book")["entries"] if one["state"] == "label"]
    assert free == ["E-2026-0000003"]


def test_sheets_are_written_as_pdf(run, tmp_path):
    target = tmp_path / "deckblatt.pdf"
    made = run("mail", "cover", "--letters", "37", "--to", str(target))
    assert re.fullmatch(r"\d{6}\.\d{6}", made["name"])
    assert target.read_bytes().startswith(b"%PDF")
    with pytest.raises(click.UsageError, match="no name"):
        run("mail", "cover", "--letters", "3", "--name", "Ä/", "--to", str(target))


def test_what_is_not_filed_is_listed_each_day_in_every_form(post, run, tmp_path):
    path = batch(tmp_path, "Brief eins", None, "Brief zwei")
    (tmp_path / "kaputt.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<")
    run("mail", "take", str(path), str(tmp_path / "kaputt.pdf"))
    first = run("mail", "tray")["letters"][0]["number"]
    run("mail", "file", first, "--class", "22.31", "--title", "=HYPERLINK()")
    listed = run("mail", "book", "--unfiled")
    assert listed["on"] == "2026-11-22"
    assert sorted(one["state"] for one in listed["entries"]) == ["quarantined", "tray"]
    assert first not in [one["number"] for one in listed["entries"]]
    assert all(one["days"] == 0 for one in listed["entries"])
    table = run("mail", "book", "--unfiled", text=True)
    assert "Nicht abgelegt 2026-11-22: 2" in table
    run("mail", "book", "--unfiled", "--format", "csv", "--to", str(tmp_path / "offen.csv"))
    lines = (tmp_path / "offen.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert lines[0].startswith("number;received;days;due;unit") and len(lines) == 3
    run("mail", "book", "--unfiled", "--format", "pdf", "--to", str(tmp_path / "offen.pdf"))
    with Pages(tmp_path / "offen.pdf") as pages:
        assert "Nicht abgelegt 2026-11-22" in pages.words(1)[1]
    with pytest.raises(click.UsageError):
        run("mail", "book", "--unfiled", "--year", "2026")


def test_progress_of_a_long_delivery_is_seen_from_outside(post, run, tmp_path):
    with post.work() as work:
        row = Delivery(
            claim="c", source="poststelle/stapel.pdf", name="stapel.pdf", channel="poststelle",
            received=post.clock.now(), received_by="u-post1", state=DeliveryState.PENDING,
        )  # fmt: skip
        work.add(row)
        work.log("delivery.receive", f"delivery:{row.id}", row)
    folder = make_folder(post.home / "work" / str(row.id))
    progress.note(folder, 37, 120)
    assert run("status")["mail room"]["being read"] == {f"delivery {row.id} (poststelle)": "37 of 120 pages"}
    said: list[str] = []
    report = progress.Report(post.engine, post.home / "work", said.append, pause=0.0)
    report.say_news()
    report.say_news()
    progress.note(folder, 90, 120)
    report.say_news()
    assert said == ["poststelle/stapel.pdf: 37 of 120 pages read", "poststelle/stapel.pdf: 90 of 120 pages read"]


def test_reading_notes_its_progress(run, tmp_path, monkeypatch):
    noted: list[tuple[int, int]] = []
    monkeypatch.setattr(progress, "note", lambda _folder, done, pages: noted.append((done, pages)))
    run("mail", "take", str(batch(tmp_path, "eins", "zwei", None, "drei")))
    assert noted[0] == (0, 4) and noted[-1] == (4, 4) and (2, 4) in noted
    assert noted == sorted(noted)


def test_labels_are_told_by_the_pages_of_the_letter_as_it_is_now(run, tmp_path):
    """What was said of a page before a cut or a merger says another page afterwards, or another letter."""
    run("mail", "labels", "--count", "2", "--to", str(tmp_path / "labels.pdf"))
    path = batch(tmp_path, "Brief eins", "Seite zwei", "E-2026-0000009", "E-2026-0000001", None, "Brief drei")
    letters = run("mail", "take", str(path))["deliveries"][0]["letters"]
    first, second, third = (one["number"] for one in letters)
    assert second == "E-2026-0000001"
    assert said_of_labels(run, first) == ["label-unknown: Page 3 bears the label E-2026-0000009"]

    _, cut = (one["number"] for one in run("mail", "split", first, "1")["letters"])
    assert said_of_labels(run, first) == []
    assert said_of_labels(run, cut) == ["label-unknown: Page 2 bears the label E-2026-0000009"]

    run("mail", "merge", first, cut, second)
    assert said_of_labels(run, first) == ["label-unknown: Page 3 bears the label E-2026-0000009"]
    run("mail", "split", first, "3")
    run("mail", "merge", first, *[one for one in waiting(run) if one not in (first, third)])
    assert said_of_labels(run, first) == ["label-unknown: Page 3 bears the label E-2026-0000009"]


def said_of_labels(run, number: str) -> list[str]:
    findings = run("mail", "show", number)["findings"]
    return [finding.partition(",")[0] for finding in findings if finding.startswith("label")]


def waiting(run) -> list[str]:
    return [one["number"] for one in run("mail", "tray")["letters"]]


def test_labels_and_counts_are_the_mail_rooms(run, tmp_path):
    for refused in (
        ("labels", "--to", str(tmp_path / "a.pdf")),
        ("batch", "list"),
        ("batch", "accept", "1", "--reason", "x"),
    ):
        with pytest.raises(NotPermitted):
            run("mail", *refused, actor="u-hust1")
    assert not (tmp_path / "a.pdf").exists()
    assert run("mail", "labels", "--count", "1", "--to", str(tmp_path / "a.pdf"))["first"] == "E-2026-0000001"
