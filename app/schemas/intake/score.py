"""Scores on the wire; the only place where they are rounded."""

from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field

from app.schemas.shapes import In, Out
from app.scoring.instrument import Instrument
from app.scoring.parts import Status, Text
from app.scoring.rounding import shown, shown_parts
from app.scoring.score import OUTCOMES, Outcome, Score

Answers = Annotated[
    dict[str, Any],
    Field(
        description="Answers by question code; see the instrument's schema. `refused` and `dont_know` are answers "
        "of their own; a question that was not answered is left out.",
        examples=[{"members": 4, "savings": "refused"}],
    ),
]


class ScoreIn(In):
    """What a score is computed from."""

    instrument: Annotated[str, Field(max_length=40)]
    version: Annotated[str, Field(max_length=20)]
    answers: Answers


class CategoryOut(Out):
    code: str
    name: Text

    @classmethod
    def of(cls, place: int | None, instrument: Instrument) -> "CategoryOut | None":
        """The category at this place of the instrument; None without an index."""
        if place is None:
            return None
        category = instrument.category[place]
        return cls(code=category.code, name=category.name)


class DimensionScoreOut(Out):
    """value: 0 to 100, null where undefined; the rest count indicators."""

    code: str
    value: float | None
    fulfilled: int
    applicable: int
    answered: int


class IndicatorScoreOut(Out):
    """contribution: index points; the contributions shown add up to the index shown. null: not part of it."""

    code: str
    outcome: Outcome
    contribution: float | None


@lru_cache(maxsize=8192)
def _indicator(code: str, outcome: Outcome, contribution: float | None) -> IndicatorScoreOut:
    """The same few come again in family after family, and making them is a good part of a submission's time."""
    return IndicatorScoreOut(code=code, outcome=outcome, contribution=contribution)


class ScoreOut(Out):
    """A family's score and all that it is made of."""

    instrument: str
    version: str
    instrument_digest: str
    instrument_status: Status
    index: float | None = Field(description="0 to 100; null where too few indicators were answered")
    category: CategoryOut | None = Field(description="Decided on the unrounded index")
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
