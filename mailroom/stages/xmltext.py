"""An XML message for programs as text for people: what an electronic invoice says, then every value with its name.

Invoices: EN 16931-1 in its two syntaxes, UBL 2.1 and UN/CEFACT CII (XRechnung, ZUGFeRD, Factur-X).
"""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages.archives import Meter, Sink

_INVOICES = frozenset(("Invoice", "CreditNote", "CrossIndustryInvoice", "CrossIndustryDocument"))
_INVOICE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Rechnungsnummer", ("Invoice/ID", "CreditNote/ID", "ExchangedDocument/ID", "HeaderExchangedDocument/ID")),
    ("Rechnungsdatum", ("/IssueDate", "IssueDateTime/DateTimeString")),
    ("Leitweg-ID", ("/BuyerReference", "ApplicableHeaderTradeAgreement/BuyerReference")),
    (
        "Verkäufer",
        ("AccountingSupplierParty/Party/PartyLegalEntity/RegistrationName", "SellerTradeParty/Name"),
    ),
    (
        "Käufer",
        ("AccountingCustomerParty/Party/PartyLegalEntity/RegistrationName", "BuyerTradeParty/Name"),
    ),
    ("Bestellnummer", ("OrderReference/ID", "BuyerOrderReferencedDocument/IssuerAssignedID")),
    ("Fällig am", ("/DueDate", "DueDateDateTime/DateTimeString")),
    ("Zahlbetrag", ("LegalMonetaryTotal/PayableAmount", "MonetarySummation/DuePayableAmount")),
    ("Währung", ("/DocumentCurrencyCode", "/InvoiceCurrencyCode")),
    ("IBAN", ("PayeeFinancialAccount/ID", "PayeePartyCreditorFinancialAccount/IBANID")),
    ("Verwendungszweck", ("PaymentMeans/PaymentID", "/PaymentReference")),
)
_EMBEDDED = frozenset(("EmbeddedDocumentBinaryObject", "AttachmentBinaryObject"))
_LONG = 2_000
_LIST_NAMES = frozenset(("schemeID", "listID", "schemeVersionID", "listVersionID", "format", "mimeCode", "filename"))
"""Attributes that say of which list a value is; the reader of a letter needs them not."""


def xml_text(path: Path) -> tuple[str, list[tuple[str, str]]]:
    """Every value of an XML message, line by line, and of an invoice the lines that stand above.

    Nothing it points to is fetched, and it has no document type: both are refused.

    Raises:
        Refused: not well-formed, or nested too deep.
    """
    root = _root(path)
    return "\n".join(_outline(root)), list(_invoice(root))


def extract(path: Path, sink: Sink, settings: MailroomSettings) -> None:
    """Give each file that is written into an invoice to the sink.

    Raises:
        Refused: more files or more bytes than the limits allow, or no XML.
    """
    meter = Meter(path.stat().st_size, settings)
    found = [one for one in _elements(_root(path)) if _name(one) in _EMBEDDED and (one.text or "").strip()]
    if len(found) > settings.max_parts:
        raise Refused(ReasonCode.TOO_LARGE, f"more than {settings.max_parts} files in it")
    for one in found:
        name = one.get("filename") or "Anlage"
        try:
            data = base64.b64decode(one.text)
        except (binascii.Error, ValueError):
            sink.lost(name, ReasonCode.DAMAGED)
            continue
        meter.count(len(data))
        sink.add(name, io.BytesIO(data))


def _root(path: Path) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        tree = etree.parse(path, parser)
    except etree.XMLSyntaxError as error:
        raise Refused(ReasonCode.DAMAGED, "XML that is not well-formed") from error
    if tree.docinfo.internalDTD is not None:
        raise Refused(ReasonCode.WRONG_TYPE, "XML with a document type of its own")
    return tree.getroot()


def _name(element: Any) -> str:
    return str(etree.QName(element).localname)


def _elements(root: Any) -> Iterator[Any]:
    yield from root.iter(etree.Element)


def _outline(root: Any) -> Iterator[str]:
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        said = " ".join((element.text or "").split())
        if _name(element) in _EMBEDDED or len(said) > _LONG:
            said = f"({len(said)} Zeichen)"
        more = [f"{etree.QName(key).localname} {value}" for key, value in element.attrib.items() if _tells(key)]
        line = f"{_name(element)}: {said}" if said else _name(element)
        yield "  " * min(depth, 20) + line + (f" ({', '.join(more)})" if more else "")
        depth += 1


def _tells(attribute: str) -> bool:
    return not attribute.startswith("{") and attribute not in _LIST_NAMES


def _invoice(root: Any) -> Iterator[tuple[str, str]]:
    if _name(root) not in _INVOICES:
        return
    values: dict[str, str] = {}
    for element in _elements(root):
        said = " ".join((element.text or "").split())
        if said:
            values.setdefault(_path(element), said)
    for shown, ends in _INVOICE:
        for path, value in values.items():
            if any(path.endswith(end) for end in ends):
                yield shown, _day(value) if shown.endswith(("datum", "am")) else value
                break


def _path(element: Any) -> str:
    return "/".join(reversed([_name(element), *(_name(one) for one in element.iterancestors())]))


def _day(value: str) -> str:
    """A day as German letters have it, of ``2026-10-12`` or ``20261012``."""
    digits = value.replace("-", "")[:8]
    return f"{digits[6:]}.{digits[4:6]}.{digits[:4]}" if len(digits) == 8 and digits.isdecimal() else value
