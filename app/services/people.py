"""People with an account: seen by whoever manages a region they have a role in, changed by whoever could have granted
them all they hold. Else a new one-time code for somebody stronger would be a way up.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app import problems
from app.audit import record
from app.database import inside
from app.models import Person, RoleGrant
from app.people.appointing import text_faults
from app.problems import Fault, Problem, read_shape
from app.revocation import end_sign_ins, revoke
from app.schemas.person import CodeOut, GrantOut, PersonChangeIn, PersonOut
from app.schemas.shapes import Page
from app.security import Caller, is_self, make_code, may_grant, span_of


async def find_person(session: AsyncSession, caller: Caller, person: UUID | str) -> PersonOut:
    """One person, by id or username, with the grants inside the caller's regions; raises not-found."""
    found, grants = await _find(session, caller, person)
    return _out(found, caller, grants)


async def list_people(
    session: AsyncSession,
    caller: Caller,
    *,
    region: str | None = None,
    role: str | None = None,
    active: bool | None = None,
    q: str | None = None,
    limit: int,
    cursor: UUID | None = None,
) -> Page[PersonOut]:
    """People with a grant (ended ones too) in a region's subtree, else in the caller's regions, by username.

    role: of that grant; active: whether they are not disabled and that grant is valid now; q: part of the username.
    """
    if region is not None and not caller.covers(region):
        raise Problem(problems.FORBIDDEN_REGION)
    granted = inside(col(RoleGrant.region), [region] if region is not None else caller.regions)
    if role is not None:
        granted = and_(granted, col(RoleGrant.role) == role)
    query = select(Person).where(_has(granted)).order_by(col(Person.username)).limit(limit + 1)
    if active is not None:
        is_active = and_(col(Person.disabled_at).is_(None), _has(and_(granted, _valid_now())))
        query = query.where(is_active if active else ~is_active)
    if q is not None:
        query = query.where(col(Person.username).contains(q.lower(), autoescape=True))
    if cursor is not None:
        query = query.where(col(Person.username) > await _username_of(session, cursor))
    people = list(await session.scalars(query))
    shown = people[:limit]
    grants = await _grants_of(session, [each.id for each in shown])
    return Page[PersonOut](
        items=[_out(each, caller, [grant for grant in grants if grant.person_id == each.id]) for each in shown],
        next=str(shown[-1].id) if len(people) > limit else None,
    )


