"""Families, each a random id in a village. Locks, restricts, moves and deletes them. The only writer of `family`.

Every transaction takes its locks in one order. First comes the family, then its subject requests, then its keys, then
the sums of villages by key. Rows that are deleted go last. So no two transactions wait for each other, and whoever
waited for a family reads it as it is afterwards.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import Family, Submission
from app.problems import Problem, kinds

MAKE_FAMILY: Final = """
INSERT INTO family (id, region, created_at) SELECT family_id, region, received_at FROM taken WHERE new
"""
"""Statement part that stores the new families of `taken` submissions."""


async def find_family(session: AsyncSession, caller: Caller, id: UUID) -> Family:
    """Returns a family of the caller's regions. Raises not-found."""
    family = await session.get(Family, id)
    if family is None or not caller.covers(family.region):
        raise Problem(kinds.NOT_FOUND)
    return family


async def lock_family(session: AsyncSession, id: UUID, *, caller: Caller, shared: bool = False) -> Family | None:
    """Returns a family of the caller's regions, locked until the transaction ends, or None.

    It waits for others who change the family and reads the family as they left it. `shared` lets others hold the family
    too. Use that if the family must only not be restricted or erased meanwhile.
    """
    query = select(Family).where(col(Family.id) == id)
    # Not the strongest lock, as the keys of a submission that is being taken refer to the family meanwhile.
    query = query.with_for_update(read=shared, key_share=not shared).execution_options(populate_existing=True)
    family: Family | None = await session.scalar(query)
    return family if family is not None and caller.covers(family.region) else None


async def lock_families(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Locks families in the order of their ids until the transaction ends, as taking a submission locks them."""
    query = select(col(Family.id)).where(col(Family.id).in_(ids)).order_by(col(Family.id))
    await session.execute(query.with_for_update(key_share=True))


async def hold_family(session: AsyncSession, id: UUID, *, caller: Caller) -> Family:
    """Returns a family of the caller's regions with a shared lock. Raises not-found."""
    family = await lock_family(session, id, caller=caller, shared=True)
    if family is None:
        raise Problem(kinds.NOT_FOUND)
    return family


async def add_family(
    session: AsyncSession, region: str, *, created_at: datetime, restricted_at: datetime | None
) -> Family:
    """Makes a family of people who were taken for another family."""
    family = Family(id=uuid4(), region=region, created_at=created_at, restricted_at=restricted_at)
    session.add(family)
    await session.flush()
    return family


async def set_restricted(session: AsyncSession, family: Family, since: datetime | None) -> None:
    """Restricts a locked family from `since`, or lifts its restriction if that is None."""
    family.restricted_at = since
    await session.flush()


async def set_region(session: AsyncSession, family: Family, region: str) -> None:
    """Puts a locked family into another village. What hangs on it follows with `move_family` (`moving.py`)."""
    family.region = region
    await session.flush()


async def delete_family(session: AsyncSession, family: Family) -> None:
    """Deletes a locked family with its identities, keys, consents and identifications.

    Make it the last step of a transaction, as it waits for whoever is adding a key or a consent.
    """
    await session.execute(delete(Family).where(col(Family.id) == family.id))


async def delete_empty_families(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Deletes those of several locked families that have no submission, as `delete_family` does."""
    told = exists().where(col(Submission.family_id) == col(Family.id))
    empty = delete(Family).where(col(Family.id).in_(ids), ~told)
    await session.execute(empty.execution_options(synchronize_session=False))
