"""The page gate tells what is wrong with a scan, says nothing of a good one, and a page askew is put straight."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageFilter
from rapidfuzz.distance import Levenshtein

from mailroom.engines import measure
from mailroom.engines.ink import is_blank
from mailroom.engines.reading import Grey, PageRead, Reading, ReadLine, ReadWord
from mailroom.engines.straight import straightened
from mailroom.ports import PageGate, PageText, Recognition, Word
from mailroom.processing import recognised
from mailroom.settings import MailroomSettings
from mailroom.stages.gate import page_findings
from mailroom.stages.identify import identify
from mailroom.stages.pages import Pages
from mailroom.stages.recognise import recognise
from tests.mailroom.recognition import drawing

SETTINGS = MailroomSettings()
SIZE = (5.8, 5.2)
LONG = "\n".join((
    "Sehr geehrte Damen und Herren, ich lege Widerspruch ein gegen den",
    "Bescheid vom 4. November 2026. Die Gebühr wurde zweimal berechnet,",
    "obwohl ich schon im Oktober bezahlt habe. Bitte prüfen Sie das und",
    "heben Sie den zweiten Bescheid auf. Eine Kopie der Quittung liegt",
    "diesem Schreiben bei. Über eine baldige Antwort freue ich mich sehr.",
    "Für Rückfragen bin ich am Vormittag unter der Nummer 03777 40218 zu",
    "erreichen. Mit freundlichen Grüßen Jörg Schönfelder, Töpferberg 18",
))  # fmt: skip


def scan(picture: Image.Image) -> Image.Image:
    """As a scanner gives it: a little soft, a little noise."""
    soft = np.asarray(picture.filter(ImageFilter.GaussianBlur(0.7))).astype(float)
    return Image.fromarray((soft + np.random.default_rng(5).normal(0, 6, soft.shape)).clip(0, 255).astype(np.uint8))


def page() -> Image.Image:
    return drawing.page(LONG, size=SIZE, points=10).point(lambda value: 20 + value * 230 // 255)


def turned(degrees: float) -> Image.Image:
    return page().rotate(-degrees, fillcolor=250, resample=Image.Resampling.BICUBIC)


def read(picture: Image.Image, tmp_path: Path, dpi: int = 300) -> Recognition:
    path = drawing.scan_pdf(tmp_path / "scan.pdf", picture, dpi=dpi)
    return recognise(path, tmp_path / "work", identify(path, "scan.pdf", SETTINGS), SETTINGS)


def codes(found: Recognition) -> list[str]:
    return [finding.partition(":")[0] for finding in found.findings]


def squared(picture: Image.Image) -> Image.Image:
    draw = ImageDraw.Draw(picture)
    for place in range(0, max(picture.size), 59):
        draw.line((0, place, picture.width, place), fill=150, width=2)
        draw.line((place, 0, place, picture.height), fill=150, width=2)
    return picture


def shadowed(picture: Image.Image) -> Image.Image:
    ImageDraw.Draw(picture).rectangle((0, 0, 14, picture.height), fill=10)
    return picture


GOOD: dict[str, Callable[[], Image.Image]] = {
    "grey": lambda: scan(page()),
    "bitonal": lambda: drawing.bitonal(scan(page())),
    "a little askew": lambda: scan(turned(0.5)),
    "shadow at the edge": lambda: shadowed(scan(page())),
    "squared paper": lambda: squared(scan(page())),
    "coarse": lambda: scan(page().resize((round(SIZE[0] * 200), round(SIZE[1] * 200)), Image.Resampling.LANCZOS)),
}
POOR: dict[str, tuple[Callable[[], Image.Image], str]] = {
    "skewed": (lambda: scan(turned(4)), "askew by 4.0 degrees, and was put straight"),
    "blurred": (lambda: scan(page().filter(ImageFilter.GaussianBlur(4))), "mm wide"),
    "low-contrast": (lambda: scan(page().point(lambda value: 205 + value * 40 // 255)), "of black on white"),
    "cut-edge": (lambda: scan(page().crop((165, 0, 1740, 1560))), "over the left edge"),
}


@pytest.mark.parametrize("kind", sorted(GOOD))
def test_good_scans_pass_without_a_word(kind: str, tmp_path: Path) -> None:
    picture = GOOD[kind]()
    found = read(picture, tmp_path, dpi=round(picture.width / SIZE[0]))
    assert set(codes(found)) <= ({"low-confidence"} if kind == "squared paper" else set())


@pytest.mark.parametrize("code", sorted(POOR))
def test_poor_scans_are_told_with_page_and_figure(code: str, tmp_path: Path) -> None:
    make, said = POOR[code]
    found = read(make(), tmp_path)
    assert code in codes(found)
    assert any(finding.startswith(f"{code}: ") and said in finding and " 1 " in finding for finding in found.findings)


@pytest.mark.parametrize(("edge", "box"), [("right", (0, 0, 1480, 1560)), ("top", (0, 172, 1740, 1560))])
def test_writing_that_runs_over_an_edge(edge: str, box: tuple[int, int, int, int], tmp_path: Path) -> None:
    gate = read(scan(page().crop(box)), tmp_path).pages[0].gate
    assert gate is not None and gate.cut == (edge,)


@pytest.mark.parametrize("turn", [0, 90, 180])
def test_a_page_askew_is_put_straight_in_the_rendition_only(turn: int, tmp_path: Path) -> None:
    picture = drawing.bitonal(scan(turned(4))).rotate(turn, expand=True)
    path = tmp_path / "scan.pdf"
    found = read(picture, tmp_path)
    before = path.read_bytes()
    assert found.pdfa, found.findings
    one = found.pages[0]
    assert one.gate is not None and one.gate.straightened
    assert abs(abs(one.gate.skew) - 4) < 0.2
    assert Levenshtein.normalized_distance(" ".join(one.text.split()), " ".join(LONG.split())) < 0.03
    with pikepdf.open(found.rendition) as shown, pikepdf.open(path) as original:
        kept = [item.read_raw_bytes() for item in shown.objects if is_picture(item)]
        assert kept == [item.read_raw_bytes() for item in original.objects if is_picture(item)]
    with Pages(found.rendition) as pages:
        facts = pages.facts(1)
        words, text = pages.words(1)
        grey = pages.grey(1, facts, 150)
    assert (round(facts.width), round(facts.height)) == (round(one.width), round(one.height))
    assert text.split() == one.text.split()
    for own, layer in zip(one.words, words, strict=True):
        assert abs(own.x0 - layer.x0) < 4 and abs((own.y0 + own.y1) - (layer.y0 + layer.y1)) / 2 < 5
    inked = [dark_share(grey, word.x0, word.y0, word.x1, word.y1) for word in one.words if len(word.text) > 3]
    assert min(inked) > 0.08
    assert path.read_bytes() == before


def is_picture(item: object) -> bool:
    return isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image"


def dark_share(grey: Grey, *box: float) -> float:
    left, top, right, bottom = (round(edge * grey.dpi / 72) for edge in box)
    return float((grey.pixels[top:bottom, left:right] < 128).mean())


def lines_at(slope: float, count: int = 5) -> Reading:
    word = ReadWord("Wort", 100, 100, 900, 130, 0.9)
    return Reading(tuple(ReadLine((word,), 100, 100, 900, 130, slope, 0.0, 0) for _ in range(count)))


@pytest.mark.parametrize("degrees", [-12, -4, -0.7, 0, 1.3, 3, 8])
@pytest.mark.parametrize("turn", [0, 90])
def test_skew_is_seen_on_the_picture_alone(degrees: float, turn: int) -> None:
    picture = scan(turned(degrees)).rotate(turn, expand=True)
    assert measure.image_skew(Grey(np.asarray(picture).copy(), 300)) == pytest.approx(degrees, abs=0.2)


def test_a_picture_without_lines_has_no_skew() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (900, 700), dtype=np.uint8)
    assert measure.image_skew(Grey(noise, 150)) == 0.0
    assert measure.image_skew(Grey(np.full((900, 700), 250, dtype=np.uint8), 150)) == 0.0


def test_skew_needs_lines_that_agree() -> None:
    assert measure.skew(lines_at(0.05), 1000) == pytest.approx(2.86, abs=0.01)
    assert measure.skew(lines_at(0.05, 2), 1000) == 0.0
    mixed = Reading((*lines_at(0.05).lines, *lines_at(-0.2, 6).lines, *lines_at(0.3, 5).lines))
    assert measure.skew(mixed, 1000) in (0.0, pytest.approx(2.86, abs=0.01))


def test_straightened_lines_lie_level() -> None:
    skewed = PageRead(lines_at(0.05), 1000, 1400, 300, 0, False, PageGate(skew=2.8624))
    level = straightened(skewed)
    assert all(abs(line.slope) < 1e-3 for line in level.reading.lines)
    assert level.width > 1000 and level.height > 1400
    word = level.reading.lines[0].words[0]
    assert word.bottom - word.top < 31


def test_what_the_gate_measured_is_stored_with_the_words() -> None:
    gate = PageGate(1.5, True, 0.8, 0.2, ("left", "top"))
    one = PageText(1, 595.0, 842.0, "Text", (), "ocr", 0.9, language="eng", gate=gate, unread_codes=2)
    assert recognised.from_words_json(recognised.words_json([one])) == (one,)
    assert json.loads(recognised.words_json([one]))["pages"][0]["language"] == "eng"


@pytest.mark.parametrize(
    ("gate", "code"),
    [
        (PageGate(), None),
        (PageGate(skew=-1.9), None),
        (PageGate(skew=-2.1), "skewed"),
        (PageGate(contrast=0.21), "low-contrast"),
        (PageGate(contrast=0.23, edge=0.49), None),
        (PageGate(edge=0.51), "blurred"),
        (PageGate(cut=("left", "bottom")), "cut-edge"),
    ],
)
def test_limits_are_settings(gate: PageGate, code: str | None) -> None:
    one = PageText(3, 595.0, 842.0, drawing.GERMAN, (), "ocr", 0.9, gate=gate)
    assert [finding.partition(":")[0] for finding in page_findings([one], SETTINGS)] == ([code] if code else [])
    loose = SETTINGS.model_copy(update={"most_skew": 45, "most_blur": 9.0, "least_contrast": 0})
    assert bool(page_findings([one], loose)) is (code == "cut-edge")


BACK = drawing.page("\n".join([LONG] * 2), dpi=300, size=(8.27, 11.69)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)


@pytest.mark.parametrize("dpi", [100, 150, 200, 300, 400, 600])
@pytest.mark.parametrize("paper", [250, 225])
def test_empty_backs_are_blank_at_every_resolution(dpi: int, paper: int) -> None:
    """What shines through, punch holes, a shadow at the edge and dust."""
    faint = BACK.filter(ImageFilter.GaussianBlur(4)).point(lambda value: paper - 45 + value * 45 // 255)
    picture = faint.resize((round(8.27 * dpi), round(11.69 * dpi)), Image.Resampling.LANCZOS)
    noise = np.random.default_rng(2).normal(0, 5, (picture.height, picture.width))
    picture = Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for y in (4.3, 7.45):
        draw.ellipse([edge * dpi for edge in (0.4, y, 0.64, y + 0.24)], fill=15)
    draw.rectangle((0, 0, 0.06 * dpi, picture.height), fill=20)
    for spot in range(5):
        draw.point(((2 + spot) * dpi, (3 + spot) * dpi), fill=0)
    assert is_blank(Grey(np.asarray(picture).copy(), dpi))


@pytest.mark.parametrize("dpi", [100, 200, 300, 400])
@pytest.mark.parametrize("depth", [45, 80])
def test_pale_writing_is_not_taken_for_what_shines_through(dpi: int, depth: int) -> None:
    pale = drawing.page(LONG, dpi=dpi, size=(8.27, 11.69)).point(lambda value: 250 - depth + value * depth // 255)
    noise = np.random.default_rng(2).normal(0, 5, (pale.height, pale.width))
    assert not is_blank(Grey((np.asarray(pale) + noise).clip(0, 255).astype(np.uint8), dpi))


@pytest.mark.parametrize("shift", range(0, 48, 8))
@pytest.mark.parametrize("dpi", [150, 200, 300])
def test_punch_holes_are_no_writing_wherever_they_are(dpi: int, shift: int) -> None:
    picture = Image.new("L", (round(8.27 * dpi), round(11.69 * dpi)), 250)
    for y in (4.27, 7.42):
        left, top = 0.38 * dpi + shift * dpi / 300, y * dpi + shift * dpi / 300
        ImageDraw.Draw(picture).ellipse((left, top, left + 0.24 * dpi, top + 0.24 * dpi), fill=10)
    assert is_blank(Grey(np.asarray(picture).copy(), dpi))


@pytest.mark.parametrize("dpi", [100, 150, 200, 300, 400, 600])
@pytest.mark.parametrize("text", ["Seite 2", "i. A. Müller"])
def test_little_writing_is_seen_at_every_resolution(dpi: int, text: str) -> None:
    picture = drawing.page(text, dpi=dpi, size=(8.27, 11.69), points=11)
    for made in (picture, drawing.bitonal(picture).convert("L")):
        assert not is_blank(Grey(np.asarray(made).copy(), dpi))


@pytest.mark.parametrize("dpi", [150, 200, 400])
@pytest.mark.parametrize("turn", [90, 180, 270])
def test_pages_are_put_upright_at_every_resolution(dpi: int, turn: int, tmp_path: Path) -> None:
    picture = drawing.page(drawing.GERMAN, dpi=dpi, size=(5.8, 3.2))
    found = read(drawing.bitonal(picture.rotate(turn, expand=True)), tmp_path, dpi=dpi)
    assert found.pages[0].rotated == turn
    assert "Waldi" in found.pages[0].text


def poor(number: int, words: str, confidence: float) -> PageText:
    """A scanned page of which these words were read."""
    read_words = tuple(Word(word, 0, 0, 9, 9, confidence, 0) for word in words.split())
    return PageText(number, 595, 842, words, read_words, "ocr", confidence)


@pytest.mark.parametrize(
    ("middle", "doubtful"),
    [
        (poor(2, "Da MIM NEETU PEDO u nn Bene |", 0.38), True),
        (poor(2, "Hiermit lege ich Widerspruch gegen den Bescheid ein weil", 0.38), True),
        (poor(2, "Da MIM NEETU", 0.9), False),
        (replace(poor(2, "", 0.0), source="none"), False),
        (replace(poor(2, "Da MIM", 0.3), blank=True), False),
    ],
)
def test_a_page_between_others_that_nobody_can_read_may_be_a_sheet(middle: PageText, doubtful: bool) -> None:
    """A spoilt separator must not join the letters of two people silently."""
    ends = (poor(1, LONG, 0.95), poor(3, LONG, 0.95))
    found = page_findings((ends[0], middle, ends[1]), SETTINGS)
    assert any(finding.startswith("separator-doubtful: Page 2 could not be read") for finding in found) is doubtful
    alone = page_findings((replace(middle, number=1),), SETTINGS)
    assert not any("could not be read" in finding for finding in alone)
