"""Responses about the aggregates that change with the data of one family."""

from pydantic import Field

from app.regions.codes import COUNTRY, dot
from app.schemas.aggregates.basis import BASIS_TEXT, Basis
from app.schemas.shapes import Out
from app.scoring.instrument import Instrument


class FamiliesOut(Out):
    """How many families an aggregate rests on, before and after the change."""

    before: int
    after: int


class AffectedOut(Out):
    """The aggregate of a village that changed, and with it the aggregates of all regions above the village."""

    region: str
    dotted: str
    above: list[str] = Field(description="The regions above, whose aggregates changed by the same family")
    year: int
    instrument: str
    version: str
    basis: Basis = Field(description=BASIS_TEXT)
    families: FamiliesOut

    @classmethod
    def of(
        cls, region: str, year: int, instrument: Instrument, *, basis: Basis, families: tuple[int, int]
    ) -> "AffectedOut":
        """For the village with code `region`. families holds the numbers before and after."""
        above = [each for each in (region[:6], region[:4], region[:2], COUNTRY) if each != region]
        return cls(
            region=region,
            dotted=dot(region),
            above=above,
            year=year,
            instrument=instrument.code,
            version=instrument.version,
            basis=basis,
            families=FamiliesOut(before=families[0], after=families[1]),
        )
