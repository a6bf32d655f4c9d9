"""Draw small scans for the tests: text on white, as bitonal, grey or colour pictures."""

from __future__ import annotations

import io
from importlib.resources import as_file, files
from pathlib import Path

import img2pdf
from PIL import Image, ImageDraw, ImageFont

GERMAN = (
    "Sehr geehrte Damen und Herren,\nhiermit melde ich meinen Hund Waldi ab.\nEr ist am 3. Mai verstorben.\n"
    "Bitte senden Sie mir eine Bestätigung.\nMit freundlichen Grüßen\nJörg Müller"
)
ENGLISH = (
    "Dear Sir or Madam,\nplease find the signed form with this letter.\nWe will pay the fee for the dog on Monday.\n"
    "Thank you for your help in this matter.\nYours faithfully\nJane Miller"
)
SIZE = (1240, 900)
DPI = 150


def page(text: str, *, dpi: int = 300, size: tuple[float, float] = (5.8, 4.1), points: int = 12) -> Image.Image:
    """A grey page of that size in inches."""
    picture = Image.new("L", (round(size[0] * dpi), round(size[1] * dpi)), 255)
    with as_file(files("ocrmypdf.data") / "NotoSans-Regular.ttf") as font_file:
        font = ImageFont.truetype(str(font_file), round(points * dpi / 72))
    ImageDraw.Draw(picture).multiline_text((dpi // 2, dpi // 2), text, font=font, fill=0, spacing=dpi // 12)
    return picture


def bitonal(picture: Image.Image) -> Image.Image:
    return picture.point(lambda value: 255 if value > 128 else 0).convert("1", dither=Image.Dither.NONE)


def scan_pdf(path: Path, *pictures: Image.Image, dpi: int = 300) -> Path:
    """A PDF of pictures without text, one a page."""
    pages = []
    for picture in pictures:
        stream = io.BytesIO()
        if picture.mode == "1":
            picture.save(stream, "TIFF", compression="group4", strip_size=1 << 30)
        else:
            picture.save(stream, "JPEG", quality=80)
        pages.append(stream.getvalue())
    path.write_bytes(img2pdf.convert(pages, layout_fun=img2pdf.get_fixed_dpi_layout_fun((dpi, dpi))))
    return path


def text_pdf(path: Path, *texts: str) -> Path:
    """A born-digital PDF, one page for each text, with its font embedded."""
    from fpdf import FPDF

    pdf = FPDF()
    with as_file(files("ocrmypdf.data") / "NotoSans-Regular.ttf") as font_file:
        pdf.add_font("noto", fname=str(font_file))
        pdf.set_font("noto", size=12)
        for text in texts:
            pdf.add_page()
            pdf.multi_cell(0, 8, text)
        pdf.output(str(path))
    return path
