"""The score of an index from its basis, by tables that are filled once. Equal to `score.py`, which fills them.

What is remembered is the result of one top group by the outcomes in it, never that of a whole interview. An index whose
method is not a weighted mean of its top groups is computed plainly each time.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import chain, repeat
from math import lcm
from operator import attrgetter, getitem
from typing import Final

from app.scoring.compiled_groups import top_groups
from app.scoring.compiled_nodes import Node, Share
from app.scoring.family_sums import sums_of
from app.scoring.instrument import Index, Instrument
from app.scoring.packing import pack
from app.scoring.rounding import rounded
from app.scoring.score import Basis, GroupScore, IndexScore, Score, State, score_bases, score_basis
from app.scoring.sums import UNITS, sums

_SHARES, _TOTAL, _RESTS = attrgetter("shares"), attrgetter("total"), attrgetter("rests")
_INDICATOR_DIGITS, _GROUP_DIGITS = attrgetter("indicator_digits"), attrgetter("group_digits")


class FastScore:
    """The score of an index, with whole numbers only. Without a value, the denominator is 0 and others are not set.

    shown: the value in its last decimal, rounded half up
    weights: of the nodes that have a value
    """

    __slots__ = ("basis", "category", "compiled", "denominator", "nodes", "numerator", "shown", "state", "weights")
    numerator: int
    shown: int
    weights: int

    def __init__(self, compiled: "CompiledIndex", basis: Basis, nodes: list[Node], state: State = "scored") -> None:
        self.compiled, self.basis, self.nodes, self.state = compiled, basis, nodes, state
        self.denominator = 0
        self.category: int | None = None

    @property
    def value(self) -> Fraction | None:
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    @property
    def units(self) -> int | None:
        """The value as it enters the sums."""
        unit = self.compiled.unit
        return _half_even(self.numerator * unit[0], self.denominator * unit[1]) if self.denominator else None

    def add_sums(self, values: list[int]) -> None:
        """Adds what the family adds to the sums of its village, in the order of `sums`."""
        at = self.compiled.at
        if (state := at.get((self.state,))) is not None:
            values[state] = 1
        if self.basis.applies is not True:
            return
        if (units := self.units) is not None:
            values[at["value",]] = units
            if self.category is not None:
                values[at["category", self.category]] = 1
        for node in self.nodes:
            for position, number in node.sums:
                values[position] = number

    def shares(self) -> list[Share]:
        """What each node contributes to a value, rounded down."""
        divisor = self.weights * self.compiled.step[1]
        try:
            return list(map(getitem, map(_SHARES, self.nodes), repeat(divisor)))
        except KeyError:
            pairs = zip(self.nodes, self.compiled.factors, strict=True)
            return [node.shares.get(divisor) or node.share(divisor, factor) for node, factor in pairs]

    def raised(self, shares: Sequence[Share]) -> list[int]:
        """How many contributions of each node are rounded up, so that all add up to `shown`.

        This is the largest remainder method. Equal remainders are raised in the order of indicators, which must be
        that of the nodes (`in_order`).
        """
        left, found = self.shown - sum(map(_TOTAL, shares)), [0] * len(shares)
        if left:
            for _, _, place, number in sorted(chain.from_iterable(map(_RESTS, shares))):
                if number >= left:
                    found[place] += left
                    break
                found[place] += number
                left -= number
        return found

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


Total = tuple[int, int, int, int, int]
"""What nodes add up to: indicators answered and missing, numerator and denominator of the weighted sum, weights."""
NO_NODES: Final[Total] = (0, 0, 0, 1, 0)


def add_nodes(total: Total, nodes: Sequence[Node], weights: Sequence[int]) -> Total:
    """The total with these nodes."""
    answered, missing, numerator, denominator, weighed = total
    for node, weight in zip(nodes, weights, strict=True):
        answered += node.answered
        missing += node.missing
        if node.denominator:
            numerator = numerator * node.denominator + node.numerator * weight * denominator
            denominator *= node.denominator
            weighed += weight
    return answered, missing, numerator, denominator, weighed


Result = tuple[State, int, int, int, int, int | None]
"""State, numerator, denominator, weights, `shown` and category of an index. The denominator is 0 without a value."""
_INCOMPLETE: Final[Result] = ("incomplete", 0, 0, 0, 0, None)
_UNDEFINED: Final[Result] = ("undefined", 0, 0, 0, 0, None)


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
        self.tops = top_groups(instrument, position) if self.fast else []
        scale = lcm(*(top.weight.denominator for top in self.tops)) if self.tops else 1
        self.by_letters = all(top.by_letters for top in self.tops)
        self._known, self._spans = [top.known for top in self.tops], [top.span for top in self.tops]
        self.weights = [int(top.weight * scale) for top in self.tops]
        self.steps: int = 10**index.decimals
        self.step = (index.scale.numerator * self.steps, index.scale.denominator)
        self.factors = [weight * self.step[0] for weight in self.weights]
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
        self.in_order = (
            self.fast
            and [at for top in self.tops for at in top.indicators] == list(range(len(index.indicators)))
            and [at for top in self.tops for at in top.groups] == list(range(len(index.groups)))
        )
        """Whether the groups stand in their order, and the indicators too."""
        self.unit = (100 * UNITS * index.scale.denominator, index.scale.numerator)
        self.at = {each.key[1:]: at for at, each in enumerate(sums(instrument)) if each.key[0] == position}

    def score(self, basis: Basis) -> IndexScore:
        """What `score_basis` gives, sooner."""
        return self.scored(basis).whole() if self.fast else score_basis(basis, self.index)

    def scored(self, basis: Basis) -> "FastScore":
        """The score of an index that is fast."""
        nodes = self.nodes(basis)
        if basis.applies is not True:
            return FastScore(self, basis, nodes, "incomplete" if basis.applies is None else "not_applicable")
        found = FastScore(self, basis, nodes)
        result = self.result(add_nodes(NO_NODES, nodes, self.weights))
        found.state, found.numerator, found.denominator, found.weights, found.shown, found.category = result
        return found

    def result(self, total: Total) -> Result:
        """The result of nodes that were added up."""
        answered, missing, numerator, denominator, weights = total
        if not weights or answered < self._least or missing > self._most:
            return _INCOMPLETE if missing else _UNDEFINED
        numerator *= self._scale[0]
        denominator *= weights * self._scale[1]
        shown = (numerator * self.steps * 2 + denominator) // (2 * denominator)
        return "scored", numerator, denominator, weights, shown, self._category(numerator, denominator)

    def nodes(self, basis: Basis) -> list[Node]:
        """The results of the top groups."""
        if self.by_letters:
            try:
                return list(map(getitem, self._known, map(basis.outcomes.__getitem__, self._spans)))
            except KeyError:
                pass
        return [top.node(basis) for top in self.tops]

    def _category(self, numerator: int, denominator: int) -> int | None:
        for position, bound, bound_denominator, included in self._bounds:
            left, right = numerator * bound_denominator, bound * denominator
            if left < right or (included and left == right):
                return position
        return self._last


class _Ends:
    """The packed digits of the sums of an index that are not of its groups and indicators."""

    def __init__(self, compiled: CompiledIndex) -> None:
        digits = {each.key[1:]: each.digits for each in sums(compiled.instrument)}
        self._compiled = compiled
        self._value = digits["value",]
        self._count = digits["scored",]
        count = len(compiled.index.categories)
        one, zero = f"{1:0{self._count}d}", "0" * self._count
        self._categories = [zero * (count - 1 - at) + one + zero * at for at in range(count)]
        self._none = zero * count
        self._ones = one + one
        self._without = self._none + "0" * (self._value + self._count) + one
        self._states = {"incomplete": zero + one, "not_applicable": one + zero} if ("incomplete",) in digits else {}
        self._other = zero + zero if self._states else ""

    def above(self, score: FastScore) -> str:
        """Of the sums behind those of the indicators."""
        return self._states.get(score.state, self._other)

    def below(self, score: FastScore) -> str:
        """Of the sums before those of the groups."""
        value = score.units
        if value is None:
            return self._without
        category = self._none if score.category is None else self._categories[score.category]
        return f"{category}{str(value).zfill(self._value)}{self._ones}"


def _can_join(indices: Sequence[CompiledIndex]) -> bool:
    """Whether the sums of the groups stand together in their order, and then those of the indicators, and no others."""
    first = indices[0]
    return len(indices) == 1 and first.in_order and all(each.points is None for each in first.index.indicators)


@lru_cache(maxsize=256)
def tables_of(instrument: Instrument) -> "CompiledScore":
    """The tables of an instrument, which are made once."""
    return CompiledScore(instrument)


class CompiledScore:
    """All indices of an instrument with their tables."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.indices = tuple(CompiledIndex(each, at, instrument) for at, each in enumerate(instrument.indices))
        self.fast = all(each.fast for each in self.indices)
        self._length = len(sums(instrument))
        self._ends = _Ends(self.indices[0]) if _can_join(self.indices) else None

    def scored(self, bases: Sequence[Basis]) -> list[FastScore]:
        """The scores of a family, if all indices are fast."""
        return [index.scored(basis) for index, basis in zip(self.indices, bases, strict=True)]

    def score(self, bases: Sequence[Basis]) -> Score:
        """What `score_bases` gives, sooner."""
        return Score(tuple(index.score(basis) for index, basis in zip(self.indices, bases, strict=True)))

    def packed(self, scores: Sequence[FastScore]) -> str:
        """What `pack` gives of the sums of a family whose indices are all fast, sooner."""
        if self._ends is None or scores[0].basis.applies is not True:
            return pack(self._sums(scores), self.instrument)
        (score,) = scores
        nodes = score.nodes[::-1]
        digits = [*map(_INDICATOR_DIGITS, nodes), *map(_GROUP_DIGITS, nodes)]
        return f"{self._ends.above(score)}{''.join(digits)}{self._ends.below(score)}"

    def pack(self, score: Score) -> str:
        """The packed sums of one family."""
        if self.fast:
            return self.packed(self.scored(score.bases))
        return pack(sums_of(score, self.instrument), self.instrument)

    def sums_of(self, bases: Sequence[Basis]) -> list[int]:
        """What `sums_of` gives, sooner."""
        if not self.fast:
            return sums_of(score_bases(bases, self.instrument), self.instrument)
        return self._sums(self.scored(bases))

    def _sums(self, scores: Sequence[FastScore]) -> list[int]:
        values = [0] * self._length
        values[0] = 1
        for each in scores:
            each.add_sums(values)
        return values
