"""New one-time codes for many people at once: those in a file, or those with a role in a region."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Row, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller, is_self, may_grant
from app.formats.table_file import TableFile, read_table_file
from app.models import Person, RoleGrant
from app.platform.database import inside
from app.platform.sql import in_parts
from app.problems import Fault, Problem, kinds, pointer
from app.schemas.access.person import CodesOut, LeftOutOut, LeftOutReason
from app.services.access.grants import grants_of, is_live
from app.services.access.people import replace_codes
from app.services.access.people_files import FILE_BYTES, FILE_LINES, USERNAME, odd_in
from app.services.access.slips import make_slips

Found = Row[UUID, str, str, str | None, datetime | None]
_COLUMNS: Final = (
    *(col(Person.id), col(Person.username), col(Person.name), col(Person.password_hash), col(Person.disabled_at)),
)


async def read_usernames(body: bytes) -> TableFile:
    """Returns the lines of a file that names people by username. Raises body-too-large and faults."""
    if len(body) > FILE_BYTES:
        raise Problem(kinds.TOO_LARGE, limit_bytes=FILE_BYTES)
    return await asyncio.to_thread(read_table_file, body, (USERNAME,), limit=FILE_LINES)


@dataclass(frozen=True, slots=True)
class InRegion:
    """Everybody with a role in a region's subtree, or with this role there."""

    region: str
    role: str | None


def choose_people(file: TableFile | None, region: str | None, role: str | None) -> TableFile | InRegion:
    """Returns the file or the region that says who gets a code. Raises faults unless it is one of them alone."""
    if file is None and region is not None:
        return InRegion(region, role)
    faults = [Fault("unknown_member", parameter=name) for name, value in (("region", region), ("role", role)) if value]
    if file is None or faults:
        raise Problem(kinds.FAULTS, faults=faults if file is not None else [Fault("missing", parameter="region")])
    return file


async def give_codes(
    session: AsyncSession, caller: Caller, chosen: TableFile | InRegion, *, include_signed_in: bool, code_days: int
) -> CodesOut:
    """Gives a new one-time code to each of the chosen people.

    In a region, those whom the caller may not change are left out and named. A file with one of them is refused.
    Raises faults, region-outside-caller and account-beyond-caller.
    """
    give = partial(_give, session, caller, include_signed_in=include_signed_in, code_days=code_days)
    if isinstance(chosen, InRegion):
        return await give(await _find_in_region(session, caller, chosen, include_signed_in=include_signed_in))
    codes = await give(await _find_in_file(session, caller, chosen))
    return codes.model_copy(update=odd_in(chosen))


async def _find_in_region(
    session: AsyncSession, caller: Caller, chosen: InRegion, *, include_signed_in: bool
) -> Sequence[Found]:
    """Locks everybody who has a role in a region's subtree, now or later, and is not disabled."""
    if not caller.covers(chosen.region):
        raise Problem(kinds.FORBIDDEN_REGION)
    until = col(RoleGrant.valid_until)
    live = and_(col(RoleGrant.ended_at).is_(None), or_(until.is_(None), until > datetime.now(UTC)))
    granted = and_(inside(col(RoleGrant.region), [chosen.region]), live)
    if chosen.role is not None:
        granted = and_(granted, col(RoleGrant.role) == chosen.role)
    has = exists().where(col(RoleGrant.person_id) == col(Person.id), granted)
    query = select(*_COLUMNS).where(has, col(Person.disabled_at).is_(None))
    if not include_signed_in:
        query = query.where(col(Person.password_hash).is_(None))
    query = query.order_by(col(Person.username)).limit(FILE_LINES + 1).with_for_update()
    found = list(await session.execute(query))
    if len(found) > FILE_LINES:
        raise Problem(kinds.FAULTS, faults=[Fault("too_many_people", parameter="region", limits={"limit": FILE_LINES})])
    return found


