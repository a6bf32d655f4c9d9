"""Separator sheets (Trennblätter): printed once, laid between letters, read again from every scan."""

from __future__ import annotations

import io
from typing import Any

from mailroom.stages.split import SEPARATOR_TEXT


def separator_pdf() -> bytes:
    """Two A4 sheets with the separator as QR, DataMatrix and Code 128, upright and readable from any side."""
    import zxingcpp
    from fpdf import FPDF

    from erecords.fonts import regular_font

    pdf = FPDF(format="A4")
    pdf.set_title("Trennblatt")
    pdf.add_font("sheet", fname=str(regular_font()))
    codes = {
        "qr": _png(zxingcpp.BarcodeFormat.QRCode),
        "matrix": _png(zxingcpp.BarcodeFormat.DataMatrix),
        "line": _png(zxingcpp.BarcodeFormat.Code128),
    }
    for _ in range(2):
        pdf.add_page()
        pdf.set_font("sheet", size=40)
        pdf.set_y(24)
        pdf.cell(0, 20, "TRENNBLATT", align="C", new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("sheet", size=13)
        pdf.multi_cell(0, 7, "Zwischen zwei Briefe legen. Dieses Blatt wird nicht abgelegt.", align="C")
        pdf.image(codes["qr"], x=30, y=75, w=55)
        pdf.image(codes["matrix"], x=125, y=75, w=55)
        pdf.image(codes["line"], x=35, y=160, w=140, h=28)
        pdf.image(codes["qr"], x=77, y=215, w=55)
    return bytes(pdf.output())


def _png(form: Any) -> io.BytesIO:
    import numpy as np
    import zxingcpp
    from PIL import Image

    barcode = zxingcpp.create_barcode(SEPARATOR_TEXT, form)
    picture = np.array(barcode.to_image(scale=12, add_quiet_zones=True))
    out = io.BytesIO()
    Image.fromarray(picture).save(out, format="PNG")
    out.seek(0)
    return out
