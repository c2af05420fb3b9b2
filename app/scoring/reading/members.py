"""Finds which groups, indicators and categories belong to an index, and the entries that their keys name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from app.scoring.reading.meant import meant
from app.scoring.reading.places import Path
from app.scoring.reading.written import Entry, Written, code_of, in_broken_list

MOST_LEVELS: Final = 4
TABLES: Final = ("group", "indicator", "category")
"""Tables whose entries belong to one index, or to every one if they name none."""


@dataclass
class Members:
    """The entries of one index, by table.

    index: its code
    entries: all of the file, by table
    stray: those that name an index there is not, so that they may belong to this one
    told: places of codes that an index does not have, so that an entry of several indices is blamed once
    """

    written: Written
    index: str
    groups: Sequence[Entry]
    indicators: Sequence[Entry]
    categories: Sequence[Entry]
    entries: Mapping[str, Sequence[Entry]]
    stray: Mapping[str, Sequence[Entry]]
    told: set[Path]

    @cached_property
    def codes(self) -> Mapping[str, tuple[str, ...]]:
        """The codes of each table, by position. Empty where an entry has none."""
        tables = {"group": self.groups, "indicator": self.indicators, "category": self.categories}
        return {table: tuple(code_of(each) for each in entries) for table, entries in tables.items()}

    def find(self, entry: Entry, code: str, path: Path, table: str) -> int | None:
        """The position of an entry. None if there is none, after a fault unless that may follow from another one."""
        codes = self.codes[table]
        if code and code in codes:
            return codes.index(code)
        if code in [code_of(each) for each in self.stray[table]]:
            return None
        if entry.is_known(code, path, table, [code_of(each) for each in self.entries[table]]) and path not in self.told:
            self.told.add(path)
            near = meant(code, filter(None, codes))
            entry.fault("member_unknown", path, index=self.index, code=code, table=table, meant=near)
        return None

    def position(self, entry: Entry, key: str, table: str) -> int | None:
        """The position of the entry that a key names."""
        code = entry.text(key)
        return None if code is None else self.find(entry, code, entry.at(key), table)

    @cached_property
    def unsure(self) -> bool:
        """Whether nobody knows all indicators and groups, so that there may be more of them."""
        return any(
            self.stray[table] or in_broken_list(entries) or table in self.written.unsure
            for table, entries in (("group", self.groups), ("indicator", self.indicators))
        )

    @cached_property
    def lost(self) -> bool:
        """Whether the place of an entry in the tree is unknown, so that groups may only look empty."""
        above = [each.table[key] for key, entries in self._placed for each in entries if key in each]
        return self.unsure or any(each not in self.codes["group"] for each in above)

    @property
    def _placed(self) -> tuple[tuple[str, Sequence[Entry]], ...]:
        return ("group", self.indicators), ("parent", self.groups)

    @cached_property
    def below(self) -> Mapping[str, tuple[int, int]]:
        """For each group, how many indicators and groups are in it, also through other groups."""
        parents = {code_of(each): each.table.get("parent") for each in self.groups}
        counts = {code: [0, 0] for code in parents}
        for kind, (key, entries) in enumerate(self._placed):
            for each in entries:
                above, steps = each.table.get(key), 0
                while isinstance(above, str) and above in counts and steps <= MOST_LEVELS:
                    counts[above][kind] += 1
                    above, steps = parents[above], steps + 1
        return {code: (indicators, groups) for code, (indicators, groups) in counts.items()}


def members_of(written: Written, entries: Mapping[str, Sequence[Entry]], codes: Sequence[str]) -> list[Members]:
    """The members of each index, by the codes of the indices. Those that name no known index come last, as one more."""
    stray = {
        table: [each for each in entries[table] if "index" in each and each.table["index"] not in codes]
        for table in TABLES
    }
    told: set[Path] = set()

    def of(code: str, mine: Mapping[str, Sequence[Entry]], others: Mapping[str, Sequence[Entry]]) -> Members:
        return Members(written, code, mine["group"], mine["indicator"], mine["category"], entries, others, told)

    found = []
    for code in codes:
        mine = {
            table: [each for each in entries[table] if "index" not in each or each.table["index"] == code]
            for table in TABLES
        }
        found.append(of(code, mine, stray))
    return [*found, of("", stray, entries)]
