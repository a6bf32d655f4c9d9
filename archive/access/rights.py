"""Who may do what with the archive; the archivists keep it, the office that made records may still use its own."""

from __future__ import annotations

from collections.abc import Iterable

from archive.catalogue import Holding
from erecords.errors import NotFound, NotPermitted
from erecords.registry.access import Actor, Right

_CHECKERS = (Right.ARCHIVE, Right.MANAGE_RECORDS, Right.READ_LOG, Right.ADMINISTER)


def visible(actor: Actor, holdings: Iterable[Holding]) -> tuple[Holding, ...]:
    """The packages whose metadata the actor may see: all for the archive and who sees all, else those of own units."""
    if actor.may(Right.ARCHIVE) or actor.may(Right.SEE_ALL_METADATA):
        return tuple(holdings)
    return tuple(holding for holding in holdings if holding.unit in actor.units)


def require_visible(actor: Actor, holding: Holding) -> None:
    """Refuse a package that the actor may not see, as if there were none.

    Raises:
        NotFound: with the words for a package that does not exist.
    """
    if not visible(actor, (holding,)):
        raise NotFound(f"The archive holds no package {holding.reference!r}. See: erecords archive list")


def require_content(actor: Actor, holding: Holding) -> None:
    """Refuse content to all but archivists, the office that made the records, and who sees all content.

    Raises:
        NotFound: the package may not even be seen.
        NotPermitted: its content may not.
    """
    require_visible(actor, holding)
    allowed = actor.may(Right.ARCHIVE) or actor.may(Right.SEE_ALL_CONTENT) or holding.unit in actor.units
    if not allowed:
        raise NotPermitted(f"{actor.name} ({actor.id}) may not see the content of {holding.reference}.")


def require_check(actor: Actor) -> None:
    """Refuse a check of fixity to people who answer for neither archive, records, log nor system.

    Raises:
        NotPermitted: none of these rights is there.
    """
    if not any(actor.may(right) for right in _CHECKERS):
        actor.require(Right.ARCHIVE)
