"""The program as a user has it: started anew for each command, answering in JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
"""Where ``cli.py`` lies, in a checkout as in an installed wheel."""
_STOP_SECONDS = 60


class CommandFailed(Exception):
    """A command of the journey ended with an exit code that was not expected."""

    def __init__(self, command: str, code: int, message: str) -> None:
        super().__init__(f"{command}\nended with exit code {code}: {message.strip()}")
        self.code = code


class Program:
    """Runs ``erecords`` on one home, as one person or another."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._environment = {key: value for key, value in os.environ.items() if not key.startswith("ERECORDS_")}
        self._environment["PYTHONPATH"] = str(_ROOT)

    def run(self, actor: str | None, *arguments: str, expect: tuple[int, ...] = (0,)) -> Any:
        """Run a command to its end and return its JSON document.

        Raises:
            CommandFailed: it ended otherwise than expected; the message is its own.
        """
        done = subprocess.run(
            self._line(actor, "--json", *arguments),
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode not in expect:
            raise CommandFailed(shown(actor, *arguments), done.returncode, done.stderr or done.stdout)
        return json.loads(done.stdout) if done.stdout.strip() else None

    @contextmanager
    def running(self, log: Path, actor: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """A command that goes on in the background, with its output in ``log``; interrupted at the end."""
        with log.open("wb") as stream:
            process = subprocess.Popen(
                self._line(actor, *arguments),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                yield process
            finally:
                _stop(process)

    def _line(self, actor: str | None, *arguments: str) -> list[str]:
        who = ["--actor", actor] if actor else []
        # -P: whatever lies in the current folder is not imported.
        return [sys.executable, "-P", "-m", "cli", "--home", str(self.home), *who, *arguments]


def shown(actor: str | None, *arguments: str) -> str:
    """The command as a person would type it."""
    words = ["erecords", *(["--actor", actor] if actor else []), *arguments]
    return " ".join(f'"{word}"' if " " in word or not word else word for word in words)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
