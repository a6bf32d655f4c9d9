"""An S3-compatible object store as a place for copies: every object is put once, and never over another.

Address: ``s3://bucket/prefix``. Credentials come from the environment only (``AWS_ACCESS_KEY_ID``,
``AWS_SECRET_ACCESS_KEY``, ``AWS_SESSION_TOKEN``), the server from ``AWS_ENDPOINT_URL_S3`` or ``AWS_ENDPOINT_URL``; none
of them stands in settings, messages or logs. Needs the extra ``s3``.

A store of objects knows no renaming. A version becomes visible by the order of the puts: content first, then
``inventory.json``, its sidecar last, as OCFL 1.1 section 3.4 wants. Stopped before that, what was put is no part of the
object, and doing it again puts the same bytes under the same names. Files named in ``last`` (inventory and sidecar) are
the only ones that are put over older ones; in a bucket with versioning or object lock the older stay as versions.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import urlsplit

from archive.errors import StillLocked
from archive.ports import Entry, Stage
from archive.storage import s3_wire
from archive.storage.s3_wire import Body, Kept, as_disk_errors, base64_of, folders_of, put_in_parts
from erecords.digest import CHUNK
from erecords.errors import ConfigurationError

if TYPE_CHECKING:
    from botocore.client import BaseClient

SCHEME = "s3"
_IN_MEMORY = 8 << 20
_DECLARATION = "0=ocfl_object_1.1"
_LAST = ("inventory.json", "inventory.json.sha512", _DECLARATION)


def open_bucket(address: str) -> S3Storage:
    """The place of an address ``s3://bucket/prefix``.

    Raises:
        ConfigurationError: the address is none, or the extra is not installed.
        OSError: the bucket cannot be reached or used.
    """
    parts = urlsplit(address)
    if parts.scheme != SCHEME or not parts.netloc or parts.query or parts.fragment or parts.username:
        raise ConfigurationError(f"{address!r} is no address of an object store; write s3://bucket/prefix.")
    try:
        from botocore.config import Config
        from botocore.session import get_session
    except ImportError as error:
        raise ConfigurationError("Object stores need the extra s3: pip install 'erecords[s3]'") from error
    config = Config(retries={"mode": "standard", "max_attempts": 5}, s3={"addressing_style": "path"})
    with as_disk_errors(address):
        client = get_session().create_client("s3", config=config)
        client.head_bucket(Bucket=parts.netloc)
    prefix = parts.path.strip("/")
    return S3Storage(client, parts.netloc, f"{prefix}/" if prefix else "")


class S3Stage:
    """New files on their way, kept in temporary files until `publish`."""

    def __init__(self, place: S3Storage, target: str) -> None:
        self._place, self._target = place, target
        self._files: dict[str, IO[bytes]] = {}

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """Write a new file; see `archive.ports.Stage.create`."""
        if name in self._files:
            raise FileExistsError(name)
        stream = self._files[name] = cast("IO[bytes]", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
        yield cast(BinaryIO, stream)

    def open(self, name: str) -> BinaryIO:
        """Read back a file that was added."""
        stream = self._files[name]
        stream.seek(0)
        return cast(BinaryIO, Kept(stream))

    def seal(self) -> None:
        """Nothing to do: a put is durable when it is answered, and the server compares its digest."""

    def publish(self, last: Sequence[str] = ()) -> None:
        """Put all files, those that make the version visible at the end, in this order: `last`, or OCFL's own."""
        final = [name for name in (last or _LAST) if name in self._files]
        for name in sorted(self._files):
            if name not in final:
                self._place.put(f"{self._target}/{name}", self._files[name])
        for name in final:
            self._place.put(f"{self._target}/{name}", self._files[name], replace=name in last)

    def replace(self) -> None:
        """Remove what the target holds, then publish; what a stopped put of the same files left is completed."""
        there = {name.removeprefix(f"{self._target}/") for name in self._place.names_below(f"{self._target}/")}
        if "inventory.json" in there or not there <= set(self._files):
            self._place.remove_below(f"{self._target}/")
        self.publish()

    def finish(self) -> None:
        """Nothing is left to forget."""

    def close(self) -> None:
        """Drop the temporary files."""
        for stream in self._files.values():
            stream.close()


