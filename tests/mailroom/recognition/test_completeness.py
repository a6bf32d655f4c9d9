"""Whether a file came to its end, without reading it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailroom.custody.completeness import is_complete
from tests.mailroom.recognition import drawing


@pytest.fixture
def whole(tmp_path: Path) -> dict[str, Path]:
    picture = drawing.page("Ein Brief", dpi=100)
    paths = {}
    for ending, options in {
        "png": {},
        "jpg": {"quality": 80},
        "webp": {},
        "gif": {},
        "bmp": {},
        "big.tif": {"big_tiff": True},
        "tif": {"compression": "group4"},
    }.items():
        paths[ending] = tmp_path / f"scan.{ending}"
        (drawing.bitonal(picture) if ending.endswith("tif") else picture).save(paths[ending], **options)
    paths["pdf"] = drawing.text_pdf(tmp_path / "letter.pdf", "Ein Brief")
    pages = [drawing.bitonal(picture) for _ in range(3)]
    paths["many.tif"] = tmp_path / "many.tif"
    pages[0].save(paths["many.tif"], save_all=True, append_images=pages[1:], compression="tiff_lzw")
    return paths


KINDS = ("png", "jpg", "webp", "gif", "bmp", "tif", "big.tif", "many.tif", "pdf")


@pytest.mark.parametrize("kind", KINDS)
def test_whole_file_is_complete(kind: str, whole: dict[str, Path]) -> None:
    assert is_complete(whole[kind])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_cut_file_is_not(kind: str, share: float, whole: dict[str, Path]) -> None:
    data = whole[kind].read_bytes()
    whole[kind].write_bytes(data[: int(len(data) * share)])
    assert not is_complete(whole[kind])


def test_padding_and_appendices_do_not_matter(whole: dict[str, Path]) -> None:
    for kind, more in (("pdf", b"\r\n" * 40), ("pdf", b"\0" * 9000), ("jpg", b"\0" * 500), ("png", b"\n")):
        whole[kind].write_bytes(whole[kind].read_bytes() + more)
        assert is_complete(whole[kind]), kind


@pytest.mark.parametrize(
    ("data", "complete"),
    [
        (b"\0\0\0\x14ftypheic\0\0\0\0heic\0\0\0\x0cmdatabcd", True),
        (b"\0\0\0\x14ftypheic\0\0\0\0heic\0\0\0\x0cmdatabc", False),
        (b"\0\0\0\x14ftypheic\0\0\0\0heic\0\0\0\0mdatabc", True),
        (b"\0\0\0\x14ftypheic\0\0\0\0heic\0\0\0\1mdat\0\0\0\0\0\0\0\x14abcd", True),
        (b"\0\0\0\x14ftypheic\0\0\0\0heic\0\0\0\1mdat\0\0\0\0\0\0\0\x15abcd", False),
        (b"\0\0\0\x14ftypheic\0\0\0\0heic\0\0\0\2mdat", False),
        (b"\0\0\0\x14ftypheic\0\0\0\0heic\0\0\0\0", False),
    ],
)
def test_photos_end_where_their_boxes_do(data: bytes, complete: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(data)
    assert is_complete(path) is complete


def test_unknown_kinds_are_complete_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("Guten Tag", encoding="utf-8")
    assert is_complete(path)


def test_vanished_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        is_complete(tmp_path / "gone.pdf")


def test_tiff_whose_directories_run_in_a_circle_ends(tmp_path: Path) -> None:
    path = tmp_path / "loop.tif"
    path.write_bytes(b"II*\0" + (8).to_bytes(4, "little") + b"\0\0" + (8).to_bytes(4, "little"))
    assert is_complete(path)
