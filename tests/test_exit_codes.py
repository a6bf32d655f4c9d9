"""Exit codes: every error class answers for one of its own, in the range of its package."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter

import click
import pytest

import erecords
from cli import run_command
from erecords.errors import DoneWithFindings, ErecordsError

RANGES = {
    "erecords": range(3, 10),
    "mailroom": range(10, 20),
    "archive": range(20, 30),
    "retention": range(30, 40),
}
FINDINGS = range(100, 110)


def classes() -> list[type[ErecordsError]]:
    for package in RANGES:
        for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if found.name.rpartition(".")[2] == "errors":
                importlib.import_module(found.name)
    todo: list[type[ErecordsError]] = [ErecordsError]
    for known in todo:
        todo += [each for each in known.__subclasses__() if each not in todo]
    return [each for each in todo if each.__module__.split(".")[0] in RANGES and each is not ErecordsError]


CLASSES = classes()
OWN_CODE = [each for each in CLASSES if "exit_code" in vars(each)]


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: f"{error.__module__}.{error.__name__}")
def test_code_lies_in_the_range_of_its_package(error: type[ErecordsError]) -> None:
    if issubclass(error, DoneWithFindings):
        assert error.exit_code in FINDINGS
    elif "exit_code" in vars(error):
        assert error.exit_code in RANGES[error.__module__.split(".")[0]]
    assert error.__doc__


def test_no_two_classes_share_an_exit_code() -> None:
    """A class without a code of its own is a kind of another and answers with that one's."""
    shared = [code for code, count in Counter(each.exit_code for each in OWN_CODE).items() if count > 1]
    assert not [f"{each.exit_code} {each.__qualname__}" for each in OWN_CODE if each.exit_code in shared]


def test_no_two_classes_share_a_code_word() -> None:
    words = Counter(vars(each)["code"] for each in CLASSES if "code" in vars(each))
    assert not [word for word, count in words.items() if count > 1]


def test_walked_the_packages() -> None:
    assert erecords.__path__
    assert {each.__module__.split(".")[0] for each in CLASSES} == set(RANGES)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["no-such-command"], 2),
        (["--home", "/nowhere/at/all", "status"], 6),
    ],
)
def test_program_leaves_with_the_code(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(arguments) == code
    assert "Traceback" not in capsys.readouterr().err


def test_usage_error_is_clicks_own() -> None:
    assert click.UsageError.exit_code == 2
