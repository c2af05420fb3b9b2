"""Grants, each a role of one person in one region for a time. The only writer of `role_grant`.

No grant is ever deleted.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import ROLES, Caller, areas_of
from app.models import RoleGrant
from app.platform.sql import in_parts
from app.services.access.grant_checks import Asked
from app.services.audit.queue import Event, record, record_all
from app.turns import in_turns


async def grants_of(session: AsyncSession, people: Sequence[UUID]) -> list[RoleGrant]:
    """Returns all grants of these people, the newest first."""
    query = select(RoleGrant).where(col(RoleGrant.person_id).in_(people))
    return list(await session.scalars(query.order_by(col(RoleGrant.granted_at).desc(), col(RoleGrant.id))))


def is_live(grant: RoleGrant, now: datetime) -> bool:
    """Returns whether the grant is valid now or will be later."""
    return grant.ended_at is None and (grant.valid_until is None or grant.valid_until > now)


def valid_now() -> ColumnElement[bool]:
    """Returns the condition of a query that a grant is valid at this moment."""
    # Grants are given by this process's clock, which may differ from the database's.
    now, until = datetime.now(UTC), col(RoleGrant.valid_until)
    begun = and_(col(RoleGrant.ended_at).is_(None), col(RoleGrant.valid_from) <= now)
    return and_(begun, or_(until.is_(None), until > now))


async def grants_now(session: AsyncSession, person: UUID) -> list[RoleGrant]:
    """Returns the grants of a person that are valid now and whose roles this version knows."""
    query = select(RoleGrant).where(col(RoleGrant.person_id) == person, valid_now(), col(RoleGrant.role).in_(ROLES))
    return list(await session.scalars(query))


def areas_given(granted: Sequence[RoleGrant]) -> dict[str, tuple[str, ...]]:
    """Returns the area of a person's token: by scope, the regions that these grants give it in."""
    return areas_of((each.role, each.region) for each in granted)


async def live_grants(session: AsyncSession, person: UUID) -> list[RoleGrant]:
    """Returns the grants of a person that nobody ended, including those that are over or have not begun."""
    query = select(RoleGrant).where(col(RoleGrant.person_id) == person, col(RoleGrant.ended_at).is_(None))
    return list(await session.scalars(query))


async def insert_grants(
    session: AsyncSession, caller: Caller, asked: Mapping[UUID, Sequence[Asked]]
) -> list[dict[str, Any]]:
    """Returns the stored rows."""
    rows = [_make_row(caller, person, each) async for person, some in in_turns(asked.items()) for each in some]
    for part in in_parts(rows):
        await session.execute(insert(RoleGrant), part)
    await record_all(session, caller, "grant.create", [_created(row) async for row in in_turns(rows)])
    return rows


def _make_row(caller: Caller, person: UUID, asked: Asked) -> dict[str, Any]:
    """Returns a row of `role_grant`. An object of the model would take ten times as long."""
    return {
        "id": uuid4(),
        "person_id": person,
        "role": asked.grant.role,
        "region": asked.grant.region,
        "valid_from": asked.valid_from,
        "valid_until": asked.valid_until,
        "granted_by": UUID(caller.id),
        "granted_at": datetime.now(UTC),
        "ended_at": None,
    }


def _created(row: Mapping[str, Any]) -> Event:
    until = row["valid_until"] and row["valid_until"].isoformat()
    after = {
        "grant": str(row["id"]),
        "role": row["role"],
        "valid_from": row["valid_from"].isoformat(),
        "valid_until": until,
    }
    return Event(row["region"], f"person:{row['person_id']}", {"after": after})


async def end_now(session: AsyncSession, caller: Caller, grant: RoleGrant) -> None:
    """Ends a live grant and audits that."""
    now = datetime.now(UTC)
    grant.ended_at = now
    until = grant.valid_until.isoformat() if grant.valid_until else None
    change = {
        "before": {"grant": str(grant.id), "role": grant.role, "valid_until": until},
        "after": {"ended_at": now.isoformat()},
    }
    await record(session, caller, "grant.end", region=grant.region, subject=f"person:{grant.person_id}", **change)
