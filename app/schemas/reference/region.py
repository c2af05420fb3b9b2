"""Responses with regions as they were on a day."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from app.regions.codes import dot, level_of, parent_of
from app.regions.lineage import LineageKind
from app.schemas.shapes import Out

Level = Literal["country", "province", "regency", "district", "village"]
LevelBelow = Literal["province", "regency", "district", "village"]
"""A level that regions below another one can have."""


class RegionNameOut(Out):
    code: str
    dotted: str
    name: str
    level: Level
    parent: str | None = Field(description="Code of the region one level up, which is null for the country")

    @classmethod
    def named(cls, code: str, name: str) -> "RegionNameOut":
        return cls(**cls.members(code, name))

    @staticmethod
    def members(code: str, name: str) -> dict[str, Any]:
        """Of this shape and of those that have more members."""
        return {"code": code, "dotted": dot(code), "name": name, "level": level_of(code), "parent": parent_of(code)}


class RelativeOut(Out):
    """A region that another one came from or went into."""

    code: str
    dotted: str
    name: str
    change: LineageKind = Field(
        description="`split`: a part of the old region. `merge`: of several old regions. `recode`: the whole region "
        "under another code, such as in another district. `rename`: the same code under another name"
    )
    day: date = Field(description="First day after the change")

    @classmethod
    def of(cls, code: str, name: str, change: str, day: date) -> "RelativeOut":
        return cls.model_validate({"code": code, "dotted": dot(code), "name": name, "change": change, "day": day})


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
    edition: str = Field(description="The decree that lists the region as it is shown here")
    valid_from: date = Field(
        description="First day of the region. The oldest edition loaded here also stands for all days before it"
    )
    valid_to: date | None = Field(
        description="Last day of the region, which can lie ahead. null if no edition loaded here ends it"
    )
    predecessors: list[RelativeOut] = Field(description="The regions that it came from, the oldest change first")
    successors: list[RelativeOut] = Field(
        description="The regions that it went into, the oldest change first. A region that goes on under its own code "
        "after a change stands among its own successors"
    )
