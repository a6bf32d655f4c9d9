"""Near-duplicates: a second scan is proposed as the same letter; forms of other people never are."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter
from sqlmodel import Session, select

from erecords.errors import Conflict, NotFound
from erecords.ports import RecordNames
from erecords.store import audit
from mailroom.eraser import MailEraser
from mailroom.matching import likeness
from mailroom.models import Letter, LetterPrint, LetterState, PrintBand
from tests.mailroom.tray.conftest import letter_text

DOG = (
    "hiermit melde ich meinen Hund zur Hundesteuer an. Anmeldung zur Hundesteuer. Der Hund heißt Waldi, er ist ein "
    "Dackel und zwei Jahre alt. Die Chipnummer lautet 276098106234567. Bitte senden Sie mir den Bescheid."
)
FORM = (
    "Antrag auf Bewohnerparken\n{name}\n{street}, 09999 Zwönau\nKennzeichen {plate}\nTelefon {phone}\nGeboren {born}\n"
    + "Ich beantrage einen Bewohnerparkausweis für das oben genannte Fahrzeug. Mir ist bekannt, dass er nur in "
    "der eingetragenen Zone gilt, nicht übertragbar ist und bei Umzug zurückgegeben werden muss. Die Gebühr von 30,70 "
    "Euro überweise ich nach Erhalt des Bescheides. " * 4 + "\n{date}\n{name}"
)
FIELDS = ("name", "street", "plate", "phone", "born", "date")
PEOPLE = [
    dict(zip(FIELDS, row, strict=True))
    for row in (
        ("Uwe Colditz", "Sonnenleithe 61", "ERZ-UC 412", "03777 40218", "03.05.1972", "20.11.2026"),
        ("Jana Hänel", "Töpferberg 18", "ERZ-JH 77", "03759 18861", "11.12.1985", "20.11.2026"),
        ("Jan Hänel", "Töpferberg 18", "ERZ-JH 78", "03759 18861", "01.02.1983", "20.11.2026"),
    )
]


def misread(text: str, share: float, seed: int = 1) -> str:
    """As a poor scan is read: some letters are taken for others, some words fall apart."""
    chance = random.Random(seed)
    other = str.maketrans("eomlcrt", "caniofl")
    read = "".join(c.translate(other) if c.isalpha() and chance.random() < share else c for c in text)
    return " ".join(f"{word[:2]} {word[2:]}" if chance.random() < share / 2 else word for word in read.split(" "))


def codes(letter: Letter) -> list[str]:
    return [finding.partition(":")[0] for finding in letter.findings]


def stored(office, number: str) -> Letter:
    with Session(office.engine) as session:
        return session.get_one(Letter, number)


def test_a_second_scan_waits_with_the_first_ones_number_until_a_person_says(post, receive, run):
    first = receive(letter_text(DOG))
    second = receive(misread(letter_text(DOG), 0.02))
    assert second.state is LetterState.TRAY and "near-duplicate" in codes(second)
    (one,) = run("mail", "show", second.number)["perhaps_same"]
    assert (one["number"], one["state"]) == (first.number, "proposed") and one["similarity"] > 0.9
    assert f"Perhaps the same as {first.number}" in " ".join(run("mail", "show", second.number, text=True).split())
    with pytest.raises(NotFound):
        run("mail", "same", second.number, "E-2026-0009999")
    run("mail", "same", second.number)
    done = stored(post, second.number)
    assert (done.state, done.reject_reason) == (LetterState.REJECTED, f"dasselbe wie {first.number}")
    assert done.likenesses[0]["state"] == "confirmed" and "near-duplicate" not in codes(done)
    assert run("mail", "custody")["complete"]
    with Session(post.engine) as session:
        assert audit.verify(session).valid


def test_a_person_may_say_that_they_differ(post, receive, run):
    receive(letter_text(DOG))
    second = receive(letter_text(DOG) + "\nBitte eilig")
    run("mail", "differs", second.number)
    row = stored(post, second.number)
    assert (row.state, row.likenesses[0]["state"], "near-duplicate" in codes(row)) == (
        LetterState.TRAY,
        "dismissed",
        False,
    )
    with pytest.raises(Conflict):
        run("mail", "differs", second.number)


def test_forms_of_several_people_are_several_letters(receive):
    letters = [receive(FORM.format(**person)) for person in PEOPLE]
    assert all("near-duplicate" not in codes(one) for one in letters)
    assert "near-duplicate" in codes(receive(misread(FORM.format(**PEOPLE[1]), 0.02)))


def test_the_same_letter_by_mail_and_on_paper_is_proposed_in_either_order(receive):
    body = f"Sehr geehrte Damen und Herren,\n{DOG}\nMit freundlichen Grüßen\nUwe Colditz"
    head = "Von: Uwe Colditz <u.colditz@example.org>\nAn: Poststelle <post@zwoenau.example>\nKopie: rat@example.org\n"
    mail = f"{head}Datum: 23.11.2026, 10:11 Uhr (+01:00)\nBetreff: Mein Hund\n\n{body}"
    paper = misread(f"Uwe Colditz\nSonnenleithe 61\n09999 Zwönau\nTelefon 03777 40218\n20.11.2026\n{body}", 0.01)
    for first, second in ((mail, paper), (paper.replace("Waldi", "Rex"), mail.replace("Waldi", "Rex"))):
        receive(first.replace("567", str(len(first))))
        assert "near-duplicate" in codes(receive(second.replace("567", str(len(first)))))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("", "09999 20.11.2026 03777 40218", True),
        ("", "09999 20.11.2026 03777 40218 276098106234567", False),
        ("276098106234567", "09999 20.11.2026 276098106234567", True),
        ("276098106234567", "09999 20.11.2026 276098106239999", False),
        ("880412 10.09.2026", "880412 08.10.2026", False),
        ("880412", "880412 1.284,50", True),
    ],
)
def test_numbers_of_a_head_may_be_missing_others_not(one: str, other: str, same: bool) -> None:
    bare = DOG.replace("276098106234567", "")
    assert bool(likeness.alike(likeness.words(f"{bare} {one}"), likeness.words(f"{bare} {other}"))) is same


def test_letters_that_others_must_not_read_are_not_named_to_them(post, receive):
    first = receive(letter_text(DOG))
    with Session(post.engine) as session:
        row = session.get_one(Letter, first.number)
        row.confidential = True
        session.add(row)
        session.commit()
    assert "near-duplicate" not in codes(receive(letter_text(DOG) + "\nNoch einmal"))


def test_destroying_a_letter_destroys_its_fingerprints(post, receive):
    letter = receive(letter_text(DOG))
    with Session(post.engine) as session:
        assert session.exec(select(PrintBand).where(PrintBand.letter == letter.number)).all()
    with post.work() as work:
        MailEraser().erase(work, [RecordNames(1, ("22.31-2026/000001",), (), (letter.number,))])
    with Session(post.engine) as session:
        assert not session.exec(select(PrintBand)).all() and not session.exec(select(LetterPrint)).all()
    assert "near-duplicate" not in codes(receive(letter_text(DOG) + "\nNoch einmal"))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.02])
@pytest.mark.parametrize("text", [letter_text(DOG), FORM.format(**PEOPLE[0])])
def test_misreadings_do_not_part_one_letter(share: float, text: str) -> None:
    one, other = likeness.words(misread(text, share, 1)), likeness.words(misread(text, share, 2))
    assert likeness.alike(one, other) > 0.9
    assert set(likeness.bands(one)) & set(likeness.bands(other))


@pytest.mark.parametrize(
    "change",
    [
        ("276098106234567", "276098106234568 vom 3.4.2025"),
        ("Waldi, er ist ein Dackel", "Bruno, er ist ein Pudel"),
        ("Uwe Colditz", "Jana Hänel"),
    ],
)
def test_another_number_or_name_is_another_letter(change: tuple[str, str]) -> None:
    text = letter_text(DOG, date="1.3.")
    assert likeness.alike(likeness.words(text), likeness.words(text.replace(*change))) == 0.0


VOCABULARY = ["der", "die", "das", "hund", "katze", "steuer", "4711", "815", "widerspruch", "antrag", "a1", "müller"]
WORDS = st.lists(st.sampled_from(VOCABULARY), max_size=40)


@given(WORDS, WORDS)
def test_likeness_is_mutual_and_itself(one: list[str], other: list[str]) -> None:
    mine, theirs = likeness.words(" ".join(one)), likeness.words(" ".join(other))
    assert bool(likeness.alike(mine, theirs)) is bool(likeness.alike(theirs, mine))
    assert likeness.alike(mine, mine) == (1.0 if len(mine) >= 12 else 0.0)


LETTERS = Path(__file__).parents[4] / "shared" / "city_letters" / "letters.jsonl"


@pytest.mark.skipif(not LETTERS.is_file(), reason="the letters of the sample city are not here")
def test_no_two_letters_of_the_city_are_taken_for_one() -> None:
    texts = [likeness.words(json.loads(line)["text"]) for line in LETTERS.read_text(encoding="utf-8").splitlines()]
    bands = [set(likeness.bands(text)) for text in texts]
    pairs = [(a, b) for a in range(len(texts)) for b in range(a) if bands[a] & bands[b]]
    assert len(pairs) > 1000
    assert not [pair for pair in pairs if likeness.alike(texts[pair[0]], texts[pair[1]])]


def plan(seed: int) -> Image.Image:
    chance = random.Random(seed)
    picture = Image.new("L", (240, 340), 245)
    draw = ImageDraw.Draw(picture)
    for _ in range(9):
        x, y = chance.randrange(200), chance.randrange(300)
        draw.rectangle(
            (x, y, x + chance.randrange(20, 90), y + chance.randrange(20, 90)), fill=chance.randrange(40, 200)
        )
    return picture


def test_pictures_without_text_are_compared_as_pictures(tmp_path: Path) -> None:
    prints = []
    for place, picture in enumerate(
        (plan(1), plan(1).rotate(0.7, fillcolor=245).filter(ImageFilter.GaussianBlur(1)), plan(2))
    ):
        picture.save(tmp_path / f"{place}.png")
        prints.append(likeness.picture_print(tmp_path / f"{place}.png"))
    assert likeness.pictures_alike(prints[0], prints[1]) > 0.9
    assert likeness.pictures_alike(prints[0], prints[2]) == 0.0
    Image.new("L", (240, 340), 250).save(tmp_path / "empty.png")
    assert likeness.picture_print(tmp_path / "empty.png") == ""
    assert likeness.pictures_alike("", "") == 0.0
