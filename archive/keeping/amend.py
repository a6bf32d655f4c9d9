"""Changes of an archived package between submissions, collected and written as one version.

What may change: formats (after an update of the signatures), events, and files added below ``metadata/other``. What was
handed over stays as it is; PREMIS, METS, the page and the manifest are written anew, once for all changes together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from archive.access.closure import closure
from archive.describing import REWRITTEN, describe
from archive.errors import Erased, PackageRefused
from archive.formats.identification import UNKNOWN, Format
from archive.metadata import model
from archive.metadata.model import Content, PackageView, StoredFile
from archive.metadata.premis_reading import Premis, PremisFile, read_premis
from archive.ocfl.inventory import Inventory
from archive.ocfl.object import VersionInfo, VersionWriter
from archive.package import FileRole, SipEvent, SipFile
from archive.program import program
from archive.reading import content_sizes, read_aip, sip_of
from archive.sip_check import unsafe
from archive.store import ArchiveStore, enter_version
from erecords.clock import Clock, instant_text
from erecords.digest import sha512_bytes
from erecords.errors import NotFound

_SECTIONS = {model.PACKAGE: "application/json", model.DUBLIN_CORE: "application/xml", model.AUDIT: "text/plain"}


class Amendment:
    """Changes to one package; nothing is written before the block of `amending` ends."""

    def __init__(self, premis: Premis, paths: Mapping[str, str]) -> None:
        self.premis = premis
        """What the package says of its files and events so far."""
        self._paths = paths
        self.added: dict[str, tuple[bytes, str]] = {}
        self.events: list[SipEvent] = []
        self.formats: dict[str, Format] = {}

    def put(self, name: str, data: bytes, mime: str) -> None:
        """Add a file below ``metadata/other``.

        Raises:
            PackageRefused: the name is unsafe or taken.
        """
        reason = unsafe(name)
        path = f"{model.OTHER}/{name}"
        if reason or path in self._paths or path in self.added:
            raise PackageRefused(f"The name {name!r} {reason or 'is taken'}; the package was not changed.")
        self.added[path] = (data, mime)

    def event(self, event: SipEvent) -> None:
        """Add an event to PREMIS."""
        self.events.append(event)

    def set_format(self, path: str, known: Format) -> None:
        """Correct the format of a file of the package."""
        self.formats[path] = known


@contextmanager
def amending(store: ArchiveStore, name: str, clock: Clock, *, agent: str, message: str) -> Iterator[Amendment]:
    """Collect changes of a package; when the block ends they are its next version, all in one. No change, no version.

    Stopped anywhere, the archive holds the whole new version or none.

    Raises:
        NotFound: there is no such package.
        archive.errors.Erased: only its stub is left.
        archive.errors.ObjectDamaged: the object is damaged, or was written back wrong; nothing was published.
    """
    aip_id = store.find(name).id
    with store.lock(aip_id):
        found = store.inventory(aip_id)
        if found is None:
            raise NotFound(f"The object of {aip_id} is missing from the storage root. Run: erecords archive verify")
        inventory = found[0]
        if model.STUB in inventory.state:
            raise Erased(f"{aip_id} was erased by order; nothing can be added to it.")
        with store.storage.open(f"{store.folder(aip_id)}/{inventory.content_path(model.PREMIS)}") as stream:
            amendment = Amendment(read_premis(stream), inventory.state)
        yield amendment
        if amendment.added or amendment.events or amendment.formats:
            _write(store, inventory, amendment, instant_text(clock.now()), agent, message)


def _write(store: ArchiveStore, base: Inventory, change: Amendment, now: str, agent: str, message: str) -> None:
    folder = store.folder(base.id)
    with store.storage.stage(folder) as stage:
        writer = VersionWriter(stage, base.id, base, store.settings.fixity_block)
        for path in base.state:
            if path not in REWRITTEN:
                writer.keep(path)
        for path, (data, _) in change.added.items():
            with writer.create(path) as stream:
                stream.write(data)
        describe(writer, _view(store, base, change, now, writer), _sections(store, base))
        written = writer.seal(VersionInfo(now, message, agent, store.settings.address))
        writer.publish()
        enter_version(store, written.inventory, written.inventory_sha512)
        stage.finish()


def _view(store: ArchiveStore, base: Inventory, change: Amendment, now: str, writer: VersionWriter) -> PackageView:
    aip = read_aip(store.storage, store.folder(base.id), base)
    sip = sip_of(aip.package)
    package = sip.package_bytes()
    given = {model.place(file): file for file in sip.files}
    contents = [
        Content(
            given.get(file.path) or _made(file, given.get(file.source)),
            change.formats.get(file.path) or _format(file),
            file.source,
        )
        for file in change.premis.files
    ]
    for path, (data, mime) in change.added.items():
        name = path.removeprefix(f"{model.OTHER}/")
        added = SipFile(Path(path), name, writer.digest(path), len(data), mime, FileRole.METADATA, None, "")
        contents.append(Content(added, change.formats.get(path) or Format(UNKNOWN, "", "", mime, "")))
    return PackageView(
        aip_id=base.id,
        version=writer.version,
        created=now,
        first=next(iter(base.versions.values())).created,
        sip=sip,
        contents=tuple(contents),
        events=(*change.premis.events, *change.events),
        closure=closure(sip.rights, sip.closed),
        package=package,
        sip_digest=sha512_bytes(package),
        program=program(),
        identifier=replace(change.premis, events=(*change.premis.events, *change.events)).tool,
    )


def _made(file: PremisFile, source: SipFile | None) -> SipFile:
    """A file that no submission named: a rendition that the archive made of ``source``, or one added later."""
    path = Path(file.path)
    if model.is_normalised(file.path):
        name = str(path.relative_to(f"{model.RENDITIONS}/data"))
        document = source.document if source else None
        return SipFile(path, name, file.sha512, file.bytes, "application/pdf", FileRole.PDFA, document, "")
    name = str(path.relative_to(model.OTHER))
    return SipFile(path, name, file.sha512, file.bytes, "", FileRole.METADATA, None, file.original_name)


def _format(file: PremisFile) -> Format:
    return Format(file.puid, file.format_name, file.format_version, "", file.basis)


def _sections(store: ArchiveStore, base: Inventory) -> list[StoredFile]:
    sizes = content_sizes(store.storage, store.folder(base.id))
    return [
        StoredFile(path, base.state[path], sizes[base.content_path(path)], mime)
        for path, mime in _SECTIONS.items()
        if path in base.state
    ]
