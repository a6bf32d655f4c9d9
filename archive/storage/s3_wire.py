"""Talking to an object store: its errors as those of a disk, streams it can read, uploads in parts."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, cast

PART_BYTES = 64 << 20
"""A larger object is put in parts of this length, or longer ones where they would be too many."""
_MOST_PARTS = 10_000


@contextmanager
def as_disk_errors(name: str) -> Iterator[None]:
    """Failures of the store as those of a disk; messages name the object and the code, nothing of the request."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))
        if code in {"NoSuchKey", "404", "NoSuchBucket"}:
            raise FileNotFoundError(f"{name} is not in the object store") from error
        if code in {"PreconditionFailed", "ConditionalRequestConflict"}:
            raise FileExistsError(f"{name} is in the object store already and was not replaced") from error
        raise OSError(f"The object store refused {name}: {code}") from error
    except BotoCoreError as error:
        raise OSError(f"The object store cannot be used for {name}: {type(error).__name__}") from error


def put_in_parts(
    client: Any, key: Mapping[str, str], stream: IO[bytes], size: int, condition: Mapping[str, Any]
) -> None:
    """Put a large object part by part; the server compares each with its digest, and shows all of it or nothing.

    A failed or stopped upload is given up, so that its parts cost nothing.

    Args:
        client: of botocore.
        key: names bucket and object.
        stream: the bytes; it can be positioned.
        size: their number.
        condition: further arguments of the last call.
    """
    upload = client.create_multipart_upload(**key, ChecksumAlgorithm="SHA256")["UploadId"]
    length = max(PART_BYTES, -(-size // _MOST_PARTS))
    try:
        parts = []
        for number in range(1, -(-size // length) + 1):
            part = Window(stream, (number - 1) * length, min(length, size - (number - 1) * length))
            checksum = base64_of(hashlib.file_digest(cast(Any, part), "sha256").digest())
            part.seek(0)
            answer = client.upload_part(**key, UploadId=upload, PartNumber=number, Body=part, ChecksumSHA256=checksum)
            parts.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum})
        client.complete_multipart_upload(**key, UploadId=upload, MultipartUpload={"Parts": parts}, **condition)
    except BaseException:
        client.abort_multipart_upload(**key, UploadId=upload)
        raise


class Kept(io.RawIOBase):
    """A stream over a temporary file that outlives its closing."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner

    def read(self, size: int = -1) -> bytes:
        """As of `io.RawIOBase`."""
        return self._inner.read(size)


class Window(io.RawIOBase):
    """A part of a stream as a stream of its own; what it names is read when it is asked for."""

    def __init__(self, inner: IO[bytes], start: int, length: int) -> None:
        self._inner, self._start, self._length, self._at = inner, start, length, 0

    def readable(self) -> bool:
        """As of `io.RawIOBase`."""
        return True

    def seekable(self) -> bool:
        """As of `io.RawIOBase`."""
        return True

    def tell(self) -> int:
        """As of `io.RawIOBase`."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As of `io.RawIOBase`."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = min(max(base + offset, 0), self._length)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """As of `io.RawIOBase`."""
        self._inner.seek(self._start + self._at)
        data = self._inner.read(min(len(buffer), self._length - self._at))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def base64_of(digest: bytes) -> str:
    """A digest as the store wants it."""
    return base64.b64encode(digest).decode()


class Body(io.RawIOBase):
    """The body of an answer as a raw stream; a broken connection is an `OSError`."""

    def __init__(self, body: Any, path: str) -> None:
        self._body, self._path = body, path

    def readable(self) -> bool:
        """As of `io.RawIOBase`."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As of `io.RawIOBase`."""
        with as_disk_errors(self._path):
            data = self._body.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """As of `io.RawIOBase`."""
        self._body.close()
        super().close()


def folders_of(names: Iterable[str]) -> set[str]:
    """All folders above these names."""
    parts = [name.split("/") for name in names]
    return {"/".join(path[:depth]) for path in parts for depth in range(1, len(path))}
