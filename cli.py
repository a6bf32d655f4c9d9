"""The program ``erecords``: root group, lazily loaded sub-groups, and the one place that turns errors into output."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from erecords.errors import DiskFailing, DoneWithFindings, ErecordsError, InputRefused
from erecords.invocation import Invocation
from erecords.office import Assembly

ASSEMBLY = Assembly(
    sections=(
        "mailroom.settings:MailroomSettings",
        "archive.settings:ArchiveSettings",
        "retention.settings:RetentionSettings",
    ),
    parts=("mailroom.part:PART", "archive.part:PART", "retention.part:PART"),
    shelves=("erecords.search.transactions:SHELF", "mailroom.shelf:SHELF"),
)

COMMANDS = {
    "init": ("erecords.commands.home:init", "Make a new home for records."),
    "status": ("erecords.commands.home:status", "Show how the home is doing."),
    "check": ("erecords.commands.home:check", "Check that everything stored is there and sound."),
    "demo": ("erecords.commands.demo:command", "Play a day of the sample city, from scan to archive."),
    "mail": ("mailroom.commands:group", "The mail room: take in, decide, mail book, quarantine."),
    "search": ("erecords.commands.search:command", "Find letters and case files."),
    "case": ("erecords.commands.case:group", "Case files: open, show, amend, close, move, import."),
    "doc": ("erecords.commands.doc:group", "Documents: add, show, read, supersede, export."),
    "plan": ("erecords.commands.plan:group", "The filing plan (Aktenplan)."),
    "unit": ("erecords.commands.unit:group", "Offices and sections."),
    "user": ("erecords.commands.user:group", "The staff list."),
    "index": ("erecords.commands.index:group", "The search index: rebuild, check."),
    "audit": ("erecords.commands.audit:group", "The audit log: list, verify, export."),
    "db": ("erecords.commands.db:group", "The database: upgrade, back up, restore."),
    "archive": ("archive.commands:group", "The long-term archive."),
    "retention": ("retention.commands:group", "Retention, holds and disposal."),
}


_SURROGATES = "surrogates not allowed"
_NO_TEXT = "A value of this command holds bytes that are no text (UTF-8). Nothing was changed; type it anew."


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the contract."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import and return a command."""
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path), envvar="ERECORDS_HOME", help="The home (ERECORDS_HOME).")
@click.option("--actor", metavar="ID", envvar="ERECORDS_ACTOR", help="Who acts: an id of the staff list.")
@click.option("--json", "as_json", is_flag=True, help="Exactly one JSON document on standard output.")
@click.option("-v", "--verbose", count=True, help="Say more.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but results.")
@click.version_option(package_name="erecords", prog_name="erecords")
@click.pass_obj
def root(run: Invocation, home: Path | None, actor: str | None, as_json: bool, verbose: int, quiet: bool) -> None:
    """Electronic records with a digital mail room: from the scan to the archive.

    Example: erecords demo
    """
    run.home_option, run.actor_option = home, actor
    run.as_json, run.verbose, run.quiet = as_json or run.as_json, verbose, quiet


def main(arguments: list[str] | None = None) -> None:
    """Run the program and leave with its exit code."""
    sys.exit(run_command(sys.argv[1:] if arguments is None else arguments))


def run_command(arguments: list[str]) -> int:
    """Run one command line; return the exit code. Only here errors become output."""
    run = Invocation(ASSEMBLY)
    logging.lastResort, logging.raiseExceptions = None, False
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    if "--json" in arguments[:cut]:
        arguments = [a for a in arguments[:cut] if a != "--json"] + arguments[cut:]
        run.as_json = True
    try:
        result = root.main(arguments, prog_name="erecords", standalone_mode=False, obj=run)
        return result if isinstance(result, int) else 0
    except click.exceptions.Abort:
        return _interrupted()
    except KeyboardInterrupt:
        return _interrupted()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except DoneWithFindings as error:
        run.say(str(error))
        return error.exit_code
    except ErecordsError as error:
        return _refused(run, error)
    except UnicodeEncodeError as error:
        return _refused(run, InputRefused(_NO_TEXT)) if error.reason == _SURROGATES else _bug(run, error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _refused(run, DiskFailing.from_error(error))
    except Exception as error:
        return _bug(run, error)
    finally:
        run.close()


def _refused(run: Invocation, error: ErecordsError) -> int:
    from erecords.render import one_line

    sys.stderr.write(f"erecords: {one_line(error)}\n")
    run.fail_json(error.code, str(error))
    return error.exit_code


def _interrupted() -> int:
    sys.stderr.write("erecords: interrupted; what was finished is kept, run the command again for the rest.\n")
    return 130


def _bug(run: Invocation, error: Exception) -> int:
    """Keep the traceback in the log of the home (or show it where there is none) and say where it is."""
    from importlib.metadata import version

    text = f"erecords {version('erecords')}\n{traceback.format_exc()}\n"
    log = run.home_option / "log" / "erecords.log" if run.home_option else None
    try:
        if log is None:
            raise FileNotFoundError
        with log.open("a", encoding="utf-8") as stream:
            stream.write(text)
        where = f"The details are in {log}; please report them."
    except OSError:
        sys.stderr.write(text)
        where = "Please report the lines above."
    sys.stderr.write(f"erecords: a bug in the program stopped this command ({type(error).__name__}). {where}\n")
    run.fail_json("bug", type(error).__name__)
    return 1


def command_line() -> dict[str, Any]:
    """All commands with their modules loaded, for the reference that is generated from the program."""
    context = click.Context(root, info_name="erecords")
    return {name: root.get_command(context, name) for name in COMMANDS}


if __name__ == "__main__":
    main()
