"""Released figures of a region by groups of families, such as by the sex of the head."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field

from app.protection.breakdowns import RegionGroups
from app.protection.group_errors import GroupError
from app.protection.grouping import Grouping
from app.protection.protected import ProtectedGroup
from app.protection.regions import RegionFigures
from app.protection.uncertainty import Uncertainty
from app.schemas.aggregates.aggregate import InstrumentRefOut, RegionRefOut
from app.schemas.aggregates.figures import ERROR_DECIMALS, UncertaintyOut
from app.schemas.releases.release import ReleaseRefOut
from app.schemas.shapes import Out
from app.scoring.instrument import Instrument
from app.scoring.parts import Status, Text
from app.scoring.rounding import shown, shown_least, shown_most

_DECIMALS: Final = 1


class GroupRoundingOut(Out):
    """By how many families the numbers of a group may be off. Each is a bound, not an error that was seen."""

    fulfilled: int = Field(description="Families that `fulfilled` may be off. A remainder carries both other bounds")
    unfulfilled: int = Field(description="Families that `unfulfilled` may be off, also where that is null")
    answered: int


class GroupFigureOut(Out):
    """The figures of one group. The counts of all groups add up to those of the region."""

    group: str
    fulfilled: int | None = Field(description="null where the rounded number is 0, which may stand for some families")
    unfulfilled: int | None = Field(description="The same of the families that do not fulfil it")
    answered: int | None = Field(
        description="null where the indicator has figures in no village of the group. The true number may be large"
    )
    share: float | None = Field(description="100 × fulfilled ÷ answered. null where one of the two is null")
    share_at_least: float | None = Field(
        description="Where unfulfilled is null: the share is not lower, as far as the rounding goes"
    )
    share_at_most: float | None = Field(description="Where fulfilled is null: the share is not higher")
    reason: Literal["small"] | None = Field(description="Why a number beside is null")
    rounding: GroupRoundingOut | None = Field(description="null where `answered` is")
    uncertainty: UncertaintyOut | None = Field(
        description="Of the share. null where that is null. Families that did not say in which group they are were "
        "drawn into one, which is no part of it"
    )


class GroupedIndicatorOut(Out):
    """An indicator by group."""

    code: str
    name: Text
    status: Status
    base: int = Field(description="The counts are rounded to multiples of this number, up or down")
    groups: list[GroupFigureOut] | None = Field(description="In the order of `groups` of the breakdown")
    adds_up: bool | None = Field(
        description="Whether the groups add up to the region's own figures in this release. false if these changed "
        "after the breakdown was made. null without groups"
    )
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
    families: int = Field(
        description="Families of the region's own figures in this release. A breakdown may be of those of an earlier "
        "one (`adds_up`)"
    )
    as_of: datetime | None = Field(description="When the region's own figures were made")
    breakdowns: list[BreakdownOut] = Field(description="Empty until breakdowns are made")


Errors = Mapping[str, Mapping[str, GroupError]]
"""By indicator of the first index that has groups, then by group."""


def make_breakdown(
    grouping: Grouping,
    rows: Mapping[str, RegionGroups],
    instrument: Instrument,
    errors: Errors,
    bases: Mapping[str, int],
) -> BreakdownOut:
    """One breakdown of a region. Groups that no unit of the region has are left out.

    rows: by indicator of the first index, where it has groups
    """
    there = {code for row in rows.values() for code in row.groups}
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
                groups=None if (row := rows.get(each.code)) is None else _groups(row.groups, errors[each.code], codes),
                adds_up=None if row is None else row.adds_up,
                reason="small" if row is None else None,
            )
            for each in instrument.main.indicators
        ],
    )


def _groups(
    groups: Mapping[str, ProtectedGroup], errors: Mapping[str, GroupError], codes: Sequence[str]
) -> list[GroupFigureOut]:
    return [_group(code, groups[code], errors[code]) for code in codes if code in groups]


def _group(code: str, of: ProtectedGroup, error: GroupError) -> GroupFigureOut:
    fulfilled, unfulfilled = of.fulfilled or None, of.unfulfilled or None
    return GroupFigureOut(
        group=code,
        fulfilled=fulfilled,
        unfulfilled=unfulfilled,
        answered=of.answered or None,
        share=shown(of.share, _DECIMALS),
        share_at_least=shown_least(error.least if unfulfilled is None else None, _DECIMALS),
        share_at_most=shown_most(error.most if fulfilled is None else None, _DECIMALS),
        reason="small" if of.share is None else None,
        rounding=_rounding(error.answered, error.unfulfilled) if of.answered else None,
        uncertainty=None if of.share is None else UncertaintyOut.of(error.share, ERROR_DECIMALS),
    )


def _rounding(answered: int, unfulfilled: int) -> GroupRoundingOut:
    """From the bounds of the two numbers."""
    return GroupRoundingOut(fulfilled=answered + unfulfilled, unfulfilled=unfulfilled, answered=answered)


def make_villages_breakdown(
    grouping: Grouping,
    figures: Mapping[str, RegionFigures],
    instrument: Instrument,
    uncertain: Mapping[str, Sequence[Uncertainty]],
) -> BreakdownOut:
    """A breakdown whose groups are villages as a whole. figures: of the villages of each group, added up

    uncertain: by group, the uncertainty of each indicator
    """
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
                groups=[_of_villages(code, figures[code], at, uncertain[code][at]) for code in codes],
                adds_up=True,
                reason=None,
            )
            for at, each in enumerate(instrument.main.indicators)
        ],
    )


def _of_villages(code: str, figures: RegionFigures, at: int, uncertain: Uncertainty) -> GroupFigureOut:
    each = figures.main.indicators[at]
    return GroupFigureOut(
        group=code,
        fulfilled=each.fulfilled,
        unfulfilled=each.unfulfilled,
        answered=each.answered,
        share=shown(each.share, _DECIMALS),
        share_at_least=shown_least(each.share_at_least, _DECIMALS),
        share_at_most=shown_most(each.share_at_most, _DECIMALS),
        reason="small" if each.share is None else None,
        rounding=None
        if each.answered is None
        else _rounding(each.within.missing + each.within.not_applicable, each.within.unfulfilled),
        uncertainty=None if each.share is None else UncertaintyOut.of(uncertain, ERROR_DECIMALS),
    )


def give_breakdowns(members: Mapping[str, Any]) -> BreakdownsOut:
    """The response from the members of a stored card, with its release."""
    return BreakdownsOut.model_validate(members)
