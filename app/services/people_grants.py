"""Giving accounts and roles: to one person, to all in a file for a training, or one role more.

Whatever the way, every grant is judged alike, and all that is wrong is said at once: nobody grants more than they hold.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app import problems
from app.audit import record
from app.models import Person, Region, RegionEdition, RoleGrant
from app.people.appointing import (
    Asked,
    Draft,
    Place,
    ask,
    check_asked,
    read_rows,
    refuse_beyond,
    text_faults,
)
from app.problems import Fault, Problem, pointer, read_shape
from app.schemas.person import CodeOut, CodesOut, GrantIn, GrantOut, NewPersonOut, PersonIn, PersonOut
from app.security import Caller, is_self, make_code, span_of


async def create_person(
    session: AsyncSession, caller: Caller, content: Mapping[str, Any], *, code_days: int
) -> NewPersonOut:
    """Gives somebody an account (shape: PersonIn) and a one-time code. Raises faults and grant-beyond-caller."""
    now = datetime.now(UTC)
    listed = content.get("grants")
    username = sent if isinstance(sent := content.get("username"), str) else ""
    asked = [
        ask(("grants", at), username, grant, now)
        for at, each in enumerate(listed if isinstance(listed, list) else ())
        if (grant := read_shape(GrantIn, each)[0]) is not None
    ]
    refuse_beyond(caller, asked)
    person, faults = read_shape(PersonIn, content)
    faults += text_faults((), content) + await _taken_faults(session, {username: ()})
    faults += await _grant_faults(session, asked)
    if person is None or faults:
        raise Problem(problems.FAULTS, faults=faults)
    draft = Draft((), person.username, person.name, asked)
    ((stored, code),) = await _insert_people(session, caller, [draft], now + timedelta(days=code_days))
    grants = await _insert_grants(session, caller, {stored["id"]: asked})
    return NewPersonOut(**dict(PersonOut.of(stored, grants)), code=code)


async def import_people(
    session: AsyncSession, caller: Caller, lines: Sequence[tuple[int, Mapping[str, str]]], *, code_days: int
) -> CodesOut:
    """Gives everybody in a file an account and a one-time code: all of them or, where anything is wrong, nobody.

    lines: number and cells (shape: PersonRowIn); a person may have several. Raises as `create_person`.
    """
    now = datetime.now(UTC)
    asked = [
        ask((number,), cells.get("username", number), grant, now)
        for number, cells in lines
        if (grant := read_shape(GrantIn, {name: cells[name] for name in GrantIn.model_fields if name in cells})[0])
        is not None
    ]
    refuse_beyond(caller, asked)
    faults, drafts = read_rows(lines, asked)
    places = {username: draft.place for username, draft in drafts.items()}
    faults += await _taken_faults(session, places) + await _grant_faults(session, asked)
    if faults:
        raise Problem(problems.FAULTS, faults=sorted(faults, key=_line_of))
    stored = await _insert_people(session, caller, list(drafts.values()), now + timedelta(days=code_days))
    await _insert_grants(session, caller, {each["id"]: drafts[each["username"]].asked for each, _ in stored})
    return CodesOut(people=[CodeOut(**{name: each[name] for name in _SLIP}, code=code) for each, code in stored])


_SLIP: Final = ("id", "username", "name", "code_expires_at")


def _line_of(fault: Fault) -> int:
    return int((fault.pointer or "").split("/")[1])


async def add_grant(session: AsyncSession, caller: Caller, person: UUID | str, content: Mapping[str, Any]) -> GrantOut:
    """Grants somebody one more role (shape: GrantIn). person: id or username.

    Raises faults, not-found, grant-beyond-caller, and account-beyond-caller for one's own account.
    """
    found, held = await _lock_seen(session, caller, person)
    if is_self(caller, "person", found):
        raise Problem(problems.ACCOUNT_BEYOND)
    grant, faults = read_shape(GrantIn, content)
    if grant is None:
        raise Problem(problems.FAULTS, faults=faults)
    asked = ask((), found, grant, datetime.now(UTC))
    refuse_beyond(caller, [asked])
    faults = await _grant_faults(session, [asked])
    same = [each for each in held if (each.role, each.region) == (grant.role, grant.region) and each.ended_at is None]
    if any(asked.overlaps(each) for each in same):
        faults.append(Fault("repeated", pointer="/role"))
    if faults:
        raise Problem(problems.FAULTS, faults=faults)
    (added,) = await _insert_grants(session, caller, {found: [asked]})
    return added


async def _lock_seen(session: AsyncSession, caller: Caller, person: UUID | str) -> tuple[UUID, list[RoleGrant]]:
    """Somebody with a grant inside the caller's regions, held until the end of the transaction."""
    key = col(Person.id if isinstance(person, UUID) else Person.username)
    found = await session.scalar(select(col(Person.id)).where(key == person).with_for_update())
    held = list(await session.scalars(select(RoleGrant).where(col(RoleGrant.person_id) == found)))
    if found is None or not any(caller.covers(each.region) for each in held):
        raise Problem(problems.NOT_FOUND)
    return found, held


