"""People, companies and addresses named in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailroom.fields.dates import spans
from mailroom.fields.given_names import is_given, is_no_name
from mailroom.fields.lines import POSTCODE, STREET, is_own
from mailroom.fields.values import Person

_UPPER = "".join(letter for letter in map(chr, range(0x41, 0x250)) if letter.isupper())
_LOWER = "".join(letter for letter in map(chr, range(0x61, 0x250)) if letter.islower())
_NAME_WORD = rf"[{_UPPER}][{_LOWER}]+(?:[-'’][{_UPPER}][{_LOWER}]+)*"
_TITLE = r"Dr\.|Prof\.|med\.|dent\.|vet\.|habil\.|rer\.|nat\.|jur\.|phil\.|Dipl\.-Ing\."
_PARTICLE = rf"(?:(?:von|van|de|zu|da|del|el|al|bin|{_TITLE})\s+)*"
NAME = rf"{_PARTICLE}{_NAME_WORD}(?:\s+{_PARTICLE}{_NAME_WORD}){{1,3}}"
_NAME_LINE = re.compile(rf"^(?:(?:Herrn?|Frau|Fam\.|Familie|Dr\.|Prof\.|Dipl\.-\w+\.?)\s+)*({NAME})(?:\s*\(\w+\))?$")
_NAME_BORN = re.compile(
    rf"({NAME}|{_NAME_WORD},\s*{_NAME_WORD})\s*(?:\([^)]{{0,30}}\))?\s*[,(;]?\s*(?:,\s*)?(?:\()?\s*"
    r"(?:geb(?:oren)?\b\.?|\*|born|Geburtsdatum)"
    r"\s*(?:am|on|:)?\s*"
)
_CAPITAL_INSIDE = re.compile(rf"(?<=[{_LOWER}])[{_UPPER}](?=[{_LOWER}])")
"""``DuSek``: OCR takes a letter with a mark for a capital."""
_BEFORE_NAME = re.compile(
    rf"\b(?:Herrn?|Frau|Familie|Mr\.?|Mrs\.?|Ms\.?)\s+((?:Dr\.\s+|Prof\.\s+)*{_NAME_WORD}(?:\s+{_NAME_WORD}){{0,2}})"
)
_LABELLED = re.compile(
    r"^\W*(?P<label>name,?\s*vorname|vor-?\s*und\s+(?:zu|nach|familien)name|familienname|nachname|zuname|name|vornamen?"
    r"|halter(?:in)?|antragsteller(?:in)?|betriebsinhaber(?:in)?|absender(?:in)?|bauherr(?:in|schaft)?|kontoinhaber(?:in)?)"
    rf"\s*(?:\([^)]{{0,25}}\))?\s*[:.]?\s+(?P<value>{_NAME_WORD}.{{0,50}})$",
    re.I,
)
COMPANY = re.compile(
    r"(\b(g?GmbH|AG|KG|OHG|UG|GbR|mbH|SE|eG|e\.\s?K\.|e\.\s?V\.|eV|Co\.|Inc|Ltd|LLP|PartG(?:\s?mbB)?)(?![a-z])"
    r"|haftungsbeschränkt|\bverein\b|verein\b|verband\b"
    r"|\blabor\b|labor\b|\bklinik\w*|krankenhaus|praxis\b|apotheke|\bgericht\b|gericht\b"
    r"|staatsanwaltschaft|finanzamt|landratsamt|ministerium"
    r"|\bamt\b|gemeinde\b|kanzlei|rechtsanw(ä|ae|a)lt|notar|anwaltsb(ü|ue)ro|versicherung\w*|\bbank\b"
    r"|sparkasse|volksbank|stiftung|hochschule|universit(ä|ae)t"
    r"|bestattung\w*|ingenieurb(ü|ue)ro|architekt|werkstatt|autohaus|verlag|schule\b|kindertagesst\w+|\bkita\b|pflegedienst|stadtwerke"
    r"|wohnungs(bau)?ge\w+|genossenschaft|hausverwaltung|chor\b"
    r"|fraktion|jobcenter|agentur|kirchgemeinde|pfarramt|feuerwehr|förderkreis|initiative|polizei\w*)",
    re.I,
)
_COMPANY_NAME = re.compile(
    r"((?:[A-ZÄÖÜ&+][\wäöüß&.’'-]*\s+){1,5}?(?:g?GmbH(?:\s*&\s*Co\.?\s*KG)?|AG|KG|OHG"
    r"|UG(?:\s*\(haftungsbeschränkt\))?|GbR|PartG\s?mbB|PartG|eG|e\.\s?K\.|e\.\s?V\.))"
    r"(?![\wäöüß])"
)
_STREET_WORD = re.compile(
    r"(stra(ß|ss)e|str\.|gasse|weg|platz|allee|siedlung|markt|stätte|zeichen|nummer|steuer|amt|bescheid)$", re.I
)


def looks_like_name(text: str) -> str | None:
    """The person's name that a line consists of, without its titles; None when it is anything else."""
    clean = re.sub(r"\s+", " ", text.strip(" .,;:·|-–_"))
    match = _NAME_LINE.match(clean) or _NAME_LINE.match(_CAPITAL_INSIDE.sub(lambda one: one.group().lower(), clean))
    if not match:
        return None
    words = [word.casefold().strip(".") for word in match.group(1).split()]
    if any(is_no_name(word) for word in words) or STREET.search(text) or COMPANY.search(text):
        return None
    return match.group(1)


