"""Requests and responses with figures of context indicators."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.schemas.decimals import ExactNumber, PlainNumber
from app.schemas.lines import Line
from app.schemas.moments import EARLIEST_YEAR, LATEST_YEAR, Day
from app.schemas.reference.region import RegionNameOut
from app.schemas.shapes import WITHOUT_NUMBER, In, Out, RegionCode
from app.schemas.statistics.indicator import PartCode, text_of
from app.schemas.statistics.source import Link, LinkedSourceIn, SourceName, SourceOut
from app.scoring.parts import Text
from app.statistics.indicators import Figure, Indicator, IndicatorKind, plain_number

FigureStatus = Literal["verified", "provisional"]
Note = Annotated[str, Line(500), WITHOUT_NUMBER, Field(examples=["Angka sementara"])]


class FigureIn(In):
    """A figure of a context indicator, with its source."""

    value: Annotated[ExactNumber, Field(description="Of an indicator whose kind is `number`")] | None = None
    category: Annotated[PartCode, Field(description="Of the kind `category`. One of its codes")] | None = None
    present: Annotated[bool, Field(strict=True, description="Of the kind `present`")] | None = None
    status: Annotated[
        FigureStatus, Field(description="`verified` was checked by its source. `provisional` may still change")
    ]
    source: LinkedSourceIn
    note: Note | None = None

    @property
    def figure(self) -> Figure:
        return Figure(self.value, self.category, self.present)


class FigureOut(Out):
    """A figure of a context indicator for a region and year, with its source, status and freshness."""

    region: RegionNameOut
    year: int
    indicator: str
    name: Text
    kind: IndicatorKind
    value: PlainNumber | None = Field(description="Of the kind `number`. Otherwise null, as are the next ones")
    unit: str | None
    unit_name: Text | None
    category: str | None = Field(description="Of the kind `category`")
    category_name: Text | None
    present: bool | None = Field(description="Of the kind `present`")
    status: FigureStatus
    source: SourceOut
    note: str | None
    revision: int = Field(description="1 for the first figure, and one more for each that replaced it")
    received_at: datetime = Field(description="When the revision arrived")

    @classmethod
    def of(cls, region: RegionNameOut, indicator: Indicator, row: Mapping[str, Any]) -> "FigureOut":
        """From a row of `context_figure`."""
        return cls(**members_of(region, indicator, row))


class StoredFigureOut(FigureOut):
    """A figure after it was sent."""

    outcome: Literal["created", "replaced", "unchanged"]
    replaced: int | None = Field(description="The revision that it replaced")


def members_of(region: RegionNameOut, indicator: Indicator, row: Mapping[str, Any]) -> dict[str, Any]:
    """The members of FigureOut."""
    value, category = row["value"], row["category"]
    return {
        "region": region,
        "year": row["year"],
        "indicator": indicator.code,
        "name": text_of(indicator.name),
        "kind": indicator.kind,
        "value": None if value is None else plain_number(value),
        "unit": indicator.unit,
        "unit_name": text_of(indicator.unit_name),
        "category": category,
        "category_name": None if category is None else text_of(indicator.categories[category]),
        "present": row["present"],
        "status": row["status"],
        "source": SourceOut(
            name=row["source_name"],
            url=row["source_url"],
            published_on=row["published_on"],
            retrieved_on=row["retrieved_on"],
        ),
        "note": row["note"],
        "revision": row["revision"],
        "received_at": row["received_at"],
    }


class FigureRowIn(In):
    """A line of a file of figures."""

    region: RegionCode
    year: Annotated[int, Field(strict=True, ge=EARLIEST_YEAR, le=LATEST_YEAR, json_schema_extra={"format": "year"})]
    indicator: Annotated[str, Field(max_length=200)]
    value: ExactNumber | None = None
    category: Annotated[str, Field(max_length=200)] | None = None
    present: Annotated[bool, Field(strict=True)] | None = None
    status: FigureStatus
    source: SourceName
    url: Link
    published_on: Day | None = None
    retrieved_on: Day | None = None
    note: Note | None = None


class ImportedFigureOut(Out):
    """What became of a line of a file."""

    row: int = Field(description="The number of the line in the file")
    region: str
    year: int
    indicator: str
    outcome: Literal["created", "replaced", "unchanged"]
    revision: int


class ImportedFiguresOut(Out):
    """What became of a file."""

    created: int
    replaced: int
    unchanged: int
    rows: list[ImportedFigureOut]
    ignored_columns: list[str] = Field(description="Headings of columns that were not used")
