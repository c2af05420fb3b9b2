"""What each village adds to the error of a figure, to the first order (Taylor), from protected values.

Every figure here is a ratio of totals, or is computed from several of them. Its score in a village says by how much the
figure moves with what that village counted. Standard errors are variances of scores (`uncertainty.py`).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import fsum
from typing import Final

from app.protection.rows import Bases, VillageCounts, VillageMean, VillageShare

_CHANGE: Final = Fraction(1, 1000)
"""So small a change of a share that a figure which bends moves as its tangent does."""


@dataclass(frozen=True)
class Component:
    """An indicator within a figure that is computed from shares.

    gradient: by how much the figure moves with this share
    condition: names which families the indicator applies to. Indicators with the same one have their families to which
        they do not apply rounded together, so this error is shared
    """

    gradient: Fraction | float
    villages: Sequence[VillageShare]
    bases: Bases
    condition: str | None = None

    @cached_property
    def ratio(self) -> "Ratio | None":
        """The share itself. None if no family answered."""
        return _ratio(self.villages, self.bases)

    def within(self, gradient: Fraction | float) -> "Component":
        """The same indicator in another figure. The share is not computed again."""
        found = replace(self, gradient=gradient)
        found.__dict__["ratio"] = self.ratio
        return found


@dataclass(frozen=True, slots=True)
class Linearised:
    """By village: stratum, score, and the variance that the rounding alone gives to the score.

    estimate: None if no family answered
    entered: how many villages the estimate rests on
    within: the most by which the rounding can move the estimate
    step: half of what one family is in the estimate, where that is what the rounded number counts
    """

    estimate: float | None
    strata: tuple[str, ...]
    scores: tuple[float, ...]
    rounding: tuple[float, ...]
    entered: int
    within: float
    step: float = 0.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share with its denominator. within: the most that its two numbers, each within its own bound, can move it"""

    share: float
    base: float
    within: float


def linearise_share(component: Component) -> Linearised:
    """The share of the fulfilled among the answered families, from 0 to 1."""
    ratio = component.ratio
    if ratio is None:
        return _nothing(component.villages)
    of = linearise_shares(ratio.share, [component if component.gradient == 1 else component.within(1)])
    return Linearised(
        ratio.share, of.strata, of.scores, of.rounding, of.entered, ratio.within, _half(component.villages, ratio.base)
    )


def linearise_shares(estimate: Fraction | float | None, components: Sequence[Component]) -> Linearised:
    """A figure that is computed from shares, as an index is. ValueError if the villages of the components differ.

    Each component lists the same villages in the same order, with 0 of 0 where its indicator did not enter.
    """
    used = [(each, each.ratio) for each in components if each.ratio is not None]
    first = components[0].villages if components else ()
    if estimate is None or not used:
        return _nothing(first)
    by_village = [_Village() for _ in first]
    for component, ratio in used:
        gradient = float(component.gradient) / ratio.base
        for village, row in zip(by_village, component.villages, strict=True):
            if row.answered:
                village.add(row, component, share=ratio.share, gradient=gradient * float(row.weight))
    return Linearised(
        estimate=float(estimate),
        strata=tuple(each.stratum for each in first),
        scores=tuple(each.score for each in by_village),
        rounding=tuple(each.rounding() for each in by_village),
        entered=sum(each.entered for each in by_village),
        within=fsum(abs(float(each.gradient)) * ratio.within for each, ratio in used),
    )


def gradients_of(
    figure: Callable[[Sequence[Fraction | None]], Fraction], shares: Sequence[Fraction | None]
) -> list[Fraction]:
    """By how much a figure moves with each share, 0 for shares that there are none of. Exact where it is linear."""
    found = []
    for at, share in enumerate(shares):
        if share is None:
            found.append(Fraction())
            continue
        low, high = max(Fraction(), share - _CHANGE), min(Fraction(1), share + _CHANGE)
        below, above = ([*shares[:at], moved, *shares[at + 1 :]] for moved in (low, high))
        found.append((figure(above) - figure(below)) / (high - low))
    return found


class _Village:
    """The score of one village, and the variance of its rounding."""

    __slots__ = ("_conditions", "_own", "entered", "score")

    def __init__(self) -> None:
        self.score, self._own, self.entered = 0.0, 0.0, False
        self._conditions: dict[str, tuple[float, float]] = {}

    def add(self, row: VillageShare, component: Component, *, share: float, gradient: float) -> None:
        """Adds a share. Of its three rounded numbers, that of the missing families is rounded for it alone, as is the
        side. The answered families are what the missing and those to which it does not apply leave."""
        self.entered = True
        self.score += gradient * (row.fulfilled - share * row.answered)
        bases = component.bases
        # The side that is rounded keeps its number if the answered families change. The other side takes the change.
        moved = gradient * (share if row.is_few else share - 1)
        self._own += gradient**2 * bases.side(row) + moved**2 * bases.missing()
        if component.condition is None:
            self._own += moved**2 * bases.not_applicable()
        else:
            before = self._conditions.get(component.condition, (0.0, 0.0))[0]
            self._conditions[component.condition] = (before + moved, bases.not_applicable())

    def rounding(self) -> float:
        return self._own + sum(moved**2 * variance for moved, variance in self._conditions.values())


