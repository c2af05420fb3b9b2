"""The exact score of one family: outcomes of the indicators, values of the dimensions, index, contributions.

Dimension = 100 × Σ weight of fulfilled ÷ Σ weight of (fulfilled + unfulfilled).
Index = weighted mean of the dimensions that are defined.

The formula is our default. The instruments mark it as provisional, because the official aggregation of the IKK is not
public. All values are fractions and nothing here rounds. So neither the order of answers nor the machine can change a
result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from math import lcm
from typing import Final, Literal

from app.scoring.category_1 import category_at
from app.scoring.format_1 import Indicator, Instrument
from app.scoring.rules_1 import Answers

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
"""The outcomes by letter. A family's outcomes are stored as a string with one letter per indicator."""


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """The value of a dimension, 0 to 100 (None if it is undefined), and numbers of its indicators."""

    value: Fraction | None
    fulfilled: int
    applicable: int
    answered: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """One family's result without contributions. `weight_answered` has the sum of weights for each dimension."""

    dimensions: tuple[DimensionScore, ...]
    index: Fraction | None
    category: int | None
    weight_answered: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """One family's result. `contributions` (index points, one per indicator) add up to `index` exactly."""

    outcomes: str
    dimensions: tuple[DimensionScore, ...]
    index: Fraction | None
    category: int | None
    contributions: tuple[Fraction | None, ...]


def outcomes_of(answers: Answers, instrument: Instrument) -> str:
    """One letter per indicator, in the instrument's order, from valid answers (see check_answers)."""
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
    """The score that follows from a family's outcomes. The same outcomes always give the same score."""
    weighed = weigh_outcomes(outcomes, instrument)
    contributions = _contributions(outcomes, instrument, weighed)
    return Score(outcomes, weighed.dimensions, weighed.index, weighed.category, contributions)


def weigh_outcomes(outcomes: str, instrument: Instrument) -> Weighed:
    """The score without its contributions, for lists."""
    weighing = instrument.weighing
    count = len(weighing.dimensions)
    fulfilled, applicable, answered = [0] * count, [0] * count, [0] * count
    weight_fulfilled, weight_answered = [0] * count, [0] * count
    for letter, weight, position in zip(outcomes, weighing.indicators, weighing.dimension_of, strict=True):
        if letter == NOT_APPLICABLE:
            continue
        applicable[position] += 1
        if letter == MISSING:
            continue
        answered[position] += 1
        weight_answered[position] += weight
        if letter == FULFILLED:
            fulfilled[position] += 1
            weight_fulfilled[position] += weight
    dimensions = tuple(
        DimensionScore(
            _percentage(weight_fulfilled[position], weight_answered[position])
            if answered[position] >= instrument.dimension[position].minimum_answered
            else None,
            fulfilled[position],
            applicable[position],
            answered[position],
        )
        for position in range(count)
    )
    index = index_of([each.value for each in dimensions], sum(answered), instrument)
    category = None if index is None else category_at(index, instrument.category)
    return Weighed(dimensions, index, category, tuple(weight_answered))


@lru_cache(maxsize=4096)
def _percentage(part: int, whole: int) -> Fraction:
    """Cached, because the same few fractions recur, and making them takes much of the time of a list."""
    return Fraction(100 * part, whole)


def index_of(dimensions: Sequence[Fraction | None], answered: int, instrument: Instrument) -> Fraction | None:
    """Weighted mean of the defined dimensions. None if fewer indicators are answered than the instrument needs."""
    if answered < instrument.scoring.minimum_answered:
        return None
    return weighted_mean(dimensions, instrument.weighing.dimensions)


def weighted_mean(values: Sequence[Fraction | None], weights: Sequence[int]) -> Fraction | None:
    """Weighted mean of the values that are defined, with only their weights. None if no value is defined."""
    defined = [(value, weight) for value, weight in zip(values, weights, strict=True) if value is not None]
    if not defined:
        return None
    # One common denominator, because a fraction per step of the sum would make this the slowest part of a score.
    scale = lcm(*(value.denominator for value, _ in defined))
    total = sum(value.numerator * (scale // value.denominator) * weight for value, weight in defined)
    return Fraction(total, scale * sum(weight for _, weight in defined))


def _contributions(outcomes: str, instrument: Instrument, weighed: Weighed) -> tuple[Fraction | None, ...]:
    weighing, dimensions, weight_answered = instrument.weighing, weighed.dimensions, weighed.weight_answered
    total = sum(weight for weight, each in zip(weighing.dimensions, dimensions, strict=True) if each.value is not None)
    # Cached, because most indicators of a dimension have the same weight and so the same few fractions recur.
    points = cache(
        lambda position, weight: Fraction(
            100 * weight * weighing.dimensions[position], weight_answered[position] * total
        )
    )
    contributions: list[Fraction | None] = []
    for letter, weight, position in zip(outcomes, weighing.indicators, weighing.dimension_of, strict=True):
        if weighed.index is None or letter in (NOT_APPLICABLE, MISSING) or dimensions[position].value is None:
            contributions.append(None)
        else:
            contributions.append(points(position, weight) if letter == FULFILLED else _NOTHING)
    return tuple(contributions)


def score(answers: Answers, instrument: Instrument) -> Score:
    """The score of valid answers (see check_answers)."""
    return score_outcomes(outcomes_of(answers, instrument), instrument)
