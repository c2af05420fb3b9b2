"""Requests and responses with scores. A score is rounded only when a response shows it."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from app.schemas.moments import Day
from app.schemas.shapes import In, InstrumentCode, InstrumentVersion, Out, is_null
from app.scoring.basis_text import read_bases
from app.scoring.compiled_score import tables_of
from app.scoring.disclosure import WITHHELD, Bounds, ProtectedIndex, protect
from app.scoring.instrument import Category, Index, Indicator, Instrument, Method
from app.scoring.parts import Status, Text
from app.scoring.rounding import shown, shown_parts
from app.scoring.score import OUTCOMES, GroupScore, IndexScore, Outcome, Score, State


def _leave_out_nulls(answers: dict[str, Any]) -> dict[str, Any]:
    return {question: answer for question, answer in answers.items() if answer is not None}


Answers = Annotated[
    dict[str, Any],
    Field(
        description="Answers by question code, as the schema of the instrument describes them. `refused` and "
        "`dont_know` are answers. Leave out a question that was not answered, or send null.",
        examples=[{"members": 4, "savings": "refused"}],
    ),
    AfterValidator(_leave_out_nulls),
]


class ScoreIn(In):
    """The answers to score, and the instrument and version to score them by."""

    instrument: InstrumentCode
    version: InstrumentVersion
    interview: (
        Annotated[
            Day,
            Field(
                description="Local day of the interview, by which ages and times are counted. Today if you leave it out"
            ),
        ]
        | None
    ) = None
    answers: Answers


class CategoryOut(Out):
    code: str
    name: Text

    @classmethod
    def of(cls, category: Category | None) -> "CategoryOut | None":
        return None if category is None else cls(code=category.code, name=category.name)

    @classmethod
    def at(cls, position: int | None, index: Index) -> "CategoryOut | None":
        """The category at this position in the index, or None without one."""
        return cls.of(None if position is None else index.categories[position])


Withheld = Annotated[
    bool,
    Field(
        description="Whether sensitive outcomes are withheld, because you neither sent what is stored now nor "
        "hold submissions:sensitive in the region. Everything shown then follows from the visible outcomes alone"
    ),
]
Lowest = Annotated[
    float | None,
    Field(
        description="What the value would be if every withheld outcome were unfulfilled, or had the least points. For "
        "the method counting, if every one were fulfilled. null if none is withheld, or if the method has no such bound"
    ),
]
Highest = Annotated[
    float | None,
    Field(
        description="What the value would be if every withheld outcome were fulfilled, or had the most points. For the "
        "method counting, if every one were unfulfilled. null if none is withheld, or if the method has no such bound"
    ),
]


class DimensionScoreOut(Out):
    """The value of a group of indicators, or null if it is undefined. The other numbers count indicators.

    It is on the scale of its index, which is 0 to 100 unless the instrument says otherwise. For the method counting it
    is the share of deprivations. If an outcome of the group is withheld, the value and the counts are null.
    """

    code: str
    parent: str | None = Field(
        default=None,
        exclude_if=is_null,
        description="Code of the group that it belongs to. Left out if it is directly below the index",
    )
    value: float | None
    lowest: Lowest = None
    highest: Highest = None
    fulfilled: int | None
    applicable: int | None
    answered: int | None

    @classmethod
    def all_of(cls, results: Sequence[GroupScore | Bounds], index: Index) -> "list[DimensionScoreOut]":
        return [cls.at(position, result, index) for position, result in enumerate(results)]

    @classmethod
    def at(cls, position: int, result: GroupScore | Bounds, index: Index) -> "DimensionScoreOut":
        """The group at this position in the index."""
        group, decimals = index.groups[position], index.decimals
        parent = None if group.parent is None else index.groups[group.parent].code
        if isinstance(result, Bounds):
            bounds = {"lowest": shown(result.lowest, decimals), "highest": shown(result.highest, decimals)}
            nothing: dict[str, Any] = dict.fromkeys(("value", "fulfilled", "applicable", "answered"))
            return cls(code=group.code, parent=parent, **nothing, **bounds)
        return cls(
            code=group.code,
            parent=parent,
            value=shown(result.value, decimals),
            fulfilled=result.fulfilled,
            applicable=result.applicable,
            answered=result.answered,
        )


OutcomeOut = Literal[Outcome, "withheld"]


class IndicatorScoreOut(Out):
    """An indicator's outcome and its contribution in index points.

    The contributions in an index add up to its value. null means that the indicator is not part of the index, that the
    method has no contributions, or that outcomes are withheld.
    """

    code: str
    outcome: OutcomeOut = Field(
        description="`valued`: the indicator has points instead of being fulfilled or not. `missing`: not answered"
    )
    points: float | None = Field(
        default=None, exclude_if=is_null, description="Only if the outcome is `valued`, with up to 4 decimals"
    )
    value: float | None = Field(
        default=None,
        exclude_if=is_null,
        description="Only if the outcome is `valued`: the points as a value from 0 to 1, with up to 4 decimals",
    )
    contribution: float | None


@lru_cache(maxsize=8192)
def _indicator(
    code: str, outcome: OutcomeOut, points: float | None, value: float | None, contribution: float | None
) -> IndicatorScoreOut:
    """Cached, because few of these exist and making them takes much of the time of a submission."""
    return IndicatorScoreOut(code=code, outcome=outcome, points=points, value=value, contribution=contribution)


_DECIMALS: Final = 4
"""Decimals of points and of values from 0 to 1."""


def indicator_out(
    indicator: Indicator, letter: str, points: Fraction | None, contribution: float | None
) -> IndicatorScoreOut:
    """The result of an indicator with this letter."""
    outcome: OutcomeOut = "withheld" if letter == WITHHELD else OUTCOMES[letter]
    value, form = None, indicator.points
    if points is not None and form is not None:
        value = shown((points - form.least) / (form.most - form.least), _DECIMALS)
    return _indicator(indicator.code, outcome, shown(points, _DECIMALS), value, contribution)


def _indicators(
    outcomes: str, points: Sequence[Fraction | None], parts: Sequence[float | None], index: Index
) -> Iterator[IndicatorScoreOut]:
    yield from map(indicator_out, index.indicators, outcomes, points, parts)


class IndexScoreOut(Out):
    """A family's result in one index."""

    code: str
    name: Text
    method: Method
    state: State | None = Field(
        description="`scored`: it has a result. `incomplete`: too little was answered. `undefined`: too few indicators "
        "concern the family. `not_applicable`: the index does not concern the family. null if it depends on what is "
        "withheld"
    )
    withheld: Withheld
    value: float | None = Field(
        description="On the scale of the index, with its decimals. For the method counting it is the share of "
        "deprivations, so more is worse. For stages it is the number of stages passed. null for the method rule, "
        "without a result, and if outcomes are withheld"
    )
    lowest: Lowest = None
    highest: Highest = None
    category: CategoryOut | None = Field(
        description="Decided by the unrounded value. If outcomes are withheld, null unless it is the same in every case"
    )
    poor: bool | None = Field(
        default=None,
        exclude_if=is_null,
        description="Only for the method counting: whether the value reaches the cut-off of the instrument",
    )
    groups: list[DimensionScoreOut]
    indicators: list[IndicatorScoreOut]

    @classmethod
    def of(cls, result: IndexScore | ProtectedIndex, index: Index) -> "IndexScoreOut":
        members: Mapping[str, Any] = (
            _withheld(result, index) if isinstance(result, ProtectedIndex) else _whole(result, index)
        )
        return cls(
            code=index.code,
            name=index.name,
            method=index.method,
            state=result.state,
            category=CategoryOut.at(result.category, index),
            poor=result.poor,
            groups=DimensionScoreOut.all_of(result.groups, index),
            **members,
        )


