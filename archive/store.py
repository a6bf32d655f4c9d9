"""The archive as a whole: storage root, register, catalogue and access log of one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from archive.catalogue import Catalogue, Holding
from archive.errors import NotAnArchive
from archive.metadata import model
from archive.ocfl import root
from archive.ocfl.inventory import Inventory
from archive.ocfl.layout import Layout
from archive.ocfl.object import parse_checked
from archive.package import Aip
from archive.ports import Storage
from archive.reading import formats_of, holding_of, read_aip
from archive.register import Register
from archive.settings import ArchiveSettings
from archive.storage.local import OWN_FOLDER, LocalStorage
from erecords.clock import Clock, instant_text
from erecords.errors import NotFound
from erecords.files import make_folder, write_atomic

_README = """This folder belongs to the program erecords and is no part of any OCFL object.

register/accessions.jsonl  every accession, version, erasure and fixity check, one JSON object a line. Each line holds
                           the hash of the line before ("previous") and its own ("hash"): SHA-256 over the JSON of the
                           line without "hash", keys sorted, no spaces, UTF-8.
register/access.jsonl      who was given what, chained in the same way.
evidence/                  time stamps (RFC 3161) and archive time stamps (RFC 4998) over the packages. They cannot
                           be made again: keep them with the objects.
