"""Draw the scans of the sample city anew from ``letters.toml``: ``python -m erecords.sample_city.make_scans``.

The scans are part of the repository; this program is how they were made, so that they can be read, changed and
made again. Beside them it writes ``scans.toml``: what each letter is, where it belongs, and its true text.
"""

from __future__ import annotations

import io
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import img2pdf
import pikepdf
from fpdf import FPDF
from PIL import Image

from erecords.sample_city.layout import form, letter
from erecords.sample_city.paper import Sheet, add_to_pdf, draw
from erecords.sample_city.scanner import Look, bitonal, photograph, scan

HERE = Path(__file__).parent
_MADE = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
_MANIFEST_KEYS = ("type", "class", "unit", "sender", "date", "case", "references", "expect")


@dataclass(frozen=True, slots=True)
class Job:
    """One letter to be made: its sheets and how they are spoilt."""

    sheets: list[Sheet]
    look: Look
    seed: int

    def grey(self, number: int) -> Image.Image:
        """Page ``number`` (from 0) as the scanner's grey picture."""
        return scan(draw(self.sheets[number], self.look.dpi), self.look, self.seed * 100 + number)

    def bitonal(self) -> list[Image.Image]:
        """All pages in black and white."""
        return [bitonal(self.grey(number)) for number in range(len(self.sheets))]


def main() -> None:
    """Write every scan and the manifest beside this file."""
    folder = HERE / "scans"
    folder.mkdir(exist_ok=True)
    letters = tomllib.loads((HERE / "letters.toml").read_text(encoding="utf-8"))["letter"]
    entries = []
    for number, data in enumerate(letters, start=1):
        sheets = form(data) if data.get("layout") == "form" else letter(data)
        job = Job(sheets, Look(**data["look"]), number)
        content = _MAKERS[data["made"]](job)
        (folder / data["file"]).write_bytes(content)
        entries.append(_entry(data, sheets))
        print(f"{data['file']}: {len(sheets)} page(s), {len(content):,} bytes")
    head = "# Written by make_scans.py: what each scan is, where it belongs, and what really stands on its pages.\n\n"
    (folder / "scans.toml").write_text(head + "\n".join(entries), encoding="utf-8")


def _entry(data: dict[str, Any], sheets: list[Sheet]) -> str:
    lines = ["[[scan]]", f'file = "{data["file"]}"', f"pages = {len(sheets)}"]
    for key in _MANIFEST_KEYS:
        value = data[key]
        written = "[" + ", ".join(f'"{one}"' for one in value) + "]" if isinstance(value, list) else f'"{value}"'
        lines.append(f"{key} = {written}")
    pages = ",\n".join(f"'''\n{sheet.lines()}'''" for sheet in sheets)
    return "\n".join([*lines, f"text = [\n{pages},\n]", ""])


def _fax_group4(pages: list[Image.Image], dpi: int) -> bytes:
    out = io.BytesIO()
    pages[0].save(out, "TIFF", compression="group4", dpi=(dpi, dpi), save_all=True, append_images=pages[1:])
    return out.getvalue()


def _pdf_of(pictures: list[bytes]) -> bytes:
    made: bytes = img2pdf.convert(
        pictures, nodate=True, producer="Scanstation Poststelle", engine=img2pdf.Engine.internal
    )
    return made


def _g4(job: Job) -> bytes:
    return _pdf_of([_fax_group4([page], job.look.dpi) for page in job.bitonal()])


def _grey_pdf(job: Job) -> bytes:
    return _pdf_of([_jpeg(job.grey(number), job.look.dpi, 45) for number in range(len(job.sheets))])


def _tiff(job: Job) -> bytes:
    return _fax_group4(job.bitonal(), job.look.dpi)


def _png(job: Job) -> bytes:
    levels = job.grey(0).point(lambda level: min(255, (level + 16) // 32 * 36)).quantize(8)
    out = io.BytesIO()
    levels.save(out, "PNG", optimize=True, dpi=(job.look.dpi, job.look.dpi))
    return out.getvalue()


def _photo(job: Job) -> bytes:
    return _jpeg(photograph(draw(job.sheets[0], job.look.dpi), job.look, job.seed), 72, 50)


def _jpeg(picture: Image.Image, dpi: int, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, dpi=(dpi, dpi), optimize=True)
    return out.getvalue()


def _digital(job: Job) -> bytes:
    return _office_pdf(job.sheets)


def _office_pdf(sheets: list[Sheet]) -> bytes:
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_creation_date(_MADE)
    pdf.set_producer("Schreibprogramm")
    for sheet in sheets:
        add_to_pdf(sheet, pdf)
    return bytes(pdf.output())


def _mixed(job: Job) -> bytes:
    """The first page from the office program, the others scanned."""
    scanned = [_fax_group4([page], job.look.dpi) for page in job.bitonal()[1:]]
    out = io.BytesIO()
    with (
        pikepdf.open(io.BytesIO(_office_pdf(job.sheets[:1]))) as pdf,
        pikepdf.open(io.BytesIO(_pdf_of(scanned))) as rest,
    ):
        pdf.pages.extend(rest.pages)
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


_MAKERS: dict[str, Callable[[Job], bytes]] = {
    "g4": _g4,
    "grey": _grey_pdf,
    "fax": _tiff,
    "tiff": _tiff,
    "png": _png,
    "photo": _photo,
    "digital": _digital,
    "mixed": _mixed,
}

if __name__ == "__main__":
    main()
