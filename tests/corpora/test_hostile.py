"""The hostile files of the corpus: each ends in a reason or is accepted with flags, in bounded time and memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pikepdf
import pytest

from mailroom.stages.office import converter
from tests.corpora.reading import CORPUS, Outcome, manifest, needs_corpus, read_folder

pytestmark = needs_corpus

REFUSED = {
    "applesingle.pdf": "wrong-type",
    "bomb-20k-gray.png": "too-large",
    "bomb-giant.pdf": "too-large",
    "broken-stream.png": "truncated",
    "circular-page-tree.pdf": "damaged",
    "corrupted-oom.zip": "damaged",
    "decompression-bomb.gif": "too-large",
    "droste-quine.zip": "container",
    "dynamic-xfa-livecycle.pdf": "dynamic-form",
    "encrypted.zip": "encrypted",
    "fuzzed-page-count.pdf": "damaged",
    "fuzzed-qpdf-23172.pdf": "wrong-type",
    "hugemono-jbig2.pdf": "too-large",
    "invalid-header-only.pdf": "truncated",
    "macros.docm": "office-file",
    "not-a-zip.odt": "wrong-type",
    "password-is-test.pdf": "encrypted",
    "password-tika.docx": "encrypted",
    "pubkey-encrypted.pdf": "encrypted",
    "tiff-oom.tif": "truncated",
    "unusual-names.tar": "container",
    "unusual-names.zip": "container",
    "xfa-form.pdf": "dynamic-form",
    "xxe.xml": "wrong-type",
    "zero-byte.pdf": "empty",
}
if converter():
    del REFUSED["macros.docm"]
FLAGGED = {
    "Antrag_\u202efdp.exe": {"name-of-program", "name-turned"},
    "bad-xref.pdf": {"repaired"},
    "deep-attachments.pdf": {"attachments"},
    "encrypted-attachment.pdf": {"encrypted"},
    "file-attachment-annotation.pdf": {"attachments"},
    "image-named.pdf": {"name-differs"},
    "javascript-eval.pdf": {"active-content"},
    "launch-action.pdf": {"active-content", "attachments"},
    "macros.docm": {"macros", "converted"},
    "owner-password-only.pdf": {"encrypted"},
    "pdfa1b-fail-encrypt.pdf": {"pdfa-claim"},
    "pdfa1b-pass.pdf": {"already-pdfa"},
    "pdfa3b-embedded-pass.pdf": {"attachments"},
    "polyglot-pdf-zip.pdf": {"polyglot"},
    "signed-acrobat.pdf": {"signed"},
    "signed-then-modified.pdf": {"signed"},
    "signed-twice.pdf": {"signed"},
    "truncated-invoice.pdf": {"repaired"},
    "xref-loop.pdf": {"repaired"},
}
MEGABYTES = 2048
NAMES = sorted(manifest("hostile"))


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Outcome]]:
    with read_folder("hostile", tmp_path_factory.mktemp("hostile")) as found:
        yield found


@pytest.mark.parametrize("name", NAMES)
def test_ends_in_a_reason_or_is_accepted(name: str, outcome: Callable[[str], Outcome]) -> None:
    one = outcome(name)
    assert one.reason == REFUSED.get(name, "")
    assert one.peak < MEGABYTES
    if one.refused:
        assert one.refused.reason.sentence.endswith((".", ")."))
        assert one.refused.reason.advice
    else:
        assert one.found is not None
        assert FLAGGED.get(name, set()) <= one.flags


@pytest.mark.parametrize("name", [name for name in NAMES if name not in REFUSED])
def test_nothing_active_reaches_the_rendition(name: str, outcome: Callable[[str], Outcome]) -> None:
    found = outcome(name).found
    assert found is not None
    with pikepdf.open(found.rendition) as pdf:
        assert not {"/OpenAction", "/AA", "/AcroForm", "/Collection"} & set(pdf.Root.keys())
        assert not pdf.attachments
        for item in pdf.objects:
            if isinstance(item, pikepdf.Dictionary):
                assert item.get("/S") not in ("/JavaScript", "/Launch", "/URI", "/SubmitForm", "/GoToR", "/GoToE")
                assert not {"/JS", "/EF", "/AA"} & set(item.keys())


@pytest.mark.parametrize(
    ("name", "pages", "words"),
    [
        ("xref-loop.pdf", 30, ["Potato"]),
        ("truncated-invoice.pdf", 2, ["Google", "Invoice number", "123456"]),
        ("image-named.pdf", 1, ["This is a test document."]),
        ("bad-xref.pdf", 1, ["Potato"]),
        ("encrypted-attachment.pdf", 1, ["Example"]),
        ("polyglot-pdf-zip.pdf", 1, ["misfits"]),
    ],
)
def test_what_is_accepted_is_read(name: str, pages: int, words: list[str], outcome: Callable[[str], Outcome]) -> None:
    found = outcome(name).found
    assert found is not None
    assert len(found.pages) == pages
    assert all(word in found.text for word in words)


def test_valid_pdfa_is_kept_as_it_is(outcome: Callable[[str], Outcome]) -> None:
    found = outcome("pdfa1b-pass.pdf").found
    assert found is not None
    assert found.rendition.read_bytes() == (CORPUS / "hostile/pdfa1b-pass.pdf").read_bytes()


def test_a_false_claim_of_pdfa_is_not_believed(outcome: Callable[[str], Outcome]) -> None:
    found = outcome("pdfa1b-fail-encrypt.pdf").found
    assert found is not None
    assert found.rendition.read_bytes() != (CORPUS / "hostile/pdfa1b-fail-encrypt.pdf").read_bytes()


def test_signature_that_covers_part_of_the_file_is_said_so(outcome: Callable[[str], Outcome]) -> None:
    def said(name: str) -> str:
        found = outcome(name).found
        assert found is not None
        return next(flag for flag in found.findings if flag.startswith("signed:"))

    assert "not covering the whole file" in said("signed-then-modified.pdf")
    assert "2 signature(s), covering the whole file" in said("signed-twice.pdf")
