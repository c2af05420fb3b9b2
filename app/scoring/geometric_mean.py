"""The weighted geometric mean of exact values from 0 to 1, compared and rounded exactly although it is irrational.

x < b means Πvʷ < bᴺ with whole weights of sum N, so no root is taken. Floats decide first, and whole numbers only where
a float is close to an edge. Source of the form: UNDP, Human Development Report 2010.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import exp, floor, gcd, lcm, log
from typing import Final

DIGITS: Final = 10
"""Decimals of `value`, which are 10⁻⁸ points of an index from 0 to 100."""
_CLOSE: Final = 1e-3
"""How near a float is to the middle between two numbers, in their distance, before whole numbers decide."""


@dataclass(frozen=True)
class GeometricMean:
    """The mean of values with whole weights."""

    values: tuple[tuple[Fraction, int], ...]

    @cached_property
    def _approximate(self) -> float:
        total = sum(weight for _, weight in self.values)
        return exp(sum(weight * _log(value) for value, weight in self.values) / total)

    @cached_property
    def _power(self) -> Fraction:
        product = Fraction(1)
        for value, weight in self.values:
            product *= value**weight
        return product

    def _is_below(self, bound: Fraction) -> bool:
        return self._power < bound ** sum(weight for _, weight in self.values)

    @cached_property
    def _is_zero(self) -> bool:
        return any(value == 0 for value, _ in self.values)

    @property
    def value(self) -> Fraction:
        """The mean from 0 to 1, rounded half up to `DIGITS` decimals."""
        return self.rounded(Fraction(1), DIGITS)

    def rounded(self, scale: Fraction, decimals: int) -> Fraction:
        """The mean on a scale, rounded half up."""
        if self._is_zero:
            return Fraction(0)
        steps = self._approximate * float(scale) * 10**decimals
        nearest = floor(steps + 0.5)
        if abs(steps + 0.5 - round(steps + 0.5)) < _CLOSE:
            nearest = max(nearest - 1, 0)
            while not self._is_below(Fraction(2 * nearest + 1, 2 * 10**decimals) / scale):
                nearest += 1
        return Fraction(nearest, 10**decimals)

    def within(self, bound: Fraction | None, included: bool, scale: Fraction) -> bool:
        """Whether the unrounded mean is below the bound, or equal to it if it is included."""
        if bound is None:
            return True
        edge = bound / scale
        if abs(self._approximate - float(edge)) > 10.0**-DIGITS:
            return self._approximate < edge
        power = Fraction(0) if self._is_zero else self._power
        limit = edge ** sum(weight for _, weight in self.values)
        return power <= limit if included else power < limit


def geometric_mean(values: Sequence[tuple[Fraction, Fraction | int]]) -> GeometricMean:
    """The mean of pairs of a value from 0 to 1 and a weight."""
    scale = lcm(*(weight.denominator for _, weight in values))
    whole = [int(weight * scale) for _, weight in values]
    divisor = gcd(*whole)
    return GeometricMean(tuple((value, weight // divisor) for (value, _), weight in zip(values, whole, strict=True)))


def _log(value: Fraction) -> float:
    return float("-inf") if value == 0 else log(value.numerator) - log(value.denominator)
