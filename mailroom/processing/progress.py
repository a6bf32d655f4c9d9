"""How far the reading of a delivery is: kept in its work folder, so that other processes see it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from mailroom.models import Delivery, DeliveryState

_NAME = "progress.json"


@dataclass(frozen=True)
class Progress:
    """A delivery at work, and how many of its pages were read."""

    delivery: int
    source: str
    channel: str
    done: int
    pages: int

    @property
    def figure(self) -> str:
        """As people read it."""
        return f"{self.done} of {self.pages} pages"


def note(folder: Path, done: int, pages: int) -> None:
    """Note in a delivery's work folder that so many of its pages were read; worth nothing after a crash."""
    beside = folder / f"{_NAME}.new"
    beside.write_text(json.dumps([done, pages]), encoding="ascii")
    beside.replace(folder / _NAME)


def at_work(session: Session, work: Path) -> list[Progress]:
    """The pending deliveries whose pages are being read, in order."""
    noted = {int(path.parent.name): path for path in work.glob(f"*/{_NAME}") if path.parent.name.isdigit()}
    query = select(Delivery).where(Delivery.state == DeliveryState.PENDING, col(Delivery.id).in_(noted))
    found = []
    for row in session.exec(query.order_by(col(Delivery.id))):
        counts = _read(noted[row.id or 0])
        if counts:
            found.append(Progress(row.id or 0, row.source, row.channel, *counts))
    return found


def _read(path: Path) -> tuple[int, int] | None:
    """What was noted; None where the delivery was finished meanwhile."""
    try:
        done, pages = json.loads(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    return int(done), int(pages)


class Report:
    """Says how far long deliveries are: a line for each now and then, where pages were read since the last."""

    def __init__(self, engine: Engine, work: Path, say: Callable[[str], None], pause: float = 10.0) -> None:
        self._engine, self._work, self._say, self._pause = engine, work, say, pause
        self._said: dict[int, tuple[float, int]] = {}

    def say_news(self) -> None:
        """Say what is new; of a delivery that is read faster than ``pause`` seconds nothing."""
        with Session(self._engine) as session:
            found = at_work(session, self._work)
        now = time.monotonic()
        for one in found:
            last, done = self._said.setdefault(one.delivery, (now, 0))
            if one.done > done and now - last >= self._pause:
                self._say(f"{one.source}: {one.figure} read")
                self._said[one.delivery] = (now, one.done)
