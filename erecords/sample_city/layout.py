"""How a letter (after DIN 5008) and the form GewA 1 lie on the paper."""

from __future__ import annotations

from typing import Any

from erecords.sample_city.paper import Box, Scribble, Sheet, wrap

_LEFT, _RIGHT, _BOTTOM = 25.0, 190.0, 272.0
_LINE = 5.2
"""Line feed at 11 points, in millimetres."""
_SIZE = 11.0


class _Flow:
    """Writes lines downwards and takes a new sheet where one is full."""

    def __init__(self, face: str) -> None:
        self.face = face
        self.sheets = [Sheet()]
        self.y = 27.0

    @property
    def sheet(self) -> Sheet:
        return self.sheets[-1]

    def line(self, text: str, *, x: float = _LEFT, face: str | None = None) -> None:
        if self.y > _BOTTOM:
            self.new_sheet()
        self.sheet.text(x, self.y, text, _SIZE, face or self.face)
        self.y += _LINE

    def new_sheet(self) -> None:
        self.sheets.append(Sheet())
        self.y = 30.0

    def paragraph(self, text: str, *, bold: bool = False) -> None:
        face = f"{self.face}-bold" if bold else self.face
        for line in wrap(text, _RIGHT - _LEFT, _SIZE, face):
            self.line(line, face=face)

    def gap(self, lines: float = 1.0) -> None:
        self.y += lines * _LINE

    def table(self, rows: list[str]) -> None:
        """Rows of cells between bars: two columns are name and value, five the positions of an invoice."""
        stops = [_LEFT, _LEFT + 62] if rows[0].count("|") == 1 else [_LEFT, 37.0, 108.0, 126.0, 160.0]
        top = self.y - _LINE
        for row in rows:
            y = self.y
            for stop, cell in zip(stops, row.split("|"), strict=True):
                self.y = y
                if cell:
                    self.line(cell, x=stop)
            self.y = y + _LINE * 1.1
        if len(stops) > 2:
            for y in (top + 1.6 * _LINE - 2.1, self.y - _LINE + 1.8):
                self.sheet.marks.append(Box(_LEFT, y, _RIGHT, y))


def letter(data: dict[str, Any]) -> list[Sheet]:
    """The sheets of a letter: sender, address, date, subject, text, signature; ``second`` is a page of its own."""
    flow = _Flow(data["face"])
    for number, line in enumerate(data["from"]):
        flow.line(line, face=f"{flow.face}-bold" if number == 0 else None)
    flow.y = 62.0
    for line in data["to"]:
        flow.line(line)
    flow.y = 92.0
    flow.line(data["place"], x=125.0 if len(data["place"]) < 30 else 112.0)
    flow.gap()
    for text, bold in ((data["subject"], True), (data["salutation"], False)):
        if text:
            flow.paragraph(text, bold=bold)
            flow.gap()
    for item in data["body"]:
        if isinstance(item, list):
            flow.table(item)
        else:
            flow.paragraph(item)
        flow.gap(0.7)
    _close(flow, data)
    if "second" in data:
        _second_page(flow, data["second"])
    for sheet in flow.sheets[:1]:
        sheet.marks += [Box(4, 105, 8, 105), Box(4, 148.5, 9, 148.5), Box(4, 210, 8, 210)]
    return flow.sheets


def _close(flow: _Flow, data: dict[str, Any]) -> None:
    flow.line(data["closing"])
    if data["signed"]:
        flow.gap(2.4)
        flow.sheet.marks.append(Scribble(_LEFT + 2, flow.y - 1.4 * _LINE, data["signed"]))
        flow.gap(0.3)
        flow.line(data["signed"])
    if "enclosures" in data:
        flow.gap()
        flow.line(data["enclosures"])


def _second_page(flow: _Flow, paragraphs: list[str]) -> None:
    flow.new_sheet()
    for number, text in enumerate(paragraphs):
        flow.paragraph(text, bold=number == 0)
        flow.gap()


def form(data: dict[str, Any]) -> list[Sheet]:
    """The sheet of a printed form: numbered boxes with small labels and typed values."""
    sheet = Sheet()
    sheet.text(20, 22, data["office"], 8, "sans")
    sheet.text(170, 22, data["form_mark"], 12, "sans-bold")
    sheet.text(20, 31, data["form_title"], 16, "sans-bold")
    sheet.text(20, 37, data["form_note"], 8, "sans")
    y = 43.0
    for section in data["sections"]:
        sheet.marks.append(Box(20, y, _RIGHT, y + 7, 0.35))
        sheet.text(22, y + 5, section["title"], 10, "sans-bold")
        y += 7
        for row in section["rows"]:
            width = (_RIGHT - 20) / len(row)
            for number, (label, value) in enumerate(row):
                left = 20 + number * width
                sheet.marks.append(Box(left, y, left + width, y + 14))
                sheet.text(left + 1.5, y + 4, label, 7, "sans")
                sheet.text(left + 3, y + 11, value, 11, "mono")
            y += 14
        y += 4
    sheet.marks.append(Scribble(20 + (_RIGHT - 20) / 2 + 6, y - 8, data["signed"]))
    return [sheet]
