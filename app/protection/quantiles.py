"""Quantiles of Student's t distribution, from its closed form for whole degrees of freedom."""

from functools import lru_cache
from math import cos, pi, sin, sqrt, tan
from statistics import NormalDist
from typing import Final

OUTSIDE: Final = 0.05
"""The probability that an interval of 95 % leaves outside, half of it on either side."""
_HALVINGS: Final = 60
"""After so many, an angle does not change any more."""


@lru_cache(maxsize=4096)
def quantile(freedom: int | None, outside: float = OUTSIDE) -> float:
    """The t with P(|T| > t) = outside. freedom: 1 or more, None for the normal distribution

    P(|T| ≤ t) is a finite sum over the angle atan(t / √freedom) (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4), and
    grows with it. So the angle is found by halving. ValueError if there is no such quantile.
    """
    if not 0 < outside < 1 or (freedom is not None and freedom < 1):
        raise ValueError(f"no quantile of {freedom} degrees of freedom with {outside} outside")
    if freedom is None:
        return NormalDist().inv_cdf(1 - outside / 2)
    low, high = 0.0, pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _inside(freedom, middle) < 1 - outside else (low, middle)
    return sqrt(freedom) * tan(low)


def _inside(freedom: int, angle: float) -> float:
    """P(|T| ≤ √freedom · tan(angle))"""
    odd = freedom % 2
    square, term = cos(angle) ** 2, cos(angle) if odd else 1.0
    total = term if freedom > 1 else 0.0
    for at in range(2 + odd, freedom - 1, 2):
        term *= square * (at - 1) / at
        total += term
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total
