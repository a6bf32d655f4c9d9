"""Carrying out a list, stopped at each of its steps: nothing is repeated, nothing is lost."""

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import select

from erecords.store import audit
from retention.disposal import certificate
from retention.lifecycle import ItemState, ListState
from retention.models import Certificate, DisposalItem, DisposalList, Handover, PendingErasure, Tombstone
from tests.retention.city import City


class PowerCut(BaseException):
    """The machine stops."""


class Steps:
    """Counts commits, stored and erased bytes, and hand-overs; cuts the power before the chosen one."""

    def __init__(self, city: City, cut_at: int) -> None:
        self.count, self.cut_at = 0, cut_at
        self.city = city
        event.listen(city.engine, "commit", self.step)
        self._wrap("erase")
        self._wrap("put")

    def step(self, *_arguments) -> None:
        self.count += 1
        if self.count == self.cut_at:
            raise PowerCut

    def _wrap(self, name: str) -> None:
        real = getattr(self.city.blobs, name)

        def wrapped(*arguments):
            self.step()
            result = real(*arguments)
            self.step()
            return result

        setattr(self.city.blobs, name, wrapped)

    def archive(self, real):
        def to_archive(sip):
            self.step()
            receipt = real(sip)
            self.step()
            return receipt

        return to_archive

    def off(self) -> None:
        self.cut_at = -1


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A home with an approved list: one case for the archive, one to destroy."""
    home = tmp_path_factory.mktemp("prepared")
    city = City(home)
    kept, gone = city.case("10.41", words=("Eins", "Zwei")), city.case("10.5", words=("Drei",))
    list_id = city.approved()
    city.engine.dispose()
    return home, kept, gone, list_id


def _cut(prepared, tmp_path: Path, cut_at: int) -> bool:
    """Cut the power before that step, go on, and look; False when there are fewer steps."""
    home, kept, gone, list_id = prepared
    target = tmp_path / f"home{cut_at}"
    shutil.copytree(home, target)
    city = City(target)
    steps = Steps(city, cut_at)
    means = city.means()
    archive = steps.archive(means.archive)
    try:
        city.carry_out(list_id, archive=archive)
        return False
    except PowerCut:
        steps.off()
    finally:
        city.engine.dispose()
    city = City(target)
    _nothing_is_lost(city, kept)
    results = city.carry_out(list_id)
    _all_is_done(city, kept, gone, list_id, results)
    city.engine.dispose()
    shutil.rmtree(target)
    return True


def _nothing_is_lost(city, kept):
    if not city.exists(kept):
        assert len(city.archive.package(kept).files) > 4


def _all_is_done(city, kept, gone, list_id, results):
    assert {key: result.outcome for key, result in results.items()} == {kept: "transferred", gone: "destroyed"}
    assert city.archive.package(kept).versions == 1
    assert len(city.archive.holdings()) == 1
    with city.read() as session:
        assert session.get(DisposalList, list_id).state is ListState.DONE
        assert {item.state for item in session.exec(select(DisposalItem))} == {
            ItemState.TRANSFERRED, ItemState.DESTROYED,
        }  # fmt: skip
        assert len(session.exec(select(Handover)).all()) == 1
        assert len(session.exec(select(Tombstone)).all()) == 2
        assert len(session.exec(select(Certificate)).all()) == 1
        assert session.exec(select(PendingErasure)).all() == []
        row = certificate.find(session, list_id)
        assert audit.verify(session).valid
    assert json.loads(city.blobs.read(row.json_sha512))["counts"] == {"transferred": 1, "destroyed": 1}
    named = {row.json_sha512, row.pdf_sha512}
    left = [sha512 for sha512 in city.blobs.all() if sha512 not in named]
    assert all(b"Drei" not in city.blobs.read(sha512) for sha512 in left)
    assert all(b"Eins" not in city.blobs.read(sha512) for sha512 in left)


def test_the_power_may_be_cut_before_any_step(prepared, tmp_path):
    cut_at = 1
    while _cut(prepared, tmp_path, cut_at):
        cut_at += 1
    assert cut_at > 15
