"""The sums that are kept per village and year, and the figures of a region that are computed from them.

Sums are whole numbers only. Adding them in any order, on any machine, therefore gives the same result to the last
digit. Values enter in units of 10⁻⁸: an index and its groups on a scale of 0 to 100, points and stages as they are.

Every figure is Σa ÷ Σb over families. With `weigh_by` each family counts for its measure, else for one. What has no
meaning for a method, and what nobody was measured in, is None and never zero. Sources: means OECD/JRC, Handbook on
Constructing Composite Indicators (2008). Headcount, intensity, adjusted headcount and their parts: Alkire and Foster,
Journal of Public Economics 95 (2011).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import ceil
from typing import Final, Literal

from app.scoring.instrument import Category, Index, Instrument
from app.scoring.score import FULFILLED, MISSING, NOT_APPLICABLE, UNFULFILLED, VALUED, Basis, IndexScore, Score, Tree

UNITS: Final = 10**8
_COUNT_DIGITS: Final = 10
_POINTS_DIGITS: Final = 20
"""A sum of values up to 100 in units. The bound of other values has more digits (`_more_digits`)."""
_WEIGHED_DIGITS: Final = 36
"""A sum of measures up to 10¹² (see `Basis.measure`) times a value up to 100 in units, for 10⁹ families."""
_COUNTED: Final = (FULFILLED, UNFULFILLED, MISSING, VALUED)
_SCALED: Final = frozenset(("mean", "geometric-mean", "counting"))
"""Methods whose value lies between 0 and the index's scale."""

Key = tuple[str | int, ...]
"""Names a sum: families, or the position of the index, then what is added up."""
State = Literal["scored", "incomplete", "undefined", "not_applicable"]
Absence = Literal["few_families", "low_coverage"]


@dataclass(frozen=True, slots=True)
class Sum:
    """One of the sums of an instrument, with the decimal digits that it may have."""

    key: Key
    digits: int


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """A group's figures on the index's scale, and the number of families that have a value in it."""

    mean: Fraction | None
    of_indicators: Fraction | None
    families: int


@dataclass(frozen=True, slots=True)
class IndicatorFigures:
    """An indicator's share in percent (of valued ones the mean value), and numbers of families by outcome.

    points: mean points of a valued indicator
    censored: share of the families that are poor and deprived in it; part: its part of the adjusted headcount; both on
    the region's scale (counting only)
    """

    share: Fraction | None
    fulfilled: int
    unfulfilled: int
    missing: int
    valued: int
    weak: bool
    points: Fraction | None = None
    censored: Fraction | None = None
    part: Fraction | None = None


