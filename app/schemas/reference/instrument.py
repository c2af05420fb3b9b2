"""Responses with instruments, whole and in short."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from app.schemas.shapes import Out
from app.scoring.catalogue import Retirement
from app.scoring.instrument import Headline, Index, Instrument, Method
from app.scoring.parts import Status, Text


class FollowsOut(Out):
    """The version that another one follows, and what of their figures you may compare."""

    version: str
    comparable: Literal["all", "none"] | list[str] = Field(
        description="`all`: aggregates count the families of both. A list has the codes of the dimensions, indicators "
        "and indices whose figures stay comparable from year to year"
    )
    note: Text | None = Field(description="What changed")

    @classmethod
    def of(cls, instrument: Instrument) -> "FollowsOut | None":
        found = instrument.follows
        if found is None:
            return None
        comparable = list(found.comparable) if isinstance(found.comparable, tuple) else found.comparable
        return cls(version=found.version, comparable=comparable, note=found.note)


class InstrumentIndexOut(Out):
    """One index of an instrument."""

    code: str
    name: Text
    method: Method
    scale: float = Field(description="The highest value. Sums of points and stages go as far as their parts do")
    decimals: int = Field(description="Decimals to which its values are rounded when they are shown")
    direction: Literal["up", "down"] = Field(description="`down` means that more is worse")
    headline: Headline | None = Field(description="The figure that stands for a region")
    groups: int
    indicators: int

    @classmethod
    def of(cls, index: Index) -> "InstrumentIndexOut":
        return cls(
            code=index.code,
            name=index.name,
            method=index.method,
            scale=float(index.scale),
            decimals=index.decimals,
            direction=index.direction,
            headline=index.region.headline,
            groups=len(index.groups),
            indicators=len(index.indicators),
        )


class InstrumentOut(Out):
    """One released instrument. Its file does not change, and `digest` is the hash of its bytes."""

    code: str
    version: str
    status: Status = Field(description="`provisional` means that the list, weights or thresholds are not official")
    title: Text
    valid_from: date
    follows: FollowsOut | None = Field(description="The version that this one follows, if its file names one")
    digest: str
    published_at: datetime
    retired_after: date | None = Field(
        default=None,
        description="The last day of interviews that are taken with this version, at the region of the interview. "
        "Interviews made until then are taken for ever",
    )
    use_instead: str | None = Field(default=None, description="The version for later interviews")
    dimensions: int = Field(description="Groups of the first index")
    indicators: int = Field(description="Indicators of the first index")
    questions: int
    indices: list[InstrumentIndexOut]

    @classmethod
    def of(
        cls, instrument: Instrument, published_at: datetime, retirement: Retirement | None = None
    ) -> "InstrumentOut":
        return InstrumentOut(
            code=instrument.code,
            version=instrument.version,
            status=instrument.status,
            title=instrument.title,
            valid_from=instrument.valid_from,
            follows=FollowsOut.of(instrument),
            digest=instrument.digest,
            published_at=published_at,
            retired_after=retirement and retirement.after,
            use_instead=retirement and retirement.use,
            dimensions=len(instrument.main.groups),
            indicators=len(instrument.main.indicators),
            questions=sum(each.specify_of is None for each in instrument.questions),
            indices=[InstrumentIndexOut.of(each) for each in instrument.indices],
        )


class InstrumentWholeOut(InstrumentOut):
    """The instrument with everything in its file, such as questions, indicators, conditions, weights and sources."""

    content: dict[str, Any]
