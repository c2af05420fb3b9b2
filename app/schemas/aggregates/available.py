"""Responses that say where figures are."""

from pydantic import Field

from app.schemas.reference.region import RegionNameOut
from app.schemas.shapes import Out


class AvailableYearOut(Out):
    """A year and an instrument with families in a region."""

    year: int
    instrument: str
    versions: list[str] = Field(description="The versions with families, the latest first")


class AvailableOut(Out):
    """A region, with the years and instruments of which it has figures."""

    region: RegionNameOut
    years: list[AvailableYearOut] = Field(description="The latest first. Empty if nobody was surveyed")
