"""Step 1: rounds the counts of a village once. Every other number is computed from the result.

The number of answered families is known as n − N* − M* only. Whatever is decided here by a count that is no secret to
outsiders is decided by that number, so that a decision does not tell how many did not answer.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, count

from app.protection.exact import ExactIndex, ExactIndicator, ExactVillage
from app.protection.limits import few_width, highest
from app.protection.means import mean_limits, tells_of_changed
from app.protection.parameters import Parameters
from app.protection.plan import IndexPlan, IndicatorPlan, MeanPlan, Plan
from app.protection.protected import STEP_TOKEN, Protected, ProtectedIndex, ProtectedIndicator
from app.protection.rounding import FINE, cap, is_up, split, up_down
from app.protection.secrets import Secrets
from app.scoring.sums import SCALED, UNITS


def protect(
    exact: ExactVillage,
    plan: Plan,
    *,
    year: int,
    secrets: Secrets,
    parameters: Parameters,
    left_out: frozenset[str] = frozenset(),
    earlier: Sequence[Protected] = (),
) -> Protected | None:
    """The protected counts of a village. None if it has too few families.

    left_out: digests of rules that nothing is told of here, because another instrument tells it of nearly the same
    families; earlier: all that were published of the village in the year, beside which these may stand
    """
    if exact.families < parameters.families:
        return None
    rounding = VillageRounding(exact.place, str(year), exact.families, secrets, left_out)
    indices = list[ProtectedIndex]()
    for at, (each, of) in enumerate(zip(exact.indices, plan.indices, strict=True)):
        index = rounding.index(each, of)
        befores = ((before.families, before.indices[at]) for before in earlier)
        if any(tells_of_changed((exact.families, index), before, of, parameters.batch) for before in befores):
            index = index._replace(mean=None)
        indices.append(index)
    return Protected(exact.place, exact.families, tuple(indices), token=STEP_TOKEN)


class VillageRounding:
    """The rounding of one village."""

    def __init__(
        self, place: str, year: str, families: int, secrets: Secrets, left_out: frozenset[str] = frozenset()
    ) -> None:
        self._where, self._families, self._secrets = (place, year), families, secrets
        self._left_out = left_out
        self._offsets = dict[tuple[int, str, str], int]()

    def index(self, exact: ExactIndex, plan: IndexPlan) -> ProtectedIndex:
        chain = self._chain(plan)
        counts = split(exact.counts, chain, plan.base)
        poor = None
        if exact.poor is not None:
            # With the offset of the other counts, of which these are sums where a category ends at the cut-off.
            rest = self._families - exact.scored
            not_poor, are_poor, _ = split((exact.scored - exact.poor, exact.poor, rest), chain, plan.base)
            poor = (not_poor, are_poor)
        indicators = tuple(
            [self._indicator(each, of, plan) for each, of in zip(exact.indicators, plan.indicators, strict=True)]
        )
        # Counts that another instrument tells instead are not here, so a mean could not be kept off them.
        told_elsewhere = any(each.rule in self._left_out for each in plan.indicators)
        mean = None
        if plan.mean is not None and not told_elsewhere:
            mean = _mean(exact, counts, indicators, plan, plan.mean)
        return ProtectedIndex(indicators, counts, poor, mean)

    def missing(self, count: int, plan: IndicatorPlan) -> int:
        """The protected number of families that did not answer an indicator, of all or of some."""
        return up_down(count, self._offset(plan.base, plan.rule, "M"), plan.base) if count else 0

    def not_applicable(self, count: int, plan: IndicatorPlan, of: IndexPlan) -> int:
        """The protected number of families that an indicator does not apply to, of all or of some."""
        if plan.everywhere or not count:
            return 0
        if plan.by_index:
            # The families without this index are also among its counts. Rounded twice, they would be known better.
            return split((self._families - count, count), self._chain(of), of.base)[1]
        return up_down(count, self._shared(plan), plan.applies_base)

    def _chain(self, plan: IndexPlan) -> int:
        """The offset of the counts of an index."""
        return self._kept(plan.base * FINE, plan.secret, "counts")

    def _indicator(self, exact: ExactIndicator, plan: IndicatorPlan, of: IndexPlan) -> ProtectedIndicator:
        if plan.rule in self._left_out:
            return ProtectedIndicator(None, None, 0, 0)
        base = plan.base
        not_applicable = self.not_applicable(exact.not_applicable, plan, of)
        missing = self.missing(exact.missing, plan)
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

    def _shared(self, plan: IndicatorPlan) -> int:
        """The offset of the families to which an indicator does not apply, the same for all that apply alike."""
        return self._kept(plan.applies_base, plan.applies, "N")

    def _kept(self, base: int, rule: str, count: str) -> int:
        key = (base, rule, count)
        if key not in self._offsets:
            self._offsets[key] = self._offset(*key)
        return self._offsets[key]

    def _up_down(self, count: int | Fraction, plan: IndicatorPlan) -> int:
        if not plan.valued:
            return up_down(count, self._offset(plan.base, plan.rule, "U"), plan.base)
        return up_down(count, Fraction(self._offset(plan.base * UNITS, plan.rule, "U"), UNITS), plan.base)

    def _offset(self, base: int, rule: str, count: str) -> int:
        return self._secrets.offset(base, *self._where, rule, count)


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
    scored = plan.scored(counts)
    if scored < 6 * plan.base or not exact.scored:
        return None
    scale = Fraction(index.scale, 100) if index.method in SCALED else 1
    value = Fraction(exact.value_total, UNITS * exact.scored) * scale / released.step
    steps = (2 * value.numerator + value.denominator) // (2 * value.denominator)
    least, most = mean_limits(counts, indicators, plan, released)
    return max(min(steps, most), least) if least <= most else None


@dataclass(frozen=True, slots=True)
class Joint:
    """Several villages that have figures only together.

    `exact.place` is the area that they lie in, with a number behind it if others of the area were joined before.
    """

    members: tuple[str, ...]
    exact: ExactVillage


def join_small(small: Iterable[ExactVillage], parameters: Parameters, taken: Collection[str] = ()) -> tuple[Joint, ...]:
    """Joins villages with too few families within their district, and what is left within its regency.

    Villages whose regency has too few such families in all are in none, or too few beside the largest of them
    (`hides_each`). taken: the places of those joined before
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
            parts = [each.families for each in villages]
            if joined.families < parameters.families or not hides_each(parts, parameters):
                left += villages
            else:
                found.append(Joint(tuple(each.place for each in villages), joined))
    return tuple(found)


def hides_each(families: Collection[int], parameters: Parameters) -> bool:
    """Whether the families of villages together are no handful for the team of one, which knows its own exactly."""
    return sum(families) - max(families, default=0) >= parameters.batch


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
