"""People with an account. The only writer of `person`.

A caller sees a person who has or had a grant inside the caller's regions. The caller may change the person only if the
caller could have granted them everything that they hold. Otherwise a new one-time code for somebody stronger would be a
way to more rights.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, bindparam, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller, is_self, may_grant, span_of
from app.models import Person, RoleGrant
from app.platform.codes import make_code
from app.platform.cursors import bad_cursor
from app.platform.database import inside
from app.platform.sql import in_parts
from app.problems import Fault, Problem, kinds, pointer, read_shape
from app.problems.wording import AsTyped
from app.schemas.access.person import CodeOut, GrantOut, PersonChangeIn, PersonOut
from app.schemas.shapes import Page
from app.services.access.export_keys import end_keys_of
from app.services.access.grant_checks import Draft, Path
from app.services.access.grants import grants_of, is_live, valid_now
from app.services.access.revocations import revoke
from app.services.access.second_factors import remove_factor
from app.services.access.sign_ins import end_sign_ins
from app.services.audit.queue import Event, record, record_all
from app.turns import in_turns


async def find_person(session: AsyncSession, caller: Caller, person: UUID | str) -> PersonOut:
    """Returns a person, by id or username, with the grants inside the caller's regions. Raises not-found."""
    found, grants = await find_seen(session, caller, person)
    return _out(found, caller, grants)


async def list_people(
    session: AsyncSession,
    caller: Caller,
    *,
    region: str | None = None,
    role: str | None = None,
    active: bool | None = None,
    signed_in: bool | None = None,
    training: bool | None = None,
    q: str | None = None,
    limit: int,
    cursor: UUID | None = None,
) -> Page[PersonOut]:
    """Returns a page of the people with a grant in a region's subtree, by username. The grant may be over.

    Without `region`, the grant lies in the caller's regions. `role` is the role of that grant. `active` asks whether
    the person is not disabled and such a grant is valid now. `signed_in` asks whether they have set a password, and
    `training` whether they are in training. `q` is a folded part of the username. Raises region-outside-caller.
    """
    if region is not None and not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    granted = inside(col(RoleGrant.region), [region] if region is not None else caller.regions)
    if role is not None:
        granted = and_(granted, col(RoleGrant.role) == role)
    query = select(Person).where(_has(granted)).order_by(col(Person.username)).limit(limit + 1)
    if active is not None:
        is_active = and_(col(Person.disabled_at).is_(None), _has(and_(granted, valid_now())))
        query = query.where(is_active if active else ~is_active)
    if signed_in is not None:
        has_password = col(Person.password_hash).is_not(None)
        query = query.where(has_password if signed_in else ~has_password)
    if training is not None:
        query = query.where(col(Person.training).is_(training))
    if q is not None:
        query = query.where(col(Person.username).contains(q, autoescape=True))
    if cursor is not None:
        query = query.where(col(Person.username) > await _username_of(session, cursor))
    people = list(await session.scalars(query))
    grants: dict[UUID, list[RoleGrant]] = {}
    for grant in await grants_of(session, [each.id for each in people[:limit]]):
        grants.setdefault(grant.person_id, []).append(grant)
    return await Page[PersonOut].of(
        people,
        limit,
        shape=lambda each: _out(each, caller, grants.get(each.id, ())),
        cursor=lambda each: str(each.id),
    )


