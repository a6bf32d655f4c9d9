"""An office whose mail room has learned, and letters that come in as if they had been recognised."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import img2pdf
import pytest
from PIL import Image
from sqlmodel import Session

import cli
from erecords import home
from erecords.files import make_folder, remove_folder
from erecords.invocation import Invocation
from erecords.office import Office
from erecords.registry import access
from mailroom.matching.advice import Adviser
from mailroom.models import Delivery, Letter
from mailroom.ports import PageText, Recognition
from mailroom.processing.finishing import Finisher
from mailroom.processing.pipeline import ReadyDelivery, ReadyLetter
from mailroom.processing.room import receive_file
from mailroom.stages.identify import Identified, Kind
from tests.fakes import FixedClock

HEAD = "{name}\nSonnenleithe 61\n09999 Zwönau\nStadtverwaltung Zwönau, Markt 1, 09999 Zwönau\n{date}\n"
Receive = Callable[..., Letter]


def opened(folder: Path, actor: str) -> Office:
    office = home.open_home(folder, actor, cli.ASSEMBLY)
    office.clock = FixedClock()
    with office.read() as session:  # who stands in for whom on the day of that clock
        office.actor = access.actor(session, actor, office.clock.today())
    return office


def letter_text(body: str, name: str = "Uwe Colditz", date: str = "20.11.2026", salutation: str = "Guten Tag,") -> str:
    return f"{HEAD.format(name=name, date=date)}{salutation}\n{body}\nMit freundlichen Grüßen\n{name}"


@pytest.fixture(scope="session")
def learned_home(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("learned") / "home"
    shutil.copytree(city_home, folder)
    office = opened(folder, "u-post1")
    Adviser(office, office.machine("mailroom"))
    office.engine.dispose()
    return folder


@pytest.fixture
def people(learned_home: Path, tmp_path: Path) -> Iterator[Callable[[str], Office]]:
    """Opens one home as any person of the staff list."""
    folder = tmp_path / "home"
    shutil.copytree(learned_home, folder)
    offices: list[Office] = []

    def open_as(actor: str) -> Office:
        offices.append(opened(folder, actor))
        return offices[-1]

    yield open_as
    for office in offices:
        office.engine.dispose()


@pytest.fixture
def post(people: Callable[[str], Office]) -> Office:
    """The home as Ina Krauthammer of the mail room opens it."""
    return people("u-post1")


@pytest.fixture
def receive(post: Office, tmp_path: Path) -> Receive:
    """Takes a letter of one page over with a text as recognised, thinks about it and files it when sure."""
    count = iter(range(1, 1000))

    def take(text: str, channel: str = "scan") -> Letter:
        number = next(count)
        folder = make_folder(tmp_path / "letters" / str(number))
        Image.new("L", (60, 80), 255 - number % 200).save(folder / "page.png")
        (folder / "brief.pdf").write_bytes(img2pdf.convert(str(folder / "page.png")))
        shutil.copyfile(folder / "brief.pdf", folder / "rendition.pdf")
        delivery_id = receive_file(post, folder / "brief.pdf", channel)
        page = PageText(1, 595.0, 842.0, text, (), "ocr", 0.95, language="deu")
        recognition = Recognition((page,), folder / "rendition.pdf", False, folder / "page.png", "test")
        source = folder / "brief.pdf"
        ready = ReadyLetter(1, 1, source, True, recognition, "", ())
        identified = Identified(Kind.PDF, "application/pdf", "fmt/18", 1, source.stat().st_size)
        bench = SimpleNamespace(
            folder_of=lambda one: make_folder(post.home / "work" / str(one)),
            clear=lambda one: remove_folder(post.home / "work" / str(one)),
        )
        with Session(post.engine) as session:
            delivery = session.get_one(Delivery, delivery_id)
        Finisher(post, bench).finish(delivery, ReadyDelivery(delivery_id, identified, (ready,)))
        with Session(post.engine) as session:
            return session.get_one(Letter, f"E-2026-{number:07d}")

    return take


@pytest.fixture
def run(post: Office, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Any]]:
    """Run a command as a person; gives back its JSON, or its text with ``text=True``."""
    invocations: list[Invocation] = []

    def call(*arguments: str, actor: str = "u-post1", text: bool = False) -> Any:
        invocation = Invocation(cli.ASSEMBLY, home_option=post.home, actor_option=actor, as_json=not text)
        invocations.append(invocation)
        invocation.office().clock = FixedClock()
        capsys.readouterr()
        root = ["--home", str(post.home), "--actor", actor, *arguments]
        try:
            cli.root.main(root, standalone_mode=False, obj=invocation)
        finally:
            call.output = capsys.readouterr().out  # type: ignore[attr-defined]
        return call.output if text else json.loads(call.output)  # type: ignore[attr-defined]

    yield call
    for invocation in invocations:
        invocation.close()
