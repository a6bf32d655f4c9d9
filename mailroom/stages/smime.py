"""Take the content out of a signature that lies around it: opaque S/MIME and ``.p7m`` files (RFC 5652, 5.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ENVELOPED = bytes.fromhex("06092a864886f70d010703")
_HEAD = 64
_MIME = re.compile(
    rb"(?:[!-9;-~]{1,76}:[^\n]*\n(?:[ \t][^\n]*\n)*)*?content-(?:type|transfer-encoding):", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature holds."""

    content: bytes
    is_message: bool
    """Whether it is a part of a message with headers of its own, not a file."""


def is_encrypted(data: bytes) -> bool:
    """Whether it is an encrypted envelope, as far as its beginning says."""
    return _ENVELOPED in data[:_HEAD]


def signed_content(data: bytes) -> Signed | None:
    """The content of a signature that holds one; None of all else. The signature itself is not checked."""
    from asn1crypto import cms, core

    try:
        info = cms.ContentInfo.load(data)
        if info["content_type"].native != "signed_data":
            return None
        held = info["content"]["encap_content_info"]["content"]
        inner = b"" if isinstance(held, core.Void) else bytes(held)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return None
    return Signed(inner, _MIME.match(inner) is not None) if inner else None
