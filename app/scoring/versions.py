"""Decides which versions of an instrument a figure counts, and where a comparison of two years crosses a break.

A figure counts the families of versions whose files say that all figures are comparable. Such versions form a group.
If families of a region and year belong to several groups, the figure is that of the group with the most families. So
a new version that is not comparable takes over once it has more families, and its first interview empties no figure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from app.scoring.catalogue import Catalogue, Published
from app.scoring.instrument import Index, Instrument
from app.scoring.parts import Text

FEW_FAMILIES: Final = 30
"""Figures of fewer families than this are for `submissions:sensitive` only. An instrument may want more families."""
Families = Mapping[int, int]
"""Numbers of families by the id of an instrument's version."""
Group = Sequence[Published]
"""Versions whose families may be added up, the latest first. It is never empty."""


def codes_of(instrument: Instrument) -> tuple[str, ...]:
    """What `comparable` may list: the codes of groups, indicators and indices. A code may stand in several indices."""
    groups = [each.code for index in instrument.indices for each in index.groups]
    indicators = [each.code for index in instrument.indices for each in index.indicators]
    return tuple(dict.fromkeys([*groups, *indicators, *(index.code for index in instrument.indices)]))


@dataclass(frozen=True, slots=True)
class Counted:
    """A version and its families in a region and year."""

    version: Published
    families: int


@dataclass(frozen=True, slots=True)
class Sensitive:
    """What of an index any version of a group marks as sensitive (see `Index`). indicators are positions."""

    indicators: frozenset[int]
    reveals: bool

    @classmethod
    def of(cls, indices: Sequence[Index]) -> "Sensitive":
        """From the same index in all versions."""
        return cls(frozenset[int]().union(*(each.sensitive for each in indices)), any(each.reveals for each in indices))


@dataclass(frozen=True, slots=True)
class Taken:
    """The versions whose families a figure counts, and those that it leaves out, the latest first.

    sensitive: by index, what any version of the group marks
    smallest: the families of the smallest part that follows by subtraction from other figures of the group, or from
        those of the other basis
    wanted: the most families that any version of the group wants before figures of them are shown
    """

    versions: tuple[Counted, ...]
    others: tuple[Counted, ...]
    sensitive: tuple[Sensitive, ...]
    smallest: int
    wanted: int

    @property
    def instrument(self) -> Instrument:
        """The latest version that the figure counts. Its names and bounds stand for all of them."""
        return self.versions[0].version.instrument


@dataclass(frozen=True, slots=True)
class Break:
    """Two years whose figures are of versions that are not comparable, or only in some codes."""

    from_version: str
    to_version: str
    comparable: Literal["none"] | tuple[str, ...]
    note: Text | None


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of an instrument, and the one that a query names (None if it names none)."""

    every: Sequence[Published]
    groups: Sequence[Group]
    named: Published | None

    @classmethod
    def of(cls, catalogue: Catalogue, code: str, named: Published | None) -> "Versions":
        return cls(catalogue.versions(code), catalogue.groups(code), named)

    @property
    def code(self) -> str:
        """The code of the instrument."""
        return self.every[0].instrument.code

    def choose(self, families: Families, year: int) -> Group:
        """The group of the version that is named, or with the most families, or of the version in force that year."""
        if self.named is not None:
            return self._group_of(self.named)
        sums = {each.id: _sum(group, families) for group in self.groups for each in group}
        most = max(sums.values())
        if not most:
            return self._group_of(_in_force(self.every, year))
        # Of equals, the group of the latest version that has families. So publishing changes no choice.
        return self._group_of(next(each for each in self.every if families.get(each.id) and sums[each.id] == most))

    def take(self, group: Group, families: Families, year: int, apart: Families | None = None) -> Taken:
        """The versions that a figure of this group counts. Without families it is the one in force that year.

        apart: how many more families the other basis has, by the ids of versions whose figures differ from its own
        """
        counted = [Counted(each, families.get(each.id, 0)) for each in group]
        present = [each for each in counted if each.families]
        smallest = _sum(group, families)
        if self.named is not None:
            taken = [each for each in counted if each.version.id == self.named.id]
            smallest = min((each.families for each in present), default=0)
        else:
            taken = present or [Counted(_in_force(group, year), 0)]
        ids = [each.version.id for each in taken]
        others = [
            Counted(each, families[each.id]) for each in self.every if each.id not in ids and families.get(each.id)
        ]
        wanted = max(each.instrument.disclosure.families for each in group)
        if differing := {each.id: apart[each.id] for each in group if apart and each.id in apart}:
            smallest = min(smallest, self._smallest_between(counted, differing, max(FEW_FAMILIES, wanted)))
        return Taken(tuple(taken), tuple(others), _sensitive(tuple(group)), smallest, wanted)

    def _smallest_between(self, counted: Sequence[Counted], apart: Families, least: int) -> int:
        """The families of the smallest part that figures of both bases tell together.

        If single versions of the other basis are shown, each of them can be subtracted from the sum of this one.
        """
        own = [each.families for each in counted if each.families]
        other = [number for each in counted if (number := each.families + apart.get(each.version.id, 0))]
        whole = abs(sum(apart.values()))
        if self.named is None and min(other, default=0) < least:
            return whole
        return min(whole, *own, *other, *map(abs, apart.values()))

    def _group_of(self, version: Published) -> Group:
        return next(group for group in self.groups if version.id in [each.id for each in group])


def break_between(earlier: Published, later: Published, catalogue: Catalogue) -> Break | None:
    """The break between the versions of two years. None if all their figures are comparable.

    Every version follows one at most. So there is one way between two versions at most, and only what every step of it
    leaves comparable is so in the end.
    """
    if earlier.id == later.id:
        return None
    forth, back = catalogue.lineage(later), catalogue.lineage(earlier)
    shared = {each.id for each in forth} & {each.id for each in back}
    steps = [each.instrument.follows for each in (*forth, *back) if shared and each.id not in shared]
    broken = [each for each in steps if each is not None and each.comparable != "all"]
    if shared and not broken:
        return None
    left = set(codes_of(later.instrument)) if shared else set()
    for step in broken:
        left &= set(step.comparable) if step.comparable != "none" else set()
    return Break(
        earlier.instrument.version,
        later.instrument.version,
        tuple(code for code in codes_of(later.instrument) if code in left) or "none",
        broken[0].note if broken else None,
    )


@lru_cache(maxsize=256)
def _sensitive(group: tuple[Published, ...]) -> tuple[Sensitive, ...]:
    return tuple(map(Sensitive.of, zip(*(each.instrument.indices for each in group), strict=True)))


def _sum(group: Group, families: Families) -> int:
    return sum(families.get(each.id, 0) for each in group)


def _in_force(versions: Sequence[Published], year: int) -> Published:
    """The latest version that was valid in a year, or the first one for a year before all of them."""
    return next((each for each in versions if each.instrument.valid_from.year <= year), versions[-1])
