"""Signatures of PDFs: recorded as found, examined with pyhanko, and the file is never altered."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mailroom.settings import MailroomSettings
from mailroom.stages import signatures
from mailroom.stages.identify import identify
from mailroom.stages.signatures import PdfSignature, Verdict
from tests.mailroom.recognition import drawing

pytest.importorskip("pyhanko")
SETTINGS = MailroomSettings()


def certificate(
    name: str, issuer: str, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey, ca: bool
) -> bytes:
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(7 if ca else 8)
        .not_valid_before(start)
        .not_valid_after(dt.datetime(2099, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(not ca, not ca, False, False, False, ca, ca, False, False),
            critical=True,
        )
    )
    return builder.sign(by, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Callable[..., bytes]]:
    """A folder with the certificate of an authority, and a function that signs a PDF for Erika Beispiel."""
    from asn1crypto import keys as asn1_keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = certificate("Prüfstelle", "Prüfstelle", root_key, root_key, True)
    own = certificate("Erika Beispiel", "Prüfstelle", key, root_key, False)
    folder = tmp_path_factory.mktemp("roots")
    (folder / "root.pem").write_bytes(x509.load_der_x509_certificate(root).public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    store = SimpleCertificateStore()
    store.register(asn1_x509.Certificate.load(root))
    signer = signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(own),
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=store,
    )

    def sign(data: bytes, field: str = "Unterschrift") -> bytes:
        writer = IncrementalPdfFileWriter(io.BytesIO(data))
        meta = signers.PdfSignatureMetadata(field_name=field)
        return signers.sign_pdf(writer, meta, signer=signer).getvalue()

    return folder, sign


@pytest.fixture
def signed(authority: tuple[Path, Callable[..., bytes]], tmp_path: Path) -> bytes:
    return authority[1](drawing.text_pdf(tmp_path / "plain.pdf", "Ich beantrage Akteneinsicht.").read_bytes())


def examined(data: bytes, folder: Path, roots: Path | None = None) -> tuple[PdfSignature, ...]:
    path = folder / "signed.pdf"
    path.write_bytes(data)
    found = signatures.examine(path, SETTINGS.model_copy(update={"signature_roots": str(roots or "")}))
    assert path.read_bytes() == data
    return found


def test_untouched_file_is_intact(signed: bytes, tmp_path: Path) -> None:
    (found,) = examined(signed, tmp_path)
    assert (found.signer, found.field, found.verdict) == ("Erika Beispiel", "Unterschrift", Verdict.INTACT)
    assert (found.coverage, found.trusted, found.time_stamped) == ("whole file", None, False)
    assert dt.datetime.fromisoformat(found.signed).tzinfo is not None
    assert "as the signer says: intact, covers whole file, issuer not checked." in found.sentence


def test_issuer_is_held_against_the_trusted_ones(
    signed: bytes, authority: tuple[Path, Callable[..., bytes]], tmp_path: Path
) -> None:
    assert examined(signed, tmp_path, authority[0])[0].trusted is True
    stranger = tmp_path / "roots"
    stranger.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    (stranger / "other.der").write_bytes(certificate("Andere", "Andere", key, key, True))
    assert examined(signed, tmp_path, stranger)[0].trusted is False


def test_one_changed_byte_breaks_it(signed: bytes, tmp_path: Path) -> None:
    at = signed.index(b"/MediaBox")
    (found,) = examined(signed[:at] + b"/mediaBox" + signed[at + 9 :], tmp_path)
    assert found.verdict is Verdict.BROKEN


def test_a_second_signature_leaves_the_first_intact_over_an_earlier_version(
    signed: bytes, authority: tuple[Path, Callable[..., bytes]], tmp_path: Path
) -> None:
    first, second = examined(authority[1](signed, "Zweite"), tmp_path)
    assert (first.verdict, first.coverage) == (Verdict.INTACT, "earlier version")
    assert (second.verdict, second.coverage) == (Verdict.INTACT, "whole file")


def test_what_was_drawn_over_the_signed_page_later_is_a_change(signed: bytes, tmp_path: Path) -> None:
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    more = writer.add_object(generic.StreamObject(stream_data=b"0 0 500 500 re f"))
    writer.add_stream_to_page(0, more)
    out = io.BytesIO()
    writer.write(out)
    (found,) = examined(out.getvalue(), tmp_path)
    assert (found.verdict, found.coverage) == (Verdict.CHANGED, "earlier version")


def test_what_is_no_signature_says_so(signed: bytes, tmp_path: Path) -> None:
    at = signed.index(b"/Contents <") + 11
    assert examined(signed[:at] + b"00" * 400 + signed[at + 800 :], tmp_path)[0].verdict is Verdict.UNREADABLE
    assert examined(b"%PDF-1.7 nothing", tmp_path)[0].verdict is Verdict.UNREADABLE


def test_an_unlocked_copy_is_not_held_against_the_signature(signed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(signed)
    assert identify(path, "a.pdf", SETTINGS, rewritten=True).signatures == ()
    found = identify(path, "a.pdf", SETTINGS)
    assert [one.verdict for one in found.signatures] == [Verdict.INTACT]
    assert found.has("signed") and found.has("signature")


def test_without_the_library_signatures_are_recorded_as_found(
    signed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signatures, "find_spec", lambda _name: None)
    path = tmp_path / "a.pdf"
    path.write_bytes(signed)
    found = identify(path, "a.pdf", SETTINGS)
    assert found.signatures == ()
    assert any("1 signature(s), covering the whole file; they were not validated." in flag for flag in found.flags)
