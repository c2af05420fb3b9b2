"""Figures of a past year for a region as it is today."""

from pydantic import Field

from app.schemas.aggregates.aggregate import AggregateOut, RegionRefOut
from app.schemas.releases.region_break import RestatedOut
from app.schemas.releases.release import ReleaseRefOut
from app.schemas.shapes import Out


class RestatedAggregateOut(Out):
    """The released figures of whole villages of a past year that make up a region of today."""

    region: RegionRefOut = Field(description="As it is today")
    year: int
    restated: RestatedOut
    release: ReleaseRefOut | None = Field(description="null if there is no release of the year")
    figures: AggregateOut | None = Field(
        description="The sums of `restated.villages`. null without a release, if `restated` names none, or if none of "
        "these villages has released figures of its own"
    )

    @classmethod
    def of(
        cls,
        region: RegionRefOut,
        year: int,
        restated: RestatedOut,
        release: ReleaseRefOut | None,
        figures: AggregateOut | None,
    ) -> "RestatedAggregateOut":
        shown = None if figures is None else figures.model_copy(update={"release": release})
        return cls(region=region, year=year, restated=restated, release=release, figures=shown)
