"""Policy per format, renditions, the report over the holding, identification after a signature update."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree, html

from archive.access.export import ExportForm, export
from archive.errors import Erased, PackageRefused
from archive.formats import identification as engine
from archive.formats import reidentify
from archive.formats.identification import Format, Identification
from archive.formats.policy import Action, Risk, load_policy, policy_csv
from archive.formats.report import format_report, report_csv
from archive.ingest import ingest
from archive.keeping.amend import amending
from archive.keeping.fixity import verify
from archive.keeping.rebuild import rebuild
from archive.ocfl.validation import validate_object
from archive.package import FileRole, SipEvent
from archive.store import ArchiveStore
from erecords.errors import ConfigurationError
from tests.archive.samples import new_archive, sample_sip, sip_file
from tests.fakes import FixedClock

AIP = "erecords:case:22.31-2026/000147"
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


@pytest.fixture
def store(tmp_path: Path) -> ArchiveStore:
    return new_archive(tmp_path)


def stored(store: ArchiveStore, path: str) -> bytes:
    with store.open(AIP, path) as stream:
        return stream.read()


def with_file(folder: Path, name: str, data: bytes, mime: str = "application/octet-stream"):
    sip = sample_sip(folder)
    file = sip_file(folder, f"documents/D-000012/original/{name}", data, FileRole.ORIGINAL, None, mime)
    return replace(sip, files=(*sip.files, file))


def pdfa_of(files: Sequence[tuple[Path, str]], work: Path) -> Sequence[Path | str]:
    made: list[Path | str] = []
    for number, (_, name) in enumerate(files):
        path = work / f"{number}.pdf"
        path.write_bytes(b"%PDF-1.7\n% of " + name.encode() + b"\n%%EOF\n")
        made.append("damaged" if name.endswith("bad.gif") else path)
    return made


@pytest.mark.parametrize(
    ("puid", "action", "risk"),
    [
        ("fmt/477", Action.KEEP, Risk.LOW),
        ("fmt/412", Action.NORMALISE, Risk.MEDIUM),
        ("fmt/899", Action.REFUSE, Risk.HIGH),
        ("UNKNOWN", Action.KEEP, Risk.HIGH),
        ("fmt/99999", Action.KEEP, Risk.MEDIUM),
    ],
)
def test_built_in_policy(puid: str, action: Action, risk: Risk) -> None:
    rule = load_policy().of(puid)
    assert (rule.puid, rule.action, rule.risk) == (puid, action, risk)


def test_own_table_overrides_and_is_read_back_as_written(tmp_path: Path) -> None:
    table = tmp_path / "policy.csv"
    table.write_text("puid;policy;risk;note\nfmt/412;keep;low;wir können das\n", encoding="utf-8-sig")
    policy = load_policy(str(table))
    assert policy.of("fmt/412").action is Action.KEEP and policy.of("fmt/899").action is Action.REFUSE
    table.write_text(policy_csv(policy), encoding="utf-8")
    assert load_policy(str(table)) == policy


@pytest.mark.parametrize(
    "text",
    ["", "puid;policy\n", "puid;policy;risk;note\nfmt/x;keep;low;\n", "puid;policy;risk;note\nfmt/1;burn;low;\n",
     "puid;policy;risk;note\nfmt/1;keep;none;\n", "puid;policy;risk;note\nfmt/1\n"],
)  # fmt: skip
def test_wrong_tables_are_refused_by_name_and_line(tmp_path: Path, text: str) -> None:
    table = tmp_path / "policy.csv"
    table.write_text(text)
    with pytest.raises(ConfigurationError, match=r"policy\.csv"):
        load_policy(str(table))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_policy(str(tmp_path / "none"))


def test_refused_format_refuses_the_package(store: ArchiveStore, tmp_path: Path) -> None:
    sip = with_file(tmp_path / "src", "setup.exe", b"MZ" + bytes(200))
    with pytest.raises(PackageRefused, match=r"setup\.exe.*x-fmt/409") as found:
        ingest(store, sip, FixedClock(), agent="A")
    assert len(found.value.findings) == 1 and store.holdings() == ()
    allowed = tmp_path / "policy.csv"
    allowed.write_text("puid;policy;risk;note\nx-fmt/409;keep;high;\n")
    settings = store.settings.model_copy(update={"format_policy": str(allowed)})
    assert ingest(replace(store, settings=settings), sip, FixedClock(), agent="A").files == 5


def test_normalises_and_says_what_could_not_be(store: ArchiveStore, tmp_path: Path) -> None:
    sip = with_file(tmp_path / "src", "bild.gif", GIF)
    sip = replace(sip, files=(*sip.files[:-1], replace(sip.files[-1], document="D-000012")))
    bad = sip_file(tmp_path / "src", "bad.gif", GIF + b"!", FileRole.ORIGINAL, None, "image/gif")
    sip = replace(sip, files=(*sip.files, bad))
    receipt = ingest(store, sip, FixedClock(), agent="A", converter=pdfa_of)
    assert (receipt.files, receipt.sip_digest) == (6, sip.digest())
    made = "representations/rep2/data/normalised/documents/D-000012/original/bild.gif.pdf"
    assert stored(store, made).startswith(b"%PDF")
    premis = etree.fromstring(stored(store, "metadata/preservation/premis.xml"))
    told = "".join(premis.itertext())
    assert "2 of 3 made" in told and "bad.gif: damaged" in told
    related = premis.xpath("//*[local-name()='object'][.//text()=$p]//*[local-name()='relatedObjectIdentifierValue']",
                           p=made)  # fmt: skip
    assert related[0].text == "representations/rep1/data/documents/D-000012/original/bild.gif"
    assert ingest(store, sip, FixedClock(), agent="A", converter=pdfa_of) == receipt
    assert verify(store).bad == ()
    given = export(store, AIP, ExportForm.DIP, tmp_path / "out", actor="A")
    names = {path.name for path in given.folder.rglob("*") if path.is_file()}
    assert "bild.gif.pdf" in names and "bild.gif" not in names and "bad.gif" in names
    rows = html.parse(str(given.folder / "index.html")).xpath("//tr[td]")
    assert {row[3].text_content(): row[0].text for row in rows}["bild.gif.pdf"] == "Bescheid"
    with amending(store, AIP, FixedClock(), agent="A", message="x") as amendment:
        amendment.put("note.txt", b"x", "text/plain")
    page = html.fromstring(stored(store, "documentation/index.html"))
    (row,) = page.xpath("//tr[td//a[contains(@href, 'bild.gif.pdf')]]")
    assert row[0].text == "Bescheid", "what the archive made stays with its document"


def test_without_converter_it_is_reported(store: ArchiveStore, tmp_path: Path) -> None:
    ingest(store, with_file(tmp_path / "src", "bild.gif", GIF), FixedClock(), agent="A")
    told = stored(store, "metadata/preservation/premis.xml").decode()
    assert "0 of 2 made" in told and "no converter is installed" in told


def test_report_over_the_holding(store: ArchiveStore, tmp_path: Path) -> None:
    ingest(store, with_file(tmp_path / "src", "bild.gif", GIF), FixedClock(), agent="A", converter=pdfa_of)
    ingest(store, sample_sip(tmp_path / "src", "22.31-2026/000148"), FixedClock(), agent="A")
    lines = format_report(store, load_policy())
    assert [line.risk for line in lines] == sorted((line.risk for line in lines), key=["high", "medium", "low"].index)
    gif = next(line for line in lines if line.puid == "fmt/4")
    assert (gif.packages, gif.files, gif.bytes, gif.policy, gif.normalised) == (1, 1, len(GIF), "normalise", 1)
    assert next(line.packages for line in lines if line.puid == "fmt/276") == 2
    assert sum(line.files for line in lines) == 11, "with the two renditions that the archive made"
    rebuild(store)
    assert format_report(store, load_policy()) == lines, "the report comes back from the storage root alone"
    assert report_csv(lines).startswith("puid;name;packages;files;bytes;policy;risk;normalised;note\n")


class Newer:
    """The engine after an update of its signatures: plain text has another id."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.known, self.calls = engine.identify, 0
        monkeypatch.setattr(reidentify, "identify", self.identify)
        monkeypatch.setattr(reidentify, "engine", lambda: "siegfried 9 (DROID_V999.xml)")

    def identify(self, files: Sequence[tuple[Path, str]], folder: Path) -> Identification:
        self.calls += 1
        found = self.known(files, folder)
        newer = Format("fmt/9999", "Plain Text, new", "2", "text/plain", "byte match")
        formats = tuple(newer if item.puid == "x-fmt/111" else item for item in found.formats)
        return Identification(formats, "siegfried 9", "DROID_V999.xml")


