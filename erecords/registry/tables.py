"""Reading CSV lists from outside: each mistake is named by file, line and column, and nothing is taken by halves."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from erecords.errors import InputRefused

_MAX_BYTES = 16 << 20
_SHOWN = 3

Key = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\s/\\]+(?: [^\s/\\]+)*$")]
"""An id or notation: its shape is data; only white space at the ends, slashes and control characters are refused."""
Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""One line of text."""


def _yes_or_no(value: object) -> object:
    return {"ja": True, "nein": False, "yes": True, "no": False}.get(str(value).casefold(), value)


YesNo = Annotated[bool, BeforeValidator(_yes_or_no)]
"""``ja`` or ``nein``."""


class Row(BaseModel):
    """One row of a list; an empty cell stands for the default."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Numbered(Generic[R]):
    """A row with the line of the file where it begins."""

    line: int
    row: R


class Problems:
    """Collects what is wrong with one file, so that it is refused once, with the first mistakes named."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._found: list[str] = []

    def add(self, line: int, column: str, message: str) -> None:
        """Note a mistake."""
        self._found.append(f"line {line}, column {column}: {message}")

    def refuse_if_any(self) -> None:
        """Refuse the file if a mistake was noted.

        Raises:
            InputRefused: it names up to three mistakes and how many there are.
        """
        if self._found:
            more = len(self._found) - _SHOWN
            tail = f" ({more} more)" if more > 0 else ""
            raise InputRefused(f"{self._file}: {'; '.join(self._found[:_SHOWN])}{tail}. Nothing was changed.")


def read(path: Path, kind: type[R], problems: Problems) -> list[Numbered[R]]:
    """Read all rows of a CSV file (UTF-8, with or without byte order mark; comma or semicolon).

    Mistakes inside rows go to ``problems``, and the row is left out.

    Raises:
        InputRefused: the file cannot be read at all, or its columns are not those of the list.
    """
    reader = csv.reader(io.StringIO(_text(path), newline=""), delimiter=_delimiter(path), strict=True)
    rows = []
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header, kind)
        for line, cells in _lines(reader):
            if len(cells) != len(header):
                problems.add(line, header[-1], f"the row has {len(cells)} cells, the header {len(header)}")
            elif row := _row(kind, line, dict(zip(header, cells, strict=True)), problems):
                rows.append(Numbered(line, row))
    except csv.Error as error:
        raise InputRefused(f"{path.name}: line {reader.line_num}: {error}. Nothing was changed.") from error
    return rows


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputRefused(
                f"{path.name} is larger than {_MAX_BYTES >> 20} MB; that is no list. Nothing was changed."
            )
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputRefused(f"{path} cannot be read: {error.strerror or error}. Nothing was changed.") from error
    except UnicodeDecodeError as error:
        raise InputRefused(f"{path.name} is not UTF-8 text (byte {error.start}). Nothing was changed.") from error


def _delimiter(path: Path) -> str:
    header = _text(path).partition("\n")[0]
    return ";" if header.count(";") > header.count(",") else ","


def _check_header(path: Path, header: list[str], kind: type[Row]) -> None:
    known = kind.model_fields
    missing = [name for name, field in known.items() if field.is_required() and name not in header]
    unknown = [name for name in header if name not in known]
    twice = sorted({name for name in header if header.count(name) > 1})
    for names, what in ((missing, "is missing"), (unknown, "is unknown"), (twice, "stands there twice")):
        if names:
            raise InputRefused(
                f"{path.name}: line 1, column {names[0]!r} {what}. Columns: {', '.join(known)}. Nothing was changed."
            )


def _lines(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each begins; a quoted cell may span lines."""
    begins = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield begins, cells
        begins = reader.line_num + 1


def _row(kind: type[R], line: int, cells: dict[str, str], problems: Problems) -> R | None:
    fields = kind.model_fields
    values = {name: cell for name, cell in cells.items() if cell.strip() or fields[name].is_required()}
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        for mistake in error.errors():
            column = str(mistake["loc"][0])
            problems.add(line, column, f"{_plain(mistake)} (found {str(cells.get(column, ''))[:60]!r})")
        return None


def _plain(mistake: Any) -> str:
    """Pydantic's words for a mistake, shorter where an empty cell is the whole story."""
    return "must not be empty" if not str(mistake["input"]).strip() else str(mistake["msg"])
