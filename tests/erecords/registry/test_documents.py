import io
from datetime import date

import pytest
from PIL import Image, ImageDraw
from sqlmodel import select

from erecords.errors import Conflict, InputRefused, NotFound, NotPermitted, StoreDamaged
from erecords.registry import adding, cases, content, documents, exporter, finding, indexable
from erecords.registry.documents import NewRendition
from erecords.store.lifecycle import RenditionKind
from erecords.store.models import AuditEntry, Document, Outbox, Rendition
from tests.city import City


@pytest.fixture
def case(city: City) -> str:
    with city.work("u-hust1") as work:
        return cases.open_case(work, city.actor("u-hust1"), class_notation="22.31", title="Hundesteuer").reference


def pdf(*pages: str) -> bytes:
    """A PDF with a text layer."""
    from fpdf import FPDF

    document = FPDF()
    document.set_font("Helvetica", size=12)
    for page in pages:
        document.add_page()
        document.multi_cell(0, 8, page)
    return bytes(document.output())


def png() -> bytes:
    image = Image.new("L", (200, 80), 255)
    ImageDraw.Draw(image).text((10, 10), "Brief", fill=0)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def add(city: City, case: str, tmp_path, name: str, data: bytes, **values) -> int:
    path = tmp_path / name
    path.write_bytes(data)
    return documents.document_id(adding.add_file(city, city.actor("u-hust1"), case, path, **values))


@pytest.mark.parametrize(
    ("name", "data", "mime", "puid", "text"),
    [
        (
            "brief.pdf",
            pdf("Bescheid für Uwe Colditz", "Seite zwei"),
            "application/pdf",
            "fmt/",
            "Uwe Colditz\fSeite zwei",
        ),
        ("scan.png", png(), "image/png", "fmt/", ""),
        ("notiz.txt", "Telefonvermerk: Rückruf".encode(), "text/plain", "x-fmt/111", "Telefonvermerk: Rückruf"),
        ("alt.txt", "Müller, Straße".encode("cp1252"), "text/plain", "x-fmt/111", "Müller, Straße"),
        ("kein.pdf", b"%PDF-1.4\n%\xe2\xe3 kaputt", "application/pdf", "", ""),
        ("daten.bin", bytes(range(256)) * 4, "application/octet-stream", "", ""),
        ("luege.pdf", png(), "image/png", "fmt/", ""),
    ],
)
def test_a_file_is_what_its_bytes_say(city, case, tmp_path, name, data, mime, puid, text):
    number = add(
        city, case, tmp_path, name, data, title="Bescheid", date=date(2026, 11, 20), type="hundesteuerbescheid"
    )
    with city.read() as session:
        document = session.get_one(Document, number)
        version = documents.current(session, document)
        original = version.rendition(RenditionKind.ORIGINAL)
        assert original.mime.startswith(mime) and original.puid.startswith(puid) and version.name == name
        assert city.blobs.read(original.sha512) == data
        assert text in documents.text(session, city.actor("u-hust1"), city.blobs, number)
        assert (version.rendition(RenditionKind.TEXT) is not None) == bool(text)


def test_the_title_is_the_files_name_when_none_is_given(city, case, tmp_path):
    number = add(city, case, tmp_path, "Bescheid vom Montag.txt", b"Text")
    with city.read() as session:
        assert session.get_one(Document, number).title == "Bescheid vom Montag"


@pytest.mark.parametrize("kind", ["empty", "folder", "missing"])
def test_what_is_no_file_is_refused(city, case, tmp_path, kind):
    path = tmp_path / "x.pdf"
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "folder":
        path.mkdir()
    with pytest.raises(InputRefused):
        adding.add_file(city, city.actor("u-hust1"), case, path)


