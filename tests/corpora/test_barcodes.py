"""The separator sheets and barcodes of the corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailroom.settings import MailroomSettings
from mailroom.stages.identify import identify
from mailroom.stages.prepare import prepare
from mailroom.stages.split import PageRange, split
from tests.corpora.reading import CORPUS, manifest, needs_corpus

pytestmark = needs_corpus
SETTINGS = MailroomSettings()

LETTERS = {
    "patch-code-t.pdf": [],
    "patch-code-t-qr.pdf": [],
    "patch-code-t-middle.pdf": [(1, 1), (3, 3)],
    "patch-code-t-middle-reverse.pdf": [(1, 1), (3, 3)],
    "patch-code-t-middle-alpha.tiff": [(1, 1), (3, 3)],
    "several-patcht-codes.pdf": [(1, 2), (4, 5), (7, 7)],
    "split-by-tag-basic.pdf": [(1, 6)],
    "split-by-asn-1.pdf": [(1, 10)],
}
TEXTS = {
    "barcode-128-custom.pdf": ["CUSTOM BARCODE"],
    "barcode-39-asn-123.pdf": ["ASN00123"],
    "barcode-39-asn-invalid.pdf": ["ASNXYZXYZ"],
    "barcode-qr-asn-000123-upscale-dpi.pdf": ["ASN 000123"],
    "split-by-asn-1.pdf": ["ASN00123", "ASN00124", "ASN00125", "ASN00126", "ASN00127"],
    "split-by-tag-basic.pdf": ["TAG:invoice", "TAG:receipt"],
    "zxing-code39-3-01.png": ["165627"],
    "zxing-datamatrix-2-01.png": ["http://google.com/m"],
    "zxing-qrcode-2-12.png": ["The 2005 USGS aerial photography of the Washington Monument is censored."],
    "zxing-qrcode-3-01.png": ["http://arnaud.sahuguet.com/graffiti/test.php?ll=-74.00309961503218,40.74102573163046,0"],
}


def ranges(name: str, work: Path) -> tuple[PageRange, ...]:
    path = CORPUS / "barcodes" / name
    return split(prepare(path, work, identify(path, name, SETTINGS), SETTINGS), SETTINGS)


@pytest.mark.parametrize("name", sorted(LETTERS))
def test_sheets_cut_letters(name: str, tmp_path: Path) -> None:
    found = ranges(name, tmp_path)
    assert [(one.first, one.last) for one in found if not one.separator] == LETTERS[name]
    assert [page for one in found for page in range(one.first, one.last + 1)] == list(range(1, found[-1].last + 1))


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_barcodes_are_read(name: str, tmp_path: Path) -> None:
    assert [code.text for one in ranges(name, tmp_path) for code in one.barcodes] == TEXTS[name]


def test_each_file_of_the_manifest_is_tried() -> None:
    assert set(manifest("barcodes")) == set(LETTERS) | set(TEXTS) | {"swiss-qr-bill.jpg"}


def test_payment_code_of_a_bill_is_read(tmp_path: Path) -> None:
    code = ranges("swiss-qr-bill.jpg", tmp_path)[0].barcodes[0]
    assert code.text.startswith("SPC")
    assert "CH5800791123000889012" in code.text
