"""Giving out packages: as a bag, as an E-ARK AIP, or as a DIP for a reader; each access is logged."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from archive.access import bag
from archive.access.closure import Closure, closure
from archive.access.copying import copy_checked, new_folder, write_new
from archive.access.dip_page import dip_page
from archive.errors import Closed, Erased
from archive.formats.normalisation import normalised_name
from archive.metadata import model
from archive.package import Aip, AipFile, Dip, FileRole, Rights
from archive.program import program
from archive.store import ArchiveStore
from erecords.clock import instant_text
from erecords.digest import sha512_bytes
from erecords.errors import NotFound
from erecords.files import safe_name


class ExportForm(StrEnum):
    """What a package is given out as."""

    BAGIT = "bagit"
    EARK = "eark"
    DIP = "dip"


def export(
    store: ArchiveStore,
    name: str,
    form: ExportForm,
    to: Path,
    *,
    actor: str,
    reader: str = "",
    shortened_because: str = "",
    roles: Sequence[FileRole] = (),
) -> Dip:
    """Give out the newest version of a package in a new folder inside ``to``.

    Args:
        store: the archive.
        name: AIP id or reference.
        form: ``bagit`` and ``eark`` hold the whole package, ``dip`` the renditions for reading (the original where
            there is none) with an index page and a manifest.
        to: folder that gets the new folder.
        actor: who does it.
        reader: for whom; empty means official use by the archive or the office that made the records. Only for a
            reader the closure period counts (SächsArchivG § 10).
        shortened_because: why the closure period is shortened for this reader.
        roles: of a ``dip``, the renditions wanted; none names the PDF/A of each document, the original where there is
            no PDF/A.

    Raises:
        Closed: the package is closed to readers and no reason to shorten was given.
        Erased: only the stub is left.
        archive.errors.ObjectDamaged: stored bytes are damaged; nothing was given out.
        erecords.errors.Conflict: the target folder exists.
        erecords.errors.NotFound: there is no such package.
    """
    aip = store.package(name)
    if aip.erased:
        raise Erased(f"{aip.id} was erased by order; only its stub is left: erecords archive show {aip.id}")
    if reader and not shortened_because.strip():
        require_open(aip, store.clock.today())
    target = to / safe_name(f"{aip.reference.replace('/', '_')}_{aip.version}_{form.value}")
    with new_folder(target) as work:
        files, size = _write(store, aip, work, form, roles)
        store.access_log.append(
            {
                "kind": "access",
                "at": instant_text(store.clock.now()),
                "aip": aip.id,
                "version": aip.version,
                "form": form.value,
                **({"renditions": [role.value for role in roles]} if roles else {}),
                "actor": actor,
                "reader": reader,
                "shortened_because": shortened_because,
                "files": files,
                "bytes": size,
            }
        )
    return Dip(aip.id, aip.version, target, form.value, files, size)


def closure_of(package: Mapping[str, Any]) -> Closure:
    """The closure period of a package from its ``package.json``."""
    rights = package.get("rights") or {}
    return closure(
        Rights(
            str(rights.get("protection", "")),
            bool(rights.get("secrecy")),
            bool(rights.get("personal")),
            _date(rights.get("born")),
            _date(rights.get("died")),
        ),
        _date(package.get("closed")),
    )


def _date(value: Any) -> date | None:
    return date.fromisoformat(value) if value else None


def require_open(aip: Aip, on: date) -> None:
    """Refuse a package whose closure period has not ended.

    Raises:
        Closed: readers may not see it on that day.
    """
    found = closure_of(aip.package)
    if found.is_closed(on):
        raise Closed(
            f"{aip.reference} is closed to readers until {found.until or 'a date is known'} ({found.reason}). "
            "Nothing was given out; to shorten the period give a reason."
        )


def _copy(store: ArchiveStore, aip: Aip, work: Path, files: Iterable[tuple[str, AipFile]]) -> int:
    found = store.inventory(aip.id)
    if found is None:
        raise FileNotFoundError(store.folder(aip.id))
    inventory, folder, size = found[0], store.folder(aip.id), 0
    for name, file in files:
        with store.storage.open(f"{folder}/{inventory.content_path(file.path)}") as source:
            size += copy_checked(source, work / name, file.sha512, f"{file.path} of {aip.id}")
    return size


def _bagit(store: ArchiveStore, aip: Aip, work: Path) -> tuple[int, int]:
    named = [(f"data/{file.path}", file) for file in aip.files]
    size = _copy(store, aip, work, named)
    info = {
        "Source-Organization": str(aip.package.get("origin", "")),
        "External-Identifier": aip.id,
        "External-Description": f"{aip.reference} {aip.title}",
        "Bagging-Date": store.clock.today().isoformat(),
        "Bag-Software-Agent": program(),
    }
    bag.write_tags(work, {name: file.sha512 for name, file in named}, size, info)
    return len(named), size


def _eark(store: ArchiveStore, aip: Aip, work: Path) -> tuple[int, int]:
    size = _copy(store, aip, work, [(file.path, file) for file in aip.files])
    return len(aip.files), size


def _dip(store: ArchiveStore, aip: Aip, work: Path, roles: Sequence[FileRole]) -> tuple[int, int]:
    by_path = {file.path: file for file in aip.files}
    wanted = with_roles(aip, roles) if roles else chosen_for_reading(aip.package, by_path)
    chosen = {name: by_path[path] for name, path in wanted if path in by_path}
    if not chosen and not aip.package.get("parts"):
        raise NotFound(f"{aip.reference} holds no {' or '.join(roles) or 'file'}; nothing was given out.")
    chosen |= {"dc.xml": by_path[model.DUBLIN_CORE]} if model.DUBLIN_CORE in by_path else {}
    size = _copy(store, aip, work, chosen.items())
    page = dip_page(aip, [name for name in chosen if name != "dc.xml"])
    write_new(work / "index.html", page)
    digests = {name: file.sha512 for name, file in chosen.items()} | {"index.html": sha512_bytes(page)}
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    write_new(work / "manifest-sha512.txt", lines.encode())
    return len(chosen), size


def with_roles(aip: Aip, roles: Sequence[FileRole]) -> list[tuple[str, str]]:
    """Name in the DIP and path in the package of all files of these roles, those that the archive made included."""
    chosen = []
    for file in aip.package.get("files", []):
        role = FileRole(file["role"])
        if role in roles:
            chosen.append((file["name"], model.place_of(role, file["name"])))
    if FileRole.PDFA in roles:
        data = f"{model.RENDITIONS}/data/"
        chosen += [(f.path.removeprefix(data), f.path) for f in aip.files if model.is_normalised(f.path)]
    return chosen


def chosen_for_reading(package: Mapping[str, Any], stored: Container[str] = ()) -> list[tuple[str, str]]:
    """Name in the DIP and path in the package of the files a reader gets: per document PDF/A, else the originals.

    Args:
        package: ``package.json``.
        stored: all paths of the package, for the renditions that the archive made of originals.
    """
    files = package.get("files", [])
    with_rendition = {file["document"] for file in files if file["role"] == FileRole.PDFA and file["document"]}
    chosen = []
    for file in files:
        wanted = file["role"] == FileRole.PDFA or (
            file["role"] == FileRole.ORIGINAL and file["document"] not in with_rendition
        )
        if wanted:
            base = model.ORIGINALS if file["role"] == FileRole.ORIGINAL else model.RENDITIONS
            name, path = file["name"], f"{base}/data/{file['name']}"
            made = f"{model.RENDITIONS}/data/{normalised_name(name)}"
            chosen.append((f"{name}.pdf", made) if made in stored else (name, path))
    return chosen


def _write(store: ArchiveStore, aip: Aip, work: Path, form: ExportForm, roles: Sequence[FileRole]) -> tuple[int, int]:
    match form:
        case ExportForm.BAGIT:
            return _bagit(store, aip, work)
        case ExportForm.EARK:
            return _eark(store, aip, work)
        case ExportForm.DIP:
            return _dip(store, aip, work, roles)
