"""Decides what a reader gets who may not read sensitive outcomes, so that nothing comes back by subtraction.

Everything that such a reader gets of a family is computed from the visible outcomes alone. Two families that differ
only in sensitive outcomes look the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Final

from app.scoring.compiled_score import CompiledIndex, tables_of
from app.scoring.instrument import Complete, Index, Instrument
from app.scoring.region import Estimate, IndexFigures
from app.scoring.score import (
    FULFILLED,
    MISSING,
    NOT_APPLICABLE,
    UNFULFILLED,
    VALUED,
    Basis,
    GroupScore,
    IndexScore,
    State,
)
from app.scoring.versions import FEW_FAMILIES as FEW_FAMILIES
from app.scoring.versions import Sensitive, Taken

WITHHELD: Final = "W"
"""The letter of a withheld outcome. It is never stored."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A value with every withheld outcome unfulfilled, and with every withheld outcome fulfilled, the lower one first.

    A valued indicator has its least or its most points then. Both are None where the method has no such bounds.
    """

    lowest: Fraction | None
    highest: Fraction | None


@dataclass(frozen=True, slots=True)
class ProtectedIndex:
    """One family's result in an index without its sensitive outcomes.

    state, category, poor: None unless they are the same, whatever the withheld outcomes are
    points: of the visible valued indicators
    """

    outcomes: str
    points: tuple[Fraction | None, ...]
    values: tuple[Fraction | None, ...]
    groups: tuple[GroupScore | Bounds, ...]
    bounds: Bounds
    state: State | None
    category: int | None
    poor: bool | None


def protect(bases: Sequence[Basis], instrument: Instrument) -> tuple[ProtectedIndex | IndexScore, ...] | None:
    """For each index the score that follows from the visible outcomes alone.

    It is the whole score of an index without anything sensitive. None if the instrument has nothing sensitive.
    """
    if not any(index.sensitive or index.reveals for index in instrument.indices):
        return None
    return tuple(
        _protected(basis, each) if each.index.sensitive or each.index.reveals else each.score(basis)
        for basis, each in zip(bases, tables_of(instrument).indices, strict=True)
    )


def _protected(basis: Basis, tables: CompiledIndex) -> ProtectedIndex:
    index = tables.index
    # What does not apply leaves the denominator as what is missing does, but `complete` tells the two apart.
    cases = [tables.score(_with(letter, basis, index)) for letter in (UNFULFILLED, FULFILLED, MISSING, NOT_APPLICABLE)]
    low, high, none = cases[:3]
    touched = touched_groups(index, index.sensitive)
    told = is_told(index, touched)
    same = told and len({(each.state, each.category, each.poor) for each in cases}) == 1
    visible = [position not in index.sensitive for position in range(len(index.indicators))]
    return ProtectedIndex(
        "".join(letter if seen else WITHHELD for letter, seen in zip(basis.outcomes, visible, strict=True)),
        tuple(each if seen else None for each, seen in zip(basis.points, visible, strict=True)),
        tuple(each if seen else None for each, seen in zip(none.values, visible, strict=True)),
        tuple(
            _bounds(lowest.value, highest.value) if position in touched else lowest
            for position, (lowest, highest) in enumerate(zip(low.groups, high.groups, strict=True))
        ),
        _bounds(_value(low, index), _value(high, index)) if has_bounds(index) else Bounds(None, None),
        low.state if same else None,
        low.category if same else None,
        low.poor if same else None,
    )


def has_bounds(index: Index) -> bool:
    """Whether the value rises, or falls, with every outcome, and nothing else that is sensitive decides it."""
    return index.method not in ("stages", "rule") and not index.reveals


def is_told(index: Index, touched: frozenset[int]) -> bool:
    """Whether four cases of all withheld outcomes stand for every mixture of them.

    They do where a group with withheld outcomes loses its value only when none of its outcomes is left.
    """
    return has_bounds(index) and all(_needs_one(index.groups[position].complete) for position in touched)


def _needs_one(complete: Complete) -> bool:
    return replace(complete, minimum_answered=complete.minimum_answered or 1) == Complete(minimum_answered=1)


def _bounds(one: Fraction | None, other: Fraction | None) -> Bounds:
    return Bounds(other, one) if one is not None and other is not None and other < one else Bounds(one, other)


def _value(score: IndexScore, index: Index) -> Fraction | None:
    """The value as it is shown of a geometric mean, whose exact value is irrational, and exactly of all others."""
    return score.shown if index.method == "geometric-mean" else score.value


def _with(letter: str, basis: Basis, index: Index) -> Basis:
    """The basis with this outcome in place of all sensitive ones."""
    letters, points = list(basis.outcomes), list(basis.points)
    for position in index.sensitive:
        form = index.indicators[position].points
        letters[position], points[position] = letter, None
        if form is not None and letter in (UNFULFILLED, FULFILLED):
            letters[position] = VALUED
            points[position] = form.least if letter == UNFULFILLED else form.most
    return basis._replace(outcomes="".join(letters), points=tuple(points))


def touched_groups(index: Index, indicators: frozenset[int]) -> frozenset[int]:
    """Positions of the groups that hold or require any of the indicators, and of all groups above them."""
    direct = {index.indicators[each].group for each in indicators}
    direct |= {at for at, each in enumerate(index.groups) if indicators & set(each.complete.required)}
    return frozenset(position for each in direct for position in _above(index, each))


def _above(index: Index, group: int | None) -> Iterator[int]:
    while group is not None:
        yield group
        group = index.groups[group].parent


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a reader does not get of an index in a region and year. Groups and indicators are positions."""

    mean: bool
    """The mean of the families' indexes, and all else that is made of their indexes: families by state and by category,
    the share of categories, and the poor."""
    of_indicators: bool
    groups: frozenset[int]
    indicators: frozenset[int]
    weak: bool
    """The list of weak indicators as a whole. Otherwise it only lacks the hidden ones."""

    @property
    def any(self) -> bool:
        return bool(self.mean or self.of_indicators or self.groups or self.indicators or self.weak)