class S3Storage:
    """Objects of a bucket below a prefix; locks count within this process only, so one process writes to a place."""

    def __init__(self, client: BaseClient, bucket: str, prefix: str) -> None:
        self._client: Any = client
        self._bucket, self._prefix = bucket, prefix
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def entries(self, folder: str) -> tuple[Entry, ...]:
        """What lies directly in a folder; see `archive.ports.Storage.entries`."""
        prefix = self._prefix + (f"{folder}/" if folder else "")
        found = []
        with as_disk_errors(folder):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix, Delimiter="/"):
                for item in page.get("CommonPrefixes", ()):
                    found.append(Entry(item["Prefix"].removeprefix(prefix).rstrip("/"), True, 0))
                for item in page.get("Contents", ()):
                    name = item["Key"].removeprefix(prefix)
                    if name:
                        found.append(Entry(name, False, int(item["Size"])))
        return tuple(sorted(found, key=lambda entry: entry.name))

    def exists(self, path: str) -> bool:
        """Whether an object of that name, or one below it, is there."""
        with as_disk_errors(path):
            answer = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix + path, MaxKeys=1)
            if any(item["Key"] == self._prefix + path for item in answer.get("Contents", ())):
                return True
            below = self._client.list_objects_v2(Bucket=self._bucket, Prefix=f"{self._prefix}{path}/", MaxKeys=1)
        return bool(below.get("Contents"))

    def open(self, path: str) -> BinaryIO:
        """Open an object for reading; it is fetched while it is read."""
        with as_disk_errors(path):
            body = self._client.get_object(Bucket=self._bucket, Key=self._prefix + path)["Body"]
        return cast(BinaryIO, io.BufferedReader(Body(body, path), CHUNK))

    def read(self, path: str) -> bytes:
        """A small object as a whole."""
        with self.open(path) as stream:
            return stream.read()

    @contextmanager
    def stage(self, target: str) -> Iterator[S3Stage]:
        """Begin to write; leaving without publication leaves nothing behind."""
        stage = S3Stage(self, target)
        try:
            yield stage
        finally:
            stage.close()

    def replace_folder(self, target: str, stage: Stage) -> None:
        """Put the staged files in the place of a whole folder."""
        del target
        if not isinstance(stage, S3Stage):
            raise TypeError("a stage of another storage place")
        stage.replace()

    def sweep(self, target: str) -> None:
        """Remove all versions below a folder that are not the current ones; see `archive.ports.Storage.sweep`."""
        locked = self._remove_versions(f"{target}/", current=False)
        if locked:
            until = None if None in locked else max(instant for instant in locked if instant)
            when = f"until {until:%Y-%m-%d %H:%M} UTC" if until else "by a legal hold"
            raise StillLocked(f"{target}: {len(locked)} stored versions are under object lock {when}", until)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold the lock of that name within this process."""
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            yield

    def recover(self) -> tuple[str, ...]:
        """Nothing to complete: what a stop left is put again with the same names and bytes."""
        return ()

    def settle(self, target: str) -> None:
        """Nothing is left to forget."""
        del target

    def put(self, path: str, stream: IO[bytes], *, replace: bool = False) -> None:
        """Put an object, once: a present one with other bytes is an error, with the same bytes it is left.

        Raises:
            FileExistsError: the name is taken by other bytes; they were kept.
            OSError: the store failed or refused.
        """
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        digest = hashlib.file_digest(cast(Any, stream), "sha256").digest()
        stream.seek(0)
        condition: dict[str, Any] = {} if replace else {"IfNoneMatch": "*"}
        try:
            with as_disk_errors(path):
                if size > s3_wire.PART_BYTES:
                    if condition and self.exists(path):
                        raise FileExistsError(f"{path} is in the object store already and was not replaced")
                    put_in_parts(self._client, self._key(path), stream, size, condition)
                else:
                    self._client.put_object(
                        Bucket=self._bucket, Key=self._prefix + path, Body=stream, ChecksumSHA256=base64_of(digest),
                        **condition,
                    )  # fmt: skip
        except FileExistsError:
            with self.open(path) as present:
                if hashlib.file_digest(cast(Any, present), "sha256").digest() != digest:
                    raise

    def _key(self, path: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + path}

    def names_below(self, prefix: str) -> Iterator[str]:
        """Every object below a prefix."""
        with as_disk_errors(prefix):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix):
                for item in page.get("Contents", ()):
                    yield item["Key"].removeprefix(self._prefix)

    def remove_below(self, prefix: str) -> None:
        """Remove every version of every object below a prefix; only erasure and repair do this.

        What is under object lock is hidden behind a delete marker instead.

        Raises:
            OSError: one cannot be removed or hidden.
        """
        self._remove_versions(prefix, current=True)

    def _versions(self, prefix: str) -> dict[str, tuple[list[Any], list[Any]]]:
        """Key to its versions and its delete markers."""
        found: dict[str, tuple[list[Any], list[Any]]] = {}
        pages = self._client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix):
            for item in page.get("Versions", ()):
                found.setdefault(item["Key"], ([], []))[0].append(item)
            for item in page.get("DeleteMarkers", ()):
                found.setdefault(item["Key"], ([], []))[1].append(item)
        return found

    def _remove_versions(self, prefix: str, *, current: bool) -> list[datetime | None]:
        """Remove versions below a prefix, the current ones too if asked; the ends of the locks that stand against it.

        A key with locked versions keeps, or gets, the delete marker that hides them. Some stores keep folders as
        such; those that are empty now are removed too, the deepest first.
        """
        locked: list[datetime | None] = []
        with as_disk_errors(prefix):
            found = self._versions(prefix)
            for key, (versions, markers) in found.items():
                locks = [
                    lock for item in versions if current or not item["IsLatest"] for lock in self._remove(key, item)
                ]
                hidden = any(item["IsLatest"] for item in markers)
                if locks and current and not hidden:
                    self._client.delete_object(Bucket=self._bucket, Key=key)
                for item in markers:
                    if not (locks and item["IsLatest"]):
                        self._delete(key, item)
                locked += locks
            empty = folders_of(key.removeprefix(self._prefix) for key in found) - folders_of(self.names_below(prefix))
            for folder in sorted(empty, key=lambda name: -name.count("/")):
                if folder.startswith(prefix):
                    self._client.delete_object(Bucket=self._bucket, Key=f"{self._prefix}{folder}/")
        return locked

    def _delete(self, key: str, item: Mapping[str, Any]) -> None:
        version = {"VersionId": item["VersionId"]} if item.get("VersionId") else {}
        self._client.delete_object(Bucket=self._bucket, Key=key, **version)

    def _remove(self, key: str, item: Mapping[str, Any]) -> Iterator[datetime | None]:
        """Remove one version, or yield the end of the lock that forbids it (None: a legal hold)."""
        from botocore.exceptions import ClientError

        try:
            self._delete(key, item)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "AccessDenied":
                raise
            head = self._client.head_object(Bucket=self._bucket, Key=key, VersionId=item["VersionId"])
            held, until = head.get("ObjectLockLegalHoldStatus") == "ON", head.get("ObjectLockRetainUntilDate")
            if not held and until is None:
                raise
            yield None if held else until
