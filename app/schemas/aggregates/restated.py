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
        description="The sums of `restated.villages`, also of small ones that are counted together if all of these are "
        "among them. null without a release, if `restated` names none, or if none of them has released figures"
    )
    without_figures: list[str] = Field(
        description="Those of `restated.villages` where families were interviewed and that `figures` leaves out: they "
        "have too few families, or are counted together with villages of another region. Say so beside the figures"
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
