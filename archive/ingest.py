"""Taking a submission into the archive: check, identify, write, read back, publish, register; only then a receipt.

Stopped anywhere, the archive holds the whole new version or none; asking again with the same submission gives the
same receipt and never a second version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from archive.access.closure import closure
from archive.describing import describe
from archive.errors import Erased, ObjectDamaged
from archive.formats.identification import UNKNOWN, identify
from archive.formats.normalisation import Normalised, normalise, to_normalise
from archive.formats.pdfa import validate_pdfa
from archive.formats.policy import Action, Policy, load_policy
from archive.metadata import model
from archive.metadata.model import Content, PackageView
from archive.metadata.premis import IDENTIFICATION
from archive.ocfl.inventory import Inventory
from archive.ocfl.object import Damage, NewFile, VersionInfo, VersionWriter
from archive.package import OF_THE_OFFICE, FileRole, Receipt, Sip, SipEvent
from archive.ports import Normaliser
from archive.program import program
from archive.sip_check import SipFinding, check_sip, refuse
from archive.store import ArchiveStore, enter_version, register_version
from erecords.clock import Clock, instant_text
from erecords.digest import sha512_bytes, sha512_file


def ingest(
    store: ArchiveStore,
    sip: Sip,
    clock: Clock,
    *,
    agent: str,
    converter: Normaliser | None = None,
    remarks: Sequence[str] = (),
) -> Receipt:
    """Archive a submission as the AIP of its reference: its first version, or the next one.

    Args:
        store: the opened archive.
        sip: what is handed over; its files are read, not moved.
        clock: for the instant of ingest.
        agent: who takes over, as it stands in the OCFL version and in PREMIS.
        converter: makes the renditions that the format policy asks for; without it they are reported as not made.
        remarks: what was odd, but no reason to refuse, when a package from outside was read.

    Returns:
        The receipt; the same for the same submission, however often it is handed over.

    Raises:
        archive.errors.PackageRefused: names, sizes, digests or formats are wrong; all findings, nothing written.
        archive.errors.Erased: the package was erased by order.
        archive.errors.ObjectDamaged: the object is damaged or gone, or the disk gave back other bytes; nothing was
            published.
        erecords.errors.ConfigurationError: the table of the format policy cannot be used.
        OSError: the disk is full or failed; nothing published.
    """
    package = sip.package_bytes()
    digest = sha512_bytes(package)
    with store.lock(sip.aip_id), ExitStack() as held:
        found = store.inventory(sip.aip_id)
        if found is not None:
            known = receipt_of(store, found[0], sip, digest)
            if known is not None:
                register_version(store, *found)
                return known
            if model.STUB in found[0].state:
                raise Erased(f"{sip.aip_id} was erased by order and is not taken again. Nothing was written.")
        elif store.knows(sip.aip_id):
            raise ObjectDamaged(
                f"{sip.aip_id} was taken over before, but its object is gone or has no inventory; nothing was written. "
                f"Bring it back first: erecords archive repair {sip.reference}"
            )
        refuse(sip, check_sip(sip))
        base = found[0] if found else None
        work = held.enter_context(store.scratch())
        policy = load_policy(store.settings.format_policy)
        identified = identify([(file.path, file.name) for file in sip.files], _inside(work, "named"))
        given = tuple(Content(file, known) for file, known in zip(sip.files, identified.formats, strict=True))
        refuse(sip, _refused_formats(given, policy))
        wanted = to_normalise(given, policy)
        normalised = normalise(wanted, converter, _inside(work, "normalised")) if wanted else Normalised((), ())
        view = PackageView(
            aip_id=sip.aip_id,
            version=base.next_version() if base else "v1",
            created=(now := instant_text(clock.now())),
            first=next(iter(base.versions.values())).created if base else now,
            sip=sip,
            contents=(*given, *normalised.made),
            events=(),
            closure=closure(sip.rights, sip.closed),
            package=package,
            sip_digest=digest,
            program=program(),
            identifier=identified.agent,
        )
        events = (*sip.events, *_earlier(base), *_events(store, view, agent, normalised, remarks))
        return _write(store, replace(view, events=events), base, agent)


def _inside(work: Path, name: str) -> Path:
    """A folder for work that need not survive a power cut, so nothing is forced to the disk."""
    folder = work / name
    folder.mkdir()
    return folder


def _refused_formats(contents: Iterable[Content], policy: Policy) -> Iterator[SipFinding]:
    for item in contents:
        rule = policy.of(item.format.puid)
        if rule.action is Action.REFUSE:
            what = f"{item.format.name or 'an unknown format'} ({rule.puid})"
            yield SipFinding("refused-format", f"{item.file.name!r} is {what}: {rule.note or 'refused by the policy'}")


def receipt_of(store: ArchiveStore, inventory: Inventory, sip: Sip, digest: str) -> Receipt | None:
    """The receipt of a submission (with this `Sip.digest`) from the version that brought it, None if none did."""
    for name, version in inventory.versions.items():
        if version.state.get(model.PACKAGE) == digest:
            sidecar = store.storage.read(f"{store.folder(sip.aip_id)}/{name}/inventory.json.sha512")
            return _receipt(sip, name, version.created, sidecar.split()[0].decode(), digest)
    return None


def _receipt(sip: Sip, version: str, created: str, inventory_sha512: str, digest: str) -> Receipt:
    size = sum(file.bytes for file in sip.files)
    return Receipt(sip.aip_id, version, sip.reference, created, len(sip.files), size, inventory_sha512, digest)


def _earlier(base: Inventory | None) -> list[SipEvent]:
    versions = base.versions.items() if base else ()
    return [
        SipEvent("ingestion", version.created, f"{name}: {version.message}", "success", version.user_name)
        for name, version in versions
    ]


def _events(
    store: ArchiveStore, view: PackageView, agent: str, normalised: Normalised, remarks: Sequence[str]
) -> list[SipEvent]:
    sip, now, me = view.sip, view.created, view.program
    events = [
        SipEvent("accession", now, f"handed over; basis: {sip.basis or 'none given'}", "success", sip.agent or agent)
    ]
    if sip.kind not in OF_THE_OFFICE:
        outcome = "success" + (f"; remarks: {'; '.join(remarks)}" if remarks else "")
        checked = f"names and digests of a package of the kind {sip.kind}"
        events.append(SipEvent("validation", now, checked, outcome, me))
    events.append(
        SipEvent(IDENTIFICATION, now, f"PRONOM ids by {view.identifier}", _identified(view.contents), view.identifier)
    )
    renditions = [(file.path, file.name) for file in sip.files if file.role is FileRole.PDFA]
    if renditions and store.settings.validate_pdfa:
        good, bad = validate_pdfa(renditions)
        outcome = f"{good} of {len(renditions)} valid" + (f"; not shown to be: {', '.join(bad)}" if bad else "")
        events.append(SipEvent("validation", now, "PDF/A-2b by pikepdf.pdfa", outcome, me))
    if normalised.wanted:
        outcome = f"{len(normalised.made)} of {normalised.wanted} made"
        outcome += f"; not made: {'; '.join(normalised.failed)}" if normalised.failed else ""
        events.append(SipEvent("normalization", now, "PDF/A-2b where the format policy asks for it", outcome, me))
    events += [
        SipEvent("message digest calculation", now, "SHA-512 of every file, read back after writing", "success", me),
        SipEvent("ingestion", now, f"version {view.version}, SIP SHA-512 {view.sip_digest}", "success", agent),
    ]
    return events


def _identified(contents: Sequence[Content]) -> str:
    """How many have a known format, and which were handed over as something else."""
    known = sum(item.format.puid != UNKNOWN for item in contents)
    others = [
        f"{item.file.name} handed over as {item.file.puid}, identified as {item.format.puid}"
        for item in contents
        if item.file.puid not in {"", item.format.puid}
    ]
    return "; ".join([f"{known} of {len(contents)} files identified", *others])


def _write(store: ArchiveStore, view: PackageView, base: Inventory | None, agent: str) -> Receipt:
    sip = view.sip
    folder = store.folder(sip.aip_id)
    with store.storage.stage(folder) as stage:
        writer = VersionWriter(stage, sip.aip_id, base, store.settings.fixity_block)
        writer.add(NewFile(item.path, item.file.sha512, item.file.bytes, item.file.path) for item in view.contents)
        describe(writer, view)
        info = VersionInfo(view.created, f"Ingest of {sip.reference}", agent, store.settings.address)
        try:
            written = writer.seal(info)
        except Damage as damage:
            _blame(sip, damage)
            raise
        writer.publish()
        enter_version(store, written.inventory, written.inventory_sha512)
        stage.finish()
    return _receipt(sip, view.version, view.created, written.inventory_sha512, view.sip_digest)


def _blame(sip: Sip, damage: Damage) -> None:
    """Refuse the submission when its own files are not what it says.

    Raises:
        archive.errors.PackageRefused: sources differ from their digests.
    """
    digests = {sha512 for _, sha512 in damage.places}
    findings = []
    for file in sip.files:
        if file.sha512 in digests:
            found, _ = sha512_file(file.path)
            if found != file.sha512:
                findings.append(SipFinding("wrong-digest", f"{file.name!r} has SHA-512 {found[:16]}..."))
    refuse(sip, findings)
