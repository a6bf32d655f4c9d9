"""Digest algorithms that OCFL 1.1 names, and their hexadecimal forms."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

_ALGORITHMS: dict[str, tuple[Callable[[], Any], int]] = {
    "md5": (lambda: hashlib.md5(usedforsecurity=False), 32),
    "sha1": (lambda: hashlib.sha1(usedforsecurity=False), 40),
    "sha256": (hashlib.sha256, 64),
    "sha512": (hashlib.sha512, 128),
    "sha512/256": (lambda: hashlib.new("sha512_256"), 64),
    "blake2b-512": (hashlib.blake2b, 128),
    "blake2b-160": (lambda: hashlib.blake2b(digest_size=20), 40),
    "blake2b-256": (lambda: hashlib.blake2b(digest_size=32), 64),
    "blake2b-384": (lambda: hashlib.blake2b(digest_size=48), 96),
}
_HEX = re.compile(r"[0-9A-Fa-f]+")
CONTENT_ALGORITHMS = ("sha512", "sha256")


def known(algorithm: str) -> bool:
    """Whether the specification or extension 0001 names the algorithm."""
    return algorithm in _ALGORITHMS


def well_formed(algorithm: str, digest: str) -> bool:
    """Whether a digest has the length and letters of its algorithm."""
    return len(digest) == _ALGORITHMS[algorithm][1] and _HEX.fullmatch(digest) is not None


def new(algorithm: str) -> Any:
    """A fresh hash object.

    Raises:
        KeyError: the algorithm is not `known`.
    """
    return _ALGORITHMS[algorithm][0]()
