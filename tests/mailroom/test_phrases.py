"""Phrases bear slips of OCR, but not another verb."""

from __future__ import annotations

import pytest

from benchmarks import measuring as bench
from mailroom.classifiers.phrases import clues
from mailroom.fields.lines import lines_of
from mailroom.ports import PageText

REGISTERS = bench.city_registers()


def types(text: str) -> set[str]:
    found = clues(list(lines_of(PageText(1, 0.0, 0.0, text, (), "ocr", 0.9))), REGISTERS)
    return {key for key, reasons in found.items() if any(reason.name == "phrase" for reason in reasons)}


@pytest.mark.parametrize(
    ("text", "there", "not_there"),
    [
        ("hiermit melde ich meinen Hund zur Hundesteuer an.", None, "hundesteuer-abmeldung"),
        ("hiermit melde ich meinen Hund ab.", "hundesteuer-abmeldung", "hundesteuer-anmeldung"),
        ("hiermit melde ich meinen Humd ab.", "hundesteuer-abmeldung", "hundesteuer-anmeldung"),
        ("hiermit melde ich meinen\nHund ab.", "hundesteuer-abmeldung", "hundesteuer-anmeldung"),
    ],
)
def test_separable_verbs(text: str, there: str | None, not_there: str) -> None:
    found = types(text)
    assert not_there not in found and (there is None or there in found)
