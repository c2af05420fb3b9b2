"""Step 3, in one village: rounds the sizes of its groups of families, and changes their counts to its protected totals.

A village does this once, with its own secrets, for its own tables and for those of its area. So the team of one
village, which knows its own groups exactly, finds out nothing of those of the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import compress
from typing import Final

from app.protection.limits import few_width, highest
from app.protection.parameters import Parameters
from app.protection.plan import IndexPlan, IndicatorPlan, Plan
from app.protection.protected import Protected, ProtectedIndicator
from app.protection.rounding import FINE, cap, split
from app.protection.secrets import Draws, Secrets
from app.protection.villages import VillageRounding

_MOSTLY: Final = Fraction(3, 4)
"""The part of a group's families that an indicator does not apply to, where the group is made of just these."""


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """Exact numbers of families of a group in a village.

    By indicator of the main index: those that answered, did not fulfil it, and did not answer. The others it does not
    apply to.
    """

    families: int
    answered: tuple[int, ...]
    unfulfilled: tuple[int, ...]
    missing: tuple[int, ...]

    def not_applicable(self, at: int) -> int:
        """The families that an indicator does not apply to."""
        return self.families - self.answered[at] - self.missing[at] if self.answered else 0


class Village:
    """The groups of a village, in their order, with its protected counts.

    Sizes are rounded with its own secrets, the same in every indicator and every unit. So those of a unit tell of each
    village what a table of its own would tell, also to the team of the others.
    """

    def __init__(
        self,
        protected: Protected,
        rows: Sequence[GroupCounts],
        plan: Plan,
        what: tuple[str, str, str],
        secrets: Secrets,
        parameters: Parameters,
        first: Sequence[int],
    ) -> None:
        """what: the instrument, the breakdown and the year. first: the ranks of the groups in the order"""
        self._protected, self._rows, self._plan = protected, rows, plan
        self._secrets, self._smallest, place = secrets, parameters.base, protected.place
        self._what = (*what, place)
        self._rounding = VillageRounding(place, what[-1], protected.families, secrets)
        # The same in all instruments, so that two of them round the same running totals.
        drawn = secrets.generator(*what[1:], place, "order").order(len(rows))
        self._order = sorted(drawn, key=first.__getitem__)
        self._sizes = dict[int, list[int]]()

    def indicator(self, at: int) -> ProtectedIndicator:
        """What is told of an indicator."""
        return self._protected.indices[0].indicators[at]

    def truly_answered(self, at: int) -> list[int]:
        """The exact answered families of each group."""
        return [each.answered[at] if each.answered else 0 for each in self._rows]

    def answered(self, at: int, base: int) -> list[int]:
        """Protected answered families of each group. They add up to those of the village."""
        sizes = self._sizes_of(base)
        # Both are rounded, so more could be taken from a group than it has. That would narrow all of these counts.
        others = fit(self._others(at), sizes, self._order)
        return [size - of_group for size, of_group in zip(sizes, others, strict=True)]

    def errors(self, plan: IndicatorPlan, base: int) -> tuple[int, ...]:
        """By so much each count that `answered` is made of can move a group."""
        families, last = self._protected.families, self._sizes_of(base)[self._order[-1]]
        within = size_within(families, base)
        return (base - 1 if last > within + 1 else within, plan.base - 1, plan.applies_base - 1)

    def flipped(self, at: int, plan: IndicatorPlan) -> list[int]:
        """The exact unfulfilled families of each group, changed to the village's own protected total."""
        unfulfilled = [each.unfulfilled[at] if each.unfulfilled else 0 for each in self._rows]
        draws = self._secrets.generator(*self._what, plan.rule, "flip")
        return flip_village(unfulfilled, self.truly_answered(at), self.indicator(at), plan, draws)

    def _others(self, at: int) -> list[int]:
        """Protected families of each group that did not answer, or that it does not apply to.

        By the exact ones, whoever knows the families of a group would be told how many answered.
        """
        plan, of = self._plan.main.indicators[at], self.indicator(at)
        found, before = [0] * len(self._rows), 0
        all_missing = all_others = 0
        # Running totals with the village's own secrets, so that they end at what is told of the village.
        for each in self._order:
            row = self._rows[each]
            missing = row.missing[at] if row.missing else 0
            all_missing += missing
            all_others += row.not_applicable(at)
            after = min(self._rounding.missing(all_missing, plan), of.missing)
            after += min(self._rounding.not_applicable(all_others, plan, self._plan.main), of.not_applicable)
            found[each], before = after - before, after
        # Families that are counted in the figures, but not here.
        found[self._order[-1]] += of.missing + of.not_applicable - before
        return found

    def _sizes_of(self, base: int) -> list[int]:
        if base not in self._sizes:
            self._sizes[base] = self._round_sizes(base)
        return self._sizes[base]

    def _round_sizes(self, base: int) -> list[int]:
        """Protected numbers of families of each group, which add up to those of the village.

        Those of a larger base are computed from those of the smallest one. Otherwise a group whose size is told in
        several indicators would be rounded twice.
        """
        exact, total = [each.families for each in self._rows], self._protected.families
        if sum(exact) != total:
            # Families that are counted in the figures and not here, or here alone, may be in any group.
            exact = flip(exact, [total] * len(exact), total, self._secrets.generator(*self._what, "A"))
        found = [exact[each] for each in self._order]
        for each in (base,) if base % self._smallest else sorted({self._smallest, base}):
            found = list(split(found, self._secrets.offset(each * FINE, *self._what, "A"), each))
        return [found[self._order.index(each)] for each in range(len(found))]


