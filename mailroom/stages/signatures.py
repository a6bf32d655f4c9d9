"""Look at the signatures of a PDF: who signed what, and whether the bytes are still those that were signed.

Needs pyhanko (extra ``[signatures]``); without it signatures are recorded as found and not validated. Nothing is
fetched from outside: neither certificates nor lists of revoked ones. The file is only read.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mailroom.settings import MailroomSettings

_MOST = 100


class Verdict(StrEnum):
    """What the look at a signature gave. None of these says that a certificate was valid in law."""

    INTACT = "intact"
    """The signed bytes are unchanged and the signature was made with the key of its certificate."""
    CHANGED = "changed"
    """Intact, but after it something was added to the file that a signed file should not get."""
    BROKEN = "broken"
    """The signed bytes were changed, or the signature does not fit its certificate."""
    UNREADABLE = "unreadable"
    """It is no signature that could be examined."""


@dataclass(frozen=True, slots=True)
class PdfSignature:
    """One signature of a PDF, as found."""

    field: str
    signer: str
    """Name in the certificate, as the certificate says it."""
    signed: str
    """Time of a time stamp where there is one, else as the signer's computer states it; ISO 8601, or empty."""
    time_stamped: bool
    """Whether ``signed`` comes from a time stamp whose signature is intact."""
    verdict: Verdict
    coverage: str
    """``whole file``, ``earlier version`` (more was added behind it) or ``parts``."""
    trusted: bool | None
    """Whether its certificate was issued, through any number of others, by one of the setting ``signature_roots``;
    None where there are none to compare with."""

    @property
    def sentence(self) -> str:
        """For a clerk."""
        when = f", {self.signed}{'' if self.time_stamped else ' as the signer says'}" if self.signed else ""
        trust = {True: "trusted", False: "issuer not trusted", None: "issuer not checked"}[self.trusted]
        return f"{self.signer or 'unknown signer'}{when}: {self.verdict}, covers {self.coverage}, {trust}."


def can_validate() -> bool:
    """Whether the library that validates is installed."""
    return find_spec("pyhanko") is not None


def examine(path: Path, settings: MailroomSettings) -> tuple[PdfSignature, ...]:
    """Examine the signatures of a PDF, in the order of signing; empty without pyhanko.

    A file that pyhanko cannot read has none that could be examined; that hostile files make it fail in many ways is no
    fault of the delivery.
    """
    if not can_validate():
        return ()
    from pyhanko.pdf_utils.reader import PdfFileReader

    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    roots = _roots(settings)
    try:
        with path.open("rb") as stream:
            reader = PdfFileReader(stream, strict=False)
            if reader.encrypted:
                reader.decrypt(b"")
            return tuple(_examined(one, roots) for one in reader.embedded_regular_signatures[:_MOST])
    except Exception as error:
        logging.getLogger(__name__).info("signatures of %s: %s", path.name, type(error).__name__)
        return (PdfSignature("", "", "", False, Verdict.UNREADABLE, "parts", None),)


def _roots(settings: MailroomSettings) -> list[Any]:
    """The certificates of the authorities that the house trusts."""
    from asn1crypto import pem, x509

    if not settings.signature_roots:
        return []
    found = []
    for path in sorted(Path(settings.signature_roots).glob("*")):
        data = path.read_bytes()
        found.append(x509.Certificate.load(pem.unarmor(data)[2] if pem.detect(data) else data))
    return found


def _examined(found: Any, roots: Sequence[Any]) -> PdfSignature:
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    context = ValidationContext(trust_roots=list(roots), allow_fetching=False)
    signer = ""
    try:
        signer = found.signer_cert.subject.native.get("common_name") or found.signer_cert.subject.human_friendly
        status: Any = validate_pdf_signature(found, signer_validation_context=context)
    except Exception as error:
        logging.getLogger(__name__).info("signature %s: %s", found.field_name, type(error).__name__)
        return PdfSignature(str(found.field_name), str(signer), "", False, Verdict.UNREADABLE, "parts", None)
    stamp = status.timestamp_validity
    stamped = stamp is not None and stamp.intact and stamp.valid
    when = stamp.timestamp if stamped else found.self_reported_timestamp
    return PdfSignature(
        field=str(found.field_name),
        signer=" ".join(str(signer).split()),
        signed=when.isoformat(timespec="seconds") if when else "",
        time_stamped=stamped,
        verdict=_verdict(status),
        coverage=_COVERAGES.get(status.coverage.name, "parts"),
        trusted=bool(status.trusted) if roots else None,
    )


_COVERAGES = {"ENTIRE_FILE": "whole file", "ENTIRE_REVISION": "earlier version"}


def _verdict(status: Any) -> Verdict:
    if not (status.intact and status.valid):
        return Verdict.BROKEN
    known = status.coverage.name in _COVERAGES
    later = status.modification_level
    return (
        Verdict.INTACT
        if known and status.docmdp_ok and later is not None and later.name != "OTHER"
        else Verdict.CHANGED
    )
