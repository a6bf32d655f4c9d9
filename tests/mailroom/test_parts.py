"""Deliveries with parts: limits, stops in mid-work, repetitions, erasure, and what a message holds."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pikepdf
import pytest
from sqlmodel import Session, col, select

from erecords.ports import RecordNames
from mailroom.custody import proof
from mailroom.eraser import MailEraser
from mailroom.errors import Refused
from mailroom.models import Delivery, Letter
from mailroom.processing import finishing, runs
from mailroom.processing.room import drop_folders
from mailroom.settings import MailroomSettings
from mailroom.stages.expand import Expanded, expand
from mailroom.stages.htmltext import decoded_html, html_text
from mailroom.stages.identify import identify
from mailroom.stages.message import read_message
from mailroom.stages.prepare import prepare
from mailroom.stages.xmltext import xml_text

SETTINGS = MailroomSettings()
LETTER = "Sehr geehrte Damen und Herren,\nhiermit lege ich Widerspruch gegen den Bescheid Nr. {} ein.\nMit Grüßen\n"


def packed(members: dict[str, bytes | str], path: Path | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    if path:
        path.write_bytes(out.getvalue())
    return out.getvalue()


def test_an_endless_header_takes_no_time(tmp_path: Path) -> None:
    """The standard library's parser needs minutes for this one, and weeks for a longer one."""
    path = tmp_path / "a.eml"
    path.write_bytes(
        b"From: a@example.org\nTo: " + b'"' * 300_000 + b"\nSubject: " + b"=?utf-8?Q?x?= " * 20_000 + b"\n\nHallo\n"
    )
    message = read_message(path, SETTINGS)
    assert message.text == "Hallo"
    assert message.headers["subject"].startswith("xxx")


def expanded(path: Path, work: Path, depth: int = 0, **limits: int) -> Expanded:
    settings = SETTINGS.model_copy(update=limits)
    return expand(path, work, identify(path, path.name, settings), depth, settings)


def refusal(path: Path, work: Path, depth: int = 0, **limits: int) -> str:
    with pytest.raises(Refused) as caught:
        expanded(path, work, depth, **limits)
    return caught.value.reason.value


def rows(office) -> list[Delivery]:
    with Session(office.engine) as session:
        return list(session.exec(select(Delivery).order_by(col(Delivery.id))))


def states(office) -> list[tuple[str, str, str | None]]:
    return [(row.name, row.state.value, row.reason) for row in rows(office)]


def take(office, *paths: Path) -> list[int]:
    return runs.take(office, list(paths), "mail", 1, lambda _id: None)


def complete(office) -> bool:
    with office.read() as session:
        return proof.report(session, office.blobs, drop_folders(office)).complete


