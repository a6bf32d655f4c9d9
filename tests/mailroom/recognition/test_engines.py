"""The engines behind one contract, and their language data from wherever it lies."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pikepdf
import pytest

from erecords.errors import ConfigurationError
from mailroom.engines import layer, tessdata
from mailroom.engines.plugin import PageRead
from mailroom.engines.readers import reader_for
from mailroom.engines.reading import Grey, PageReader, Reading, ReadLine, ReadWord
from mailroom.errors import EngineMissing
from mailroom.settings import MailroomSettings
from mailroom.stages.pages import Pages
from tests.mailroom.recognition import drawing


@pytest.fixture(scope="module", params=["tesserocr", "pytesseract"])
def reader(request: pytest.FixtureRequest) -> PageReader:
    return reader_for(MailroomSettings(engine=request.param))


def grey(text: str, turns: int = 0) -> Grey:
    return Grey(np.ascontiguousarray(np.rot90(np.asarray(drawing.page(text)), turns)), 300.0)


def test_reads_german_with_boxes_and_confidence(reader: PageReader) -> None:
    image = grey(drawing.GERMAN)
    found = reader.read(image)
    assert [" ".join(word.text for word in line.words) for line in found.lines] == drawing.GERMAN.splitlines()
    assert found.confidence > 0.85
    assert not found.lying
    for line in found.lines:
        assert abs(line.slope) < 0.02
        for word in line.words:
            assert 0 <= word.left < word.right <= image.width
            assert line.top - 2 <= word.top < word.bottom <= line.bottom + 2


def test_finds_the_orientation(reader: PageReader) -> None:
    text = "\n".join([drawing.GERMAN.replace("\n", " ")[start : start + 45] for start in range(0, 135, 45)] * 2)
    assert reader.orientation(grey(text, 2))[0] == 180
    assert reader.orientation(grey(text, 3))[0] == 90


def test_empty_page_has_no_words(reader: PageReader) -> None:
    white = Grey(np.full((800, 600), 255, dtype=np.uint8), 300.0)
    assert list(reader.read(white).words()) == []
    assert reader.orientation(white)[1] == 0.0


def test_names_its_version(reader: PageReader) -> None:
    assert reader.version().startswith("tesseract 5")
    assert reader.name in reader.version()


def test_reader_is_made_once() -> None:
    assert reader_for(MailroomSettings()) is reader_for(MailroomSettings())


def test_language_data_is_found() -> None:
    folder = tessdata.tessdata_folder(MailroomSettings())
    assert {"deu.traineddata", "eng.traineddata", "osd.traineddata"} <= {path.name for path in folder.iterdir()}
    assert (folder / "configs/hocr").is_file()


def test_scattered_language_data_is_merged(tmp_path: Path) -> None:
    installed = Path(sys.prefix) / "share/tessdata"
    if not installed.is_dir():
        pytest.skip("the language packages are not installed in this environment")
    with ThreadPoolExecutor(8) as threads:
        folders = set(threads.map(lambda _: tessdata.tessdata_folder(MailroomSettings(), tmp_path), range(8)))
    assert len(folders) == 1
    assert [path for path in tmp_path.iterdir() if path not in folders] == []


def test_missing_language_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(EngineMissing, match="tessdata-fast-xyz"):
        tessdata.tessdata_folder(MailroomSettings(languages=["xyz"]), tmp_path)
    with pytest.raises(ConfigurationError, match=r"mailroom\.tessdata"):
        tessdata.tessdata_folder(MailroomSettings(tessdata=str(tmp_path / "none")), tmp_path)
    with pytest.raises(EngineMissing):
        tessdata.tessdata_folder(MailroomSettings(tessdata=str(tmp_path)), tmp_path)


def word(text: str, left: int, right: int) -> ReadWord:
    return ReadWord(text, left, 100, right, 140, 0.9)


@pytest.mark.parametrize("slope", [0.0, 0.03, -0.05])
def test_text_layer_puts_words_on_their_baseline(slope: float, tmp_path: Path) -> None:
    words = (word("Größe:", 100, 260), word("(5)", 300, 360), word("x\\y", 700, 760))
    line = ReadLine(words, 100, 100, 760, 140, slope, -8.0, 0)
    path = tmp_path / "layer.pdf"
    path.write_bytes(layer.text_page(PageRead(Reading((line,)), 1000, 500, 100.0, 0, False)))
    with Pages(path) as pages:
        found, text = pages.words(1)
        size = pages.facts(1).width
    assert text == "Größe: (5) x\\y"
    assert size == 720
    for shown, read in zip(found, words, strict=True):
        assert shown.x0 == pytest.approx(read.left * 0.72, abs=4)


def test_text_layer_of_nothing_is_empty() -> None:
    assert layer.text_page(PageRead(Reading(()), 1000, 500, 100.0, 0, True)) == b""


def test_font_of_the_layer_is_small_and_the_same_each_time() -> None:
    first = layer.font_program()
    layer.font_program.cache_clear()
    assert layer.font_program() == first
    assert len(first) < 1500


def test_layer_takes_letters_beyond_the_basic_plane(tmp_path: Path) -> None:
    path = tmp_path / "layer.pdf"
    line = ReadLine((word("A\U0001f600", 100, 200),), 100, 100, 200, 140, 0.0, 0.0, 0)
    path.write_bytes(layer.text_page(PageRead(Reading((line,)), 1000, 500, 100.0, 0, False)))
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) == 1