@pytest.mark.parametrize(
    ("actor", "error"),
    [("u-baug1", NotFound), ("u-post1", NotFound), ("u-it1", NotFound), ("u-arc1", NotPermitted)],
)
def test_nothing_is_stored_for_who_may_not_file(city, case, tmp_path, actor, error):
    path = tmp_path / "x.txt"
    path.write_bytes(b"Text")
    with pytest.raises(error):
        adding.add_file(city, city.actor(actor), case, path)
    assert list(city.blobs.all()) == []


def test_a_new_version_supersedes_and_the_first_stays(city, case, tmp_path):
    number = add(city, case, tmp_path, "a.txt", b"Betrag 120 Euro")
    path = tmp_path / "b.txt"
    path.write_bytes(b"Betrag 96 Euro")
    actor = city.actor("u-hust1")
    adding.supersede_file(city, actor, number, path)
    with city.read() as session:
        found = documents.versions(session, session.get_one(Document, number))
        assert [(version.number, version.name) for version in found] == [(1, "a.txt"), (2, "b.txt")]
        assert documents.text(session, actor, city.blobs, number) == "Betrag 96 Euro"
        first = found[0].rendition(RenditionKind.ORIGINAL)
        assert city.blobs.read(first.sha512) == b"Betrag 120 Euro"
        assert indexable.document(session, city.blobs, number).text == "Betrag 96 Euro"


@pytest.mark.parametrize(
    "values",
    [{"title": ""}, {"title": "a\nb"}, {"sender": "a\x00"}, {"type": "../x"}, {"type": "x" * 101}],
)
def test_a_value_that_is_not_fit_is_refused_and_nothing_is_registered(city, case, values):
    blob = city.blobs.put_bytes(b"Brief")
    original = NewRendition(RenditionKind.ORIGINAL, blob.sha512, blob.bytes, "text/plain")
    given = {"title": "Brief", "name": "brief.txt", "renditions": [original]} | values
    with pytest.raises(InputRefused), city.work("u-hust1") as work:
        actor = city.actor("u-hust1")
        documents.register(work, actor, city.blobs, cases.find(work.session, actor, case), **given)
    with city.read() as session:
        assert session.exec(select(Document)).all() == []


def test_files_before_rows(city, case):
    missing = NewRendition(RenditionKind.ORIGINAL, "0" * 128, 5, "text/plain")
    with pytest.raises(StoreDamaged), city.work("u-hust1") as work:
        actor = city.actor("u-hust1")
        found = cases.find(work.session, actor, case)
        documents.register(work, actor, city.blobs, found, title="Brief", name="x", renditions=[missing])


@pytest.mark.parametrize("kinds", [[], [RenditionKind.TEXT], [RenditionKind.ORIGINAL, RenditionKind.ORIGINAL]])
def test_a_version_has_one_original(city, case, kinds):
    blob = city.blobs.put_bytes(b"Brief")
    renditions = [NewRendition(kind, blob.sha512, blob.bytes, "text/plain") for kind in kinds]
    with pytest.raises(ValueError, match="one original"), city.work("u-hust1") as work:
        actor = city.actor("u-hust1")
        found = cases.find(work.session, actor, case)
        documents.register(work, actor, city.blobs, found, title="Brief", name="x", renditions=renditions)


def test_names_from_outside_are_made_safe_and_people_stay_out_of_the_chain(city, case, tmp_path):
    number = add(city, case, tmp_path, "-rf ..\u202eColditz.txt", b"Text", title="Brief Colditz")
    with city.read() as session:
        assert documents.current(session, session.get_one(Document, number)).name == "rf ..Colditz.txt"
        assert "Colditz" not in " ".join(session.exec(select(AuditEntry.details)))


def test_a_document_of_a_protected_class_is_hidden_from_others(city, case, tmp_path):
    number = add(city, case, tmp_path, "a.txt", b"Text")
    with city.read() as session:
        for actor in ("u-hust1", "u-sta0", "u-dsb1"):
            assert documents.find(session, city.actor(actor), number).id == number
        for actor in ("u-baug1", "u-org1", "u-arc1", "u-it1", "u-post1"):
            with pytest.raises(NotFound, match=f"no document {number} that you may see"):
                documents.text(session, city.actor(actor), city.blobs, number)
            with pytest.raises(NotFound):
                documents.stored_file(session, city.actor(actor), city.blobs, number, RenditionKind.ORIGINAL)