class TestArchives:
    def test_only_plain_files_come_out_and_names_stay_text(self, tmp_path: Path) -> None:
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("../../etc/passwd", "x")
            archive.writestr("ordner/", "")
            archive.writestr("__MACOSX/._brief.pdf", "x")
            archive.writestr("Thumbs.db", "x")
            link = zipfile.ZipInfo("link.pdf")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
            archive.writestr("/abs\x07olut\ud800.txt".encode("utf-8", "replace").decode(), "y")
        found = expanded(path, tmp_path / "work")
        assert [part.name for part in found.parts] == ["../../etc/passwd", "/absolut?.txt"]
        assert {part.path.parent for part in found.parts if part.path} == {tmp_path / "work" / "parts"}
        assert "left-inside: 3 entries" in found.findings[0]

    @pytest.mark.parametrize(
        ("limits", "depth", "reason"),
        [
            ({"max_parts": 2}, 0, "too-large"),
            ({"max_unpacked": 1_000_000}, 0, "too-large"),
            ({"max_ratio": 10}, 0, "too-large"),
            ({"max_nesting": 2}, 2, "too-large"),
        ],
    )
    def test_limits(self, limits: dict[str, int], depth: int, reason: str, tmp_path: Path) -> None:
        path = tmp_path / "a.zip"
        packed({f"{n}.txt": bytes(6_000_000) for n in range(3)}, path)
        assert refusal(path, tmp_path / "work", depth, **limits) == reason

    def test_a_size_that_lies_is_not_believed(self, tmp_path: Path) -> None:
        data = packed({"a.txt": bytes(20_000_000)})
        path = tmp_path / "a.zip"
        path.write_bytes(data.replace((20_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
        found = expanded(path, tmp_path / "work")
        assert [(part.path, part.fault) for part in found.parts] in ([(None, "damaged")], [(found.parts[0].path, None)])
        assert all(part.path is None or part.path.stat().st_size <= 10 for part in found.parts)

    def test_one_damaged_member_does_not_keep_the_others(self, tmp_path: Path) -> None:
        data = bytearray(packed({"a.txt": "erster " * 50, "b.txt": "zweiter " * 50}))
        data[40] ^= 0xFF
        path = tmp_path / "a.zip"
        path.write_bytes(data)
        assert [part.fault for part in expanded(path, tmp_path / "work").parts] == ["damaged", None]

    @pytest.mark.parametrize("members", [{}, {"ordner/": ""}, {"Thumbs.db": "x"}])
    def test_an_empty_archive_is_no_mail(self, members: dict[str, str], tmp_path: Path) -> None:
        path = tmp_path / "a.zip"
        packed(dict(members), path)
        assert refusal(path, tmp_path / "work") == "no-pages"

    def test_tar_links_and_devices_stay(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tar"
        with tarfile.open(path, "w") as archive:
            for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("dev", tarfile.CHRTYPE)):
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = kind, "/etc/passwd"
                archive.addfile(entry)
            entry = tarfile.TarInfo("brief.txt")
            entry.size = 5
            archive.addfile(entry, io.BytesIO(b"Brief"))
        found = expanded(path, tmp_path / "work")
        assert [part.name for part in found.parts] == ["brief.txt"]

    @pytest.mark.parametrize("form", ["gz", "bz2", "xz"])
    def test_packed_tapes_are_opened(self, form: str, tmp_path: Path) -> None:
        path = tmp_path / f"a.tar.{form}"
        with tarfile.open(path, f"w:{form}") as archive:
            for name in ("eins.txt", "zwei.txt"):
                entry = tarfile.TarInfo(name)
                entry.size = 5
                archive.addfile(entry, io.BytesIO(b"Brief"))
        found = expanded(path, tmp_path / "work")
        assert [(part.name, part.path.read_bytes()) for part in found.parts if part.path] == [
            ("eins.txt", b"Brief"),
            ("zwei.txt", b"Brief"),
        ]

    def test_a_packed_file_is_one_part(self, tmp_path: Path) -> None:
        path = tmp_path / "brief.pdf.gz"
        path.write_bytes(gzip.compress(b"%PDF-1.4 ..."))
        (part,) = expanded(path, tmp_path / "work").parts
        assert part.path is not None and part.path.read_bytes() == b"%PDF-1.4 ..."

    @pytest.mark.parametrize(
        "data", [gzip.compress(bytes(30_000_000)), gzip.compress(b"x" * 999)[:-12]], ids=["bomb", "cut"]
    )
    def test_packed_bombs_and_cut_files_are_refused(self, data: bytes, tmp_path: Path) -> None:
        path = tmp_path / "a.gz"
        path.write_bytes(data)
        with pytest.raises(Refused) as caught:
            found = expanded(path, tmp_path / "work")
            raise Refused(found.parts[0].fault)  # type: ignore[arg-type]
        assert caught.value.reason.value in ("too-large", "damaged")

    def test_what_a_packed_tape_skips_counts(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            entry = tarfile.TarInfo("Thumbs.db")
            entry.size = 30_000_000
            archive.addfile(entry, io.BytesIO(bytes(entry.size)))
        assert refusal(path, tmp_path / "work") == "too-large"

    @pytest.mark.parametrize("alphabet", ["cp437", "cp850", "cp1252", "utf-8"])
    def test_names_without_a_stated_alphabet(self, alphabet: str, tmp_path: Path) -> None:
        name = "Müllgebühr Größe.txt"
        plain = "x" * len(name.encode(alphabet))
        path = tmp_path / "a.zip"
        path.write_bytes(packed({plain: "Brief"}).replace(plain.encode(), name.encode(alphabet)))
        assert [part.name for part in expanded(path, tmp_path / "work").parts] == [name]

    def test_a_mailbox_is_as_many_messages(self, tmp_path: Path) -> None:
        path = tmp_path / "a.mbox"
        one = "From a@b.de Mon Oct 12 10:00:00 2026\nFrom: a@b.de\nTo: c@d.de\nSubject: {}\n\nText\nFrom hier an\n\n"
        path.write_text("".join(one.format(number) for number in range(3)))
        found = expanded(path, tmp_path / "work")
        assert [part.name for part in found.parts] == [f"Nachricht {number}.eml" for number in (1, 2, 3)]
        subjects = [read_message(part.path, SETTINGS).headers["subject"] for part in found.parts if part.path]
        assert subjects == ["0", "1", "2"] and not found.is_letter
        assert refusal(path, tmp_path / "work", max_parts=2) == "too-large"


class TestXml:
    UBL = (
        '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>RE 7</ID>'
        "<IssueDate>2026-10-12</IssueDate><BuyerReference>04011000-12345-03</BuyerReference>"
        "<LegalMonetaryTotal><PayableAmount currencyID='EUR'>336.90</PayableAmount></LegalMonetaryTotal>"
        "<AdditionalDocumentReference><Attachment><EmbeddedDocumentBinaryObject filename='plan.txt'>QW5sYWdl"
        "</EmbeddedDocumentBinaryObject></Attachment></AdditionalDocumentReference></Invoice>"
    )

    def test_an_invoice_is_read_for_people(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xml"
        path.write_text(self.UBL)
        text, head = xml_text(path)
        assert head == [
            ("Rechnungsnummer", "RE 7"),
            ("Rechnungsdatum", "12.10.2026"),
            ("Leitweg-ID", "04011000-12345-03"),
            ("Zahlbetrag", "336.90"),
        ]
        assert "    PayableAmount: 336.90 (currencyID EUR)" in text.split("\n") and "QW5sYWdl" not in text

    def test_the_files_in_an_invoice_are_parts(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xml"
        path.write_text(self.UBL)
        found = expanded(path, tmp_path / "work")
        assert [(part.name, part.path.read_bytes()) for part in found.parts if part.path] == [("plan.txt", b"Anlage")]
        assert found.is_letter

    def test_an_invoice_becomes_a_letter(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xml"
        path.write_text(self.UBL)
        made = prepare(path, tmp_path / "work", identify(path, path.name, SETTINGS), SETTINGS)
        assert made.findings[0].startswith("machine-data: It is an electronic invoice")

    @pytest.mark.parametrize(
        ("xml", "reason"),
        [
            ("<?xml version='1.0'?><a><b></a>", "damaged"),
            ("<?xml version='1.0'?>" + "<a>" * 9_000 + "</a>" * 9_000, "damaged"),
            ("<?xml version='1.0'?>" + " " * 3_000 + "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "wrong-type"),
        ],
    )
    def test_xml_that_means_harm_is_refused(self, xml: str, reason: str, tmp_path: Path) -> None:
        path = tmp_path / "a.xml"
        path.write_text(xml)
        assert refusal(path, tmp_path / "work") == reason


def test_html_files_are_read_in_the_alphabet_that_they_state() -> None:
    page = "<html><head><meta charset='{}'></head><body>Größe</body></html>"
    for alphabet in ("utf-8", "windows-1252", "iso-8859-15"):
        assert html_text(decoded_html(page.format(alphabet).encode(alphabet))) == "Größe"
    assert html_text(decoded_html(page.format("x-unbekannt").encode("cp1252"))) == "Größe"


class TestMessages:
    @staticmethod
    def message(**headers: str) -> EmailMessage:
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = "Jörg Süß <js@example.de>", "post@zwoenau.example", "Grüße"
        for name, value in headers.items():
            made[name] = value
        return made

    def read(self, made: EmailMessage | bytes, tmp_path: Path):
        path = tmp_path / "mail.eml"
        path.write_bytes(made if isinstance(made, bytes) else bytes(made))
        return read_message(path, SETTINGS)

    def test_logos_of_the_layout_are_no_letters_but_a_scan_is(self, tmp_path: Path) -> None:
        made = self.message()
        made.set_content("Siehe unten.")
        made.add_alternative('<p>Siehe unten.</p><img src="cid:logo"><img src="cid:scan">', subtype="html")
        html = made.get_payload()[1]
        html.add_related(bytes(3_000), "image", "png", cid="<logo>")
        html.add_related(bytes(30_000), "image", "png", cid="<scan>", filename="scan.png")
        made.add_attachment(bytes(3_000), "image", "png", filename="klein.png")
        found = self.read(made, tmp_path)
        assert [one.name for one in found.attached] == ["scan.png", "klein.png"]
        assert [note.partition(":")[0] for note in found.notes] == ["inline-picture"]

    @pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "iso-8859-15", "windows-1252", "utf-16", "x-unbekannt"])
    def test_german_letters_in_every_alphabet(self, charset: str, tmp_path: Path) -> None:
        known = "cp1252" if charset.startswith("x-") else charset
        head = f"From: a@b.de\r\nSubject: x\r\nContent-Type: text/plain; charset={charset}\r\n"
        body = "Größe, Straße, äöü".encode(known)
        import base64

        data = head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(body)
        assert self.read(data, tmp_path).text.strip() == "Größe, Straße, äöü"

    def test_bare_bytes_in_a_header(self, tmp_path: Path) -> None:
        data = "From: Jörg <j@b.de>\r\nSubject: Müllgebühr\r\n\r\nText".encode("latin-1")
        assert self.read(data, tmp_path).headers["subject"] == "Müllgebühr"

    @pytest.mark.parametrize(
        "head",
        [
            b"From: <<<>>>,;:@\r\nTo: =?x?y?z?=\r\nDate: gestern\r\n",
            b"From: a@b\r\nContent-Type: multipart/mixed\r\nSubject:\r\n",
            b"From: a@b\r\nTo: c\r\nContent-Type: ;;;=\r\nContent-Disposition: attachment; filename*=x'y'%ZZ%\r\n",
            b"From: a@b\r\nTo: c\r\nContent-Transfer-Encoding: base64\r\nMessage-ID: [\r\n",
            b"From: a@b\r\nTo: c\r\nContent-Type: text/plain; charset=base64\r\nDate: Fri, 99 Foo 9999999 99:99\r\n",
        ],
    )
    def test_malformed_headers_do_no_harm(self, head: bytes, tmp_path: Path) -> None:
        found = self.read(head + b"\r\nHallo Welt\r\n", tmp_path)
        assert found.headers["from"] and (found.text.strip() == "Hallo Welt" or found.attached)

    def test_deep_nesting_ends(self, tmp_path: Path) -> None:
        lines = b"From: a@b\r\nTo: c\r\n"
        for level in range(3_000):
            lines += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level)
        path = tmp_path / "mail.eml"
        path.write_bytes(lines + b"\r\nHallo")
        assert refusal(path, tmp_path / "work") == "too-large"

    def test_html_alone_is_read_without_its_scripts(self, tmp_path: Path) -> None:
        made = self.message()
        made.set_content(
            "<html><head><title>t</title><style>p{}</style></head><body><script>alert(1)</script><p>Guten&nbsp;Tag"
            '<br>zweite <b>Zeile</b></p><a href="https://boese.example/x">Ihre Bank</a></body></html>',
            subtype="html",
        )
        assert self.read(made, tmp_path).text == "Guten Tag\nzweite Zeile\nIhre Bank <https://boese.example/x>"

    @pytest.mark.parametrize("html", ["", "<", "<script>", "</p></div>" * 9, "<p" * 2_000, "<div>" * 20_000 + "tief"])
    def test_broken_html_is_borne(self, html: str) -> None:
        assert isinstance(html_text(html), str)

    def test_an_encrypted_part_does_not_hide_the_text(self, tmp_path: Path) -> None:
        made = self.message()
        made.set_content("Der Rest ist geheim.")
        made.add_attachment(bytes.fromhex("3082010006092a864886f70d010703") + bytes(99), "application", "pkcs7-mime")
        found = self.read(made, tmp_path)
        assert found.text.strip() == "Der Rest ist geheim." and found.notes[0].startswith("encrypted-part")


class TestPdf:
    @staticmethod
    def with_files(path: Path, **files: tuple[bytes, str]) -> None:
        with pikepdf.new() as pdf:
            pdf.add_blank_page(page_size=(595, 842))
            for name, (data, relation) in files.items():
                spec = pikepdf.AttachedFileSpec(
                    pdf, data, filename=f"{name}.txt", relationship=pikepdf.Name(f"/{relation}")
                )
                pdf.attachments[name] = spec
            pdf.save(path)

    def test_the_data_of_an_electronic_invoice_stays(self, tmp_path: Path) -> None:
        path = tmp_path / "rechnung.pdf"
        self.with_files(path, daten=(b"<?xml version='1.0'?><x/>", "Alternative"), brief=(b"Anlage", "Supplement"))
        found = expanded(path, tmp_path / "work")
        assert [part.name for part in found.parts] == ["brief.txt"] and found.is_letter
        assert found.findings[0].startswith("invoice-data")

    def test_deeper_than_the_limit_stays_in_the_original(self, tmp_path: Path) -> None:
        path = tmp_path / "brief.pdf"
        self.with_files(path, brief=(b"Anlage", "Supplement"))
        found = expanded(path, tmp_path / "work", 5)
        assert not found.parts and found.findings[0].startswith("attachments-left")


@pytest.fixture
def post(tmp_path: Path) -> Path:
    path = tmp_path / "post.zip"
    packed({"eins.txt": LETTER.format(1), "defekt.pdf": b"%PDF-1.7\n", "zwei.txt": LETTER.format(2)}, path)
    return path


class TestMailRoom:
    def test_a_fault_stays_with_its_part_and_custody_counts_parts(self, office, post: Path) -> None:
        assert len(take(office, post)) == 4
        assert states(office) == [
            ("post.zip", "processed", None),
            ("eins.txt", "processed", None),
            ("defekt.pdf", "quarantined", "truncated"),
            ("zwei.txt", "processed", None),
        ]
        assert (rows(office)[0].letters, rows(office)[0].parts) == (0, 3)
        assert complete(office)
        with office.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE delivery SET parts = 4 WHERE id = 1")
        with office.read() as session:
            report = proof.report(session, office.blobs, drop_folders(office))
        assert report.missing == ("delivery:1: 4 files came out of it, 3 are recorded",)

    @pytest.mark.parametrize("place", ["before", "after"])
    def test_a_stop_while_parts_are_written_down_doubles_nothing(
        self, office, post: Path, place: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Stop(BaseException):
            """The power goes."""

        whole: Callable[..., list[str]] = finishing.Finisher._write

        def stop(self, *arguments: object) -> list[str]:
            if place == "after":
                whole(self, *arguments)
            raise Stop

        with monkeypatch.context() as patch, pytest.raises(Stop):
            patch.setattr(finishing.Finisher, "_write", stop)
            take(office, post)
        assert complete(office)
        first = [row.id for row in rows(office)]
        runs.watch_once(office, 1, lambda _id: None, print)
        assert [row.id for row in rows(office)][: len(first)] == first
        assert len(rows(office)) == 4 and complete(office)
        assert not list((office.home / "work").glob("[0-9]*"))

    def test_released_again_it_doubles_nothing(self, office, post: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        limited = MailroomSettings(max_parts=2)
        with monkeypatch.context() as patch:
            patch.setattr(type(office.settings), "section", _sections(office, limited))
            take(office, post)
        assert states(office) == [("post.zip", "quarantined", "too-large")]
        runs.release(office, rows(office)[0].id, None)
        assert [state for _, state, _ in states(office)] == ["processed", "processed", "quarantined", "processed"]
        assert complete(office)

    def test_nested_archives_share_one_limit(self, office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        inner = [packed({f"{n}-{m}.txt": LETTER.format(n * 10 + m) for m in range(3)}) for n in range(3)]
        packed({f"{n}.zip": data for n, data in enumerate(inner)}, tmp_path / "aussen.zip")
        with monkeypatch.context() as patch:
            patch.setattr(type(office.settings), "section", _sections(office, MailroomSettings(max_parts=7)))
            take(office, tmp_path / "aussen.zip")
        found = {name: (state, reason) for name, state, reason in states(office)}
        assert found["0.zip"] == ("processed", None) and found["2.zip"] == ("quarantined", "too-large")
        assert complete(office)

    def test_the_machine_files_no_attachment_away_from_its_covering_letter(self, office, tmp_path: Path) -> None:
        made = TestMessages.message(Date="Fri, 20 Nov 2026 11:00:00 +0100")
        made.set_content("Guten Tag,\n\nich lege Widerspruch ein.\n")
        made.add_attachment(
            b"Der Hund ist am 2.10.2026 gestorben, Abmeldung Hundesteuer.", "text", "plain", filename="n.txt"
        )
        path = tmp_path / "mail.eml"
        path.write_bytes(bytes(made))
        take(office, path)
        with Session(office.engine) as session:
            cover, attached = session.exec(select(Letter).order_by(Letter.number)).all()
        assert attached.case_reference in (None, cover.case_reference)
        if attached.suggestion["recommendation"] == "strong" and attached.case_reference is None:
            assert any(cover.number in finding for finding in attached.findings)

    def test_the_same_attachment_twice_makes_one_letter(self, office, tmp_path: Path) -> None:
        packed({"a.txt": LETTER.format(1), "b.txt": LETTER.format(1)}, tmp_path / "a.zip")
        take(office, tmp_path / "a.zip")
        assert [state for _, state, _ in states(office)] == ["processed", "processed", "duplicate"]

    def test_an_archive_is_erased_with_the_last_letter_that_came_out_of_it(self, office, tmp_path: Path) -> None:
        packed({"eins.txt": LETTER.format(1), "zwei.txt": LETTER.format(2)}, tmp_path / "a.zip")
        take(office, tmp_path / "a.zip")
        with Session(office.engine) as session:
            numbers = [letter.number for letter in session.exec(select(Letter).order_by(Letter.number))]
        digest = rows(office)[0].sha512 or ""
        for number, gone in zip(numbers, ([False, True, False], [True, True, True]), strict=True):
            with office.work() as work:
                MailEraser().erase(work, [RecordNames(0, ("x",), (), (number,))])
            assert [row.erased for row in rows(office)] == gone
            with office.read() as session:
                assert (digest in MailEraser().blobs_in_use(session, (digest,))) is not all(gone)
        assert complete(office)


def _sections(office, limited: MailroomSettings) -> Callable[..., object]:
    original = type(office.settings).section
    return lambda self, kind: limited if kind is MailroomSettings else original(self, kind)
