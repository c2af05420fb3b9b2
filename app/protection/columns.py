"""The protected counts of many villages in columns. An object for each count would take gigabytes for the country."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.protection.plan import IndexPlan, Plan
from app.protection.protected import SMALL, Protected, ProtectedIndicator, read_indicator

_AFTER_COUNTS: Final = 4
"""Values of an index behind its counts: two of the poor, and the mean with whether there is one."""


class Columns:
    """Protected villages, a column for each of their values. It is filled with nothing but protected counts."""

    def __init__(self, plan: Plan, villages: Iterable[Protected] = ()) -> None:
        self.plan = plan
        self.places: list[str] = []
        self._values = [array("i") for _ in range(plan.length)]
        for each in villages:
            self.add(each)

    def __len__(self) -> int:
        return len(self.places)

    def add(self, village: Protected) -> None:
        """Puts a village behind the others."""
        self.places.append(village.place)
        for column, value in zip(self._values, village.to_values(), strict=True):
            column.append(value)

    def only(self, positions: Sequence[int]) -> "Columns":
        """The villages at some positions."""
        found = Columns(self.plan)
        found.places = [self.places[at] for at in positions]
        found._values = [array("i", [column[at] for at in positions]) for column in self._values]
        return found

    @property
    def families(self) -> Sequence[int]:
        return self._values[0]

    def index(self, at: int) -> "IndexColumns":
        """The columns of an index."""
        first, end = self.plan.starts[at], self.plan.starts[at + 1]
        return IndexColumns(self.plan.indices[at], self.families, self._values[first:end])


@dataclass(frozen=True, slots=True)
class IndexColumns:
    """The columns of an index. What is asked for is made anew each time, village by village."""

    plan: IndexPlan
    families: Sequence[int]
    values: Sequence[Sequence[int]]

    def indicator(self, at: int) -> list[ProtectedIndicator]:
        """The indicator at a position."""
        return list(self._walk(at))

    @property
    def indicators(self) -> Iterator[tuple[ProtectedIndicator, ...]]:
        """All indicators."""
        return zip(*map(self._walk, range(len(self.plan.indicators))), strict=True)

    def _walk(self, at: int) -> Iterator[ProtectedIndicator]:
        return map(read_indicator, self.families, *self.values[3 * at : 3 * at + 3])

    def entered(self, at: int) -> int:
        """In how many villages the indicator at a position has figures."""
        return len(self.families) - sum(each == SMALL for each in self.values[3 * at])

    @property
    def counts(self) -> list[tuple[int, ...]]:
        """As in `ProtectedIndex`."""
        return list(zip(*self._counts, strict=True))

    @property
    def sums(self) -> tuple[int, ...]:
        """The counts, added up."""
        return tuple(map(sum, self._counts))

    @property
    def poor(self) -> tuple[int, int]:
        """The families that are not poor, and the poor, added up."""
        not_poor, poor, _, _ = self.values[-_AFTER_COUNTS:]
        return sum(not_poor), sum(poor)

    @property
    def means(self) -> list[int | None]:
        """As in `ProtectedIndex`."""
        return [mean if has_mean else None for has_mean, mean in zip(*self.values[-2:], strict=True)]

    @property
    def _counts(self) -> Sequence[Sequence[int]]:
        return self.values[3 * len(self.plan.indicators) : -_AFTER_COUNTS]
