"""An attacker with linear programs, who knows how counts are protected but not the secrets.

This module shares no code with what it attacks. It takes published numbers and says between which bounds each hidden
count must lie. The attacker knows exactly how many families answered, of each village and of each group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, inf

import highspy

Terms = Mapping[str, float]
_NEARLY = 1e-6


@dataclass(frozen=True)
class Cell:
    """What is published of an indicator in a village."""

    base: int
    applies_base: int
    fulfilled: int
    unfulfilled: int
    missing: int
    not_applicable: int


@dataclass(frozen=True)
class Narrow:
    """A count that has fewer possible values than its base."""

    count: str
    lowest: int
    highest: int


@dataclass
class Attack:
    """Hidden counts with what is known of them."""

    _solver: highspy.Highs = field(default_factory=highspy.Highs)
    _columns: dict[str, int] = field(default_factory=dict)
    _objective: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("presolve", "off")

    def hide(self, name: str, lowest: float = 0, highest: float = inf) -> None:
        """A count that is not published, with the bounds that are known of it alone."""
        self._columns[name] = len(self._columns)
        self._solver.addVar(lowest, highest)

    def know(self, terms: Terms, lowest: float, highest: float) -> None:
        """A sum of hidden counts that lies between bounds."""
        places = [self._columns[name] for name in terms]
        self._solver.addRow(lowest, highest, len(places), places, list(terms.values()))

    def fix(self, name: str, count: float) -> None:
        """A count that the attacker has counted."""
        self._solver.changeColBounds(self._columns[name], count, count)

    def interval(self, terms: Terms) -> tuple[int, int] | None:
        """The lowest and the highest whole number that a sum of hidden counts can be. None if all this cannot be."""
        for at in self._objective:
            self._solver.changeColCost(at, 0)
        self._objective = [self._columns[name] for name in terms]
        for name, factor in terms.items():
            self._solver.changeColCost(self._columns[name], factor)
        ends = [self._solve(sense) for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize)]
        if ends[0] is None or ends[1] is None:
            return None
        return ceil(ends[0] - _NEARLY), floor(ends[1] + _NEARLY)

    def _solve(self, sense: highspy.ObjSense) -> float | None:
        self._solver.changeObjectiveSense(sense)
        self._solver.run()
        if self._solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return None
        assert self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return float(self._solver.getInfo().objective_function_value)


def narrow(worlds: Sequence[Attack], bases: Mapping[str, int]) -> list[Narrow]:
    """Of these counts, those with fewer possible values than their base in all worlds together.

    One of the worlds is the true one. AssertionError if none can be, because then the attacker has it wrong.
    """
    found = []
    for name, base in bases.items():
        intervals = [interval for world in worlds if (interval := world.interval({name: 1})) is not None]
        assert intervals, name
        lowest, highest = min(low for low, _ in intervals), max(high for _, high in intervals)
        if highest - lowest + 1 < base:
            found.append(Narrow(name, lowest, highest))
    return found


def cap(whole: int, base: int) -> int:
    return base * ((whole - base - 1) // base)


def possible_unfulfilled(cell: Cell, answered: int) -> tuple[int, int]:
    """The lowest and the highest number of unfulfilled families that can be published so, by trying all."""
    published = cell.fulfilled + cell.unfulfilled
    lowest = published - (0 if cell.missing else cell.base - 1)
    more = (cell.base - 1 if cell.missing else 0) + (cell.applies_base - 1 if cell.not_applicable else 0)
    top, width = min(cap(answered, cell.base), cap(lowest, cell.base)), published + more - cap(lowest, cell.base) - 1
    found = [count for count in range(answered + 1) if _can_be(cell, count, answered, top, width)]
    return min(found), max(found)


def _can_be(cell: Cell, unfulfilled: int, answered: int, top: int, width: int) -> bool:
    if unfulfilled <= top:
        return cell.unfulfilled % cell.base == 0 and abs(cell.unfulfilled - unfulfilled) < cell.base
    return cell.fulfilled in (0, width) and abs(cell.fulfilled - (answered - unfulfilled)) < width


def cells_of_categories(attack: Attack, place: str, counts: Sequence[int], base: int) -> list[str]:
    """Hides the families of a village in each category. Their running totals were rounded."""
    families = sum(counts)
    names = [f"{place} category {at}" for at in range(len(counts))]
    for name in names:
        attack.hide(name, 0, families)
    attack.know(dict.fromkeys(names, 1.0), families, families)
    top, running = max(0, cap(families, base)), 0
    for at, count in enumerate(counts[:-1]):
        running += count
        low = 0 if not running else (top if running == families else running - base) + 1
        high = families if running == families else families - 1 if running == top else running + base - 1
        attack.know(dict.fromkeys(names[: at + 1], 1.0), low, high)
    return names


@dataclass(frozen=True)
class Table:
    """What is published of a unit of a breakdown, and the exactly answered families of the groups of its villages.

    published: unfulfilled families by group; totals: those of each village, by the name of its hidden count
    answered: by village and group
    """

    name: str
    base: int
    published: Mapping[str, int]
    totals: Mapping[str, Cell]
    answered: Mapping[str, Mapping[str, int]]

    def hidden(self, village: str, group: str) -> str:
        """The name of the hidden count of a village's group."""
        return f"{self.name}: {village} {group}"


def divide(attack: Attack, table: Table, more: Mapping[str, bool]) -> None:
    """Hides the unfulfilled families of each village's groups, and what they were changed to.

    more: for some villages whether the protected number is at least the true one. They were changed one way only
    """
    for village, cell in table.totals.items():
        _change(attack, table, village, cell, more.get(village))
    total, sums = sum(table.published.values()), sum(_changed_to(table, each) for each in table.totals)
    rest, slack = total % table.base, abs(total - sums)
    for code, published in table.published.items():
        rounded = published - (rest if published % table.base else 0)
        changed = {f"{table.hidden(village, code)} changed": 1.0 for village in table.totals}
        attack.know(changed, rounded - table.base + 1 - slack, rounded + table.base - 1 + slack + rest)


def _change(attack: Attack, table: Table, village: str, cell: Cell, more: bool | None) -> None:
    answered = table.answered[village]
    names = [table.hidden(village, code) for code in answered]
    for name, most in zip(names, answered.values(), strict=True):
        attack.hide(name, 0, most)
        attack.hide(f"{name} changed", 0, most)
        if more is not None and not _is_few(cell, sum(answered.values())):
            attack.know({f"{name} changed": 1, name: -1}, 0 if more else -inf, inf if more else 0)
    changed = _changed_to(table, village)
    attack.know({f"{name} changed": 1 for name in names}, changed, changed)
    attack.know(dict.fromkeys(names, 1.0) | {village: -1}, 0, 0)


def _is_few(cell: Cell, answered: int) -> bool:
    """Whether the groups were made from their sizes alone."""
    lowest = cell.fulfilled + cell.unfulfilled - (0 if cell.missing else cell.base - 1)
    return cell.unfulfilled % cell.base != 0 or cell.unfulfilled >= min(
        cap(answered, cell.base), cap(lowest, cell.base)
    )


def _changed_to(table: Table, village: str) -> int:
    """What the groups of a village were changed to add up to."""
    cell, answered = table.totals[village], sum(table.answered[village].values())
    apart = cell.fulfilled == 0 or cell.unfulfilled % cell.base != 0
    return answered - min(cell.fulfilled, answered) if apart else min(cell.unfulfilled, answered)
