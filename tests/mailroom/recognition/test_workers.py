"""Workers: limits of time and memory, deaths that cost one task, an end with their parent, pages spread over them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailroom.errors import Refused, WorkerKilled, WorkersStopped, WorkerTimedOut
from mailroom.processing import workers
from mailroom.processing.pipeline import Bench
from mailroom.processing.workers import WorkerPool, cores, sweep
from mailroom.settings import MailroomSettings
from mailroom.stages.identify import identify
from mailroom.stages.prepare import prepare
from mailroom.stages.recognise import recognise_pages
from mailroom.stages.spread import Spread, recognise_on
from tests.mailroom.recognition import drawing

SETTINGS = MailroomSettings(worker_memory=1000, chunk_pages=1, patience=1000)
"""So patient that no test depends on what else the machine has to do."""
IMPATIENT = SETTINGS.model_copy(update={"patience": 10.0})


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(SETTINGS, 2) as found:
        yield found


@pytest.fixture(scope="module")
def impatient() -> Iterator[WorkerPool]:
    with WorkerPool(IMPATIENT, 1) as found:
        yield found


def test_results_and_errors_travel(pool: WorkerPool, tmp_path: Path) -> None:
    assert pool.submit(os.path.join, "a", "b", seconds=60).result() == "a/b"
    with pytest.raises(Refused) as caught:
        pool.submit(identify, tmp_path / "gone", "gone", pool.settings, seconds=60).result()
    assert caught.value.reason.value == "vanished"


_ON_A_FULL_SCREEN = """
import sys
class Taken:
    def write(self, text): return len(text)
    def flush(self): pass
    def fileno(self): return -1
from mailroom.processing.workers import WorkerPool
from mailroom.settings import MailroomSettings
sys.stderr = Taken()
with WorkerPool(MailroomSettings(), 1) as pool:
    print(pool.submit(abs, -7, seconds=60).result())
