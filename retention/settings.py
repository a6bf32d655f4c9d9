"""Settings of retention and disposal."""

from __future__ import annotations

from pydantic import Field

from erecords.config import Section


class RetentionSettings(Section):
    """``[retention]``: schedules and disposal."""

    table = "retention"
    cool_off_days: int = Field(
        7, ge=0, le=365, description="Days between the approval of a disposal list and the day it may be carried out."
    )
    max_lead_days: int = Field(
        30, ge=0, le=365, description="Days before the end of a longest period at which a case may be proposed."
    )
    allow_future_dates: bool = Field(
        False, description="Whether lists may be carried out as of a day that has not come; for demonstrations only."
    )
    answer_months: int = Field(6, ge=1, le=60, description="Months that the archive has for its answer to an offer.")
    answer_basis: str = Field(
        "SächsArchivG § 5", description="The law by which records may be destroyed when the archive did not answer."
    )
    offer_after_years: int = Field(
        30, ge=1, le=200, description="Years after the last processing at which a case is to be offered at the latest."
    )
    xdomea_schemas: str = Field("", description="Folder of the xdomea schemas, with 3.0.0/ and 3.1.0/ below it.")
    xdomea_version: str = Field("3.0.0", pattern=r"^3\.[01]\.0$", description="Version of the messages that are sent.")
    archive_name: str = Field("Stadtarchiv", description="Name of the archive that records are offered to.")
