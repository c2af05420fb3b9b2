"""Makes the list of a new edition from the list before it and the rows of a file of changes.

The file is checked as a whole. Every fault is found, with its line.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from app.regions.codes import COUNTRY, dot, kind_of, level_of, parent_of, undot
from app.regions.editions import ListedRegion
from app.regions.lineage import LineageKind

COLUMNS: Final = ("change", "old", "new", "name")
OPTIONAL_COLUMNS: Final = ("bps_code",)
_KINDS: Final = (*get_args(LineageKind), "new", "end")
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One line of a file of changes, as it is written. Cells that are empty are empty texts."""

    line: int
    change: str
    old: str = ""
    new: str = ""
    name: str = ""
    bps_code: str = ""


@dataclass(frozen=True, slots=True)
class ChangeFault:
    line: int
    message: str


class ChangeFaults(Exception):
    """A file of changes is not valid. `faults` lists everything that is wrong with it."""

    def __init__(self, faults: Sequence[ChangeFault]) -> None:
        super().__init__("; ".join(f"line {each.line}: {each.message}" for each in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class NewList:
    """The whole list after the changes, the country first, and what became of the codes before it."""

    regions: list[ListedRegion]
    changes: list[tuple[str, str, LineageKind]]
    """Pairs of an old and a new code, with the kind of the change."""
    ended: list[str]
    """Codes that were in the list before and are not in this one."""


def apply_changes(before: Mapping[str, ListedRegion], rows: Sequence[ChangeRow]) -> NewList:
    """The list after the changes. `before` is the list in force the day before, which may be empty.

    Raises ChangeFaults with every fault.
    """
    faults = [each for row in rows for each in _row_faults(row, before)]
    # Rows that cannot be read alone would only repeat their faults.
    wrong = {each.line for each in faults}
    read = [_canonical(row) for row in rows if row.line not in wrong]
    faults += _relation_faults(read, before)
    after = {} if faults else _list_after(before, read)
    if faults := faults or list(_parent_faults(after, read)):
        raise ChangeFaults(sorted(faults, key=lambda each: each.line))
    regions = [after[code] for code in sorted(after, key=lambda code: (code != COUNTRY, code))]
    return NewList(regions, _lineage(read), sorted(before.keys() - after.keys()))


def _canonical(row: ChangeRow) -> ChangeRow:
    """The row with undotted codes. A rename names its code in both columns."""
    old, new = undot(row.old) or "", undot(row.new) or ""
    return ChangeRow(row.line, row.change, old, old if row.change == "rename" else new, row.name, row.bps_code)


def _row_faults(row: ChangeRow, before: Mapping[str, ListedRegion]) -> Iterator[ChangeFault]:
    """What is wrong with a row, whatever the other rows say."""
    for message in _row_messages(row, before):
        yield ChangeFault(row.line, message)


def _row_messages(row: ChangeRow, before: Mapping[str, ListedRegion]) -> Iterator[str]:
    if row.change not in _KINDS:
        yield f"the change must be one of {', '.join(_KINDS)}"
        return
    needs_old, needs_new = row.change != "new", row.change not in ("end", "rename")
    codes = {"old": undot(row.old), "new": undot(row.new)}
    for column, text, needed in (("old", row.old, needs_old), ("new", row.new, needs_new)):
        if text and codes[column] in (None, COUNTRY):
            yield f"{column}: {text} is no region code"
        elif needed and not text:
            yield f"{column}: a row {row.change} needs a code here"
        elif text and not needed and not (row.change == "rename" and codes["new"] == codes["old"]):
            yield f"{column}: a row {row.change} has no code here"
    old, new = codes["old"], codes["new"]
    if needs_old and old and old != COUNTRY and old not in before:
        yield f"{dot(old)} is not in force on the day before"
    if needs_new and new and new != COUNTRY:
        yield from _new_code_messages(row, old if needs_old else None, new)
    if row.change in ("new", "rename") and not row.name:
        yield f"name: a row {row.change} needs a name"
    if len(row.name) > _LONGEST_NAME or not row.name.isprintable():
        yield f"name: at most {_LONGEST_NAME} printable characters"
    if row.bps_code and not (row.bps_code.isascii() and row.bps_code.isdigit() and len(row.bps_code) <= 10):
        yield "bps_code: at most 10 digits"


def _new_code_messages(row: ChangeRow, old: str | None, new: str) -> Iterator[str]:
    try:
        kind_of(new)
    except ValueError:
        yield f"{dot(new)} has digits of no kind of {level_of(new)}"
    if old and level_of(old) != level_of(new):
        yield f"{dot(old)} is a {level_of(old)} and {dot(new)} a {level_of(new)}"
    if row.change == "recode" and old == new:
        yield "a recode needs another code; a new name alone is a rename"


def _relation_faults(rows: Sequence[ChangeRow], before: Mapping[str, ListedRegion]) -> Iterator[ChangeFault]:
    """What is wrong between rows."""
    by_old, by_new = _grouped(rows, "old"), _grouped(rows, "new")
    changes_of = {code: {each.change for each in of_code} for code, of_code in by_old.items()}
    parts_of = {code: {each.new for each in of_code} for code, of_code in by_old.items()}
    joined_in = {code: {each.old for each in of_code} for code, of_code in by_new.items()}
    leaving = _leaving(rows)
    pairs: set[tuple[str, str]] = set()
    for row in rows:
        if (row.old, row.new) in pairs:
            yield ChangeFault(row.line, "repeats a line before it")
        elif len(changes_of.get(row.old, ())) > 1:
            yield ChangeFault(row.line, f"{dot(row.old)} has rows of more than one kind of change")
        elif row.change == "recode" and len(by_old[row.old]) > 1:
            yield ChangeFault(row.line, f"{dot(row.old)} goes on under more than one code; that is a split")
        elif row.change == "split" and len(parts_of[row.old]) < 2:
            yield ChangeFault(row.line, f"a split of {dot(row.old)} needs two rows or more")
        elif row.change == "merge" and len(joined_in[row.new]) < 2:
            yield ChangeFault(row.line, f"a merge into {dot(row.new)} needs two rows or more")
        elif row.change in ("new", "recode") and len(by_new[row.new]) > 1:
            yield ChangeFault(row.line, f"{dot(row.new)} is made by more than one row")
        elif row.change in ("new", "recode") and row.new in before and row.new not in leaving:
            yield ChangeFault(row.line, f"{dot(row.new)} is already in force on the day before")
        pairs.add((row.old, row.new))
    for code, made in by_new.items():
        if len({row.name for row in made if row.name}) > 1:
            yield ChangeFault(made[-1].line, f"{dot(code)} has more than one name")
        elif (
            code in before
            and code not in leaving | joined_in[code]
            and any(row.name and row.change in ("split", "merge") for row in made)
        ):
            yield ChangeFault(made[0].line, f"name: {dot(code)} is {before[code].name}; a new name is a row rename")
        elif made[0].change in ("split", "merge") and not _name_of(code, made, before, leaving):
            yield ChangeFault(made[0].line, f"name: {dot(code)} is new and needs a name")


def _grouped(rows: Iterable[ChangeRow], column: str) -> dict[str, list[ChangeRow]]:
    groups: dict[str, list[ChangeRow]] = {}
    for row in rows:
        if code := getattr(row, column):
            groups.setdefault(code, []).append(row)
    return groups


def _leaving(rows: Iterable[ChangeRow]) -> set[str]:
    """Old codes that no row keeps."""
    rows = list(rows)
    return {row.old for row in rows if row.old} - {row.old for row in rows if row.old == row.new}


def _name_of(code: str, made: Sequence[ChangeRow], before: Mapping[str, ListedRegion], leaving: set[str]) -> str | None:
    """The name that the rows give a code. Without one, a region keeps the name it had."""
    given = next((row.name for row in made if row.name), None)
    if given is None and code in before and code not in leaving:
        return before[code].name
    if given is None and made[0].change == "recode":
        return before[made[0].old].name
    return given


def _list_after(before: Mapping[str, ListedRegion], rows: Sequence[ChangeRow]) -> dict[str, ListedRegion]:
    leaving = _leaving(rows)
    after = {code: region for code, region in before.items() if code not in leaving}
    after.setdefault(COUNTRY, ListedRegion(COUNTRY, "Indonesia", "country", "negara", None, None))
    for code, made in _grouped(rows, "new").items():
        kept = after.get(code)
        bps_code = next((row.bps_code for row in made if row.bps_code), kept.bps_code if kept else None)
        name = _name_of(code, made, before, leaving) or ""
        after[code] = ListedRegion(code, name, level_of(code), kind_of(code), parent_of(code), bps_code)
    return after


def _parent_faults(after: Mapping[str, ListedRegion], rows: Sequence[ChangeRow]) -> Iterator[ChangeFault]:
    """Regions without the region above them, at the line that makes the region or takes the one above away."""
    lines = {row.new: row.line for row in rows if row.new} | {row.old: row.line for row in rows if row.old not in after}
    for code, region in after.items():
        if region.parent is not None and region.parent not in after:
            line = lines.get(region.parent, lines.get(code, 0))
            yield ChangeFault(
                line, f"{dot(code)} would have no {level_of(region.parent)} {dot(region.parent)} above it"
            )


def _lineage(rows: Sequence[ChangeRow]) -> list[tuple[str, str, LineageKind]]:
    kinds: dict[str, LineageKind] = {kind: kind for kind in get_args(LineageKind)}
    return [(row.old, row.new, kinds[row.change]) for row in rows if row.change in kinds]
