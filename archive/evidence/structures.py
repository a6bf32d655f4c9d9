"""The ASN.1 structures of RFC 4998 (module ERS, implicit tags), and DER of what time-stamp authorities send.

What is stored or signed is passed on as the bytes that came; nothing in it is encoded again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from asn1crypto import algos, cms, core, tsp

from archive.errors import EvidenceBroken

ALGORITHMS = {"sha256": 32, "sha384": 48, "sha512": 64, "sha3_256": 32, "sha3_384": 48, "sha3_512": 64}
"""Digests that a hash tree may use, by the name that `hashlib` and asn1crypto share, and their length."""

Lists: TypeAlias = tuple[tuple[bytes, ...], ...]
"""A reduced hash tree: its lists, the one with the data objects first."""
_DIGEST_TAG, _TREE_TAG = 0xA0, 0xA2


class _PartialHashtree(core.SequenceOf):  # type: ignore[misc]  # asn1crypto is not typed
    """``PartialHashtree ::= SEQUENCE OF OCTET STRING`` (RFC 4998 section 4.1)."""

    _child_spec = core.OctetString


class _ReducedHashtree(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _PartialHashtree


class _Attributes(core.SetOf):  # type: ignore[misc]
    """``Attributes ::= SET SIZE (1..MAX) OF Attribute``."""

    _child_spec = core.Any


class _ArchiveTimeStamp(core.Sequence):  # type: ignore[misc]
    """``ArchiveTimeStamp`` (RFC 4998 section 4.1)."""

    _fields = [
        ("digest_algorithm", algos.DigestAlgorithm, {"implicit": 0, "optional": True}),
        ("attributes", _Attributes, {"implicit": 1, "optional": True}),
        ("reduced_hashtree", _ReducedHashtree, {"implicit": 2, "optional": True}),
        ("time_stamp", core.Any),
    ]


class _ArchiveTimeStampChain(core.SequenceOf):  # type: ignore[misc]
    _child_spec = core.Any


class _ArchiveTimeStampSequence(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _ArchiveTimeStampChain


class _DigestAlgorithms(core.SequenceOf):  # type: ignore[misc]
    _child_spec = algos.DigestAlgorithm


class _EncryptionInfo(core.Sequence):  # type: ignore[misc]
    _fields = [("encryption_info_type", core.ObjectIdentifier), ("encryption_info_value", core.Any)]


class _EvidenceRecord(core.Sequence):  # type: ignore[misc]
    """``EvidenceRecord`` (RFC 4998 section 3.1)."""

    _fields = [
        ("version", core.Integer),
        ("digest_algorithms", _DigestAlgorithms),
        ("crypto_infos", _Attributes, {"implicit": 0, "optional": True}),
        ("encryption_info", _EncryptionInfo, {"implicit": 1, "optional": True}),
        ("archive_time_stamp_sequence", _ArchiveTimeStampSequence),
    ]


@dataclass(frozen=True, slots=True)
class ArchiveTimeStamp:
    """An archive time stamp, read."""

    der: bytes
    algorithm: str
    """Its own, else that of the time stamp's imprint (section 4.1)."""
    lists: Lists
    """The reduced hash tree; empty when there is none."""
    token: bytes
    """DER of the field ``timeStamp``: what the next renewal takes its hash over (section 5.2)."""


@contextmanager
def _reading(what: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError, IndexError, RecursionError) as error:
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise EvidenceBroken(f"{what} cannot be read ({message}). Take it from another copy.") from error


