"""No other function deletes records or stored bytes: every way of deleting in the code stands in this list."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("erecords", "mailroom", "archive", "retention")
ALLOWED = {
    "retention/disposal/erasers.py": "the erasers, which the gate alone calls",
    "retention/disposal/gate.py": "the gate",
    "mailroom/eraser.py": "the mail room's eraser, which the gate alone calls",
}
"""Files that may delete what names a record."""


def calls(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.lineno, ast.unparse(node.func.value), node.func.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.lineno, "", node.func.id


def sources():
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path


def test_only_the_gate_erases_stored_bytes():
    found = {
        name for name, path in sources() for _, owner, attribute in calls(path)
        if attribute == "erase" and "blob" in owner.lower()
    }  # fmt: skip
    assert found == {"retention/disposal/gate.py", "mailroom/custody/staging.py"}, (
        "staging removes derived bytes that no row ever named"
    )


def test_only_the_gate_calls_erasers():
    found = {
        name for name, path in sources() for _, owner, attribute in calls(path)
        if attribute in ("erase", "after_commit") and "eraser" in owner.lower()
    }  # fmt: skip
    assert found == {"retention/disposal/gate.py"}


def test_only_erasers_delete_rows_of_records():
    """Deletions elsewhere touch rows that are no records; each is named here with what it deletes."""
    others = {
        "erecords/registry/changes.py": "units, staff and classes that a new list does not name",
        "mailroom/tray/replacing.py": "files of letters that are cut anew, before they are filed",
        "erecords/store/ledger.py": "lines that stand in the file of the ledger now",
        "erecords/registry/saved.py": "searches that a person kept for herself",
        "erecords/search/forgetting.py": "queries that were logged or kept and name a destroyed record alone",
        "erecords/registry/withdrawing.py": "a letter's document on its way back into the tray, where its files stay",
        "erecords/registry/transactions.py": "an empty transaction that a letter opened which is taken back",
        "mailroom/tray/leases.py": "who has a letter open",
        "mailroom/matching/doubles.py": "fingerprints by which doubles are found, made from the letters",
        "mailroom/matching/clues.py": "clues of matching, made from the documents",
    }
    found = {
        name for name, path in sources() for _, owner, attribute in calls(path)
        if (attribute == "delete" and (owner.endswith("session") or owner == ""))
    }  # fmt: skip
    assert found - set(ALLOWED) - set(others) == set()


def test_only_the_carrying_out_calls_the_gate():
    found = {
        name for name, path in sources() for _, owner, attribute in calls(path)
        if owner == "gate" and attribute in ("destroy", "destroy_again", "finish")
    }  # fmt: skip
    assert found == {"retention/disposal/carryout.py", "retention/disposal/replay.py"}, (
        "an approved list, or the ledger of what went"
    )
