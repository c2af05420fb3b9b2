"""The exact score of one family in every index of its instrument. The plain definition of what a file means.

First the basis is read from the answers: outcomes with their points, and what of the index no outcome tells. Then the
score follows from the basis alone, so it can be computed again when the answers are gone. Nothing here rounds except
`shown`, and the value of a geometric mean, which is irrational.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import lcm
from typing import Final, Literal, NamedTuple

from app.scoring.evaluation import Answers, Reading
from app.scoring.geometric_mean import geometric_mean
from app.scoring.instrument import Complete, Index, Indicator, Instrument, Node, Points
from app.scoring.rounding import rounded

Outcome = Literal["fulfilled", "unfulfilled", "not_applicable", "missing", "valued"]
State = Literal["scored", "incomplete", "undefined", "not_applicable"]

FULFILLED: Final = "F"
UNFULFILLED: Final = "U"
NOT_APPLICABLE: Final = "N"
MISSING: Final = "M"
VALUED: Final = "V"
OUTCOMES: Final[Mapping[str, Outcome]] = {
    FULFILLED: "fulfilled",
    UNFULFILLED: "unfulfilled",
    NOT_APPLICABLE: "not_applicable",
    MISSING: "missing",
    VALUED: "valued",
}
"""The outcomes by letter. A family's outcomes in an index are a string with one letter per indicator."""
_ANSWERED: Final = frozenset((FULFILLED, UNFULFILLED, VALUED))
_ZERO: Final = Fraction(0)
MOST_MEASURE: Final = 10**12
"""The most that one family can count for in a region. More, and less than nothing, is no measure."""


class Basis(NamedTuple):
    """What the score of an index follows from.

    outcomes: one letter per indicator
    points: for each indicator its points, None unless it is valued
    applies: what `applies_when` is
    category: by the rule (method rule), None if an unknown condition stands before it
    measure: the number that the family counts for in a region (`weigh_by`), None if unknown
    """

    outcomes: str
    points: tuple[Fraction | None, ...]
    applies: bool | None = True
    category: int | None = None
    measure: Fraction | None = Fraction(1)


@dataclass(frozen=True, slots=True)
class GroupScore:
    """The value of a group on the index's scale (None if it is undefined), and numbers of its indicators."""

    value: Fraction | None
    fulfilled: int
    applicable: int
    answered: int


@dataclass(frozen=True, slots=True)
class IndexScore:
    """One family's result in one index.

    value: on the index's scale, unrounded; shown: rounded half up to the index's decimals
    poor: whether the share of deprivations reaches the cut-off (counting only)
    values: for each indicator from 0 to 1, None if it is not part of the value
    parts: contributions, which add up to `value` exactly; None for methods that have none
    """

    basis: Basis
    state: State
    value: Fraction | None
    shown: Fraction | None
    category: int | None
    poor: bool | None
    groups: tuple[GroupScore, ...]
    values: tuple[Fraction | None, ...]
    parts: tuple[Fraction | None, ...] | None


@dataclass(frozen=True, slots=True)
class Score:
    """One family's results, one for each index of the instrument."""

    indices: tuple[IndexScore, ...]

    @property
    def main(self) -> IndexScore:
        return self.indices[0]

    @property
    def bases(self) -> tuple[Basis, ...]:
        return tuple(each.basis for each in self.indices)


def score(answers: Answers, instrument: Instrument, day: date | None) -> Score:
    """The score of valid answers. day: the local day of the interview"""
    return score_bases(bases_of(answers, instrument, day), instrument)


def score_bases(bases: Sequence[Basis], instrument: Instrument) -> Score:
    """The score that follows from a family's bases. The same bases always give the same score."""
    return Score(tuple(score_basis(basis, index) for basis, index in zip(bases, instrument.indices, strict=True)))


def bases_of(answers: Answers, instrument: Instrument, day: date | None) -> tuple[Basis, ...]:
    """What the score of each index follows from, read from valid answers."""
    whole = Reading(instrument, answers, day)
    return tuple(_basis(index, whole.seen_by(index.only)) for index in instrument.indices)


