"""Every way in which stored bytes go wrong has its own finding, and sound archives have none."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from archive.ingest import ingest
from archive.keeping.fixity import due, verify
from archive.store import ArchiveStore
from tests.archive.samples import amended, new_archive, sample_sip
from tests.fakes import FixedClock


@pytest.fixture
def store(tmp_path: Path) -> ArchiveStore:
    made = new_archive(tmp_path)
    sip = sample_sip(tmp_path / "src")
    ingest(made, sip, FixedClock(), agent="A")
    ingest(made, amended(sip, tmp_path / "src"), FixedClock(), agent="A")
    ingest(made, sample_sip(tmp_path / "src", "22.31-2026/000148"), FixedClock(), agent="A")
    return made


def folder(store: ArchiveStore, number: int = 147) -> Path:
    return store.root / store.folder(f"erecords:case:22.31-2026/000{number}")


def content(store: ArchiveStore) -> Path:
    return next((folder(store) / "v1/content/representations/rep1").rglob("*.pdf"))


def flip(path: Path, at: int = 5) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def swap(store: ArchiveStore) -> None:
    one, two = content(store), next((folder(store) / "v1").rglob("text.txt"))
    one_bytes, two_bytes = one.read_bytes(), two.read_bytes()
    one.write_bytes(two_bytes)
    two.write_bytes(one_bytes)


def forge(store: ArchiveStore) -> None:
    """Change content, inventory and sidecars so that the object is sound in itself."""
    top = folder(store, 148)
    path = next(top.rglob("*.pdf"))
    old = hashlib.sha512(path.read_bytes()).hexdigest()
    path.write_bytes(b"forged")
    data = (top / "inventory.json").read_bytes().replace(old.encode(), hashlib.sha512(b"forged").hexdigest().encode())
    for place in (top, top / "v1"):
        (place / "inventory.json").write_bytes(data)
        (place / "inventory.json.sha512").write_text(f"{hashlib.sha512(data).hexdigest()} inventory.json\n")


def roll_back(store: ArchiveStore) -> None:
    """Take the object back to its first version, as a restored old copy would be."""
    top = folder(store)
    shutil.rmtree(top / "v2")
    for name in ("inventory.json", "inventory.json.sha512"):
        shutil.copy(top / "v1" / name, top / name)


def edit_register(store: ArchiveStore) -> None:
    path = store.register.path
    path.write_text(path.read_text().replace('"agent":"A"', '"agent":"B"', 1))


FAULTS: dict[str, tuple[Callable[[ArchiveStore], object], str]] = {
    "flipped bit": (lambda s: flip(content(s)), "content-damaged"),
    "truncated": (lambda s: content(s).write_bytes(content(s).read_bytes()[:-1]), "content-damaged"),
    "swapped": (swap, "content-damaged"),
    "missing": (lambda s: content(s).unlink(), "file-missing"),
    "surplus content": (lambda s: (content(s).parent / "more.txt").write_text("x"), "file-surplus"),
    "surplus in object": (lambda s: (folder(s) / "more.txt").write_text("x"), "file-surplus"),
    "tampered inventory": (lambda s: flip(folder(s) / "inventory.json", 40), "inventory-damaged"),
    "lost sidecar": (lambda s: (folder(s) / "inventory.json.sha512").unlink(), "inventory-damaged"),
    "lost inventory": (lambda s: (folder(s) / "inventory.json").unlink(), "inventory-damaged"),
    "forged object": (forge, "inventory-replaced"),
    "rolled back": (roll_back, "inventory-replaced"),
    "lost version": (lambda s: shutil.rmtree(folder(s) / "v2"), "structure"),
    "missing object": (lambda s: shutil.rmtree(folder(s)), "object-missing"),
    "surplus object": (lambda s: shutil.copytree(folder(s), s.root / "aaa/bbb/ccc/copy"), "object-surplus"),
    "stray file": (lambda s: (folder(s).parent / "stray").write_text("x"), "root"),
    "link": (lambda s: (folder(s) / "v1/content/link").symlink_to("/etc/passwd"), "structure"),
    "edited register": (edit_register, "register-broken"),
}


def test_sound_archive_has_no_findings(store: ArchiveStore) -> None:
    seen: list[tuple[int, int]] = []
    report = verify(store, progress=lambda done, total: seen.append((done, total)))
    assert report.bad == () and report.checked == 2 and seen == [(1, 2), (2, 2)]
    stored = [p for p in store.root.rglob("content/**/*") if p.is_file()]
    assert report.bytes == sum(p.stat().st_size for p in stored)
    assert [entry["kind"] for entry in store.register.entries()][-1] == "fixity check"


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_found(name: str, store: ArchiveStore) -> None:
    fault, code = FAULTS[name]
    fault(store)
    report = verify(store)
    assert code in {bad.code for bad in report.bad}, report.bad
    sound = "erecords:case:22.31-2026/000147" if name == "forged object" else "erecords:case:22.31-2026/000148"
    assert sound not in {bad.id for bad in report.bad}


def test_one_package_only(store: ArchiveStore) -> None:
    flip(content(store))
    assert verify(store, ["22.31-2026/000148"]).bad == ()
    assert [bad.code for bad in verify(store, ["22.31-2026/000147"]).bad] == ["content-damaged"]


def test_stopped_check_goes_on_where_it_ended(store: ArchiveStore) -> None:
    first, second = (holding.id for holding in store.holdings())
    assert due(store, 30) == (first, second)
    verify(store, [first])
    assert due(store, 30) == (second,)
    flip(content(store))
    verify(store, due(store, 0))
    clock = store.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(days=31))
    assert due(store, 30) == (first, second)
    assert [bad.code for bad in verify(store, due(store, 30)).bad] == ["content-damaged"]
    assert due(store, 30) == (first,)


def test_damaged_content_is_never_given_out(store: ArchiveStore, tmp_path: Path) -> None:
    from archive.access.export import ExportForm, export
    from archive.errors import ObjectDamaged

    flip(content(store))
    with pytest.raises(ObjectDamaged):
        export(store, "22.31-2026/000147", ExportForm.BAGIT, tmp_path / "out", actor="A")
    assert list((tmp_path / "out").iterdir()) == []


def test_cut_off_line_of_the_register_is_forgotten(store: ArchiveStore) -> None:
    with store.register.path.open("ab") as stream:
        stream.write(b'{"sequence": 99, "ki')
    assert store.register.verify() == ()
    entry = store.enter("note", {})
    assert entry["sequence"] == 4 and store.register.verify() == ()
    lines = store.register.path.read_bytes().splitlines()
    assert json.loads(lines[-1])["kind"] == "note"


def test_stopped_check_goes_on_with_what_is_left(store: ArchiveStore) -> None:
    def stop(done: int, total: int) -> None:
        if done == total - 1:
            raise KeyboardInterrupt

    names = {holding.id for holding in store.holdings()}
    with pytest.raises(KeyboardInterrupt):
        verify(store, due(store, 1), progress=stop)
    left = due(store, 1)
    assert len(left) == 1 and set(left) < names
    assert verify(store, left).checked == 1 and due(store, 1) == ()
