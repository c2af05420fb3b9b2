"""Checks the counts of a report against the code lists and against each other. All faults come at once."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.problems import Fault
from app.problems.fault_texts import Texts
from app.problems.figure_texts import CODE_MEANT, FigureWarningCode
from app.statistics.code_lists import CODE_LISTS, DIMENSIONS, CodeList, Dimension
from app.statistics.counts import (
    DIVIDED_BY,
    MOST_DIMENSIONS,
    Breakdown,
    Cells,
    Figures,
    Key,
    Unit,
    ages_of,
    counts_several,
    pairs_in,
    parts_in,
)
from app.statistics.periods import Period

Place = Callable[[str], str]
"""The pointer of a member of a row."""


@dataclass(frozen=True, slots=True)
class CountRow:
    """One row of counts as it was sent, with its codes and its counts."""

    place: Place
    shown: Texts
    """How the texts of faults name the row."""
    codes: Mapping[Dimension, str]
    counts: Mapping[Unit, int]


@dataclass(slots=True)
class Checked:
    """What the rows hold, where each cell stands, and what is wrong."""

    figures: dict[Breakdown, dict[Key, int]] = field(default_factory=lambda: defaultdict(dict))
    places: dict[tuple[Breakdown, Key], tuple[str, Texts]] = field(default_factory=dict)
    """The pointer of each cell, and how texts name its row."""
    faults: list[Fault] = field(default_factory=list)


def check_counts(rows: Sequence[CountRow], period: Period, lists: Mapping[str, CodeList] = CODE_LISTS) -> Checked:
    """Reads the rows of one report. A row with a fault of its own is in no figure."""
    checked = Checked()
    for row in rows:
        faults = [*_code_faults(row, period, lists), *_shape_faults(row)]
        checked.faults += faults
        if not faults:
            _place(row, checked)
    checked.faults += _above_wholes(checked)
    return checked


def _code_faults(row: CountRow, period: Period, lists: Mapping[str, CodeList]) -> Iterator[Fault]:
    for dimension, sent in row.codes.items():
        listed = lists[dimension]
        entry = listed.codes.get(sent)
        limits: dict[str, Any] = {"options": listed.usable(period.first)}
        where = row.place(dimension)
        if entry is None:
            meant = listed.suggest(sent)
            if meant is None:
                yield Fault("unknown_code", where, limits=limits)
            else:
                members = {"meant": meant}
                yield Fault("unknown_code", where, limits={**limits, **members}, members=members, texts=CODE_MEANT)
        elif entry.withdrawn is not None and period.first >= entry.withdrawn:
            instead = entry.use or limits["options"]
            yield Fault("code_withdrawn", where, limits={"first_day": entry.withdrawn, "instead": instead})


def _shape_faults(row: CountRow) -> Iterator[Fault]:
    """Faults of the row's dimensions, whatever their codes are."""
    if "age_group" in row.codes and "age_status" in row.codes:
        yield Fault("age_twice", row.place("age_status"))
    elif len(row.codes) > MOST_DIMENSIONS:
        yield Fault("too_many_dimensions", row.place(""), limits={"maximum": MOST_DIMENSIONS})
    for unit in row.counts:
        strange = [each for each in row.codes if each not in DIVIDED_BY[unit]]
        if strange:
            known = [each for each in DIMENSIONS if each in DIVIDED_BY[unit]]
            yield Fault("not_divided", row.place(unit), limits={"dimension": strange[0], "options": known})


def _place(row: CountRow, checked: Checked) -> None:
    for unit, count in row.counts.items():
        breakdown = Breakdown.of(unit, row.codes)
        key = breakdown.key(row.codes)
        first = checked.places.get((breakdown, key))
        if first is None:
            checked.figures[breakdown][key] = count
            checked.places[breakdown, key] = row.place(unit), row.shown
        else:
            checked.faults.append(Fault("counted_twice", row.place(unit), limits={"first": first[1]}))


