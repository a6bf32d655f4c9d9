"""The sample city's scans: what the manifest says of them is true, and the program still draws them."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from erecords.sample_city import layout, make_scans, paper, scanner
from erecords.sample_city.program import shown

CITY = Path(make_scans.__file__).parent
SCANS = {
    scan["file"]: scan for scan in tomllib.loads((CITY / "scans" / "scans.toml").read_text(encoding="utf-8"))["scan"]
}
LETTERS = tomllib.loads((CITY / "letters.toml").read_text(encoding="utf-8"))["letter"]


def fonts_missing() -> bool:
    try:
        paper.font_file("sans")
    except FileNotFoundError:
        return True
    return False


needs_fonts = pytest.mark.skipif(fonts_missing(), reason="drawing scans needs the DejaVu fonts (fonts-dejavu-core)")


def test_manifest_and_files_agree() -> None:
    files = {path.name for path in (CITY / "scans").iterdir()} - {"scans.toml"}
    assert files == set(SCANS) == {letter["file"] for letter in LETTERS}
    assert len(files) >= 14
    assert sum((CITY / "scans" / name).stat().st_size for name in files) < 3_000_000


def test_manifest_speaks_of_the_city() -> None:
    types = tomllib.loads((CITY / "data" / "document_types.toml").read_text(encoding="utf-8"))["document_type"]
    with (CITY / "data" / "filing_plan.csv").open(encoding="utf-8") as stream:
        classes = {row["notation"] for row in csv.DictReader(stream)}
    with (CITY / "cases" / "cases.jsonl").open(encoding="utf-8") as stream:
        cases = {case["reference"]: case for case in map(json.loads, stream)}
    for name, scan in SCANS.items():
        assert scan["type"] in {"", *(kind["key"] for kind in types)}, name
        assert scan["class"] in classes, name
        assert scan["case"] in {"", *cases}, name
        assert not scan["case"] or cases[scan["case"]]["class"] == scan["class"], name
        assert scan["expect"] in {"filed", "tray", "any"}, name


@pytest.mark.parametrize("name", SCANS)
def test_true_text_is_the_letters_text(name: str) -> None:
    """Every reference of the manifest stands in the true text, spaces aside."""
    text = "".join("".join(SCANS[name]["text"]).split())
    for reference in SCANS[name]["references"]:
        assert "".join(reference.split()) in text
    assert len(SCANS[name]["text"]) == SCANS[name]["pages"]


@needs_fonts
def test_the_program_still_draws_the_scans() -> None:
    """The same letter, redrawn and scanned, is the committed picture but for the odd pixel of another font release."""
    data = LETTERS[17]
    look = scanner.Look(**data["look"])
    drawn = scanner.bitonal(scanner.scan(paper.draw(layout.letter(data)[0], look.dpi), look, 1800))
    with Image.open(CITY / "scans" / data["file"]) as committed:
        assert drawn.size == committed.size
        differ = sum(a != b for a, b in zip(drawn.tobytes(), committed.convert("1").tobytes(), strict=True))
    assert differ < len(drawn.tobytes()) * 0.02


@needs_fonts
def test_same_seed_same_picture() -> None:
    page = paper.draw(layout.letter(LETTERS[1])[0], 100)
    look = scanner.Look(skew=1.0, noise=20, speckles=50, faint=0.4, holes=True, fold=True, edge=True, dpi=100)
    assert scanner.scan(page, look, 7).tobytes() == scanner.scan(page, look, 7).tobytes()
    assert scanner.scan(page, look, 7).tobytes() != scanner.scan(page, look, 8).tobytes()


@needs_fonts
def test_wrap_keeps_words_and_width() -> None:
    text = "Sondernutzungsgebührenbescheid und kurze Wörter " * 6
    lines = paper.wrap(text.strip(), 60, 11, "serif")
    assert " ".join(lines) == text.strip()
    assert len(lines) > 6


def test_missing_fonts_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "_FONT_FOLDERS", (Path("/nowhere"),))
    with pytest.raises(FileNotFoundError, match=r"DejaVuSans\.ttf was not found in /nowhere"):
        paper.font_file("sans")


def test_commands_are_shown_as_typed() -> None:
    assert shown("u-org1", "case", "open", "--title", "Müll am Markt") == (
        'erecords --actor u-org1 case open --title "Müll am Markt"'
    )
