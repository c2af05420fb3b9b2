"""Gives accounts and roles to one person or to all people in a file for a training. Adds and ends single roles.

The same rules judge every grant, and every fault is reported at once. Nobody grants more than they hold.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller, is_self, may_grant
from app.formats.table_file import TableFile
from app.models import Person
from app.platform.sql import in_parts
from app.problems import Fault, Problem, kinds, pointer, read_shape
from app.schemas.access.person import (
    LONGEST_USERNAME,
    MOST_GRANTS,
    CodesOut,
    GrantIn,
    GrantOut,
    NewCodeGrantOut,
    NewPersonOut,
    PersonIn,
    PersonOut,
)
from app.services.access.code_makers import opens_too_much
from app.services.access.grant_checks import Asked, Draft, Path, ask, check_asked, read_rows, refuse_beyond
from app.services.access.grants import end_now, insert_grants, is_live
from app.services.access.people import find_seen, insert_people, refuse_stronger, replace_code, taken_fault
from app.services.access.people_files import odd_in
from app.services.access.revocations import revoke
from app.services.access.slips import make_slips
from app.services.reference.standing import find_ended


async def create_person(
    session: AsyncSession, caller: Caller, content: Mapping[str, Any], *, code_days: int
) -> NewPersonOut:
    """Creates an account from a body of shape PersonIn, with a one-time code. Raises faults and grant-beyond-caller."""
    now = datetime.now(UTC)
    listed = content.get("grants")
    username = sent if isinstance(sent := content.get("username"), str) else ""
    asked = [
        ask(("grants", at), username, grant, now)
        for at, each in enumerate(listed[:MOST_GRANTS] if isinstance(listed, list) else ())
        if (grant := read_shape(GrantIn, each)[0]) is not None
    ]
    await refuse_beyond(caller, asked)
    person, faults = read_shape(PersonIn, content)
    faults += await _taken_faults(session, {username: ()})
    faults += await _grant_faults(session, asked)
    if person is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    draft = Draft((), person.username, person.name, asked, person.training)
    ((stored, code),) = await insert_people(session, caller, [draft], now + timedelta(days=code_days))
    grants = await insert_grants(session, caller, {stored["id"]: asked})
    return NewPersonOut(**dict(PersonOut.of(stored, [GrantOut.of(each) for each in grants])), code=code)


async def import_people(session: AsyncSession, caller: Caller, file: TableFile, *, code_days: int) -> CodesOut:
    """Creates an account and a one-time code for everybody in a file, or for nobody if the file has a fault.

    The cells of a line have the shape PersonRowIn. A person may have several lines. Raises the same problems as
    `create_person`, whose faults name the place in the file.
    """
    now = datetime.now(UTC)
    read = await read_rows(file.rows, now)
    try:
        await refuse_beyond(caller, read.asked)
    except Problem as problem:
        raise Problem(problem.kind, faults=[file.placed(each) for each in problem.faults]) from None
    drafts = list(read.drafts.values())
    faults = read.faults + await _taken_faults(session, {draft.username: draft.path for draft in drafts})
    faults += await _grant_faults(session, read.asked)
    if faults := file.all_faults(faults):
        raise Problem(kinds.FAULTS, faults=faults)
    stored = await insert_people(session, caller, drafts, now + timedelta(days=code_days))
    asked = {row["id"]: draft.asked for (row, _), draft in zip(stored, drafts, strict=True)}
    await insert_grants(session, caller, asked)
    places = {person: [(each.grant.role, each.grant.region) for each in some] for person, some in asked.items()}
    return CodesOut(people=await make_slips(session, stored, places), **odd_in(file))


async def add_grant(
    session: AsyncSession, caller: Caller, person: UUID | str, content: Mapping[str, Any], *, code_days: int
) -> GrantOut:
    """Grants a person one more role, from a body of shape GrantIn. `person` is an id or a username.

    If whoever made the person's last code could not grant the role, the password and all sign-ins end, and the result
    has a new code. Raises faults, not-found and grant-beyond-caller. Raises account-beyond-caller for the caller's own
    account, and for an account that needs a new code and may do more than the caller.
    """
    found, held = await find_seen(session, caller, person, lock=True)
    if is_self(caller, "person", found.id):
        raise Problem(kinds.ACCOUNT_BEYOND)
    grant, faults = read_shape(GrantIn, content)
    if grant is None:
        raise Problem(kinds.FAULTS, faults=faults)
    asked = ask((), found.id, grant, datetime.now(UTC))
    await refuse_beyond(caller, [asked])
    faults = await _grant_faults(session, [asked])
    same = [each for each in held if (each.role, each.region) == (grant.role, grant.region) and each.ended_at is None]
    if any(asked.overlaps(each) for each in same):
        faults.append(Fault("repeated", pointer="/role"))
    if faults:
        raise Problem(kinds.FAULTS, faults=faults)
    ends_password = await opens_too_much(session, caller, found, grant.role, grant.region)
    if ends_password:
        refuse_stronger(caller, found, held)
    (row,) = await insert_grants(session, caller, {found.id: [asked]})
    added = GrantOut.of(row)
    if not ends_password:
        return added
    given = await replace_code(session, caller, found, held, code_days=code_days)
    return NewCodeGrantOut(**dict(added), code=given.code, code_expires_at=given.code_expires_at)


async def end_grant(session: AsyncSession, caller: Caller, person: UUID | str, *, grant: UUID) -> None:
    """Ends a grant now and revokes the person's tokens, so that their next token lacks the role.

    A grant that is over already stays as it is. This asks for less than other changes of a person do. To take away one
    role, it is enough that the caller could grant it. Raises not-found and account-beyond-caller.
    """
    found, grants = await find_seen(session, caller, person, lock=True)
    ending = next((each for each in grants if each.id == grant and caller.covers(each.region)), None)
    if ending is None:
        raise Problem(kinds.NOT_FOUND)
    if is_self(caller, "person", found.id) or not may_grant(caller, ending.role, ending.region):
        raise Problem(kinds.ACCOUNT_BEYOND)
    if is_live(ending, datetime.now(UTC)):
        await end_now(session, caller, ending)
        await revoke(session, f"person:{found.id}")


async def _taken_faults(session: AsyncSession, paths: Mapping[str, Path]) -> list[Fault]:
    storable = [username for username in paths if len(username) <= LONGEST_USERNAME and "\x00" not in username]
    taken: list[str] = []
    for part in in_parts(storable):
        taken += await session.scalars(select(col(Person.username)).where(col(Person.username).in_(part)))
    return [taken_fault(paths[username]) for username in taken]


async def _grant_faults(session: AsyncSession, asked: Sequence[Asked]) -> list[Fault]:
    named = [(pointer((*each.path, "region")), each.grant.region) for each in asked]
    return await check_asked(asked) + await find_ended(session, named, datetime.now(UTC))
