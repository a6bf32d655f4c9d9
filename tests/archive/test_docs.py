"""What ``docs/internals/archive.md`` says can be done without this program is done here without it."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

from archive.access.export import ExportForm, export
from archive.ingest import ingest
from tests.archive.samples import amended, new_archive, sample_sip
from tests.fakes import FixedClock

PAGE = Path(__file__).parents[2] / "docs/internals/archive.md"


def test_register_is_checked_by_the_printed_script(tmp_path: Path) -> None:
    store = new_archive(tmp_path)
    ingest(store, sample_sip(tmp_path / "src"), FixedClock(), agent="Jürgen")
    export(store, "22.31-2026/000147", ExportForm.DIP, tmp_path / "out", actor="A")
    script = tmp_path / "check.py"
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    script.write_text(blocks[0], encoding="utf-8")
    for path in (store.register.path, store.access_log.path):
        done = subprocess.run([sys.executable, str(script), str(path)], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("whole")
    store.register.path.write_text(store.register.path.read_text().replace("rgen", "rgon"))
    assert subprocess.run([sys.executable, str(script), str(store.register.path)], capture_output=True).returncode == 1


def test_a_file_is_found_by_the_described_way(tmp_path: Path) -> None:
    store = new_archive(tmp_path)
    sip = sample_sip(tmp_path / "src")
    ingest(store, sip, FixedClock(), agent="A")
    ingest(store, amended(sip, tmp_path / "src"), FixedClock(), agent="A")
    name = hashlib.sha256(sip.aip_id.encode()).hexdigest()
    last = re.sub(r"[^A-Za-z0-9_-]", lambda match: f"%{ord(match[0]):02x}", sip.aip_id)
    top = store.root / name[:3] / name[3:6] / name[6:9] / last
    inventory = json.loads((top / "inventory.json").read_text(encoding="utf-8"))
    wanted = "metadata/descriptive/package.json"
    digest = next(d for d, paths in inventory["versions"]["v2"]["state"].items() if wanted in paths)
    data = (top / inventory["manifest"][digest][0]).read_bytes()
    assert hashlib.sha512(data).hexdigest() == digest
    assert json.loads(data)["title"] == "Gewerbeanmeldung (ergänzt)"


def test_every_finding_is_explained() -> None:
    from archive.keeping import fixity

    codes = set(re.findall(r"^``([a-z-]+)``", fixity.__doc__ or "", re.MULTILINE))
    howto = (PAGE.parents[1] / "howto/archive.md").read_text(encoding="utf-8")
    assert codes and all(f"`{code}`" in howto for code in codes)
