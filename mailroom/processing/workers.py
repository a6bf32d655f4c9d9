"""A pool of warm, spawned, single-threaded worker processes, each with a limit of computing time and of memory.

Workers are spawned, never forked (the format library hangs in a forked process), and start without the database.
Tesseract cannot be interrupted in process: the kernel ends a worker whose time is over, and another starts. What is
limited is CPU time, of the worker and of each program that it starts, so that a machine that has other work refuses
no mail; by the clock a task may take ``patience`` times as long, which ends what hangs without computing.
"""

from __future__ import annotations

import logging
import math
import multiprocessing
import os
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import redirect_stderr, suppress
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from mailroom.engines.tessdata import tessdata_folder
from mailroom.errors import WorkerKilled, WorkersStopped, WorkerTimedOut
from mailroom.settings import MailroomSettings

P = ParamSpec("P")
T = TypeVar("T")

TEMPORARY = "tmp"
"""Folder below the work folder of a home in which its workers keep their temporary files."""
_MEGABYTE = 1_000_000
_TRIES = 100


class WorkerPool:
    """Runs functions in worker processes; use it as a context, or call :meth:`close`.

    A worker that dies, is killed for its time or runs out of memory costs only the task that it was working on:
    that task's future raises :class:`WorkerKilled`, the others go on. When this process dies, however it dies, its
    workers die with it.
    """

    def __init__(
        self, settings: MailroomSettings, workers: int = 0, cache: Path | None = None, temporary: Path | None = None
    ) -> None:
        """Make the pool; the workers start with the first task.

        Args:
            settings: Engine and limits; handed to the workers once.
            workers: How many; 0 takes the settings' number, and where that is 0, one for each core.
            cache: Folder for merged language data; a private one below the temporary folder without it.
            temporary: Folder for the temporary files of the workers and of the programs that they start, one below it
                for each; what killed workers left there goes when another starts. The system's without it.

        Raises:
            EngineMissing: a language is not installed.
        """
        self.workers = workers or settings.workers or cores()
        folder = tessdata_folder(settings, cache)
        self.settings = settings.model_copy(update={"tessdata": str(folder)})
        """The settings that tasks should be given: their language data is already found."""
        self._open: set[Future[Any]] = set()
        self._stopped = False
        self._lock = threading.Lock()
        _start_tracker()
        self._pool = ProcessPool(
            max_workers=self.workers,
            max_tasks=settings.tasks_per_worker,
            initializer=_start,
            initargs=(os.getpid(), settings.worker_memory, self.settings, temporary),
            context=multiprocessing.get_context("spawn"),
        )

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, function: Callable[P, T], *args: Any, seconds: float) -> Future[T]:
        """Run a function of a module in a worker; its arguments and result travel between processes.

        What the function raises, the future raises. ``seconds`` limits the CPU time, rounded up to whole seconds.

        Raises (from the future):
            WorkerTimedOut: the worker was stopped for its time.
            WorkerKilled: the worker was stopped for its memory, or died. Try once more, then give up.
            WorkersStopped: the pool was closed at once, before the task was done.
        """
        by_the_clock = seconds * self.settings.patience
        outer: Future[T] = Future()
        outer.set_running_or_notify_cancel()
        with self._lock:
            if self._stopped:
                outer.set_exception(_stopped())
                return outer
            inner: Future[T] = self._pool.schedule(_call, args=(function, args, seconds), timeout=by_the_clock)
            self._open.add(outer)
        inner.add_done_callback(lambda done: self._settle(done, outer, seconds, by_the_clock))
        return outer

    def _settle(self, done: Future[T], outer: Future[T], seconds: float, by_the_clock: float) -> None:
        with self._lock:
            if self._stopped:
                return
            self._open.discard(outer)
        _pass_on(done, outer, seconds, by_the_clock)

    def close(self, *, at_once: bool = False) -> None:
        """End the workers: after their tasks, or at once; then what waits or runs raises :class:`WorkersStopped`."""
        if at_once:
            with self._lock:
                self._stopped = True
                abandoned = list(self._open)
                self._open.clear()
            self._pool.stop()  # type: ignore[no-untyped-call]
            for outer in abandoned:
                outer.set_exception(_stopped())
        else:
            self._pool.close()  # type: ignore[no-untyped-call]
        self._pool.join()


