"""Decides which breakdowns of case figures a reader gets, so that no small count can be read or computed.

A breakdown is shown whole or not at all. docs/decisions/0035-case-statistics.md gives the rules with their reasons.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from app.regions.codes import parent_of
from app.statistics.counts import UNITS, Breakdown, Figures, complete, pairs_in, remainders
from app.statistics.periods import STATUSES, Status, read_period

SMALLEST: Final = 10
"""The smallest count that everybody may read, apart from 0."""

Hidden = frozenset[Breakdown]
_NONE: Final[Mapping[Any, int]] = {}


@dataclass(frozen=True, slots=True, order=True)
class ReportId:
    """Which report of a year: the canonical code of its region, its period and its status."""

    region: str
    period: str
    status: Status


def _is_small(count: int) -> bool:
    return 0 < count < SMALLEST


def holds_small(figures: Figures) -> bool:
    """Whether any count is hidden from most readers by itself."""
    return any(_is_small(count) for cells in figures.values() for count in cells.values())


def hide_small(figures: Figures) -> Hidden:
    """The breakdowns of completed figures that hold a small count or give one away by themselves."""
    own = {each for each, cells in figures.items() if any(map(_is_small, cells.values()))}
    own |= {finer for finer, coarser in pairs_in(figures) if any(map(_is_small, remainders(figures, finer, coarser)))}
    return _close(figures, own)


def _close(figures: Figures, hidden: Collection[Breakdown]) -> Hidden:
    """Hides with each breakdown those that add up to it, and crossed ones that could be solved for it."""
    closed = {each for each in figures if each in hidden or any(each.is_finer(other) for other in hidden)}
    for unit in UNITS:
        if any(each.unit == unit and len(each.vertices) > 1 for each in closed):
            closed |= _in_circles([each for each in figures if each.unit == unit and each not in closed])
    closed |= {each for each in figures if any(each.is_finer(other) for other in closed)}
    return frozenset(closed)


def _in_circles(shown: Iterable[Breakdown]) -> set[Breakdown]:
    """The crossed breakdowns that close a circle of dimensions, such as sex × place, place × kind and kind × sex.

    Three such tables together can give a cell of the table of all three dimensions. Tables in a row or a tree cannot.
    """
    kept: list[frozenset[str]] = []
    groups: list[set[str]] = []
    circles = set()
    for each in sorted(shown, key=lambda each: (-len(each.vertices), each)):
        if len(each.vertices) < 2 or any(each.vertices <= table for table in kept):
            continue
        joined = [group for group in groups if group & each.vertices]
        if any(len(group & each.vertices) > 1 for group in joined):
            circles.add(each)
            continue
        kept.append(each.vertices)
        groups = [group for group in groups if group not in joined] + [set(each.vertices).union(*joined)]
    return circles


def protect(reports: Mapping[ReportId, Figures], known: Collection[ReportId] = ()) -> dict[ReportId, Hidden]:
    """What each report hides, so that none of its counts can be computed from the other reports of the year.

    Siblings, their parent, and the periods of a region are looked at together. known are the reports that the reader
    gets whole, which therefore cover no other.
    """
    whole = {each: complete(figures) for each, figures in reports.items()}
    hidden = {each: hide_small(figures) for each, figures in whole.items()}
    groups = [*_of_regions(reports), *_of_periods(reports)]
    changed = True
    while changed:
        changed = False
        for each, breakdowns in (
            *_twins(whole, hidden),
            *_cover(groups, whole, hidden, frozenset(known)),
            *_crosswise(whole, hidden, frozenset(known)),
        ):
            more = _close(whole[each], hidden[each] | breakdowns)
            changed, hidden[each] = changed or more != hidden[each], more
    return {each: found & reports[each].keys() for each, found in hidden.items()}


@dataclass(frozen=True, slots=True)
class _Group:
    """Reports that add up to others, such as the children of a region for one period and status."""

    parts: Sequence[ReportId]
    wholes: Sequence[ReportId]
    """Those that they add up to, if they were reported."""
    always: bool
    """Whether parts cover each other even where no whole was reported, because it may be known from elsewhere."""


def _of_regions(reports: Collection[ReportId]) -> Iterator[_Group]:
    """For each region, period and status, the reports of its children."""
    parts: dict[ReportId, list[ReportId]] = defaultdict(list)
    for each in sorted(reports):
        parent = parent_of(each.region)
        if parent is not None:
            parts[ReportId(parent, each.period, each.status)].append(each)
    for whole, children in parts.items():
        yield _Group(children, [whole] if whole in reports else [], always=True)


def _of_periods(reports: Collection[ReportId]) -> Iterator[_Group]:
    """For each report, the reports of the same region for shorter periods inside its own, such as a year's months."""
    periods = {each: read_period(each.period) for each in reports}
    by_region: dict[str, list[ReportId]] = defaultdict(list)
    for each in sorted(reports):
        by_region[each.region].append(each)
    for whole in sorted(reports):
        parts: dict[tuple[int, Status], list[ReportId]] = defaultdict(list)
        for each in by_region[whole.region]:
            part, longer = periods[each], periods[whole]
            if part is not None and longer is not None and part.lies_in(longer):
                parts[part.months, each.status].append(each)
        yield from (_Group(each, [whole], always=False) for each in parts.values())