catalogue.db               list and word index of the holding, made from the objects; it may be deleted.
staging/, locks/           work space; empty when nobody writes.
"""


@dataclass(frozen=True, slots=True)
class ArchiveStore:
    """An opened archive. Made by `open_archive` or `create_archive`."""

    root: Path
    storage: Storage
    layout: Layout
    settings: ArchiveSettings
    clock: Clock
    register: Register
    access_log: Register
    catalogue: Catalogue

    def folder(self, aip_id: str) -> str:
        """The object root of an id, relative to the storage root."""
        return self.layout.path(aip_id)

    def inventory(self, aip_id: str) -> tuple[Inventory, str] | None:
        """Inventory and its SHA-512 of an object, None when there is none.

        Raises:
            archive.errors.ObjectDamaged: the inventory is not what its sidecar says.
        """
        folder = self.folder(aip_id)
        if not self.storage.exists(f"{folder}/inventory.json"):
            return None
        return parse_checked(self.storage, folder)

    def knows(self, aip_id: str) -> bool:
        """Whether the list has a package of this id, or something lies where its object belongs."""
        return self.storage.exists(self.folder(aip_id)) or self.catalogue.has(aip_id)

    @contextmanager
    def lock(self, aip_id: str) -> Iterator[None]:
        """Hold the object's lock; what a stopped writer left behind is cleaned up first."""
        with self.storage.lock(aip_id):
            recover(self)
            yield

    def scratch(self) -> AbstractContextManager[Path]:
        """A folder for a moment's work; what a stopped process left there is removed at the next opening."""
        return LocalStorage(self.root).scratch()

    def open(self, aip_id: str, path: str) -> BinaryIO:
        """Open a file of the newest version by its logical path.

        Raises:
            NotFound: there is no such package or file.
        """
        found = self.inventory(aip_id)
        if found is None or path not in found[0].state:
            raise NotFound(f"The package {aip_id} holds no file {path}.")
        return self.storage.open(f"{self.folder(aip_id)}/{found[0].content_path(path)}")

    def holdings(self) -> tuple[Holding, ...]:
        """Every package, by reference; transactions after their case."""
        self._catch_up()
        return self.catalogue.all()

    def search(self, query: str) -> tuple[Holding, ...]:
        """Packages whose metadata hold all words."""
        self._catch_up()
        return self.catalogue.search(query)

    def find(self, name: str) -> Holding:
        """The package of an id or reference.

        Raises:
            NotFound: there is none, or the reference is not unique.
        """
        self._catch_up()
        found = self.catalogue.find(name)
        if found is None:
            raise NotFound(f"The archive holds no package {name!r}. See: erecords archive list")
        return found

    def parts(self, holding: Holding) -> tuple[Holding, ...]:
        """The packages of the transactions of a case, by reference; none when it is one package."""
        self._catch_up()
        return self.catalogue.parts(holding.reference)

    def package(self, name: str) -> Aip:
        """A package by id or reference, as its newest version stands.

        Raises:
            NotFound: there is none.
            archive.errors.ObjectDamaged: its inventory is not sound.
        """
        holding = self.find(name)
        found = self.inventory(holding.id)
        if found is None:
            raise NotFound(f"The object of {holding.id} is missing from the storage root. Run: erecords archive verify")
        return read_aip(self.storage, self.folder(holding.id), found[0])

    def enter(self, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Append to the register of accessions, with the time."""
        return self.register.append({"kind": kind, "at": instant_text(self.clock.now()), **values})

    def enlist(self, aip_id: str, sequence: int, found: tuple[Inventory, str] | None = None) -> None:
        """Bring the catalogue to what the object says; ``found`` is its inventory with digest, where it is known."""
        found = found or self.inventory(aip_id)
        if found is not None:
            aip = read_aip(self.storage, self.folder(aip_id), found[0])
            formats = formats_of(self.storage, self.folder(aip_id), found[0])
            self.catalogue.put(holding_of(aip, found[1]), aip.package, sequence, formats)

    def _catch_up(self) -> None:
        """Bring what a stop between register and catalogue left out."""
        position = self.catalogue.position()
        if self.register.last_sequence() <= position:
            return
        for entry in self.register.entries(position):
            if "aip" in entry:
                self.enlist(entry["aip"], entry["sequence"])
            else:
                self.catalogue.advance(entry["sequence"])


def recover(store: ArchiveStore) -> None:
    """Complete or drop what stopped writers left, and enter completed versions that the register does not know."""
    for folder in store.storage.recover():
        if folder.startswith(f"{OWN_FOLDER}/"):
            store.storage.settle(folder)
            continue
        inventory, digest = parse_checked(store.storage, folder)
        register_version(store, inventory, digest)
        store.storage.settle(folder)


def register_version(store: ArchiveStore, inventory: Inventory, inventory_sha512: str) -> None:
    """Enter the newest version of an object into register and catalogue, unless the register knows it."""
    for entry in store.register.entries():
        if entry.get("aip") == inventory.id and entry.get("inventory_sha512") == inventory_sha512:
            store.enlist(inventory.id, entry["sequence"], (inventory, inventory_sha512))
            return
    enter_version(store, inventory, inventory_sha512)


def enter_version(store: ArchiveStore, inventory: Inventory, inventory_sha512: str) -> None:
    """Enter a version that was just published, as ingestion or erasure, into register and catalogue."""
    entry = store.enter(kind_of(inventory), register_values(inventory, inventory_sha512))
    store.enlist(inventory.id, entry["sequence"], (inventory, inventory_sha512))


def kind_of(inventory: Inventory, name: str | None = None) -> str:
    """Kind of the register entry of a version: ``ingestion``, ``amendment`` (no new submission) or ``erasure``."""
    names = list(inventory.versions)
    number = names.index(name or inventory.head)
    state = inventory.versions[names[number]].state
    if model.STUB in state:
        return "erasure"
    before = inventory.versions[names[number - 1]].state.get(model.PACKAGE) if number else None
    return "amendment" if before and before == state.get(model.PACKAGE) else "ingestion"


def register_values(inventory: Inventory, inventory_sha512: str, name: str | None = None) -> dict[str, Any]:
    """What the register says of a version of an object, by default the newest."""
    name = name or inventory.head
    version = inventory.versions[name]
    return {
        "aip": inventory.id,
        "version": name,
        "created": version.created,
        "agent": version.user_name,
        "message": version.message,
        "inventory_sha512": inventory_sha512,
        "sip_digest": version.state.get(model.PACKAGE, ""),
        "files": len(version.state),
    }


def create_archive(root_path: Path, settings: ArchiveSettings, clock: Clock) -> ArchiveStore:
    """Make a folder an OCFL storage root, or open the one that is there.

    Raises:
        NotAnArchive: the folder holds something else.
    """
    if not (root_path / root.DECLARATION).exists():
        layout = Layout(settings.layout)
        strange = _strange(root_path, layout)
        if strange:
            raise NotAnArchive(f"{root_path} is no archive and not empty ({strange}). Nothing was changed.")
        make_folder(root_path / OWN_FOLDER)
        write_atomic(root_path / OWN_FOLDER / "README.txt", _README.encode())
        for name, data in root.root_files(layout).items():
            make_folder((root_path / name).parent)
            write_atomic(root_path / name, data)
    return open_archive(root_path, settings, clock)


def _strange(folder: Path, layout: Layout) -> str:
    known = {"extensions", *root.root_files(layout)}
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return ", ".join(name for name in names if name not in known and not name.endswith(".tmp"))


def open_archive(root_path: Path, settings: ArchiveSettings, clock: Clock) -> ArchiveStore:
    """Open the storage root in a folder and clean up after stopped writers.

    Raises:
        NotAnArchive: it is none, or of a layout or version that this program does not know.
    """
    storage = LocalStorage(root_path)
    layout = root.read_layout(storage)
    own = make_folder(root_path / OWN_FOLDER)
    store = ArchiveStore(
        root=root_path,
        storage=storage,
        layout=layout,
        settings=settings,
        clock=clock,
        register=Register(own / "register" / "accessions.jsonl"),
        access_log=Register(own / "register" / "access.jsonl"),
        catalogue=Catalogue(own / "catalogue.db"),
    )
    recover(store)
    return store


def in_home(home: Path, settings: ArchiveSettings, clock: Clock) -> ArchiveStore:
    """The archive of a home, made when it is not there yet; errors as in `create_archive`."""
    return create_archive(home / "archive", settings, clock)