async def _find_in_file(session: AsyncSession, caller: Caller, file: TableFile) -> Sequence[Found]:
    """Locks everybody in a file, in its order."""
    lines = {cells["username"]: number for number, cells in reversed(file.rows) if "username" in cells}
    faults = [Fault("missing", pointer((number, "username"))) for number, cells in file.rows if "username" not in cells]
    query = select(*_COLUMNS).order_by(col(Person.username)).with_for_update()
    storable = sorted(each for each in lines if "\x00" not in each)
    found: list[Found] = []
    for part in in_parts(storable):
        found += await session.execute(query.where(col(Person.username).in_(part)))
    seen = await _places(session, found)
    visible = {each.username for each in found if any(caller.covers(region) for _, region in seen[each.id].all)}
    faults += [
        Fault("unknown_person", pointer((line, "username"))) for name, line in lines.items() if name not in visible
    ]
    if faults := file.all_faults(faults):
        raise Problem(kinds.FAULTS, faults=faults)
    beyond = [each.username for each in found if not seen[each.id].may_change(caller, each.id)]
    if beyond:
        told = [file.placed(Fault("beyond_caller", pointer((lines[name], "username")))) for name in beyond]
        raise Problem(kinds.ACCOUNT_BEYOND, faults=told)
    return sorted(found, key=lambda each: lines[each.username])


class _Held:
    """The grants of one person."""

    def __init__(self, grants: Sequence[RoleGrant]) -> None:
        now = datetime.now(UTC)
        self.all = [(each.role, each.region) for each in grants]
        self.live = [(each.role, each.region) for each in reversed(grants) if is_live(each, now)]

    def may_change(self, caller: Caller, person: UUID) -> bool:
        """Whether the caller could grant all that the person holds, and is not the person."""
        return all(may_grant(caller, *each) for each in self.live) and not is_self(caller, "person", person)


async def _places(session: AsyncSession, found: Sequence[Found]) -> Mapping[UUID, _Held]:
    grants: dict[UUID, list[RoleGrant]] = {each.id: [] for each in found}
    for part in in_parts(found):
        for grant in await grants_of(session, [each.id for each in part]):
            grants[grant.person_id].append(grant)
    return {person: _Held(some) for person, some in grants.items()}


async def _give(
    session: AsyncSession, caller: Caller, found: Sequence[Found], *, include_signed_in: bool, code_days: int
) -> CodesOut:
    """Gives the codes, and says who got none and why."""
    held = await _places(session, found)
    left_out: list[LeftOutOut] = []
    given: list[Found] = []
    for each in found:
        reason: LeftOutReason | None = None
        if not held[each.id].live or not held[each.id].may_change(caller, each.id):
            reason = "beyond_caller" if held[each.id].live else "no_role"
        elif each.disabled_at is not None:
            reason = "disabled"
        elif each.password_hash is not None and not include_signed_in:
            reason = "signed_in"
        if reason is None:
            given.append(each)
        else:
            left_out.append(LeftOutOut(username=each.username, reason=reason))
    expires_at = datetime.now(UTC) + timedelta(days=code_days)
    regions = {each.id: [region for _, region in held[each.id].all] for each in given}
    signed_in = [each.id for each in given if each.password_hash is not None]
    codes = await replace_codes(session, caller, regions, expires_at, signed_in=signed_in)
    rows = [
        ({"id": each.id, "username": each.username, "name": each.name, "code_expires_at": expires_at}, codes[each.id])
        for each in given
    ]
    slips = await make_slips(session, rows, {each.id: _first_seen(held[each.id].live, caller) for each in given})
    return CodesOut(people=slips, left_out=left_out)


def _first_seen(places: Sequence[tuple[str, str]], caller: Caller) -> list[tuple[str, str]]:
    """The places that the caller covers, which are all that a caller sees of a person."""
    return [each for each in places if caller.covers(each[1])] or list(places)
