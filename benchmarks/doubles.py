"""How well letters that came twice are recognised: scanned again in another quality, or come by e-mail and on paper.

Against them stand different letters that are easily taken for the same: forms of which only the entries differ, filled
by several people, by one household, and twice by one person; bills of one company; drawings with hardly any text.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from PIL import Image, ImageDraw

from benchmarks.scans import _bind, _degrade, _draw
from mailroom.matching import likeness
from mailroom.matching.doubles import Look, look
from mailroom.processing.workers import WorkerPool
from mailroom.settings import MailroomSettings
from mailroom.stages.identify import identify
from mailroom.stages.recognise import recognise

ROOT = Path(__file__).resolve().parents[1]
TRAINING = ROOT / "erecords/sample_city/data/training_letters.jsonl"
DATA = Path(__file__).parent / "data" / "doubles.json"
QUALITIES = ("grey", "bitonal-200", "colour", "bitonal")
A4 = (8.27, 11.69)


@dataclass(frozen=True)
class Came:
    """A letter as it came once."""

    letter: str
    """Which letter it is: what came twice bears the same name."""
    form: str
    """What it is easily taken for: letters of one form."""
    way: str
    seen: Look


def main() -> None:
    """Measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--letters", type=int, default=24, help="letters in free words")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--verbose", action="store_true", help="name each pair that was missed or wrongly proposed")
    options.add_argument(
        "--keep", type=Path, help="file in which what was read is kept, and taken from when it is there"
    )
    chosen = options.parse_args()
    texts = {**free_letters(chosen.letters, chosen.seed), **forms()}
    came = kept(chosen.keep) if chosen.keep and chosen.keep.is_file() else list(read(texts, chosen.seed))
    if chosen.keep:
        chosen.keep.write_text(json.dumps([[*vars_of(one)] for one in came]), encoding="utf-8")
    report([*came, *mails(texts, chosen.seed)], chosen.verbose)


def vars_of(one: Came) -> tuple[object, ...]:
    """A letter as JSON holds it."""
    return one.letter, one.form, one.way, one.seen.words, one.seen.bands, one.seen.picture


def kept(file: Path) -> list[Came]:
    """What was read before; its fingerprints are made anew."""
    rows = json.loads(file.read_text(encoding="utf-8"))
    return [Came(*row[:3], Look(tuple(row[3]), likeness.bands(row[3]), row[5])) for row in rows]


def free_letters(count: int, seed: int) -> dict[tuple[str, str], str]:
    """Letters of the sample city, by name and form; each is a form of its own."""
    rows = [json.loads(line)["text"] for line in TRAINING.read_text(encoding="utf-8").splitlines()]
    chosen = random.Random(seed).sample([text for text in rows if len(text.split()) >= 35], count)
    return {(f"letter {number}", f"letter {number}"): text for number, text in enumerate(chosen)}


def forms() -> dict[tuple[str, str], str]:
    """Forms with their entries filled in, by name and form."""
    data = json.loads(DATA.read_text(encoding="utf-8"))
    return {
        (f"{form['name']} {number}", form["name"]): form["text"].format(**dict(zip(form["fields"], row, strict=True)))
        for form in data
        for number, row in enumerate(form["rows"])
    }


