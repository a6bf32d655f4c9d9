"""Every OCFL fixture of others' test suites: our findings name the code that the fixture is about."""

from __future__ import annotations

import csv
import re
import tarfile
from pathlib import Path

import pytest

from archive.ocfl.codes import Severity
from archive.ocfl.root import object_folders, validate_root
from archive.ocfl.validation import validate_object
from archive.storage.local import LocalStorage

CORPUS = Path(__file__).parents[2] / "../shared/corpus"
pytestmark = pytest.mark.skipif(not (CORPUS / "ocfl").is_dir(), reason="the corpus folder ../shared/corpus is absent")


def fixtures() -> list[tuple[str, str]]:
    if not (CORPUS / "MANIFEST.tsv").is_file():
        return []
    with (CORPUS / "MANIFEST.tsv").open(encoding="utf-8") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["file"], row["expected"]) for row in rows if row["file"].startswith("ocfl/")]


def unpack(name: str, folder: Path) -> str:
    with tarfile.open(CORPUS / name) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12 has Python 3.11.2, before filters
        tar.extractall(folder)
    return Path(name).stem


@pytest.mark.parametrize(("name", "expected"), [f for f in fixtures() if "root_" not in f[0]])
def test_object_fixture(name: str, expected: str, tmp_path: Path) -> None:
    folder = unpack(name, tmp_path)
    findings = validate_object(LocalStorage(tmp_path), folder)
    errors = {f.code for f in findings if f.severity is Severity.ERROR}
    warnings = {f.code for f in findings if f.severity is Severity.WARNING}
    named = set(re.findall(r"[EW]\d{3}", expected))
    if expected.startswith("invalid"):
        assert errors & named, findings
    elif "warning" in expected and named:
        assert not errors and named <= warnings, findings
    else:
        assert not errors, findings


@pytest.mark.parametrize(("name", "expected"), [f for f in fixtures() if "root_" not in f[0]])
def test_agrees_with_ocfl_py(name: str, expected: str, tmp_path: Path) -> None:
    ocfl = pytest.importorskip("ocfl.validator")
    folder = unpack(name, tmp_path)
    errors = {f.code for f in validate_object(LocalStorage(tmp_path), folder) if f.severity is Severity.ERROR}
    validator = ocfl.Validator(log_errors=False)
    assert validator.validate_object(str(tmp_path / folder)) == (not errors)
    theirs = {code[:4] for code in validator.log.codes if code.startswith("E")}
    assert theirs <= errors, (theirs, errors)


def test_root_fixture(tmp_path: Path) -> None:
    folder = unpack("ocfl/root_simple-root.tar", tmp_path)
    storage = LocalStorage(tmp_path / folder)
    assert not [f for f in validate_root(storage) if f.severity is Severity.ERROR]
    found = list(object_folders(storage))
    assert len(found) == 3
    for path in found:
        assert not [f for f in validate_object(storage, path) if f.severity is Severity.ERROR]