@dataclass(frozen=True, slots=True)
class IndexFigures:
    """The figures of a region in one index.

    families: by state
    mean, of_indicators: on the index's scale; headcount, intensity, adjusted, headline: on the region's scale
    category: of the headline; categories: families in each category of the index; shares: their percentages
    without_measure: families with a value that are left out because what they count for is unknown
    absent: why all figures but the numbers of families are None
    """

    families: Mapping[State, int]
    headline: Fraction | None
    category: Category | None
    mean: Fraction | None
    of_indicators: Fraction | None
    headcount: Fraction | None
    intensity: Fraction | None
    adjusted: Fraction | None
    categories: tuple[int, ...]
    shares: tuple[Fraction | None, ...]
    groups: tuple[GroupFigures, ...]
    indicators: tuple[IndicatorFigures, ...]
    without_measure: int
    absent: Absence | None

    @property
    def scored(self) -> int:
        return self.families["scored"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """All figures of a region and year.

    without_card: families without a card number. Nobody can tell whether they were interviewed twice.
    """

    families: int
    indices: tuple[IndexFigures, ...]
    without_card: int = 0

    @property
    def main(self) -> IndexFigures:
        return self.indices[0]


def units(value: Fraction) -> int:
    """A value in units of 10⁻⁸, rounded half to even."""
    return round(value * UNITS)


def index_units(value: Fraction, index: Index) -> Fraction:
    """The value of an index as it enters sums: from 0 to 100, or as it is for points and stages."""
    return value * 100 / index.scale if index.method in _SCALED else value


def sums(instrument: Instrument) -> tuple[Sum, ...]:
    """The sums of an instrument in their order. Those of format 1 never change their order."""
    return _sums(instrument.format, tuple(_shape(index) for index in instrument.indices))


_Shape = tuple[str, int, int, tuple[bool, ...], bool, int]


def _shape(index: Index) -> _Shape:
    return (
        index.method,
        len(index.categories),
        len(index.groups),
        tuple(each.points is not None for each in index.indicators),
        index.region.weigh_by is not None,
        _more_digits(index),
    )


def _more_digits(index: Index) -> int:
    """How many digits a value of the index or of its groups can have beyond those of 100, as it enters sums."""
    if index.method in _SCALED:
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


@cache
def _sums(format: int, shapes: tuple[_Shape, ...]) -> tuple[Sum, ...]:
    found = [Sum(("families",), _COUNT_DIGITS)]
    for position, shape in enumerate(shapes):
        found += [Sum((position, *each.key), each.digits) for each in _sums_of_index(format, shape)]
    return tuple(found)


def _sums_of_index(format: int, shape: _Shape) -> Iterator[Sum]:
    method, categories, groups, valued, weighed, more = shape
    yield Sum(("scored",), _COUNT_DIGITS)
    yield Sum(("value",), _POINTS_DIGITS + more)
    for at in range(categories):
        yield Sum(("category", at), _COUNT_DIGITS)
    for at in range(groups):
        yield Sum(("group", at), _COUNT_DIGITS)
        yield Sum(("group", at, "value"), _POINTS_DIGITS + more)
    for at in range(len(valued)):
        yield from (Sum(("indicator", at, letter), _COUNT_DIGITS) for letter in (FULFILLED, UNFULFILLED, MISSING))
    if format == 1:
        return
    yield Sum(("incomplete",), _COUNT_DIGITS)
    yield Sum(("not_applicable",), _COUNT_DIGITS)
    for at, has_points in enumerate(valued):
        if has_points:
            yield Sum(("indicator", at, VALUED), _COUNT_DIGITS)
            yield Sum(("indicator", at, "value"), _POINTS_DIGITS)
    digits = _WEIGHED_DIGITS if weighed else _POINTS_DIGITS
    if method == "counting":
        yield from (Sum(each, digits) for each in _poor_keys(len(valued)))
    if weighed:
        yield Sum(("measured",), _COUNT_DIGITS)
        yield from (Sum(each, digits + more) for each in _weighed_keys(categories, groups, len(valued)))


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


def sums_of(score: Score, instrument: Instrument) -> list[int]:
    """What one family adds to the sums of its village, in the order of `sums`."""
    return [round(each) for each in exact_sums_of(score, instrument)]


def exact_sums_of(score: Score, instrument: Instrument) -> list[Fraction]:
    """The same before rounding to units."""
    found: dict[Key, Fraction] = {("families",): Fraction(1)}
    for position, (each, index) in enumerate(zip(score.indices, instrument.indices, strict=True)):
        found |= {(position, *key): Fraction(value) for key, value in _added(each, index)}
    zero = Fraction(0)
    return [found.get(each.key, zero) for each in sums(instrument)]


def _added(score: IndexScore, index: Index) -> Iterator[tuple[Key, Fraction | int]]:
    """What a family adds, by the key within its index. Keys that the instrument has no sum for are dropped later."""
    yield (score.state,), 1
    if score.basis.applies is not True:
        return
    measure = score.basis.measure
    value = None if score.value is None else index_units(score.value, index) * UNITS
    if score.state == "scored":
        yield from _scored(score, value, measure)
        if score.poor:
            yield from _poor(score, index, measure)
    for at, group in enumerate(score.groups):
        if group.value is not None:
            amount = index_units(group.value, index) * UNITS
            yield from ((("group", at), 1), (("group", at, "value"), amount))
            if measure is not None:
                yield ("measure", "group", at), measure * UNITS
                yield ("measure", "group", at, "value"), measure * amount
    for at, letter in enumerate(score.basis.outcomes):
        yield ("indicator", at, letter), 1
        share = _valued(score.basis, at, index)
        if share is not None:
            yield ("indicator", at, "value"), share * UNITS
            if measure is not None:
                yield ("measure", "indicator", at), measure * UNITS
                yield ("measure", "indicator", at, "value"), measure * share * UNITS


def _scored(
    score: IndexScore, value: Fraction | None, measure: Fraction | None
) -> Iterator[tuple[Key, Fraction | int]]:
    if value is not None:
        yield ("value",), value
    if score.category is not None:
        yield ("category", score.category), 1
    if measure is not None:
        yield ("measured",), 1
        yield ("measure",), measure * UNITS
        if value is not None:
            yield ("measure", "value"), measure * value
        if score.category is not None:
            yield ("measure", "category", score.category), measure * UNITS


def _poor(score: IndexScore, index: Index, measure: Fraction | None) -> Iterator[tuple[Key, Fraction]]:
    if measure is None or score.value is None or score.parts is None:
        return
    yield ("poor",), measure * UNITS
    yield ("poor", "value"), measure * score.value / index.scale * UNITS
    for at, letter in enumerate(score.basis.outcomes):
        if letter == UNFULFILLED:
            yield ("poor", at), measure * UNITS
            yield ("poor", at, "part"), measure * (score.parts[at] or 0) / index.scale * UNITS


def _valued(basis: Basis, at: int, index: Index) -> Fraction | None:
    """The value of an indicator from 0 to 1, or None without one."""
    letter, points = basis.outcomes[at], index.indicators[at].points
    if letter == VALUED and points is not None:
        return ((basis.points[at] or Fraction(0)) - points.least) / (points.most - points.least)
    return None if letter in (MISSING, NOT_APPLICABLE) else Fraction(letter == FULFILLED)


def add(rows: Iterable[Sequence[int]], instrument: Instrument) -> list[int]:
    """The total of several lists of sums, such as those of families or of villages."""
    total = [0] * len(sums(instrument))
    for row in rows:
        total = [left + right for left, right in zip(total, row, strict=True)]
    return total


def placed(row: Sequence[int], instrument: Instrument, latest: Instrument) -> Sequence[int]:
    """The sums of an instrument in the order of a comparable one, whose file may be of a later format.

    What only the later format has is 0. Of two comparable instruments, that is why families have no value.
    """
    if instrument.format == latest.format:
        return row
    found = {each.key: value for each, value in zip(sums(instrument), row, strict=True)}
    return [found.get(each.key, 0) for each in sums(latest)]


def estimate(totals: Sequence[int | Fraction], instrument: Instrument, *, without_card: int = 0) -> Estimate:
    """Exact figures of a region and year, computed from its sums in the order of `sums`."""
    families, by_index = int(totals[0]), list[dict[Key, int | Fraction]]()
    for each, total in zip(sums(instrument), totals, strict=True):
        if each.key == ("families",):
            continue
        position, *key = each.key
        if position == len(by_index):
            by_index.append({})
        by_index[-1][tuple(key)] = total
    return Estimate(
        families,
        tuple(
            _Region(index, found, families).figures() for index, found in zip(instrument.indices, by_index, strict=True)
        ),
        without_card,
    )


class _Region:
    """The sums of one index in a region, as figures are made of them."""

    def __init__(self, index: Index, found: Mapping[Key, int | Fraction], families: int) -> None:
        self.index, self.found, self.all = index, found, families
        self.weighed = index.region.weigh_by is not None
        self.scored = self.count("scored")
        self.base: Fraction | int = self.found[("measure",)] if self.weighed else self.scored * UNITS
        """Σ of what the families with a value count for, in units."""
        self.shares = [self._share(at) for at in range(len(index.indicators))]

    def count(self, *key: str | int) -> int:
        return int(self.found.get(key, 0))

    def figures(self) -> IndexFigures:
        index, rule = self.index, self.index.region
        absent = self._absent()
        empty = absent is not None or not self.scored
        indicators = tuple(self._indicator(at, blank=absent is not None) for at in range(len(index.indicators)))
        by_shares = self._tree_of_shares()
        groups = tuple(
            self._group(at, by_shares.group_values[at], blank=absent is not None) for at in range(len(index.groups))
        )
        poor, adjusted = self._poor_figures() if index.method == "counting" and not empty else (None, None)
        mean = None if empty or index.method in ("stages", "rule") else self._mean()
        whole = None if empty or index.method not in _BY_SHARES else self._whole(by_shares)
        shares = tuple(None if empty else self._category_share(at) for at in range(len(index.categories)))
        in_share = [shares[at] for at in rule.share_of]
        scale = rule.scale
        named: dict[str | None, Fraction | None] = {
            None: None,
            "mean": rescaled(mean, index, scale),
            "of_indicators": rescaled(whole, index, scale),
            "share": _total(in_share, scale),
            "headcount": _times(poor, scale),
            "adjusted": _times(adjusted, scale),
            "intensity": None if not poor or adjusted is None else adjusted / poor * scale,
        }
        headline = named[rule.headline]
        return IndexFigures(
            families=self._states(),
            headline=headline,
            category=None if headline is None else next((c for c in rule.categories if c.takes(headline)), None),
            mean=mean,
            of_indicators=whole,
            headcount=named["headcount"],
            intensity=named["intensity"],
            adjusted=named["adjusted"],
            categories=tuple(self.count("category", at) for at in range(len(index.categories))),
            shares=shares,
            groups=groups,
            indicators=indicators,
            without_measure=self.scored - self.count("measured") if self.weighed else 0,
            absent=absent,
        )

    def _states(self) -> Mapping[State, int]:
        incomplete, none = self.count("incomplete"), self.count("not_applicable")
        rest = self.all - self.scored - incomplete - none
        return {"scored": self.scored, "incomplete": incomplete, "undefined": rest, "not_applicable": none}

    def _absent(self) -> Absence | None:
        rule, applicable = self.index.region, self.all - self.count("not_applicable")
        if self.all and self.scored < rule.minimum_families and rule.minimum_families > 1:
            return "few_families"
        if rule.minimum_coverage is not None and self.scored < rule.minimum_coverage * applicable:
            return "low_coverage"
        return None

    def _mean(self) -> Fraction | None:
        total = self.found[("measure", "value")] if self.weighed else self.found[("value",)]
        value = _ratio(total, self.base)
        return _from_units(value, self.index)

    def _group(self, at: int, by_shares: Fraction | None, *, blank: bool) -> GroupFigures:
        families = self.count("group", at)
        if blank or not families:
            return GroupFigures(None, None, families)
        if self.weighed:
            total, base = self.found[("measure", "group", at, "value")], self.found[("measure", "group", at)]
        else:
            total, base = self.found[("group", at, "value")], families * UNITS
        whole = by_shares if by_shares is None else by_shares * _scale(self.index)
        return GroupFigures(
            _from_units(_ratio(total, base), self.index), whole if self.index.method in _BY_SHARES else None, families
        )

    def _share(self, at: int) -> Fraction | None:
        """Mean value of an indicator, from 0 to 1."""
        if self.weighed:
            return _ratio(self.found[("measure", "indicator", at, "value")], self.found[("measure", "indicator", at)])
        fulfilled, unfulfilled = self.count("indicator", at, FULFILLED), self.count("indicator", at, UNFULFILLED)
        valued = self.found.get(("indicator", at, "value"))
        if valued is None:
            return _ratio(fulfilled, fulfilled + unfulfilled)
        return _ratio(valued, (fulfilled + unfulfilled + self.count("indicator", at, VALUED)) * UNITS)

    def _indicator(self, at: int, *, blank: bool) -> IndicatorFigures:
        fulfilled, unfulfilled, missing, valued = [self.count("indicator", at, each) for each in _COUNTED]
        share = None if blank else self.shares[at]
        percent = _times(share, Fraction(100))
        weak, points = self.index.region.weak, self.index.indicators[at].points
        censored = part = None
        if self.index.method == "counting" and self.scored and not blank:
            censored = _times(_ratio(self.found[("poor", at)], self.base), self.index.region.scale)
            part = _times(_ratio(self.found[("poor", at, "part")], self.base), self.index.region.scale)
        return IndicatorFigures(
            percent,
            fulfilled,
            unfulfilled,
            missing,
            valued,
            weak is not None and percent is not None and percent < weak.below,
            None if points is None or share is None else points.least + share * (points.most - points.least),
            censored,
            part,
        )

    def _tree_of_shares(self) -> Tree:
        """The index of the region's shares, by the rule for a family. An indicator with a share counts as answered."""
        shares = self.shares
        letters = [
            (MISSING if self.count("indicator", at, MISSING) else NOT_APPLICABLE) if share is None else VALUED
            for at, share in enumerate(shares)
        ]
        values = [None if share is None else self._as_value(share, at) for at, share in enumerate(shares)]
        tree = Tree(self.index, Basis("".join(letters), tuple(values)), values)
        # Shares of several families can define what no single family has. Such a figure describes nobody.
        for at in range(len(self.index.groups)):
            if not self.count("group", at):
                tree.group_values[at] = None
        return tree

    def _as_value(self, share: Fraction, at: int) -> Fraction:
        points = self.index.indicators[at].points
        if self.index.method == "points-sum" and points is not None:
            return points.least + share * (points.most - points.least)
        return 1 - share if self.index.method == "counting" else share

    def _whole(self, tree: Tree) -> Fraction | None:
        node = tree.node(None)
        if not tree.is_complete(self.index.complete, tree.whole, node):
            return None
        if self.index.method == "points-sum" and None in tree.values:
            return None
        return _times(tree.combined(node), _scale(self.index))

    def _category_share(self, at: int) -> Fraction | None:
        total = self.found[("measure", "category", at)] if self.weighed else self.count("category", at) * UNITS
        return _times(_ratio(total, self.base), Fraction(100))

    def _poor_figures(self) -> tuple[Fraction | None, Fraction | None]:
        """Share of the poor, and mean of their shares of deprivations among all, both from 0 to 1."""
        return _ratio(self.found[("poor",)], self.base), _ratio(self.found[("poor", "value")], self.base)


_BY_SHARES: Final = frozenset(("mean", "counting", "points-sum"))
"""Methods whose index can be computed from the shares of a region."""


def _scale(index: Index) -> Fraction:
    return index.scale if index.method in _SCALED else Fraction(1)


def _ratio(total: int | Fraction, base: int | Fraction) -> Fraction | None:
    return Fraction(total, base) if base else None


def _times(value: Fraction | None, scale: Fraction) -> Fraction | None:
    return None if value is None else value * scale


def _total(shares: Sequence[Fraction | None], scale: Fraction) -> Fraction | None:
    """The sum of percentages on a scale. None if there is none."""
    known = [each for each in shares if each is not None]
    return sum(known, Fraction(0)) * scale / 100 if known else None


def _from_units(value: Fraction | None, index: Index) -> Fraction | None:
    """The mean of values that entered sums in units, on the index's scale."""
    return _times(value, index.scale / 100 if index.method in _SCALED else Fraction(1))


def rescaled(value: Fraction | None, index: Index, scale: Fraction) -> Fraction | None:
    """A value on the index's scale as it is on the scale of a headline."""
    return _times(value, scale / index.scale if index.method in _SCALED else Fraction(1))
