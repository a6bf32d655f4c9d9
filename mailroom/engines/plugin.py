"""The engine as a plugin of ocrmypdf: the page image is handed over in memory, each page is read once.

Named to ocrmypdf by its module name. While a range of pages runs, :data:`_running` holds it; ocrmypdf runs in one
thread here (see :func:`get_executor`), page after page, so the page at work is always the last one rendered.

ocrmypdf's way, and what each hook does on it: *preview* renders the page grey at full resolution and keeps it;
*orientation* reads it (see :mod:`mailroom.engines.turning`) and keeps the reading; *raster* only leaves a token
file, since nobody looks at the picture again; *engine* hands over the kept reading. Nothing is encoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocrmypdf import Executor, hookimpl
from ocrmypdf.builtin_plugins.tesseract_ocr import TesseractOptions
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence
from PIL import Image

from mailroom.engines.boxes import with_boxes
from mailroom.engines.ink import is_blank
from mailroom.engines.layer import text_page
from mailroom.engines.reading import Grey, PageRead, PageReader, Reading
from mailroom.engines.straight import read_straight

if TYPE_CHECKING:
    from ocrmypdf._options import OcrOptions

NAME = "mailroom.engines.plugin"
_TOKEN_DPI = 72


@dataclass
class RangeRun:
    """A run of ocrmypdf over one file: where page images come from, who reads them, and what was read so far."""

    render: Callable[[int], Grey]
    """Page number from 1 -> the page as shown, grey."""
    reader: PageReader
    may_turn: Callable[[int], bool]
    """Whether the page may be turned: a page with text of its own stands as its author put it."""
    pages: dict[int, PageRead] = field(default_factory=dict)
    at_work: int = 0
    _last_turn: int = 0

    def look(self, number: int) -> None:
        """Render a page and read it, unless that was done."""
        self.at_work = number
        if number in self.pages:
            return
        image = self.render(number)
        if is_blank(image):
            self.pages[number] = PageRead(Reading(()), image.width, image.height, image.dpi, 0, True)
            return
        if self.may_turn(number):
            self.pages[number], self._last_turn = read_straight(self.reader, image, self._last_turn)
        else:
            reading = with_boxes(image, self.reader.read(image))
            self.pages[number] = PageRead(reading, image.width, image.height, image.dpi, 0, False)


_running: list[RangeRun] = []


@contextmanager
def running(run: RangeRun) -> Iterator[RangeRun]:
    """Make a run the one that the hooks serve, for the time of one call of ocrmypdf."""
    _running.append(run)
    try:
        yield run
    finally:
        _running.pop()


class InPlaceExecutor(Executor):
    """Runs ocrmypdf's tasks one after the other in the calling thread: the worker is the unit of parallel work."""

    def _execute(
        self,
        *,
        use_threads: bool,
        max_workers: int,
        progress_kwargs: dict[str, Any],
        worker_initializer: Callable[[], None],
        task: Callable[..., Any],
        task_arguments: Iterable[Any],
        task_finished: Callable[..., None],
    ) -> None:
        with self.pbar_class(**progress_kwargs) as progress:  # type: ignore[no-untyped-call]
            for arguments in task_arguments:
                task_finished(task(*arguments), progress)


@hookimpl
def initialize(plugin_manager: Any) -> None:
    """Take the place of the built-in engine, which would start the ``tesseract`` program three times a file."""
    plugin_manager.set_blocked("ocrmypdf.builtin_plugins.tesseract_ocr")


@hookimpl
def register_options() -> dict[str, type[TesseractOptions]]:
    """Options that ocrmypdf's own checks ask for, blocked plugin or not."""
    return {"tesseract": TesseractOptions}


@hookimpl
def get_executor(progressbar_class: Any) -> Executor:
    """No threads and no processes inside a worker."""
    return InPlaceExecutor(pbar_class=progressbar_class)  # type: ignore[no-untyped-call]


@hookimpl
def rasterize_pdf_page(input_file: Path, output_file: Path, pageno: int) -> Path:
    """Keep the page's grey image in memory; leave a token where ocrmypdf expects a picture file."""
    _running[-1].look(pageno)
    Image.new("L", (1, 1), 255).save(output_file, format="PNG", dpi=(_TOKEN_DPI, _TOKEN_DPI))
    return output_file


class KeptReadingEngine(OcrEngine):
    """Hands ocrmypdf the readings that the run keeps."""

    @staticmethod
    def version() -> str:
        """Engine and models."""
        return _running[-1].reader.version() if _running else ""

    @staticmethod
    def creator_tag(options: OcrOptions) -> str:
        """What stands as creator in the file's metadata."""
        return KeptReadingEngine.version()

    def __str__(self) -> str:
        return f"{_running[-1].reader.name} of the mail room" if _running else "mail room"

    @staticmethod
    def languages(options: OcrOptions) -> set[str]:
        """The languages asked for: their models were checked when the reader was made."""
        return set(options.languages)

    @staticmethod
    def get_orientation(input_file: Path, options: OcrOptions) -> OrientationConfidence:
        """The turn that was found while reading."""
        run = _running[-1]
        return OrientationConfidence(angle=run.pages[run.at_work].turn, confidence=1000.0)

    @staticmethod
    def get_deskew(input_file: Path, options: OcrOptions) -> float:
        """Never: the page was put straight before (:mod:`mailroom.engines.straight`), without drawing it anew."""
        return 0.0

    @staticmethod
    def supports_generate_ocr() -> bool:
        """Finished text pages, no trees: see :mod:`mailroom.engines.layer`."""
        return False

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: OcrOptions) -> None:
        """The kept reading of the page at work as a page of invisible text."""
        run = _running[-1]
        output_pdf.write_bytes(text_page(run.pages[run.at_work]))
        output_text.touch()

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: OcrOptions) -> None:
        """Not offered."""
        raise NotImplementedError("this engine gives text pages, not hOCR files")


@hookimpl(tryfirst=True)
def get_ocr_engine(options: OcrOptions | None) -> OcrEngine:
    """The engine of the run."""
    return KeptReadingEngine()
