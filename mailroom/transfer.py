"""The transfer note (Transfervermerk) of a letter after BSI TR-03138 RESISCAN: how paper became record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from erecords.clock import instant_text
from erecords.store.uow import UnitOfWork
from mailroom.models import Delivery, LetterFile
from mailroom.ports import PageText
from mailroom.processing.pipeline import ReadyDelivery, ReadyLetter


def transfer_note(
    work: UnitOfWork, delivery: Delivery, ready: ReadyDelivery, one: ReadyLetter, files: list[LetterFile]
) -> dict[str, Any]:
    """Who took what over when, with which engine, what was checked, and the digests of original and renditions.

    Source: BSI TR-03138 RESISCAN, A.NB.6 (Transfervermerk).
    """
    recognition, identified = one.recognition, ready.identified
    assert identified is not None
    message = {"message": dict(ready.expanded.headers)} if ready.expanded.headers else {}
    within = {"part_of": delivery.part_of} if delivery.part_of else {}
    return {
        "received": instant_text(delivery.received),
        "received_by": delivery.received_by,
        "processed": instant_text(work.clock.now()),
        "processed_by": work.actor,
        "channel": delivery.channel,
        "delivery_sha512": delivery.sha512,
        "program": f"erecords {version('erecords')}",
        "engine": recognition.engine if recognition else "",
        "format": {"mime": identified.mime, "puid": identified.puid},
        "pages": {"first": one.first_page, "last": one.last_page, "of_delivery": identified.pages},
        "page_checks": page_checks(recognition.pages if recognition else ()),
        "label": one.label,
        "sheets_of_delivery": ready.sheets,
        "batches": [asdict(batch) for batch in ready.batches],
        "pdfa_valid": bool(recognition and recognition.pdfa),
        "password_given": delivery.password_given,
        "anomalies": [*identified.flags, *(recognition.findings if recognition else ())],
        "digests": {file.kind.value: file.sha512 for file in files},
        **({"signatures": [asdict(one) for one in identified.signatures]} if identified.signatures else {}),
        **message,
        **within,
    }


def page_checks(pages: Sequence[PageText]) -> list[dict[str, Any]]:
    """What was measured and found on each page."""
    return [
        {
            "page": page.number,
            "source": page.source,
            "confidence": round(page.confidence, 3),
            "language": page.language,
            "rotated": page.rotated,
            "blank": page.blank,
            "codes": [asdict(code) for code in page.codes],
            "unread_codes": page.unread_codes,
            **({"gate": asdict(page.gate)} if page.gate else {}),
        }
        for page in pages
    ]
