"""``erecords retention xdomea``: messages to and from an archive outside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from erecords.invocation import Invocation
    from erecords.office import Office
    from retention.xdomea.sending import Desk


@click.group("xdomea")
def group() -> None:
    """Offer, delivery and confirmations as xdomea messages.

    Example: erecords retention xdomea export L-2026-0001 --to outbox
    """


def _desk(office: Office) -> Desk:
    from erecords.config import CitySettings
    from retention.settings import RetentionSettings
    from retention.xdomea.sending import Desk

    settings = office.settings.section(RetentionSettings)
    return Desk(office.blobs, office.clock, settings, office.settings.section(CitySettings).name)


@group.command("export")
@click.argument("list_id", metavar="LIST")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the message.")
@click.pass_obj
def export(run: Invocation, list_id: str, to: Path) -> None:
    """Write the next message about a list: 0501 for a proposed one, 0503 with all files for an approved one.

    Example: erecords --actor u-org1 retention xdomea export L-2026-0001 --to /media/archiv
    """
    from erecords import render
    from retention.xdomea import sending

    office = run.office()
    with office.work() as work:
        sent = sending.export(work, office.actor, _desk(office), list_id, to)
    if not sent.validated:
        run.say("The message was not validated: set [retention] xdomea_schemas to the folder of the schemas.")
    run.emit(sent.to_json(), lambda: render.facts(f"Message {sent.kind}", sent.to_json().items()))


@group.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def show(run: Invocation, file: Path) -> None:
    """Show what a message says, without taking it in: kind, process, objects, decisions, confirmations.

    Example: erecords retention xdomea show 9a75050f_Aussonderung.Anbieteverzeichnis.0501.zip
    """
    from dataclasses import asdict

    from rich.console import Group

    from erecords import render
    from retention.lists import disposition
    from retention.settings import RetentionSettings
    from retention.xdomea import read

    office = run.office()
    disposition.require_part(office.actor)
    schemas = office.settings.section(RetentionSettings).xdomea_schemas
    message = read.read(read.message_bytes(file), schemas)
    head = [("version", message.version), ("process", message.process), ("sender", message.sender)]
    rows = [("  " * each.depth + each.kind, each.reference, each.title, len(each.files)) for each in message.objects]
    answers: list[tuple[object, ...]] = [(each.id, each.decision, "") for each in message.decisions]
    answers += [(each.id, "taken" if each.successful else "refused", each.archive_id) for each in message.imports]
    parts = [render.facts(f"Message {message.kind}", [*head, *(("note", text) for text in message.findings)])]
    if rows:
        parts.append(render.table("Objects", ("kind", "reference", "title", "files"), rows))
    if answers:
        parts.append(render.table("Answers", ("object", "answer", "archive's name"), answers))
    run.emit(asdict(message), lambda: Group(*parts))


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def import_(run: Invocation, file: Path) -> None:
    """Take in an answer of the archive: decisions (0502) or confirmations (0504, 0506, 0507). It never destroys.

    Example: erecords --actor u-org1 retention xdomea import 9a75050f_Aussonderung.Bewertungsverzeichnis.0502.zip
    """
    from erecords import render
    from retention.xdomea import receiving

    office = run.office()
    with office.work() as work:
        taken = receiving.take_in(work, office.actor, _desk(office), file, office.home / "outbox")
    data = taken.to_json()
    shown = [(key, ", ".join(data[key]) if key == "changed" else data[key]) for key in data if key != "findings"]
    shown += [("finding", text) for text in taken.findings]
    run.emit(data, lambda: render.facts(f"Message {taken.kind}", shown))
    if taken.next:
        run.say(taken.next)
