"""Settings of the archive."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from archive.ocfl.layout import NAME_AND_HASH
from erecords.config import Section


class ArchiveSettings(Section):
    """``[archive]``: the long-term archive."""

    table = "archive"
    layout: str = Field(
        default=NAME_AND_HASH,
        pattern="^(0003-hash-and-id-n-tuple-storage-layout|0004-hashed-n-tuple-storage-layout)$",
        description="OCFL layout of a new storage root; written into the root, later changes have no effect.",
    )
    aip_per: Literal["case", "transaction"] = Field(
        default="case",
        description="What becomes a package: the case, or each transaction and the rest of its case; counts for lists "
        "whose carrying out begins afterwards.",
    )
    address: str = Field(
        default="urn:erecords:archive",
        description="URI that stands for the archive in each version's user block, e.g. mailto:archiv@stadt.example.",
    )
    fixity_block: list[Literal["md5", "sha1", "sha256", "sha512/256"]] = Field(
        default=[], description="Further digests of new content for the inventories (OCFL fixity block)."
    )
    copies: list[str] = Field(
        default=[], description="Folders on other disks, or s3://bucket/prefix, that get a copy of each package."
    )
    workers: int = Field(default=0, ge=0, le=256, description="Threads that check digests; 0 takes all cores.")
    format_policy: str = Field(
        default="",
        description="CSV table puid;policy;risk;note over the built-in one: what to keep, normalise or refuse.",
    )
    validate_pdfa: bool = Field(
        default=True, description="Validate PDF/A renditions at ingest and note the result as event."
    )
    tsa_url: str = Field(
        default="", description="Address of the time-stamp authority (RFC 3161), http or https, for evidence records."
    )
    tsa_certificates: list[str] = Field(
        default=[], description="Files (PEM) with the root certificates of the time-stamp authority that are trusted."
    )
    evidence_digest: str = Field(
        default="sha512",
        pattern="^(sha512|sha3_384|sha3_512)$",
        description="Digest of new hash trees; sha512 needs no second reading of the packages.",
    )