def linearise_mean(villages: Sequence[VillageMean], step: Fraction) -> Linearised:
    """The mean of the villages' means, each rounded to the nearest step, by their families."""
    base = sum(each.weight * each.families for each in villages)
    if not base:
        return _nothing(villages)
    mean = sum((each.weight * each.families * each.mean for each in villages), Fraction()) / base
    shares = [float(each.weight * each.families / base) for each in villages]
    return Linearised(
        estimate=float(mean),
        strata=tuple(each.stratum for each in villages),
        scores=tuple(share * float(each.mean - mean) for share, each in zip(shares, villages, strict=True)),
        rounding=tuple(share**2 * float(step) ** 2 / 12 for share in shares),
        entered=sum(each.families > 0 for each in villages),
        within=float(step) / 2,
    )


def linearise_counts(
    villages: Sequence[VillageCounts], part: Collection[int], whole: Collection[int], base: int
) -> Linearised:
    """The share that some counts of the villages are of others. part, whole: positions of the counts

    The running totals of the counts of a village are rounded by one offset, each over the width of its own step. So
    half of the variance of each is shared by all, and half is its own.
    """
    inside = sum(float(each.weight) * each.sum_of(whole) for each in villages)
    if not inside:
        return _nothing(villages)
    share = sum(float(each.weight) * each.sum_of(part) for each in villages) / inside
    # A count beside the whole that is 0 everywhere stands between two equal running totals, which have the same error.
    kept = [at for at in range(len(villages[0].counts)) if at in whole or any(each.counts[at] for each in villages)]
    effects = [(at in part) - share * (at in whole) for at in kept]
    moves = [a - b for a, b in pairwise(effects)]
    steps = (fsum(map(abs, moves)) + abs(effects[-1] - effects[0])) / 2
    weights = [float(each.weight) / inside for each in villages]
    return Linearised(
        estimate=share,
        strata=tuple(each.stratum for each in villages),
        scores=tuple(
            weight * (each.sum_of(part) - share * each.sum_of(whole))
            for weight, each in zip(weights, villages, strict=True)
        ),
        rounding=tuple(
            weight**2 * _of_totals(moves, each.spreads(kept, base))
            for weight, each in zip(weights, villages, strict=True)
        ),
        entered=sum(each.sum_of(whole) > 0 for each in villages),
        within=min(1.0, fsum(w * steps * each.most_below(base) for w, each in zip(weights, villages, strict=True))),
        step=_half(villages, inside),
    )


def _of_totals(moves: Sequence[float], spreads: Sequence[float]) -> float:
    """The variance of a figure that moves with running totals which one offset has rounded."""
    parts = [move * spread for move, spread in zip(moves, spreads, strict=True)]
    return (fsum(each**2 for each in parts) + fsum(parts) ** 2) / 12


def _ratio(villages: Sequence[VillageShare], bases: Bases) -> Ratio | None:
    entered = [each for each in villages if each.answered]
    base = fsum(float(each.weight) * each.answered for each in entered)
    if base <= 0:
        return None
    share = min(1.0, max(0.0, fsum(float(each.weight) * each.fulfilled for each in entered) / base))
    side = fsum(float(each.weight) * bases.side_within(each) for each in entered)
    few = bases.answered_within() * fsum(float(each.weight) for each in entered if each.is_few)
    others = bases.answered_within() * fsum(float(each.weight) for each in entered if not each.is_few)
    if base <= few + others:
        return Ratio(share, base, 1.0)
    # More answered families are more fulfilled ones, but not where the fulfilled are the side that was rounded.
    most = min(1.0, (share * base + side + others) / (base + others - few))
    least = max(0.0, (share * base - side - others) / (base - others + few))
    return Ratio(share, base, max(most - share, share - least))


def _half(villages: Sequence[VillageShare] | Sequence[VillageCounts], base: float) -> float:
    return max(float(each.weight) for each in villages) / base / 2


def _nothing(villages: Sequence[VillageShare] | Sequence[VillageMean] | Sequence[VillageCounts]) -> Linearised:
    zeros = (0.0,) * len(villages)
    return Linearised(None, tuple(each.stratum for each in villages), zeros, zeros, 0, 0.0)