_NOTHING: Final = Hidden(False, False, frozenset(), frozenset(), False)


@dataclass(frozen=True, slots=True)
class FiguresOfIndex:
    """The figures of one index, with what is hidden of them."""

    index: Index
    figures: IndexFigures
    hidden: Hidden
    families: int
    """All families of the region and year."""
    knows_states: bool
    """Whether the sums tell why families have no value. Those of format 1 do not."""

    @property
    def headline_hidden(self) -> bool:
        return self.hidden.of_indicators if self.index.region.headline == "of_indicators" else self.hidden.mean


@dataclass(frozen=True)
class Figures:
    """The aggregate of a region and year, with the versions that it counts and what is hidden from its reader."""

    taken: Taken
    estimate: Estimate
    hidden: tuple[Hidden, ...]

    @property
    def instrument(self) -> Instrument:
        return self.taken.instrument

    @cached_property
    def indices(self) -> tuple[FiguresOfIndex, ...]:
        knows_states = all(each.version.instrument.format > 1 for each in self.taken.versions)
        return tuple(
            FiguresOfIndex(index, figures, hidden, self.estimate.families, knows_states)
            for index, figures, hidden in zip(self.instrument.indices, self.estimate.indices, self.hidden, strict=True)
        )

    @property
    def main(self) -> FiguresOfIndex:
        return self.indices[0]


def disclose(estimate: Estimate, taken: Taken, *, sensitive: bool) -> Figures:
    """What a reader of exact figures gets. `sensitive`: whether they hold `submissions:sensitive` in the region.

    They read all other answers of each family. So only what tells of sensitive outcomes is hidden from them. All
    versions that can be added up hide the same, because their sum less one version gives the other. A mean mixes
    sensitive outcomes with others, so it is hidden for few families, and where the other basis less this one tells of
    few families.
    """
    hidden = (_NOTHING,) * len(taken.instrument.indices)
    if not sensitive and estimate.families:
        few = min(estimate.families, taken.smallest) < max(FEW_FAMILIES, taken.wanted)
        hidden = _hide_sensitive(taken.instrument, taken.sensitive, few)
    return Figures(taken, estimate, hidden)


@lru_cache(maxsize=256)
def _hide_sensitive(instrument: Instrument, sensitive: tuple[Sensitive, ...], few: bool) -> tuple[Hidden, ...]:
    alone = not few and sum(bool(each.indicators) for each in sensitive) == 1
    pairs = zip(instrument.indices, sensitive, strict=True)
    return tuple(_hide_in(index, marked, alone=alone) for index, marked in pairs)


def _everything(index: Index) -> Hidden:
    groups, indicators = range(len(index.groups)), range(len(index.indicators))
    return Hidden(True, True, frozenset(groups), frozenset(indicators), True)


def _hide_in(index: Index, marked: Sensitive, *, alone: bool) -> Hidden:
    """What is hidden of an index.

    A group with a sensitive indicator is hidden as a whole, because its mean less the visible shares would tell the
    hidden one. So are the groups above it. The mean of the indexes mixes what is hidden. It is hidden if that is only
    one part, or if it is a stage or a rule, where one outcome decides. Two indices that mix the same parts would tell
    them, so a mean is shown only where its index is the only one with something to hide (`alone`).
    If the index applies to a family or not by a sensitive answer, the number of its families tells that answer.
    """
    if marked.reveals:
        return _everything(index)
    if not marked.indicators:
        return _NOTHING
    parts = {index.indicators[position].group for position in marked.indicators}
    mixed = alone and len(parts) > 1 and index.method not in ("stages", "rule")
    return Hidden(not mixed, True, touched_groups(index, marked.indicators), marked.indicators, False)