def _whole(result: IndexScore, index: Index) -> dict[str, Any]:
    parts = shown_parts(result.parts or (None,) * len(result.values), result.value, index.decimals)
    return {
        "withheld": False,
        "value": shown(result.shown, index.decimals),
        "indicators": list(_indicators(result.basis.outcomes, result.basis.points, parts, index)),
    }


def _withheld(result: ProtectedIndex, index: Index) -> dict[str, Any]:
    return {
        "withheld": True,
        "value": None,
        "lowest": shown(result.bounds.lowest, index.decimals),
        "highest": shown(result.bounds.highest, index.decimals),
        "indicators": list(_indicators(result.outcomes, result.points, [None] * len(result.outcomes), index)),
    }


class ScoreOut(Out):
    """A family's score with everything that it consists of.

    `index` to `indicators` describe the first index of `indices`, which for most instruments is the only one.
    """

    instrument: str
    version: str
    instrument_digest: str
    instrument_status: Status
    withheld: Withheld
    index: float | None = Field(
        description="Value of the first index. null if too few indicators were answered, or outcomes are withheld"
    )
    lowest: Lowest = None
    highest: Highest = None
    category: CategoryOut | None = Field(
        description="Decided by the unrounded index. If outcomes are withheld, null unless it is the same in every case"
    )
    dimensions: list[DimensionScoreOut] = Field(description="The groups of the first index")
    indicators: list[IndicatorScoreOut]
    indices: list[IndexScoreOut] = Field(description="Every index of the instrument, in the order of its file")

    @classmethod
    def of(cls, score: Score, instrument: Instrument) -> "ScoreOut":
        """The whole score."""
        return cls._of(score.indices, instrument)

    @classmethod
    def of_outcomes(cls, outcomes: str, instrument: Instrument, *, whole: bool) -> "ScoreOut":
        """The whole score, or what follows from its visible outcomes. From the stored text (`basis_text.py`)."""
        bases = read_bases(outcomes, instrument)
        protected = None if whole else protect(bases, instrument)
        return cls._of(protected or tables_of(instrument).score(bases).indices, instrument)

    @classmethod
    def _of(cls, results: Sequence[IndexScore | ProtectedIndex], instrument: Instrument) -> "ScoreOut":
        indices = [IndexScoreOut.of(result, index) for result, index in zip(results, instrument.indices, strict=True)]
        first = indices[0]
        return cls(
            instrument=instrument.code,
            version=instrument.version,
            instrument_digest=instrument.digest,
            instrument_status=instrument.status,
            withheld=any(each.withheld for each in indices),
            index=first.value,
            lowest=first.lowest,
            highest=first.highest,
            category=first.category,
            dimensions=first.groups,
            indicators=first.indicators,
            indices=indices,
        )
