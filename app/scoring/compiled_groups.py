"""The result of one top group of an index by the outcomes in it, which is computed once and remembered."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Any, Final, NamedTuple

from app.scoring.compiled_nodes import Node, fraction
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
_MOST: Final = 65_536
"""Results that are remembered of one top group. Of further ones each is computed when it is needed."""


class _Part(NamedTuple):
    """What an indicator gives with some outcome, or a group with some answers.

    sums: what it adds to the sums of a village, by position; digits: the same as packed digits
    """

    value: Fraction | None
    sums: tuple[tuple[int, int], ...]
    digits: str


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
        self.by_letters = self.together and all(each.points is None for each in index.indicators)
        """Whether that part of the text alone says what is known. Otherwise, the letters and the points do."""
        self.known: dict[Any, Node] = {}
        self._single = lru_cache(maxsize=_MOST)(self._make_single)
        self._whole = lru_cache(maxsize=_MOST)(self._make_whole)
        scale = lcm(*(index.indicators[at].weight.denominator for at in self.indicators))
        self._weights = [int(index.indicators[at].weight * scale) for at in self.indicators]
        complete = Complete() if group is None else index.groups[group].complete
        self._simple = (
            len(self.groups) <= 1
            and (group is None or index.groups[group].combine == "mean")
            and not complete.required
            and complete.minimum_share is None
        )
        self._at: dict[Key, int] = {}
        self._digits: dict[int | None, list[tuple[int, int]]] = {at: [] for at in (None, *self.indicators)}
        """For each indicator, and for the groups (None), where its sums stand and how many digits they have."""
        for at, each in enumerate(sums(instrument)):
            if each.key[0] == position:
                self._add_sum(at, each)

    def _add_sum(self, at: int, each: Sum) -> None:
        kind, *steps = each.key[1:]
        if (kind == "group" and steps[0] in self.groups) or (kind == "indicator" and steps[0] in self.indicators):
            self._at[each.key[1:]] = at
            self._digits[None if kind == "group" else int(steps[0])].append((at, each.digits))

    def node(self, basis: Basis) -> Node:
        """Its result for a family."""
        letters = (
            basis.outcomes[self.span] if self.together else "".join([basis.outcomes[at] for at in self.indicators])
        )
        points = tuple([basis.points[at] for at in self.indicators])
        key = letters if self.by_letters else (letters, points)
        found = self.known.get(key)
        if found is None:
            found = Node(letters, points, self.place)
            if self._simple:
                self._learn_simply(found)
            else:
                self._learn(found, basis)
            if len(self.known) < _MOST:
                self.known[key] = found
        return found

    def _pack(self, key: int | None, sums: Iterable[tuple[int, int]]) -> str:
        """The sums of an indicator, or of the groups, as packed digits."""
        added = dict(sums)
        return "".join([f"{added.get(at, 0):0{digits}d}" for at, digits in reversed(self._digits[key])])

    def _learn_simply(self, node: Node) -> None:
        """The result of a group that is a weighted mean of its indicators, computed without a tree."""
        parts = list(map(self._single, self.indicators, node.outcomes, node.points))
        node.values = tuple([each.value for each in parts])
        node.answered = len(parts) - node.values.count(None)
        node.missing = node.outcomes.count(MISSING)
        node.indicator_digits = "".join([each.digits for each in reversed(parts)])
        pairs = zip(self.indicators, node.values, self._weights, strict=True)
        counted = [(at, value, weight) for at, value, weight in pairs if value is not None]
        total, value = sum([weight for _, _, weight in counted]), node.values[0]
        if self.group is not None:
            weighted = sum([weight if value is _ONE else value * weight for _, value, weight in counted if value])
            whole = self._whole(weighted, total, node.answered, node.missing)
            value, node.group_digits = whole.value, whole.digits
            parts.append(whole)
            shown = None if value is None else value * self.index.scale
            counts = node.outcomes.count(FULFILLED), node.answered + node.missing, node.answered
            node.groups = (GroupScore(shown, *counts),)
        node.sums = tuple([each for part in parts for each in part.sums])
        if value is not None:
            node.numerator, node.denominator = value.numerator, value.denominator
            node.parts = tuple([(at, _part(each, weight, total)) for at, each, weight in counted])

    def _make_single(self, at: int, letter: str, points: Fraction | None) -> _Part:
        value = _ONE if letter == FULFILLED else _ZERO if letter == UNFULFILLED else None
        if letter == VALUED:
            form = self.index.indicators[at].points
            assert form is not None  # noqa: S101 (only an indicator with points is valued)
            assert points is not None  # noqa: S101
            value = (points - form.least) / (form.most - form.least)
        sums = [(self._at["indicator", at, letter], 1)] if ("indicator", at, letter) in self._at else []
        place = self._at.get(("indicator", at, "value"))
        if place is not None and value is not None:
            sums.append((place, round(value * UNITS)))
        return _Part(value, tuple(sums), self._pack(at, sums))

    def _make_whole(self, weighted: Fraction | int, total: int, answered: int, missing: int) -> _Part:
        assert self.group is not None  # noqa: S101 (what has no group is its only indicator)
        complete = self.index.groups[self.group].complete
        if answered < (complete.minimum_answered or 1) or (
            complete.maximum_missing is not None and missing > complete.maximum_missing
        ):
            return _Part(None, (), self._pack(None, ()))
        value = Fraction(weighted) / total
        place = self._at["group", self.group, "value"]
        sums = ((self._at["group", self.group], 1), (place, round(value * 100 * UNITS)))
        return _Part(value, sums, self._pack(None, sums))

    def _learn(self, node: Node, basis: Basis) -> None:
        index, own = self.index, frozenset(self.indicators)
        letters = "".join(letter if at in own else "N" for at, letter in enumerate(basis.outcomes))
        points = tuple(value if at in own else None for at, value in enumerate(basis.points))
        alone = Basis(letters, points)
        tree = Tree(index, alone)
        value = tree.values[self.indicators[0]] if self.group is None else tree.group_values[self.group]
        if value is not None:
            node.numerator, node.denominator = value.numerator, value.denominator
        node.answered, node.missing = tree.whole.answered, tree.whole.applicable - tree.whole.answered
        node.values = tuple(tree.values[at] for at in self.indicators)
        score = score_basis(alone, replace(index, complete=Complete(), applies_when=None))
        node.groups = tuple(score.groups[at] for at in self.groups)
        if value is not None:
            node.parts = tuple((at, part) for at, part in enumerate(tree.parts()) if part is not None)
        node.sums = self._sums_of(score)
        node.group_digits = self._pack(None, node.sums)
        node.indicator_digits = "".join([self._pack(at, node.sums) for at in reversed(self.indicators)])

    def _sums_of(self, score: IndexScore) -> tuple[tuple[int, int], ...]:
        """What the groups and indicators add to the sums, by position."""
        indices = self.instrument.indices
        others = [Basis("N" * len(each.indicators), (None,) * len(each.indicators), applies=False) for each in indices]
        scores = [score_basis(basis, each) for basis, each in zip(others, indices, strict=True)]
        scores[self.position] = score
        exact = exact_sums_of(Score(tuple(scores)), self.instrument)
        return tuple((at, round(exact[at])) for at in sorted(self._at.values()) if exact[at])


def _part(value: Fraction, weight: int, total: int) -> Fraction:
    if not value:
        return _ZERO
    return fraction(weight, total) if value is _ONE else value * weight / total


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
