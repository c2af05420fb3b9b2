"""Which rules a village's figures leave out, because another instrument tells them of nearly the same families.

The same rule has the same secret in every instrument. So the same rule of a few other families, rounded alike, would
tell those families.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.protection.plan import IndicatorPlan, Plan
from app.protection.protected import SMALL
from app.scoring.catalogue import Catalogue
from app.scoring.score import NOT_APPLICABLE
from app.services.releases.members import Members, count_least, net_change, read_members
from app.services.releases.versions import OtherVersion

_NOT_APPLICABLE = ord(NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class _Told:
    """An indicator, with the place of its letter in what is kept of a family."""

    plan: IndicatorPlan
    letter: int


def find_left_out(
    members: bytes, plan: Plan, others: Iterable[OtherVersion], *, catalogue: Catalogue, key: bytes, batch: int
) -> frozenset[str]:
    """The digests of the rules to leave out, beside all figures that other instruments ever told of the village."""
    own, found = read_members(members, key), set[str]()
    for other in others:
        published = catalogue.find(other.instrument, other.plan)
        if published is not None:
            told = list(_shown(Plan.of(published.instrument), other.values))
            theirs = read_members(other.members, key)
            found |= set(_too_alike(own, list(_letters(plan)), theirs, told, batch))
    return frozenset(found)


def _too_alike(
    own: Members, indicators: Iterable[_Told], theirs: Members, told: Iterable[_Told], batch: int
) -> Iterator[str]:
    """The rules of indicators that differ by fewer families than a batch from what was told of others."""
    few = count_least(own, theirs) < batch
    by_rule = {each.plan.rule: each.letter for each in told}
    by_condition = {each.plan.applies: each.letter for each in told if not each.plan.everywhere}
    for each in indicators:
        rule, condition = by_rule.get(each.plan.rule), by_condition.get(each.plan.applies)
        if rule is not None:
            differ = net_change(own, each.letter, theirs, rule)
        elif condition is not None:
            # The families that it does not concern have a secret of their own, which other rules share.
            differ = _applying(own, each.letter, theirs, condition)
        else:
            continue
        if few or 0 < differ < batch:
            yield each.plan.rule


def _applying(own: Members, at: int, theirs: Members, there: int) -> int:
    """By how many families those differ that a condition holds for, or those that it does not hold for."""
    counts = Counter[bool]()
    for members, letter, step in ((own, at, 1), (theirs, there, -1)):
        for each in members.values():
            counts[each[letter] == _NOT_APPLICABLE] += step
    return max(map(abs, counts.values()), default=0)


def _letters(plan: Plan) -> Iterator[_Told]:
    """The indicators of all indices. Behind the letters of an index stands one byte for what else decides of it."""
    first = 0
    for index in plan.indices:
        yield from (_Told(each, first + at) for at, each in enumerate(index.indicators))
        first += len(index.indicators) + 1


def _shown(plan: Plan, values: Sequence[int]) -> Iterator[_Told]:
    """Those indicators that figures tell, of which `values` are stored."""
    every = _letters(plan)
    for index, start in zip(plan.indices, plan.starts, strict=False):
        for at in range(len(index.indicators)):
            told = next(every)
            if values[start + 3 * at] != SMALL:
                yield told
