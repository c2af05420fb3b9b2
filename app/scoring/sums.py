"""The sums that are kept per village and year: which ones an instrument has, in which order, and where each stands.

Sums are whole numbers only. Adding them in any order, on any machine, therefore gives the same result to the last
digit. Values enter in units of 10⁻⁸: an index and its groups on a scale of 0 to 100, points and stages as they are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Final

from app.scoring.instrument import Index, Instrument
from app.scoring.score import FULFILLED, MISSING, UNFULFILLED, VALUED

UNITS: Final = 10**8
_COUNT_DIGITS: Final = 10
_POINTS_DIGITS: Final = 20
"""A sum of values up to 100 in units. The bound of other values has more digits (`_more_digits`)."""
_WEIGHED_DIGITS: Final = 36
"""A sum of measures up to 10¹² (see `Basis.measure`) times a value up to 100 in units, for 10⁹ families."""
SCALED: Final = frozenset(("mean", "geometric-mean", "counting"))
"""Methods whose value lies between 0 and the index's scale."""

Key = tuple[str | int, ...]
"""Names a sum: families, or the position of the index, then what is added up."""


@dataclass(frozen=True, slots=True)
class Sum:
    """One of the sums of an instrument, with the decimal digits that it may have."""

    key: Key
    digits: int


@lru_cache(maxsize=256)
def sums(instrument: Instrument) -> tuple[Sum, ...]:
    """The sums of an instrument in their order. Those of format 1 never change their order."""
    found = [Sum(("families",), _COUNT_DIGITS)]
    for position, index in enumerate(instrument.indices):
        found += [Sum((position, *each.key), each.digits) for each in _sums_of_index(instrument.format, index)]
    return tuple(found)


def _sums_of_index(format: int, index: Index) -> Iterator[Sum]:
    more, valued = _more_digits(index), [at for at, each in enumerate(index.indicators) if each.points is not None]
    categories, groups, indicators = len(index.categories), len(index.groups), len(index.indicators)
    yield Sum(("scored",), _COUNT_DIGITS)
    yield Sum(("value",), _POINTS_DIGITS + more)
    for at in range(categories):
        yield Sum(("category", at), _COUNT_DIGITS)
    for at in range(groups):
        yield Sum(("group", at), _COUNT_DIGITS)
        yield Sum(("group", at, "value"), _POINTS_DIGITS + more)
    for at in range(indicators):
        yield from (Sum(("indicator", at, letter), _COUNT_DIGITS) for letter in (FULFILLED, UNFULFILLED, MISSING))
    if format == 1:
        return
    yield Sum(("incomplete",), _COUNT_DIGITS)
    yield Sum(("not_applicable",), _COUNT_DIGITS)
    for at in valued:
        yield Sum(("indicator", at, VALUED), _COUNT_DIGITS)
        yield Sum(("indicator", at, "value"), _POINTS_DIGITS)
    weighed = index.region.weigh_by is not None
    digits = _WEIGHED_DIGITS if weighed else _POINTS_DIGITS
    if index.method == "counting":
        yield from (Sum(each, digits) for each in _poor_keys(indicators))
    if weighed:
        yield Sum(("measured",), _COUNT_DIGITS)
        yield from (Sum(each, digits + more) for each in _weighed_keys(categories, groups, indicators))


def _poor_keys(indicators: int) -> Iterator[Key]:
    yield from (("poor",), ("poor", "value"))
    for at in range(indicators):
        yield from (("poor", at), ("poor", at, "part"))


def _weighed_keys(categories: int, groups: int, indicators: int) -> Iterator[Key]:
    yield from (("measure",), ("measure", "value"))
    for at in range(categories):
        yield ("measure", "category", at)
    for at in range(groups):
        yield from (("measure", "group", at), ("measure", "group", at, "value"))
    for at in range(indicators):
        yield from (("measure", "indicator", at), ("measure", "indicator", at, "value"))


def _more_digits(index: Index) -> int:
    """How many digits a value of the index or of its groups can have beyond those of 100, as it enters sums."""
    if index.method in SCALED:
        return 0
    most = max(index.scale, Fraction(len(index.groups)))
    if index.method == "points-sum":
        most = max(_most_points(index, position) for position in (None, *range(len(index.groups))))
    return max(0, len(str(ceil(most) - 1)) - 2)


