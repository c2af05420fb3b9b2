"""The sums that are kept per village and year, and the estimates for a region that are computed from them.

Sums are whole numbers only. Adding them in any order, on any machine, therefore gives the same result to the last
digit. Values of the index enter in units of 10⁻⁸ points. `packing.py` makes one number of them.

The sums come in this order (see `sums_of`): families, families with an index, Σ index, families by category, then per
dimension (families with a value, Σ value), then per indicator (fulfilled, unfulfilled, missing). The families to which
an indicator is not applicable are the remainder.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from app.scoring.format_1 import Instrument
from app.scoring.packing_1 import length_of
from app.scoring.score_1 import FULFILLED, MISSING, UNFULFILLED, Score, index_of, weighted_mean

UNITS_PER_POINT: Final = 10**8


@dataclass(frozen=True, slots=True)
class DimensionEstimate:
    """Both estimators of a dimension, 0 to 100, and the number of families that have a value in it.

    mean is the mean of the families' values. of_indicators is computed from the region's shares.
    """

    mean: Fraction | None
    of_indicators: Fraction | None
    families: int


@dataclass(frozen=True, slots=True)
class IndicatorEstimate:
    """Share of an indicator in percent, and numbers of families by outcome.

    The share counts the families that fulfil the indicator or do not. It is None if there are none.
    """

    share: Fraction | None
    fulfilled: int
    unfulfilled: int
    missing: int
    weak: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """All statistics of a region and year. `mean` and `of_indicators` are two estimators and are never mixed.

    `of_indicators` is undefined unless at least one family has an index, and the shares would give a family one.
    """

    families: int
    scored: int
    mean: Fraction | None
    of_indicators: Fraction | None
    categories: tuple[int, ...]
    dimensions: tuple[DimensionEstimate, ...]
    indicators: tuple[IndicatorEstimate, ...]
    without_card: int = 0
    """Families without a card number. Nobody can tell whether they were interviewed twice."""


def units(value: Fraction) -> int:
    """Index points as a whole number of 10⁻⁸ points, rounded half to even."""
    return round(value * UNITS_PER_POINT)


def sums_of(score: Score, instrument: Instrument) -> list[int]:
    """What one family adds to the sums of its village, in the order that the module describes."""
    sums = [1, 0, 0, *([0] * len(instrument.category))]
    if score.index is not None and score.category is not None:
        sums[1:3] = [1, units(score.index)]
        sums[3 + score.category] = 1
    for dimension in score.dimensions:
        sums += [0, 0] if dimension.value is None else [1, units(dimension.value)]
    for letter in score.outcomes:
        sums += [letter == FULFILLED, letter == UNFULFILLED, letter == MISSING]
    return sums


def add(rows: Iterable[Sequence[int]], instrument: Instrument) -> list[int]:
    """The total of several lists of sums, such as those of families or of villages."""
    total = [0] * length_of(instrument)
    for row in rows:
        total = [left + right for left, right in zip(total, row, strict=True)]
    return total


def estimate(sums: Sequence[int], instrument: Instrument, *, without_card: int = 0) -> Estimate:
    """Exact means, shares and counts of a region and year, computed from its sums."""
    categories = len(instrument.category)
    families, scored, index_sum = sums[:3]
    dimensions_from = 3 + categories
    indicators_from = dimensions_from + 2 * len(instrument.dimension)
    weak_below = Fraction(instrument.scoring.weak_below)
    indicators = tuple(
        _indicator(sums[position : position + 3], weak_below) for position in range(indicators_from, len(sums), 3)
    )
    shares = [each.share for each in indicators]
    # Shares of several families can define what no single family has. Such a figure describes nobody.
    by_indicators = [
        mean if valued else None
        for mean, valued in zip(
            means_of_shares(shares, instrument), sums[dimensions_from:indicators_from:2], strict=True
        )
    ]
    dimensions = tuple(
        DimensionEstimate(_mean(sums[position + 1], sums[position]), of_indicators, sums[position])
        for position, of_indicators in zip(range(dimensions_from, indicators_from, 2), by_indicators, strict=True)
    )
    return Estimate(
        families,
        scored,
        _mean(index_sum, scored),
        index_of_shares(by_indicators, shares, instrument) if scored else None,
        tuple(sums[3:dimensions_from]),
        dimensions,
        indicators,
        without_card,
    )


def means_of_shares(shares: Sequence[Fraction | None], instrument: Instrument) -> list[Fraction | None]:
    """For each dimension, the weighted mean of its indicators' shares (percent). Undefined shares are left out.

    As in a family, a dimension is undefined if fewer of its indicators are defined than its `minimum_answered`.
    """
    weights = instrument.weighing.indicators
    means: list[Fraction | None] = []
    for dimension, positions in zip(instrument.dimension, instrument.weighing.positions, strict=True):
        defined = [position for position in positions if shares[position] is not None]
        enough = len(defined) >= dimension.minimum_answered
        means.append(
            weighted_mean([shares[each] for each in defined], [weights[each] for each in defined]) if enough else None
        )
    return means


def index_of_shares(
    dimensions: Sequence[Fraction | None], shares: Sequence[Fraction | None], instrument: Instrument
) -> Fraction | None:
    """The index of a region's shares, by the rule for a family. An indicator with a share counts as answered."""
    return index_of(dimensions, sum(share is not None for share in shares), instrument)


def _mean(total: int, count: int) -> Fraction | None:
    return Fraction(total, count * UNITS_PER_POINT) if count else None


def _indicator(sums: Sequence[int], bound: Fraction) -> IndicatorEstimate:
    fulfilled, unfulfilled, missing = sums
    answered = fulfilled + unfulfilled
    share = Fraction(100 * fulfilled, answered) if answered else None
    # Whole numbers, because comparing fractions here would be the slowest part of an aggregate.
    weak = 100 * fulfilled * bound.denominator < bound.numerator * answered
    return IndicatorEstimate(share, fulfilled, unfulfilled, missing, weak)
