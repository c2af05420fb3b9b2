"""The figures of one indicator in a region, from the protected counts of its villages.

A rounded 0 is not shown, because the true number may be more. Then the share has a bound instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final, Literal, NamedTuple

from app.protection.limits import few_width
from app.protection.plan import IndicatorPlan
from app.protection.protected import ProtectedIndicator
from app.scoring.shares import Share, share_of

Reason = Literal["small", "not_released"]
_COUNTS: Final = ("fulfilled", "unfulfilled", "missing", "not_applicable")


class Within(NamedTuple):
    """By how many families the counts of an indicator can be wrong."""

    fulfilled: int
    unfulfilled: int
    missing: int
    not_applicable: int


@dataclass(frozen=True)
class IndicatorOfRegion:
    """An indicator over the villages in which it entered.

    villages, families: of these. rounded: the sums of their protected counts, also where they are not shown
    lacking: whether anything is missing in any village, entered or not
    """

    plan: IndicatorPlan
    villages: int
    families: int
    rounded: ProtectedIndicator
    within: Within
    lacking: bool

    @property
    def fulfilled(self) -> int | None:
        return self._shown(self.rounded.fulfilled)

    @property
    def unfulfilled(self) -> int | None:
        return self._shown(self.rounded.unfulfilled)

    @property
    def missing(self) -> int | None:
        return self._shown(self.rounded.missing)

    @property
    def not_applicable(self) -> int | None:
        """The true 0 of an indicator that applies to every family is shown."""
        return 0 if self.plan.everywhere and self.villages else self._shown(self.rounded.not_applicable)

    @property
    def answered(self) -> int | None:
        """F* + U*, which are both there or both not."""
        return None if self.ratio is None else self.ratio[1]

    @cached_property
    def ratio(self) -> Share | None:
        """F* and A*, also where a share of them is not shown. None where the indicator entered nowhere."""
        fulfilled, unfulfilled = self.rounded.fulfilled, self.rounded.unfulfilled
        if not self.villages or fulfilled is None or unfulfilled is None:
            return None
        return share_of(fulfilled, fulfilled + unfulfilled)

    @cached_property
    def share(self) -> Fraction | None:
        """In percent. None where one side is not shown."""
        if self.ratio is None or self.fulfilled is None or self.unfulfilled is None:
            return None
        return Fraction(100 * self.ratio[0], self.ratio[1])

    @cached_property
    def share_at_least(self) -> Fraction | None:
        """In percent, where the unfulfilled are not shown. The true share is not lower."""
        return self._bound(self.unfulfilled, self.rounded.unfulfilled, self.within.unfulfilled, up=False)

    @cached_property
    def share_at_most(self) -> Fraction | None:
        """In percent, where the fulfilled are not shown. The true share is not higher."""
        return self._bound(self.fulfilled, self.rounded.fulfilled, self.within.fulfilled, up=True)

    @property
    def reason(self) -> Mapping[str, Reason]:
        """Why a number is not shown, by name."""
        hidden = [name for name in (*_COUNTS, "answered", "share") if getattr(self, name) is None]
        return dict.fromkeys(hidden, "small")

    @property
    def _least_shown(self) -> int:
        """The number of a single village is also hidden if it is the lowest of a sensitive indicator."""
        return self.plan.base + 1 if self.villages == 1 and self.plan.sensitive else 1

    def _shown(self, count: int | None) -> int | None:
        return count if count is not None and count >= self._least_shown and self.villages else None

    def _bound(self, shown: int | None, count: int | None, within: int, *, up: bool) -> Fraction | None:
        if self.ratio is None or shown is not None or count is None:
            return None
        answered = self.ratio[1] - self.villages * self.plan.most_below
        most = Fraction(100 * (count + within), answered) if answered > count + within else None
        return most if most is None or up else 100 - most


def add_indicator(
    every: Sequence[ProtectedIndicator], families: Sequence[int], plan: IndicatorPlan
) -> IndicatorOfRegion:
    entered = [each for each in every if each.unfulfilled is not None]
    of_these = sum(n for each, n in zip(every, families, strict=True) if each.unfulfilled is not None)
    return IndicatorOfRegion(
        plan,
        len(entered),
        of_these,
        _sum_of(entered),
        _within(entered, plan),
        any(each.missing for each in every),
    )


def _sum_of(every: Sequence[ProtectedIndicator]) -> ProtectedIndicator:
    fulfilled, unfulfilled, missing, not_applicable = (
        [sum(each) for each in zip(*every, strict=True)] if every else (0, 0, 0, 0)
    )
    return ProtectedIndicator(fulfilled, unfulfilled, missing, not_applicable)


def _within(every: Sequence[ProtectedIndicator], plan: IndicatorPlan) -> Within:
    """The bounds of rounding, added up over the villages."""
    least, other = plan.base - 1, plan.applies_base - 1
    # The split of a valued indicator is no whole number and can be wrong by nearly one more.
    side, fulfilled_within, unfulfilled_within = least + plan.valued, 0, 0
    for fulfilled, unfulfilled, missing, not_applicable in every:
        width = few_width((fulfilled or 0) + (unfulfilled or 0), missing, not_applicable, plan)
        few = max(width - 1 + plan.valued, side) if fulfilled in (0, width) else 0
        fulfilled_within += few or side + least + other
        unfulfilled_within += few + least + other if few else side
    return Within(fulfilled_within, unfulfilled_within, least * len(every), other * len(every))
