"""Reads the accounts and roles that a body asks for, and finds the faults that need no database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from app.access import ROLES, Caller, level_fits, may_grant
from app.problems import Fault, Problem, kinds, pointer, read_shape
from app.problems.wording import AsTyped, say_levels
from app.regions.local_time import local_day, start_of_day
from app.schemas.access.person import GrantIn, PersonRowIn
from app.turns import in_turns

Path = tuple[str | int, ...]
"""The steps to a part of the body, which are names and numbers."""


class Timed(Protocol):
    """Something that is valid for a time. It has no end if `valid_until` is None."""

    @property
    def valid_from(self) -> datetime: ...
    @property
    def valid_until(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A requested grant whose shape is valid. `person` is whatever the request says about who gets it."""

    path: Path
    person: object
    grant: GrantIn
    valid_from: datetime
    valid_until: datetime | None

    def overlaps(self, other: Timed) -> bool:
        """Returns whether the two are valid at a common moment."""
        return (other.valid_until is None or self.valid_from < other.valid_until) and (
            self.valid_until is None or other.valid_from < self.valid_until
        )


@dataclass(slots=True)
class Draft:
    """A person who is to get an account."""

    path: Path
    username: str
    name: str
    asked: list[Asked]
    in_training: bool = False


def ask(path: Path, person: object, grant: GrantIn, now: datetime) -> Asked:
    """Turns the days that a grant names into moments at its region. No grant begins in the past."""
    start, end = grant.valid_from, grant.valid_until
    valid_from = now if start is None else max(now, _instant(start, grant.region))
    # A last day is included, so the grant ends where the next day begins.
    after = timedelta(days=0 if isinstance(end, datetime) else 1)
    valid_until = None if end is None else _instant(end + after, grant.region)
    return Asked(path, person, grant, valid_from, valid_until)


def _instant(moment: date, region: str) -> datetime:
    found = moment if isinstance(moment, datetime) else start_of_day(moment, region)
    return found.astimezone(UTC)


async def refuse_beyond(caller: Caller, asked: Iterable[Asked]) -> None:
    """Raises grant-beyond-caller for all that the caller could not grant, even if the body has other faults."""
    beyond = [each async for each in in_turns(asked) if not may_grant(caller, each.grant.role, each.grant.region)]
    if beyond:
        faults = [Fault("beyond_caller", pointer=pointer((*each.path, "region"))) for each in beyond]
        raise Problem(kinds.GRANT_BEYOND, faults=faults)


async def check_asked(asked: Sequence[Asked]) -> list[Fault]:
    """Returns the faults of grants with a wrong level or time, and of grants that repeat an earlier one."""
    faults: list[Fault] = []
    earlier: dict[object, list[Asked]] = {}
    async for each in in_turns(asked):
        grant, others = each.grant, earlier.setdefault((each.person, each.grant.role, each.grant.region), [])
        if not level_fits(grant.role, grant.region):
            levels = say_levels(ROLES[grant.role].levels)
            faults.append(Fault("wrong_level", pointer=pointer((*each.path, "region")), limits={"levels": levels}))
        if each.valid_until is not None and each.valid_until <= each.valid_from:
            faults.append(_bad_validity(each))
        if any(each.overlaps(other) for other in others):
            faults.append(Fault("repeated", pointer=pointer((*each.path, "role"))))
        others.append(each)
    return faults


def _bad_validity(asked: Asked) -> Fault:
    first = local_day(asked.valid_from, asked.grant.region)
    limits = {"minimum": first, "example": AsTyped((first + timedelta(days=365)).isoformat())}
    return Fault("bad_validity", pointer=pointer((*asked.path, "valid_until")), limits=limits)


@dataclass(slots=True)
class ReadFile:
    """What a file of people asks for. `faults` are those of single lines and between the lines of one person."""

    asked: list[Asked]
    drafts: dict[str, Draft]
    """By username."""
    faults: list[Fault]


async def read_rows(lines: Sequence[tuple[int, Mapping[str, str]]], now: datetime) -> ReadFile:
    """Reads all lines. A line whose role is valid counts among `asked`, even if its other cells have faults."""
    read = ReadFile([], {}, [])
    async for number, cells in in_turns(lines):
        row, wrong = read_shape(PersonRowIn, cells, (number,))
        read.faults += wrong
        username, name = cells.get("username"), cells.get("name") if row is None else row.name
        grant = row or read_shape(GrantIn, {key: cells[key] for key in GrantIn.model_fields if key in cells})[0]
        asked = [] if grant is None else [ask((number,), cells.get("username", number), grant, now)]
        read.asked += asked
        if username is None or name is None:
            continue
        draft = read.drafts.setdefault(username, Draft((number,), username, name, []))
        if draft.name != name:
            read.faults.append(Fault("name_differs", pointer=pointer((number, "name"))))
        draft.asked += asked
        draft.in_training |= row is not None and row.training == "yes"
    return read
