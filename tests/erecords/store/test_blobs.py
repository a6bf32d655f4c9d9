import io
from pathlib import Path

import pytest

from erecords.digest import sha512_bytes
from erecords.errors import StoreDamaged
from erecords.store.blobs import BlobStore


def test_bytes_come_back_and_the_same_bytes_are_stored_once(tmp_path: Path):
    store = BlobStore(tmp_path / "store")
    first, second = store.put_bytes(b"Brief"), store.put_bytes(b"Brief")
    assert first == second and first.sha512 == sha512_bytes(b"Brief") and first.bytes == 5
    assert store.read(first.sha512) == b"Brief"
    assert list(store.all()) == [first.sha512]
    assert store.path(first.sha512).relative_to(tmp_path / "store").parts[:2] == (first.sha512[:2], first.sha512[2:4])


@pytest.mark.parametrize("damage", [b"Brieg", b"", None])
def test_a_changed_or_missing_original_is_never_given_out(tmp_path: Path, damage: bytes | None):
    store = BlobStore(tmp_path / "store")
    blob = store.put_bytes(b"Brief")
    path = store.path(blob.sha512)
    path.unlink()
    if damage is not None:
        path.write_bytes(damage)
    with pytest.raises(StoreDamaged):
        store.verified(blob.sha512)
    store.put_bytes(b"Brief")
    assert store.verified(blob.sha512).read_bytes() == b"Brief"


def test_a_failing_write_leaves_nothing(tmp_path: Path):
    class Failing(io.BytesIO):
        def read(self, size: int = -1) -> bytes:
            if self.tell() > 0:
                raise OSError(28, "No space left on device")
            return super().read(3)

    store = BlobStore(tmp_path / "store")
    with pytest.raises(OSError, match="No space"):
        store.put(Failing(b"Brief"))
    assert list(store.all()) == [] and store.sweep() == 0


def test_sweep_removes_what_a_crash_left(tmp_path: Path):
    store = BlobStore(tmp_path / "store")
    store.put_bytes(b"Brief")
    (tmp_path / "store" / "tmp" / "99999999-dead").write_bytes(b"half")
    (tmp_path / "store" / "tmp" / "1-living").write_bytes(b"of a process that still writes")
    assert store.sweep() == 1 and store.sweep() == 0


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 128, "ab"])
def test_a_name_that_is_no_digest_is_refused(tmp_path: Path, name: str):
    with pytest.raises(StoreDamaged):
        BlobStore(tmp_path).path(name)