def _most_points(index: Index, group: int | None) -> Fraction:
    """The most points of a group or of the index, up or down."""
    below = [
        each.weight * _most_points(index, position)
        for position, each in enumerate(index.groups)
        if each.parent == group
    ]
    below += [
        each.weight * (Fraction(1) if each.points is None else max(abs(each.points.least), abs(each.points.most)))
        for each in index.indicators
        if each.group == group
    ]
    return sum(below, Fraction(0))


ABSENT: Final = -1
"""Where a sum stands that an instrument does not have. A row of sums gets a 0 at its end for it."""
Place = int
Ratio = tuple[Place, Place]
"""The places of two sums, of which the first is divided by the second."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the sums of an index stand. Categories, groups and indicators are in the order of the file.

    base, value and all ratios are what the families count for, or else 1 each (see `RegionRule.weigh_by`).

    base: of the families with a value; value: of their values; category_bases: of the families in each category
    group_values, indicator_values: the sum of values, and of the families with one. Indicators that are not valued
    have none unless families are weighed: their outcomes are enough
    outcomes: families by FULFILLED, UNFULFILLED, MISSING and VALUED
    poor, poor_value: of the poor, and of their shares of deprivations
    poor_of, part_of: of each indicator that the poor do not fulfil, and of its parts
    """

    scored: Place
    incomplete: Place
    not_applicable: Place
    measured: Place
    base: Place
    value: Place
    categories: tuple[Place, ...]
    category_bases: tuple[Place, ...]
    groups: tuple[Place, ...]
    group_values: tuple[Ratio, ...]
    outcomes: tuple[tuple[Place, ...], ...]
    indicator_values: tuple[Ratio, ...]
    poor: Place
    poor_value: Place
    poor_of: tuple[Place, ...]
    part_of: tuple[Place, ...]


@lru_cache(maxsize=256)
def places_of(instrument: Instrument) -> tuple[Places, ...]:
    """Where the sums of each index stand among the sums of the instrument."""
    at = {each.key: place for place, each in enumerate(sums(instrument))}
    return tuple(_places(at, position, index) for position, index in enumerate(instrument.indices))


def _places(at: Mapping[Key, Place], position: int, index: Index) -> Places:
    def find(*key: str | int) -> Place:
        return at.get((position, *key), ABSENT)

    of = ("measure",) if index.region.weigh_by is not None else ()
    categories, groups, indicators = (
        range(len(index.categories)),
        range(len(index.groups)),
        range(len(index.indicators)),
    )
    return Places(
        scored=find("scored"),
        incomplete=find("incomplete"),
        not_applicable=find("not_applicable"),
        measured=find("measured"),
        base=find(*(of or ("scored",))),
        value=find(*of, "value"),
        categories=tuple(find("category", each) for each in categories),
        category_bases=tuple(find(*of, "category", each) for each in categories),
        groups=tuple(find("group", each) for each in groups),
        group_values=tuple((find(*of, "group", each, "value"), find(*of, "group", each)) for each in groups),
        outcomes=tuple(
            tuple(find("indicator", each, letter) for letter in (FULFILLED, UNFULFILLED, MISSING, VALUED))
            for each in indicators
        ),
        indicator_values=tuple(
            (find(*of, "indicator", each, "value"), find(*of, "indicator", each)) for each in indicators
        ),
        poor=find("poor"),
        poor_value=find("poor", "value"),
        poor_of=tuple(find("poor", each) for each in indicators),
        part_of=tuple(find("poor", each, "part") for each in indicators),
    )


def add(rows: Iterable[Sequence[int]], instrument: Instrument) -> list[int]:
    """The total of several lists of sums, such as those of families or of villages."""
    total = [0] * len(sums(instrument))
    for row in rows:
        total = [left + right for left, right in zip(total, row, strict=True)]
    return total


def reorder(row: Sequence[int], instrument: Instrument, latest: Instrument) -> Sequence[int]:
    """The sums of an instrument in the order of a comparable one, whose file may be of a later format.

    What only the later format has is 0. Of two comparable instruments, that is why families have no value.
    """
    if instrument.format == latest.format:
        return row
    ended = (*row, 0)
    return [ended[place] for place in _order(instrument, latest)]


@lru_cache(maxsize=256)
def _order(instrument: Instrument, latest: Instrument) -> tuple[Place, ...]:
    at = {each.key: place for place, each in enumerate(sums(instrument))}
    return tuple(at.get(each.key, ABSENT) for each in sums(latest))
