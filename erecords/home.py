"""The home: making one, opening one, and refusing one that this program does not understand."""

from __future__ import annotations

import logging
import os
import shutil
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erecords import config
from erecords.clock import SystemClock
from erecords.config import CitySettings, DatabaseSettings
from erecords.errors import Conflict, InputRefused, StoreDamaged
from erecords.files import fsync_file, make_folder, remove_folder, write_atomic
from erecords.office import Assembly, Office
from erecords.registry import access
from erecords.store import ledger, migrations
from erecords.store.backup import FOLDERS
from erecords.store.blobs import BlobStore
from erecords.store.db import connect
from erecords.store.uow import UnitOfWork

if TYPE_CHECKING:
    from erecords.config import Settings

_log = logging.getLogger(__name__)


def open_home(home: Path, actor_id: str, assembly: Assembly) -> Office:
    """Open a home as a person of its staff list.

    Raises:
        NotAHome: it is none, or a newer program made it.
        StoreDamaged: its database is missing.
        ConfigurationError: a setting is wrong.
        Conflict: its database waits for ``erecords db upgrade``.
        LedgerRefused: its ledger is damaged or belongs to another home.
        NotPermitted: the person is not in the staff list.
    """
    office = _existing(home, assembly)
    migrations.require_current(office.engine, home)
    follow_ledger(office)
    with office.read() as session:
        office.actor = access.actor(session, actor_id, office.clock.today())
    return office


@contextmanager
def new_home(home: Path, assembly: Assembly, values: Mapping[str, Mapping[str, Any]]) -> Iterator[Office]:
    """Make a new home (folders, ``erecords.toml`` with comments, database) and fill it within the block.

    The machine is its actor. All or nothing: when the block fails, no home stays.

    Raises:
        Conflict: the folder holds something already.
        InputRefused: the folder lies in the program or the program lies in it.
    """
    _refuse_code_folder(home)
    if home.exists() and not home.is_dir():
        raise Conflict(f"{home} is a file; nothing was changed. Choose a new folder for the home.")
    if home.is_dir() and any(home.iterdir()):
        raise Conflict(f"{home} is not empty; nothing was changed. Choose a new folder for the home.")
    try:
        office = _lay_out(home, assembly, values)
        try:
            yield office
        finally:
            office.engine.dispose()
    except BaseException:
        remove_folder(home)
        raise


def _lay_out(home: Path, assembly: Assembly, values: Mapping[str, Mapping[str, Any]]) -> Office:
    make_folder(home)
    home.chmod(0o750)
    for name in FOLDERS:
        make_folder(home / name)
    kinds = assembly.section_types()
    write_atomic(home / config.FILE_NAME, config.template(kinds, values).encode())
    office = _assemble(home, config.load(home, kinds), assembly, access.machine("init", frozenset()))
    migrations.upgrade(office.engine)
    for part in office.parts:
        if part.prepare_home:
            part.prepare_home(home)
    return office


def _existing(home: Path, assembly: Assembly) -> Office:
    """An office of a home that is there with its database, which no opening may make anew."""
    office = _assemble(home, config.load(home, assembly.section_types()), assembly, None)
    url = office.engine.url
    if office.engine.dialect.name == "sqlite" and not Path(url.database or "").is_file():
        raise StoreDamaged(
            f"The database {url.database} is missing. Nothing was changed; put it back, or restore a backup into a "
            "new folder: erecords db restore"
        )
    return office


def _assemble(home: Path, settings: Settings, assembly: Assembly, actor: access.Actor | None) -> Office:
    city = settings.section(CitySettings)
    return Office(
        home=home,
        settings=settings,
        engine=connect(settings.section(DatabaseSettings).url, home),
        blobs=BlobStore(home / "store"),
        clock=SystemClock(city.time_zone),
        actor=actor or access.machine("open", frozenset()),
        assembly=assembly,
    )


def _refuse_code_folder(home: Path) -> None:
    code = Path(__file__).resolve().parent
    libraries = Path(sysconfig.get_path("purelib")).resolve()
    place = Path(os.path.abspath(home)).resolve()  # noqa: PTH100 - the folder need not exist yet
    for folder in (code, libraries):
        if place.is_relative_to(folder) or folder.is_relative_to(place):
            raise InputRefused(f"{home} holds or lies in program code; choose a folder of its own for the records.")


def upgrade(home: Path, assembly: Assembly) -> tuple[str | None, str | None]:
    """Bring the database of a home to this program's revision; returns the revisions before and after.

    Raises:
        NotAHome: it is newer than this program.
    """
    office = _existing(home, assembly)
    before = migrations.current(office.engine)
    migrations.refuse_unknown(before, home)
    migrations.upgrade(office.engine)
    after = migrations.current(office.engine)
    office.engine.dispose()
    return before, after


def after_restore(home: Path, assembly: Assembly, ledger_folder: Path | None) -> list[str]:
    """Take over what came after the backup, from the ledger of the home that was, and build the index anew.

    Args:
        home: the restored home.
        assembly: the packages of the program.
        ledger_folder: the folder ``ledger`` of the home that was backed up, or its copy; None when there is none.

    Returns:
        What could not be taken over, each a sentence.

    Raises:
        LedgerRefused: the ledger is damaged or belongs to another home.
    """
    office = _existing(home, assembly)
    try:
        migrations.require_current(office.engine, home)
        for source in sorted(ledger_folder.iterdir()) if ledger_folder else ():
            if source.is_file() and not source.is_symlink():
                shutil.copyfile(source, make_folder(home / ledger.FOLDER) / source.name)
                fsync_file(home / ledger.FOLDER / source.name)
        found = follow_ledger(office)
        office.rebuild_index()
        return found
    finally:
        office.engine.dispose()


def follow_ledger(office: Office) -> list[str]:
    """Bring database and ledger to the same state: replay what a restored database lacks, write what waits.

    Returns:
        What could not be taken over; it is in the log and comes up again in ``erecords check``.

    Raises:
        LedgerRefused: the ledger is damaged or belongs to another home.
    """
    if not ledger.behind(office.engine, office.home):
        return []
    with office.read() as session:
        lines, waited = ledger.unknown(session, office.home), ledger.last_waiting(session)
    if not lines:
        office.refresh_ledger()
        return []
    with office.disposal():
        found = [text for part in office.parts if part.replay for text in part.replay(office, lines)]
        with UnitOfWork(office.engine, office.clock, "system:ledger") as work:
            ledger.caught_up(work, office.home, waited)
            work.log("ledger.replay", "home:", lines=len(lines), findings=found)
    office.refresh_ledger()
    office.refresh_index()
    for text in found:
        _log.warning("%s", text)
    return found
