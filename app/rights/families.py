"""A family whose right is served, under lock, and its submissions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import Family, SubjectRequest, Submission
from app.scoring.catalogue import Catalogue
from app.security import Caller, Vault


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """An open request with its family, both locked, and what serving it takes. latest: the end of clock skew."""

    request: SubjectRequest
    family: Family
    content: Mapping[str, Any]
    catalogue: Catalogue
    vault: Vault
    latest: datetime


async def lock_family(session: AsyncSession, id: UUID, *, caller: Caller, shared: bool = False) -> Family | None:
    """A family of the caller's regions as it is once nobody else changes it, until the transaction ends.

    shared: others may hold it too, for what only must not see it restricted or erased meanwhile.
    """
    query = select(Family).where(col(Family.id) == id)
    # Not the strongest lock: the keys of a submission that is being taken point to the family meanwhile.
    query = query.with_for_update(read=shared, key_share=not shared).execution_options(populate_existing=True)
    family: Family | None = await session.scalar(query)
    return family if family is not None and caller.covers(family.region) else None


async def submissions_of(session: AsyncSession, family: Family) -> list[Submission]:
    """All submissions of a family, oldest first."""
    query = select(Submission).where(col(Submission.family_id) == family.id)
    query = query.order_by(col(Submission.received_at), col(Submission.id))
    return list(await session.scalars(query.execution_options(populate_existing=True)))
