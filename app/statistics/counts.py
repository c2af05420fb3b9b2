"""Counts of cases, victims and perpetrators by their breakdowns. Each unit has counts of its own.

A breakdown is a unit with the dimensions that divide it, such as victims by sex and place. A breakdown without
dimensions is the total. A cell is one count of a breakdown. A cell that is absent was not reported, which is not zero.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Literal

from app.statistics.code_lists import CODE_LISTS, DIMENSIONS, Dimension

Unit = Literal["cases", "victims", "perpetrators"]
UNITS: Final[tuple[Unit, ...]] = ("cases", "victims", "perpetrators")
MOST: Final = 10_000_000
"""The largest count."""
MOST_DIMENSIONS: Final = 3

DIVIDED_BY: Final[Mapping[Unit, frozenset[Dimension]]] = MappingProxyType(
    {
        "cases": frozenset(("place", "kind")),
        "victims": frozenset(DIMENSIONS),
        "perpetrators": frozenset(("sex", "age_group", "age_status", "relation")),
    }
)
"""The dimensions that each unit may have. The relation of victims is that of their perpetrators to them."""
_SEVERAL: Final = frozenset((("cases", "kind"), ("victims", "kind"), ("victims", "service"), ("victims", "relation")))
"""Where one case or victim may count under several codes. A victim may have several perpetrators."""

Key = tuple[str, ...]
"""The codes of a cell, in the order of the breakdown's dimensions."""


def counts_several(unit: Unit, dimension: Dimension) -> bool:
    """Whether one of the unit may count under several codes of the dimension, so that their sum may exceed it."""
    return (unit, dimension) in _SEVERAL


def ages_of(codes: Mapping[Dimension, str]) -> Mapping[Dimension, str]:
    """The codes with the age status that the age group lies in."""
    group = codes.get("age_group")
    entry = None if group is None else CODE_LISTS["age_group"].codes.get(group)
    return codes if entry is None or entry.age_status is None else {**codes, "age_status": entry.age_status}


@dataclass(frozen=True, slots=True, order=True)
class Breakdown:
    """A unit and what divides it."""

    unit: Unit
    dimensions: tuple[Dimension, ...] = ()
    """In the order of DIMENSIONS."""

    @classmethod
    def of(cls, unit: Unit, codes: Mapping[Dimension, str]) -> "Breakdown":
        return cls(unit, tuple(each for each in DIMENSIONS if each in codes))

    def key(self, codes: Mapping[Dimension, str]) -> Key:
        return tuple(codes[each] for each in self.dimensions)

    def codes(self, key: Key) -> dict[Dimension, str]:
        return dict(zip(self.dimensions, key, strict=True))

    def is_finer(self, other: "Breakdown") -> bool:
        """Whether every cell lies in one cell of the other breakdown. An age group lies in one age status."""
        return _is_finer(self, other)

    @property
    def vertices(self) -> frozenset[str]:
        """The dimensions, with age groups and age status as one."""
        return frozenset("age" if each.startswith("age_") else each for each in self.dimensions)


@lru_cache(maxsize=20_000)
def _is_finer(one: Breakdown, other: Breakdown) -> bool:
    known = {*one.dimensions, *(("age_status",) if "age_group" in one.dimensions else ())}
    return one.unit == other.unit and one != other and known >= set(other.dimensions)


Cells = Mapping[Key, int]
Figures = Mapping[Breakdown, Cells]
"""The counts of a report. Every breakdown has at least one cell."""


@dataclass(frozen=True, slots=True)
class Part:
    """Cells of a finer breakdown that together are at most one cell of a coarser one.

    `fixed` are their codes in the dimensions in which one of the unit counts under several codes.
    """

    whole: Key
    fixed: tuple[tuple[Dimension, str], ...]
    keys: list[Key]