def _has(granted: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(col(RoleGrant.person_id) == col(Person.id), granted)


def _valid_now() -> ColumnElement[bool]:
    until = col(RoleGrant.valid_until)
    begun = and_(col(RoleGrant.ended_at).is_(None), col(RoleGrant.valid_from) <= func.now())
    return and_(begun, or_(until.is_(None), until > func.now()))


async def _username_of(session: AsyncSession, cursor: UUID) -> str:
    """Where to read on: the cursor is an id, so that no username stands in an address."""
    username = await session.scalar(select(col(Person.username)).where(col(Person.id) == cursor))
    if username is None:
        raise Problem(problems.FAULTS, faults=[Fault("bad_cursor", parameter="cursor")])
    return username


async def rename_person(
    session: AsyncSession, caller: Caller, person: UUID | str, content: Mapping[str, Any]
) -> PersonOut:
    """Corrects a name (shape: PersonChangeIn); raises not-found and account-beyond-caller, as every change does."""
    found, grants = await _lock(session, caller, person)
    change, faults = read_shape(PersonChangeIn, content)
    faults += text_faults((), content)
    if change is None or faults:
        raise Problem(problems.FAULTS, faults=faults)
    found.name = change.name
    await _record(session, caller, "person.rename", found, grants, after={"changed": "name"})
    return _out(found, caller, grants)


async def give_code(session: AsyncSession, caller: Caller, person: UUID | str, *, code_days: int) -> CodeOut:
    """A new one-time code; ends the password, an older code, and all that came of signing in."""
    found, grants = await _lock(session, caller, person)
    code, found.code_digest = make_code()
    expires_at = datetime.now(UTC) + timedelta(days=code_days)
    found.code_expires_at, found.password_hash = expires_at, None
    await end_sign_ins(session, found.id)
    after = {"code_expires_at": expires_at.isoformat()}
    await _record(session, caller, "person.code", found, grants, after=after)
    return CodeOut(id=found.id, username=found.username, name=found.name, code=code, code_expires_at=expires_at)


async def disable_person(session: AsyncSession, caller: Caller, person: UUID | str) -> None:
    """Ends all that came of signing in, and the one-time code; nothing more comes until they are enabled."""
    found, grants = await _lock(session, caller, person)
    await end_sign_ins(session, found.id)
    found.code_digest = found.code_expires_at = None
    if found.disabled_at is None:
        found.disabled_at = datetime.now(UTC)
        after = {"disabled_at": found.disabled_at.isoformat()}
        await _record(session, caller, "person.disable", found, grants, after=after)


async def enable_person(session: AsyncSession, caller: Caller, person: UUID | str) -> None:
    """Lets somebody sign in again, with the password they had."""
    found, grants = await _lock(session, caller, person)
    if found.disabled_at is not None:
        before, found.disabled_at = found.disabled_at.isoformat(), None
        await _record(session, caller, "person.enable", found, grants, before={"disabled_at": before})


async def end_grant(session: AsyncSession, caller: Caller, person: UUID | str, *, grant: UUID) -> None:
    """Ends a grant now; the person's tokens are made anew without it. One that is over already stays as it is.

    Asks for less than other changes: to take away one role it is enough to be able to grant that one.
    """
    found, grants = await _find(session, caller, person, lock=True)
    ending = next((each for each in grants if each.id == grant and caller.covers(each.region)), None)
    if ending is None:
        raise Problem(problems.NOT_FOUND)
    if is_self(caller, "person", found.id) or not may_grant(caller, ending.role, ending.region):
        raise Problem(problems.ACCOUNT_BEYOND)
    now = datetime.now(UTC)
    if _is_live(ending, now):
        ending.ended_at = now
        await revoke(session, f"person:{found.id}")
        until = ending.valid_until.isoformat() if ending.valid_until else None
        change = {
            "before": {"grant": str(ending.id), "role": ending.role, "valid_until": until},
            "after": {"ended_at": now.isoformat()},
        }
        await record(session, caller, "grant.end", region=ending.region, subject=f"person:{found.id}", **change)


def _is_live(grant: RoleGrant, now: datetime) -> bool:
    """Whether it is or will be valid."""
    return grant.ended_at is None and (grant.valid_until is None or grant.valid_until > now)


async def _find(
    session: AsyncSession, caller: Caller, person: UUID | str, *, lock: bool = False
) -> tuple[Person, list[RoleGrant]]:
    """Somebody with all grants; raises not-found without one inside the caller's regions."""
    query = select(Person).where(col(Person.id if isinstance(person, UUID) else Person.username) == person)
    found = await session.scalar(query.with_for_update() if lock else query)
    grants = [] if found is None else await _grants_of(session, [found.id])
    if found is None or not any(caller.covers(each.region) for each in grants):
        raise Problem(problems.NOT_FOUND)
    return found, grants


async def _lock(session: AsyncSession, caller: Caller, person: UUID | str) -> tuple[Person, list[RoleGrant]]:
    """The person to change, held until the end of the transaction, so that no stronger grant comes in between."""
    found, grants = await _find(session, caller, person, lock=True)
    now = datetime.now(UTC)
    grantable = all(may_grant(caller, each.role, each.region) for each in grants if _is_live(each, now))
    if not grantable or is_self(caller, "person", found.id):
        raise Problem(problems.ACCOUNT_BEYOND)
    return found, grants


async def _grants_of(session: AsyncSession, people: Sequence[UUID]) -> list[RoleGrant]:
    query = select(RoleGrant).where(col(RoleGrant.person_id).in_(people))
    return list(await session.scalars(query.order_by(col(RoleGrant.granted_at).desc(), col(RoleGrant.id))))


async def _record(
    session: AsyncSession, caller: Caller, kind: str, person: Person, grants: Sequence[RoleGrant], **detail: Any
) -> None:
    """With the smallest region that holds all their grants, also those that are over: whose auditors may see it."""
    region = span_of(each.region for each in grants)
    await record(session, caller, kind, region=region, subject=f"person:{person.id}", **detail)


def _out(person: Person, caller: Caller, grants: Sequence[RoleGrant]) -> PersonOut:
    seen = [GrantOut.of(each.model_dump()) for each in grants if caller.covers(each.region)]
    return PersonOut.of(person.model_dump(), seen)
