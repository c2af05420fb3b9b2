"""A person's own password: set with a one-time code, or changed with the old one."""

import asyncio
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app import problems
from app.audit import record
from app.models import Person, RoleGrant
from app.problems import Fault, Problem, read_shape
from app.revocation import end_sign_ins
from app.schemas.token import PasswordIn
from app.security import Caller, span_of
from app.security.passwords import find_weakness
from app.security.secrets import digest_code, hash_password, password_matches


def read_change(form: Mapping[str, str]) -> PasswordIn:
    """What was asked for; raises every fault that shows without knowing the person."""
    asked, found = read_shape(PasswordIn, dict(form))
    if asked is None:
        raise Problem(problems.FAULTS, faults=found)
    if asked.code is None and asked.password is None:
        found.append(Fault("missing", "/code"))
    if asked.code is not None and asked.password is not None:
        found.append(Fault("unknown_member", "/password"))
    found += _weakness_of(asked, asked.username)
    if found:
        raise Problem(problems.FAULTS, faults=found)
    return asked


def check_names(asked: PasswordIn, person: Person) -> None:
    """Refuses a new password made of its owner's name, which only who has proven to be the owner may learn."""
    faults = _weakness_of(asked, person.username, person.name)
    if faults:
        raise Problem(problems.FAULTS, faults=faults)


def _weakness_of(asked: PasswordIn, *names: str) -> list[Fault]:
    weakness = find_weakness(asked.new_password, *names)
    return [] if weakness is None else [Fault(weakness, "/new_password")]


async def proves(asked: PasswordIn, person: Person | None) -> bool:
    """Whether code or old password are the person's, who is not disabled; as slow where there is no such account."""
    if asked.code is not None:
        stored = person.code_digest if person is not None else None
        expires = person.code_expires_at if person is not None else None
        matched = hmac.compare_digest(digest_code(asked.code), stored or bytes(32))
        matched = matched and expires is not None and expires > datetime.now(UTC)
    else:
        hashed = person.password_hash if person is not None else None
        matched = await asyncio.to_thread(password_matches, asked.password or "", hashed)
    return matched and person is not None and person.disabled_at is None


async def make_hash(asked: PasswordIn) -> str:
    """The hash of the new password to store; slow, so made in a thread, and best while no connection is held."""
    return await asyncio.to_thread(hash_password, asked.new_password)


async def set_password(session: AsyncSession, person: Person, asked: PasswordIn, *, hashed: str) -> bool:
    """Puts the new password in place and ends all sign-ins; False where the code was used or replaced meanwhile."""
    proof = col(Person.password_hash) == person.password_hash
    if asked.code is not None:
        proof = col(Person.code_digest) == person.code_digest
    change = update(Person).where(col(Person.id) == person.id, col(Person.disabled_at).is_(None), proof)
    done = await session.scalar(
        change.values(password_hash=hashed, code_digest=None, code_expires_at=None).returning(col(Person.id))
    )
    if done is None:
        return False
    await end_sign_ins(session, person.id)
    live = select(col(RoleGrant.region)).where(col(RoleGrant.person_id) == person.id, col(RoleGrant.ended_at).is_(None))
    regions = list(await session.scalars(live))
    await record(
        session,
        Caller("person", str(person.id), {}, (), 0),
        "person.password",
        region=span_of(regions) if regions else None,
        subject=f"person:{person.id}",
        proof="password" if asked.code is None else "code",
    )
    return True