def fit(parts: Sequence[int], limits: Sequence[int], order: Sequence[int]) -> list[int]:
    """Parts of which none is above its limit. What is more goes to the next ones in order, and then to those before."""
    found, more = list(parts), 0
    for each in (*order, *reversed(order)):
        found[each] += more
        more = max(0, found[each] - limits[each])
        found[each] -= more
    return found


def find_first(villages: Sequence[Sequence[GroupCounts]], plan: IndexPlan) -> list[int]:
    """The ranks of the groups in the order that their sizes are rounded in. The lowest first.

    The families of some groups may be just those that an indicator does not apply to, but for a few that did not say
    in which group they are. These groups come first. Then the same number is rounded here and in *not applicable*,
    and not in one of them what is left of all families. Both together would leave one value in rare cases.
    """
    rows = list(zip(*villages, strict=True))
    families = [sum(each.families for each in row) for row in rows]
    ranks = [0] * len(rows)
    for at, indicator in enumerate(plan.indicators):
        if indicator.everywhere or not any(families):
            continue
        others = [sum(each.not_applicable(at) for each in row) for row in rows]
        inside = [each > 0 for each in others]
        if not all(inside) and sum(others) >= _MOSTLY * sum(compress(families, inside)):
            ranks = [rank - each for rank, each in zip(ranks, inside, strict=True)]
    return ranks


def size_within(families: int, base: int) -> int:
    """By so much the size of a group can be off in a village of so many families. The last step is wider than base."""
    return families - max(0, cap(families, base)) - 1


def flip_village(
    unfulfilled: Sequence[int], answered: Sequence[int], rounded: ProtectedIndicator, plan: IndicatorPlan, draws: Draws
) -> list[int]:
    """The unfulfilled families of a village's groups, changed to the village's protected number.

    Their true number may be more or less, so that even an empty or a full group has several possible true counts.
    Where nearly nobody fulfils it can only be less. There the few are divided by the sizes of the groups alone.
    """
    total, fulfilled, every = rounded.unfulfilled or 0, rounded.fulfilled or 0, sum(answered)
    width = few_width(fulfilled + total, rounded.missing, rounded.not_applicable, plan)
    top = min(cap(every, plan.base), highest(fulfilled + total, rounded.missing, plan))
    if fulfilled not in (0, width) and total < top:
        return flip_side(unfulfilled, answered, total, draws)
    few = min(fulfilled, every) if fulfilled in (0, width) else max(0, every - total)
    # One after another from all, in proportion to who is left.
    return flip(answered, answered, every - few, draws)


def flip_side(parts: Sequence[int], limits: Sequence[int], total: int, draws: Draws) -> list[int]:
    """`flip` of the parts, or where they are more than half, of what the limits leave.

    So nearly full groups are as uncertain as nearly empty ones. total: at most the sum of the limits
    """
    whole = sum(limits)
    if 2 * total <= whole:
        return flip(parts, limits, total, draws)
    others = [limit - part for limit, part in zip(limits, parts, strict=True)]
    return [limit - part for limit, part in zip(limits, flip(others, limits, whole - total, draws), strict=True)]


def flip(parts: Sequence[int], limits: Sequence[int], total: int, draws: Draws) -> list[int]:
    """Exact parts, changed by single families until they add up to a total. None is negative or above its limit.

    Families are drawn in proportion to the parts, so that on average these only grow or shrink together.
    """
    found = list(parts)
    missing = total - sum(found)
    step = 1 if missing > 0 else -1
    for _ in range(abs(missing)):
        weights = found
        if step > 0:
            weights = [part if part < limit else 0 for limit, part in zip(limits, found, strict=True)]
            if not any(weights):
                weights = [limit - part for limit, part in zip(limits, found, strict=True)]
        found[draws.pick(weights)] += step
    return found
