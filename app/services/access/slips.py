"""One-time codes with all that stands on a slip: who has which role where, in words."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import ROLES
from app.formats.csv import write_table
from app.formats.xlsx import WorkbookWriter
from app.regions.codes import dot
from app.regions.local_time import local_day, say_local
from app.schemas.access.person import CodesOut, SlipGrantOut, SlipOut
from app.services.reference.standing import find_names
from app.turns import in_turns

SLIP_COLUMNS: Final = ("username", "name", "role", "region", "village", "district", "code", "code_expires_at")
_DISTRICT_DIGITS: Final = 6
_WIDTHS: Final = {
    "name": 28,
    "role": 24,
    "region": 16,
    "village": 24,
    "district": 24,
    "code": 24,
    "code_expires_at": 26,
}

Place = tuple[str, str]
"""A role and its region."""


async def make_slips(
    session: AsyncSession, given: Sequence[tuple[Mapping[str, Any], str]], places: Mapping[UUID, Sequence[Place]]
) -> list[SlipOut]:
    """Returns the slips of rows of `person`, each with its code. `places` are their roles, the most important first."""
    names = await _find_names(session, [region for some in places.values() for _, region in some])
    return [
        SlipOut(
            **{name: row[name] for name in ("id", "username", "name", "code_expires_at")},
            code=code,
            grants=[_describe(role, region, names) for role, region in places[row["id"]]],
        )
        async for row, code in in_turns(given)
    ]


async def describe_places(session: AsyncSession, places: Sequence[Place]) -> list[SlipGrantOut]:
    """Returns one person's roles with the names of their regions, as they stand on a slip."""
    names = await _find_names(session, [region for _, region in places])
    return [_describe(role, region, names) for role, region in places]


async def _find_names(session: AsyncSession, regions: Iterable[str]) -> dict[str, str]:
    codes = set(regions)
    codes |= {code[:_DISTRICT_DIGITS] for code in codes}
    return await find_names(session, codes, local_day(datetime.now(UTC), ""))


def _describe(role: str, region: str, names: Mapping[str, str]) -> SlipGrantOut:
    district = names.get(region[:_DISTRICT_DIGITS]) if len(region) > _DISTRICT_DIGITS else None
    return SlipGrantOut(role=role, region=region, dotted=dot(region), name=names.get(region), district=district)


async def write_csv(codes: CodesOut, separator: str) -> str:
    """Returns one-time codes as CSV with the separator of the file that asked for them."""
    return write_table(SLIP_COLUMNS, [_row(each) async for each in in_turns(codes.people)], separator)


def write_workbook(codes: CodesOut) -> bytes:
    """Returns one-time codes as a workbook. It takes long, so call it in a thread."""
    book = WorkbookWriter("Kode sekali pakai")
    book.begin_sheet("Kode", SLIP_COLUMNS, _WIDTHS)
    for each in codes.people:
        book.add(_row(each))
    return book.close()


def _row(slip: SlipOut) -> list[str]:
    grants = slip.grants
    return [
        slip.username,
        slip.name,
        ", ".join(dict.fromkeys(ROLES[each.role].name[0] for each in grants)),
        ", ".join(dict.fromkeys(each.dotted for each in grants)),
        ", ".join(dict.fromkeys(each.name or "" for each in grants)),
        ", ".join(dict.fromkeys(each.district for each in grants if each.district)),
        slip.code,
        say_local(slip.code_expires_at, grants[0].region),
    ]
