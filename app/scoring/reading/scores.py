"""Finds categories that no family can reach, by scoring all combinations of outcomes of a small index."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, product

from app.scoring.instrument import Index, Indicator
from app.scoring.reading.reach import MOST_STATES
from app.scoring.score import Basis, score_basis

_Outcome = tuple[str, Fraction | None]


def unreached(index: Index) -> frozenset[int] | None:
    """Positions of the categories that no combination gives. None if there are too many to try."""
    if index.method == "rule" or not index.categories:
        return None
    for with_missing in (True, False):
        outcomes = [_outcomes(each, with_missing=with_missing) for each in index.indicators]
        if _size(outcomes) <= MOST_STATES:
            break
    else:
        return None
    left = set(range(len(index.categories)))
    extremes = [tuple(each[0] for each in outcomes), tuple(each[-1] for each in outcomes)]
    for combination in chain(extremes, product(*outcomes)):
        if not left:
            break
        basis = Basis("".join(letter for letter, _ in combination), tuple(points for _, points in combination))
        left.discard(-1 if (category := score_basis(basis, index).category) is None else category)
    return frozenset(left)


def _size(outcomes: list[list[_Outcome]]) -> int:
    size = 1
    for each in outcomes:
        size *= len(each) or MOST_STATES + 1
        if size > MOST_STATES:
            break
    return size


def _outcomes(indicator: Indicator, *, with_missing: bool) -> list[_Outcome]:
    """Every outcome of an indicator. Empty if its points are too many to list."""
    found: list[_Outcome]
    if indicator.points is None:
        found = [("F", None), ("U", None)]
    else:
        points = sorted(set(_points(indicator)))
        if indicator.reverse:
            points = [indicator.points.least + indicator.points.most - each for each in points]
        found = [("V", each) for each in points]
    if found and indicator.applies_when is not None:
        found.append(("N", None))
    if found and with_missing:
        found.append(("M", None))
    return found


def _points(indicator: Indicator) -> Iterator[Fraction]:
    points = indicator.points
    assert points is not None  # noqa: S101 (only asked of an indicator with points)
    if points.options is not None:
        yield from points.options.values()
    yield from (each.points for each in points.ranges)
    yield from (each for _, each in points.first)
