"""The certificate as a page that a German authority files: PDF/A-2b, in German."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from retention import pages

if TYPE_CHECKING:
    from fpdf import FPDF

    from retention.disposal.certificate import Lines

_DETAILED = 300
"""Up to so many cases the page shows every object; beyond, the JSON form alone does."""
_LISTED = 5000
"""Up to so many cases it names each; beyond, it counts them by class."""
_OUTCOMES = {"destroyed": "vernichtet", "transferred": "an das Archiv übergeben", "withheld": "zurückgehalten"}
_KINDS = {
    "original": "Original",
    "pdfa": "Archivfassung (PDF/A)",
    "text": "Text",
    "words": "Wortlagen",
    "thumbnail": "Vorschaubild",
    "document": "Dokumenteintrag",
    "transaction": "Vorgang",
    "comment": "Anmerkung",
    "rule": "Regel der Akte",
    "suspension": "Ablaufhemmung",
    "letter": "Poststück",
    "letter file": "Datei des Poststücks",
    "delivery": "Sendung",
    "delivery of several": "Sendung mit weiteren Poststücken",
}
_TRIGGERS = {
    "zda": "Schließung der Akte (zdA)",
    "entstehung": "Entstehung des letzten Dokuments",
    "eingang": "Eingang des letzten Dokuments",
}
"""The triggers that are no events; an event is named as it was stated."""
_APPRAISALS = {"A": "A (archivwürdig)", "V": "V (vernichten)"}
_SHARED = " – die Datei bleibt, solange ein anderes Poststück oder eine andere Akte sie ebenfalls enthält"
_WORDS = {"document": "Dokument", "version": "Version", "transaction": "Vorgang", "list": "Liste"}


def write_pdf(
    values: Mapping[str, Any], lines: Lines | Sequence[Mapping[str, Any]], json_sha512: str, at: datetime
) -> bytes:
    """The certificate as PDF/A-2b; the same values give the same bytes.

    Args:
        values: the certificate's JSON, without the cases.
        lines: the cases.
        json_sha512: digest of that JSON as it is stored.
        at: when it was issued.
    """
    number = f"Löschprotokoll {values['number']}"
    pdf = pages.begin(number, str(values["city"]), at, f"{number}  ·  Seite {{page}} von {{{{nb}}}}")
    _head(pdf, values, json_sha512)
    if len(lines) <= _DETAILED:
        for item in lines:
            _case(pdf, item)
    elif len(lines) <= _LISTED:
        for item in lines:
            pages.text(pdf, _short(item), size=8)
    else:
        pages.text(
            pdf, "Jede einzelne Akte steht in der JSON-Fassung, deren Prüfsumme oben genannt ist.", size=10, gap=3
        )
        pages.facts(pdf, _by_class(lines))
    return pages.finished(pdf)


def _offer(offered: Mapping[str, Any]) -> list[tuple[str, str]]:
    if offered["on"] is None:
        return []
    told = f"dem Archiv am {_day(offered['on'])}, Antwortfrist bis {_day(offered['answer_due'])}"
    lapsed = f"; ohne Antwort abgelaufen ({offered['lapse_basis']})" if offered["lapse_basis"] else ""
    return [("Angeboten", told + lapsed)]


def _by_class(items: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    counted = Counter((item.get("class", "zurückgehalten"), _OUTCOMES[item["outcome"]]) for item in items)
    return [(notation, f"{number} {outcome}") for (notation, outcome), number in sorted(counted.items())]


def _head(pdf: FPDF, values: Mapping[str, Any], json_sha512: str) -> None:
    pages.text(pdf, str(values["city"]), size=10, gap=2)
    pages.text(pdf, f"Löschprotokoll {values['number']}", size=18, gap=1)
    pages.text(pdf, "Nachweis über die Aussonderung von Akten nach Ablauf ihrer Aufbewahrungsfrist", size=10, gap=4)
    counts = values["counts"]
    approved = values["approved"]
    pages.facts(
        pdf,
        [
            ("Aussonderungsliste", str(values["list"])),
            ("Stichtag", _day(values["as_of"])),
            ("Ergebnis", ", ".join(f"{counts[key]} {word}" for key, word in _OUTCOMES.items() if key in counts)),
            ("Vorgeschlagen", f"{named(values['proposed'])}, {moment(values['proposed']['at'])}"),
            *_offer(values["offered"]),
            ("Genehmigt", f"{named(approved)}, {moment(approved['at'])}, zum Stichtag {_day(approved['as_of'])}"),
            ("Vollzug frühestens", _day(approved["cool_off_until"])),
            ("Vollzogen", named(values["carried_out"])),
            ("Ausgestellt", moment(values["issued"])),
            ("SHA-512 der genehmigten Liste", str(values["list_digest"])),
            ("SHA-512 des Protokolls in maschinenlesbarer Form (JSON)", json_sha512),
        ],
    )
    pdf.ln(3)
    pages.text(
        pdf,
        "Die Löschung umfasst Datensätze, Originale, Fassungen, Texte, Suchindex und Protokollwerte mit "
        "Personenbezug. Erhalten bleiben dieses Protokoll und ein Nachweis ohne Personenbezug. Sicherungen, die vorher "
        "entstanden, enthalten die Akten bis zu ihrer Löschung; wird eine zurückgespielt, werden sie erneut gelöscht.",
        size=8.5,
        gap=4,
    )


def _case(pdf: FPDF, item: Mapping[str, Any]) -> None:
    if pdf.will_page_break(20 if item["outcome"] == "withheld" else 75):
        pdf.add_page()
    pdf.line(20, pdf.get_y(), 190, pdf.get_y())
    pdf.ln(2)
    pages.text(pdf, f"{item['reference']}  –  {_OUTCOMES.get(item['outcome'], item['outcome'])}", size=11, gap=1)
    if item["outcome"] == "withheld":
        pages.facts(pdf, [("Grund", _why(item))])
        pdf.ln(2)
        return
    rule = item["rule"]
    pages.facts(
        pdf,
        [
            ("Aktenplan", f"{item['class']} {item['class_title']}"),
            ("Organisationseinheit", str(item["unit"])),
            ("Frühere Aktenzeichen", ", ".join(item["former_references"])),
            ("Laufzeit", f"{_day(item['opened'])} bis {_day(item['closed'])}"),
            ("Aufbewahrungsregel", f"{rule['id']}, Fassung {rule['version']}: {rule['title']}"),
            ("Grundlage", f"{rule['basis']} ({rule['kind_of_basis']})"),
            ("Fristbeginn", _begun(item)),
            *_further(item),
            ("Aufzubewahren bis", _day(item["retained_to"])),
            ("Bewertung", f"{_APPRAISALS[item['appraisal']]}, {_decided(item)}"),
            ("In der Verwaltung gelöscht", moment(item["at"])),
        ],
    )
    pages.facts(pdf, _receipt(item))
    pdf.ln(1)
    for thing in item["objects"]:
        _object(pdf, thing)
    pdf.ln(3)


def _further(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for each in item["further"]:
        if "suspension" in each:
            end = f" bis {_day(each['to'])}" if each["to"] else ""
            yield "Ablaufhemmung", f"{each['suspension']} ab {_day(each['from'])}{end}: {each['basis']}"
            continue
        until = f"; frei ab {_day(each['due'])}" if each["due"] else ""
        yield (
            "Weitere Regel " + _german(each["of"].removeprefix("further")),
            f"{each['rule']}, Fassung {each['rule_version']}: {each['title']} ({each['basis']}); {_begun(each)}{until}",
        )


def _begun(of: Mapping[str, Any]) -> str:
    return f"{_TRIGGERS.get(of['trigger'], of['trigger'])} am {_day(of['trigger_date'])}"


def _german(name: str) -> str:
    """The English words in the name of a thing as its German reader knows them."""
    for word, german in _WORDS.items():
        name = name.replace(word, german)
    return name


def _decided(item: Mapping[str, Any]) -> str:
    waiver = item["waiver"]
    if waiver:
        return f"genereller Verzicht des Archivs für {waiver['scope']} ab {_day(waiver['from'])}: {waiver['basis']}"
    if item["decided_by"]["id"] == "schedule":
        return "durch die Aufbewahrungsregel festgelegt"
    if item["decided_by"]["id"] == "lapse":
        return "keine Antwort des Archivs innerhalb der Frist"
    return f"entschieden von {named(item['decided_by'])}"


def _receipt(item: Mapping[str, Any]) -> list[tuple[str, str]]:
    receipt = item["receipt"]
    if not receipt:
        return []
    return [
        ("Archivpaket", f"{receipt['aip_id']}, Version {receipt['version']}"),
        ("Empfang bestätigt", f"{moment(receipt['ingested'])}, {receipt['files']} Dateien, {receipt['bytes']} Byte"),
        ("SHA-512 der Übergabe", str(receipt["sip_digest"])),
        (
            "SHA-512 der Importbestätigung" if receipt.get("kind") == "xdomea" else "SHA-512 des Inventars",
            str(receipt["inventory_sha512"]),
        ),
        *_parts(receipt),
    ]


def _parts(receipt: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for part in receipt.get("parts", ()):
        yield "Vorgang, Archivpaket", f"{part['aip_id']}, Version {part['version']}, {part['files']} Dateien"
        yield "SHA-512 der Übergabe", str(part["sip_digest"])


def _object(pdf: FPDF, thing: Mapping[str, Any]) -> None:
    stays = _SHARED if thing.get("shared") else ""
    pages.text(pdf, f"{_KINDS.get(thing['kind'], thing['kind'])}: {_german(str(thing['name']))}{stays}", size=7.5)
    if thing["sha512"]:
        pdf.set_text_color(90)
        pages.text(pdf, thing["sha512"], size=6.5)
        pdf.set_text_color(0)


def _why(item: Mapping[str, Any]) -> str:
    return "; ".join(str(reason["text"]) for reason in item["reasons"])


def _short(item: Mapping[str, Any]) -> str:
    if item["outcome"] == "withheld":
        return f"{item['reference']}: zurückgehalten, {_why(item)}"
    return f"{item['reference']}: {_OUTCOMES[item['outcome']]}, {item['rule']['id']}, bis {_day(item['retained_to'])}"


def named(person: Mapping[str, Any]) -> str:
    """A person of a certificate in one line."""
    return f"{person['name']} ({person['id']})" if person["name"] != person["id"] else str(person["id"])


def _day(text: str | None) -> str:
    return date.fromisoformat(text).strftime("%d.%m.%Y") if text else "–"


def moment(text: str | None) -> str:
    """An instant of a certificate as a German reader writes it."""
    return f"{_day(text[:10])}, {text[11:19]} UTC" if text else "–"
