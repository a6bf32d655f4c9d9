"""Documentation that cannot go stale: generated pages, links, the quick start."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import cli

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "tests/data/README.md"])
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[[^\]]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def prose(path: Path) -> str:
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ +(.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_reference_is_current() -> None:
    """If this fails: python docs/make_reference.py. A process of its own sees the program as users do."""
    command = [sys.executable, "docs/make_reference.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in [*LINK.findall(prose(page)), *PICTURE.findall(prose(page))]:
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path)):
            broken.append(target)
    assert not broken


CALL = re.compile(r"(?<![\w/.-])erecords((?: +(?:'[^'\n]*'|\"[^\"\n]*\"|[^\s`'\"|;&()]+))+)")
CODE = re.compile(r"^```\w*\n(.*?)^```$|(?<!`)`([^`\n]+)`(?!`)", re.MULTILINE | re.DOTALL)


def calls(page: Path) -> Iterator[list[str]]:
    """Calls of the program in the code of a page, as words; a backslash at the end of a line joins it to the next."""
    for block, inline in CODE.findall(page.read_text(encoding="utf-8")):
        code = (block or inline).replace("\\\n", " ").replace("dev run ", "erecords ")
        for line in code.splitlines():
            for found in CALL.findall(re.sub(r"(^|\s)#.*|^Description=.*", "", line)):
                yield shlex.split(found)


def unknown(words: list[str]) -> str:
    """What in a call the program does not know: a command, or an option; empty when it knows all."""
    command: click.Command = cli.root
    known = set[str]()
    takes_value = set[str]()
    index = 0
    while index < len(words):
        if not known:
            for option in command.params:
                known |= {*option.opts, *option.secondary_opts, "--help", "-h"}
                if isinstance(option, click.Option) and not option.is_flag and not option.count:
                    takes_value |= set(option.opts)
        word = words[index].partition("=")[0]
        index += 1
        if word == "--":
            break
        if word.startswith("-") and not re.fullmatch(r"-\d+", word):
            if word not in known | {"--json"}:
                return f"there is no option {word}"
            index += word in takes_value and "=" not in words[index - 1]
        elif isinstance(command, click.Group):
            if not re.fullmatch(r"[a-z][a-z-]*", word):
                return ""
            found = command.get_command(click.Context(command), word)
            if found is None:
                return f"there is no command {word}"
            command, known, takes_value = found, set(), set()
    return ""


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=lambda path: path.stem)
def test_the_commands_of_a_page_are_those_of_the_program(page: Path) -> None:
    wrong = {" ".join(words): problem for words in calls(page) if (problem := unknown(words))}
    assert not wrong


def test_what_the_program_does_not_know_is_seen() -> None:
    assert unknown(["--actor", "u-post1", "mail", "take", "a.pdf", "--channel", "fax"]) == ""
    assert unknown(["mail", "shred"]) == "there is no command shred"
    assert unknown(["search", "Hund", "--fast"]) == "there is no option --fast"
    assert sum(1 for page in PAGES for _ in calls(page)) > 300


def test_every_page_is_reachable_from_the_readme() -> None:
    seen = {ROOT / "README.md"}
    todo = list(seen)
    for page in todo:
        for target in LINK.findall(prose(page)):
            path = (page.parent / target.partition("#")[0]).resolve()
            if path.suffix == ".md" and path.is_file() and path not in seen:
                seen.add(path)
                todo.append(path)
    missing = [str(page.relative_to(ROOT)) for page in PAGES if page not in seen and "tests" not in page.parts]
    assert not missing


def test_quick_start_is_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("## Quick start")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]
    assert commands == ["./dev demo", "./dev test"]
    assert (ROOT / "dev").stat().st_mode & 0o111


def test_changelog_names_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    for name in names:
        text = (ROOT / "docs" / "decisions" / name).read_text(encoding="utf-8")
        assert all(f"\n## {part}\n" in text for part in ("Context", "Decision", "Consequences")), name
