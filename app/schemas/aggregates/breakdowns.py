"""Released figures of a region by groups of families, such as by the sex of the head."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, Final, Literal

from pydantic import Field

from app.protection.grouping import Grouping
from app.protection.protected import ProtectedGroup
from app.protection.regions import RegionFigures
from app.schemas.aggregates.aggregate import InstrumentRefOut, RegionRefOut
from app.schemas.releases.release import ReleaseRefOut
from app.schemas.shapes import Out
from app.scoring.instrument import Instrument
from app.scoring.parts import Status, Text
from app.scoring.rounding import shown

_DECIMALS: Final = 1


class GroupFigureOut(Out):
    """The figures of one group. The counts of all groups add up to those of the region."""

    group: str
    fulfilled: int | None = Field(description="null where the rounded number is 0, which may stand for some families")
    unfulfilled: int | None
    answered: int | None = Field(
        description="null where the indicator has figures in no village of the group. The true number may be large"
    )
    share: float | None = Field(description="100 × fulfilled ÷ answered. null where one of the two is null")
    reason: Literal["small"] | None = Field(description="Why a number beside is null")


class GroupedIndicatorOut(Out):
    """An indicator by group."""

    code: str
    name: Text
    status: Status
    base: int = Field(description="The counts are rounded to multiples of this number, up or down")
    groups: list[GroupFigureOut] | None = Field(description="In the order of `groups` of the breakdown")
    reason: Literal["small"] | None = Field(
        description="Why there are no groups. `small`: some group has too few answers here, or some village of the "
        "region is only in a breakdown of a larger region"
    )


class GroupNameOut(Out):
    code: str
    name: Text


class BreakdownOut(Out):
    """The indicators of the first index by the groups of one breakdown."""

    code: str
    name: Text
    groups: list[GroupNameOut]
    indicators: list[GroupedIndicatorOut]


class BreakdownsOut(Out):
    """The breakdowns of a region and year. They are made once, when all rounds of the villages are settled."""

    region: RegionRefOut
    year: int
    instrument: InstrumentRefOut | None
    release: ReleaseRefOut | None
    families: int = Field(description="Families of the villages that have figures")
    as_of: datetime | None
    breakdowns: list[BreakdownOut] = Field(description="Empty until breakdowns are made")


Rows = Mapping[str, Mapping[str, ProtectedGroup] | None]
"""By indicator of the first index, the groups of a region, or None where they are too small."""


def make_breakdown(grouping: Grouping, rows: Rows, instrument: Instrument, bases: Mapping[str, int]) -> BreakdownOut:
    """One breakdown of a region. Groups that no unit of the region has are left out."""
    there = {code for groups in rows.values() for code in groups or ()}
    names = {**grouping.groups, **{code: Text(id=code, en=code) for code in sorted(there - grouping.groups.keys())}}
    codes = [code for code in names if code in there]
    return BreakdownOut(
        code=grouping.code,
        name=grouping.name,
        groups=[GroupNameOut(code=code, name=names[code]) for code in codes],
        indicators=[
            GroupedIndicatorOut(
                code=each.code,
                name=each.name,
                status=each.status,
                base=bases[each.code],
                groups=None if (groups := rows.get(each.code)) is None else _groups(groups, codes),
                reason="small" if groups is None else None,
            )
            for each in instrument.main.indicators
        ],
    )


def _groups(groups: Mapping[str, ProtectedGroup], codes: Sequence[str]) -> list[GroupFigureOut]:
    return [_group(code, groups[code].answered, groups[code].unfulfilled) for code in codes if code in groups]


def _group(code: str, answered: int, without: int) -> GroupFigureOut:
    fulfilled, unfulfilled = answered - without or None, without or None
    known = fulfilled is not None and unfulfilled is not None and answered > 0
    share = shown(Fraction(100 * (answered - without), answered), _DECIMALS) if known else None
    return GroupFigureOut(
        group=code,
        fulfilled=fulfilled,
        unfulfilled=unfulfilled,
        answered=answered or None,
        share=share,
        reason="small" if share is None else None,
    )


def make_villages_breakdown(
    grouping: Grouping, figures: Mapping[str, RegionFigures], instrument: Instrument
) -> BreakdownOut:
    """A breakdown whose groups are villages as a whole. figures: of the villages of each group, added up"""
    codes = [code for code in grouping.groups if code in figures]
    return BreakdownOut(
        code=grouping.code,
        name=grouping.name,
        groups=[GroupNameOut(code=code, name=grouping.groups[code]) for code in codes],
        indicators=[
            GroupedIndicatorOut(
                code=each.code,
                name=each.name,
                status=each.status,
                base=next(iter(figures.values())).main.indicators[at].plan.base,
                groups=[_of_villages(code, figures[code], at) for code in codes],
                reason=None,
            )
            for at, each in enumerate(instrument.main.indicators)
        ],
    )


def _of_villages(code: str, figures: RegionFigures, at: int) -> GroupFigureOut:
    each = figures.main.indicators[at]
    return GroupFigureOut(
        group=code,
        fulfilled=each.fulfilled,
        unfulfilled=each.unfulfilled,
        answered=each.answered,
        share=shown(each.share, _DECIMALS),
        reason="small" if each.share is None else None,
    )


def give_breakdowns(members: Mapping[str, Any]) -> BreakdownsOut:
    """The response from the members of a stored card, with its release."""
    return BreakdownsOut.model_validate(members)
