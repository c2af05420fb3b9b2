"""Ranks of regions with ties, and the interval that each rank lies in.

After Klein, Wright and Wieczorek, "A joint confidence region for an overall ranking of populations", Journal of the
Royal Statistical Society C 69 (2020), 589 to 606: from intervals that hold all true values together with 95 %, the true
rank of a region is at least 1 + the number of regions whose intervals are wholly above its own, and at most the number
of regions less those whose intervals are wholly below. All rank intervals of a list are true together with 95 %.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from app.protection.quantiles import OUTSIDE
from app.protection.uncertainty import Uncertainty


@dataclass(frozen=True, slots=True)
class Rank:
    """The rank of a shown value, 1 for the best. Equal values share a rank, and the next one is left out (1, 2, 2, 4).

    low, high: where the true rank lies. None if the value has no standard error
    """

    rank: int
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A value as it is shown, that is rounded, with its uncertainty."""

    value: Fraction
    uncertainty: Uncertainty


def rank(figures: Sequence[Ranked | None], *, best: Literal["highest", "lowest"] = "highest") -> list[Rank | None]:
    """A rank for each figure. None for those that have no value. best: the highest or the lowest value has rank 1

    Each interval leaves 5 % / number of regions outside (Bonferroni), so it needs no independence. A region without a
    standard error can be anywhere, so no other one is surely above or below it.
    """
    sign = -1 if best == "lowest" else 1
    present = [each for each in figures if each is not None]
    if not present:
        return [None] * len(figures)
    values = sorted(sign * each.value for each in present)
    bounds = [_bounds(each, sign, OUTSIDE / len(present)) for each in present]
    lows = sorted(each[0] for each in bounds if each is not None)
    highs = sorted(each[1] for each in bounds if each is not None)
    remaining = iter(bounds)
    return [
        None if each is None else _rank(sign * each.value, next(remaining), values, (lows, highs)) for each in figures
    ]


def _bounds(figure: Ranked, sign: int, outside: float) -> tuple[float, float] | None:
    reach = figure.uncertainty.reach(outside)
    value = float(sign * figure.value)
    return None if reach is None else (value - reach, value + reach)


def _rank(
    value: Fraction,
    bounds: tuple[float, float] | None,
    values: Sequence[Fraction],
    others: tuple[Sequence[float], Sequence[float]],
) -> Rank:
    count = len(values)
    at = 1 + count - bisect_right(values, value)
    if bounds is None:
        return Rank(at, None, None)
    lows, highs = others
    above = len(lows) - bisect_right(lows, bounds[1])
    below = bisect_left(highs, bounds[0])
    return Rank(at, 1 + above, count - below)