"""


def test_workers_start_where_a_full_screen_has_taken_standard_error() -> None:
    done = subprocess.run([sys.executable, "-c", _ON_A_FULL_SCREEN], capture_output=True, text=True, timeout=300)
    assert (done.stdout, done.returncode) == ("7\n", 0), done.stderr


def test_computing_time_is_limited(pool: WorkerPool) -> None:
    with pytest.raises(WorkerTimedOut, match="after 1 seconds of computing"):
        pool.submit(sum, range(10**15), seconds=1).result()


def test_computing_time_of_programs_that_a_worker_starts_is_limited(pool: WorkerPool) -> None:
    loop = ["sh", "-c", "while :; do :; done"]
    assert pool.submit(subprocess.call, loop, seconds=1).result() == -signal.SIGXCPU


def test_each_task_has_its_own_time(pool: WorkerPool) -> None:
    tasks = [pool.submit(sum, range(25_000_000), seconds=4) for _ in range(12)]
    assert {task.result() for task in tasks} == {sum(range(25_000_000))}


def test_waiting_for_the_machine_is_not_computing(pool: WorkerPool) -> None:
    assert pool.submit(time.sleep, 2, seconds=0.5).result() is None


def test_what_hangs_is_stopped_in_the_end(impatient: WorkerPool) -> None:
    with pytest.raises(WorkerTimedOut, match="hung"):
        impatient.submit(time.sleep, 600, seconds=0.1).result()


def test_memory_is_limited(pool: WorkerPool) -> None:
    with pytest.raises(WorkerKilled, match="memory"):
        pool.submit(bytearray, 2_000_000_000, seconds=60).result()


def test_death_costs_one_task(pool: WorkerPool) -> None:
    doomed = pool.submit(os._exit, 3, seconds=60)
    others = [pool.submit(abs, -number, seconds=60) for number in range(6)]
    with pytest.raises(WorkerKilled):
        doomed.result()
    assert [other.result() for other in others] == list(range(6))


def test_a_pool_closed_at_once_answers_for_each_task() -> None:
    pool = WorkerPool(SETTINGS, 1)
    pool.submit(abs, 1, seconds=60).result()
    tasks = [pool.submit(time.sleep, 600, seconds=900) for _ in range(3)]
    pool.close(at_once=True)
    for task in [*tasks, pool.submit(abs, 1, seconds=60)]:
        with pytest.raises(WorkersStopped, match="the file is kept"):
            task.result(timeout=10)


def test_workers_start_without_the_database(pool: WorkerPool) -> None:
    loaded = pool.submit(eval, "sorted(__import__('sys').modules)", seconds=60).result()
    assert not {"sqlmodel", "sqlalchemy", "erecords.store"} & set(loaded)


def test_workers_run_one_thread_each(pool: WorkerPool) -> None:
    assert pool.submit(os.getenv, "OMP_THREAD_LIMIT", seconds=60).result() == "1"


def test_pages_spread_over_workers_give_the_same(pool: WorkerPool, tmp_path: Path) -> None:
    picture = drawing.bitonal(drawing.page(drawing.GERMAN, size=(5.8, 2.6)))
    path = drawing.scan_pdf(tmp_path / "a.pdf", picture, picture.rotate(180), picture)
    prepared = prepare(path, tmp_path / "work", identify(path, "a.pdf", SETTINGS), SETTINGS)
    alone = recognise_pages(prepared, 1, 3, tmp_path / "alone", SETTINGS)
    spread = recognise_on(pool, prepared, 1, 3, tmp_path / "spread")
    assert (spread.pages, spread.pdfa, spread.findings) == (alone.pages, alone.pdfa, alone.findings)


def test_killed_range_is_tried_once_more(pool: WorkerPool, tmp_path: Path) -> None:
    path = drawing.text_pdf(tmp_path / "a.pdf", "eins", "zwei")
    prepared = prepare(path, tmp_path / "work", identify(path, "a.pdf", SETTINGS), SETTINGS)
    read: list[int] = []
    spread = Spread(pool, prepared, 1, 2, tmp_path / "letter", read.append)
    spread._futures[0] = pool.submit(os._exit, 9, seconds=60)
    assert spread.result().text == "eins\fzwei"
    assert read[-1] == 2


def test_range_that_takes_too_long_is_not_tried_again(impatient: WorkerPool, tmp_path: Path) -> None:
    path = drawing.text_pdf(tmp_path / "a.pdf", "eins")
    prepared = prepare(path, tmp_path / "work", identify(path, "a.pdf", SETTINGS), SETTINGS)
    spread = Spread(impatient, prepared, 1, 1, tmp_path / "letter")
    spread._futures[0] = impatient.submit(time.sleep, 600, seconds=0.1)
    with pytest.raises(WorkerTimedOut):
        spread.result()
    bench = Bench(blobs=None, pool=impatient, folder=tmp_path)  # type: ignore[arg-type]
    tried = tmp_path / "tried"
    with pytest.raises(WorkerTimedOut):
        bench.run(0.2, eval, f"(open({str(tried)!r}, 'a').write('x'), __import__('time').sleep(600))")
    assert tried.read_text(encoding="ascii") == "x"


def test_temporary_files_of_killed_workers_go_when_another_starts(tmp_path: Path) -> None:
    with WorkerPool(SETTINGS, 1, temporary=tmp_path / "tmp") as pool:
        left = Path(pool.submit(tempfile.mkdtemp, seconds=60).result())
        assert left.parent.parent == tmp_path / "tmp"
        with pytest.raises(WorkerKilled):
            pool.submit(os._exit, 9, seconds=60).result()
        assert left.is_dir()
        new = Path(pool.submit(tempfile.gettempdir, seconds=60).result())
        assert not left.exists() and new.parent == tmp_path / "tmp"


def test_a_folder_swept_by_another_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, made = tmp_path / "tmp", Path.mkdir
    swept: list[Path] = []

    def mkdir(self: Path, *args: Any, **more: Any) -> None:
        if self.name == str(os.getpid()) and len(swept) < 3:
            sweep(folder)
            swept.append(self)
            raise FileNotFoundError(self)
        made(self, *args, **more)

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(Path, "mkdir", mkdir)
    workers._use_temporary(folder)
    assert len(swept) == 3 and Path(tempfile.gettempdir()) == folder / str(os.getpid())


def test_only_temporary_files_of_ended_workers_are_swept(tmp_path: Path) -> None:
    """Somebody turns a page while the mail room opens beside: neither takes the other's files away."""
    with WorkerPool(SETTINGS, 1, temporary=tmp_path / "tmp") as pool:
        used = Path(pool.submit(tempfile.mkdtemp, seconds=60).result())
        (tmp_path / "tmp" / "4194999").mkdir()
        sweep(tmp_path / "tmp")
        assert used.is_dir() and not (tmp_path / "tmp" / "4194999").exists()
    sweep(tmp_path / "tmp")
    assert not (tmp_path / "tmp").exists()


PARENT = """
import sys, time
from mailroom.settings import MailroomSettings
from mailroom.processing.workers import WorkerPool
import os
if __name__ == "__main__":
    pool = WorkerPool(MailroomSettings(), 1)
    print(pool.submit(os.getpid, seconds=60).result(), flush=True)
    pool.submit(time.sleep, 600, seconds=700)
    time.sleep(600)
"""


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout
        worker = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    until = time.monotonic() + 20
    while time.monotonic() < until and is_running(worker):
        time.sleep(0.2)
    assert not is_running(worker)


def is_running(process: int) -> bool:
    try:
        return "zombie" not in Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return False


def test_cores_are_those_that_may_be_used() -> None:
    assert cores() == len(os.sched_getaffinity(0))
