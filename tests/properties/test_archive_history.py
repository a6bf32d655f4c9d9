"""Random histories of packages, damage, copies, repairs and erasures against a model: nothing is lost, nothing stays.

The model knows which versions of a package were taken over and which stored files are harmed, here and in the place
for copies. After each step the archive has to say just that.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from archive.errors import Erased, ObjectDamaged
from archive.ingest import ingest
from archive.keeping.copies import compare, repair_from_any, replicate_all
from archive.keeping.erase import erase
from archive.keeping.fixity import verify
from archive.keeping.places import open_place
from archive.keeping.rebuild import rebuild
from archive.package import FileRole, Sip
from archive.settings import ArchiveSettings
from archive.store import create_archive
from erecords.errors import NotFound
from tests.archive.samples import sample_sip, sip_file
from tests.fakes import FixedClock

NAMES = ("22.31-2026/000001", "22.31-2026/000002")
HARMS = ("flip", "cut", "remove", "stray", "inventory", "object")
SOUND, CONTENT, HIDDEN = "sound", "content", "hidden"
"""Of an object: whole; harmed in a file of its first version; its inventory gone or forged."""


@dataclass
class Known:
    """What the model knows of a package."""

    versions: int = 0
    erased: bool = False
    here: str = SOUND
    copied: int = 0
    """Versions that the place has; the stub counts as one more than there were."""
    there: str = SOUND

    @property
    def latest(self) -> int:
        return self.versions + self.erased


class World:
    """An archive with one place for copies, and the model of both."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.place = folder, folder / "copies"
        self.known = {name: Known() for name in NAMES}
        self.opened()

    def opened(self) -> None:
        self.store = create_archive(self.folder / "archive", ArchiveSettings(copies=[str(self.place)]), FixedClock())

    def sip(self, name: str, versions: int) -> Sip:
        """The submission that makes so many versions of a package: each brings a file with words of its own."""
        sip = sample_sip(self.folder / "src", name, extra=name.encode())
        more = [
            sip_file(self.folder / "src", f"documents/D-000012/{n}.txt", f"{name} Fassung {n}".encode(),
                     FileRole.ORIGINAL, "D-000012", "text/plain") for n in range(2, versions + 1)
        ]  # fmt: skip
        return replace(sip, files=(*sip.files, *more))

    def id_of(self, name: str) -> str:
        return self.sip(name, 1).aip_id

    def object(self, name: str, root: Path) -> Path:
        return root / self.store.folder(self.id_of(name))

    def take(self, name: str, _: str) -> None:
        known = self.known[name]
        try:
            receipt = ingest(self.store, self.sip(name, known.versions + 1), FixedClock(), agent="A")
        except Erased:
            assert known.erased and known.here != HIDDEN
        except ObjectDamaged:
            assert known.here == HIDDEN
        else:
            known.versions += 1
            assert receipt.version == f"v{known.versions}" and known.here != HIDDEN and not known.erased

    def harm(self, name: str, how: str) -> None:
        known = self.known[name]
        if known.latest and known.here == SOUND:
            known.here = _harm(self.object(name, self.store.root), how)

    def harm_copy(self, name: str, how: str) -> None:
        known = self.known[name]
        if known.copied and known.there == SOUND:
            known.there = _harm(self.object(name, self.place), how)
            known.copied = 0 if known.there == HIDDEN else known.copied

    def replicate(self, name: str, how: str) -> None:
        (done,) = replicate_all(self.store)
        failed = {what for what, _ in done.failed}
        assert failed <= {self.id_of(name) for name in NAMES}
        for name, known in self.known.items():
            if not known.latest or known.copied == known.latest:
                continue
            whole = known.erased or not known.copied
            if known.here == HIDDEN or (whole and known.here == CONTENT and not self._stray(name)):
                assert self.id_of(name) in failed
            else:
                assert self.id_of(name) not in failed
                known.copied = known.latest
                known.there = SOUND if whole else known.there

    def _stray(self, name: str) -> bool:
        return bool(list(self.object(name, self.store.root).rglob("stray.bin")))

    def repair(self, name: str, how: str) -> None:
        known = self.known[name]
        try:
            repair_from_any(self.store, self.id_of(name))
        except NotFound:
            assert not known.latest
        except ObjectDamaged:
            assert known.copied < known.latest or known.there != SOUND
        else:
            assert known.copied == known.latest and known.there == SOUND
            known.here = SOUND

    def erase(self, name: str, how: str) -> None:
        known = self.known[name]
        if not known.versions or known.here == HIDDEN:
            return
        left = erase(self.store, self.id_of(name), FixedClock(), agent="R", order="1", reason="x").open
        assert left == (), "the place is there, so it follows"
        if not known.erased:
            known.erased, known.here = True, SOUND
        if known.copied != known.latest:
            known.copied, known.there = known.latest, SOUND

    def reopen(self, name: str, how: str) -> None:
        self.opened()

    def rebuild(self, name: str, how: str) -> None:
        if all(known.here != HIDDEN for known in self.known.values()):
            assert rebuild(self.store).bad == ()

    def look(self) -> None:
        expected = {self.id_of(name) for name, known in self.known.items() if known.here != SOUND}
        assert {bad.id for bad in verify(self.store).bad if bad.id != "root"} == expected
        listed = {item.reference: (item.versions, item.erased) for item in self.store.holdings()}
        assert listed == {n: (1 if k.erased else k.versions, k.erased) for n, k in self.known.items() if k.latest}
        assert self.store.register.verify() == ()
        for name, known in self.known.items():
            roots = [self.store.root] + ([self.place] if known.copied == known.latest else [])
            texts = [path.read_bytes() for root in roots for path in self.object(name, root).rglob("*.txt")]
            assert not known.erased or texts == [], "nothing of an erased package stays"
        if self.place.exists():
            current = [self.id_of(name) for name, known in self.known.items() if 0 < known.copied == known.latest]
            found = compare(self.store, open_place(self.store, self.place), "copies", current)
            assert {bad.id for bad in found.bad} == {
                self.id_of(n) for n, k in self.known.items() if self.id_of(n) in current and k.there != SOUND
            }