def parts_in(finer: Breakdown, cells: Cells, coarser: Breakdown) -> list[Part]:
    """The parts of a finer breakdown for the cells of a coarser one, also for those that the coarser one lacks."""
    several = [each for each in finer.dimensions if each not in coarser.dimensions and counts_several(finer.unit, each)]
    found: dict[tuple[Key, tuple[str, ...]], Part] = {}
    for key in cells:
        codes = finer.codes(key)
        whole = coarser.key(ages_of(codes))
        fixed = tuple((each, codes[each]) for each in several)
        found.setdefault((whole, tuple(code for _, code in fixed)), Part(whole, fixed, [])).keys.append(key)
    return list(found.values())


def pairs_in(figures: Figures) -> Iterator[tuple[Breakdown, Breakdown]]:
    """Each breakdown with each coarser one that the figures have too."""
    for finer in figures:
        for coarser in figures:
            if finer.is_finer(coarser):
                yield finer, coarser


def remainders(figures: Figures, finer: Breakdown, coarser: Breakdown) -> Iterator[int]:
    """What cells of the coarser breakdown have beyond their parts in the finer one."""
    wholes = figures[coarser]
    for part in parts_in(finer, figures[finer], coarser):
        if part.whole in wholes:
            yield wholes[part.whole] - sum(figures[finer][key] for key in part.keys)


def complete(figures: Figures) -> Figures:
    """The figures with the cells that a reader gets by adding up others, such as a total that was not reported."""
    found: dict[Breakdown, dict[Key, int]] = {each: dict(cells) for each, cells in figures.items()}
    waiting = sorted(found, key=lambda each: -len(each.dimensions))
    while waiting:
        finer = waiting.pop(0)
        for coarser in _coarsenings(finer):
            if coarser not in found:
                waiting.append(coarser)
                waiting.sort(key=lambda each: -len(each.dimensions))
            reported = figures.get(coarser, {})
            cells = found.setdefault(coarser, {})
            for part in parts_in(finer, found[finer], coarser):
                if part.whole not in reported:
                    sum_of_parts = sum(found[finer][key] for key in part.keys)
                    cells[part.whole] = max(cells.get(part.whole, 0), sum_of_parts)
    return found


def _coarsenings(finer: Breakdown) -> Iterator[Breakdown]:
    """The breakdowns with one dimension less, over which the counts can be added up, or with the age status alone."""
    for each in finer.dimensions:
        rest = tuple(other for other in finer.dimensions if other != each)
        if not counts_several(finer.unit, each):
            yield Breakdown(finer.unit, rest)
        if each == "age_group":
            yield Breakdown(finer.unit, tuple(other for other in DIMENSIONS if other in (*rest, "age_status")))


def list_rows(figures: Figures) -> list[dict[str, Any]]:
    """The figures as rows, a row for each combination of codes, in the order of dimensions and lists."""
    rows: dict[tuple[tuple[Dimension, str], ...], dict[str, Any]] = {}
    for unit in UNITS:
        for breakdown, cells in figures.items():
            if breakdown.unit == unit:
                for key, count in cells.items():
                    codes = breakdown.codes(key)
                    rows.setdefault(tuple(codes.items()), {str(each): code for each, code in codes.items()})[unit] = (
                        count
                    )
    return [rows[each] for each in sorted(rows, key=_order)]


def _order(codes: Sequence[tuple[Dimension, str]]) -> tuple[Any, ...]:
    dimensions = [DIMENSIONS.index(dimension) for dimension, _ in codes]
    return len(codes), dimensions, [list(CODE_LISTS[each].codes).index(code) for each, code in codes]


def read_rows(rows: Sequence[Mapping[str, Any]]) -> dict[Breakdown, dict[Key, int]]:
    """The figures of rows as `list_rows` writes them."""
    figures: dict[Breakdown, dict[Key, int]] = defaultdict(dict)
    for row in rows:
        codes: dict[Dimension, str] = {each: row[each] for each in DIMENSIONS if each in row}
        for unit in UNITS:
            if unit in row:
                breakdown = Breakdown.of(unit, codes)
                figures[breakdown][breakdown.key(codes)] = row[unit]
    return dict(figures)
