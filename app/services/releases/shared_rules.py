"""Which rules a village's figures leave out, because another instrument tells them of mostly the same families.

The same rule has the same secret in every instrument. So the same rule of somewhat other families, rounded alike, would
tell of those. Only the sets of families decide, because what hung on their answers would tell those.
"""

from collections.abc import Iterable, Iterator, Sequence

from app.protection.plan import IndicatorPlan, Plan
from app.protection.protected import SMALL
from app.scoring.catalogue import Catalogue
from app.services.releases.members import count_least, is_mostly_other, read_members
from app.services.releases.versions import OtherVersion


def find_left_out(
    members: bytes, plan: Plan, others: Iterable[OtherVersion], *, catalogue: Catalogue, key: bytes
) -> frozenset[str]:
    """The digests of the rules to leave out, beside all figures that other instruments ever told of the village."""
    own, found = read_members(members, key), set[str]()
    indicators = [each for index in plan.indices for each in index.indicators]
    for other in others:
        published = catalogue.find(other.instrument, other.plan)
        theirs = read_members(other.members, key)
        if published is None or is_mostly_other(count_least(own, theirs), own, theirs):
            continue
        told = list(_shown(Plan.of(published.instrument), other.values))
        rules = {each.rule for each in told}
        # The families that an indicator does not concern have a secret of their own, which other rules share.
        conditions = {each.applies for each in told if not each.everywhere}
        found |= {each.rule for each in indicators if each.rule in rules or each.applies in conditions}
    return frozenset(found)


def _shown(plan: Plan, values: Sequence[int]) -> Iterator[IndicatorPlan]:
    """The indicators that figures tell, of which `values` are stored."""
    for index, start in zip(plan.indices, plan.starts, strict=False):
        for at, each in enumerate(index.indicators):
            if values[start + 3 * at] != SMALL:
                yield each