def read(texts: dict[tuple[str, str], str], seed: int) -> Iterator[Came]:
    """Scan each letter twice in different qualities and read it."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, WorkerPool(MailroomSettings()) as pool:
        waiting: list[tuple[str, str, str, Future[Look]]] = []
        for place, ((letter, form), text) in enumerate(texts.items()):
            for turn in (0, 1):
                quality = QUALITIES[(place + turn) % len(QUALITIES)]
                drawn, _ = _draw(text, 200 if quality.endswith("200") else 300, chance, A4)
                waiting.append(
                    (letter, form, quality, _submit(pool, Path(folder), len(waiting), drawn, quality, chance))
                )
        for place in range(8):
            drawn = drawing(place)
            for quality in ("grey", "bitonal-200"):
                size = (1654, 2339) if quality.endswith("200") else (2481, 3508)
                one = drawn.resize(size)
                future = _submit(pool, Path(folder), len(waiting), one, quality, chance)
                waiting.append((f"drawing {place}", "drawings", quality, future))
        for letter, form, quality, future in waiting:
            yield Came(letter, form, quality, future.result())


def mails(texts: dict[tuple[str, str], str], seed: int) -> Iterator[Came]:
    """Each letter as it comes by e-mail."""
    chance = random.Random(seed)
    for (letter, form), text in texts.items():
        words = likeness.words(mailed(text, chance))
        yield Came(letter, form, "e-mail", Look(words, likeness.bands(words), ""))


def _submit(
    pool: WorkerPool, folder: Path, number: int, drawn: Image.Image, quality: str, chance: random.Random
) -> Future[Look]:
    path = folder / f"{number}.pdf"
    path.write_bytes(_bind(_degrade(drawn, quality, chance), quality))
    return pool.submit(seen, path, folder / str(number), pool.settings, seconds=300)


def seen(path: Path, work: Path, settings: MailroomSettings) -> Look:
    """What a scan looks like once it was read; runs in a worker."""
    return look(recognise(path, work, identify(path, path.name, settings), settings))


def drawing(number: int) -> Image.Image:
    """A page of lines as a child draws them."""
    chance = random.Random(number)
    page = Image.new("L", (1240, 1754), 255)
    pen = ImageDraw.Draw(page)
    for _ in range(12):
        points = [(chance.randint(80, 1160), chance.randint(80, 1670)) for _ in range(4)]
        pen.line(points, fill=chance.randint(0, 90), width=chance.randint(8, 40), joint="curve")
    return page


def mailed(text: str, chance: random.Random) -> str:
    """The same letter as an e-mail is printed, with its own head; half of them with the address below."""
    first, *rest = text.split("\n")
    body = [line for line in rest if not _is_head(line)]
    name = first.split(",")[0]
    mailbox = f"{name.lower().replace(' ', '.')}@example.org"
    day, month, hour = chance.randint(1, 28), chance.randint(1, 12), chance.randint(7, 21)
    head = [
        f"Von: {name} <{mailbox}>",
        "An: poststelle@zwoenau.example",
        f"Datum: {day:02}.{month:02}.2026, {hour:02}:12 Uhr (+01:00)",
        f"Betreff: {' '.join(body[0].split()[:5])}",
    ]
    return "\n".join([*head, "", *body, *([first] if chance.random() < 0.5 else [])])


def _is_head(line: str) -> bool:
    bare = line.strip()
    return len(bare.split()) <= 3 and (bare[:2].isdigit() or "Stadt" in bare or bare.endswith("amt"))


def report(came: list[Came], verbose: bool) -> None:
    """Hold each against each, as the mail room does, and print what was found and what was wrong."""
    found: dict[str, list[bool]] = {"scanned again": [], "e-mail and paper": [], "drawing scanned again": []}
    wrong: dict[str, int] = {"letters of one form": 0, "other letters": 0, "drawings": 0}
    pairs = dict.fromkeys(wrong, 0)
    for one, other in combinations(came, 2):
        said = proposed(one.seen, other.seen)
        if one.letter == other.letter:
            kind = "drawing scanned again" if one.form == "drawings" else "scanned again"
            kind = "e-mail and paper" if "e-mail" in (one.way, other.way) else kind
            found[kind].append(said)
            if verbose and not said:
                print(f"missed: {one.letter} ({one.way}, {other.way})")
        else:
            kind = "other letters" if one.form != other.form else "letters of one form"
            kind = "drawings" if one.form == other.form == "drawings" else kind
            pairs[kind] += 1
            wrong[kind] += said
            if verbose and said:
                print(f"wrong: {one.letter} ({one.way}) and {other.letter} ({other.way})")
    for kind, answers in found.items():
        print(f"{kind}: {sum(answers)} of {len(answers)} proposed ({sum(answers) / max(1, len(answers)):.2f})")
    for kind, count in wrong.items():
        print(f"{kind}: {count} of {pairs[kind]} pairs wrongly proposed")


def proposed(one: Look, other: Look) -> bool:
    """Whether the second would be proposed as the same as the first."""
    if one.picture and other.picture:
        return bool(likeness.pictures_alike(one.picture, other.picture))
    return bool(set(one.bands) & set(other.bands)) and bool(likeness.alike(one.words, other.words))


if __name__ == "__main__":
    main()