def _harm(folder: Path, how: str) -> str:
    """Harm an object, always in its first version, and say which kind of harm that is."""
    file = next(path for path in sorted((folder / "v1/content").rglob("*")) if path.is_file())
    data = file.read_bytes()
    match how:
        case "flip":
            file.write_bytes(bytes([data[0] ^ 1]) + data[1:])
        case "cut":
            file.write_bytes(data[:-1])
        case "remove":
            file.unlink()
        case "stray":
            (folder / "v1/content/stray.bin").write_text("stray")
        case "inventory":
            (folder / "inventory.json").write_text("{}")
        case "object":
            shutil.rmtree(folder)
    return HIDDEN if how in {"inventory", "object"} else CONTENT


STEPS = ("take", "take", "harm", "harm_copy", "replicate", "replicate", "repair", "erase", "reopen", "rebuild")
step = st.tuples(st.sampled_from(STEPS), st.sampled_from(NAMES), st.sampled_from(HARMS))
ONE, TWO = NAMES


LOST = [("take", ONE, ""), ("replicate", ONE, ""), ("harm", ONE, "object"), ("take", ONE, ""), ("repair", ONE, "")]
LATE = [
    ("take", ONE, ""), ("replicate", ONE, ""), ("harm", ONE, "flip"), ("take", ONE, ""), ("repair", ONE, ""),
    ("replicate", ONE, ""), ("repair", ONE, ""), ("harm_copy", ONE, "remove"), ("erase", ONE, ""),
]  # fmt: skip
GONE = [("take", TWO, ""), ("replicate", TWO, ""), ("harm", TWO, "object"), ("take", ONE, ""), ("replicate", ONE, "")]
STRAY = [
    ("take", TWO, ""), ("harm", TWO, "stray"), ("replicate", TWO, ""), ("repair", TWO, ""), ("erase", TWO, ""),
    ("harm_copy", TWO, "object"), ("replicate", TWO, ""), ("take", TWO, ""), ("rebuild", TWO, ""),
]  # fmt: skip


@settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)
@example(steps=LOST)
@example(steps=LATE)
@example(steps=STRAY)
@example(steps=GONE)
@given(steps=st.lists(step, min_size=4, max_size=9))
def test_what_the_archive_says_is_what_happened(steps: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        for what, name, how in steps:
            getattr(world, what)(name, how)
            world.look()
