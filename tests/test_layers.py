"""Imports go one way: between the packages, and between the storeys inside ``erecords``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("erecords", "mailroom", "archive", "retention")
MAY_IMPORT = {
    "erecords": {"erecords"},
    "mailroom": {"mailroom", "erecords"},
    "archive": {"archive", "erecords"},
    "retention": {"retention", "erecords", "archive"},
    "cli": {"cli", *PACKAGES},
}
STOREYS = ("ground", "store", "registry", "search", "face")
GROUND = {"errors", "config", "clock", "digest", "files"}


def modules() -> dict[str, Path]:
    found = {"cli": ROOT / "cli.py"}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def is_type_checking(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def statements(node: ast.AST, *, typing_too: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.If) and is_type_checking(child.test) and not typing_too:
            for other in child.orelse:
                yield from statements(other, typing_too=typing_too)
        else:
            yield from statements(child, typing_too=typing_too)


def imported(name: str, path: Path, *, typing_too: bool = True) -> set[str]:
    """Our own modules that a module imports, anywhere in it, also inside functions."""
    found: set[str] = set()
    for statement in statements(ast.parse(path.read_text(encoding="utf-8")), typing_too=typing_too):
        if isinstance(statement, ast.Import):
            found |= {alias.name for alias in statement.names}
            continue
        base = statement.module or ""
        if statement.level:
            start = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
            parent = start[: len(start) - statement.level + 1]
            base = ".".join([*parent, base] if base else parent)
        for alias in statement.names:
            full = f"{base}.{alias.name}"
            found.add(full if full in MODULES else base)
    return {one for one in found if one.split(".")[0] in MAY_IMPORT} - {name}


IMPORTS = {name: imported(name, path) for name, path in MODULES.items()}


def storey(name: str) -> str | None:
    """The storey of a module of ``erecords``; None for what stands beside the house (sample city, the package)."""
    parts = name.split(".")
    if parts[0] != "erecords" or len(parts) == 1 or parts[1] == "sample_city":
        return None
    if parts[1] in GROUND:
        return "ground"
    if parts[1] == "ports":
        return "store"  # it speaks of the unit of work and of stored bytes
    return parts[1] if parts[1] in STOREYS else "face"


@pytest.mark.parametrize("package", [*PACKAGES, "cli"])
def test_package_imports_only_what_it_may(package: str) -> None:
    wrong = [
        f"{name} imports {other}"
        for name, others in IMPORTS.items()
        if name.split(".")[0] == package
        for other in others
        if other.split(".")[0] not in MAY_IMPORT[package]
    ]
    assert not wrong


def test_erecords_storeys_import_only_downwards() -> None:
    wrong = []
    for name, others in IMPORTS.items():
        here = storey(name)
        for other in others:
            there = storey(other)
            if here and there and STOREYS.index(there) > STOREYS.index(here):
                wrong.append(f"{name} ({here}) imports {other} ({there})")
    assert not wrong


def test_no_cycles() -> None:
    """No module reaches itself, imports inside functions included; imports for the type checker alone run nothing."""
    graph = {name: imported(name, path, typing_too=False) & set(MODULES) for name, path in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_nothing_imports_the_command_line() -> None:
    assert not [name for name, others in IMPORTS.items() if "cli" in others and name != "cli"]


def test_demo_knows_the_program_only_by_its_command_line() -> None:
    """The sample city's journey imports none of the packages that it plays through."""
    demo = IMPORTS["erecords.sample_city.demo"] | IMPORTS["erecords.commands.demo"]
    assert not [other for other in demo if not other.startswith("erecords.sample_city")]


def test_the_test_would_see_a_forbidden_import(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("def f():\n    from retention.errors import X\n    import mailroom.ports\n", encoding="utf-8")
    assert imported("archive.bad", path) == {"retention.errors", "mailroom.ports"}
