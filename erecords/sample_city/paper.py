"""Sheets of paper before they are scanned: text, rules and boxes in millimetres on A4, drawn as pixels or as PDF."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 210.0, 297.0
"""A4 in millimetres."""
_MM = 1 / 25.4
_FONT_FOLDERS = (
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts/dejavu"),
    Path("/usr/share/fonts/TTF"),
)
_FACES = {
    "sans": "DejaVuSans.ttf",
    "sans-bold": "DejaVuSans-Bold.ttf",
    "serif": "DejaVuSerif.ttf",
    "serif-bold": "DejaVuSerif-Bold.ttf",
    "mono": "DejaVuSansMono.ttf",
    "mono-bold": "DejaVuSansMono-Bold.ttf",
}


def font_file(face: str) -> Path:
    """The file of a face (``sans``, ``serif`` or ``mono``, each also ``-bold``).

    Raises:
        FileNotFoundError: the DejaVu fonts are not installed; the message names the folders that were searched.
    """
    for folder in _FONT_FOLDERS:
        path = folder / _FACES[face]
        if path.is_file():
            return path
    folders = ", ".join(str(folder) for folder in _FONT_FOLDERS)
    raise FileNotFoundError(f"{_FACES[face]} was not found in {folders}; install the DejaVu fonts to draw new scans.")


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text: left end of its baseline in millimetres, size in points."""

    x: float
    y: float
    text: str
    size: float
    face: str


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in millimetres; with equal corners on one axis it is a rule. Width of the pen in millimetres."""

    x0: float
    y0: float
    x1: float
    y1: float
    pen: float = 0.25


@dataclass(frozen=True, slots=True)
class Scribble:
    """A signature: a pen stroke of its own for each name, starting at a point in millimetres."""

    x: float
    y: float
    name: str

    def points(self) -> list[tuple[float, float]]:
        """The stroke, in millimetres."""
        random = Random(self.name)
        x, y = self.x, self.y
        found = [(x, y)]
        for step in range(26):
            x += random.uniform(-0.6, 2.6)
            y = self.y + (-1) ** step * random.uniform(0.4, 4.2)
            found.append((x, y))
        return found


@dataclass
class Sheet:
    """One A4 page as a list of marks; ``lines`` tells what can be read on it, row by row."""

    marks: list[Text | Box | Scribble] = field(default_factory=list)

    def text(self, x: float, y: float, text: str, size: float = 11.0, face: str = "serif") -> None:
        """Put a line of text."""
        self.marks.append(Text(x, y, text, size, face))

    def lines(self) -> str:
        """The text of the page in reading order: rows from the top, each from the left; one row a line."""
        texts = sorted((mark for mark in self.marks if isinstance(mark, Text) and mark.text), key=lambda m: (m.y, m.x))
        rows: dict[float, list[str]] = {}
        for mark in texts:
            rows.setdefault(round(mark.y, 1), []).append(mark.text)
        return "\n".join(" ".join(row) for row in rows.values())


def wrap(text: str, width: float, size: float, face: str) -> list[str]:
    """Break text into lines that are at most ``width`` millimetres wide in this face and size."""
    font = ImageFont.truetype(str(font_file(face)), round(size * 10))
    limit = width * _MM * 720
    lines: list[str] = []
    for word in text.split(" "):
        if lines and font.getlength(f"{lines[-1]} {word}") <= limit:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def draw(sheet: Sheet, dpi: int) -> Image.Image:
    """The sheet as a clean grey picture: black on white, ``dpi`` pixels an inch."""
    scale = dpi * _MM
    image = Image.new("L", (round(WIDTH * scale), round(HEIGHT * scale)), 255)
    pen = ImageDraw.Draw(image)
    for mark in sheet.marks:
        if isinstance(mark, Text):
            font = ImageFont.truetype(str(font_file(mark.face)), round(mark.size * dpi / 72))
            pen.text((mark.x * scale, mark.y * scale), mark.text, fill=0, font=font, anchor="ls")
        elif isinstance(mark, Box):
            corners = (mark.x0 * scale, mark.y0 * scale, mark.x1 * scale, mark.y1 * scale)
            pen.rectangle(corners, outline=0, width=max(1, round(mark.pen * scale)))
        else:
            pen.line([(x * scale, y * scale) for x, y in mark.points()], fill=40, width=max(1, round(0.4 * scale)))
    return image


def add_to_pdf(sheet: Sheet, pdf: FPDF) -> None:
    """Add the sheet to a PDF as real text, the way an office program writes it."""
    pdf.add_page()
    for mark in sheet.marks:
        if isinstance(mark, Text):
            if mark.face not in pdf.fonts:
                pdf.add_font(mark.face, "", font_file(mark.face))
            pdf.set_font(mark.face, "", mark.size)
            pdf.text(mark.x, mark.y, mark.text)
        elif isinstance(mark, Box):
            pdf.set_line_width(mark.pen)
            pdf.rect(mark.x0, mark.y0, mark.x1 - mark.x0, mark.y1 - mark.y0)
        else:
            pdf.set_line_width(0.4)
            pdf.polyline(mark.points())
