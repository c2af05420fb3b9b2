"""Responses with the aggregates of a region and year."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field

from app.schemas.aggregates.basis import BASIS_TEXT, REPORTED, Basis
from app.schemas.aggregates.fields import FIELDS, FieldName
from app.schemas.aggregates.figures import (
    CategoryShareOut,
    DimensionAggregateOut,
    IndexAggregateOut,
    IndexOut,
    IndicatorAggregateOut,
)
from app.schemas.reference.region import RegionNameOut
from app.schemas.releases.region_break import RegionBreakOut
from app.schemas.releases.release import ProgressOut, ReleaseRefOut
from app.schemas.shapes import Out
from app.scoring.catalogue import Catalogue, Published
from app.scoring.disclosure import Figures, FiguresOfIndex, Hidden
from app.scoring.instrument import Instrument
from app.scoring.parts import Status, Text
from app.scoring.versions import Break, Counted, break_between


class RegionRefOut(RegionNameOut):
    """A region as it was in the year."""

    first_day: date | None = Field(
        description="The region's first day in force, if it was not in force yet when the year began"
    )
    last_day: date | None = Field(
        description="The region's last day in force, if it was not in force any more when the year ended"
    )

    @classmethod
    def of(cls, code: str, name: str, first_day: date | None = None, last_day: date | None = None) -> "RegionRefOut":
        """first_day, last_day: None if it was in force when the year began, and when it ended."""
        return cls(**RegionNameOut.members(code, name), first_day=first_day, last_day=last_day)


class InstrumentRefOut(Out):
    code: str
    version: str
    digest: str
    status: Status

    @classmethod
    @lru_cache(maxsize=256)
    def of(cls, instrument: Instrument) -> "InstrumentRefOut":
        """Made once, because every row of a list has it."""
        return cls(
            code=instrument.code,
            version=instrument.version,
            digest=instrument.digest,
            status=instrument.status,
        )


class VersionOut(Out):
    """A version of the instrument with the families that were asked it in the region and year."""

    version: str
    digest: str
    status: Status
    families: int

    @classmethod
    def all_of(cls, counted: Sequence[Counted]) -> "list[VersionOut]":
        return [
            cls(version=found.version, digest=found.digest, status=found.status, families=each.families)
            for each in counted
            for found in (each.version.instrument,)
        ]


class AggregateSummaryOut(Out):
    """The aggregate of one region and year without indicators and categories, as lists show it."""

    region: RegionRefOut
    year: int
    instrument: InstrumentRefOut = Field(description="The latest of `versions`. Names and bounds are its own")
    versions: list[VersionOut] = Field(
        description="The versions whose families the figures count, the latest first. Without families it is the "
        "version in force that year"
    )
    other_versions: list[VersionOut] = Field(
        description="Versions with families in this region and year that the figures do not count"
    )
    protected: bool = Field(
        description="Whether the figures are released ones, which are protected so that no answer of a family can be "
        "computed from them. Otherwise they are exact and live, which needs submissions:review in the region"
    )
    release: ReleaseRefOut | None = Field(
        description="The release that the figures are read from. null if they are exact, or if there is no release yet"
    )
    progress: ProgressOut | None = Field(
        description="How far the interviews are by now, beside released figures. null beside exact ones"
    )
    basis: Basis | Literal["mixed"] = Field(
        description=f"{BASIS_TEXT}. Released figures of a village are `reported` until its rounds are settled, and "
        "`approved` from then on. `mixed` are those of a region with villages of both"
    )
    families: int = Field(description="Families that count, each once a year. The sums hold one interview of each")
    families_without_card: int | None = Field(
        description="How many of them have no card number. Nobody can tell whether they were interviewed twice. null "
        "in released figures"
    )
    index: IndexOut = Field(
        description="The first index of `indices`, as are dimensions, categories and indicators beside it"
    )
    dimensions: list[DimensionAggregateOut]
    weak_indicators: list[str] | None = Field(
        description="Codes of the indicators with a share below weak_below, weakest first. It leaves out hidden ones, "
        "and is null if all are hidden, or if the instrument has no such limit"
    )
    indices: list[IndexAggregateOut] = Field(description="Every index of the instrument, in the order of its file")

    @classmethod
    def of(
        cls,
        region: RegionRefOut,
        year: int,
        figures: Figures,
        fields: Collection[FieldName] = (),
        basis: Basis = REPORTED,
    ) -> "AggregateSummaryOut":
        return cls(region=region, year=year, **_summary(figures, fields, basis))


def _summary(figures: Figures, fields: Collection[FieldName], basis: Basis) -> dict[str, Any]:
    """The members of all shapes that follow from the figures."""
    main, indices = figures.main, [IndexAggregateOut.of(each, fields) for each in figures.indices]
    return {
        "instrument": InstrumentRefOut.of(figures.instrument),
        "versions": VersionOut.all_of(figures.taken.versions),
        "other_versions": VersionOut.all_of(figures.taken.others),
        "protected": False,
        "release": None,
        "progress": None,
        "basis": basis,
        "families": figures.estimate.families,
        "families_without_card": figures.estimate.without_card,
        "index": IndexOut.of(main),
        "dimensions": indices[0].groups,
        "weak_indicators": _weak(main),
        "indices": indices,
    }


def _with_fields(figures: Figures, fields: Collection[FieldName], basis: Basis) -> dict[str, Any]:
    """The same with what the first index has of the fields."""
    members = _summary(figures, fields, basis)
    first = members["indices"][0]
    return {**members, "categories": first.categories or [], "indicators": first.indicators or []}


def _weak(of: FiguresOfIndex) -> list[str] | None:
    if of.hidden.weak or of.index.region.weak is None:
        return None
    return [of.index.indicators[at].code for at in of.figures.weak if at not in of.hidden.indicators]


class AggregateRowOut(AggregateSummaryOut):
    """The aggregate of one region and year in a list, with the fields that the query asked for."""

    categories: list[CategoryShareOut] = Field(
        default_factory=list, exclude_if=lambda found: not found, description="Only with `fields=categories`"
    )
    indicators: list[IndicatorAggregateOut] = Field(
        default_factory=list, exclude_if=lambda found: not found, description="Only with `fields=indicators`"
    )

    @classmethod
    def row_of(
        cls,
        region: RegionRefOut,
        year: int,
        figures: Figures,
        fields: Collection[FieldName],
        basis: Basis = REPORTED,
    ) -> "AggregateRowOut":
        return cls(region=region, year=year, **_with_fields(figures, fields, basis))


class AggregateOut(AggregateSummaryOut):
    """The whole aggregate of one region and year."""

    as_of: datetime = Field(
        description="When the sums were read. They include every submission with a receipt from before"
    )
    categories: list[CategoryShareOut]
    indicators: list[IndicatorAggregateOut]
    weak_below: float | None = Field(description="null if the instrument has no such limit")
    suppressed: list[str] = Field(
        description="JSON pointers into this response, to the parts whose figures are hidden with the reason `small`"
    )

    @classmethod
    def whole_of(
        cls, region: RegionRefOut, year: int, figures: Figures, as_of: datetime, basis: Basis = REPORTED
    ) -> "AggregateOut":
        members, weak = _with_fields(figures, FIELDS, basis), figures.main.index.region.weak
        return cls(
            region=region,
            year=year,
            **members,
            as_of=as_of,
            weak_below=None if weak is None else float(weak.below),
            suppressed=_suppressed(figures),
        )


def _suppressed(figures: Figures) -> list[str]:
    """Pointers to what is hidden. A part that is hidden only in part is named by its members."""
    found = _of_first(figures.main.hidden)
    for position, each in enumerate(figures.indices):
        found += [f"/indices/{position}{pointer}" for pointer in _of_index(each)]
    return found


def _of_first(hidden: Hidden) -> list[str]:
    of_indicators = ["/index/of_indicators", "/index/category_of_indicators"] if hidden.of_indicators else []
    return [
        *(["/index", "/categories"] if hidden.mean and hidden.of_indicators else of_indicators),
        *(f"/dimensions/{position}" for position in sorted(hidden.groups)),
        *(f"/indicators/{position}" for position in sorted(hidden.indicators)),
        *(["/weak_indicators"] if hidden.weak else []),
    ]


def _of_index(of: FiguresOfIndex) -> list[str]:
    hidden = of.hidden
    return [
        *(["/headline"] if of.headline_hidden and of.index.region.headline is not None else []),
        *(["/families", "/mean", "/families_of_mean", "/categories"] if hidden.mean else []),
        *(["/of_indicators"] if hidden.of_indicators else []),
        *(f"/groups/{position}" for position in sorted(hidden.groups)),
        *(f"/indicators/{position}" for position in sorted(hidden.indicators)),
    ]


class BreakOut(Out):
    """Says that a year cannot be compared with the year before, or only in some figures."""

    from_version: str = Field(description="Latest version of the last year before that has families")
    to_version: str = Field(description="Latest version of this year")
    comparable: Literal["none"] | list[str] = Field(
        description="Codes of the dimensions, indicators and indices whose figures you may still compare. `none` if "
        "there are none"
    )
    note: Text | None = Field(description="What the authors of the instrument say about the change")

    @classmethod
    def of(cls, found: Break) -> "BreakOut":
        comparable: Literal["none"] | list[str] = "none" if found.comparable == "none" else list(found.comparable)
        return cls(from_version=found.from_version, to_version=found.to_version, comparable=comparable, note=found.note)


class TrendYearOut(AggregateRowOut):
    """One year of a trend."""

    break_before: BreakOut | None = Field(
        serialization_alias="break",
        description="Null if you may compare this year with the last year before in this response that has families",
    )
    region_break: RegionBreakOut | None = Field(
        default=None, description="How the region's area differs from that of the year before. null if it is the same"
    )


class TrendOut(Out):
    """The aggregates of one region by year, oldest first. Years without submissions are included."""

    region: RegionRefOut
    instrument: InstrumentRefOut = Field(description="The version of the last year that has families")
    basis: Basis | Literal["mixed"] = Field(description=f"{BASIS_TEXT}. Each year of released figures has its own")
    years: list[TrendYearOut]

    @classmethod
    def of(
        cls,
        regions: Mapping[int, RegionRefOut],
        figures: Mapping[int, Figures],
        catalogue: Catalogue,
        fields: Collection[FieldName] = (),
        basis: Basis = REPORTED,
    ) -> "TrendOut":
        """From the region and the figures by year, of at least one year, and the catalogue of versions."""
        years: list[TrendYearOut] = []
        latest: Published | None = None
        for year in sorted(figures):
            found, crossed = figures[year], None
            if found.estimate.families:
                version = found.taken.versions[0].version
                crossed = break_between(latest, version, catalogue) if latest is not None else None
                latest = version
            members = {"region": regions[year], "year": year, **_with_fields(found, fields, basis)}
            years.append(TrendYearOut(**members, break_before=None if crossed is None else BreakOut.of(crossed)))
        instrument = figures[max(figures)].instrument if latest is None else latest.instrument
        region = regions[max(figures)]
        return cls(region=region, instrument=InstrumentRefOut.of(instrument), basis=basis, years=years)

    def with_breaks(self, breaks: Mapping[int, RegionBreakOut]) -> "TrendOut":
        """The same with what changed of the region's area, by year."""
        years = [each.model_copy(update={"region_break": breaks.get(each.year)}) for each in self.years]
        return self.model_copy(update={"years": years})

    @classmethod
    def of_rows(cls, rows: Sequence[AggregateRowOut], catalogue: Catalogue) -> "TrendOut":
        """From the released rows of a region, one for each year, the oldest first."""
        years: list[TrendYearOut] = []
        latest: Published | None = None
        for row in rows:
            crossed = None
            version = catalogue.find(row.instrument.code, row.instrument.version) if row.families else None
            if version is not None:
                crossed = break_between(latest, version, catalogue) if latest is not None else None
                latest = version
            members = {name: getattr(row, name) for name in AggregateRowOut.model_fields}
            years.append(TrendYearOut(**members, break_before=None if crossed is None else BreakOut.of(crossed)))
        shown = next((row for row in reversed(rows) if row.families), rows[-1])
        return cls(region=rows[-1].region, instrument=shown.instrument, basis=shown.basis, years=years)