def _has(granted: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(col(RoleGrant.person_id) == col(Person.id), granted)


async def _username_of(session: AsyncSession, cursor: UUID) -> str:
    """Returns the username to read on after. The cursor is an id, so that no URL holds a username."""
    username = await session.scalar(select(col(Person.username)).where(col(Person.id) == cursor))
    if username is None:
        raise bad_cursor()
    return username


_CHANGE: Final = {"name": "Siti Aminah", "training": False}


async def change_person(
    session: AsyncSession, caller: Caller, person: UUID | str, content: Mapping[str, Any]
) -> PersonOut:
    """Corrects a name, or puts an account in training or takes it out, from a body of shape PersonChangeIn.

    A new mark ends the person's access tokens, so that nothing is taken under the old one. Raises faults. Raises
    not-found and account-beyond-caller, as every change of a person does.
    """
    found, grants = await _lock(session, caller, person)
    change, faults = read_shape(PersonChangeIn, content)
    if change is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    if change.name is None and change.training is None:
        raise Problem(
            kinds.FAULTS, faults=[Fault("nothing_to_change", pointer="", limits={"example": AsTyped(_CHANGE)})]
        )
    if change.name is not None:
        found.name = change.name
        await _record(session, caller, "person.rename", found, grants, after={"changed": "name"})
    if change.training is not None and change.training != found.training:
        before, found.training = found.training, change.training
        await revoke(session, f"person:{found.id}")
        marks = {"before": {"training": before}, "after": {"training": found.training}}
        await _record(session, caller, "person.training", found, grants, **marks)
    return _out(found, caller, grants)


async def give_code(session: AsyncSession, caller: Caller, person: UUID | str, *, code_days: int) -> CodeOut:
    """Returns a new one-time code. Ends the password, the older code, all sign-ins and all export keys."""
    found, grants = await _lock(session, caller, person)
    return await replace_code(session, caller, found, grants, code_days=code_days)


async def reset_factor(session: AsyncSession, caller: Caller, person: UUID | str, *, code_days: int) -> CodeOut:
    """Removes the second factor of somebody who lost the phone, and does what `give_code` does.

    The password ends too, so that a reset is of no use to somebody who knows it.
    """
    found, grants = await _lock(session, caller, person)
    if await remove_factor(session, found.id):
        await _record(session, caller, "factor.reset", found, grants)
    return await replace_code(session, caller, found, grants, code_days=code_days)


async def replace_code(
    session: AsyncSession, caller: Caller, person: Person, grants: Sequence[RoleGrant], *, code_days: int
) -> CodeOut:
    """Does what `give_code` does to a locked person. Raises account-beyond-caller."""
    refuse_stronger(caller, person, grants)
    code, person.code_digest = make_code()
    expires_at = datetime.now(UTC) + timedelta(days=code_days)
    person.code_expires_at, person.password_hash = expires_at, None
    person.code_maker_kind, person.code_maker_id = caller.kind, caller.id
    await end_sign_ins(session, person.id)
    await end_keys_of(session, "person", [person.id])
    after = {"code_expires_at": expires_at.isoformat()}
    await _record(session, caller, "person.code", person, grants, after=after)
    return CodeOut(id=person.id, username=person.username, name=person.name, code=code, code_expires_at=expires_at)


async def replace_codes(
    session: AsyncSession,
    caller: Caller,
    people: Mapping[UUID, Sequence[str]],
    expires_at: datetime,
    *,
    signed_in: Sequence[UUID],
) -> dict[UUID, str]:
    """Returns new one-time codes of locked people by id, and does to each what `give_code` does.

    `people` are the regions of all their grants. `signed_in` are those who have a password. The caller has been
    checked.
    """
    made = {person: make_code() async for person in in_turns(people)}
    change = update(Person).where(col(Person.id) == bindparam("person"))
    values = {"code_expires_at": expires_at, "code_maker_kind": caller.kind, "code_maker_id": caller.id}
    change = change.values(password_hash=None, code_digest=bindparam("digest"), **values)
    connection = await session.connection()
    for part in in_parts([{"person": person, "digest": digest} for person, (_, digest) in made.items()]):
        await connection.execute(change, part)
    for person in signed_in:
        await end_sign_ins(session, person)
    await end_keys_of(session, "person", signed_in)
    after = {"after": {"code_expires_at": expires_at.isoformat()}}
    events = [Event(span_of(regions), f"person:{person}", after) async for person, regions in in_turns(people.items())]
    await record_all(session, caller, "person.code", events)
    return {person: code for person, (code, _) in made.items()}


async def disable_person(session: AsyncSession, caller: Caller, person: UUID | str) -> None:
    """Ends all sign-ins, export keys and the one-time code. The person cannot sign in until they are enabled again."""
    found, grants = await _lock(session, caller, person)
    await end_sign_ins(session, found.id)
    await end_keys_of(session, "person", [found.id])
    found.code_digest = found.code_expires_at = None
    if found.disabled_at is None:
        found.disabled_at = datetime.now(UTC)
        after = {"disabled_at": found.disabled_at.isoformat()}
        await _record(session, caller, "person.disable", found, grants, after=after)


async def enable_person(session: AsyncSession, caller: Caller, person: UUID | str) -> None:
    """Lets a person sign in again with the password they had."""
    found, grants = await _lock(session, caller, person)
    if found.disabled_at is not None:
        before, found.disabled_at = found.disabled_at.isoformat(), None
        await _record(session, caller, "person.enable", found, grants, before={"disabled_at": before})


async def find_seen(
    session: AsyncSession, caller: Caller, person: UUID | str, *, lock: bool = False
) -> tuple[Person, list[RoleGrant]]:
    """Returns a person with all their grants. Raises not-found if none of them lies inside the caller's regions."""
    query = select(Person).where(col(Person.id if isinstance(person, UUID) else Person.username) == person)
    found = await session.scalar(query.with_for_update() if lock else query)
    grants = [] if found is None else await grants_of(session, [found.id])
    if found is None or not any(caller.covers(each.region) for each in grants):
        raise Problem(kinds.NOT_FOUND)
    return found, grants


async def _lock(session: AsyncSession, caller: Caller, person: UUID | str) -> tuple[Person, list[RoleGrant]]:
    """Locks the person to change until the transaction ends, so that no stronger grant comes in between."""
    found, grants = await find_seen(session, caller, person, lock=True)
    refuse_stronger(caller, found, grants)
    return found, grants


def refuse_stronger(caller: Caller, person: Person, grants: Sequence[RoleGrant]) -> None:
    """Raises account-beyond-caller if the caller could not grant all that the person holds, or is the person."""
    now = datetime.now(UTC)
    grantable = all(may_grant(caller, each.role, each.region) for each in grants if is_live(each, now))
    if not grantable or is_self(caller, "person", person.id):
        raise Problem(kinds.ACCOUNT_BEYOND)


async def _record(
    session: AsyncSession, caller: Caller, kind: str, person: Person, grants: Sequence[RoleGrant], **detail: Any
) -> None:
    """Audits a change with the smallest region that holds all grants of the person, including those that are over.

    The auditors of that region may see the entry.
    """
    region = span_of(each.region for each in grants)
    await record(session, caller, kind, region=region, subject=f"person:{person.id}", **detail)


def _out(person: Person, caller: Caller, grants: Sequence[RoleGrant]) -> PersonOut:
    seen = [GrantOut.of(each.model_dump()) for each in grants if caller.covers(each.region)]
    return PersonOut.of(person.model_dump(), seen)


def taken_fault(path: Path) -> Fault:
    return Fault("taken", pointer=pointer((*path, "username")))


async def insert_people(
    session: AsyncSession, caller: Caller, drafts: Sequence[Draft], expires_at: datetime
) -> list[tuple[dict[str, Any], str]]:
    """Returns the stored rows, each with its one-time code. Raises faults if somebody else just took a username."""
    rows = [_make_row(caller, draft, expires_at) async for draft in in_turns(drafts)]
    added = insert(Person).on_conflict_do_nothing(index_elements=["username"]).returning(col(Person.username))
    stored: set[str] = set()
    for part in in_parts(rows):
        stored.update(await session.scalars(added, [row for row, _ in part]))
    if lost := [taken_fault(draft.path) for draft in drafts if draft.username not in stored]:
        raise Problem(kinds.FAULTS, faults=lost)
    after = {"code_expires_at": expires_at.isoformat()}
    trained = {**after, "training": True}
    created = [
        Event(
            span_of(each.grant.region for each in draft.asked),
            f"person:{row['id']}",
            {"after": trained if draft.in_training else after},
        )
        async for (row, _), draft in in_turns(zip(rows, drafts, strict=True))
    ]
    await record_all(session, caller, "person.create", created)
    return rows


def _make_row(caller: Caller, draft: Draft, expires_at: datetime) -> tuple[dict[str, Any], str]:
    """Returns a row of `person` and its one-time code. An object of the model would take ten times as long."""
    code, digest = make_code()
    row = {
        "id": uuid4(),
        "username": draft.username,
        "name": draft.name,
        "password_hash": None,
        "code_digest": digest,
        "code_expires_at": expires_at,
        "code_maker_kind": caller.kind,
        "code_maker_id": caller.id,
        "created_at": datetime.now(UTC),
        "disabled_at": None,
        "training": draft.in_training,
    }
    return row, code


async def store_password(session: AsyncSession, person: Person, hashed: str, *, by_code: bool) -> bool:
    """Stores a new password and ends the one-time code.

    Returns False if the proof, which is the code or the old password, was used or replaced meanwhile. Returns False
    also if the person was disabled meanwhile.
    """
    proof = col(Person.password_hash) == person.password_hash
    if by_code:
        proof = col(Person.code_digest) == person.code_digest
    change = update(Person).where(col(Person.id) == person.id, col(Person.disabled_at).is_(None), proof)
    done = await session.scalar(
        change.values(password_hash=hashed, code_digest=None, code_expires_at=None).returning(col(Person.id))
    )
    return done is not None
