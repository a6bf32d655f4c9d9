"""Time stamps after RFC 3161: asking an authority over HTTP, and checking a token against the certificates trusted."""

from __future__ import annotations

import secrets
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from archive.errors import EvidenceBroken, NoTimeStamp
from archive.evidence.structures import ALGORITHMS, answer_token, as_answer, token_info
from erecords.errors import ConfigurationError

_SECONDS = 60
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a token that was checked says."""

    at: datetime
    """``genTime``: the instant to which the authority attests."""
    authority: str
    """Subject of the certificate that signed."""
    until: datetime
    """End of validity of that certificate; the token must be renewed before."""


class Authority(Protocol):
    """Who gives time stamps."""

    def stamp(self, algorithm: str, imprint: bytes) -> bytes:
        """The token (DER of ``ContentInfo``) over a digest.

        Raises:
            NoTimeStamp: it was refused, or the answer is not what was asked for.
        """
        ...


class HttpAuthority:
    """An authority reached over HTTP (RFC 3161 section 3.4)."""

    def __init__(self, url: str) -> None:
        if urlsplit(url).scheme not in {"http", "https"}:
            if not url:
                raise ConfigurationError(
                    "No time-stamp authority is set; name it in [archive] tsa_url of erecords.toml."
                )
            raise ConfigurationError(f"The setting tsa_url of [archive] is no http or https address: {url!r}.")
        self._url = url

    def stamp(self, algorithm: str, imprint: bytes) -> bytes:
        """Ask for a token; see `Authority.stamp`."""
        request, nonce = make_request(algorithm, imprint)
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        question = urllib.request.Request(self._url, data=request, headers=headers)
        try:
            with urllib.request.urlopen(question, timeout=_SECONDS) as answer:
                data = answer.read(_LARGEST + 1)
        except (urllib.error.URLError, OSError) as error:
            raise NoTimeStamp(
                f"The time-stamp authority {self._url} cannot be reached ({error}); nothing was written. Try again."
            ) from error
        return read_answer(data[:_LARGEST], algorithm, imprint, nonce)


def make_request(algorithm: str, imprint: bytes) -> tuple[bytes, int]:
    """DER of a ``TimeStampReq`` (RFC 3161 section 2.4.1) that asks for the certificate, and its nonce.

    Built here, for `rfc3161_client` hashes data itself and knows SHA-256 and SHA-512 only.
    """
    from asn1crypto import tsp

    nonce = secrets.randbits(63) | 1 << 62
    imprinted = {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": imprint}
    values = {"version": "v1", "message_imprint": imprinted, "nonce": nonce, "cert_req": True}
    return bytes(tsp.TimeStampReq(values).dump()), nonce


def read_answer(data: bytes, algorithm: str, imprint: bytes, nonce: int) -> bytes:
    """The token of a ``TimeStampResp`` (section 2.4.2).

    Raises:
        NoTimeStamp: refused, or over another digest or request.
    """
    try:
        status, token = answer_token(data)
        if status not in {"granted", "granted_with_mods"}:
            raise NoTimeStamp(f"The time-stamp authority refused ({status}); nothing was written.")
        info = token_info(token)
        _require_imprint(info, algorithm, imprint)
    except EvidenceBroken as error:
        raise NoTimeStamp(f"The time-stamp authority sent no time stamp ({error}); nothing was written.") from error
    if info["nonce"].native != nonce:
        raise NoTimeStamp("The time-stamp authority answered another request; nothing was written. Try again.")
    return token


def _require_imprint(info: object, algorithm: str, imprint: bytes) -> None:
    found = info["message_imprint"]  # type: ignore[index]  # asn1crypto is not typed
    stated = (found["hash_algorithm"]["algorithm"].native, found["hashed_message"].native)
    if stated != (algorithm, imprint):
        raise EvidenceBroken("The time stamp is over another digest")


class Trust:
    """The certificates of authorities that are believed; checks of equal tokens are done once."""

    def __init__(self, certificates: bytes) -> None:
        """Take trusted certificates, one or more in PEM.

        Raises:
            ConfigurationError: there is none in it.
        """
        from cryptography import x509

        try:
            self._roots = x509.load_pem_x509_certificates(certificates)
        except ValueError as error:
            raise ConfigurationError(
                f"The certificates of the time-stamp authority cannot be read: {error}."
            ) from error
        self.pem = certificates
        self._known: dict[tuple[bytes, str, bytes], Stamp] = {}

    def check(self, token: bytes, algorithm: str, imprint: bytes) -> Stamp:
        """What a token says, once its signature, its chain of certificates at that time and its digest are right.

        Raises:
            EvidenceBroken: one of them is not.
        """
        key = (token, algorithm, imprint)
        if key not in self._known:
            self._known[key] = self._check(token, algorithm, imprint)
        return self._known[key]

    def _check(self, token: bytes, algorithm: str, imprint: bytes) -> Stamp:
        import rfc3161_client
        from cryptography import x509

        if len(imprint) != ALGORITHMS[algorithm]:
            raise EvidenceBroken("The digest has the wrong length")
        info = token_info(token)
        _require_imprint(info, algorithm, imprint)
        try:
            answer = rfc3161_client.decode_timestamp_response(as_answer(token))
            builder = rfc3161_client.VerifierBuilder()
            for root in self._roots:
                builder = builder.add_root_certificate(root)
            builder.build().verify(answer, imprint)
            held = [x509.load_der_x509_certificate(item) for item in answer.signed_data.certificates]
            (signer,) = answer.signed_data.signer_infos
        except (rfc3161_client.VerificationError, x509.InvalidVersion, ValueError) as error:
            raise EvidenceBroken(f"The signature of the time stamp is not good: {error}") from error
        by = next(
            c for c in (*held, *self._roots) if (c.issuer, c.serial_number) == (signer.issuer, signer.serial_number)
        )
        at = info["gen_time"].native
        return Stamp(at.astimezone(UTC), by.subject.rfc4514_string(), by.not_valid_after_utc)


def trust_of(paths: Sequence[str]) -> Trust:
    """The certificates of the setting ``tsa_certificates``.

    Raises:
        ConfigurationError: there are none, or they cannot be read.
    """
    try:
        data = b"\n".join(Path(path).read_bytes() for path in paths)
    except OSError as error:
        raise ConfigurationError(f"The certificates of the time-stamp authority cannot be read: {error}.") from error
    if not data:
        raise ConfigurationError("Set tsa_certificates of [archive] to the certificates (PEM) of the authority.")
    return Trust(data)
