"""METS and PREMIS of real packages against the standards' schemas, resolved without a network."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import etree

from archive.ingest import ingest
from archive.keeping.amend import amending
from archive.metadata.page import size
from archive.package import Related, Rights, Sip, aip_id
from archive.store import ArchiveStore
from tests.archive.samples import amended, new_archive, sample_sip
from tests.fakes import FixedClock

SCHEMAS = Path(__file__).parents[2] / "../shared/schemas"
needs_schemas = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the schema folder ../shared/schemas is absent")
NAMES = {"m": "http://www.loc.gov/METS/", "p": "http://www.loc.gov/premis/v3", "x": "http://www.w3.org/1999/xlink"}


class _ByName(etree.Resolver):
    def resolve(self, url: str, public: str, context: Any) -> Any:
        path = SCHEMAS / "mets" / url.rpartition("/")[2]
        return self.resolve_filename(str(path), context) if path.is_file() else None


def schema(path: str) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_ByName())
    return etree.XMLSchema(etree.parse(str(SCHEMAS / path), parser))


def document(store: ArchiveStore, aip_id: str, path: str) -> Any:
    with store.open(aip_id, path) as stream:
        return etree.parse(stream)


def odd(sip: Sip) -> Sip:
    """Everything that can be strange in a package."""
    return replace(
        sip,
        title='Tücken \x1f ]]> & <b> "',
        description={"note": "a\x0bb\ufffe", "deep": [{"k": None}, 1.5, True]},
        rights=Rights("vertraulich", secrecy=True, personal=True, born=date(1960, 2, 29)),
        files=(replace(sip.files[0], name="documents/D-000012/original/Ä & ü 100% #1;.pdf", original_name="a\x07\nb"),),
    )


def collection(sip: Sip) -> Sip:
    """A case all of whose documents went into packages of its transactions."""
    parts = (Related("V-2026-000123", aip_id("V-2026-000123", "transaction")), Related("V-1", "erecords:x:<&>"))
    return replace(sip, documents=(), files=(), parts=parts)


def transaction(sip: Sip) -> Sip:
    return replace(sip, kind="transaction", reference="V-2026-000123", part_of=Related(sip.reference, sip.aip_id))


@needs_schemas
@pytest.mark.parametrize("change", [lambda sip: sip, odd, collection, transaction])
@pytest.mark.parametrize("amend", [False, True], ids=["ingested", "amended"])
def test_valid_against_schemas(change: Any, amend: bool, tmp_path: Path) -> None:
    store = new_archive(tmp_path)
    receipt = ingest(store, change(sample_sip(tmp_path / "src")), FixedClock(), agent="Archivar")
    if amend:
        with amending(store, receipt.aip_id, FixedClock(), agent="Archivar", message="Note") as amendment:
            amendment.put("note.txt", b"x", "text/plain")
    for path, xsd in (
        ("METS.xml", "mets/mets-1.12.1.xsd"),
        ("representations/rep1/METS.xml", "mets/mets-1.12.1.xsd"),
        ("metadata/preservation/premis.xml", "premis/premis-v3-0.xsd"),
    ):
        if path.startswith("representations/") and change is collection:
            continue
        checker = schema(xsd)
        assert checker.validate(document(store, receipt.aip_id, path)), checker.error_log


def profile_rules() -> list[tuple[str, str, str]]:
    """Number, path of the parent and last step of what the profile of CSIP 2.2 demands."""
    found = []
    if (SCHEMAS / "eark").is_dir():
        profile = etree.parse(str(SCHEMAS / "eark/E-ARK-CSIP-v2-2-0.xml"))
        for rule in profile.xpath("//*[local-name()='requirement'][@REQLEVEL='MUST']"):
            text = " ".join(" ".join(rule.itertext()).split())
            path = re.search(r"METS XPath (\S.*?) Cardinality 1", text)
            if path and str(rule.get("ID")).startswith("CSIP") and "[starts-with" not in path[1]:
                parent, _, last = re.sub(r"(^|/)([a-zA-Z]+)(?!:)", r"\1m:\2", path[1]).rpartition("/")
                found.append((rule.get("ID"), f"/{parent}" if parent else "", last))
    return found


NOT_OURS = {"CSIP113": "no schemas are kept inside", "CSIP103": "representations have a METS.xml of their own"}
"""Rules for what a package of ours does not hold."""


@pytest.mark.parametrize(("rule", "parent", "last"), profile_rules(), ids=lambda value: value[:8])
def test_mets_keeps_the_profile(rule: str, parent: str, last: str, packages: list[Any]) -> None:
    spaces = {**NAMES, "csip": "https://DILCIS.eu/XML/METS/CSIPExtensionMETS", "xlink": NAMES["x"]}
    for root, mets in enumerate(packages):
        below_root = root == 0 or not re.search("Documentation|mdRef|dmdSec", f"{parent}/{last}")
        if rule in NOT_OURS or not below_root or "Schemas" in last or last == "m:div[@LABEL='Representations']":
            continue
        parents = mets.xpath(parent or "/*", namespaces=spaces)
        if last.startswith(("@", "m:mptr")) or parent.endswith(("FLocat", "mdRef", "mptr")):
            pointer = last.startswith("m:mptr")
            divided = [p for p in parents if not pointer or p.get("LABEL", "").startswith("Representations/")]
            assert all(p.xpath(last, namespaces=spaces) for p in divided), rule
        elif parents and last != "m:div[@LABEL='Documentation']":
            assert any(p.xpath(last, namespaces=spaces) for p in parents), rule


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    folder = tmp_path_factory.mktemp("csip")
    store = new_archive(folder)
    receipt = ingest(store, sample_sip(folder / "src"), FixedClock(), agent="Archivar")
    paths = ("METS.xml", "representations/rep1/METS.xml", "representations/rep2/METS.xml")
    return [document(store, receipt.aip_id, path) for path in paths]


def test_mets_lists_every_file_with_digest(tmp_path: Path) -> None:
    store = new_archive(tmp_path)
    sip = sample_sip(tmp_path / "src")
    ingest(store, sip, FixedClock(), agent="Archivar")
    receipt = ingest(store, amended(sip, tmp_path / "src"), FixedClock(), agent="Archivar")
    aip = store.package(receipt.aip_id)
    mets = document(store, aip.id, "METS.xml")
    pointers = mets.xpath("//m:mptr/@x:href", namespaces=NAMES)
    assert pointers == ["representations/rep1/METS.xml", "representations/rep2/METS.xml"]
    assert mets.xpath("//m:metsHdr/@RECORDSTATUS", namespaces=NAMES) == ["NEW"], "both versions are of one instant"
    sums, places = [], []
    for path in ("METS.xml", *pointers):
        inside = document(store, aip.id, path)
        sums += inside.xpath("//m:file/@CHECKSUM | //m:mdRef/@CHECKSUM", namespaces=NAMES)
        places += [
            f"{path.rpartition('/')[0]}/{unquote(item)}".lstrip("/")
            for item in inside.xpath("//m:FLocat/@x:href | //m:mdRef/@x:href", namespaces=NAMES)
        ]
    assert sorted(places) == sorted(f.path for f in aip.files if f.path not in {"METS.xml", "manifest-sha512.txt"})
    sums.sort()
    assert sums == sorted(f.sha512 for f in aip.files if f.path not in {"METS.xml", "manifest-sha512.txt"})
    assert mets.getroot().get("PROFILE") == "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP-v2-2-0.xml"
    with store.open(aip.id, "manifest-sha512.txt") as stream:
        lines = stream.read().decode().splitlines()
    assert sorted(line.split("  ", 1)[1] for line in lines) == [
        f.path for f in aip.files if f.path != "manifest-sha512.txt"
    ]


def test_premis_says_formats_events_and_rights_once(tmp_path: Path) -> None:
    store = new_archive(tmp_path)
    receipt = ingest(store, sample_sip(tmp_path / "src"), FixedClock(), agent="Archivar")
    premis = document(store, receipt.aip_id, "metadata/preservation/premis.xml")

    def values(path: str) -> list[str]:
        return list(premis.xpath(f"{path}/text()", namespaces=NAMES))

    assert "fmt/276" in values("//p:formatRegistryKey") and "x-fmt/111" in values("//p:formatRegistryKey")
    assert values("//p:eventType") == [
        "virus check", "accession", "format identification", "normalization", "message digest calculation",
        "ingestion",
    ]  # fmt: skip
    assert "DROID_SignatureFile" in "".join(values("//p:agentName"))
    assert values("//p:endDate") == ["2056-06-30"]
    assert values("//p:relationshipSubType") == ["has source", "has source"]


def test_index_page_has_no_script_and_its_links_lead_to_files(tmp_path: Path) -> None:
    from lxml import html

    store = new_archive(tmp_path)
    receipt = ingest(store, odd(sample_sip(tmp_path / "src")), FixedClock(), agent="Archivar")
    aip = store.package(receipt.aip_id)
    with store.open(aip.id, "documentation/index.html") as stream:
        page = html.fromstring(stream.read())
    assert not page.xpath("//script") and not page.xpath("//b")
    links = [unquote(link).removeprefix("../") for link in page.xpath("//a/@href")]
    assert links and set(links) <= {file.path for file in aip.files}


def test_index_page_tells_nested_metadata_in_german_tables(tmp_path: Path) -> None:
    from lxml import html

    told = {"transactions": [{"id": "V-1", "title": "Antrag & mehr", "documents": ["D-1", "D-2"]}], "events": {}}
    store = new_archive(tmp_path)
    sip = replace(sample_sip(tmp_path / "src"), description=told)
    receipt = ingest(store, sip, FixedClock(), agent="Archivar")
    with store.open(receipt.aip_id, "documentation/index.html") as stream:
        page = html.fromstring(stream.read())
    inner = page.xpath("//tr[th='Vorgänge']/td/table//tr")
    assert [[cell.text for cell in row] for row in inner] == [
        ["Nummer", "V-1"], ["Titel", "Antrag & mehr"], ["Dokumente", "D-1, D-2"],
    ]  # fmt: skip
    assert not page.xpath("//tr[th='Ereignisse der Akte']"), "what says nothing is not shown"


def test_index_page_is_german_throughout(tmp_path: Path) -> None:
    """Every text that the archive itself makes, for a package from outside with remarks, in two versions."""
    from lxml import html

    store = new_archive(tmp_path)
    sip = replace(
        sample_sip(tmp_path / "src"), kind="bag", events=(), basis="disposal list L-1, rule R-10 version 2: § 147 AO",
        description={"state": "closed", "events": {"zda": "2026-03-01"}, "disposal": {"appraisal": "A"}},
        rights=Rights("personenbezogen", personal=True, born=date(1960, 2, 29)),
    )  # fmt: skip
    sip = replace(sip, files=tuple(replace(file, puid="fmt/1") for file in sip.files))
    more = amended(sip, tmp_path / "src")
    ingest(store, sip, FixedClock(), agent="Archivar", remarks=["case-only: x"])
    receipt = ingest(store, more, FixedClock(), agent="Archivar")
    with store.open(receipt.aip_id, "documentation/index.html") as stream:
        page = html.fromstring(stream.read())
    text = " ".join(page.find("body").text_content().split())
    for german in (
        "29.02.2060 (SächsArchivG § 10: 100 Jahre nach der Geburt der Person)",
        "Aussonderungsliste L-1, Regel R-10 in Fassung 2: § 147 AO", "geschlossen", "A (archivwürdig)", "01.03.2026",
        "Übergabe: übergeben; Grundlage: Aussonderungsliste L-1", "Prüfung: Namen und Prüfsummen",
        "übergeben als fmt/1", "Übernahme: v1: Übernahme von 22.31-2026/000147",
        "5 von 5 Dateien bestimmt", "03.02.2026",
    ):  # fmt: skip
        assert german in text, german
    english = re.compile(r"\b(of|the|and|after|version v|files|handed|success|closed|none|made|read back|rule|list)\b")
    assert not (found := english.search(text)), text[max(0, found.start() - 60) : found.end() + 60]


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "0 Byte"),
        (999, "999 Byte"),
        (1000, "1,0 kB"),
        (999_949, "999,9 kB"),
        (999_950, "1,0 MB"),
        (95 * 10**12, "95,0 TB"),
    ],
)
def test_sizes_as_germans_write_them(count: int, told: str) -> None:
    assert size(count) == told


@needs_schemas
def test_category_and_media_types_are_of_the_vocabularies(tmp_path: Path) -> None:
    """CSIP2 and the media types of CSIP40: found by the validator of the Open Preservation Foundation."""
    vocabulary = etree.parse(str(SCHEMAS / "eark/CSIPVocabularyContentCategory.xml"))
    terms = {term.text for term in vocabulary.iter("{*}Term")}
    store = new_archive(tmp_path)
    receipt = ingest(store, sample_sip(tmp_path / "src"), FixedClock(), agent="Archivar")
    mets = document(store, receipt.aip_id, "METS.xml")
    assert mets.getroot().get("TYPE") in terms
    registered = {"application/json", "application/xml", "application/pdf", "text/plain", "text/html"}
    assert {node.get("MIMETYPE") for node in mets.iter("{*}mdRef", "{*}file")} <= registered
