"""The destruction certificate, as JSON and as PDF/A."""

import io
import json

import pikepdf
import pypdfium2
import pytest
from pikepdf.pdfa import validate_written

from erecords.errors import NotFound
from retention.disposal import certificate, certificate_pdf


@pytest.fixture
def issued(city):
    kept, gone = city.case("10.41", words=("Eins", "Zwei")), city.case("10.5")
    list_id = city.approved()
    with city.read() as session, pytest.raises(NotFound, match="no certificate yet"):
        certificate.find(session, list_id)
    city.carry_out(list_id)
    with city.read() as session:
        row = certificate.find(session, list_id)
    return kept, gone, city.blobs.read(row.json_sha512), city.blobs.read(row.pdf_sha512)


def test_the_json_holds_the_proof(issued):
    kept, gone, as_json, _ = issued
    values = json.loads(as_json)
    assert values["number"] == "LP-2026-0001"
    assert values["counts"] == {"transferred": 1, "destroyed": 1}
    assert [values[key]["id"] for key in ("proposed", "approved", "carried_out")] == ["u-org1", "u-hpa0", "u-org1"]
    by_reference = {item["reference"]: item for item in values["items"]}
    assert by_reference[kept]["receipt"]["reference"] == kept and by_reference[kept]["waiver"] is None
    assert by_reference[gone]["waiver"]["scope"] == "R-DSGVO" and by_reference[gone]["receipt"] is None
    assert len([thing for thing in by_reference[kept]["objects"] if thing["sha512"]]) == 4
    assert by_reference[gone]["retained_to"] == "2029-12-31"


def test_the_page_is_pdf_a_and_reads_well(issued, tmp_path):
    kept, gone, _, as_pdf = issued
    path = tmp_path / "certificate.pdf"
    path.write_bytes(as_pdf)
    assert validate_written(path, "2b").passed
    document = pypdfium2.PdfDocument(as_pdf)
    text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    for words in ("Löschprotokoll LP-2026-0001", f"{kept}", f"{gone}", "Petra Wallroth (u-org1)", "Seite 1 von"):
        assert words in text


def test_the_same_values_give_the_same_page(city):
    city.case("10.5")
    list_id = city.approved()
    city.carry_out(list_id)
    with city.read() as session:
        row = certificate.find(session, list_id)
    values = json.loads(city.blobs.read(row.json_sha512))
    pages = city.blobs.read(row.pdf_sha512)
    assert certificate_pdf.write_pdf(values, values["items"], row.json_sha512, row.at) == pages
    with pikepdf.open(io.BytesIO(pages)) as pdf:
        metadata = pdf.open_metadata()
        issued = row.at.isoformat(timespec="seconds")
        assert [metadata[f"xmp:{name}Date"] for name in ("Create", "Modify", "Metadata")] == [issued] * 3


def test_a_very_long_list_is_counted_by_class(city, monkeypatch):
    monkeypatch.setattr(certificate_pdf, "_DETAILED", 1)
    monkeypatch.setattr(certificate_pdf, "_LISTED", 2)
    names = [city.case("10.5"), city.case("10.5"), city.case("10.41")]
    list_id = city.approved()
    city.carry_out(list_id)
    with city.read() as session:
        row = certificate.find(session, list_id)
    document = pypdfium2.PdfDocument(city.blobs.read(row.pdf_sha512))
    text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    assert (
        "2 vernichtet" in text
        and "1 an das Archiv übergeben" in text
        and row.json_sha512[:32] in text.replace("\r\n", "")
    )
    assert not any(name in text for name in names)