def _basis(index: Index, reading: Reading) -> Basis:
    found = [outcome_of(each, reading) for each in index.indicators]
    measure: Fraction | None = Fraction(1)
    if index.region.weigh_by is not None:
        stated = reading.value(index.region.weigh_by)
        measure = None if stated is None else Fraction(stated)  # type: ignore[arg-type]
        measure = measure if measure is not None and 0 <= measure <= MOST_MEASURE else None
    return Basis(
        "".join(letter for letter, _ in found),
        tuple(points for _, points in found),
        True if index.applies_when is None else reading.holds(index.applies_when),
        _category_by_rule(index, reading) if index.method == "rule" else None,
        measure,
    )


def outcome_of(indicator: Indicator, reading: Reading) -> tuple[str, Fraction | None]:
    """The letter of an indicator, and its points if it is valued."""
    if indicator.applies_when is not None:
        applies = reading.holds(indicator.applies_when)
        if not applies:
            return (MISSING if applies is None else NOT_APPLICABLE), None
    if indicator.points is not None:
        points = points_of(indicator.points, reading)
        if points is None:
            return MISSING, None
        turned = indicator.points.least + indicator.points.most - points if indicator.reverse else points
        return VALUED, turned
    condition = indicator.fulfilled_when or indicator.deprived_when
    assert condition is not None  # noqa: S101 (an indicator has exactly one of the three)
    held = reading.holds(condition)
    if held is None:
        return MISSING, None
    return (FULFILLED if held == (indicator.fulfilled_when is not None) else UNFULFILLED), None


def points_of(points: Points, reading: Reading) -> Fraction | None:
    """The points of an interview before `reverse`, or None if they are unknown."""
    for condition, value in points.first:
        held = True if condition is None else reading.holds(condition)
        if held is not False:
            return value if held else None
    if points.of is None:
        return None
    found = reading.value(points.of)
    if found is None:
        return None
    if points.options is not None:
        return points.options[found]  # type: ignore[index]
    if points.each is not None:
        return sum((points.each[option] for option in found), _ZERO)  # type: ignore[union-attr]
    if points.number:
        return min(max(Fraction(found), points.least), points.most)  # type: ignore[arg-type]
    return next(each.points for each in points.ranges if each.below is None or found < each.below)  # type: ignore[operator]


def _category_by_rule(index: Index, reading: Reading) -> int | None:
    for position, category in enumerate(index.categories):
        held = True if category.when is None else reading.holds(category.when)
        if held is not False:
            return position if held else None
    return None


@dataclass(slots=True)
class _Counts:
    every: int = 0
    fulfilled: int = 0
    applicable: int = 0
    answered: int = 0

    def add(self, other: "_Counts") -> None:
        self.every += other.every
        self.fulfilled += other.fulfilled
        self.applicable += other.applicable
        self.answered += other.answered


Term = tuple[int, int, int]
"""Numerator and denominator of a value, which need not be in lowest terms, and its weight."""


