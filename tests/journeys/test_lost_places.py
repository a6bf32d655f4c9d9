"""An archivist loses one place after the other, and with the commands alone loses nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import cli
from tests.archive.authority import LocalAuthority, authority


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAuthority]:
    with authority(tmp_path_factory.mktemp("tsa") / "a") as found:
        yield found


def runner(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    def run(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        found = cli.run_command(["--home", str(home), "--actor", "u-arc1", "--json", "archive", *arguments])
        out, err = capsys.readouterr()
        assert found == code, err
        return json.loads(out)

    return run


def new_home(template: Path, home: Path, text: str) -> None:
    shutil.copytree(template, home)
    settings = home / "erecords.toml"
    before = settings.read_text(encoding="utf-8")
    assert before.count("\n[archive]\n") == 1
    settings.write_text(before.replace("\n[archive]\n", f"\n[archive]\n{text}"), encoding="utf-8")


def hand_over(folder: Path, number: int) -> str:
    folder.mkdir(parents=True)
    (folder / "brief.txt").write_text(f"Brief {number} an Frau Müller\n", encoding="utf-8")
    (folder / "metadata.csv").write_text(f"file;title\n;Akte {number}\nbrief.txt;Brief {number}\n", encoding="utf-8")
    return str(folder)


def test_losing_a_place_loses_nothing(
    city_home: Path, tmp_path: Path, tsa: LocalAuthority, capsys: pytest.CaptureFixture[str]
) -> None:
    places = [tmp_path / "second", tmp_path / "third"]
    text = (
        f"copies = {json.dumps([str(place) for place in places])}\n"
        f"tsa_url = {json.dumps(tsa.url)}\ntsa_certificates = {json.dumps([str(tsa.root)])}\n"
    )
    home = tmp_path / "home"
    new_home(city_home, home, text)
    run = runner(home, capsys)
    for number in range(3):
        run("ingest", hand_over(tmp_path / f"in{number}", number))
    assert run("evidence", "create")["versions"] == 3
    assert [place["copied"] for place in run("replicate")["places"]] == [3, 3]
    packages = run("list")["packages"]
    archive = home / "archive"

    lost = packages[1]
    shutil.rmtree(archive / run("show", lost["id"])["folder"])
    assert "object-missing" in [bad["code"] for bad in run("verify", code=100)["bad"]]
    assert run("repair", lost["id"])["place"] == str(places[0])
    assert run("verify")["bad"] == []

    shutil.rmtree(archive / "extensions/erecords/evidence")
    assert run("evidence", "verify", code=100)["bad"]
    brought = run("evidence", "restore")["places"]
    assert brought[0]["files"] > 0 and brought[1]["files"] == 0
    assert run("evidence", "verify")["bad"] == []

    shutil.rmtree(places[0])
    assert [place["copied"] for place in run("replicate", code=100)["places"]] == [0, 0]
    afresh = run("replicate", "--afresh", str(places[0]))
    assert [place["copied"] for place in afresh["places"]] == [3, 0]

    shutil.rmtree(home)
    shutil.rmtree(places[0])
    again = tmp_path / "again"
    new_home(city_home, again, text)
    shutil.rmtree(again / "archive")
    shutil.copytree(places[1], again / "archive")
    run = runner(again, capsys)
    assert run("rebuild")["packages"] == 3
    assert run("verify")["bad"] == [] and run("evidence", "verify")["bad"] == []
    assert run("list")["packages"] == packages
    assert [place["copied"] for place in run("replicate", "--afresh", str(places[0]))["places"]] == [3, 0]
