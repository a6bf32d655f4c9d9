"""Kill the mail room again and again while files are dropped, then prove that nothing was lost and nothing came twice.

    python benchmarks/kill.py [--files 200] [--kills 50] [--seed 1]

``mail watch`` runs as a process group of its own with its workers. Every second time the whole group gets SIGKILL after
a random time; every other time it kills itself at a named step of the way of a file (``STEPS``), before or after it, at
the n-th file that gets there. Then one run goes through to the end, and all is counted: custody, deliveries, entry
numbers, documents, quarantine folders, the audit chain, stray bytes in the store, and temporary files anywhere.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from erecords.sample_city import program
from erecords.sample_city.program import Program

ACTOR = "u-post1"
STEPS = (
    "mailroom.custody.claims:_describe",
    "mailroom.custody.claims:move",
    "erecords.store.blobs:BlobStore.put_file",
    "mailroom.custody.intake:record",
    "mailroom.custody.claims:release",
    "mailroom.processing.pipeline:make_ready",
    "mailroom.custody.staging:stage",
    "mailroom.custody.parts:record",
    "mailroom.processing.finishing:Finisher._write",
    "mailroom.processing.finishing:Finisher._file",
    "mailroom.custody.quarantine:put",
    "mailroom.custody.quarantine:lay_out",
    "mailroom.processing.pipeline:Bench.clear",
    "erecords.store.uow:UnitOfWork._commit",
    "erecords.search.indexer:_apply",
)
"""Where the mail room kills itself: module and function."""
_KEPT = {"tessdata"}
SCANS = sorted(path for path in Path(program.__file__).with_name("scans").iterdir() if path.suffix in (".pdf", ".tif"))
"""Letters of the sample city, some of which the machine files by itself."""


@dataclass
class Result:
    """What was found after all kills; ``faults`` is empty when nothing was lost and nothing came twice."""

    dropped: int = 0
    kills: int = 0
    at_steps: int = 0
    custody: dict[str, Any] = field(default_factory=dict)
    letters: int = 0
    documents_before: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def letters(folder: Path, count: int) -> list[Path]:
    """Files of several kinds, each with a content of its own, but every tenth, which repeats the one before it."""
    from fpdf import FPDF

    folder.mkdir(parents=True)
    made: list[Path] = []
    for number in range(count):
        text = f"Sehr geehrte Damen und Herren, zum Aktenzeichen {number:06d} melde ich meinen Hund ab."
        if number % 10 == 9:
            data, ending = made[-1].read_bytes(), made[-1].suffix
        elif number % 10 == 3:
            message = EmailMessage()
            message["From"], message["To"] = "erika@example.org", "poststelle@example.org"
            message["Subject"] = f"Anliegen {number}"
            message.set_content(text)
            message.add_attachment(f"Anlage {number}".encode(), maintype="text", subtype="plain", filename="a.txt")
            data, ending = bytes(message), ".eml"
        elif number % 10 == 5:
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as archive:
                archive.writestr("eins.txt", f"Brief eins {number}")
                archive.writestr("zwei.txt", f"Brief zwei {number}")
            data, ending = packed.getvalue(), ".zip"
        elif number % 10 == 1:
            scan = SCANS[number // 10 % len(SCANS)]
            data, ending = scan.read_bytes() + b"\n%% %d\n" % number, scan.suffix
        elif number % 10 == 7:
            data, ending = f"MZ program {number}".encode(), ".pdf"
        else:
            pdf = FPDF()
            pdf.add_page()
            pdf.set_font("Helvetica", size=12)
            pdf.multi_cell(0, 8, text)
            data, ending = bytes(pdf.output()), ".pdf"
        made.append(folder / f"{number:06d}{ending}")
        made[-1].write_bytes(data)
    return made


def run(
    folder: Path, files: int, kills: int, seed: int, say: Callable[[str], None] = print, steps: Sequence[str] = STEPS
) -> Result:
    """Drop ``files`` files under ``kills`` kills into a new home below ``folder``; every second one at a step."""
    start = time.monotonic()
    chance = random.Random(seed)
    home, temporary = folder / "home", folder / "tmp"
    temporary.mkdir(parents=True)
    erecords = Program(home)
    erecords.run(None, "init", "--sample-city")
    erecords.run("u-org1", "case", "import", str(Path(program.__file__).with_name("cases")))
    inbox = home / "inbox" / "poststelle"
    inbox.mkdir(parents=True)
    waiting = letters(folder / "letters", files)
    with sqlite3.connect(home / "records.db") as database:
        (documents,) = database.execute("SELECT count(*) FROM document").fetchone()
    result = Result(dropped=len(waiting), documents_before=documents)
    share = -(-len(waiting) // max(1, kills))
    rest = list(waiting)
    for kill in range(kills):
        for path in rest[:share]:
            _drop(path, inbox)
        del rest[:share]
        step = steps[(kill // 2) % len(steps)] if kill % 2 else ""
        died_at = _watch_and_kill(home, temporary, step, chance)
        result.kills += 1
        result.at_steps += died_at
        say(f"kill {kill + 1}/{kills}: {step if died_at else 'at random'}")
    for path in rest:
        _drop(path, inbox)
    subprocess.run(_line(home, "--json", "mail", "watch", "--once"), env=_environment(temporary), check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    _prove(erecords, home, temporary, waiting, result)
    result.seconds = time.monotonic() - start
    return result


def _drop(path: Path, inbox: Path) -> None:
    half = inbox / f".{path.name}.part"
    half.write_bytes(path.read_bytes())
    half.rename(inbox / path.name)


def _environment(temporary: Path, step: str = "") -> dict[str, str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ERECORDS_")}
    return {**clean, "TMPDIR": str(temporary), "PYTHONPATH": str(Path(__file__).parents[1]), "KILL_AT": step}


def _line(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-P", __file__, "--watch", "--home", str(home), "--actor", ACTOR, *arguments]


def _watch_and_kill(home: Path, temporary: Path, step: str, chance: random.Random) -> bool:
    """Run ``mail watch`` until it is dead; whether it died at the step, or was killed from outside."""
    at = f"{step}:{chance.choice(('before', 'after'))}:{chance.randint(1, 2)}" if step else ""
    with (home.parent / "watch.log").open("ab") as log:
        process = subprocess.Popen(_line(home, "mail", "watch"), env=_environment(temporary, at), stdout=log,
                                   stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    try:
        process.wait(20.0 if step else chance.uniform(0.5, 7.0))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
    if process.returncode != -signal.SIGKILL:
        raise SystemExit(f"mail watch ended by itself with {process.returncode}; see {home.parent / 'watch.log'}")
    return True


def _prove(erecords: Program, home: Path, temporary: Path, dropped: list[Path], result: Result) -> None:
    result.custody = custody = erecords.run(ACTOR, "mail", "custody", expect=(0, *range(100, 110)))
    wrong = result.faults
    if not custody["complete"] or custody["pending"]:
        wrong.append(f"custody is not complete: {custody}")
    with sqlite3.connect(home / "records.db") as database:
        rows = database.execute("SELECT id, source, state, sha512, part_of, letters, parts FROM delivery").fetchall()
        filed = [one for (one,) in database.execute("SELECT document_id FROM letter WHERE state = 'filed'")]
        documents = [one for (one,) in database.execute("SELECT id FROM document")]
        numbers = [int(number[-7:]) for (number,) in database.execute("SELECT number FROM letter")]
        states = dict(database.execute("SELECT number, state FROM letter").fetchall())
    sources = Counter(source.rpartition("/")[2] for _, source, _, _, part_of, *_ in rows if part_of is None)
    wrong += [f"{path.name} was received {sources[path.name]} times" for path in dropped if sources[path.name] != 1]
    once = Counter(sha512 for _, _, state, sha512, _, *_ in rows if state != "duplicate")
    wrong += [f"the bytes {sha512[:12]} became mail {count} times" for sha512, count in once.items() if count != 1]
    result.letters = len(numbers)
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        wrong.append("the entry numbers have gaps")
    if len(set(filed)) != len(filed) or len(documents) != result.documents_before + len(filed):
        wrong.append(
            f"{len(filed)} letters were filed, {len(documents) - result.documents_before} documents came of it"
        )
    if set(states.values()) - {"filed", "tray"}:
        wrong.append(f"letters in strange states: {Counter(states.values())}")
    if not erecords.run("u-dsb1", "audit", "verify")["valid"]:
        wrong.append("the audit chain is broken")
    for delivery_id, _, state, *_ in rows:
        if state == "quarantined" and not list((home / "quarantine").glob(f"{delivery_id}/*")):
            wrong.append(f"delivery {delivery_id} is in quarantine without its folder")
    wrong += [f"left behind: {path}" for path in _left_behind(home, temporary)]
    found = erecords.run("u-org1", "check", expect=(0, *range(100, 110)))["findings"]
    wrong += [f"check: {finding['area']}: {finding['message']}" for finding in found]


def _left_behind(home: Path, temporary: Path) -> list[Path]:
    left = list(temporary.iterdir())
    left += [path for path in (home / "work").iterdir() if path.name not in _KEPT]
    left += [path for path in (home / "inbox").rglob("*") if path.is_file() or path.name.startswith("maildir")]
    left += list((home / "inbox").glob("**/.erecords-claimed/*"))
    left += [path for path in home.rglob("*.tmp") if path.is_file()]
    left += [path for path in (home / "store").rglob("*") if path.is_file() and len(path.name) != 128]
    staging = home / "archive" / "extensions" / "erecords" / "staging"
    return left + (list(staging.iterdir()) if staging.is_dir() else [])


def function_at(step: str) -> tuple[Any, str, Callable[..., Any]]:
    """The holder of a step's function, its name there, and the function."""
    module, name = step.split(":")
    holder: Any = importlib.import_module(module)
    *above, last = name.split(".")
    for part in above:
        holder = getattr(holder, part)
    return holder, last, getattr(holder, last)


