"""Requests and responses with scores. A score is rounded only when a response shows it."""

from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from app.schemas.shapes import In, Out
from app.scoring.instrument import Instrument
from app.scoring.parts import Status, Text
from app.scoring.rounding import shown, shown_parts
from app.scoring.score import OUTCOMES, Outcome, Score


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

    instrument: Annotated[str, Field(max_length=40)]
    version: Annotated[str, Field(max_length=20)]
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


class DimensionScoreOut(Out):
    """A dimension's value from 0 to 100, or null if it is undefined. The other numbers count indicators."""

    code: str
    value: float | None
    fulfilled: int
    applicable: int
    answered: int


class IndicatorScoreOut(Out):
    """An indicator's outcome and its contribution in index points.

    The contributions in a response add up to its index. null means that the indicator is not part of the index.
    """

    code: str
    outcome: Outcome
    contribution: float | None


@lru_cache(maxsize=8192)
def _indicator(code: str, outcome: Outcome, contribution: float | None) -> IndicatorScoreOut:
    """Cached, because few of these exist and making them takes much of the time of a submission."""
    return IndicatorScoreOut(code=code, outcome=outcome, contribution=contribution)


class ScoreOut(Out):
    """A family's score with everything that it consists of."""

    instrument: str
    version: str
    instrument_digest: str
    instrument_status: Status
    index: float | None = Field(description="0 to 100, or null if too few indicators were answered")
    category: CategoryOut | None = Field(description="Decided by the unrounded index")
    dimensions: list[DimensionScoreOut]
    indicators: list[IndicatorScoreOut]

    @classmethod
    def of(cls, score: Score, instrument: Instrument) -> "ScoreOut":
        return cls(
            instrument=instrument.code,
            version=instrument.version,
            instrument_digest=instrument.digest,
            instrument_status=instrument.status,
            index=shown(score.index),
            category=CategoryOut.of(score.category, instrument),
            dimensions=[
                DimensionScoreOut(
                    code=dimension.code,
                    value=shown(result.value),
                    fulfilled=result.fulfilled,
                    applicable=result.applicable,
                    answered=result.answered,
                )
                for dimension, result in zip(instrument.dimension, score.dimensions, strict=True)
            ],
            indicators=[
                _indicator(indicator.code, OUTCOMES[letter], contribution)
                for indicator, letter, contribution in zip(
                    instrument.indicator,
                    score.outcomes,
                    shown_parts(score.contributions, score.index),
                    strict=True,
                )
            ],
        )
