"""Says which regions of today can be restated for a past year, and whether a region is the same in two editions.

A region is its villages, because codes nest. So only the changes of villages are followed. A part of a village is never
estimated: a region of today is restated only from whole villages of then. Where an edition lists or drops a village
without saying where its area comes from or goes to, no neighbour of that village is restated either.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, Literal

from app.regions.codes import COUNTRY, Level, digits_of, level_of
from app.regions.lineage import Change

Gap = Literal["split", "unknown"]
_VILLAGE: Final = 10
_NEIGHBOURS: Final[Mapping[Level, int]] = {"village": 6, "district": 4, "regency": 4, "province": 2, "country": 0}
"""Digits that villages share whose areas may have passed to each other without a row of changes.

Such a change is taken to stay within a district, or between districts of one regency.
"""


@dataclass(frozen=True, slots=True)
class Listing:
    """The villages of an edition, in force from `day` on. The oldest edition stands for earlier days too."""

    day: date
    villages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Restated:
    """A region of today. `villages` are the codes of then whose figures add up to it, or None for a reason.

    reason: `split` if a village of then went into it only in part, `unknown` if an edition does not say enough
    """

    region: str
    villages: tuple[str, ...] | None
    reason: Gap | None = None


@dataclass(frozen=True, slots=True)
class RegionBreak:
    """How the area of a region differs between two editions.

    reason: `began` or `ended` if only one of the editions has its code, `changed` if area came or went, `unknown` if an
        edition does not say enough
    gained, lost: villages of the first edition that came or went, each whole or in part
    changes: what passed these villages on, in the order of days
    """

    region: str
    reason: Literal["began", "ended", "changed", "unknown"]
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


class _Editions:
    """Follows villages from edition to edition. A code that an edition does not list is lost on its day."""

    def __init__(self, listings: Sequence[Listing], changes: Iterable[Change]) -> None:
        """Raises ValueError without a listing, or if they are not in the order of their days."""
        days = [each.day for each in listings]
        if not days or any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError("editions stand in the order of their first days, one at least")
        self.listings = listings
        self._steps: dict[date, dict[str, list[Change]]] = {}
        for each in changes:
            if len(each.old) == _VILLAGE:
                self._steps.setdefault(each.day, {}).setdefault(each.old, []).append(each)

    @property
    def today(self) -> frozenset[str]:
        return self.listings[-1].villages

    def follow(self, start: int = 0) -> dict[str, frozenset[str]]:
        """For each village of the edition at a position, the last edition's codes that hold its area."""
        found = {code: frozenset((code,)) for code in self.listings[start].villages}
        for at in range(start + 1, len(self.listings)):
            listed, step = self.listings[at].villages, self._step(at)
            for code, now in found.items():
                if not listed.issuperset(now) or not step.keys().isdisjoint(now):
                    found[code] = frozenset(new for each in now for new in _next(each, step)) & listed
        return found

    def doubtful(self, level: Level) -> set[str]:
        """The last edition's regions near a village whose area came or went without a row of changes."""
        digits, doubt = _NEIGHBOURS[level], set[str]()
        for at in range(1, len(self.listings)):
            before, listed, step = self.listings[at - 1].villages, self.listings[at].villages, self._step(at)
            after = {code: set(_next(code, step)) for code in before}
            reached = {new for each in after.values() for new in each}
            gone = {code[:digits] for code, each in after.items() if not each <= listed}
            come = {code[:digits] for code in listed - reached}
            doubt = {new for code in doubt for new in after[code]}
            doubt |= {new for code, each in after.items() if code[:digits] in gone for new in each}
            doubt |= {code for code in listed if code[:digits] in come}
            doubt &= listed
        return {region_of(code, level) for code in doubt}

    def way(self, codes: Collection[str]) -> tuple[Change, ...]:
        """The changes that pass villages of the first edition on, in the order of days."""
        now, found = set(codes), list[Change]()
        for at in range(1, len(self.listings)):
            step = self._step(at)
            found += [each for code in sorted(now) for each in step.get(code, ())]
            now = {new for code in now for new in _next(code, step)}
        return tuple(found)

    def _step(self, at: int) -> Mapping[str, Sequence[Change]]:
        return self._steps.get(self.listings[at].day, {})


def restate(
    listings: Sequence[Listing], changes: Iterable[Change], *, level: Level, in_year: int = 1
) -> Mapping[str, Restated]:
    """For each region of today on this level, the villages of a past year that add up to it, or why there are none.

    listings: the editions from the year's first to today's, in their order. Raises ValueError if they are not
    changes: of all editions
    in_year: how many of the listings were in force in the year. Interviews keep the code of their day, so a code of any
        of them counts
    """
    editions = _Editions(listings, changes)
    passed: dict[str, set[str]] = {}
    for start in range(in_year):
        for code, after in editions.follow(start).items():
            passed.setdefault(code, set()).update(after)
    sources: dict[str, list[str]] = {region_of(code, level): [] for code in editions.today}
    for code, after_all in passed.items():
        for region in {region_of(each, level) for each in after_all}:
            sources[region].append(code)
    doubtful = editions.doubtful(level)
    return {
        region: _restated(region, sources[region], passed, level=level, known=region not in doubtful)
        for region in sorted(sources)
    }


def _restated(
    region: str, sources: Sequence[str], passed: Mapping[str, Collection[str]], *, level: Level, known: bool
) -> Restated:
    if any(region_of(each, level) != region for code in sources for each in passed[code]):
        return Restated(region, None, "split")
    if not known or not sources:
        return Restated(region, None, "unknown")
    return Restated(region, tuple(sorted(sources)))


def changed_between(region: str, listings: Sequence[Listing], changes: Iterable[Change]) -> RegionBreak | None:
    """Whether and how the area of a region differs between the first and the last edition. None if it is the same.

    A village that is split or merged within the region changes nothing of the region. Nor does a new name. A code that
    neither edition lists has no area, which is the same.
    listings: both editions with those between them, in their order. Raises ValueError if they are not
    """
    editions = _Editions(listings, changes)
    before, after = (frozenset(_within(each.villages, region)) for each in (listings[0], listings[-1]))
    passed = editions.follow()
    lost = {code for code in before if not passed[code] or not passed[code] <= after}
    gained = {code for code, each in passed.items() if code not in before and not after.isdisjoint(each)}
    if before and after and not lost and not gained:
        return RegionBreak(region, "unknown") if region in editions.doubtful(level_of(region)) else None
    if not before and not after:
        return None
    reason: Literal["began", "ended", "changed"] = "changed" if before and after else "ended" if before else "began"
    return RegionBreak(region, reason, tuple(sorted(gained)), tuple(sorted(lost)), editions.way(gained | lost))


def region_of(village: str, level: Level) -> str:
    """The code of the region on a level that a village is in."""
    return COUNTRY if level == "country" else village[: digits_of(level)]


def _next(code: str, step: Mapping[str, Sequence[Change]]) -> Iterator[str]:
    """The codes of the area of a village after the changes of a day."""
    if code in step:
        yield from (each.new for each in step[code])
    else:
        yield code


def _within(villages: Iterable[str], region: str) -> Iterator[str]:
    return (code for code in villages if region == COUNTRY or code.startswith(region))
