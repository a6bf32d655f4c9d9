"""Clues for the kind of letter beside its words: who writes, whom it addresses, what it quotes, who wrote before."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from mailroom.classifiers.recent import Recent
from mailroom.classifiers.text import fold
from mailroom.fields.lines import Line
from mailroom.fields.people import looks_like_name
from mailroom.fields.values import Extracted
from mailroom.ports import Reason, Reference
from mailroom.registers import DocumentType, Registers

_KINDS = (
    ("gericht", r"\w*gericht\b|justiz|staatsanwaltschaft"),
    ("rechtsanwalt", r"rechtsanw|anwalt|kanzlei|notar"),
    ("labor", r"labor|diagnosti|mikrobiolog|virolog|patholog|hygiene-?institut"),
    ("arzt", r"klinik|krankenhaus|praxis|arzt|aerzt|ärzt|\bdr\. med|hebamme|geburtshaus|\bmvz\b"),
    ("verein", r"verein|e\. ?v\.|\bev\b|chor\b|initiative|förderkreis|kirchgemeinde|verband|club\b|\bsv\b"),
    (
        "behoerde",
        r"finanzamt|landratsamt|jobcenter|\w*ministerium|polizei|bundes\w+|landes\w+|stadtverwaltung|gemeinde|\w+amt\b|agentur",
    ),
    (
        "unternehmen",
        r"gmbh|\bag\b|\bkg\b|ohg|\bug\b|gbr|\beg\b|versicherung|bank|sparkasse|bestattung|bau\b|haus\b|betrieb|service|handel|technik|genossenschaft|solar|discount",
    ),
)
_SPEAKING = {
    "gericht": 2.2,
    "labor": 1.8,
    "arzt": 1.0,
    "rechtsanwalt": 0.4,
    "verein": 0.6,
    "behoerde": 0.4,
    "unternehmen": 0.4,
}
_AGAINST = {"gericht": -2.0, "labor": -1.5, "buerger": -0.8, "unternehmen": -0.4}
_OWN_LETTERS = {"gericht", "rechtsanwalt", "labor"}
_OFFICE, _OTHER_OFFICE = 1.1, -0.5
_QUOTED_CLASS = 1.4
_TYPE_REFERENCE = 0.45
_ROUTED = 1.3
_ALIKE, _LIKE = 0.5, 8.0
_WAYS = {
    "scan": "papier", "scanner": "papier", "post": "papier", "paper": "papier", "brief": "papier",
    "mail": "email", "eml": "email", "imap": "email", "maildir": "email", "telefax": "fax",
}  # fmt: skip
_WAY_MOST, _WAY_LEAST, _OTHER_WAY = 1.2, 0.1, -0.5
"""Half the log of how rare a way is, at most; people also write by ways that the register does not name."""


def sender_kind(name: str) -> str:
    """What a sender is, in the words of the type list: gericht, labor, arzt ... or buerger."""
    low = name.casefold()
    for kind, pattern in _KINDS:
        if re.search(pattern, low):
            return kind
    return "buerger" if looks_like_name(name) else ""


def of_sender(row: DocumentType, extracted: Extracted) -> Reason | None:
    """Whether such a sender writes such letters."""
    if extracted.sender is None or not row.senders:
        return None
    kind = sender_kind(extracted.sender.value)
    if kind in row.senders:
        weight = _SPEAKING.get(kind, 0.0)
    elif kind == "verein" and {"unternehmen", "verein"} & set(row.senders):
        weight = 0.0
    else:
        weight = _AGAINST.get(kind, 0.0) * extracted.sender.confidence
    return Reason("sender", round(weight, 2), extracted.sender.page, extracted.sender.value) if weight else None


def writes_otherwise(row: DocumentType | None, extracted: Extracted) -> str:
    """A court, a lawyer or a laboratory that sends what the list does not expect of it, by name; else nothing."""
    if row is None or extracted.sender is None or not row.senders:
        return ""
    kind = sender_kind(extracted.sender.value)
    return extracted.sender.value if kind in _OWN_LETTERS and kind not in row.senders else ""


def of_references(row: DocumentType, extracted: Extracted) -> list[Reason]:
    """References that letters of this kind quote."""
    found: dict[str, Reference] = {}
    for reference in extracted.references:
        if reference.key in row.references and reference.key != "betrag":
            found.setdefault(reference.key, reference)
    return [Reason(key, _TYPE_REFERENCE, ref.page, ref.text) for key, ref in found.items()]


def of_addressee(unit: str | None, extracted: Extracted, registers: Registers) -> Reason | None:
    """Whether the letter addresses the office that keeps the class."""
    if not extracted.addressee or unit is None:
        return None
    top = extracted.addressee
    if unit in registers.units_within(top) or top in registers.units_within(unit):
        return Reason("addressed to", _OFFICE, 1, registers.offices[top].title)
    return Reason("addressed to", _OTHER_OFFICE, 1, registers.offices[top].title)


def quoted_classes(extracted: Extracted, registers: Registers) -> dict[str, Reason]:
    """Classes with which references of the letter begin, whether or not a case has them."""
    found: dict[str, Reason] = {}
    for reference in extracted.references:
        notation, dash, _ = reference.value.partition("-")
        if dash and reference.role != "foreign" and notation in registers.plan:
            found.setdefault(notation, Reason("quotes class", _QUOTED_CLASS, reference.page, reference.text))
    return found


def way_in(channel: str, registers: Registers) -> str:
    """The process register's word for a channel of the mail room (``scanner-1`` is ``papier``); empty for none."""
    for word in re.split(r"[\W\d_]+", fold(channel)):
        way = _WAYS.get(word, word)
        if way in registers.ways_in:
            return way
    return fold(channel).replace("-", "_") if fold(channel).replace("-", "_") in registers.ways_in else ""