def der_sequence(parts: Iterable[bytes], tag: int = 0x30) -> bytes:
    """DER of a ``SEQUENCE`` (or of an implicit tag in its place) of values that are in DER already."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _algorithm(name: str) -> bytes:
    """DER of an ``AlgorithmIdentifier`` without parameters (RFC 5754 section 2)."""
    return der_sequence([bytes(algos.DigestAlgorithmId(name).dump())])


def archive_time_stamp(algorithm: str, lists: Lists, token: bytes) -> ArchiveTimeStamp:
    """A new archive time stamp; without lists the field ``reducedHashtree`` is left out."""
    parts = [bytes((_DIGEST_TAG,)) + _algorithm(algorithm)[1:]]
    if lists:
        partial = (der_sequence(bytes(core.OctetString(item).dump()) for item in part) for part in lists)
        parts.append(der_sequence(partial, _TREE_TAG))
    return ArchiveTimeStamp(der_sequence([*parts, token]), algorithm, lists, token)


def read_archive_time_stamp(der: bytes, what: str) -> ArchiveTimeStamp:
    """An archive time stamp from DER.

    Raises:
        EvidenceBroken: it is none, or of a digest that is not taken for evidence.
    """
    with _reading(what):
        found = _ArchiveTimeStamp.load(der, strict=True)
        token = bytes(found["time_stamp"].dump())
        tree, stated = found["reduced_hashtree"], found["digest_algorithm"]
        lists = tuple(tuple(part.native) for part in tree) if isinstance(tree, _ReducedHashtree) else ()
        if isinstance(stated, core.Void):
            stated = token_info(token)["message_imprint"]["hash_algorithm"]
        algorithm = str(stated["algorithm"].native)
        if algorithm not in ALGORITHMS or not all(lists):
            raise ValueError(f"digest {algorithm} or an empty list")
    return ArchiveTimeStamp(der, algorithm, lists, token)


def record_der(algorithms: Iterable[str], sequence: bytes) -> bytes:
    """DER of an evidence record of version 1 over plain data; ``sequence`` is its ``ArchiveTimeStampSequence``."""
    return der_sequence([bytes(core.Integer(1).dump()), der_sequence(map(_algorithm, algorithms)), sequence])


def read_record(der: bytes) -> tuple[tuple[ArchiveTimeStamp, ...], ...]:
    """The chains of an evidence record.

    Raises:
        EvidenceBroken: the bytes are none, or one of a kind that this program does not make.
    """
    with _reading("The evidence record"):
        found = _EvidenceRecord.load(der, strict=True)
        version = found["version"].native
        named = {item["algorithm"].native for item in found["digest_algorithms"]}
        stored = [[bytes(item.dump()) for item in chain] for chain in found["archive_time_stamp_sequence"]]
    if version != 1:
        raise EvidenceBroken(f"The evidence record has version {version}; known is 1.")
    chains = tuple(tuple(read_archive_time_stamp(item, "An archive time stamp") for item in chain) for chain in stored)
    if not chains or not all(chains):
        raise EvidenceBroken("The evidence record holds no archive time stamp.")
    if not {chain[0].algorithm for chain in chains} <= named:
        raise EvidenceBroken("The evidence record uses a digest that it does not name (section 3.1).")
    return chains


def token_info(token: bytes) -> tsp.TSTInfo:
    """``TSTInfo`` of a time-stamp token (RFC 3161 section 2.4.2).

    Raises:
        EvidenceBroken: the bytes are no such token.
    """
    with _reading("The time stamp"):
        info = cms.ContentInfo.load(token, strict=True)
        found = info["content"]["encap_content_info"]["content"].parsed
        if not isinstance(found, tsp.TSTInfo):
            raise TypeError("it holds no TSTInfo")
        _ = found.native
    return found


def in_der(token: bytes) -> bytes:
    """The token with its set of certificates in the order of DER.

    Authorities that send their whole chain often leave the set unsorted. It is not covered by the signature, while RFC
    4998 section 5.1 wants DER, and strict readers refuse the rest.
    """
    with _reading("The time stamp"):
        info = cms.ContentInfo.load(token, strict=True)
        signed = info["content"]
        parts = []
        for name in ("version", "digest_algorithms", "encap_content_info", "certificates", "crls", "signer_infos"):
            if name == "certificates" and not isinstance(signed[name], core.Void):
                parts.append(der_sequence(sorted(bytes(item.dump()) for item in signed[name]), 0xA0))
            else:
                parts.append(bytes(signed[name].dump()))
        kind = bytes(info["content_type"].dump())
    return der_sequence([kind, der_sequence([der_sequence(parts)], 0xA0)])


def answer_token(answer: bytes) -> tuple[str, bytes]:
    """Status and token (in DER, empty when there is none) of a ``TimeStampResp`` (RFC 3161 section 2.4.2).

    Raises:
        EvidenceBroken: the bytes are no such answer.
    """
    with _reading("The answer"):
        found = tsp.TimeStampResp.load(answer, strict=True)
        status = str(found["status"]["status"].native)
        token = found["time_stamp_token"]
        data = b"" if isinstance(token, core.Void) else bytes(token.dump())
    return status, in_der(data) if data else b""


def as_answer(token: bytes) -> bytes:
    """A token as the granted answer that it came in: ``SEQUENCE { SEQUENCE { INTEGER 0 }, token }``."""
    return der_sequence([der_sequence([bytes(core.Integer(0).dump())]), token])
