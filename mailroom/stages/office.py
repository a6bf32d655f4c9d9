"""Convert an office document to PDF with LibreOffice, where it is installed: own process, own profile, no macros."""

from __future__ import annotations

import math
import os
import resource
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from erecords.files import make_folder, remove_folder
from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings

_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop>
<prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""


def converter() -> str | None:
    """Path of LibreOffice's program, None where it is not installed."""
    return shutil.which("soffice")


def convert(source: Path, work: Path, settings: MailroomSettings) -> Path:
    """Convert an office document; the PDF lies in the work folder.

    Raises:
        Refused: ``office-file`` where LibreOffice is absent, fails, or takes too long; the letter is kept unconverted.
    """
    program = converter()
    if program is None:
        raise Refused(ReasonCode.OFFICE_FILE, "LibreOffice is not installed")
    folder = work / "office"
    remove_folder(folder)
    profile = make_folder(folder / "profile" / "user")
    (profile / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
    shutil.copyfile(source, folder / "document")
    command = [
        *(program, f"-env:UserInstallation={(folder / 'profile').resolve().as_uri()}"),
        *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard"),
        *("--convert-to", "pdf", "--outdir", str(folder), str(folder / "document")),
    ]
    _run(command, folder, settings.seconds_per_conversion, settings.patience)
    made = folder / "document.pdf"
    if not made.is_file() or made.stat().st_size == 0:
        took = f"within {settings.seconds_per_conversion:.0f} seconds of computing"
        raise Refused(ReasonCode.OFFICE_FILE, f"LibreOffice could not convert it {took}")
    remove_folder(folder / "profile")
    return made


def _run(command: list[str], folder: Path, seconds: float, patience: float) -> None:
    """Run the program in a session of its own, so that all of it ends when its time is over, computing or not."""
    clean = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "LANG": "de_DE.UTF-8"}
    clean["TMPDIR"] = str(folder)
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, env=clean, cwd=folder,
    )  # fmt: skip
    with suppress(ProcessLookupError):
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (math.ceil(seconds), math.ceil(seconds)))
    try:
        process.wait(seconds * patience)
    except subprocess.TimeoutExpired as error:
        hung = f"LibreOffice hung and was stopped after {seconds * patience:.0f} seconds"
        raise Refused(ReasonCode.OFFICE_FILE, hung) from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
