"""Ranks of regions by a released figure, with ties and the interval that each rank lies in."""

from fractions import Fraction

from pydantic import Field

from app.protection.ranks import Rank, Ranked
from app.protection.uncertainty import Uncertainty
from app.schemas.aggregates.aggregate import AggregateRowOut, RegionRefOut
from app.schemas.aggregates.figures import UncertaintyOut
from app.schemas.reference.region import RegionNameOut
from app.schemas.shapes import Out

INDEX = "index"
"""The headline of the first index where that is the mean, otherwise the index that is computed from the shares."""


class RankOut(Out):
    """The rank of one region among all regions of the level below the parent."""

    region: RegionNameOut
    value: float | None = Field(description="The figure as it is released. null if the region has none")
    rank: int | None = Field(
        description="1 for the highest value. Equal values share a rank, and the next one is left out (1, 2, 2, 4)"
    )
    low: int | None = Field(
        description="The best rank that the region may truly have. All intervals of a list hold together with 95 %. "
        "null if the figure has no standard error. Such a region counts as one that can have any rank"
    )
    high: int | None = Field(description="The worst rank that the region may truly have")
    ranked: int = Field(description="How many regions have a rank")

    @classmethod
    def of(cls, region: RegionRefOut, value: float | None, found: Rank | None, ranked: int) -> "RankOut":
        name = RegionNameOut.named(region.code, region.name)
        if found is None:
            return cls(region=name, value=value, rank=None, low=None, high=None, ranked=ranked)
        return cls(region=name, value=value, rank=found.rank, low=found.low, high=found.high, ranked=ranked)


def figure_of(row: AggregateRowOut, figure: str) -> tuple[float | None, UncertaintyOut | None]:
    """The released value of a figure with its uncertainty. figure: INDEX, or a code of a dimension or indicator"""
    if figure == INDEX:
        headline = row.indices[0].headline
        if headline is not None and headline.figure == "mean":
            return row.index.mean, row.index.uncertainty
        return row.index.of_indicators, row.index.uncertainty_of_indicators
    for dimension in row.dimensions:
        if dimension.code == figure:
            return dimension.of_indicators, dimension.uncertainty
    found = next((each for each in row.indicators if each.code == figure), None)
    return (None, None) if found is None else (found.share, found.uncertainty)


def ranked_of(value: float | None, uncertain: UncertaintyOut | None) -> Ranked | None:
    """What is ranked, from the numbers as they are released."""
    if value is None:
        return None
    known = uncertain or UncertaintyOut.of(Uncertainty(), 0)
    assert known is not None  # noqa: S101 (there is an uncertainty)
    return Ranked(
        Fraction(str(value)),
        Uncertainty(
            known.standard_error,
            method=known.method,
            within=known.within,
            freedom=known.degrees_of_freedom,
            step=known.step or 0.0,
        ),
    )
