"""Responses with regions of the edition in force."""

from datetime import date
from typing import Literal

from pydantic import Field

from app.schemas.shapes import Out

Level = Literal["country", "province", "regency", "district", "village"]


class RegionOut(Out):
    code: str
    dotted: str
    scheme: Literal["kemendagri"] = "kemendagri"
    name: str
    level: Level
    kind: str = Field(description="negara, provinsi, kabupaten, kota, kecamatan, kelurahan, desa or desa adat")
    parent: str | None
    bps_code: str | None = Field(
        description="BPS code of the same region, if known. Never derive it from the Kemendagri code"
    )
    time_zone: str | None = Field(description="IANA name. null for the country")
    edition: str = Field(description="The decree that lists the code")
    valid_from: date
    valid_to: date | None = Field(description="Last day of the edition. null if it is in force")
