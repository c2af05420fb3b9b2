"""Families: a random id in a village, locked, restricted, moved and deleted. The only writer of `family`.

Every transaction takes locks in one order: the family, its subject requests, its keys, the sums of villages by key.
Rows that are deleted go last. So no two transactions wait for each other, and whoever waited for a family reads it as
it is afterwards.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import Family
from app.problems import Problem, kinds
from app.services.families.consents import move_consents
from app.services.families.identifications import move_identifications
from app.services.families.identities import move_identity

MAKE_FAMILY: Final = """
INSERT INTO family (id, region, created_at) SELECT :family_id, :region, received_at FROM taken WHERE :new::boolean
"""
"""Statement part: the family of a submission that was `taken`, where it is a new one."""


async def lock_family(session: AsyncSession, id: UUID, *, caller: Caller, shared: bool = False) -> Family | None:
    """A family of the caller's regions, as it is once nobody else changes it, until the transaction ends.

    shared: others may hold it too. Use it where the family must only not be restricted or erased meanwhile.
    """
    query = select(Family).where(col(Family.id) == id)
    # Not the strongest lock: the keys of a submission that is being taken point to the family meanwhile.
    query = query.with_for_update(read=shared, key_share=not shared).execution_options(populate_existing=True)
    family: Family | None = await session.scalar(query)
    return family if family is not None and caller.covers(family.region) else None


async def hold_family(session: AsyncSession, id: UUID, *, caller: Caller) -> Family:
    """The same, shared; raises not-found."""
    family = await lock_family(session, id, caller=caller, shared=True)
    if family is None:
        raise Problem(kinds.NOT_FOUND)
    return family


async def set_restricted(session: AsyncSession, family: Family, since: datetime | None) -> None:
    """Restricts a locked family, or with None lifts its restriction."""
    family.restricted_at = since
    await session.flush()


async def move_family(session: AsyncSession, family: Family, region: str) -> None:
    """Moves a locked family to another village, with its identity, consents and identifications.

    Its keys follow with `set_keys`, and its subject requests with `move_requests`.
    """
    family.region = region
    await session.flush()
    for move in (move_identity, move_consents, move_identifications):
        await move(session, family.id, region)


async def delete_family(session: AsyncSession, family: Family) -> None:
    """Deletes a locked family with its identity, keys, consents and identifications.

    The last step of a transaction: it waits for whoever is adding a key or a consent.
    """
    await session.execute(delete(Family).where(col(Family.id) == family.id))
