"""Runs of the mail room as the commands call them: take some files, take what lies there, or watch until stopped."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from sqlmodel import Session, col, or_, select

from erecords.errors import Conflict, DiskFailing, InputRefused, NotFound
from erecords.files import make_folder, remove_folder
from erecords.office import Office
from erecords.registry.access import Right
from mailroom.channels.folder import is_clutter
from mailroom.custody import intake, parts, quarantine
from mailroom.custody.waking import waker
from mailroom.errors import MailRoomBusy
from mailroom.models import Delivery, DeliveryState
from mailroom.processing import pipeline, progress, telling
from mailroom.processing.room import MailRoom, open_room, receive_file
from mailroom.processing.workers import one_worker
from mailroom.settings import MailroomSettings
from mailroom.stages.unlock import Unlocked, unlock

log = logging.getLogger(__name__)
Done = Callable[[int], None]
Say = Callable[[str], None]
_PAUSE_AFTER_FAILURE = 10.0
_LOOK_FOR_RESULT = 0.5


def take(office: Office, paths: list[Path], channel: str, workers: int | None, done: Done) -> list[int]:
    """Take files over and see them through; returns their deliveries in order.

    When ``mail watch`` has the mail room open, that process recognises them, and this one waits for it.

    Raises:
        NotPermitted: the actor does not work in the mail room.
        InputRefused: a folder holds no file.
    """
    office.actor.require(Right.MAIL_ROOM)
    ids = [receive_file(office, file, channel) for file in _files(paths)]
    _see_through(office, ids, workers, done)
    return _with_parts(office, ids)


def _with_parts(office: Office, ids: list[int]) -> list[int]:
    with Session(office.engine) as session:
        return list(dict.fromkeys(parts.with_parts(session, ids)))


def _files(paths: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        below = [Path(base, name) for base, _, names in os.walk(path) for name in names if not is_clutter(name)]
        if not below:
            raise InputRefused(f"The folder {path} holds no file to take; nothing was changed.")
        found += sorted(file for file in below if file.is_file() and not file.is_symlink())
    return found


def _see_through(office: Office, ids: list[int], workers: int | None, done: Done) -> None:
    """Work the deliveries off, or wait until the open mail room has done so."""
    while _still_pending(office, ids):
        try:
            with open_room(office, workers) as room:
                room.recover()
                room.work_off(done)
        except MailRoomBusy:
            time.sleep(_LOOK_FOR_RESULT)


def _still_pending(office: Office, ids: list[int]) -> bool:
    with Session(office.engine) as session:
        mine = or_(col(Delivery.id).in_(ids), col(Delivery.outermost).in_(ids), col(Delivery.part_of).in_(ids))
        query = select(Delivery.id).where(Delivery.state == DeliveryState.PENDING, mine)
        return session.exec(query.limit(1)).first() is not None


def watch_once(office: Office, workers: int | None, done: Done, say: Say) -> list[int]:
    """Take over what lies in the drop folders, also what is still being copied, and what a stopped run left.

    An incomplete file is held as long as the setting ``hold_seconds`` says, then quarantined as truncated.

    Raises:
        MailRoomBusy: ``mail watch`` runs already.
    """
    ids: list[int] = []

    def note(delivery_id: int) -> None:
        ids.append(delivery_id)
        done(delivery_id)

    with open_room(office, workers) as room:
        settle = office.settings.section(MailroomSettings).settle_seconds
        while True:
            ids += _final(office, room.receive_ready())
            room.work_off(note)
            if not room.folders.waiting():
                _tell_blocked(office, room, set(), say)
                return sorted(set(ids))
            time.sleep(settle / 2)


def _final(office: Office, ids: list[int]) -> list[int]:
    """Those that need no work any more: duplicates and vanished files."""
    with Session(office.engine) as session:
        query = select(Delivery.id).where(Delivery.state != DeliveryState.PENDING, col(Delivery.id).in_(ids))
        return [found for found in session.exec(query) if found is not None]


def watch(office: Office, workers: int | None, say: Callable[[str], None]) -> None:
    """Watch the drop folders until SIGTERM or Ctrl-C; one line for each delivery that is done.

    Raises:
        MailRoomBusy: another process has the mail room open.
    """
    settings = office.settings.section(MailroomSettings)
    with open_room(office, workers) as room, _stopped_by_signals(room):
        say(f"Watching {office.inbox}; stop with Ctrl-C.")
        work = threading.Event()
        work.set()
        worker = threading.Thread(target=_work_until_stopped, args=(office, room, work, say), name="work-off")
        worker.start()
        try:
            if not office.inbox.is_dir():
                say(f"The folder {office.inbox} was not there; it is made anew. If it is a share, mount it.")
            with waker(make_folder(office.inbox), frozenset(settings.polling)) as woken:
                told: set[Path] = set()
                report = progress.Report(office.engine, office.home / "work", say)
                while not room.stopped:
                    _receive(office, room, work, told, say)
                    report.say_news()
                    pause = settings.settle_seconds if room.folders.waiting() else settings.scan_seconds
                    woken.wait(pause)
                    woken.clear()
        finally:
            room.stop()
            work.set()
            worker.join()


def _receive(
    office: Office, room: MailRoom, work: threading.Event, told: set[Path], say: Callable[[str], None]
) -> None:
    try:
        ids = room.receive_ready()
    except (OSError, DiskFailing) as error:
        _report_failure(error, say)
        time.sleep(_PAUSE_AFTER_FAILURE)
        return
    for delivery_id in _final(office, ids):
        say(telling.outcome(office, delivery_id))
    _tell_blocked(office, room, told, say)
    told.clear()
    told.update(room.folders.blocked)
    if ids:
        work.set()


def _tell_blocked(office: Office, room: MailRoom, told: set[Path], say: Say) -> None:
    """Say what lies in the drop folders and cannot be taken over, but for what was told before."""
    for path, why in room.folders.blocked.items():
        if path in told:
            continue
        if path == office.inbox:
            line = f"Nothing can be taken over from {path} ({why}); mail that lies there is taken afterwards."
        else:
            name = intake.readable(str(path.relative_to(office.inbox)))
            line = f"{name} cannot be taken over ({why}); it stays there, and is taken as soon as that is mended."
        say(line)
        log.warning("%s", line)


def _work_until_stopped(office: Office, room: MailRoom, work: threading.Event, say: Callable[[str], None]) -> None:
    """Work off whatever is pending, also what other processes took over, until the room is closed."""
    while not room.stopped:
        try:
            room.work_off(lambda delivery_id: say(telling.outcome(office, delivery_id)))
        except (OSError, DiskFailing) as error:
            _report_failure(error, say)
            work.wait(_PAUSE_AFTER_FAILURE)
        except Exception:
            log.exception("the mail room could not work off what is pending")
            say("A fault in the program stopped a delivery; it stays pending. The log holds the details.")
            work.wait(_PAUSE_AFTER_FAILURE)
        work.wait(office.settings.section(MailroomSettings).scan_seconds)
        work.clear()


def _report_failure(error: OSError | DiskFailing, say: Callable[[str], None]) -> None:
    failing = error if isinstance(error, DiskFailing) else DiskFailing.from_error(error)
    say(f"{failing} Trying again in {_PAUSE_AFTER_FAILURE:.0f} s.")
    log.error("%s", failing)


@contextmanager
def _stopped_by_signals(room: MailRoom) -> Iterator[None]:
    """SIGTERM and Ctrl-C close the room in order; the handlers before are put back."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        room.stop()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def release(office: Office, delivery_id: int, password: str | None) -> list[int]:
    """Send a quarantined delivery on its way again, unlocked with a password where one is given.

    The password is used once and kept nowhere; the original stays locked as it came.

    Raises:
        NotFound: it is not in quarantine.
        InputRefused: the password does not open it.
        Conflict: no password is asked for, or it is no PDF.
        WorkerKilled: the file ate the time or the memory of the worker that opened it.
    """
    office.actor.require(Right.MAIL_ROOM)
    with Session(office.engine) as session:
        row = quarantine.item(session, delivery_id).delivery
    if password is not None:
        _unlock(office, row, password)
    with office.work() as work:
        quarantine.release(work, office.actor, delivery_id, unlocked=password is not None)
    quarantine.clear(office.home, delivery_id)
    _see_through(office, [delivery_id], None, lambda _id: None)
    return _with_parts(office, [delivery_id])


def _unlock(office: Office, delivery: Delivery, password: str) -> None:
    """Make the unlocked copy of a delivery in a limited worker; without it nothing is left in the work folder."""
    if delivery.sha512 is None:
        raise NotFound(f"Delivery {delivery.id} vanished; there is nothing to unlock.")
    settings, work = office.settings.section(MailroomSettings), make_folder(office.home / "work")
    source, folder = office.blobs.verified(delivery.sha512), make_folder(work / str(delivery.id))
    outcome = None
    try:
        with one_worker(settings, work) as pool:
            seconds = settings.seconds_per_file
            outcome = pool.submit(unlock, source, folder / pipeline.UNLOCKED, password, seconds=seconds).result()
    finally:
        if outcome is not Unlocked.DONE:
            remove_folder(folder)
    if outcome is Unlocked.WRONG_PASSWORD:
        raise InputRefused(f"The password does not open delivery {delivery.id}; it stays in quarantine.")
    if outcome is Unlocked.NOT_LOCKED:
        raise Conflict(f"Delivery {delivery.id} is not locked; release it without a password. It stays in quarantine.")
    if outcome is Unlocked.NO_PDF:
        raise Conflict(f"Delivery {delivery.id} is no PDF that a password opens; it stays in quarantine.")
