"""Scores one family, exactly: outcomes of the indicators, values of the dimensions, index, contributions.

Dimension = 100 × Σ weight of fulfilled ÷ Σ weight of (fulfilled + unfulfilled); index = weighted mean of the
dimensions that are defined. All values are fractions: nothing here rounds, so neither the order of answers nor the
machine can change a result. Source of the formula: our default, marked provisional in the instruments, as the
official aggregation of the IKK is not public.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import lcm
from typing import Final, Literal

from app.scoring.category import category_at
from app.scoring.instrument import Indicator, Instrument
from app.scoring.rules import Answers

Outcome = Literal["fulfilled", "unfulfilled", "not_applicable", "missing"]

FULFILLED: Final = "F"
UNFULFILLED: Final = "U"
NOT_APPLICABLE: Final = "N"
MISSING: Final = "M"
_NOTHING: Final = Fraction(0)
OUTCOMES: Final[dict[str, Outcome]] = {
    FULFILLED: "fulfilled",
    UNFULFILLED: "unfulfilled",
    NOT_APPLICABLE: "not_applicable",
    MISSING: "missing",
}
"""The outcomes by the letter that stands for each: a family's outcomes are a string, one letter an indicator."""


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """value: 0 to 100, None where undefined; the rest are numbers of indicators."""

    value: Fraction | None
    fulfilled: int
    applicable: int
    answered: int


@dataclass(frozen=True, slots=True)
class Score:
    """One family's result. `contributions` (index points, one an indicator) add up to `index` exactly."""

    outcomes: str
    dimensions: tuple[DimensionScore, ...]
    index: Fraction | None
    category: int | None
    contributions: tuple[Fraction | None, ...]


def outcomes_of(answers: Answers, instrument: Instrument) -> str:
    """One letter an indicator, in the instrument's order, from answers without fault."""
    return "".join(_outcome(indicator, answers) for indicator in instrument.indicator)


def _outcome(indicator: Indicator, answers: Answers) -> str:
    if indicator.applies_when is not None:
        applies = indicator.applies_when.holds(answers)
        if not applies:
            return MISSING if applies is None else NOT_APPLICABLE
    fulfilled = indicator.fulfilled_when.holds(answers)
    if fulfilled is None:
        return MISSING
    return FULFILLED if fulfilled else UNFULFILLED


def score_outcomes(outcomes: str, instrument: Instrument) -> Score:
    """The score that a family's outcomes give; the same outcomes always give the same score."""
    weighing = instrument.weighing
    count = len(weighing.dimensions)
    fulfilled, applicable, answered = [0] * count, [0] * count, [0] * count
    weight_fulfilled, weight_answered = [0] * count, [0] * count
    for letter, weight, place in zip(outcomes, weighing.indicators, weighing.dimension_of, strict=True):
        if letter == NOT_APPLICABLE:
            continue
        applicable[place] += 1
        if letter == MISSING:
            continue
        answered[place] += 1
        weight_answered[place] += weight
        if letter == FULFILLED:
            fulfilled[place] += 1
            weight_fulfilled[place] += weight
    dimensions = tuple(
        DimensionScore(
            Fraction(100 * weight_fulfilled[place], weight_answered[place])
            if answered[place] >= instrument.dimension[place].minimum_answered
            else None,
            fulfilled[place],
            applicable[place],
            answered[place],
        )
        for place in range(count)
    )
    index = None
    if sum(answered) >= instrument.scoring.minimum_answered:
        index = weighted_mean([each.value for each in dimensions], weighing.dimensions)
    return Score(
        outcomes,
        dimensions,
        index,
        None if index is None else category_at(index, instrument.category),
        _contributions(outcomes, instrument, dimensions, weight_answered, index),
    )


def weighted_mean(values: Sequence[Fraction | None], weights: Sequence[int]) -> Fraction | None:
    """Mean of the values that are defined, their weights rescaled to them; None where none is."""
    defined = [(value, weight) for value, weight in zip(values, weights, strict=True) if value is not None]
    if not defined:
        return None
    # Over one denominator: a fraction per step of the sum would make this the dearest part of a score.
    scale = lcm(*(value.denominator for value, _ in defined))
    total = sum(value.numerator * (scale // value.denominator) * weight for value, weight in defined)
    return Fraction(total, scale * sum(weight for _, weight in defined))


def _contributions(
    outcomes: str,
    instrument: Instrument,
    dimensions: tuple[DimensionScore, ...],
    weight_answered: list[int],
    index: Fraction | None,
) -> tuple[Fraction | None, ...]:
    weighing = instrument.weighing
    total = sum(weight for weight, each in zip(weighing.dimensions, dimensions, strict=True) if each.value is not None)
    # Indicators of one dimension mostly weigh the same, so most of these fractions are the same few.
    points = cache(
        lambda place, weight: Fraction(100 * weight * weighing.dimensions[place], weight_answered[place] * total)
    )
    contributions: list[Fraction | None] = []
    for letter, weight, place in zip(outcomes, weighing.indicators, weighing.dimension_of, strict=True):
        if index is None or letter in (NOT_APPLICABLE, MISSING) or dimensions[place].value is None:
            contributions.append(None)
        else:
            contributions.append(points(place, weight) if letter == FULFILLED else _NOTHING)
    return tuple(contributions)


def score(answers: Answers, instrument: Instrument) -> Score:
    """The score of answers without fault (see check_answers)."""
    return score_outcomes(outcomes_of(answers, instrument), instrument)