def of_channel(process: str | None, way: str, registers: Registers) -> Reason | None:
    """Whether a process names the way by which the letter came; a way that few name says more."""
    takers = registers.ways_in.get(way)
    if not takers or process is None:
        return None
    rare = min(_WAY_MOST, 0.5 * math.log(len(registers.processes) / len(takers)))
    weight = round(rare if process in takers else _OTHER_WAY * rare, 2)
    return Reason("came by", weight, 1, way) if abs(weight) >= _WAY_LEAST else None


def of_routing(lines: Sequence[Line], registers: Registers) -> dict[str, Reason]:
    """Per class of the routing table the keyword found, for reports of defects."""
    found: dict[str, Reason] = {}
    folded = [(line, fold(line.text)) for line in lines]
    for route in registers.routes:
        for keyword in route.keywords:
            wanted = fold(keyword)
            line = next(
                (
                    line
                    for line, text in folded
                    if re.search(rf"(?<![a-z]){re.escape(wanted)}|{re.escape(wanted)}(?![a-z])", text)
                ),
                None,
            )
            if line is not None:
                found.setdefault(route.filing_class, Reason("routing word", _ROUTED, line.page, keyword))
                break
    return found


def of_like(words: frozenset[str], recent: Iterable[Recent]) -> dict[str, Reason]:
    """Per label the filed letter that is most like this one, where at least half of their words are the same."""
    best: dict[str, tuple[float, str]] = {}
    for one in recent:
        alike = len(words & one.words) / (len(words | one.words) or 1)
        if alike >= _ALIKE and alike > best.get(one.label, (0.0, ""))[0]:
            best[one.label] = (alike, one.source)
    return {
        label: Reason("a letter like it was filed so", round(_LIKE * alike, 2), 1, f"{source}: {alike:.0%} the same")
        for label, (alike, source) in best.items()
    }


def of_known_sender(
    extracted: Extracted, senders: Mapping[str, Mapping[str, int]], labels: Iterable[str]
) -> dict[str, Reason]:
    """What this organisation wrote before."""
    if extracted.sender is None:
        return {}
    counts = senders.get(fold(extracted.sender.value))
    if not counts:
        return {}
    total = sum(counts.values())
    return {
        label: Reason(
            "wrote before",
            round(min(2.5, math.log1p(counts[label]) * counts[label] / total * 1.5), 2),
            extracted.sender.page,
            f"{extracted.sender.value}: {counts[label]} of {total}",
        )
        for label in labels
        if counts.get(label)
    }