async def _taken_faults(session: AsyncSession, places: Mapping[str, Place]) -> list[Fault]:
    sound = [username for username in places if "\x00" not in username]
    query = select(col(Person.username)).where(col(Person.username).in_(sound))
    return [_taken(places[username]) for username in await session.scalars(query)]


def _taken(place: Place) -> Fault:
    return Fault("taken", pointer=pointer((*place, "username")))


async def _grant_faults(session: AsyncSession, asked: Sequence[Asked]) -> list[Fault]:
    query = select(col(Region.code)).join(RegionEdition, col(RegionEdition.code) == col(Region.edition))
    codes = {each.grant.region for each in asked}
    query = query.where(col(RegionEdition.valid_to).is_(None), col(Region.code).in_(codes))
    in_force = set(await session.scalars(query))
    missing = [each for each in asked if each.grant.region not in in_force]
    return check_asked(asked) + [Fault("not_in_force", pointer=pointer((*each.place, "region"))) for each in missing]


async def _insert_people(
    session: AsyncSession, caller: Caller, drafts: Sequence[Draft], expires_at: datetime
) -> list[tuple[dict[str, Any], str]]:
    """The rows as stored, each with its one-time code. Raises faults where somebody else was quicker with a name."""
    rows = []
    for draft in drafts:
        code, digest = make_code()
        person = Person(
            id=uuid4(),
            username=draft.username,
            name=draft.name,
            code_digest=digest,
            code_expires_at=expires_at,
            created_at=datetime.now(UTC),
        )
        rows.append((person.model_dump(), code))
    added = insert(Person).values([row for row, _ in rows]).on_conflict_do_nothing(index_elements=["username"])
    stored = set(await session.scalars(added.returning(col(Person.username))))
    if lost := [_taken(draft.place) for draft in drafts if draft.username not in stored]:
        raise Problem(problems.FAULTS, faults=lost)
    for (row, _), draft in zip(rows, drafts, strict=True):
        region = span_of(each.grant.region for each in draft.asked)
        after = {"code_expires_at": expires_at.isoformat()}
        await record(session, caller, "person.create", region=region, subject=f"person:{row['id']}", after=after)
    return rows


async def _insert_grants(
    session: AsyncSession, caller: Caller, asked: Mapping[UUID, Sequence[Asked]]
) -> list[GrantOut]:
    rows = [
        RoleGrant(
            id=uuid4(),
            person_id=person,
            role=each.grant.role,
            region=each.grant.region,
            valid_from=each.valid_from,
            valid_until=each.valid_until,
            granted_by=UUID(caller.id),
            granted_at=datetime.now(UTC),
        )
        for person, grants in asked.items()
        for each in grants
    ]
    await session.execute(insert(RoleGrant), [row.model_dump() for row in rows])
    for row in rows:
        until = row.valid_until.isoformat() if row.valid_until else None
        after = {"grant": str(row.id), "role": row.role, "valid_from": row.valid_from.isoformat(), "valid_until": until}
        await record(session, caller, "grant.create", region=row.region, subject=f"person:{row.person_id}", after=after)
    return [GrantOut.of(row.model_dump()) for row in rows]
