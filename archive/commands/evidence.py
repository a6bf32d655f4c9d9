"""``erecords archive evidence``: proof by time stamps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.commands.shared import opened, require_keeper, require_places

if TYPE_CHECKING:
    from archive.evidence.making import Made
    from archive.evidence.timestamp import HttpAuthority, Trust
    from archive.store import ArchiveStore
    from erecords.invocation import Invocation


@click.group("evidence")
def group() -> None:
    """Evidence records (RFC 4998): prove when a package existed, and that it is unchanged.

    Example: erecords archive evidence create
    """


def _trusted(store: ArchiveStore) -> tuple[HttpAuthority, Trust]:
    from archive.evidence.timestamp import HttpAuthority, trust_of

    return HttpAuthority(store.settings.tsa_url), trust_of(store.settings.tsa_certificates)


def _emit(run: Invocation, made: Made, title: str, action: str) -> None:
    from erecords import render
    from erecords.errors import DoneWithFindings

    with run.office().work() as work:
        work.log(action, "archive:home", batches=len(made.batches), versions=made.versions, failed=len(made.failed))
    data = {
        "batches": list(made.batches),
        "versions": made.versions,
        "time": made.at.isoformat() if made.at else None,
        "authority": made.authority,
        "failed": [{"id": name, "reason": reason} for name, reason in made.failed],
    }
    run.emit(data, lambda: render.facts(title, data.items()))
    if made.failed:
        raise DoneWithFindings(f"{len(made.failed)} were left out; see the reasons, repair them and run it again.")


@group.command()
@click.pass_obj
def create(run: Invocation) -> None:
    """Time-stamp all packages that have no evidence yet, and the count of the holding. Let a timer run it daily.

    Example: erecords archive evidence create
    """
    from archive.evidence import making

    require_keeper(run)
    store = opened(run)
    with run.office().disposal():
        made = making.create(store, *_trusted(store))
    _emit(run, made, "Time-stamped", "archive.evidence-create")


@group.command()
@click.option("--hash-tree", metavar="DIGEST", type=click.Choice(["sha512", "sha3_384", "sha3_512"]),
              help="Hash all packages anew with another digest; else only the time stamps are renewed.")  # fmt: skip
@click.pass_obj
def renew(run: Invocation, hash_tree: str | None) -> None:
    """Put all evidence under a new time stamp: before the certificate of the last one ends, or a digest grows weak.

    Example: erecords archive evidence renew
    """
    from archive.evidence import making

    require_keeper(run)
    store = opened(run)
    authority, trust = _trusted(store)
    with run.office().disposal():
        if hash_tree:
            made = making.renew_hash_trees(store, authority, trust, hash_tree)
        else:
            made = making.renew_time_stamps(store, authority, trust)
    _emit(run, made, "Renewed", "archive.evidence-renew")


@group.command()
@click.argument("names", metavar="[ID]...", nargs=-1)
@click.option("--export", "folder", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Verify what was given out by `evidence export`, without the archive.")  # fmt: skip
@click.option("--trust", "certificates", multiple=True, metavar="PEM", help="Certificates of the authority.")
@click.pass_obj
def verify(run: Invocation, names: tuple[str, ...], folder: Path | None, certificates: tuple[str, ...]) -> None:
    """Verify evidence against the bytes of the packages; exit code 100 with findings.

    With --export nothing but that folder is needed; without --trust its own certificates are taken.

    Example: erecords archive evidence verify
    """
    if folder is not None:
        _verify_export(run, folder, certificates)
        return
    from archive.access import rights
    from archive.evidence.checking import verify_evidence
    from archive.evidence.timestamp import trust_of
    from erecords import render
    from erecords.errors import DoneWithFindings

    rights.require_check(run.office().actor)
    store = opened(run)
    trust = trust_of(certificates or store.settings.tsa_certificates)
    with run.progress() as bar:
        task = bar.add_task("Verifying", total=None)
        report = verify_evidence(
            store, trust, names or None, lambda done, total: bar.update(task, completed=done, total=total)
        )
    rows = [{"id": item.id, "code": item.code, "message": item.message} for item in report.bad]
    until = report.until.isoformat() if report.until else None
    title = f"{report.checked} versions, {report.statements} counts, renew before {until}: {len(rows) or 'no'} findings"
    run.emit(
        {"checked": report.checked, "statements": report.statements, "renew_before": until, "bad": rows},
        lambda: render.table(title, ("package", "finding", "what"), [tuple(row.values()) for row in rows]),
    )
    if rows:
        raise DoneWithFindings(f"{len(rows)} findings; nothing was changed.")


def _verify_export(run: Invocation, folder: Path, certificates: tuple[str, ...]) -> None:
    from archive.evidence.checking import CERTIFICATES, verify_export
    from archive.evidence.timestamp import trust_of
    from erecords import render
    from erecords.clock import SystemClock

    trusted = certificates or (str(folder / CERTIFICATES),)
    proof = verify_export(folder, trust_of(trusted), SystemClock().now())
    data: dict[str, Any] = {
        "since": proof.since.isoformat(),
        "authority": proof.authority,
        "chains": proof.chains,
        "time_stamps": proof.time_stamps,
        "renew_before": proof.until.isoformat(),
        "certificates": "given" if certificates else "from the export itself: compare them with the authority's own",
    }
    run.emit(data, lambda: render.facts("The package existed, as it is", data.items()))


@group.command()
@click.argument("name", metavar="ID")
@click.option("--to", type=click.Path(path_type=Path), required=True, help="Folder that gets the copy.")
@click.pass_obj
def export(run: Invocation, name: str, to: Path) -> None:
    """Give out a package with its evidence record and the certificates of the authority.

    Example: erecords archive evidence export 22.31-2026/000147 --to /media/copy
    """
    from archive.access import rights
    from archive.evidence.checking import export_evidence
    from archive.evidence.timestamp import trust_of
    from erecords import render

    office, store = run.office(), opened(run)
    holding = store.find(name)
    rights.require_content(office.actor, holding)
    with office.work() as work:
        work.log("archive.export", f"package:{holding.id}", form="evidence", to_reader=False)
    folder = export_evidence(store, name, to, trust_of(store.settings.tsa_certificates), actor=office.actor.id)
    data = {"id": holding.id, "version": holding.head, "folder": str(folder)}
    run.emit(data, lambda: render.facts("Given out", data.items()))


@group.command()
@click.pass_obj
def restore(run: Invocation) -> None:
    """Bring evidence that is missing here back from the places for copies (setting copies of [archive]).

    Example: erecords archive evidence restore
    """
    from archive.keeping import companions
    from erecords import render

    require_keeper(run)
    store = opened(run)
    require_places(store)
    with run.office().disposal():
        brought = companions.restore_evidence(store)
    with run.office().work() as work:
        work.log("archive.evidence-restore", "archive:home", files=sum(count for _, count in brought))
    data = {"places": [{"place": name, "files": count} for name, count in brought]}
    run.emit(data, lambda: render.table("Evidence brought back", ("place", "files"), brought))
