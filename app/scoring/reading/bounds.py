"""Bounds of numbers: what the answers of a question and the terms of a fact can be at least and at most."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from app.scoring.conditions import Constant, Term
from app.scoring.reading.names import Names


class Bounds(NamedTuple):
    """None where there is no bound, or none is known. whole: whether it can only be a whole number"""

    low: Fraction | None = None
    high: Fraction | None = None
    whole: bool = False


def of_term(term: Term, names: Names) -> Bounds:
    if isinstance(term, Constant):
        if isinstance(term.value, date):
            return Bounds()
        return Bounds(term.value, term.value, term.value.denominator == 1)
    name = names.get(term.name)
    if name is None:
        return Bounds()
    ends = [None if each is None else each * term.times for each in (name.low, name.high)]
    low, high = ends if term.times >= 0 else reversed(ends)
    return Bounds(low, high, name.whole and term.times.denominator == 1)


def union(bounds: Sequence[Bounds]) -> Bounds:
    lows, highs = [each.low for each in bounds], [each.high for each in bounds]
    return Bounds(
        None if None in lows else min(each for each in lows if each is not None),
        None if None in highs else max(each for each in highs if each is not None),
        all(each.whole for each in bounds),
    )


def of_arithmetic(kind: str, terms: Sequence[Bounds]) -> Bounds:
    """The bounds of an arithmetic fact. Unknown where a term has none."""
    whole = kind != "quotient" and all(each.whole for each in terms)
    ends = [(each.low, each.high) for each in terms if each.low is not None and each.high is not None]
    if kind in ("product", "difference", "quotient"):
        if len(ends) != 2:
            return Bounds(whole=whole)
        return _of_two(kind, ends[0], ends[1], whole)
    lows, highs = [each.low for each in terms], [each.high for each in terms]
    low = _known(kind, lows, any_is_enough=kind == "largest")
    high = _known(kind, highs, any_is_enough=kind == "smallest")
    return Bounds(low, high, whole)


def _known(kind: str, ends: Sequence[Fraction | None], *, any_is_enough: bool) -> Fraction | None:
    known = [each for each in ends if each is not None]
    if not known or (len(known) < len(ends) and not any_is_enough):
        return None
    return sum(known, Fraction(0)) if kind == "sum" else min(known) if kind == "smallest" else max(known)


def _of_two(kind: str, one: tuple[Fraction, Fraction], other: tuple[Fraction, Fraction], whole: bool) -> Bounds:
    if kind == "difference":
        return Bounds(one[0] - other[1], one[1] - other[0], whole)
    if kind == "quotient":
        if other[0] <= 0 <= other[1]:
            # Nothing divides by 0, but what is close to it makes any number.
            return Bounds(Fraction(0) if one[0] >= 0 and other[0] >= 0 else None, None)
        ends = [a / b for a in one for b in other]
    else:
        ends = [a * b for a in one for b in other]
    return Bounds(min(ends), max(ends), whole)