def _kill_at(at: str) -> None:
    """Let this process kill its whole group before or after the n-th call of a function."""
    step, when, count = at.rsplit(":", 2)
    holder, last, real = function_at(step)
    calls = [0]

    def stopped(*arguments: Any, **named: Any) -> Any:
        calls[0] += 1
        if when == "before" and calls[0] >= int(count):
            os.killpg(0, signal.SIGKILL)
        answer = real(*arguments, **named)
        if calls[0] >= int(count):
            os.killpg(0, signal.SIGKILL)
        return answer

    setattr(holder, last, stopped)


def main() -> None:
    if "--watch" in sys.argv:
        sys.argv.remove("--watch")
        if os.environ.get("KILL_AT"):
            _kill_at(os.environ["KILL_AT"])
        import cli

        raise SystemExit(cli.main())
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first-step", type=int, default=0, help="step to begin with, to try a part of them only")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kill-") as name:
        steps = STEPS[arguments.first_step :] + STEPS[: arguments.first_step]
        found = run(Path(name), arguments.files, arguments.kills, arguments.seed, steps=steps)
    print(f"{found.dropped} files, {found.kills} kills ({found.at_steps} at named steps), {found.letters} letters, "
          f"{found.seconds:.0f} s: {len(found.faults)} faults")  # fmt: skip
    print("\n".join(found.faults))
    raise SystemExit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