def _cover(
    groups: Iterable[_Group],
    reports: Mapping[ReportId, Figures],
    hidden: Mapping[ReportId, Hidden],
    known: frozenset[ReportId],
) -> Iterator[tuple[ReportId, Hidden]]:
    """The reports that have to hide a breakdown, because a single other one of their group does."""
    for group in groups:
        for breakdown in sorted({each for part in group.parts for each in reports[part]}, key=_coarse_first):
            wholes = [each for each in group.wholes if breakdown in reports[each]]
            if not wholes and not group.always:
                continue
            # What adds up to 0 is 0 everywhere, also where it is hidden. So it covers nobody.
            able = [
                each for each in group.parts if each not in known and any(reports[each].get(breakdown, _NONE).values())
            ]
            shown = [each for each in able if breakdown not in hidden[each]]
            hiding = len(able) - len(shown)
            wanted = 2 if hiding or any(breakdown in hidden[each] for each in wholes) else 0
            shown.sort(key=lambda each: (sum(reports[each][breakdown].values()), each))
            yield from ((each, frozenset((breakdown,))) for each in shown[: max(0, wanted - hiding)])


def _twins(reports: Mapping[ReportId, Figures], hidden: Mapping[ReportId, Hidden]) -> Iterator[tuple[ReportId, Hidden]]:
    """What a report hides because the one of the other status does, which mostly has the same counts."""
    for each in reports:
        for status in STATUSES:
            other = replace(each, status=status)
            if other != each and other in hidden and not hidden[other] <= hidden[each]:
                yield each, hidden[other]


def _crosswise(
    reports: Mapping[ReportId, Figures], hidden: Mapping[ReportId, Hidden], known: frozenset[ReportId]
) -> Iterator[tuple[ReportId, Hidden]]:
    """What a report hides because a region above it, or a sibling, hides it in another period or status.

    Quarters of the districts of a regency add up to its year. Only reports of the same period and status, of a region
    and its children, can be weighed against each other one by one (`_cover`). All others hide what is hidden there.
    """
    of_region: dict[str, dict[tuple[str, Status], Hidden]] = defaultdict(dict)
    hiding: dict[str, dict[tuple[str, Status], dict[Breakdown, set[str]]]] = defaultdict(dict)
    for each, found in hidden.items():
        slot = each.period, each.status
        of_region[each.region][slot] = found
        for breakdown in found:
            of_children = hiding[parent_of(each.region) or ""].setdefault(slot, defaultdict(set))
            of_children[breakdown].add(each.region)
    for each in reports.keys() - known:
        slot, parent, away = (each.period, each.status), parent_of(each.region), set[Breakdown]()
        for other, children in hiding[parent or ""].items():
            if other != slot and _overlap(other, slot):
                away |= {breakdown for breakdown, regions in children.items() if regions - {each.region}}
        above = parent
        while above is not None:
            slots = of_region[above].items()
            away |= {
                breakdown
                for other, found in slots
                if _overlap(other, slot) and (above != parent or other != slot)
                for breakdown in found
            }
            above = parent_of(above)
        more = frozenset(away & reports[each].keys())
        if not more <= hidden[each]:
            yield each, more


def _overlap(one: tuple[str, Status], other: tuple[str, Status]) -> bool:
    first, second = read_period(one[0]), read_period(other[0])
    return first is not None and second is not None and first.first <= second.last and second.first <= first.last


def _coarse_first(breakdown: Breakdown) -> tuple[int, bool, Breakdown]:
    return len(breakdown.dimensions), "age_group" in breakdown.dimensions, breakdown
