"""Archival renditions for the archive: made in limited workers, refused with a reason, never called PDF/A wrongly."""

from __future__ import annotations

from pathlib import Path

import pikepdf.pdfa
from PIL import Image

from mailroom.normalise import to_pdfa
from mailroom.settings import MailroomSettings


def test_each_file_becomes_pdfa_or_a_reason(tmp_path: Path) -> None:
    Image.new("RGB", (200, 300), "white").save(tmp_path / "a.gif")
    (tmp_path / "b.txt").write_text("Sehr geehrte Damen und Herren,\nmit freundlichen Grüßen\n", encoding="utf-8")
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.7\nnothing of it\n")
    (tmp_path / "d.bin").write_bytes(bytes(range(256)) * 8)
    names = ("a.gif", "b.txt", "c.pdf", "d.bin")
    made = to_pdfa(MailroomSettings(), [(tmp_path / name, name) for name in names], tmp_path / "work")
    for found in made[:2]:
        assert isinstance(found, Path) and pikepdf.pdfa.validate_written(found, "2b").passed
    for found in made[2:]:
        assert isinstance(found, str) and found and "\n" not in found
    assert len({str(found) for found in made}) == 4


def test_without_the_engine_each_file_gets_the_reason(tmp_path: Path) -> None:
    settings = MailroomSettings(languages=["xxx"])
    (reason,) = to_pdfa(settings, [(tmp_path / "a.gif", "a.gif")], tmp_path / "work")
    assert "xxx" in str(reason)