def test_an_original_is_verified_before_it_is_given_out(city, case, tmp_path):
    number = add(city, case, tmp_path, "a.txt", b"Text")
    actor = city.actor("u-hust1")
    with city.read() as session:
        version, source = documents.stored_file(session, actor, city.blobs, number, RenditionKind.ORIGINAL)
        target = exporter.copy_out(source, tmp_path / "out.txt", version.name)
        assert target.read_bytes() == b"Text"
        assert exporter.copy_out(source, tmp_path, "../b.txt") == tmp_path / "_b.txt"
        with pytest.raises(InputRefused):
            exporter.copy_out(source, tmp_path / "no" / "folder.txt", version.name)
        with pytest.raises(NotFound, match="it has: original, text"):
            documents.stored_file(session, actor, city.blobs, number, RenditionKind.PDFA)
        source.chmod(0o600)
        source.write_bytes(b"Tex!")
        with pytest.raises(StoreDamaged):
            documents.stored_file(session, actor, city.blobs, number, RenditionKind.ORIGINAL)


def test_what_search_must_know(city, case, tmp_path):
    number = add(city, case, tmp_path, "a.txt", b"Text", date=date(2026, 5, 1), type="widerspruch")
    actor = city.actor("u-hust1")
    with city.work("u-hust1") as work:
        found = cases.find(work.session, actor, case)
        cases.move(work, actor, found, class_notation="22.32", reason="x")
        cases.close(work, actor, found)
    with city.read() as session:
        document = indexable.document(session, city.blobs, number)
        assert (document.title, document.text, document.type, document.date) == (
            "a",
            "Text",
            "widerspruch",
            date(2026, 5, 1),
        )
        assert (document.reference, document.former_references) == ("22.32-2026/000001", ("22.31-2026/000001",))
        assert document.class_path == ("2", "22", "22.3", "22.32")
        assert (document.unit, document.protection, document.state) == ("22.3", "steuergeheimnis", "closed")
        assert document.closing_year == 2026
        of_case = indexable.case(session, document.case_id)
        assert (of_case.document, of_case.title, of_case.text) == (None, "Hundesteuer", "")
        assert indexable.document(session, city.blobs, 99) is None and indexable.case(session, 99) is None


def test_each_change_leaves_work_for_the_indexer(city, case, tmp_path):
    number = add(city, case, tmp_path, "a.txt", b"Text")
    with city.read() as session:
        assert [(row.kind, row.object_id) for row in session.exec(select(Outbox))][-1] == ("document", str(number))


def test_an_error_after_the_files_leaves_no_row(city, case, tmp_path):
    with pytest.raises(InputRefused):
        add(city, case, tmp_path, "a.txt", b"Text", title="a\nb")
    with city.read() as session:
        assert session.exec(select(Document)).all() == [] and session.exec(select(Rendition)).all() == []


def test_a_closed_case_takes_no_new_version(city, case, tmp_path):
    number = add(city, case, tmp_path, "a.txt", b"Text")
    with city.work("u-hust1") as work:
        actor = city.actor("u-hust1")
        cases.close(work, actor, cases.find(work.session, actor, case))
    with pytest.raises(Conflict):
        adding.supersede_file(city, actor, number, tmp_path / "a.txt")
    with city.read() as session:
        assert finding.document_count(session, 1) == 1


def test_text_alone_is_its_own_original(city):
    taken = content.take_text(city.blobs, "Telefonvermerk")
    original, text = taken.renditions
    assert original.sha512 == text.sha512 and (original.mime, original.puid) == ("text/plain", "x-fmt/111")
    for empty in ("", " \n", "x" * (9 << 20)):
        with pytest.raises(InputRefused):
            content.take_text(city.blobs, empty)
