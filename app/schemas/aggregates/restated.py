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
    without_figures: list[str] = Field(
        description="Those of `restated.villages` that `figures` leaves out, because they have no released figures of "
        "their own: they have too few families, or are counted together with others. Say so beside the figures"
    )

    @classmethod
    def of(
        cls,
        region: RegionRefOut,
        year: int,
        restated: RestatedOut,
        release: ReleaseRefOut | None,
        figures: AggregateOut | None,
        without_figures: list[str],
    ) -> "RestatedAggregateOut":
        shown = None if figures is None else figures.model_copy(update={"release": release})
        return cls(
            region=region, year=year, restated=restated, release=release, figures=shown, without_figures=without_figures
        )
