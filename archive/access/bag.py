"""BagIt 1.0 (RFC 8493): the tag files of a bag that we write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from archive.access.copying import write_new
from erecords.digest import sha512_file

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def write_tags(folder: Path, payload: Mapping[str, str], size: int, info: Mapping[str, str]) -> None:
    """Write declaration, information and manifests of a bag.

    Args:
        folder: the bag; the payload already lies below ``data/``.
        payload: path below the bag (``data/...``) to SHA-512.
        size: bytes of the payload.
        info: lines of ``bag-info.txt`` besides ``Payload-Oxum``.
    """
    write_new(folder / "bagit.txt", DECLARATION)
    lines = [f"{key}: {_one_line(value)}\n" for key, value in info.items() if value]
    lines.append(f"Payload-Oxum: {size}.{len(payload)}\n")
    write_new(folder / "bag-info.txt", "".join(lines).encode())
    manifest = "".join(f"{digest}  {encode_path(path)}\n" for path, digest in sorted(payload.items()))
    write_new(folder / "manifest-sha512.txt", manifest.encode())
    tags = ("bagit.txt", "bag-info.txt", "manifest-sha512.txt")
    digests = "".join(f"{sha512_file(folder / name)[0]}  {name}\n" for name in tags)
    write_new(folder / "tagmanifest-sha512.txt", digests.encode())


def encode_path(path: str) -> str:
    """A path as manifests write it: line ends and the percent sign encoded."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def decode_path(path: str) -> str:
    """A path as manifests of BagIt 1.0 mean it."""
    return re.sub(r"%(0[AaDd]|25)", lambda match: bytes.fromhex(match[1]).decode("ascii"), path)


def _one_line(value: str) -> str:
    return " ".join(value.split())