def _above_wholes(checked: Checked) -> Iterator[Fault]:
    """A fault for each cell above one that it lies in, and for each cell below the sum of its parts. One a cell."""
    found: dict[str, Fault] = {}
    for finer, coarser in pairs_in(checked.figures):
        cells, wholes = checked.figures[finer], checked.figures[coarser]
        for part in parts_in(finer, cells, coarser):
            whole = wholes.get(part.whole)
            if whole is None or sum(cells[key] for key in part.keys) <= whole:
                continue
            at, shown = checked.places[coarser, part.whole]
            single = [checked.places[finer, key][0] for key in part.keys if cells[key] > whole]
            for where in single:
                found.setdefault(where, Fault("above_whole", where, limits={"whole": shown}, members={"whole": at}))
            if not single:
                parts = [checked.places[finer, key][0] for key in part.keys]
                limits = {"dimensions": list(_summed(finer, coarser))}
                found.setdefault(at, Fault("parts_above_whole", at, limits=limits, members={"parts": parts}))
    yield from found.values()


def _summed(finer: Breakdown, coarser: Breakdown) -> Iterator[Dimension]:
    """The dimensions over which parts add up to a cell of the coarser breakdown, or to less."""
    for each in finer.dimensions:
        if each not in coarser.dimensions and not counts_several(finer.unit, each):
            yield each


@dataclass(frozen=True, slots=True)
class FigureWarning:
    """Something odd in a report that is stored all the same. `limits` are what its text names."""

    code: FigureWarningCode
    pointer: str
    limits: Mapping[str, Any] = field(default_factory=dict)


def find_warnings(checked: Checked, period: Period) -> list[FigureWarning]:
    """What is odd in valid figures, in the order of the places."""
    return [*_below_wholes(checked, period), *_fewer_victims(checked)]


def _below_wholes(checked: Checked, period: Period) -> Iterator[FigureWarning]:
    """A list that names every code of one dimension, but does not add up to its whole."""
    figures: Figures = checked.figures
    found: dict[str, FigureWarning] = {}
    for finer, coarser in pairs_in(figures):
        divided = [each for each in finer.dimensions if each not in coarser.dimensions]
        if len(divided) != 1:
            continue
        (dimension,) = divided
        sums = _complete_sums(finer, figures[finer], coarser, dimension, period)
        for key, total in sums.items():
            if total < figures[coarser].get(key, 0):
                where = checked.places[coarser, key][0]
                found.setdefault(where, FigureWarning("parts_below_whole", where, {"dimension": dimension}))
    yield from found.values()


def _complete_sums(
    finer: Breakdown, cells: Cells, coarser: Breakdown, dimension: Dimension, period: Period
) -> Mapping[Key, int]:
    """The sums of the lists that name every code in use, by the cell that they divide."""
    listed = CODE_LISTS[dimension]
    usable = [listed.codes[each] for each in listed.usable(period.first)]
    named: dict[Key, set[str]] = defaultdict(set)
    sums: dict[Key, int] = defaultdict(int)
    for key, count in cells.items():
        codes = finer.codes(key)
        whole = coarser.key(ages_of(codes))
        named[whole].add(codes[dimension])
        sums[whole] += count
    complete = {}
    for whole, total in sums.items():
        status = coarser.codes(whole).get("age_status") if dimension == "age_group" else None
        if named[whole] >= {each.code for each in usable if status in (None, each.age_status)}:
            complete[whole] = total
    return complete


_CASES: Final[Unit] = "cases"


def _fewer_victims(checked: Checked) -> Iterator[FigureWarning]:
    for breakdown, cells in checked.figures.items():
        if breakdown.unit == _CASES:
            victims = checked.figures.get(Breakdown("victims", breakdown.dimensions), {})
            for key, count in cells.items():
                if key in victims and victims[key] < count:
                    yield FigureWarning("fewer_victims_than_cases", checked.places[breakdown, key][0])
