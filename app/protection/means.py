"""Which mean of a village's families tells too much, beside its counts and beside an earlier mean.

All of it is decided by protected numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import ceil, floor
from operator import itemgetter, mul
from typing import Final

from app.protection.limits import few_width, lowest
from app.protection.plan import IndexPlan, IndicatorPlan, MeanPlan
from app.protection.protected import ProtectedIndex, ProtectedIndicator

_TINY: Final = 1e-9
"""Part of a step or of a point. Limits are computed with floating point."""


def mean_limits(
    counts: tuple[int, ...], indicators: Sequence[ProtectedIndicator], plan: IndexPlan, released: MeanPlan
) -> tuple[int, int]:
    """The least and the greatest mean (in steps) that a village can have. A mean beyond is given as that limit.

    What all families lose is at least what the unfulfilled indicators cost. So the mean leaves room for each of them to
    have the highest of `base` values while all others have their lowest, even if every family has a value.
    counts: the protected ones, of at least six times the base with a value; indicators: protected, too
    """
    scored = plan.scored(counts)
    margin = released.effect / (scored - 2 * plan.base)
    least, most = float(margin), float(plan.index.scale - margin)
    if released.weights:
        families = sum(counts)
        fewest = [lowest(each, of) for each, of in zip(indicators, plan.indicators, strict=True)]
        has, lacks, room = _at_least(fewest, indicators, families, plan, released)
        most = min(most, float(plan.index.scale) - (lacks + room) / families)
        if released.is_linear:
            least = max(least, (has + room) / families)
    step = float(released.step)
    return ceil(least / step - _TINY), floor(most / step + _TINY)


def tells_of_changed(
    now: tuple[int, ProtectedIndex], before: tuple[int, ProtectedIndex], plan: IndexPlan, batch: int
) -> bool:
    """Whether two means of a village together tell too much of the families that came or left between them.

    The means times the families say what came with them. If it is all that so many families can have, or nearly, then
    it says that of each. So it leaves them the room that a mean leaves a village. now, before: families and figures
    """
    # Who knows that the others have no value counts those that have one.
    with_value = [(plan.scored(index.counts), index) for _, index in (now, before)]
    ordered = (sorted(each, key=itemgetter(0)) for each in ((now, before), with_value))
    return any(_tells(few, many, plan, batch) for few, many in ordered)


def _tells(few: tuple[int, ProtectedIndex], many: tuple[int, ProtectedIndex], plan: IndexPlan, batch: int) -> bool:
    """The same of two numbers of families with their figures."""
    released = plan.mean
    fewer, more, families = few[1], many[1], many[0] - few[0]
    # Fewer never change alone, so others came and left with them.
    if released is None or fewer.mean is None or more.mean is None or families < batch:
        return False
    value = float(released.step * (many[0] * more.mean - few[0] * fewer.mean))
    has, lacks, room = 0.0, 0.0, float(released.effect)
    if released.weights and released.is_linear:
        changes = [_change(*each) for each in zip(fewer.indicators, more.indicators, plan.indicators, strict=True)]
        fewest = [
            (max(0, (each.fulfilled or 0) - of.base + 1), max(0, (each.unfulfilled or 0) - of.base + 1))
            for each, of in zip(changes, plan.indicators, strict=True)
        ]
        has, lacks, room = _at_least(fewest, changes, families, plan, released)
    most = families * float(plan.index.scale) - lacks - room
    return not has + room - _TINY <= value <= most + _TINY


def _change(few: ProtectedIndicator, many: ProtectedIndicator, plan: IndicatorPlan) -> ProtectedIndicator:
    """What the protected counts of more families have more. 0 where nearly nobody fulfils it, which says little."""
    missing, not_applicable = many.missing - few.missing, many.not_applicable - few.not_applicable
    if few.fulfilled is None or few.unfulfilled is None or many.fulfilled is None or many.unfulfilled is None:
        return ProtectedIndicator(None, None, missing, not_applicable)
    for each, answered in ((few, few.fulfilled + few.unfulfilled), (many, many.fulfilled + many.unfulfilled)):
        if each.fulfilled in (0, few_width(answered, each.missing, each.not_applicable, plan)):
            return ProtectedIndicator(0, 0, missing, not_applicable)
    return ProtectedIndicator(
        many.fulfilled - few.fulfilled, many.unfulfilled - few.unfulfilled, missing, not_applicable
    )


def _at_least(
    fewest: Sequence[tuple[int, int]],
    indicators: Sequence[ProtectedIndicator],
    families: int,
    plan: IndexPlan,
    released: MeanPlan,
) -> tuple[float, float, float]:
    """What so many families have at least, what they lose at least, and the room that a single count needs beyond.

    fewest: how many fulfil each indicator at least, and how many do not
    """
    has = lacks = room = 0.0
    costs = _costs(indicators, families, plan, released)
    for (fulfilled, unfulfilled), of, cost in zip(fewest, plan.indicators, costs, strict=True):
        of_fulfilled, of_unfulfilled = cost(fulfilled), cost(unfulfilled)
        has, lacks = has + of_fulfilled, lacks + of_unfulfilled
        room = max(room, cost(fulfilled + of.base - 1) - of_fulfilled, cost(unfulfilled + of.base - 1) - of_unfulfilled)
    return has, lacks, room


def _costs(
    indicators: Sequence[ProtectedIndicator], families: int, plan: IndexPlan, released: MeanPlan
) -> Iterator[Callable[[int], float]]:
    """By indicator, what so many families at least lose together that do not fulfil it.

    It is more where fewer families answered another indicator of the group, or any of another group, because the rest
    counts more for the others then.
    """
    answered = _most_answered(indicators, families, plan)
    most = [min(families, sum(answered[at] for at in part)) for part in released.parts]
    for weight, levels in zip(released.weights, released.levels, strict=True):
        steps = [
            (most[part], level, lost)
            for level, (_, beside) in enumerate(levels)
            for part, lost in beside
            if most[part] < families
        ]
        wholes = [whole for whole, _ in levels]
        yield partial(_cost, weight, wholes, sorted(steps)) if steps and weight else partial(mul, weight)


def _most_answered(indicators: Sequence[ProtectedIndicator], families: int, plan: IndexPlan) -> list[int]:
    """By indicator, how many families can have answered it."""
    concerned: dict[str, int] = {}
    for each, of in zip(indicators, plan.indicators, strict=True):
        if each.fulfilled is not None:
            least = max(0, each.not_applicable - of.applies_base + 1)
            concerned[of.applies] = min(families - least, concerned.get(of.applies, families))
    found = []
    for each, of in zip(indicators, plan.indicators, strict=True):
        most = concerned.get(of.applies, families)
        if each.fulfilled is None:
            found.append(min(most, of.fewest + of.most_below))
        else:
            found.append(max(0, most - max(0, each.missing - of.base + 1)))
    return found


def _cost(weight: float, wholes: Sequence[float], steps: Sequence[tuple[int, int, float]], families: int) -> float:
    """steps: how many families something beside is of, on which level, and its weight, the fewest first

    wholes: by level, the weight of all. It costs least if the families that have most beside are the first ones.
    """
    total, before, factor, left = 0.0, 0, 1.0, list(wholes)
    for most, level, lost in steps:
        if most >= families:
            break
        total += weight * factor * (most - before)
        factor *= left[level] / (left[level] - lost)
        left[level] -= lost
        before = most
    return total + weight * factor * (families - before)
