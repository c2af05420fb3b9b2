"""Step 1: rounds the counts of a village once. Every other number is computed from the result.

The number of answered families is known as n − N* − M* only. Whatever is decided here by a count that is no secret to
outsiders is decided by that number, so that a decision does not tell how many did not answer.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import chain, count
from math import ceil, floor
from operator import mul
from typing import Final

from app.protection.exact import ExactIndex, ExactIndicator, ExactVillage
from app.protection.parameters import Parameters
from app.protection.plan import IndexPlan, IndicatorPlan, MeanPlan, Plan
from app.protection.protected import STEP_TOKEN, Protected, ProtectedIndex, ProtectedIndicator
from app.protection.rounding import FINE, cap, is_up, split, up_down
from app.protection.secrets import Secrets
from app.scoring.sums import SCALED, UNITS

_TINY: Final = 1e-9
"""Part of a step. Limits are computed with floating point."""


def protect(
    exact: ExactVillage,
    plan: Plan,
    *,
    year: int,
    secrets: Secrets,
    parameters: Parameters,
    left_out: frozenset[str] = frozenset(),
) -> Protected | None:
    """The protected counts of a village. None if it has too few families.

    left_out: digests of rules that nothing is told of here, because another instrument tells it of nearly the same
    families
    """
    if exact.families < parameters.families:
        return None
    rounding = _Rounding(exact.place, str(year), exact.families, secrets, left_out)
    indices = (rounding.index(each, of) for each, of in zip(exact.indices, plan.indices, strict=True))
    return Protected(exact.place, exact.families, tuple(indices), token=STEP_TOKEN)


class _Rounding:
    """The rounding of one village."""

    def __init__(
        self, place: str, year: str, families: int, secrets: Secrets, left_out: frozenset[str] = frozenset()
    ) -> None:
        self._where, self._families, self._secrets = (place, year), families, secrets
        self._left_out = left_out
        self._offsets = dict[tuple[str, int], int]()

    def index(self, exact: ExactIndex, plan: IndexPlan) -> ProtectedIndex:
        chain = self._offset(plan.base * FINE, plan.secret, "counts")
        counts = split(exact.counts, chain, plan.base)
        poor = None
        if exact.poor is not None:
            # With the offset of the other counts, of which these are sums where a category ends at the cut-off.
            rest = self._families - exact.scored
            not_poor, are_poor, _ = split((exact.scored - exact.poor, exact.poor, rest), chain, plan.base)
            poor = (not_poor, are_poor)
        indicators = tuple(
            [self._indicator(each, of, chain, plan) for each, of in zip(exact.indicators, plan.indicators, strict=True)]
        )
        # Counts that another instrument tells instead are not here, so a mean could not be kept off them.
        told_elsewhere = any(each.rule in self._left_out for each in plan.indicators)
        mean = None
        if plan.mean is not None and not told_elsewhere:
            mean = _mean(exact, counts, indicators, plan, plan.mean)
        return ProtectedIndex(indicators, counts, poor, mean)

    def _indicator(self, exact: ExactIndicator, plan: IndicatorPlan, chain: int, of: IndexPlan) -> ProtectedIndicator:
        if plan.rule in self._left_out:
            return ProtectedIndicator(None, None, 0, 0)
        base = plan.base
        not_applicable = self._not_applicable(exact.not_applicable, plan, chain, of)
        missing = up_down(exact.missing, self._offset(base, plan.rule, "M"), base)
        answered = self._families - not_applicable - missing
        if answered < plan.fewest:
            return ProtectedIndicator(None, None, base if missing else 0, 0)
        truly = self._families - exact.missing - exact.not_applicable
        # Where nearly nobody fulfils, the other side is rounded.
        top = min(cap(truly, base), highest(answered, missing, plan))
        if exact.unfulfilled <= top:
            unfulfilled = self._up_down(exact.unfulfilled, plan)
            return ProtectedIndicator(answered - unfulfilled, unfulfilled, missing, not_applicable)
        width = few_width(answered, missing, not_applicable, plan)
        up = is_up(exact.fulfilled, width, self._offset(base * FINE, plan.rule, "F"), base)
        fulfilled = width if up else 0
        return ProtectedIndicator(fulfilled, answered - fulfilled, missing, not_applicable)

    def _not_applicable(self, count: int, plan: IndicatorPlan, chain: int, of: IndexPlan) -> int:
        if plan.everywhere:
            return 0
        if plan.by_index:
            # The families without this index are also among its counts. Rounded twice, they would be known better.
            return split((self._families - count, count), chain, of.base)[1]
        return up_down(count, self._shared(plan), plan.applies_base)

    def _shared(self, plan: IndicatorPlan) -> int:
        """The offset of the families to which an indicator does not apply, the same for all that apply alike."""
        key = (plan.applies, plan.applies_base)
        if key not in self._offsets:
            self._offsets[key] = self._offset(plan.applies_base, plan.applies, "N")
        return self._offsets[key]

    def _up_down(self, count: int | Fraction, plan: IndicatorPlan) -> int:
        if not plan.valued:
            return up_down(count, self._offset(plan.base, plan.rule, "U"), plan.base)
        return up_down(count, Fraction(self._offset(plan.base * UNITS, plan.rule, "U"), UNITS), plan.base)

    def _offset(self, base: int, rule: str, count: str) -> int:
        return self._secrets.offset(base, *self._where, rule, count)


def highest(answered: int, missing: int, plan: IndicatorPlan) -> int:
    """The highest protected number of unfulfilled families of a village. All arguments are protected.

    Where it is hangs on the protected answered families. It must not narrow the missing ones to fewer than base values.
    """
    return cap(answered - (0 if missing else plan.base - 1), plan.base)


def few_width(answered: int, missing: int, not_applicable: int, plan: IndicatorPlan) -> int:
    """Where nearly nobody fulfils, their number is rounded to 0 or to this. All arguments are protected.

    It is the most that they can be, whatever the true numbers are.
    """
    more = (plan.base - 1 if missing else 0) + (plan.applies_base - 1 if not_applicable else 0)
    return answered + more - highest(answered, missing, plan) - 1 + plan.valued


def _mean(
    exact: ExactIndex,
    counts: tuple[int, ...],
    indicators: Sequence[ProtectedIndicator],
    plan: IndexPlan,
    released: MeanPlan,
) -> int | None:
    """The mean of the families' values in steps. None if too few have one, or if any mean would tell too much.

    Near either end of what the counts leave possible, it stays so far from the end that single families cannot be seen.
    """
    index = plan.index
    scored = sum(counts[: len(index.categories) + 1])
    if scored < 6 * plan.base or not exact.scored:
        return None
    scale = Fraction(index.scale, 100) if index.method in SCALED else 1
    value = Fraction(exact.value_total, UNITS * exact.scored) * scale / released.step
    steps = (2 * value.numerator + value.denominator) // (2 * value.denominator)
    least, most = mean_limits(counts, indicators, plan, released)
    return max(min(steps, most), least) if least <= most else None


def mean_limits(
    counts: tuple[int, ...], indicators: Sequence[ProtectedIndicator], plan: IndexPlan, released: MeanPlan
) -> tuple[int, int]:
    """The least and the greatest mean (in steps) that a village can have. A mean beyond is given as that limit.

    What all families lose is at least what the unfulfilled indicators cost. So the mean leaves room for each of them to
    have the highest of `base` values while all others have their lowest, even if every family has a value.
    counts: the protected ones, of at least six times the base with a value; indicators: protected, too
    """
    scored = sum(counts[: len(plan.index.categories) + 1])
    margin = released.effect / (scored - 2 * plan.base)
    least, most = float(margin), float(plan.index.scale - margin)
    if released.weights:
        families = sum(counts)
        has = lacks = room = 0.0
        parts = zip(indicators, plan.indicators, _costs(indicators, families, plan, released), strict=True)
        for each, of, cost in parts:
            fulfilled, unfulfilled = lowest(each, of)
            of_fulfilled, of_unfulfilled = cost(fulfilled), cost(unfulfilled)
            has, lacks = has + of_fulfilled, lacks + of_unfulfilled
            room = max(
                room, cost(fulfilled + of.base - 1) - of_fulfilled, cost(unfulfilled + of.base - 1) - of_unfulfilled
            )
        most = min(most, float(plan.index.scale) - (lacks + room) / families)
        if released.is_linear:
            least = max(least, (has + room) / families)
    step = float(released.step)
    return ceil(least / step - _TINY), floor(most / step + _TINY)


def _costs(
    indicators: Sequence[ProtectedIndicator], families: int, plan: IndexPlan, released: MeanPlan
) -> Iterator[Callable[[int], float]]:
    """By indicator, what so many families at least lose together that do not fulfil it.

    It is more where other indicators of the group concern fewer families, because the rest counts more then.
    """
    concerns: dict[str, int] = {}
    for each, of in zip(indicators, plan.indicators, strict=True):
        # Too few answered it. Nobody knows from this whether it concerns others.
        most = of.fewest + of.most_below
        if each.fulfilled is not None:
            most = families - max(0, each.not_applicable - of.applies_base + 1)
        concerns[of.applies] = min(most, concerns.get(of.applies, families))
    concerned = [concerns[of.applies] for of in plan.indicators]
    for weight, siblings in zip(released.weights, released.siblings, strict=True):
        others = [(concerned[other], released.weights[other]) for other in siblings if concerned[other] < families]
        whole = sum(released.weights[other] for other in siblings) + weight
        yield partial(_cost, weight, whole, sorted(others)) if others else partial(mul, weight)


def _cost(weight: float, whole: float, others: Sequence[tuple[int, float]], families: int) -> float:
    """others: how many families another indicator of the group concerns, and its weight, the fewest first

    whole: the weight of all indicators of the group
    """
    total, before, left = 0.0, 0, whole
    for most, other in others:
        if most >= families:
            break
        total += weight * whole / left * (most - before)
        left, before = left - other, most
    return total + weight * whole / left * (families - before)


def lowest(of: ProtectedIndicator, plan: IndicatorPlan) -> tuple[int, int]:
    """The fewest families that fulfil an indicator and that do not, as far as its protected counts tell."""
    if of.fulfilled is None or of.unfulfilled is None:
        return 0, 0
    answered = of.fulfilled + of.unfulfilled
    width = few_width(answered, of.missing, of.not_applicable, plan)
    if of.fulfilled in (0, width):
        return min(of.fulfilled, 1), max(0, answered - max(width, plan.base - 1))
    return max(0, of.fulfilled - plan.base + 1), max(0, of.unfulfilled - plan.base + 1)


@dataclass(frozen=True, slots=True)
class Joint:
    """Several villages that have figures only together.

    `exact.place` is the area that they lie in, with a number behind it if others of the area were joined before.
    """

    members: tuple[str, ...]
    exact: ExactVillage


def join_small(small: Iterable[ExactVillage], parameters: Parameters, taken: Collection[str] = ()) -> tuple[Joint, ...]:
    """Joins villages with too few families within their district, and what is left within its regency.

    Villages whose regency has too few such families in all are in none. taken: the places of those joined before
    """
    left, found = sorted(small, key=lambda each: each.place), list[Joint]()
    for digits in (6, 4):
        areas: dict[str, list[ExactVillage]] = {}
        for each in left:
            areas.setdefault(each.place[:digits], []).append(each)
        left = []
        for area, villages in areas.items():
            # Each has secrets of its own, because they hang on the place.
            joined = add_villages(_free(area, taken), villages)
            if joined.families < parameters.families:
                left += villages
            else:
                found.append(Joint(tuple(each.place for each in villages), joined))
    return tuple(found)


def _free(area: str, taken: Collection[str]) -> str:
    """The first place in an area for villages together that is not taken."""
    places = chain([area], (f"{area}#{number}" for number in count(2)))
    return next(each for each in places if each not in taken)


def add_villages(place: str, villages: Sequence[ExactVillage]) -> ExactVillage:
    """The exact counts of villages together. There has to be one at least."""
    indices = tuple(_join_indices(each) for each in zip(*(village.indices for village in villages), strict=True))
    return ExactVillage(place, sum(each.families for each in villages), indices)


def _join_indices(parts: tuple[ExactIndex, ...]) -> ExactIndex:
    indicators = tuple(
        ExactIndicator(
            sum(each.fulfilled for each in of),
            sum(each.unfulfilled for each in of),
            sum(each.missing for each in of),
            sum(each.not_applicable for each in of),
        )
        for of in zip(*(each.indicators for each in parts), strict=True)
    )
    counts = tuple(map(sum, zip(*(each.counts for each in parts), strict=True)))
    poor = None if parts[0].poor is None else sum(each.poor or 0 for each in parts)
    return ExactIndex(
        indicators, counts, poor, sum(each.value_total for each in parts), sum(each.scored for each in parts)
    )
