"""The score of an index from its basis, by tables that are filled once. Equal to `score.py`, which fills them.

What is remembered is the result of one top group by the outcomes in it, never that of a whole interview. An index whose
method is not a weighted mean of its top groups is computed plainly each time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import lcm
from typing import Any, Final

from app.scoring.instrument import Complete, Index, Instrument
from app.scoring.region import UNITS, exact_sums_of, sums, sums_of
from app.scoring.rounding import rounded
from app.scoring.score import (
    FULFILLED,
    MISSING,
    UNFULFILLED,
    VALUED,
    Basis,
    GroupScore,
    IndexScore,
    Score,
    State,
    Tree,
    score_bases,
    score_basis,
)

_ZERO, _ONE = Fraction(0), Fraction(1)
_MOST: Final = 65_536
"""Results that are remembered of one top group. Of further ones each is computed when it is needed."""


class Node:
    """A top group, or an indicator directly below the index, with the result for some outcomes.

    numerator, denominator: its value from 0 to 1; the denominator is 0 without a value
    parts: for each fulfilled or valued indicator its position and its part of the value, from 0 to 1
    equal: the parts that are not zero, by their size: numerator, denominator and the positions
    cache: for whoever renders it
    """

    __slots__ = (
        "answered",
        "cache",
        "denominator",
        "equal",
        "groups",
        "missing",
        "numerator",
        "outcomes",
        "parts",
        "shared",
        "sums",
        "values",
    )

    def __init__(self) -> None:
        self.outcomes = ""
        self.numerator = self.denominator = 0
        self.shared = 1
        self.groups: tuple[GroupScore, ...] = ()
        self.values: tuple[Fraction | None, ...] = ()
        self.parts: tuple[tuple[int, Fraction], ...] = ()
        self.equal: tuple[tuple[int, int, list[int]], ...] = ()
        self.answered = self.missing = 0
        self.sums: tuple[tuple[int, int], ...] = ()
        self.cache: dict[Any, Any] = {}

    def set_parts(self, parts: list[tuple[int, Fraction]]) -> None:
        """Takes the part of each indicator that has a value."""
        self.parts = tuple(parts)
        sizes: dict[tuple[int, int], list[int]] = {}
        for at, part in parts:
            if part:
                sizes.setdefault((part.numerator, part.denominator), []).append(at)
        self.equal = tuple((*size, positions) for size, positions in sizes.items())
        self.shared = lcm(*[denominator for _, denominator in sizes])


class FastScore:
    """The score of an index, with whole numbers only. The denominator is 0 without a value"""

    __slots__ = ("basis", "category", "compiled", "denominator", "nodes", "numerator", "state", "weights")

    def __init__(self, compiled: "CompiledIndex", basis: Basis, nodes: list[Node]) -> None:
        self.compiled, self.basis, self.nodes = compiled, basis, nodes
        self.state: State = "scored"
        self.numerator = self.denominator = self.weights = 0
        self.category: int | None = None

    @property
    def value(self) -> Fraction | None:
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    def add_sums(self, values: list[int]) -> None:
        """Adds what the family adds to the sums of its village, in the order of `sums`."""
        at = self.compiled.at
        if (state := at.get((self.state,))) is not None:
            values[state] = 1
        if self.basis.applies is not True:
            return
        if self.denominator:
            unit = self.compiled.unit
            values[at["value",]] = _half_even(self.numerator * unit[0], self.denominator * unit[1])
            if self.category is not None:
                values[at["category", self.category]] = 1
        for node in self.nodes:
            for position, number in node.sums:
                values[position] = number

    def shown(self) -> int:
        """The value in its last decimal, rounded half up."""
        return (self.numerator * self.compiled.steps * 2 + self.denominator) // (2 * self.denominator)

    def shown_parts(self) -> list[list[tuple[int, int]]]:
        """Contributions in the last decimal, so that all add up to `shown` (largest remainder method).

        For each node and each of its `equal` parts, the number that all are at least, and how many of the first ones
        are one more. Parts with equal remainders are raised in the order of indicators.
        """
        compiled, left = self.compiled, self.shown()
        shared = self.compiled.shared(self.nodes)
        common = self.weights * compiled.step[1]
        found = []
        floors: list[list[tuple[int, int]]] = []
        for at, (node, weight) in enumerate(zip(self.nodes, compiled.weights, strict=True)):
            of_node = []
            for nth, (numerator, denominator, positions) in enumerate(node.equal):
                floor, rest = divmod(numerator * weight * compiled.step[0], denominator * common)
                left -= floor * len(positions)
                of_node.append((floor, 0))
                if rest:
                    found.append((-rest * (shared // denominator), positions, at, nth))
            floors.append(of_node)
        if left:
            found.sort()
            self._raise(found, left, floors)
        return floors

    @staticmethod
    def _raise(found: list[tuple[int, list[int], int, int]], left: int, floors: list[list[tuple[int, int]]]) -> None:
        """Raises so many parts by one, those with the largest remainders first. `found` is sorted by them."""
        start = 0
        while left:
            remainder, positions, at, nth = found[start]
            end = start + 1
            if end == len(found) or found[end][0] != remainder:
                raised = min(left, len(positions))
                floors[at][nth] = (floors[at][nth][0], raised)
                left -= raised
                start = end
                continue
            while end < len(found) and found[end][0] == remainder:
                end += 1
            chosen = sorted((each, at, nth) for _, alike, at, nth in found[start:end] for each in alike)[:left]
            for _, at, nth in chosen:
                floors[at][nth] = (floors[at][nth][0], floors[at][nth][1] + 1)
            left -= len(chosen)
            start = end

    def whole(self) -> IndexScore:
        """The same with all fractions."""
        compiled = self.compiled
        index = compiled.index
        groups: list[GroupScore | None] = [None] * len(index.groups)
        values: list[Fraction | None] = [None] * len(index.indicators)
        parts: list[Fraction | None] = [None] * len(index.indicators)
        for node, top, weight in zip(self.nodes, compiled.tops, compiled.weights, strict=True):
            for position, group in zip(top.groups, node.groups, strict=True):
                groups[position] = group
            for position, value in zip(top.indicators, node.values, strict=True):
                values[position] = value
            if self.denominator:
                for position, part in node.parts:
                    parts[position] = part * weight / self.weights * index.scale
        exact = self.value
        return IndexScore(
            self.basis,
            self.state,
            exact,
            None if exact is None else rounded(exact, index.decimals),
            self.category,
            None,
            tuple(each or _NO_GROUP for each in groups),
            tuple(values),
            None if exact is None else tuple(parts),
        )


_NO_GROUP: Final = GroupScore(None, 0, 0, 0)
"""The score of a group without indicators below it."""


def _half_even(numerator: int, denominator: int) -> int:
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole & 1))


class _Top:
    """What stands directly below the index, with its groups and indicators as positions."""

    def __init__(self, index: Index, group: int | None, indicators: Sequence[int]) -> None:
        self.group = group
        self.groups = [] if group is None else _below(index, group)
        self.indicators = tuple(indicators)
        self.weight = index.groups[group].weight if group is not None else index.indicators[indicators[0]].weight
        first, last = self.indicators[0], self.indicators[-1]
        self.span = slice(first, last + 1) if self.indicators == tuple(range(first, last + 1)) else None
        self.known: dict[Any, Node] = {}
        self.weights = [index.indicators[at].weight for at in self.indicators]
        complete = Complete() if group is None else index.groups[group].complete
        self.simple = (
            len(self.groups) <= 1
            and (group is None or index.groups[group].combine == "mean")
            and not complete.required
            and complete.minimum_share is None
        )


class CompiledIndex:
    """An index with its tables. `fast` says whether it has any."""

    def __init__(self, index: Index, position: int, instrument: Instrument) -> None:
        self.index, self.position, self.instrument = index, position, instrument
        self.fast = (
            index.method == "mean"
            and index.combine == "mean"
            and not index.complete.required
            and not index.complete.every_group
            and index.complete.minimum_share is None
            and index.region.weigh_by is None
        )
        self.valued = any(each.points is not None for each in index.indicators)
        self.tops = _tops(index) if self.fast else []
        scale = lcm(*(top.weight.denominator for top in self.tops)) if self.tops else 1
        self.weights = [int(top.weight * scale) for top in self.tops]
        self.steps: int = 10**index.decimals
        self.step = (index.scale.numerator * self.steps, index.scale.denominator)
        self._bounds = [
            (at, each.bound.numerator, each.bound.denominator, each.included)
            for at, each in enumerate(index.categories)
            if each.bound is not None
        ]
        self._last = next((at for at, each in enumerate(index.categories) if each.bound is None), None)
        self._scale = (index.scale.numerator, index.scale.denominator)
        self._least = index.complete.minimum_answered or 1
        most = index.complete.maximum_missing
        self._most = len(index.indicators) if most is None else most
        self.unit = (100 * UNITS * index.scale.denominator, index.scale.numerator)
        self.at = {each.key[1:]: at for at, each in enumerate(sums(instrument)) if each.key[0] == position}

    @staticmethod
    def shared(nodes: Sequence[Node]) -> int:
        """A common denominator of all parts."""
        return lcm(*[node.shared for node in nodes])

    def nodes(self, basis: Basis) -> list[Node]:
        """The result of each top group."""
        found = []
        outcomes, points = basis.outcomes, basis.points
        for top in self.tops:
            if top.span is not None:
                key: Any = outcomes[top.span]
                if self.valued:
                    key = (key, points[top.span])
            else:
                key = tuple((outcomes[at], points[at]) for at in top.indicators)
            node = top.known.get(key)
            if node is None:
                node = self._learn(top, basis)
                if len(top.known) < _MOST:
                    top.known[key] = node
            found.append(node)
        return found

    def scored(self, basis: Basis) -> "FastScore":
        """The score of an index that is fast."""
        nodes = self.nodes(basis)
        found = FastScore(self, basis, nodes)
        if basis.applies is not True:
            found.state = "incomplete" if basis.applies is None else "not_applicable"
            return found
        answered, missing = 0, 0
        defined = []
        for node, weight in zip(nodes, self.weights, strict=True):
            answered += node.answered
            missing += node.missing
            if node.denominator:
                defined.append((node.numerator * weight, node.denominator, weight))
        if not defined or answered < self._least or missing > self._most:
            found.state = "incomplete" if missing else "undefined"
            return found
        scale = lcm(*[denominator for _, denominator, _ in defined])
        total = weights = 0
        for weighted, denominator, weight in defined:
            total += weighted * (scale // denominator)
            weights += weight
        numerator, denominator = total * self._scale[0], scale * weights * self._scale[1]
        found.numerator, found.denominator, found.weights = numerator, denominator, weights
        for position, bound, bound_denominator, included in self._bounds:
            left, right = numerator * bound_denominator, bound * denominator
            if left < right or (included and left == right):
                found.category = position
                break
        else:
            found.category = self._last
        return found

    def _learn(self, top: _Top, basis: Basis) -> Node:
        return self._learn_simply(top, basis) if top.simple else self._learn_plainly(top, basis)

    def _learn_simply(self, top: _Top, basis: Basis) -> Node:
        """The result of a group that is a weighted mean of its indicators, computed without a tree."""
        index, node = self.index, Node()
        letters = node.outcomes = "".join([basis.outcomes[at] for at in top.indicators])
        values = [self._value(at, letter, basis) for at, letter in zip(top.indicators, letters, strict=True)]
        node.values = tuple(values)
        node.answered = len(values) - values.count(None)
        node.missing = letters.count(MISSING)
        counted = [
            (at, value, weight)
            for at, value, weight in zip(top.indicators, values, top.weights, strict=True)
            if value is not None
        ]
        total = sum([weight for _, _, weight in counted])
        value = None
        if top.group is None:
            value = values[0]
        else:
            complete = index.groups[top.group].complete
            if node.answered >= (complete.minimum_answered or 1) and (
                complete.maximum_missing is None or node.missing <= complete.maximum_missing
            ):
                value = sum([each * weight for _, each, weight in counted], _ZERO) / total
            shown = None if value is None else value * index.scale
            node.groups = (GroupScore(shown, letters.count(FULFILLED), node.answered + node.missing, node.answered),)
        if value is not None:
            node.numerator, node.denominator = value.numerator, value.denominator
            node.set_parts([(at, each * weight / total if each else _ZERO) for at, each, weight in counted])
        node.sums = tuple(self._simple_sums(top, letters, values, value))
        return node

    def _value(self, at: int, letter: str, basis: Basis) -> Fraction | None:
        if letter == VALUED:
            points, value = self.index.indicators[at].points, basis.points[at]
            assert points is not None  # noqa: S101 (only an indicator with points is valued)
            assert value is not None  # noqa: S101
            return (value - points.least) / (points.most - points.least)
        return _ONE if letter == FULFILLED else _ZERO if letter == UNFULFILLED else None

    def _simple_sums(
        self, top: _Top, letters: str, values: Sequence[Fraction | None], value: Fraction | None
    ) -> Iterator[tuple[int, int]]:
        if top.group is not None and value is not None:
            yield self.at["group", top.group], 1
            yield self.at["group", top.group, "value"], round(value * 100 * UNITS)
        for at, letter, each in zip(top.indicators, letters, values, strict=True):
            place = self.at.get(("indicator", at, letter))
            if place is not None:
                yield place, 1
            place = self.at.get(("indicator", at, "value"))
            if place is not None and each is not None:
                yield place, round(each * UNITS)

    def _learn_plainly(self, top: _Top, basis: Basis) -> Node:
        index, own = self.index, frozenset(top.indicators)
        letters = "".join(letter if at in own else "N" for at, letter in enumerate(basis.outcomes))
        points = tuple(value if at in own else None for at, value in enumerate(basis.points))
        alone = Basis(letters, points)
        tree = Tree(index, alone)
        node = Node()
        node.outcomes = "".join(basis.outcomes[at] for at in top.indicators)
        value = tree.values[top.indicators[0]] if top.group is None else tree.group_values[top.group]
        if value is not None:
            node.numerator, node.denominator = value.numerator, value.denominator
        node.answered, node.missing = tree.whole.answered, tree.whole.applicable - tree.whole.answered
        node.values = tuple(tree.values[at] for at in top.indicators)
        score = score_basis(alone, replace(index, complete=Complete(), applies_when=None))
        node.groups = tuple(score.groups[at] for at in top.groups)
        if value is not None:
            node.set_parts([(at, part) for at, part in enumerate(tree.parts()) if part is not None])
        node.sums = self._sums_of(score, alone, top)
        return node

    def _sums_of(self, score: IndexScore, alone: Basis, top: _Top) -> tuple[tuple[int, int], ...]:
        """What the groups and indicators of a node add to the sums, by position."""
        blank = [score_basis(Basis("N" * len(each.indicators), (None,) * len(each.indicators), applies=False), each)
                 for each in self.instrument.indices]  # fmt: skip
        blank[self.position] = score
        exact = exact_sums_of(Score(tuple(blank)), self.instrument)
        own = {
            at
            for key, at in self.at.items()
            if (key[0] == "group" and key[1] in top.groups) or (key[0] == "indicator" and key[1] in top.indicators)
        }
        return tuple((at, round(exact[at])) for at in sorted(own) if exact[at])


def _tops(index: Index) -> list[_Top]:
    groups = [_Top(index, at, _indicators_below(index, at)) for at in index.top_groups if _indicators_below(index, at)]
    return groups + [_Top(index, None, [at]) for at, each in enumerate(index.indicators) if each.group is None]


def _below(index: Index, group: int) -> list[int]:
    inner = [at for at, each in enumerate(index.groups) if each.parent == group]
    return sorted([group, *(deep for at in inner for deep in _below(index, at))])


def _indicators_below(index: Index, group: int) -> list[int]:
    groups = frozenset(_below(index, group))
    return [at for at, each in enumerate(index.indicators) if each.group in groups]


class CompiledScore:
    """All indices of an instrument with their tables."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.indices = tuple(CompiledIndex(each, at, instrument) for at, each in enumerate(instrument.indices))
        self.fast = all(each.fast for each in self.indices)
        self._length = len(sums(instrument))

    def scored(self, bases: Sequence[Basis]) -> list[FastScore]:
        """The scores of a family, if all indices are fast."""
        return [index.scored(basis) for index, basis in zip(self.indices, bases, strict=True)]

    def score(self, bases: Sequence[Basis]) -> Score:
        """What `score_bases` gives, sooner."""
        return Score(
            tuple(
                index.scored(basis).whole() if index.fast else score_basis(basis, index.index)
                for index, basis in zip(self.indices, bases, strict=True)
            )
        )

    def sums_of(self, bases: Sequence[Basis]) -> list[int]:
        """What `sums_of` gives, sooner."""
        if not self.fast:
            return sums_of(score_bases(bases, self.instrument), self.instrument)
        values = [0] * self._length
        values[0] = 1
        for each in self.scored(bases):
            each.add_sums(values)
        return values