class Combined:
    """The groups of an index with their values, each of what stands below it, by its rule for what must be answered.

    What stands below the groups is the subclass's own: `terms`.
    """

    def __init__(self, index: Index, outcomes: str, *, without: frozenset[int] = frozenset()) -> None:
        """without: groups that have no value in any case"""
        self.index, self.outcomes = index, outcomes
        self.group_values: list[Fraction | None] = [None] * len(index.groups)
        self.counts = [_Counts() for _ in index.groups]
        self.whole = _Counts()
        for group, node in index.nodes.items():
            counts = self.whole if group is None else self.counts[group]
            self._count(counts, node)
            if group is not None and group not in without and self.is_complete(counts, node):
                self.group_values[group] = self.combined(node)

    def node(self, group: int | None) -> Node:
        return self.index.nodes[group]

    def _count(self, counts: _Counts, node: Node) -> None:
        for position in node.groups:
            counts.add(self.counts[position])
        letters = [self.outcomes[position] for position in node.indicators]
        missing, fulfilled = letters.count(MISSING), letters.count(FULFILLED)
        applicable = len(letters) - letters.count(NOT_APPLICABLE)
        counts.add(_Counts(len(letters), fulfilled, applicable, applicable - missing))

    def is_complete(self, counts: _Counts, node: Node) -> bool:
        """Whether enough is answered for a value of the index or of a group.

        A sum of points without one of its parts is another sum.
        """
        complete, missing = node.complete, counts.applicable - counts.answered
        return (
            counts.answered >= (complete.minimum_answered or 1)
            and (self.index.method != "points-sum" or counts.answered == counts.every)
            and (complete.minimum_share is None or counts.answered >= complete.minimum_share * counts.applicable)
            and (complete.maximum_missing is None or missing <= complete.maximum_missing)
            and all(self.outcomes[position] != MISSING for position in complete.required)
            and not (complete.every_group and any(self.group_values[position] is None for position in node.groups))
        )

    def combined(self, node: Node) -> Fraction | None:
        terms = self.terms(node)
        if not terms:
            return None
        if self.index.method != "points-sum" and node.combine != "mean":
            values = [Fraction(numerator, denominator) for numerator, denominator, _ in terms]
            return min(values) if node.combine == "minimum" else max(values)
        # On one denominator, because each sum of two fractions would look for a common divisor again.
        shared = lcm(*[denominator for _, denominator, _ in terms])
        total = sum([numerator * (shared // denominator) * weight for numerator, denominator, weight in terms])
        whole = node.unit if self.index.method == "points-sum" else sum([weight for _, _, weight in terms])
        return Fraction(total, shared * whole)

    def terms(self, node: Node) -> list[Term]:
        """Of each group and indicator directly below that has a value, in the file's order."""
        raise NotImplementedError


class Tree(Combined):
    """The index with the values of a family.

    An indicator's value is from 0 to 1, or its points for a sum of points. Groups get theirs from below.
    """

    def __init__(self, index: Index, basis: Basis) -> None:
        self.basis = basis
        self.values = [self._value(index, position) for position in range(len(index.indicators))]
        super().__init__(index, basis.outcomes)

    def _value(self, index: Index, position: int) -> Fraction | None:
        indicator, letter = index.indicators[position], self.basis.outcomes[position]
        if letter not in _ANSWERED:
            return None
        if letter != VALUED:
            held = Fraction(letter == FULFILLED)
            return 1 - held if index.method == "counting" else held
        points, value = indicator.points, self.basis.points[position]
        assert points is not None  # noqa: S101 (only an indicator with points is valued)
        assert value is not None  # noqa: S101
        if index.method == "points-sum":
            return value
        return (value - points.least) / (points.most - points.least)

    def children(self, node: Node) -> list[tuple[Fraction, int]]:
        """Value and weight of each group and indicator directly below that has a value, in the file's order."""
        found = [self.group_values[at] for at in node.groups] + [self.values[at] for at in node.indicators]
        return [(value, weight) for value, weight in zip(found, node.weights, strict=True) if value is not None]

    def terms(self, node: Node) -> list[Term]:
        return [(value.numerator, value.denominator, weight) for value, weight in self.children(node)]

    def parts(self) -> tuple[Fraction | None, ...]:
        """For each indicator its part of the combined value, which is exact. None if it is no part of it."""
        found: list[Fraction | None] = [None] * len(self.values)
        self._share(self.node(None), Fraction(1), found)
        return tuple(found)

    def _share(self, node: Node, share: Fraction, found: list[Fraction | None]) -> None:
        children = self.children(node)
        total = sum(weight for _, weight in children)
        chosen = None if node.combine == "mean" else self.combined(node)
        taken = False
        below = [*((at, True) for at in node.groups), *((at, False) for at in node.indicators)]
        for (at, is_group), weight in zip(below, node.weights, strict=True):
            value = self.group_values[at] if is_group else self.values[at]
            if value is None:
                continue
            if self.index.method == "points-sum":
                part = share * Fraction(weight, node.unit)
            elif chosen is None:
                part = share * weight / total
            else:
                # A minimum passes all of it to the first least child.
                part, taken = (_ZERO, taken) if taken or value != chosen else (share, True)
            if is_group:
                self._share(self.node(at), part, found)
            else:
                found[at] = value * part


def score_basis(basis: Basis, index: Index) -> IndexScore:
    """The score of one index that follows from its basis."""
    tree = Tree(index, basis)
    scale = Fraction(1) if index.method == "points-sum" else index.scale
    groups = tuple(
        GroupScore(None if value is None else value * scale, counts.fulfilled, counts.applicable, counts.answered)
        for value, counts in zip(tree.group_values, tree.counts, strict=True)
    )
    blank = IndexScore(basis, "scored", None, None, None, None, groups, tuple(tree.values), None)
    if basis.applies is not True:
        return replace(blank, state="incomplete" if basis.applies is None else "not_applicable")
    result = _METHODS[index.method](tree, blank)
    if result.value is None or result.shown is not None:
        return result
    return replace(result, shown=rounded(result.value, index.decimals))


def _without(tree: Tree, blank: IndexScore) -> IndexScore:
    """No value: incomplete if something is missing, undefined otherwise."""
    missing = tree.whole.applicable > tree.whole.answered
    return replace(blank, state="incomplete" if missing else "undefined")


def _complete(tree: Tree) -> bool:
    return tree.is_complete(tree.whole, tree.node(None))


def _category_of(value: Fraction, index: Index) -> int | None:
    return next((position for position, each in enumerate(index.categories) if each.takes(value)), None)


def _mean(tree: Tree, blank: IndexScore) -> IndexScore:
    value = tree.combined(tree.node(None)) if _complete(tree) else None
    if value is None:
        return _without(tree, blank)
    scale = tree.index.scale
    parts = tuple(None if part is None else part * scale for part in tree.parts())
    return replace(blank, value=value * scale, category=_category_of(value * scale, tree.index), parts=parts)


def _counting(tree: Tree, blank: IndexScore) -> IndexScore:
    found = _mean(tree, blank)
    if found.value is None or tree.index.cut_off is None:
        return found
    return replace(found, poor=found.value >= tree.index.cut_off * tree.index.scale)


def _points_sum(tree: Tree, blank: IndexScore) -> IndexScore:
    if not _complete(tree):
        return _without(tree, blank)
    value = tree.combined(tree.node(None)) or _ZERO
    return replace(blank, value=value, category=_category_of(value, tree.index), parts=tree.parts())


def _geometric(tree: Tree, blank: IndexScore) -> IndexScore:
    children = tree.children(tree.node(None)) if _complete(tree) else []
    if not children:
        return _without(tree, blank)
    mean, index = geometric_mean(children), tree.index
    category = next(
        (at for at, each in enumerate(index.categories) if mean.within(each.bound, each.included, index.scale)), None
    )
    return replace(
        blank,
        value=mean.value * index.scale,
        shown=mean.rounded(index.scale, index.decimals),
        category=category,
    )


def _stages(tree: Tree, blank: IndexScore) -> IndexScore:
    if not _satisfied(tree):
        return _without(tree, blank)
    passed = 0
    for position in tree.index.top_groups:
        letters = {tree.basis.outcomes[at] for at in _below(tree, position)}
        if UNFULFILLED in letters:
            break
        if MISSING in letters:
            return replace(blank, state="incomplete")
        passed += 1
    reached = frozenset(tree.index.top_groups[:passed])
    categories = [at for at, each in enumerate(tree.index.categories) if each.after is None or each.after in reached]
    return replace(blank, value=Fraction(passed), category=categories[-1] if categories else None)


def _satisfied(tree: Tree) -> bool:
    """Whether `complete` holds for a method that may be decided without any answer."""
    return tree.index.complete == Complete() or _complete(tree)


def _below(tree: Tree, group: int) -> list[int]:
    """Positions of the indicators in a group and in the groups below it."""
    node = tree.node(group)
    return [*node.indicators, *(at for each in node.groups for at in _below(tree, each))]


def _rule(tree: Tree, blank: IndexScore) -> IndexScore:
    if not _satisfied(tree):
        return _without(tree, blank)
    if tree.basis.category is None:
        return replace(blank, state="incomplete")
    return replace(blank, category=tree.basis.category)


_METHODS: Final[Mapping[str, Callable[[Tree, IndexScore], IndexScore]]] = {
    "mean": _mean,
    "counting": _counting,
    "points-sum": _points_sum,
    "geometric-mean": _geometric,
    "stages": _stages,
    "rule": _rule,
}
