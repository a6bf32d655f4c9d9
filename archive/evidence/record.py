"""Evidence records (RFC 4998): put together from archive time stamps, and verified with nothing but certificates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.errors import EvidenceBroken
from archive.evidence.hashtree import climb, digest
from archive.evidence.structures import ArchiveTimeStamp, der_sequence, read_record, record_der, token_info
from archive.evidence.timestamp import Stamp, Trust

Chains = Sequence[Sequence[ArchiveTimeStamp]]
Digests = Callable[[str], frozenset[bytes]]
"""Digests of all data objects of a group, by the name of the algorithm."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a good evidence record proves."""

    since: datetime
    """The data objects existed, as they are, at this instant."""
    authority: str
    chains: int
    time_stamps: int
    until: datetime
    """Before this instant the record must be renewed."""


def sequence_bytes(chains: Chains) -> bytes:
    """DER of an ``ArchiveTimeStampSequence``: over it the hash ``ha(i)`` of a renewal of the hash tree goes (5.2)."""
    return der_sequence(der_sequence(stamp.der for stamp in chain) for chain in chains)


def record_bytes(chains: Chains) -> bytes:
    """DER of an evidence record, version 1, over plain data (section 3.1)."""
    return record_der(dict.fromkeys(chain[0].algorithm for chain in chains), sequence_bytes(chains))


def verify_record(record: bytes, digests: Digests, trust: Trust, now: datetime) -> Proof:
    """Verify a record over a data object group (sections 4.3 and 5.3).

    Args:
        record: DER of the evidence record.
        digests: of the data objects as they are now; all of the group and no other.
        trust: certificates of the authorities.
        now: the instant at which the last time stamp must still be good.

    Raises:
        EvidenceBroken: the record does not prove that these data objects existed; the message says where it fails.
    """
    chains = read_record(record)
    stamps: list[Stamp] = []
    for number, chain in enumerate(chains):
        algorithm = chain[0].algorithm
        objects = digests(algorithm)
        if number:
            older = digest(algorithm, sequence_bytes(chains[:number]))
            objects = frozenset(digest(algorithm, item + older) for item in objects)
        stamps += _verify_chain(chain, algorithm, objects, trust, f"chain {number + 1}")
    _verify_order(stamps, now)
    count = sum(len(chain) for chain in chains)
    return Proof(stamps[0].at, stamps[0].authority, len(chains), count, stamps[-1].until)


def _verify_chain(
    chain: Sequence[ArchiveTimeStamp], algorithm: str, objects: frozenset[bytes], trust: Trust, where: str
) -> list[Stamp]:
    found = []
    for number, stamp in enumerate(chain, 1):
        place = f"{where}, time stamp {number}"
        if stamp.algorithm != algorithm:
            raise EvidenceBroken(f"{place}: a chain has one digest algorithm (section 5.1).")
        found.append(_verify_stamp(stamp, algorithm, objects, trust, place))
        objects = frozenset({digest(algorithm, stamp.token)})
    return found


def _verify_stamp(
    stamp: ArchiveTimeStamp, algorithm: str, objects: frozenset[bytes], trust: Trust, place: str
) -> Stamp:
    lists = stamp.lists
    first = set(lists[0]) if lists else set(objects)
    if len(objects) > 1 and not lists:
        raise EvidenceBroken(f"{place}: several data objects need a reduced hash tree.")
    if not objects or not objects <= first:
        raise EvidenceBroken(f"{place}: {len(objects - first) or 'all'} data objects are not those of the record.")
    if len(objects) > 1 and objects != first:
        raise EvidenceBroken(f"{place}: {len(first - objects)} data objects of the record are missing.")
    root = climb(algorithm, lists) if lists else next(iter(objects))
    try:
        return trust.check(stamp.token, algorithm, root)
    except EvidenceBroken as error:
        raise EvidenceBroken(f"{place}: {error}") from error


def _verify_order(stamps: Sequence[Stamp], now: datetime) -> None:
    """Each time stamp was renewed while its certificate was good, the last is good now (section 5.3)."""
    for number, (stamp, following) in enumerate(zip(stamps, [*(s.at for s in stamps[1:]), now], strict=True), 1):
        if following < stamp.at - timedelta(minutes=5):
            raise EvidenceBroken(f"Time stamp {number} is younger than what follows it.")
        if following > stamp.until:
            raise EvidenceBroken(f"Time stamp {number} ran out on {stamp.until:%Y-%m-%d} and was not renewed in time.")


def stamped_root(stamp: ArchiveTimeStamp) -> bytes:
    """The digest that an archive time stamp attests to."""
    return bytes(token_info(stamp.token)["message_imprint"]["hashed_message"].native)
