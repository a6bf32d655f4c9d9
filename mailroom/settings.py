"""Settings of the mail room: engine, workers and limits."""

from __future__ import annotations

import re

from pydantic import Field, field_validator

from erecords.config import Section

_FORM = re.compile("[A-Z0-9./_#-]{4,40}")


class MailroomSettings(Section):
    """``[mailroom]``: recognition, workers and limits."""

    table = "mailroom"
    engine: str = Field(
        "tesserocr",
        pattern="^(tesserocr|pytesseract)$",
        description="OCR engine: tesserocr (in process, fast) or pytesseract (calls the tesseract program).",
    )
    languages: list[str] = Field(
        default=["deu", "eng"], min_length=1, description="Languages of the letters, most frequent first."
    )
    tessdata: str = Field(
        "", description="Folder of Tesseract's language data. Empty: the installed packages, else that of the system."
    )
    workers: int = Field(0, ge=0, le=256, description="Worker processes for recognition. 0: one for each core.")
    chunk_pages: int = Field(4, ge=1, le=100, description="Pages that a worker takes from a batch at once.")
    dpi: int = Field(300, ge=150, le=600, description="Highest resolution, in dots per inch, that the engine is given.")
    max_bytes: int = Field(500_000_000, ge=1, description="Largest file that is read, in bytes.")
    max_pages: int = Field(2000, ge=1, description="Most pages of one file.")
    max_pixels: int = Field(150_000_000, ge=1_000_000, description="Most pixels of one picture.")
    max_unpacked: int = Field(
        1_000_000_000, ge=1_000_000, description="Most bytes to which a part of a file may unpack."
    )
    seconds_per_page: float = Field(
        50.0, gt=0, description="Most CPU time that a worker may spend on one page, in seconds."
    )
    seconds_per_file: float = Field(
        45.0, gt=0, description="Most CPU time that a worker may spend on examining a file, in seconds."
    )
    patience: float = Field(
        20.0,
        ge=1,
        description="How many times its limit of CPU time a task may take by the clock before it counts as hanging.",
    )
    worker_memory: int = Field(1_500, ge=300, description="Memory limit of a worker, in megabytes.")
    tasks_per_worker: int = Field(500, ge=1, description="Tasks after which a worker is replaced by a fresh one.")
    files_by_itself: bool = Field(
        True,
        description="Whether letters of which the machine is sure are filed without a person; "
        "false: all wait in the tray with their suggestion.",
    )
    low_confidence: float = Field(
        0.6, ge=0, le=1, description="Mean confidence of a page below which a person is asked to look at it."
    )
    most_skew: float = Field(
        2.0, ge=0.5, le=45, description="Skew of a scanned page, in degrees, from which a person is told of it."
    )
    most_blur: float = Field(
        0.5, gt=0, description="Width of the edges of letters, in millimetres, above which a page is out of focus."
    )
    least_contrast: float = Field(
        0.22, ge=0, le=1, description="Share of black on white below which the writing of a page is pale."
    )
    settle_seconds: float = Field(
        1.0, ge=0.05, description="How long size and time of a dropped file must stand still before it is taken over."
    )
    hold_seconds: float = Field(
        20.0, ge=0.1, description="How long an incomplete file may stand still before it is quarantined as truncated."
    )
    scan_seconds: float = Field(
        2.0, ge=0.1, description="Longest time between two looks into the drop folders, with or without an event."
    )
    polling: list[str] = Field(
        default=[], description="Channels on network shares: their folders are looked at by time, not by events."
    )
    max_parts: int = Field(
        500, ge=1, description="Most files in an archive, a message or a PDF, all that is nested in them included."
    )
    max_nesting: int = Field(5, ge=1, le=50, description="How deep archives and messages may lie inside each other.")
    max_ratio: int = Field(
        200, ge=10, description="Most bytes to which one byte of an archive may unpack, beyond the first 10 MB."
    )
    inline_bytes: int = Field(
        8_000, ge=0, description="Pictures of an HTML message that are smaller stay in the message, in bytes."
    )
    seconds_per_conversion: float = Field(
        120.0, gt=0, description="Most CPU time that LibreOffice may spend on one office document, in seconds."
    )
    label_forms: list[str] = Field(
        default=[],
        description=(
            "Labels of other programs that begin a letter, e.g. 'PE-##-######': each # is a digit, capital letters, "
            "digits and . / _ - stand for themselves."
        ),
    )
    signature_roots: str = Field(
        "",
        description="Folder with certificates (PEM or DER) of the authorities whose PDF signatures are trusted.",
    )
    clamd: str = Field(
        "",
        pattern=r"^$|^unix:/.+$|^tcp:.+:\d{1,5}$",
        description="Virus scanner clamd: unix:/run/clamav/clamd.ctl or tcp:host:3310. Empty: nothing is scanned.",
    )
    clamd_seconds: float = Field(
        60.0, gt=0, description="How long the virus scanner may take for one file, in seconds."
    )

    @field_validator("label_forms")
    @classmethod
    def _is_form(cls, forms: list[str]) -> list[str]:
        """A form has a letter and three digits at least: codes of goods and parcels must not cut letters."""
        for form in forms:
            if not (_FORM.fullmatch(form) and re.search("[A-Z]", form) and form.count("#") >= 3):
                raise ValueError(
                    f"{form!r} is no form of a label: 4 to 40 of A-Z 0-9 . / _ - #, a letter and three # at least"
                )
        return forms
