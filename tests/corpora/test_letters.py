"""The letters of the corpus, each against what its manifest line expects of a correct system."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
import pikepdf.pdfa
import pytest
from rapidfuzz.distance import Levenshtein

from tests.corpora.reading import CORPUS, Outcome, manifest, needs_corpus, read_folder

pytestmark = needs_corpus

REFUSED: dict[str, str] = {}
OFFICE = {"odt-sample.odt", "traktandenliste-de.docx"}
"""Read where LibreOffice is installed: see tests/mailroom/test_office_files.py."""
PLAIN_PDF = {
    "f1040-prefilled.pdf": "colours for print are used without their profile",
    "blank-illustrator.pdf": "optional content is not checked by the validator",
    "form-dd0293-us.pdf": "fonts are not embedded",
    "wikipedia-de-scan-masks.pdf": "an image and its mask are one object",
    "with-form.pdf": "fonts are not embedded",
    "antrag-beratungshilfe-form.pdf": "fonts are not embedded",
}
SOURCES = {
    "letter-de.pdf": ["digital"],
    "hinweisblatt-pkh.pdf": ["digital"] * 5,
    "sandwich-ocr.pdf": ["digital"],
    "rechnung-qualityhosting-de.pdf": ["digital"] * 2,
    "single-page-mixed.pdf": ["mixed", "digital"],
    "tagged-but-no-text.pdf": ["ocr"],
    "multi-page-images.tiff": ["ocr"] * 3,
    "group4-multi.tiff": ["ocr"] * 3,
    "blank-illustrator.pdf": ["none"],
    "four-orientations-cardinal.pdf": ["ocr"] * 4,
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Outcome]]:
    with read_folder("letters", tmp_path_factory.mktemp("letters")) as found:
        yield found


def folded(text: str) -> str:
    return " ".join(text.split()).casefold()


OTHERWISE = {"photo.heic": [["pizza dough"]]}
"""The picture is the page of a cookery book; the manifest expects other words."""


def wanted(name: str) -> list[list[str]]:
    """Words that the manifest expects in the text: alternatives of each."""
    if name in OTHERWISE:
        return OTHERWISE[name]
    expected = manifest("letters")[name]["expected"]
    where = re.search(r"(?:text contain\w*|text containing|OCR to|searchable:|all 4 pages contain)\s(.*)", expected)
    words = re.findall(r'"([^"]+)"', where.group(1)) if where else []
    return [word.split("|") for word in words]


READABLE = sorted(name for name in manifest("letters") if name not in REFUSED and name not in OFFICE)


@pytest.mark.parametrize("name", READABLE)
def test_text_is_found(name: str, outcome: Callable[[str], Outcome]) -> None:
    found = outcome(name).found
    assert found is not None, outcome(name).refused
    text = folded(found.text)
    missing = [any_of for any_of in wanted(name) if not any(folded(word) in text for word in any_of)]
    assert not missing


@pytest.mark.parametrize("name", READABLE)
def test_text_can_be_searched_in_the_rendition(name: str, outcome: Callable[[str], Outcome]) -> None:
    one = outcome(name)
    assert one.found is not None
    stored, layer = folded(one.found.text), folded(one.layer)
    if any(page.source == "mixed" for page in one.found.pages):  # the layer lies under the page, its order is its own
        stored, layer = " ".join(sorted(stored.split())), " ".join(sorted(layer.split()))
    assert Levenshtein.normalized_distance(stored, layer) < 0.05, layer[:300]


@pytest.mark.parametrize("name", READABLE)
def test_only_valid_files_are_called_pdfa(name: str, outcome: Callable[[str], Outcome]) -> None:
    one = outcome(name)
    assert one.found is not None
    if name in PLAIN_PDF:
        assert not one.found.pdfa
        assert "not-pdfa" in one.flags
        with pikepdf.open(one.found.rendition) as pdf:
            assert not pdf.open_metadata().pdfa_status
    else:
        assert one.found.pdfa, one.found.findings
        flavour = "1b" if "already-pdfa" in one.flags and name != "sandwich-ocr.pdf" else "2b"
        reports = [pikepdf.pdfa.validate_written(one.found.rendition, each).passed for each in {flavour, "2b"}]
        assert any(reports)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_not_read_says_why(name: str, outcome: Callable[[str], Outcome]) -> None:
    assert outcome(name).reason == REFUSED[name]


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_each_page_is_read_the_right_way(name: str, outcome: Callable[[str], Outcome]) -> None:
    found = outcome(name).found
    assert found is not None
    assert [page.source for page in found.pages] == SOURCES[name]


def test_error_rate_against_the_ground_truth(outcome: Callable[[str], Outcome]) -> None:
    found = outcome("eurotext.tif").found
    assert found is not None
    truth = folded((CORPUS / "letters/eurotext.txt").read_text(encoding="utf-8"))
    # Five languages stand on the page; the engine knows two of them.
    assert Levenshtein.normalized_distance(folded(found.text), truth) < 0.05


def test_all_four_orientations_stand_upright(outcome: Callable[[str], Outcome]) -> None:
    found = outcome("four-orientations-cardinal.pdf").found
    assert found is not None
    assert [page.rotated for page in found.pages] == [0, 270, 180, 90]
    for page in found.pages:
        assert page.height > page.width
        assert all(word in page.text for word in ("Sequence", "Recorder"))
    with pikepdf.open(found.rendition) as pdf:
        shown = [(page.rotation, float(page.mediabox[2]) > float(page.mediabox[3])) for page in pdf.pages]
    assert shown == [(0, False), (270, True), (180, False), (90, True)]


def test_existing_text_is_not_doubled(outcome: Callable[[str], Outcome]) -> None:
    for name, text in (("single-page-mixed.pdf", "normal text"), ("sandwich-ocr.pdf", "the linnsequencer 32 track")):
        one = outcome(name)
        assert one.found is not None
        assert folded(one.found.text).count(text) == 1
        assert folded(one.layer).count(text) == 1


def test_a_pdfa_with_text_is_its_own_rendition(outcome: Callable[[str], Outcome]) -> None:
    found = outcome("pdfa-crazyones.pdf").found
    assert found is not None
    assert found.rendition.read_bytes() == (CORPUS / "letters/pdfa-crazyones.pdf").read_bytes()


def test_blank_page_is_marked_and_not_read(outcome: Callable[[str], Outcome]) -> None:
    found = outcome("blank-illustrator.pdf").found
    assert found is not None
    assert (found.pages[0].blank, found.text) == (True, "")


def test_poor_reading_is_flagged(outcome: Callable[[str], Outcome]) -> None:
    found = outcome("bookpage-photo-fraktur.jpg").found
    assert found is not None
    assert "low-confidence" in outcome("bookpage-photo-fraktur.jpg").flags
    assert not found.pages[0].blank


def test_values_of_form_fields_are_text(outcome: Callable[[str], Outcome]) -> None:
    found = outcome("f1040-prefilled.pdf").found
    assert found is not None
    with pikepdf.open(CORPUS / "letters/f1040-prefilled.pdf") as pdf:
        fields = [field for page in pdf.pages for field in page.obj.get("/Annots", []) if "/V" in field]
        values = [str(field.V) for field in fields if isinstance(field.V, pikepdf.String) and len(str(field.V)) > 3]
    assert values
    text = folded(found.text).replace(" ", "")
    assert all(folded(value).replace(" ", "") in text for value in values[:5])


def test_scans_keep_their_pictures(outcome: Callable[[str], Outcome]) -> None:
    """A bitonal picture stays bitonal, and JBIG2 stays the same bytes."""
    for name, filters in (("jbig2-scan.pdf", "/JBIG2Decode"), ("ccitt-empty-table-de.pdf", "/CCITTFaxDecode")):
        found = outcome(name).found
        assert found is not None
        assert pictures(found.rendition) == pictures(CORPUS / "letters" / name)
        assert {kind for kind, _, _ in pictures(found.rendition)} == {filters}
    for name in ("eurotext.tif", "group4-multi.tiff", "typewriter-nl.png", "table-numbers.tif"):
        found = outcome(name).found
        assert found is not None
        assert {(kind, bits) for kind, bits, _ in pictures(found.rendition)} == {("/CCITTFaxDecode", 1)}


def pictures(path: Path) -> list[tuple[str, int, bytes]]:
    with pikepdf.open(path) as pdf:
        streams = [item for item in pdf.objects if isinstance(item, pikepdf.Stream)]
        images = [item for item in streams if item.get("/Subtype") == "/Image"]
        return sorted((str(item.Filter), int(item.BitsPerComponent), item.read_raw_bytes()) for item in images)


def test_renditions_are_not_much_larger_than_scans(outcome: Callable[[str], Outcome]) -> None:
    scans = [name for name in READABLE if (CORPUS / "letters" / name).stat().st_size > 20_000]
    sizes = []
    for name in scans:
        found = outcome(name).found
        assert found is not None
        sizes.append(found.rendition.stat().st_size / (CORPUS / "letters" / name).stat().st_size)
    assert sorted(sizes)[len(sizes) // 2] < 1.2


def test_word_boxes_lie_on_the_upright_page(outcome: Callable[[str], Outcome]) -> None:
    for name in READABLE:
        found = outcome(name).found
        assert found is not None
        for page in found.pages:
            for word in page.words:
                assert -2 <= word.x0 <= word.x1 <= page.width + 2, (name, word)
                assert -2 <= word.y0 <= word.y1 <= page.height + 2, (name, word)


def test_fax_with_a_misleading_turn_stands_upright(outcome: Callable[[str], Outcome]) -> None:
    found = outcome("fax-letter-slerexe.pdf").found
    assert found is not None
    heading = next(word for word in found.pages[0].words if word.text == "SLEREXE")
    assert heading.y0 < found.pages[0].height / 4
    assert heading.x1 - heading.x0 > heading.y1 - heading.y0


def test_languages_are_told_apart(outcome: Callable[[str], Outcome]) -> None:
    for name, language in (("letter-de.pdf", "deu"), ("letter-en-camera.jpg", "eng"), ("hinweisblatt-pkh.pdf", "deu")):
        found = outcome(name).found
        assert found is not None
        assert found.pages[0].language == language
