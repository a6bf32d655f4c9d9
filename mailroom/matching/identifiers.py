"""What identifies a case: pairs of (key, value) from its title, file key and documents, and the same from a letter.

Kept beside each case (a table of case, key, value) and looked up through ``CaseDirectory.by_identifier``. Keys are the
keys of the reference patterns and ``person``, ``person-born``, ``sound-born``, ``sound-person``, ``born``, ``address``,
``company``, ``sound-company``, ``number`` (with its label: ``kenn 2025-06``), ``word``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailroom.classifiers.text import fold
from mailroom.fields import people as persons
from mailroom.fields.dates import spans
from mailroom.fields.references import references
from mailroom.fields.values import Person
from mailroom.ports import PageText
from mailroom.registers import Registers

_LEGAL = re.compile(r"\b(g?gmbh|ag|kg|ohg|ug|gbr|eg|co|e\s?k|e\s?v|haftungsbeschrankt|mbh)\b")
_GENERIC = {"str", "strasse", "weg", "platz", "gasse", "allee", "ring", "siedlung", "markt", "ufer", "damm", "hof"}
_NOT_IDENTITY = {"betrag", "rechnungsnummer", "leitweg_id"}
_MAX_TEXT = 50_000
_LABELLED = re.compile(
    r"\b(?P<label>[A-ZÄÖÜ][a-zäöüß]{2,24}?)(?:s?[-\s]?(?:[Nn]ummer|[Zz]iffer|[Nn]r\b\.?))\s*[:.]?\s*"
    r"(?P<value>(?=[\w./-]*\d)\w[\w./-]{2,24})"
)
_LABELS_OF_OTHERS = {
    "rechnung", "beleg", "telefon", "tele", "fax", "telefax", "handy", "mobil", "haus", "seiten", "steuer", "konto",
    "umsatzsteuer", "ust", "register", "handelsregister", "post", "zimmer", "durchwahl", "ruf", "haltungs",
    "institutions",
}  # fmt: skip
"""What is numbered so belongs to whoever writes, or to no matter."""


def case_identifiers(
    title: str, file_key: str, texts: Iterable[str], registers: Registers
) -> frozenset[tuple[str, str]]:
    """All pairs that identify a case.

    Args:
        title: of the case.
        file_key: of the case (``Colditz, Uwe, geb. 03.05.1972``).
        texts: of its documents; only the first 50,000 characters of each are read.
        registers: with the reference patterns and the city's own names.
    """
    found: set[tuple[str, str]] = set()
    heads = f"{title}\n{file_key}"
    for text in (heads, *texts):
        found |= _of_text(text[:_MAX_TEXT], registers)
    found |= {("word", word) for word in title_words(heads)}
    return frozenset(found)


def _of_text(text: str, registers: Registers) -> set[tuple[str, str]]:
    page = PageText(1, 0.0, 0.0, text, (), "digital", 1.0)
    found = {(ref.key, compact(ref.value)) for ref in references((page,), registers) if ref.key not in _NOT_IDENTITY}
    flat = re.sub(r"\s*\n\s*", " ; ", text)
    for person in (*persons.with_birth_dates(flat, 1), *persons.named_in_text(text, 1)):
        found |= set(person_pairs(person))
    found |= {("address", address_value(address)) for address in persons.addresses(text)}
    for name in persons.companies(text):
        found |= {("company", company_value(name)), ("sound-company", company_sound(name))}
    found |= {("number", value) for value, _ in labelled_numbers(text)}
    found |= {("born", day.isoformat()) for start, _, day in spans(text) if _is_birth(text[max(0, start - 16) : start])}
    return {pair for pair in found if pair[1]}


def labelled_numbers(text: str) -> list[tuple[str, str]]:
    """Numbers with the word before them (``Kennziffer 2025-06``), folded, each with its place in the text.

    So a matter is found again that the city's patterns do not know: a vacancy, a contract, a customer number.
    """
    found = []
    for match in _LABELLED.finditer(text):
        label = fold(match["label"])
        if label not in _LABELS_OF_OTHERS:
            found.append((f"{label} {match['value'].strip('./-').casefold()}", match.group()))
    return found


def _is_birth(before: str) -> bool:
    return re.search(r"(geb\.?|geboren|\*)\s*(am)?\W*$", before, re.IGNORECASE) is not None


def person_pairs(person: Person) -> list[tuple[str, str]]:
    """The pairs of one person."""
    surname, given = name_value(person.surname), name_value(person.given).split(" ")[0]
    if not surname or not given:
        return []
    pairs = [("person", f"{surname} {given}"), ("sound-person", f"{sound(surname)} {sound(given)}")]
    if person.born:
        pairs += [
            ("person-born", f"{surname} {given} {person.born}"),
            ("sound-born", f"{sound(surname)} {person.born}"),
        ]
    return pairs


def name_value(name: str) -> str:
    """A name folded to letters and single blanks."""
    return re.sub(r"[^a-z]+", " ", fold(name)).strip()


def compact(value: str) -> str:
    """A reference without blanks, in capitals."""
    return re.sub(r"\s+", "", value).upper()


def address_value(address: str) -> str:
    """A street with number, folded, as short as it is still a name: ``Am Wehr 84`` is ``wehr 84``."""
    words = re.sub(r"[^a-z0-9]+", " ", re.sub(r"str(asse|\.)?(?![a-z])", "str", fold(address))).split()
    numbers = [index for index, word in enumerate(words) if word[0].isdigit()]
    if not numbers or numbers[0] == 0:
        return " ".join(words)
    first = numbers[0] - 1
    if words[first] in _GENERIC and first:
        first -= 1
    return " ".join(words[first:])


def company_value(name: str) -> str:
    """A company's name folded, without its legal form."""
    return re.sub(r"\s+", " ", _LEGAL.sub(" ", re.sub(r"[^a-z0-9]+", " ", fold(name)))).strip()


def company_sound(name: str) -> str:
    """How a company's name sounds, which many a misread letter leaves as it is; empty for very short names."""
    words = company_value(name).split()
    return " ".join(sound(word) or word for word in words) if sum(map(len, words)) >= 8 else ""


def title_words(text: str) -> set[str]:
    """The words of a title that could tell one case from another: at least four letters, folded; and years."""
    return set(re.findall(r"[a-z]{4,}|(?<!\d)(?:19|20)\d\d(?!\d)", fold(text)))


def sound(word: str) -> str:
    """Cologne phonetics (H. J. Postel, 1969) of a folded word: names that sound alike have one value."""
    codes: list[str] = []
    letters = re.sub(r"[^a-z]", "", word)
    for index, letter in enumerate(letters):
        before, after = letters[index - 1 : index], letters[index + 1 : index + 2]
        codes.append(_code(letter, before, after, index == 0))
    joined = re.sub(r"(\d)\1+", r"\1", "".join(codes))
    return joined[:1] + joined[1:].replace("0", "")


def _code(letter: str, before: str, after: str, first: bool) -> str:
    if letter in "aeijouy":
        return "0"
    if letter == "h":
        return ""
    if letter == "b" or (letter == "p" and after != "h"):
        return "1"
    if letter in "dt":
        return "8" if after and after in "csz" else "2"
    if letter in "fvwp":
        return "3"
    if letter in "gkq":
        return "4"
    if letter == "c":
        hard = "ahkloqrux" if first else "ahkoqux"
        return "4" if after and after in hard and before not in {"s", "z"} else "8"
    if letter == "x":
        return "8" if before and before in "ckq" else "48"
    return {"l": "5", "m": "6", "n": "6", "r": "7"}.get(letter, "8")
