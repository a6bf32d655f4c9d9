"""Write docs/reference/ from the program itself: ``python docs/make_reference.py [--check]``.

With ``--check`` nothing is written; the names of pages that are out of date are printed and the exit code is 1.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from cli import ASSEMBLY, command_line, root  # noqa: E402
from erecords.config import Section, template  # noqa: E402
from erecords.errors import ErecordsError  # noqa: E402

REFERENCE = ROOT / "docs" / "reference"
_PACKAGES = ("erecords", "mailroom", "archive", "retention")
_NOTE = "<!-- Written by docs/make_reference.py; change the program, not this page. -->\n"


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` tell which are out of date."""
    stale = []
    for name, text in pages().items():
        path = REFERENCE / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    print("\n".join(f"{name}: out of date" for name in stale) if "--check" in arguments else f"{len(stale)} written")
    return 1 if stale and "--check" in arguments else 0


def pages() -> dict[str, str]:
    """Every generated page by its file name."""
    return {
        "commands.md": commands_page(),
        "exit-codes.md": exit_codes_page(),
        "findings.md": findings_page(),
        "settings.md": settings_page(),
    }


def commands_page() -> str:
    """All commands with the help that the program shows."""
    parts = ["# Commands", _NOTE, "Every command also understands the options of the root. Dates are ISO 8601.\n"]
    context = click.Context(root, info_name="erecords", max_content_width=100, terminal_width=100)
    parts.append(_help_block(root, context))
    for name, command in command_line().items():
        parts += _command(f"erecords {name}", command, click.Context(command, info_name=name, parent=context))
    return "\n".join(parts)


def _command(title: str, command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {title}\n" if title.count(" ") == 1 else f"### {title}\n"
    yield _help_block(command, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            sub = command.get_command(context, name)
            if sub is not None and not sub.hidden:
                yield from _command(f"{title} {name}", sub, click.Context(sub, info_name=name, parent=context))


def _help_block(command: click.Command, context: click.Context) -> str:
    context.max_content_width = context.terminal_width = 100
    return f"```text\n{command.get_help(context)}\n```\n"


def exit_codes_page() -> str:
    """The exit codes of the program and of every error class."""
    rows = [
        (0, "", "Done.", "erecords"),
        (1, "bug", "A bug in the program; the traceback is in the log of the home.", "erecords"),
        (2, "usage", "The command line is not right; the message says where.", "erecords"),
        (130, "", "Interrupted; what was finished is kept.", "erecords"),
    ]
    for error in error_classes():
        text = (error.__doc__ or "").split("\n\n")[0].replace("\n", " ")
        rows.append((error.exit_code, error.code, " ".join(text.split()), error.__module__.split(".")[0]))
    head = [
        "# Exit codes",
        _NOTE,
        "3-9 shared, 10-19 mail room, 20-29 archive, 30-39 retention, 100-109 done with findings. With `--json` the",
        'document of a failed command is `{"error": {"code": CODE, "message": TEXT}}`.\n',
        "| exit | code | meaning | package |",
        "|---:|---|---|---|",
    ]
    return "\n".join([*head, *(f"| {n} | `{code}` | {text} | {where} |" for n, code, text, where in sorted(rows)), ""])


def error_classes() -> list[type[ErecordsError]]:
    """All error classes of the program that have a code of their own."""
    for package in _PACKAGES:
        for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if found.name.rpartition(".")[2] == "errors":
                importlib.import_module(found.name)
    known: list[type[ErecordsError]] = [ErecordsError]
    for error in known:
        known += [each for each in error.__subclasses__() if each not in known]
    return [error for error in known[1:] if "code" in vars(error)]


def findings_page() -> str:
    """The findings on letters."""
    from mailroom.findings import KINDS

    head = [
        "# Findings on letters",
        _NOTE,
        "`mail show`, the tray and the transfer note give findings as `code: sentence`, with page and measured value",
        "where they have one. **Scan**: look at it while the paper is on the desk; `mail watch` and `status` name it.",
        "**Person**: such a letter is never filed by the machine, however sure it is of the case.\n",
        "| code | meaning | what to do | |",
        "|---|---|---|---|",
    ]
    rows = []
    for code, kind in sorted(KINDS.items()):
        marks = ", ".join(mark for mark, on in (("scan", kind.of_scan), ("person", kind.holds)) if on)
        rows.append(f"| `{code}` | {kind.meaning} | {kind.advice} | {marks} |")
    return "\n".join([*head, *rows, ""])


def settings_page() -> str:
    """The settings as ``init`` writes them."""
    kinds: tuple[type[Section], ...] = ASSEMBLY.section_types()
    return "\n".join(
        [
            "# Settings",
            _NOTE,
            "`erecords init` writes this file, `erecords.toml`, into the home. A line that is commented out shows the",
            "default. `ERECORDS_<SECTION>__<KEY>` in the environment stands over the file. Unknown keys are refused.\n",
            "```toml",
            template(kinds).rstrip(),
            "```",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
