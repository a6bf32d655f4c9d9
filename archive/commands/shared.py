"""What several commands of the archive need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive.keeping.fixity import Bad
    from archive.store import ArchiveStore
    from erecords.invocation import Invocation


def opened(run: Invocation) -> ArchiveStore:
    """The archive of the home."""
    from archive.settings import ArchiveSettings
    from archive.store import in_home

    office = run.office()
    return in_home(office.home, office.settings.section(ArchiveSettings), office.clock)


def require_keeper(run: Invocation) -> None:
    """Refuse people who neither keep the archive nor run the system.

    Raises:
        NotPermitted: neither right is there.
    """
    from erecords.registry.access import Right

    actor = run.office().actor
    if not actor.may(Right.ADMINISTER):
        actor.require(Right.ARCHIVE)


def require_places(store: ArchiveStore) -> None:
    """Refuse what needs places for copies when none is set.

    Raises:
        ConfigurationError: the setting is empty.
    """
    from erecords.errors import ConfigurationError

    if not store.settings.copies:
        raise ConfigurationError("No place for copies is set; name them in [archive] copies of erecords.toml.")


def bad_rows(bad: tuple[Bad, ...]) -> list[dict[str, Any]]:
    """Findings as rows."""
    return [{"id": item.id, "code": item.code, "message": item.message} for item in bad]
