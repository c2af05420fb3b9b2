"""Requests and responses with scores. A score is rounded only when a response shows it."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from app.schemas.shapes import In, InstrumentCode, InstrumentVersion, Out
from app.scoring.disclosure_1 import WITHHELD, Bounds, ProtectedScore, protect
from app.scoring.format_1 import Instrument
from app.scoring.parts import Status, Text
from app.scoring.rounding import shown, shown_parts
from app.scoring.score_1 import OUTCOMES, DimensionScore, Outcome, Score, score_outcomes


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
    answers: Answers


class CategoryOut(Out):
    code: str
    name: Text

    @classmethod
    def of(cls, position: int | None, instrument: Instrument) -> "CategoryOut | None":
        """The category at this position in the instrument, or None without an index."""
        if position is None:
            return None
        category = instrument.category[position]
        return cls(code=category.code, name=category.name)


Withheld = Annotated[
    bool,
    Field(
        description="Whether sensitive outcomes are withheld, because you neither sent what is stored now nor "
        "hold submissions:sensitive in the region. Everything shown then follows from the visible outcomes alone"
    ),
]
Lowest = Annotated[
    float | None,
    Field(description="What the value would be if every withheld outcome were unfulfilled. null if none is withheld"),
]
Highest = Annotated[
    float | None,
    Field(description="What the value would be if every withheld outcome were fulfilled. null if none is withheld"),
]


class DimensionScoreOut(Out):
    """A dimension's value from 0 to 100, or null if it is undefined. The other numbers count indicators.

    If an outcome of the dimension is withheld, the value and the counts are null.
    """

    code: str
    value: float | None
    lowest: Lowest = None
    highest: Highest = None
    fulfilled: int | None
    applicable: int | None
    answered: int | None

    @classmethod
    def of(cls, code: str, result: DimensionScore | Bounds) -> "DimensionScoreOut":
        if isinstance(result, Bounds):
            bounds = {"lowest": shown(result.lowest), "highest": shown(result.highest)}
            return cls(code=code, value=None, fulfilled=None, applicable=None, answered=None, **bounds)
        return cls(
            code=code,
            value=shown(result.value),
            fulfilled=result.fulfilled,
            applicable=result.applicable,
            answered=result.answered,
        )


OutcomeOut = Literal[Outcome, "withheld"]


class IndicatorScoreOut(Out):
    """An indicator's outcome and its contribution in index points.

    The contributions in a response add up to its index. null means that the indicator is not part of the index, or
    that outcomes are withheld.
    """

    code: str
    outcome: OutcomeOut
    contribution: float | None


@lru_cache(maxsize=8192)
def _indicator(code: str, outcome: OutcomeOut, contribution: float | None) -> IndicatorScoreOut:
    """Cached, because few of these exist and making them takes much of the time of a submission."""
    return IndicatorScoreOut(code=code, outcome=outcome, contribution=contribution)


class ScoreOut(Out):
    """A family's score with everything that it consists of."""

    instrument: str
    version: str
    instrument_digest: str
    instrument_status: Status
    withheld: Withheld
    index: float | None = Field(
        description="0 to 100, or null if too few indicators were answered or outcomes are withheld"
    )
    lowest: Lowest = None
    highest: Highest = None
    category: CategoryOut | None = Field(
        description="Decided by the unrounded index. If outcomes are withheld, null unless it is the same in every case"
    )
    dimensions: list[DimensionScoreOut]
    indicators: list[IndicatorScoreOut]

    @classmethod
    def of(cls, score: Score, instrument: Instrument) -> "ScoreOut":
        """The whole score."""
        parts = shown_parts(score.contributions, score.index)
        return cls(
            **_head(instrument, score.dimensions),
            withheld=False,
            index=shown(score.index),
            category=CategoryOut.of(score.category, instrument),
            indicators=[
                _indicator(indicator.code, OUTCOMES[letter], contribution)
                for indicator, letter, contribution in zip(instrument.indicator, score.outcomes, parts, strict=True)
            ],
        )

    @classmethod
    def of_outcomes(cls, outcomes: str, instrument: Instrument, *, whole: bool) -> "ScoreOut":
        """The whole score, or what follows from its visible outcomes."""
        protected = None if whole else protect(outcomes, instrument)
        if protected is None:
            return cls.of(score_outcomes(outcomes, instrument), instrument)
        return cls._of_protected(protected, instrument)

    @classmethod
    def _of_protected(cls, score: ProtectedScore, instrument: Instrument) -> "ScoreOut":
        return cls(
            **_head(instrument, score.dimensions),
            withheld=True,
            index=None,
            lowest=shown(score.index.lowest),
            highest=shown(score.index.highest),
            category=CategoryOut.of(score.category, instrument),
            indicators=[
                _indicator(indicator.code, "withheld" if letter == WITHHELD else OUTCOMES[letter], None)
                for indicator, letter in zip(instrument.indicator, score.outcomes, strict=True)
            ],
        )


def _head(instrument: Instrument, dimensions: Sequence[DimensionScore | Bounds]) -> dict[str, Any]:
    return {
        "instrument": instrument.code,
        "version": instrument.version,
        "instrument_digest": instrument.digest,
        "instrument_status": instrument.status,
        "dimensions": [
            DimensionScoreOut.of(dimension.code, result)
            for dimension, result in zip(instrument.dimension, dimensions, strict=True)
        ],
    }
