"""Whoever made the last one-time code of a person, and so may know the code or the password that was set with it.

A password that its owner has changed since counts as known too. Whoever made the code may have set a password first.
"""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import COMMAND, NOBODY, Caller, may_grant
from app.models import Agency, Person
from app.services.access.grants import areas_given, grants_now


async def opens_too_much(session: AsyncSession, caller: Caller, person: Person, role: str, region: str) -> bool:
    """Returns whether somebody else knows a way into the account and could not grant this role in this region now."""
    until = person.code_expires_at
    has_code = person.code_digest is not None and until is not None and until > datetime.now(UTC)
    if person.password_hash is None and not has_code:
        return False
    if (person.code_maker_kind, person.code_maker_id) == (caller.kind, caller.id):
        return False
    return not may_grant(await _find_maker(session, person), role, region)


async def _find_maker(session: AsyncSession, person: Person) -> Caller:
    """Returns the maker with the rights of this moment.

    They have none if nobody knows the maker, if the account is disabled, or if they are from the outside issuer.
    """
    kind, maker = person.code_maker_kind, person.code_maker_id or ""
    areas: dict[str, tuple[str, ...]] = {}
    if kind == COMMAND.kind:
        return COMMAND
    if kind == "person":
        found = await session.get(Person, UUID(maker))
        if found is not None and found.disabled_at is None:
            areas = areas_given(await grants_now(session, found.id))
    elif kind == "agency":
        agency = await session.get(Agency, UUID(maker))
        if agency is not None and agency.disabled_at is None:
            areas = dict.fromkeys(agency.scopes, tuple(agency.regions))
    return Caller("person", maker, areas, (), 0) if areas else NOBODY