def is_name(text: str) -> bool:
    """Whether none of the words is one that people are not called, nor a street."""
    words = [part for word in text.split() for part in ([word] if is_given(word) else word.split("-"))]
    return not any(is_no_name(word.strip(".,")) or _STREET_WORD.search(word) for word in words)


def split_name(name: str) -> tuple[str, str]:
    """Surname and given names of ``Uwe Colditz``, ``Colditz, Uwe`` or ``Dr. Uwe von Colditz``."""
    clean = re.sub(r"\b(Dr|Prof|med|Dipl-Ing|Ing)\b\.?", "", re.sub(r"\s+", " ", name)).strip(" ,.")
    if "," in clean:
        surname, _, given = clean.partition(",")
        return surname.strip(), given.strip()
    words = clean.split()
    for index, word in enumerate(words[:-1]):
        if word in {"von", "van", "de", "zu", "da", "del", "el", "al", "bin"} and index:
            return " ".join(words[index:]), " ".join(words[:index])
    return (words[-1], " ".join(words[:-1])) if words else ("", "")


def with_birth_dates(text: str, page: int) -> list[Person]:
    """People who are named with their date of birth."""
    people = []
    for match in _NAME_BORN.finditer(text):
        days = spans(text[match.end() : match.end() + 24])
        raw = re.sub(r"\s+", " ", match.group(1))
        if days and days[0][0] <= 2:
            surname, given = split_name(_last_words(raw))
            people.append(Person(surname, given, days[0][2].isoformat(), page=page, text=match.group().strip()))
    return people


def _last_words(raw: str) -> str:
    """Cut off what stands before the name: up to the first given name, else words that nobody is called."""
    words = raw.split()
    for index, word in enumerate(words[:-1]):
        if is_given(word):
            return " ".join(words[index:])
    while len(words) > 2 and not is_name(words[0]):
        words = words[1:]
    return " ".join(words)


def addressed(text: str, page: int) -> list[Person]:
    """People named as Herr or Frau with at least two names."""
    people = []
    for match in _BEFORE_NAME.finditer(text):
        surname, given = split_name(match.group(1))
        if given and is_name(match.group(1)):
            people.append(Person(surname, given, page=page, text=match.group()))
    return people


def named_in_text(text: str, page: int) -> list[Person]:
    """Every run of two or three words that could be a person's name; many are not, so only for look-ups."""
    people = []
    for match in re.finditer(rf"(?<![\w-])({_NAME_WORD})(?=\s+({_NAME_WORD})(?![\w-]))", text):
        if is_name(match.group(1)) and is_name(match.group(2)):
            people.append(Person(match.group(2), match.group(1), page=page, text=" ".join(match.groups())))
    for match in re.finditer(rf"(?<![\w-])({_NAME_WORD}),\s?({_NAME_WORD})(?![\w-])", text):
        if is_name(match.group(1)) and is_name(match.group(2)):
            people.append(Person(match.group(1), match.group(2), page=page, text=match.group()))
    return people


def labelled(texts: Iterable[str], page: int) -> list[Person]:
    """People from the fields of a form (``Name, Vorname: Colditz, Uwe``, or on lines of their own)."""
    people: list[Person] = []
    surname = given = ""
    for text in texts:
        match = _LABELLED.match(text)
        if not match:
            continue
        label, value = match.group("label").casefold(), match.group("value").strip(" .;")
        if re.match(r"vornamen?$", label):
            given = value.split(",")[0]
        elif re.match(r"(familienname|nachname|zuname|name)$", label) and re.fullmatch(_NAME_WORD, value):
            surname = value
        elif re.match(r"name,?\s*vorname", label) and "," not in value and len(value.split()) == 2:
            surname_first = value.split()
            people.append(Person(surname_first[0], surname_first[1], page=page, text=text))
        else:
            name = re.match(rf"{NAME}|{_NAME_WORD},\s*{_NAME_WORD}", value)
            if name and is_name(name.group()):
                people.append(Person(*split_name(name.group()), page=page, text=text))
        if surname and given:
            people.append(Person(surname, given, page=page, text=text))
            surname = given = ""
    return people


def companies(text: str) -> tuple[str, ...]:
    """Names that end in a legal form."""
    found = [re.sub(r"\s+", " ", match.group(1)).strip() for match in _COMPANY_NAME.finditer(text)]
    return tuple(dict.fromkeys(_trim_company(name) for name in found))


def _trim_company(name: str) -> str:
    words = name.split()
    while len(words) > 2 and is_no_name(words[0].strip(".,:")):
        words = words[1:]
    return " ".join(words)


def addresses(text: str, own_names: Iterable[str] = ()) -> tuple[str, ...]:
    """Streets with house number; of a line that names the city itself none."""
    names = tuple(own_names)
    found: list[str] = []
    for line in text.split("\n"):
        if is_own(line, names) and POSTCODE.search(line):
            continue
        found += [f"{match.group(1).strip()} {match.group(2).replace(' ', '')}" for match in STREET.finditer(line)]
    return tuple(dict.fromkeys(found))
