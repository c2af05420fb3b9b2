"""Regions on the wire."""

from datetime import date
from typing import Literal

from pydantic import ConfigDict, Field

from app.schemas.shapes import Out

Level = Literal["country", "province", "regency", "district", "village"]


class RegionOut(Out):
    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "example": {
                "code": "6372061004",
                "dotted": "63.72.06.1004",
                "scheme": "kemendagri",
                "name": "Landasan Ulin Selatan",
                "level": "village",
                "kind": "kelurahan",
                "parent": "637206",
                "bps_code": "6372011004",
                "time_zone": "Asia/Makassar",
                "edition": "300.2.2-2430/2025",
                "valid_from": "2025-06-23",
                "valid_to": None,
            }
        },
    )

    code: str
    dotted: str
    scheme: Literal["kemendagri"] = "kemendagri"
    name: str
    level: Level
    kind: str = Field(description="negara, provinsi, kabupaten, kota, kecamatan, kelurahan, desa, desa adat")
    parent: str | None
    bps_code: str | None = Field(description="Code of the same place at BPS, where known; never derive it")
    time_zone: str | None = Field(description="IANA name; null for the country")
    edition: str = Field(description="The decree that lists the code")
    valid_from: date
    valid_to: date | None = Field(description="Last day of the edition; null: in force")
