"""The result of one top group of an index by the outcomes in it, which is computed once and remembered."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from app.scoring.family_sums import exact_sums_of
from app.scoring.instrument import Complete, Index, Instrument
from app.scoring.score import (
    FULFILLED,
    MISSING,
    UNFULFILLED,
    VALUED,
    Basis,
    GroupScore,
    IndexScore,
    Score,
    Tree,
    score_basis,
)
from app.scoring.sums import UNITS, Key, Sum, sums

_ZERO, _ONE = Fraction(0), Fraction(1)
_EXACT: Final = 2**25
_MOST: Final = 65_536
"""Results that are remembered of one top group. Of further ones each is computed when it is needed."""


Remainder = tuple[Fraction | float, list[int], int, int]
"""What rounding down leaves of equal parts, negative: the size, the positions of the indicators, and where they stand:
the position of the node and of the part in its `equal`."""


class Node:
    """A top group, or an indicator directly below the index, with the result for some outcomes.

    numerator, denominator: its value from 0 to 1; the denominator is 0 without a value
    parts: for each fulfilled or valued indicator its position and its part of the value, from 0 to 1
    equal: the parts that are not zero, by their size: numerator, denominator and the positions
    sums: what its groups and indicators add to the sums of a village, by position; digits: the same as packed digits,
    of the indicators and of the groups
    cache, written: texts of its indicators and groups, for whoever writes them
    """

    __slots__ = (
        "answered",
        "cache",
        "denominator",
        "digits",
        "equal",
        "groups",
        "missing",
        "numerator",
        "outcomes",
        "parts",
        "place",
        "points",
        "shares",
        "sums",
        "values",
        "written",
    )

    def __init__(self) -> None:
        self.outcomes = ""
        self.points: tuple[Fraction | None, ...] = ()
        self.numerator = self.denominator = 0
        self.place = 0
        self.shares: dict[int, tuple[int, tuple[tuple[int, int], ...], tuple[Remainder, ...]]] = {}
        self.groups: tuple[GroupScore, ...] = ()
        self.values: tuple[Fraction | None, ...] = ()
        self.parts: tuple[tuple[int, Fraction], ...] = ()
        self.equal: tuple[tuple[int, int, list[int]], ...] = ()
        self.answered = self.missing = 0
        self.sums: tuple[tuple[int, int], ...] = ()
        self.digits = ("", "")
        self.cache: dict[Any, str] = {}
        self.written = ""

    def set_parts(self, parts: list[tuple[int, Fraction]]) -> None:
        """Takes the part of each indicator that has a value."""
        self.parts = tuple(parts)
        sizes: dict[tuple[int, int], list[int]] = {}
        for at, part in parts:
            if part:
                sizes.setdefault((part.numerator, part.denominator), []).append(at)
        self.equal = tuple((*size, positions) for size, positions in sizes.items())

    def share(self, divisor: int, factor: int) -> tuple[int, tuple[tuple[int, int], ...], tuple[Remainder, ...]]:
        """The parts times factor ÷ divisor: their sum rounded down, each of `equal` rounded down, and what is left."""
        total, floors, left = 0, list[tuple[int, int]](), list[Remainder]()
        for numerator, denominator, positions in self.equal:
            floor, rest = divmod(numerator * factor, denominator * divisor)
            total += floor * len(positions)
            if rest:
                exact = Fraction(-rest, denominator * divisor)
                # Different fractions with such denominators are different floats, and equal ones equal floats.
                size = float(exact) if exact.denominator < _EXACT else exact
                left.append((size, positions, self.place, len(floors)))
            floors.append((floor, 0))
        found = self.shares[divisor] = (total, tuple(floors), tuple(left))
        return found


class TopGroup:
    """What stands directly below the index, with its groups and indicators as positions. `known` has its results."""

    def __init__(self, instrument: Instrument, position: int, group: int | None, indicators: Sequence[int]) -> None:
        index = instrument.indices[position]
        self.place = 0
        self.index, self.instrument, self.position, self.group = index, instrument, position, group
        self.groups = [] if group is None else _below(index, group)
        self.indicators = tuple(indicators)
        self.weight = index.groups[group].weight if group is not None else index.indicators[indicators[0]].weight
        self.span = slice(self.indicators[0], self.indicators[-1] + 1)
        self.together = self.indicators == tuple(range(self.span.start, self.span.stop))
        """Whether its indicators stand together, so that their outcomes are a part of the text of all outcomes."""
        self._valued = any(each.points is not None for each in index.indicators)
        self._known: dict[Any, Node] = {}
        self._weights = [index.indicators[at].weight for at in self.indicators]
        complete = Complete() if group is None else index.groups[group].complete
        self._simple = (
            len(self.groups) <= 1
            and (group is None or index.groups[group].combine == "mean")
            and not complete.required
            and complete.minimum_share is None
        )
        self._at: dict[Key, int] = {}
        self._digits: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
        for at, each in enumerate(sums(instrument)):
            if each.key[0] == position:
                self._add_sum(at, each)

    def _add_sum(self, at: int, each: Sum) -> None:
        kind, *steps = each.key[1:]
        if (kind == "group" and steps[0] in self.groups) or (kind == "indicator" and steps[0] in self.indicators):
            self._at[each.key[1:]] = at
            self._digits[kind == "group"].append((at, each.digits))

    def node(self, basis: Basis) -> Node:
        """Its result for a family."""
        if self.together:
            key: Any = basis.outcomes[self.span]
            if self._valued:
                key = (key, basis.points[self.span])
        else:
            key = tuple((basis.outcomes[at], basis.points[at]) for at in self.indicators)
        found = self._known.get(key)
        if found is None:
            found = self._learn_simply(basis) if self._simple else self._learn(basis)
            found.points, found.place = tuple(basis.points[at] for at in self.indicators), self.place
            added = dict(found.sums)
            found.digits = tuple(  # type: ignore[assignment]
                "".join(f"{added.get(at, 0):0{digits}d}" for at, digits in reversed(each)) for each in self._digits
            )
            if len(self._known) < _MOST:
                self._known[key] = found
        return found

    def _learn_simply(self, basis: Basis) -> Node:
        """The result of a group that is a weighted mean of its indicators, computed without a tree."""
        index, node = self.index, Node()
        letters = node.outcomes = "".join([basis.outcomes[at] for at in self.indicators])
        values = [self._value(at, letter, basis) for at, letter in zip(self.indicators, letters, strict=True)]
        node.values = tuple(values)
        node.answered = len(values) - values.count(None)
        node.missing = letters.count(MISSING)
        counted = [
            (at, value, weight)
            for at, value, weight in zip(self.indicators, values, self._weights, strict=True)
            if value is not None
        ]
        total = sum([weight for _, _, weight in counted])
        value = None
        if self.group is None:
            value = values[0]
        else:
            complete = index.groups[self.group].complete
            if node.answered >= (complete.minimum_answered or 1) and (
                complete.maximum_missing is None or node.missing <= complete.maximum_missing
            ):
                value = sum([each * weight for _, each, weight in counted], _ZERO) / total
            shown = None if value is None else value * index.scale
            node.groups = (GroupScore(shown, letters.count(FULFILLED), node.answered + node.missing, node.answered),)
        if value is not None:
            node.numerator, node.denominator = value.numerator, value.denominator
            node.set_parts([(at, each * weight / total if each else _ZERO) for at, each, weight in counted])
        node.sums = tuple(self._simple_sums(letters, values, value))
        return node

    def _value(self, at: int, letter: str, basis: Basis) -> Fraction | None:
        if letter == VALUED:
            points, value = self.index.indicators[at].points, basis.points[at]
            assert points is not None  # noqa: S101 (only an indicator with points is valued)
            assert value is not None  # noqa: S101
            return (value - points.least) / (points.most - points.least)
        return _ONE if letter == FULFILLED else _ZERO if letter == UNFULFILLED else None

    def _simple_sums(
        self, letters: str, values: Sequence[Fraction | None], value: Fraction | None
    ) -> Iterator[tuple[int, int]]:
        if self.group is not None and value is not None:
            yield self._at["group", self.group], 1
            yield self._at["group", self.group, "value"], round(value * 100 * UNITS)
        for at, letter, each in zip(self.indicators, letters, values, strict=True):
            place = self._at.get(("indicator", at, letter))
            if place is not None:
                yield place, 1
            place = self._at.get(("indicator", at, "value"))
            if place is not None and each is not None:
                yield place, round(each * UNITS)

    def _learn(self, basis: Basis) -> Node:
        index, own = self.index, frozenset(self.indicators)
        letters = "".join(letter if at in own else "N" for at, letter in enumerate(basis.outcomes))
        points = tuple(value if at in own else None for at, value in enumerate(basis.points))
        alone = Basis(letters, points)
        tree = Tree(index, alone)
        node = Node()
        node.outcomes = "".join(basis.outcomes[at] for at in self.indicators)
        value = tree.values[self.indicators[0]] if self.group is None else tree.group_values[self.group]
        if value is not None:
            node.numerator, node.denominator = value.numerator, value.denominator
        node.answered, node.missing = tree.whole.answered, tree.whole.applicable - tree.whole.answered
        node.values = tuple(tree.values[at] for at in self.indicators)
        score = score_basis(alone, replace(index, complete=Complete(), applies_when=None))
        node.groups = tuple(score.groups[at] for at in self.groups)
        if value is not None:
            node.set_parts([(at, part) for at, part in enumerate(tree.parts()) if part is not None])
        node.sums = self._sums_of(score)
        return node

    def _sums_of(self, score: IndexScore) -> tuple[tuple[int, int], ...]:
        """What the groups and indicators add to the sums, by position."""
        indices = self.instrument.indices
        others = [Basis("N" * len(each.indicators), (None,) * len(each.indicators), applies=False) for each in indices]
        scores = [score_basis(basis, each) for basis, each in zip(others, indices, strict=True)]
        scores[self.position] = score
        exact = exact_sums_of(Score(tuple(scores)), self.instrument)
        return tuple((at, round(exact[at])) for at in sorted(self._at.values()) if exact[at])


def top_groups(instrument: Instrument, position: int) -> list[TopGroup]:
    """What stands directly below an index: its top groups, then indicators without a group."""
    index = instrument.indices[position]
    groups = [
        TopGroup(instrument, position, at, below) for at in index.top_groups if (below := _indicators_below(index, at))
    ]
    single = [at for at, each in enumerate(index.indicators) if each.group is None]
    groups += [TopGroup(instrument, position, None, [at]) for at in single]
    for place, each in enumerate(groups):
        each.place = place
    return groups


def _below(index: Index, group: int) -> list[int]:
    inner = [at for at, each in enumerate(index.groups) if each.parent == group]
    return sorted([group, *(deep for at in inner for deep in _below(index, at))])


def _indicators_below(index: Index, group: int) -> list[int]:
    groups = frozenset(_below(index, group))
    return [at for at, each in enumerate(index.indicators) if each.group in groups]
