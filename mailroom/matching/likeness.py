"""Whether two letters are the same one: scanned twice, or come by mail and on paper.

Words and numbers decide; the lines above an e-mail, and a letter's head, may be missing on one side. A form of which
only name, date and numbers differ is another letter, however much of its wording is the same; what the engine read
differently of one letter is still that letter.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

_HASHES, _ROWS = 32, 2
_MASK = (1 << 64) - 1
_ENOUGH = 12
"""Words below which a letter's text says too little: then its picture decides."""
_LEAST_ALIKE = 0.8
_MISREAD = 70.0
"""Percent; words at least so much alike are one word, read differently."""
_TELLING = 4
"""Letters from which a word counts as one that makes a difference."""
_OTHER_WORDS, _OTHER_SHARE = 1, 0.005
"""Words on both sides without a partner that the engine's errors explain: some, and a share of a long letter's."""
_SAME_NUMBERS = 0.8
_HEAD_NUMBERS = 4
"""Numbers that the head of a letter may have and an e-mail not: post code, date, house, telephone."""
_MAIL_HEAD = re.compile(r"\A\s*(?:(?:Von|An|Kopie|Datum|Betreff|Anlagen): [^\n]*\n\s*)+")
_SIDE = 16
_SAME_PICTURE = 0.92


def words(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared: small, without accents and signs; numbers without their points.

    The lines above an e-mail (``Von``, ``An`` ...) are left out: the same letter on paper is without.
    """
    said = _MAIL_HEAD.sub("", text)
    plain = unicodedata.normalize("NFKD", said.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    found = (re.sub(r"[^a-z0-9]", "", word) for word in plain.split())
    return tuple(word for word in found if len(word) > 1)


def bands(text: Sequence[str]) -> tuple[str, ...]:
    """Pieces of a fingerprint (MinHash over pairs of words): of texts half alike some are the same.

    Empty where the text says too little.
    """
    if len(text) < _ENOUGH:
        return ()
    import numpy as np

    pairs = {f"{one} {following}" for one, following in pairwise(text)}
    hashes = np.array([_hash(pair) for pair in sorted(pairs)], dtype=np.uint64)
    mixers = [(np.uint64(_hash(f"seed {n}")), np.uint64(_hash(f"odd {n}") | 1)) for n in range(_HASHES)]
    least = [int(((hashes ^ seed) * odd).min()) for seed, odd in mixers]
    return tuple(
        f"{place:x}:{_hash(' '.join(map(str, least[place * _ROWS : (place + 1) * _ROWS]))):016x}"
        for place in range(_HASHES // _ROWS)
    )


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") & _MASK


def alike(one: Sequence[str], other: Sequence[str]) -> float:
    """How much two texts are the same letter, 0.0 to 1.0; 0.0 where words or numbers say that they are two."""
    if min(len(one), len(other)) < _ENOUGH:
        return 0.0
    mine, theirs = Counter(one) - Counter(other), Counter(other) - Counter(one)
    same = 1 - (mine.total() + theirs.total()) / (len(one) + len(other))
    if same < _LEAST_ALIKE / 2 or not _same_numbers(one, other):
        return 0.0
    lonely = _without_partner(mine, theirs)
    most = _OTHER_WORDS + _OTHER_SHARE * min(len(one), len(other))
    if min(lonely) > most:
        return 0.0
    explained = 1 - sum(lonely) / (len(one) + len(other))
    return round(explained, 3) if explained >= _LEAST_ALIKE else 0.0


def _same_numbers(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether the numbers of both are the same, but for those of a letter's head and few that were misread."""
    mine, theirs = _numbers(one), _numbers(other)
    if min(len(mine - theirs), len(theirs - mine)) == 0:
        return len(mine ^ theirs) <= _HEAD_NUMBERS
    if len(mine & theirs) < _SAME_NUMBERS * max(len(mine), len(theirs)):
        return False
    left, right = mine - theirs, theirs - mine
    unlike = [a for a in left if not any(Levenshtein.distance(a, b) <= 1 for b in right)]
    return not (unlike and len(right) > len(left) - len(unlike))


def _numbers(text: Iterable[str]) -> set[str]:
    return {word for word in text if sum(character.isdigit() for character in word) >= 3}


def _without_partner(mine: Counter[str], theirs: Counter[str]) -> tuple[int, int]:
    """How many telling words of each side have no word on the other that they may be a misreading of."""
    left = [word for word in mine.elements() if len(word) >= _TELLING]
    right = [word for word in theirs.elements() if len(word) >= _TELLING]
    lonely = 0
    for word in left:
        best = process.extractOne(word, right, scorer=fuzz.ratio, score_cutoff=_MISREAD)
        if best is None:
            lonely += 1
        else:
            right.pop(best[2])
    return lonely, len(right)


def picture_print(thumbnail: Path) -> str:
    """Fingerprint of a page's picture, hexadecimal: where it grows darker to the right; empty of an empty page."""
    from PIL import Image, ImageFilter

    with Image.open(thumbnail) as picture:
        small = (
            picture.convert("L").filter(ImageFilter.GaussianBlur(4)).resize((_SIDE + 1, _SIDE), Image.Resampling.BOX)
        )
    values = list(small.tobytes())
    if max(values) - min(values) < 12:
        return ""
    rows = [values[start : start + _SIDE + 1] for start in range(0, len(values), _SIDE + 1)]
    bits = "".join("1" if left > right + 2 else "0" for row in rows for left, right in pairwise(row))
    return f"{int(bits, 2):0{_SIDE * _SIDE // 4}x}"


def pictures_alike(one: str, other: str) -> float:
    """How much two pictures are the same, 0.0 to 1.0; 0.0 where they are two."""
    if not one or not other:
        return 0.0
    mine, theirs = int(one, 16), int(other, 16)
    either = (mine | theirs).bit_count()
    same = (mine & theirs).bit_count() / either if either else 0.0
    share = 1 - (mine ^ theirs).bit_count() / (_SIDE * _SIDE)
    return round(share, 3) if share >= _SAME_PICTURE and same >= 0.6 else 0.0


def says_enough(text: Sequence[str]) -> bool:
    """Whether the words of a letter tell it from others; else its picture must."""
    return len(text) >= _ENOUGH
