"""The mail room at work: one process at a time takes dropped files over and works off what is pending.

Taking over never waits for recognition: it runs in the caller's thread, while a second thread works the pending
deliveries off. The delivery rows are the work list, so a stopped run is continued by the next.
"""

from __future__ import annotations

import errno
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlmodel import Session, col, select

from erecords.errors import DiskFailing
from erecords.files import exclusive, make_folder, remove_folder
from erecords.office import Office
from erecords.registry.access import Right
from mailroom.channels.folder import DropFolders, Dropped, drop_folders
from mailroom.channels.maildir import is_new_message, mark_seen
from mailroom.custody import claims, intake, parts, quarantine, scanning, staging
from mailroom.errors import MailRoomBusy, NotTakenOver, WorkersStopped
from mailroom.models import Delivery, DeliveryState
from mailroom.processing import finishing, pipeline
from mailroom.processing.pipeline import Bench, ReadyDelivery
from mailroom.processing.workers import TEMPORARY, WorkerPool, sweep
from mailroom.settings import MailroomSettings
from mailroom.sheets import labels

log = logging.getLogger(__name__)
Done = Callable[[int], None]
_LOOK_FOR_STOP = 0.2
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})


class MailRoom:
    """An open mail room; make one with ``open_room``."""

    def __init__(self, office: Office, bench: Bench, folders: DropFolders) -> None:
        self.office = office
        self.folders = folders
        self._bench = bench
        self._finisher = finishing.Finisher(office, bench)
        self._stop = threading.Event()
        self._claims_left = True

    def stop(self) -> None:
        """Finish nothing more: deliveries in work are let go of, stay pending and are taken up at the next start."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        """Whether the mail room was asked to stop."""
        return self._stop.is_set()

    def receive_ready(self) -> list[int]:
        """Look into the drop folders once and take over what is ready; returns the new deliveries.

        A file that cannot be moved stays where it is and keeps no other waiting: ``folders.blocked`` says why. What a
        run before left in its claims, or a failing disk this one, is received first.

        Raises:
            OSError: the disk of the home is full or failing; the next call tries again.
            DiskFailing: likewise.
        """
        ready = self.folders.look(time.monotonic())
        ids = self.recover() if self._claims_left else []
        for one in ready:
            if self.stopped:
                break
            try:
                ids.append(receive_dropped(self.office, one))
            except NotTakenOver as error:
                self.folders.block(one.file, error.cause)
            except (OSError, DiskFailing):
                self._claims_left = True
                raise
        return ids

    def recover(self) -> list[int]:
        """Receive the claims that a stopped run left, and tidy up behind it; returns their deliveries.

        One that may not be read stays, named in ``folders.blocked``, and is tried again at the next look.
        """
        office, ids = self.office, []
        left, self._claims_left = False, True
        with _intake(office):
            for folder in self.folders.channel_folders():
                claims.tidy(folder)
                for claim in claims.found(folder):
                    try:
                        ids.append(intake.receive(office.engine, office.blobs, office.clock, office.actor.id, claim))
                    except PermissionError as error:
                        self.folders.block(claim.file, error)
                        left = True
        self._claims_left = left
        return ids

    def work_off(self, done: Done) -> None:
        """Work off every pending delivery, in order; ``done`` is told the id of each when it is written down.

        Several are recognised at once, but written down one after the other by their ids, so that the result does
        not depend on the number of workers.

        Raises:
            OSError: the disk is full or failing; the rest stays pending.
        """
        ahead = self._bench.pool.workers * 2
        with ThreadPoolExecutor(max_workers=ahead, thread_name_prefix="delivery") as threads:
            try:
                self._finish_in_order(threads, ahead, done)
            except KeyboardInterrupt:
                self.stop()
                raise
            finally:
                if self.stopped:
                    threads.shutdown(wait=False, cancel_futures=True)
                    self._bench.pool.close(at_once=True)

    def _finish_in_order(self, threads: ThreadPoolExecutor, ahead: int, done: Done) -> None:
        running: deque[tuple[Delivery, Future[ReadyDelivery]]] = deque()
        waiting = deque(self._pending())
        while waiting or running:
            while waiting and len(running) < ahead:
                delivery = waiting.popleft()
                running.append((delivery, threads.submit(self._make_ready, delivery)))
            self._finisher.warm_up()
            delivery, future = running.popleft()
            while not (self.stopped or future.done()):
                wait([future], _LOOK_FOR_STOP)
            if self.stopped:
                return
            self._finisher.finish(delivery, future.result())
            done(_id(delivery))
            if not waiting:
                last = running[-1][0] if running else delivery
                waiting.extend(self._pending(after=_id(last)))

    def _make_ready(self, delivery: Delivery) -> ReadyDelivery:
        assert delivery.sha512 is not None
        try:
            with Session(self.office.engine) as session:
                depth, free = parts.depth(session, delivery), labels.free(session)
            return pipeline.make_ready(self._bench, _id(delivery), delivery.sha512, delivery.name, depth, free)
        except (OSError, DiskFailing, WorkersStopped):
            raise
        except Exception as error:
            log.exception("delivery %s could not be prepared", delivery.id)
            return pipeline.failed(_id(delivery), error)

    def _pending(self, after: int = 0) -> list[Delivery]:
        with Session(self.office.engine) as session:
            query = select(Delivery).where(Delivery.state == DeliveryState.PENDING, col(Delivery.id) > after)
            return list(session.exec(query.order_by(col(Delivery.id))).all())


def _id(delivery: Delivery) -> int:
    assert delivery.id is not None
    return delivery.id


def receive_file(office: Office, file: Path, channel: str) -> int:
    """Take over one file from outside the drop folders by a copy; one inside them by a move. No processing."""
    if file.resolve().is_relative_to(office.inbox.resolve()):
        below = file.resolve().relative_to(office.inbox.resolve()).parts
        folder = office.inbox / below[0] if len(below) > 1 else office.inbox
        inside = folder / Path(*below[1:]) if len(below) > 1 else folder / below[0]
        return receive_dropped(office, Dropped(inside, channel, folder))
    with _intake(office):
        try:
            claim = claims.claim_copy(file, make_folder(office.inbox), channel, office.clock.now())
        except FileNotFoundError:
            return intake.record_vanished(office.engine, office.clock, office.actor.id, str(file), file.name, channel)
        return intake.receive(office.engine, office.blobs, office.clock, office.actor.id, claim)


def receive_dropped(office: Office, dropped: Dropped) -> int:
    """Take over one file of the drop folders; returns its delivery.

    Raises:
        NotTakenOver: it cannot be moved or read; it stays where it was.
        OSError: the disk of the home is full or failing; it stays in custody or where it was.
    """
    claims_it = claims.claim_message if is_new_message(dropped.file) else claims.claim
    with _intake(office):
        try:
            claim = claims_it(dropped.file, dropped.channel_folder, dropped.channel, office.clock.now())
        except FileNotFoundError:
            name = str(dropped.file.relative_to(office.inbox))
            return intake.record_vanished(
                office.engine, office.clock, office.actor.id, name, dropped.file.name, dropped.channel
            )
        except OSError as error:
            raise _left(office, dropped, error) from error
        delivery_id = intake.receive(office.engine, office.blobs, office.clock, office.actor.id, claim)
        if is_new_message(dropped.file):
            try:
                mark_seen(dropped.file, dropped.channel_folder)
            except OSError as error:
                raise _left(office, dropped, error) from error
        return delivery_id


def _left(office: Office, dropped: Dropped, error: OSError) -> OSError | NotTakenOver:
    """What to raise where a file stays in its drop folder: the disk's own error where that is the home's."""
    if error.errno in _DISK and _on_one_disk(dropped.channel_folder, office.home):
        return error
    return NotTakenOver(dropped.file, error)


def _on_one_disk(one: Path, other: Path) -> bool:
    try:
        return one.stat().st_dev == other.stat().st_dev
    except OSError:
        return False


def _intake(office: Office) -> AbstractContextManager[None]:
    """One process at a time claims and receives, so that no claim in the making is taken for one that was left."""
    return exclusive(office.home / "intake.lock", "Somebody else takes mail over now.", wait=True)


@contextmanager
def open_room(office: Office, workers: int | None = None) -> Iterator[MailRoom]:
    """Open the mail room of a home as its only process, with warm workers, after tidying up what a crash left.

    Raises:
        NotPermitted: the actor does not work in the mail room.
        MailRoomBusy: another process has it open.
        EngineMissing: the OCR engine or its language data is not installed.
    """
    office.actor.require(Right.MAIL_ROOM)
    settings = office.settings.section(MailroomSettings)
    busy = f"The mail room of {office.home} is open already (mail watch or mail take runs); nothing was changed."
    with exclusive(office.home / "mailroom.lock", busy, refusal=MailRoomBusy):
        office.blobs.sweep()
        work = make_folder(office.home / "work")
        tidy(office, work)
        with WorkerPool(settings, workers or 0, work / "tessdata", work / TEMPORARY) as pool:
            bench = Bench(office.blobs, pool, work, scanning.scanner(settings))
            yield MailRoom(office, bench, drop_folders(office))
        sweep(work / TEMPORARY)


def tidy(office: Office, work: Path) -> None:
    """Remove what stopped runs left, but what pending deliveries can still use; complete the quarantine folders."""
    sweep(work / TEMPORARY)
    staging.tidy(office.engine, office.blobs, work, "[0-9]*")
    for folder in work.iterdir():
        if folder.name.isdigit() and not _is_pending(office, int(folder.name)):
            remove_folder(folder)
    staging.tidy_abandoned(office.engine, office.blobs, work)
    with Session(office.engine) as session:
        quarantine.tidy(session, office.home, office.blobs)


def _is_pending(office: Office, delivery_id: int) -> bool:
    with Session(office.engine) as session:
        delivery = session.get(Delivery, delivery_id)
        return delivery is not None and delivery.state == DeliveryState.PENDING
