"""Evidence: made and renewed with a real authority, good for every package, and broken by one flipped bit."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import EvidenceBroken, NoTimeStamp, ObjectDamaged
from archive.evidence.book import Book
from archive.evidence.checking import export_evidence, record_of, verify_evidence, verify_export
from archive.evidence.hashtree import climb, group_hash, grow, reduce
from archive.evidence.making import create, renew_hash_trees, renew_time_stamps
from archive.evidence.record import verify_record
from archive.evidence.structures import read_record
from archive.evidence.timestamp import HttpAuthority, Trust, make_request, read_answer
from archive.ingest import ingest
from archive.keeping.copies import replicate
from archive.keeping.erase import erase
from archive.keeping.fixity import verify
from archive.keeping.places import open_place
from archive.store import ArchiveStore, create_archive
from erecords.clock import SystemClock
from erecords.errors import ConfigurationError
from tests.archive.authority import LocalAuthority, authority
from tests.archive.samples import amended, new_archive, sample_sip

AIP = "erecords:case:22.31-2026/000147"
LATER = datetime(2026, 1, 1, tzinfo=UTC)


class Setup(NamedTuple):
    store: ArchiveStore
    authority: HttpAuthority
    trust: Trust


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAuthority]:
    with authority(tmp_path_factory.mktemp("tsa") / "a") as found:
        yield found


@pytest.fixture
def made(tmp_path: Path, tsa: LocalAuthority) -> Setup:
    store = replace(new_archive(tmp_path), clock=SystemClock())
    for number in range(147, 152):
        ingest(store, sample_sip(tmp_path / "src", f"22.31-2026/000{number}"), store.clock, agent="A")
    return Setup(store, HttpAuthority(tsa.url), Trust(tsa.root.read_bytes()))


def stored(store: ArchiveStore) -> Path:
    return next((store.root / store.folder(AIP) / "v1/content/representations").rglob("*.pdf"))


def test_every_package_is_proved_and_nothing_else_changed(made: Setup) -> None:
    store = made.store
    before = datetime.now(UTC)
    done = create(*made)
    assert (done.versions, done.failed) == (5, ()) and abs((done.at or LATER) - before) < timedelta(seconds=60)
    report = verify_evidence(store, made.trust)
    assert (report.checked, report.statements, report.bad) == (5, 1, ())
    assert verify(store).bad == ()
    assert create(*made).versions == 0, "a package was time-stamped twice"
    (entry, _) = [x for x in store.register.entries() if x["kind"] == "evidence"]
    assert entry["versions"] == 5


def test_three_renewals_then_one_flipped_bit(made: Setup, tmp_path: Path, tsa: LocalAuthority) -> None:
    store = made.store
    create(*made)
    ingest(store, amended(sample_sip(tmp_path / "src"), tmp_path / "src"), store.clock, agent="A")
    create(*made)
    assert renew_time_stamps(*made).batches == ("000001", "000002")
    with authority(tmp_path / "second", "Zweite Stelle") as other:
        trust = Trust(tsa.root.read_bytes() + other.root.read_bytes())
        second = HttpAuthority(other.url)
        assert renew_hash_trees(store, second, trust, "sha3_512").versions == 6
        assert renew_time_stamps(store, second, trust).batches == ("000001", "000002")
    assert verify_evidence(store, trust).bad == ()
    assert len(verify_evidence(store, made.trust).bad) == 8, "the second authority is believed without its certificate"
    folder = export_evidence(store, AIP, tmp_path / "out", trust, actor="A")
    proof = verify_export(folder, trust, datetime.now(UTC))
    assert (proof.chains, proof.time_stamps) == (2, 4) and "Zeitstempel" in proof.authority

    path = stored(store)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    bad = verify_evidence(store, trust).bad
    assert {(x.id, x.code) for x in bad} == {(AIP, "evidence-broken")} and len(bad) == 2
    with pytest.raises(ObjectDamaged):
        renew_hash_trees(store, made.authority, trust, "sha3_384")


def test_export_fails_on_every_kind_of_change(made: Setup, tmp_path: Path) -> None:
    create(*made)
    renew_hash_trees(*made, "sha3_384")
    folder = export_evidence(made.store, AIP, tmp_path / "out", made.trust, actor="A")
    now = datetime.now(UTC)
    verify_export(folder, made.trust, now)
    package = next(path for path in folder.iterdir() if path.is_dir())
    extra = package / "more.txt"
    extra.write_text("x")
    with pytest.raises(EvidenceBroken, match="not those of the record"):
        verify_export(folder, made.trust, now)
    extra.unlink()
    page = package / "documentation/index.html"
    data = page.read_bytes()
    page.unlink()
    with pytest.raises(EvidenceBroken, match="missing"):
        verify_export(folder, made.trust, now)
    page.write_bytes(data)
    record = folder / "evidence.ers"
    good = record.read_bytes()
    for place in range(0, len(good), max(1, len(good) // 150)):
        record.write_bytes(good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])
        try:
            proof = verify_export(folder, made.trust, now)
        except EvidenceBroken:
            continue
        assert proof.chains == 2, f"byte {place}"
        # no CMS signature covers version numbers, the certificates that travel along and the name of its algorithm
        assert any(m.start() <= place < m.end() for c in unsigned(good) for m in re.finditer(re.escape(c), good))


def unsigned(record: bytes) -> list[bytes]:
    from asn1crypto import cms

    found = []
    for chain in read_record(record):
        for stamp in chain:
            signed = cms.ContentInfo.load(stamp.token)["content"]
            found.append(signed["certificates"].contents)
            found.append(signed["version"].dump())
            for signer in signed["signer_infos"]:
                found += [signer["version"].dump(), signer["signature_algorithm"].dump()]
    return found


def test_old_time_stamps_must_be_renewed_in_time(made: Setup, tmp_path: Path) -> None:
    with authority(tmp_path / "short", days=2) as short:
        trust = Trust(short.root.read_bytes() + made.trust.pem)
        create(made.store, HttpAuthority(short.url), trust)
        late = replace(made.store, clock=_Late())
        assert verify_evidence(made.store, trust).bad == ()
        assert {x.code for x in verify_evidence(late, trust).bad} == {"evidence-broken"}
        renew_time_stamps(made.store, made.authority, trust)
        assert verify_evidence(late, trust).bad == ()


class _Late(SystemClock):
    def now(self) -> datetime:
        return super().now() + timedelta(days=10)


def test_erased_packages_keep_others_provable(made: Setup) -> None:
    create(*made)
    erase(made.store, AIP, made.store.clock, agent="R", order="1", reason="x")
    assert renew_hash_trees(*made, "sha3_512").versions == 4
    assert verify_evidence(made.store, made.trust).bad == () and create(*made).versions == 0


def test_changed_register_is_found(made: Setup) -> None:
    create(*made)
    path = made.store.register.path
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]))
    assert [x.code for x in verify_evidence(made.store, made.trust).bad if x.id == "register"] == ["register-changed"]


def test_evidence_goes_with_the_copies(made: Setup, tmp_path: Path) -> None:
    create(*made)
    place = open_place(made.store, tmp_path / "second")
    assert replicate(made.store, place, "second").failed == ()
    renew_time_stamps(*made)
    renew_hash_trees(*made, "sha3_512")
    assert replicate(made.store, place, "second").failed == ()
    again = create_archive(tmp_path / "second", made.store.settings, made.store.clock)
    from archive.keeping.rebuild import rebuild

    rebuild(again)
    assert verify_evidence(again, made.trust).bad == (), "the register goes with the copies too"
    made.store.storage.read(f"{Book(made.store.storage).batches[0].folder}/holding.json")
    next(tmp_path.glob("second/**/holding.json")).write_bytes(b"{}")
    assert replicate(made.store, place, "second").failed[0][0] == "evidence"


def test_stop_before_publication_leaves_no_evidence(made: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    from archive.storage import local

    real = local.complete

    def stop(*_arguments: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(local, "complete", stop)
    with pytest.raises(KeyboardInterrupt):
        create(*made)
    monkeypatch.setattr(local, "complete", real)
    again = create_archive(made.store.root, made.store.settings, made.store.clock)
    assert verify_evidence(again, made.trust).bad == () and verify(again).bad == ()


def test_answers_that_are_none(made: Setup, tmp_path: Path, tsa: LocalAuthority) -> None:
    root = b"\x01" * 64
    token = made.authority.stamp("sha512", root)
    made.trust.check(token, "sha512", root)
    with pytest.raises(EvidenceBroken, match="another digest"):
        made.trust.check(token, "sha512", b"\x02" * 64)
    _, nonce = make_request("sha512", root)
    for data in (b"", b"<html>", token):
        with pytest.raises(NoTimeStamp):
            read_answer(data, "sha512", root, nonce)
    with pytest.raises(NoTimeStamp, match="cannot be reached"):
        HttpAuthority("http://127.0.0.1:9/").stamp("sha512", root)
    with pytest.raises(ConfigurationError):
        HttpAuthority("file:///etc/passwd")
    with pytest.raises(ConfigurationError):
        Trust(b"nothing")


def test_time_stamp_is_good_for_openssl_too(made: Setup, tmp_path: Path, tsa: LocalAuthority) -> None:
    create(*made)
    _, record = record_of(made.store, AIP)
    stamp = read_record(record)[0][0]
    (tmp_path / "token").write_bytes(stamp.token)
    root = climb("sha512", stamp.lists).hex()
    subprocess.run(
        ["openssl", "ts", "-verify", "-digest", root, "-in", str(tmp_path / "token"), "-token_in", "-CAfile",
         str(tsa.root)], check=True, capture_output=True,
    )  # fmt: skip


def test_a_record_of_other_objects_proves_nothing(made: Setup) -> None:
    create(*made)
    _, record = record_of(made.store, AIP)
    good = frozenset(read_record(record)[0][0].lists[0])
    now = datetime.now(UTC)
    assert verify_record(record, lambda name: good, made.trust, now).chains == 1
    for objects in (frozenset(), good - {next(iter(good))}, good | {b"\x00" * 64}, frozenset({b"\x00" * 64})):
        with pytest.raises(EvidenceBroken):
            verify_record(record, lambda name, found=objects: found, made.trust, now)


@given(st.lists(st.sets(st.binary(min_size=32, max_size=32), min_size=1, max_size=4), min_size=1, max_size=20))
def test_reduced_trees_lead_to_the_root(groups: list[set[bytes]]) -> None:
    tree = grow("sha256", [group_hash("sha256", sorted(group)) for group in groups])
    for number, group in enumerate(groups):
        lists = reduce(sorted(group), tree.siblings(number))
        assert set(group) <= set(lists[0]) if lists else group == {tree.root}
        assert (climb("sha256", lists) if lists else next(iter(group))) == tree.root
