"""The ZIP of a message, named as the standard names it, and the manifest that the standard does not have."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

from erecords.digest import canonical_json, sha512_bytes, sha512_file
from erecords.files import fsync_folder, write_atomic
from erecords.store.blobs import BlobStore
from retention.xdomea.values import NAMES, CaseOut, FileOut, Kind

_EPOCH = (1980, 1, 1, 0, 0, 0)


def file_stem(process: str, kind: Kind) -> str:
    """``<process id>_Aussonderung.Aussonderung.0503``."""
    return f"{process}_{NAMES[kind]}.{kind.value}"


def write_zip(
    folder: Path, process: str, kind: Kind, message: bytes, files: Sequence[FileOut], blobs: BlobStore
) -> Path:
    """Write a message and the files it names; the ZIP appears whole or not at all.

    Raises:
        erecords.errors.StoreDamaged: stored bytes are missing or differ from their digest.
    """
    target = folder / f"{file_stem(process, kind)}.zip"
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
                packed.writestr(_entry(f"{file_stem(process, kind)}.xml"), message)
                for file in files:
                    with blobs.verified(file.sha512).open("rb") as source, packed.open(_entry(file.name), "w") as copy:
                        while chunk := source.read(1 << 20):
                            copy.write(chunk)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    fsync_folder(folder)
    return target


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o640 << 16
    return entry


def write_manifest(
    target: Path, process: str, kind: Kind, message: bytes, files: Sequence[FileOut], cases: Sequence[CaseOut]
) -> Path:
    """Write counts and digests of a delivery beside its ZIP."""
    values = {
        "process": process,
        "message": {"name": f"{file_stem(process, kind)}.xml", "sha512": sha512_bytes(message), "bytes": len(message)},
        "zip": {"name": target.name, "sha512": sha512_file(target)[0], "bytes": target.stat().st_size},
        "counts": {
            "cases": len(cases),
            "transactions": sum(len(case.transactions) for case in cases),
            "documents": sum(len(case.all_documents) for case in cases),
            "files": len(files),
            "bytes": sum(file.bytes for file in files),
        },
        "files": [{"name": file.name, "sha512": file.sha512, "bytes": file.bytes} for file in files],
    }
    path = target.with_name(f"{file_stem(process, kind)}.manifest.json")
    write_atomic(path, canonical_json(values) + b"\n")
    return path