def test_new_signatures_make_one_version_of_changed_packages(
    store: ArchiveStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FixedClock()
    sip = sample_sip(tmp_path / "src")
    receipt = ingest(store, sip, clock, agent="A")
    other = sample_sip(tmp_path / "src", "22.31-2026/000148")
    ingest(store, replace(other, files=tuple(f for f in other.files if not f.name.endswith(".txt"))), clock, agent="A")
    assert reidentify.identify_again(store, clock, agent="A").checked == 0, "the signatures are those of the ingest"
    newer = Newer(monkeypatch)
    clock.advance(timedelta(days=400))
    dry = reidentify.identify_again(store, clock, agent="A", dry_run=True)
    assert [c.after for c in dry.changes] == ["fmt/9999"] and store.package(AIP).versions == 1
    result = reidentify.identify_again(store, clock, agent="A")
    assert (result.checked, [(c.aip_id, c.before, c.after) for c in result.changes]) == (
        2, [(AIP, "x-fmt/111", "fmt/9999")],
    )  # fmt: skip
    assert (store.package(AIP).versions, store.package("22.31-2026/000148").versions) == (2, 1)
    calls = newer.calls
    assert reidentify.identify_again(store, clock, agent="A").checked == 0 and newer.calls == calls
    assert store.catalogue.with_format("fmt/9999") == (AIP,)
    last = [entry for entry in store.register.entries() if entry["kind"] in ("amendment", "format identification")]
    assert [entry["kind"] for entry in last] == ["amendment", "format identification"]
    assert (last[1]["checked"], last[1]["changed"], last[1]["tool"]) == (2, 1, "siegfried 9 (DROID_V999.xml)")
    assert ingest(store, sip, clock, agent="A") == receipt, "the submission keeps its receipt"
    assert verify(store).bad == () and validate_object(store.storage, store.folder(AIP)) == ()
    assert json.loads(stored(store, "metadata/descriptive/package.json"))["reference"] == sip.reference


def test_a_thousand_changes_are_one_version(store: ArchiveStore, tmp_path: Path) -> None:
    ingest(store, sample_sip(tmp_path / "src"), FixedClock(), agent="A")
    with amending(store, AIP, FixedClock(), agent="A", message="Transfer notes") as amendment:
        for number in range(1000):
            amendment.put(f"notes/{number:04d}.txt", b"%d" % number, "text/plain")
        amendment.event(SipEvent("metadata modification", "2026-11-22T09:00:00Z", "notes", "1000 added", "A"))
        with pytest.raises(PackageRefused):
            amendment.put("../x", b"", "text/plain")
        with pytest.raises(PackageRefused):
            amendment.put("notes/0001.txt", b"", "text/plain")
    aip = store.package(AIP)
    assert aip.versions == 2 and sum("/notes/" in file.path for file in aip.files) == 1000
    inventories = list((store.root / store.folder(AIP)).rglob("inventory.json"))
    assert len(inventories) == 3
    with amending(store, AIP, FixedClock(), agent="A", message="nothing"):
        pass
    assert store.package(AIP).versions == 2
    assert verify(store).bad == ()


def test_amending_stops_without_a_trace(store: ArchiveStore, tmp_path: Path) -> None:
    ingest(store, sample_sip(tmp_path / "src"), FixedClock(), agent="A")
    with (
        pytest.raises(RuntimeError, match="stopped"),
        amending(store, AIP, FixedClock(), agent="A", message="x") as amendment,
    ):
        amendment.put("note.txt", b"x", "text/plain")
        raise RuntimeError("stopped")
    assert store.package(AIP).versions == 1 and verify(store).bad == ()


def test_nothing_is_added_to_an_erased_package(store: ArchiveStore, tmp_path: Path) -> None:
    from archive.keeping.erase import erase

    ingest(store, sample_sip(tmp_path / "src"), FixedClock(), agent="A")
    erase(store, AIP, FixedClock(), agent="R", order="1", reason="x")
    assert format_report(store, load_policy()) == ()
    with (
        pytest.raises(Erased),
        amending(store, AIP, FixedClock(), agent="A", message="x") as amendment,
    ):
        amendment.put("note.txt", b"x", "text/plain")
