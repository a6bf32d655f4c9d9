"""Writing what a package says of itself: descriptive metadata, PREMIS, METS, the page for people, the manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import BinaryIO

from archive.metadata import model
from archive.metadata.dublin_core import write_dublin_core
from archive.metadata.index_page import write_index
from archive.metadata.mets import mets_path, representations, write_mets, write_representation
from archive.metadata.model import PackageView, StoredFile
from archive.metadata.premis import write_premis
from archive.ocfl.object import VersionWriter
from erecords.digest import canonical_json

REWRITTEN = (
    model.PREMIS, model.INDEX, model.METS, model.MANIFEST, mets_path(model.ORIGINALS), mets_path(model.RENDITIONS),
)  # fmt: skip
"""What every version writes anew; `describe` writes the rest only where it is not taken over."""


def describe(writer: VersionWriter, view: PackageView, kept: Iterable[StoredFile] = ()) -> None:
    """Write all metadata of a version.

    Args:
        writer: all contents are in it already.
        view: what is to be said.
        kept: metadata files taken over from the version before; they are listed, not written.
    """
    stored = [StoredFile(c.path, c.file.sha512, c.file.bytes, c.file.mime) for c in view.contents]
    stored += kept
    present = {file.path for file in stored}

    def put(path: str, mime: str, write: Callable[[BinaryIO], object]) -> None:
        if path not in present:
            with writer.create(path) as stream:
                write(stream)
            stored.append(StoredFile(path, writer.digest(path), writer.size(path), mime))

    put(model.PACKAGE, "application/json", lambda stream: stream.write(view.package))
    put(model.DUBLIN_CORE, "application/xml", lambda stream: write_dublin_core(stream, view))
    if view.sip.audit_excerpt:
        lines = b"".join(canonical_json(dict(entry)) + b"\n" for entry in view.sip.audit_excerpt)
        put(model.AUDIT, "text/plain", lambda stream: stream.write(lines))
    put(model.PREMIS, "application/xml", lambda stream: write_premis(stream, view))
    put(model.INDEX, "text/html", lambda stream: write_index(stream, view))
    for folder, members in representations(stored).items():
        put(
            mets_path(folder), "application/xml", partial(write_representation, view=view, folder=folder, files=members)
        )
    with writer.create(model.METS) as stream:
        write_mets(stream, view, stored)
    with writer.create(model.MANIFEST) as stream:
        for path, digest in sorted(writer.state().items()):
            stream.write(f"{digest}  {path}\n".encode())
