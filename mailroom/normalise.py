"""Archival renditions of files that are no letters: the same steps as for a delivery, in the same limited workers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mailroom.errors import MailroomError
from mailroom.processing.workers import WorkerPool, cores
from mailroom.settings import MailroomSettings


def to_pdfa(settings: MailroomSettings, files: Sequence[tuple[Path, str]], work: Path) -> list[Path | str]:
    """Make a PDF/A-2b of each file (path and the name it is known under), or say in one line why there is none.

    What is valid PDF/A already is copied; pages are never drawn anew and no text is recognised.
    """
    made: list[Path | str] = []
    try:
        started = WorkerPool(settings, min(cores(), len(files)) or 1, work / "tessdata", work / "tmp")
    except MailroomError as error:
        return [" ".join(str(error).split())] * len(files)
    with started as pool:
        seconds = settings.seconds_per_conversion + settings.seconds_per_file
        waiting = [
            pool.submit(convert, path, name, work / str(number), pool.settings, seconds=seconds)
            for number, (path, name) in enumerate(files)
        ]
        for future in waiting:
            try:
                made.append(future.result())
            except Exception as error:  # a parser's own error in a hostile file costs its rendition only
                made.append(" ".join(str(error).split()) or type(error).__name__)
    return made


def convert(path: Path, name: str, work: Path, settings: MailroomSettings) -> Path | str:
    """Convert one file; runs in a worker.

    Raises:
        mailroom.errors.Refused: it is damaged, locked, too large, or of a kind without converter.
    """
    from mailroom.stages import pdfa
    from mailroom.stages.identify import identify
    from mailroom.stages.prepare import prepare

    kind = identify(path, name, settings)
    work.mkdir(parents=True, exist_ok=True)
    target = work / "rendition.pdf"
    if pdfa.keep_original(path, kind, target):
        return target
    prepared = prepare(path, work, kind, settings)
    valid, reason = pdfa.finish((prepared.path,), target)
    return target if valid else f"no valid PDF/A could be made ({reason})"
