"""Protected counts: the only numbers that what is published may be computed from.

They are made by the first step (`villages.py`) and the third (`breakdowns.py`), or read again from stored values.
"""

from collections.abc import Sequence
from dataclasses import KW_ONLY, InitVar, dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from app.protection.plan import IndexPlan, Plan

STEP_TOKEN: Final = object()
"""What makes protected counts. A test reads the code for who uses it."""
SMALL: Final = -1
"""Stored for the unfulfilled families of an indicator that too few answered."""


class ProtectedIndicator(NamedTuple):
    """Families by outcome. They add up to the families of the village.

    Too few answered: fulfilled and unfulfilled are None, and missing only says whether any are missing.
    """

    fulfilled: int | None
    unfulfilled: int | None
    missing: int
    not_applicable: int


class ProtectedIndex(NamedTuple):
    """counts: as in `ExactIndex`. poor: the families that are not poor, and the poor. mean: in steps of the plan."""

    indicators: tuple[ProtectedIndicator, ...]
    counts: tuple[int, ...]
    poor: tuple[int, int] | None
    mean: int | None


@dataclass(frozen=True, slots=True)
class Protected:
    """The protected counts of a village, or of several that are joined. ValueError without the token."""

    place: str
    families: int
    indices: tuple[ProtectedIndex, ...]
    _: KW_ONLY
    token: InitVar[object] = None

    def __post_init__(self, token: object) -> None:
        if token is not STEP_TOKEN:
            raise ValueError("only protection makes protected counts")

    def to_values(self) -> list[int]:
        """Whole numbers to store, `plan.length` of them."""
        found = [self.families]
        for index in self.indices:
            for each in index.indicators:
                unfulfilled = SMALL if each.unfulfilled is None else each.unfulfilled
                found += (unfulfilled, each.missing, each.not_applicable)
            found += index.counts
            found += (0, 0) if index.poor is None else index.poor
            found += (0, 0) if index.mean is None else (1, index.mean)
        return found

    @classmethod
    def from_values(cls, place: str, values: Sequence[int], plan: Plan) -> "Protected":
        """What `to_values` stored. ValueError if there are more or fewer than the plan has."""
        if len(values) != plan.length:
            raise ValueError(f"{len(values)} values of {place}, not {plan.length}")
        families = values[0]
        spans = zip(plan.indices, pairwise(plan.starts), strict=True)
        indices = tuple(_read_index(families, values[first:end], index) for index, (first, end) in spans)
        return cls(place, families, indices, token=STEP_TOKEN)


def _read_index(families: int, values: Sequence[int], plan: IndexPlan) -> ProtectedIndex:
    last = 3 * len(plan.indicators)
    threes = zip(values[:last:3], values[1:last:3], values[2:last:3], strict=True)
    not_poor, poor, has_mean, mean = values[-4:]
    return ProtectedIndex(
        tuple(read_indicator(families, *each) for each in threes),
        tuple(values[last:-4]),
        (not_poor, poor) if plan.poor else None,
        mean if has_mean else None,
    )


def read_indicator(families: int, unfulfilled: int, missing: int, not_applicable: int) -> ProtectedIndicator:
    """An indicator from what is stored of it."""
    if unfulfilled == SMALL:
        return ProtectedIndicator(None, None, missing, not_applicable)
    return ProtectedIndicator(families - unfulfilled - missing - not_applicable, unfulfilled, missing, not_applicable)


@dataclass(frozen=True, slots=True)
class ProtectedGroup:
    """Answered and unfulfilled families of a group in a unit of a breakdown. ValueError without the token."""

    answered: int
    unfulfilled: int
    _: KW_ONLY
    token: InitVar[object] = None

    def __post_init__(self, token: object) -> None:
        if token is not STEP_TOKEN:
            raise ValueError("only protection makes protected counts")

    @property
    def fulfilled(self) -> int:
        """The other families. Like the unfulfilled, not to be shown if it is 0, because the true number may be more."""
        return self.answered - self.unfulfilled

    @property
    def share(self) -> Fraction | None:
        """Of the fulfilled in percent. None where one side is a rounded 0."""
        return Fraction(100 * self.fulfilled, self.answered) if 0 < self.unfulfilled < self.answered else None

    @classmethod
    def from_values(cls, answered: int, unfulfilled: int) -> "ProtectedGroup":
        """What was stored of a unit."""
        return cls(answered, unfulfilled, token=STEP_TOKEN)