def one_worker(settings: MailroomSettings, work: Path) -> WorkerPool:
    """A pool of one worker for a task that a person waits for, with its files in the work folder of the home.

    Raises:
        EngineMissing: a language is not installed.
    """
    return WorkerPool(settings, 1, work / "tessdata", work / TEMPORARY)


def _start_tracker() -> None:
    """Start the process in which Python keeps track of what processes share, with this process's own standard error.

    A full screen puts another in its place, which no process can inherit; then no worker could be started.
    """
    with redirect_stderr(sys.__stderr__):
        resource_tracker.ensure_running()


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def _stopped() -> WorkersStopped:
    return WorkersStopped("The workers were stopped before this task was done; the file is kept.")


def _pass_on(done: Future[T], outer: Future[T], seconds: float, by_the_clock: float) -> None:
    error = done.exception()
    if error is None:
        outer.set_result(done.result())
        return
    if isinstance(error, TimeoutError):
        killed: WorkerKilled = WorkerTimedOut(
            f"A worker hung and was stopped after {by_the_clock:.0f} seconds; the file is kept."
        )
    elif isinstance(error, ProcessExpired) and error.exitcode == -signal.SIGXCPU:
        killed = WorkerTimedOut(f"A worker was stopped after {seconds:.0f} seconds of computing; the file is kept.")
    elif isinstance(error, ProcessExpired):
        killed = WorkerKilled(f"A worker process ended in mid-work (exit code {error.exitcode}); the file is kept.")
    elif isinstance(error, MemoryError):
        killed = WorkerKilled("A worker reached its memory limit; the file is kept.")
    else:
        outer.set_exception(error)
        return
    killed.__cause__ = error
    outer.set_exception(killed)


def _call(function: Callable[..., T], args: tuple[Any, ...], seconds: float) -> T:
    _limit_cpu(seconds)
    try:
        return function(*args)
    finally:
        _limit_cpu(None)


def _limit_cpu(seconds: float | None) -> None:
    """Let the kernel end this process when it has computed so much longer; None: no limit.

    Programs that it starts inherit the limit, each for itself.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = hard if seconds is None else math.ceil(time.process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _start(parent: int, megabytes: int, settings: MailroomSettings, temporary: Path | None) -> None:
    """Prepare a worker: dies with its parent, limited memory, no core dumps, one thread, quiet, engine loaded."""
    _die_with(parent)
    if temporary is not None:
        _use_temporary(temporary)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.lastResort, logging.raiseExceptions = None, False
    os.environ["OMP_THREAD_LIMIT"] = "1"
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    _limit_memory(megabytes)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from mailroom.engines.readers import reader_for

    reader_for(settings)


def sweep(folder: Path) -> None:
    """Remove the temporary files of workers that ended, and the folder itself when none is left."""
    _remove_left(folder)
    with suppress(OSError):
        folder.rmdir()


def _remove_left(folder: Path) -> None:
    for left in folder.glob("*"):
        if not Path("/proc", left.name).exists():
            shutil.rmtree(left, ignore_errors=True)


def _use_temporary(folder: Path) -> None:
    """Let every library of this process put its temporary files in a folder of our own."""
    _remove_left(folder)
    own = folder / str(os.getpid())
    for left in reversed(range(_TRIES)):
        try:
            own.mkdir(parents=True, exist_ok=True)
            break
        except FileNotFoundError:  # another process has just swept the folder above it, which was empty
            if not left:
                raise
    os.environ["TMPDIR"] = tempfile.tempdir = str(own)


def _die_with(parent: int) -> None:
    """End this process within a second of its parent's end, however that came.

    The kernel's own signal for this is bound to the parent's *thread* that started the worker, which may end long
    before the parent does; so a thread looks.
    """
    threading.Thread(target=_watch, args=(parent,), daemon=True, name="parent-watch").start()


def _watch(parent: int) -> None:
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(1.0)
    os.kill(os.getpid(), signal.SIGKILL)


def _limit_memory(megabytes: int) -> None:
    """Limit the memory that the process may write to.

    Not the address space: the format library's runtime reserves gigabytes of it that it never touches.
    """
    limit = megabytes * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
