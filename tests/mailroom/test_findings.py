"""The list of findings is complete: what the code says is explained, and nothing is explained that nobody says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from mailroom import findings
from mailroom.findings import KINDS

PACKAGE = Path(findings.__file__).parent
NO_FINDINGS = {
    "failed": "outcome of a stage",
    "skipped": "outcome of a stage",
    "stream": "answer of clamd",
    "divide": "help of the tray on the screen",
    "reject": "help of the tray on the screen",
    "asks": "help of the tray on the screen",
    "see": "advice beside a batch that does not add up",
}
FROM_A_NAME = {"batch-count", "near-duplicate"}
"""Their modules keep the code under a name."""


def beginnings() -> dict[str, str]:
    """Texts of the package that begin like a finding, ``code: sentence``, with the module that holds each."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            part = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
            text = part.value if isinstance(part, ast.Constant) else None
            begun = re.match(r"([a-z][a-z0-9]*(?:-[a-z0-9]+)*): ", text) if isinstance(text, str) else None
            if begun:
                found[begun[1]] = path.name
    return found


def test_every_finding_is_explained() -> None:
    said = {code: where for code, where in beginnings().items() if code not in NO_FINDINGS}
    assert {code: where for code, where in said.items() if code not in KINDS} == {}
    assert set(KINDS) - set(said) == FROM_A_NAME


@pytest.mark.parametrize("code", sorted(KINDS))
def test_explanations_are_sentences(code: str) -> None:
    kind = KINDS[code]
    assert kind.meaning.endswith(".") and (not kind.advice or kind.advice.endswith((".", "?")))
    assert "|" not in kind.meaning + kind.advice


def test_what_holds_a_letter_back() -> None:
    assert findings.wants_person(["blank: Page 2 is blank.", "thanks: so"]) == ""
    assert findings.wants_person(["blank: Page 2.", "batch-count: X"]) == "the letters of its batch do not add up"
    assert findings.not_of_pages(["blank: Page 2.", "thanks: so", "unheard-of: so"]) == ["thanks: so", "unheard-of: so"]
    assert findings.is_urgent("skewed") and findings.is_urgent("near-duplicate") and not findings.is_urgent("turned")
