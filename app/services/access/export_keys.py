"""Export keys, with which office programs read figures by Basic authentication. The only writer of `export_key`.

A key has no rights of its own. It reads what its owner may read at that moment with `aggregates:read`, inside the key's
region, and never what needs another scope.
"""

import hmac
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller, CallerKind
from app.models import Agency, ExportKey, Person
from app.platform.codes import digest_opaque, make_export_secret
from app.platform.cursors import as_moment, as_uuid, pack, unpack
from app.platform.database import Database, inside
from app.platform.throttle import Throttle
from app.problems import Fault, Problem, kinds, read_shape, unauthenticated
from app.regions.codes import dot, lies_in
from app.schemas.access.export_key import USUAL_DAYS, ExportKeyIn, ExportKeyOut, NewExportKeyOut, OwnerOut
from app.schemas.shapes import Page
from app.services.access.grants import areas_given, grants_now
from app.services.audit.addresses import count_refused
from app.services.audit.queue import record
from app.services.reference.standing import find_ended

SCOPE: Final = "aggregates:read"
_MOST_LIVE: Final = 20
_MANAGED_BY: Final = {"person": "people:manage", "agency": "agencies:manage"}
"""The scope that revokes the keys of others, by the kind of their owner."""


async def create_key(session: AsyncSession, caller: Caller, content: Mapping[str, Any]) -> NewExportKeyOut:
    """Creates a key of the caller's from a body of shape ExportKeyIn, with a secret that only this response shows.

    Raises faults, region-outside-caller, and account-elsewhere for a caller without an account here.
    """
    if caller.kind not in _MANAGED_BY:
        raise Problem(kinds.ACCOUNT_ELSEWHERE)
    wanted, faults = read_shape(ExportKeyIn, content)
    if wanted is None:
        raise Problem(kinds.FAULTS, faults=faults)
    if not caller.covers(wanted.region):
        raise Problem(kinds.FORBIDDEN_REGION)
    now = datetime.now(UTC)
    faults = await find_ended(session, [("/region", wanted.region)], now)
    live = select(func.count()).where(
        _owned_by(caller), col(ExportKey.ended_at).is_(None), col(ExportKey.expires_at) > now
    )
    if (await session.scalar(live) or 0) >= _MOST_LIVE:
        faults.append(Fault("too_many_keys", pointer="", limits={"limit": _MOST_LIVE}))
    if faults:
        raise Problem(kinds.FAULTS, faults=faults)
    secret = make_export_secret()
    key = ExportKey(
        id=uuid4(),
        name=wanted.name,
        owner_kind=caller.kind,
        owner_id=UUID(caller.id),
        region=wanted.region,
        digest=digest_opaque(secret),
        created_at=now,
        expires_at=now + timedelta(days=wanted.days or USUAL_DAYS),
    )
    session.add(key)
    await _record(session, caller, "export_key.create", key, after={"valid_until": key.expires_at.isoformat()})
    return NewExportKeyOut(**dict(_out(key)), secret=secret)


async def list_keys(session: AsyncSession, caller: Caller, *, limit: int, cursor: str | None) -> Page[ExportKeyOut]:
    """Returns a page of the keys that the caller owns or may revoke, the newest first."""
    order = tuple_(col(ExportKey.created_at), col(ExportKey.id))
    query = select(ExportKey).where(_seen_by(caller)).limit(limit + 1)
    query = query.order_by(col(ExportKey.created_at).desc(), col(ExportKey.id).desc())
    if cursor is not None:
        query = query.where(order < tuple_(*unpack(cursor, (as_moment, as_uuid))))
    rows = list(await session.scalars(query))
    return await Page[ExportKeyOut].of(
        rows, limit, shape=_out, cursor=lambda key: pack(key.created_at.astimezone(UTC), key.id)
    )


async def end_key(session: AsyncSession, caller: Caller, key: UUID) -> None:
    """Revokes a key now, which stays stored. Raises not-found for a key that the caller does not see."""
    query = select(ExportKey).where(col(ExportKey.id) == key, _seen_by(caller)).with_for_update()
    found = await session.scalar(query)
    if found is None:
        raise Problem(kinds.NOT_FOUND)
    if found.ended_at is None:
        found.ended_at = datetime.now(UTC)
        await _record(session, caller, "export_key.end", found, after={"ended_at": found.ended_at.isoformat()})


async def end_keys_of(session: AsyncSession, kind: CallerKind, owners: Collection[UUID]) -> None:
    """Revokes the keys of owners who lost what they sign in with, or may no longer sign in. They do not come back."""
    own = and_(col(ExportKey.owner_kind) == kind, col(ExportKey.owner_id).in_(owners))
    ending = update(ExportKey).where(own, col(ExportKey.ended_at).is_(None)).values(ended_at=datetime.now(UTC))
    await session.execute(ending)


async def prove_key(username: str, secret: str, *, address: str, database: Database, throttle: Throttle) -> Caller:
    """Returns the key's owner as the caller of this request, with the key's region and no other scope.

    Raises `unauthenticated` for a wrong, revoked or expired key, and for one whose owner may not read that region any
    more. Such attempts count for the address, which gets too-many-requests (429) after some of them. A right key passes
    even then, so that an old workbook does not lock out its office.
    """
    async with database.session() as session:
        key = await _find(session, username)
        matches = hmac.compare_digest(digest_opaque(secret), b"" if key is None else key.digest)
        if key is not None and matches and await _is_live(session, key):
            today = datetime.now(UTC).date()
            if key.last_used_on != today:
                key.last_used_on = today
            return _caller_of(key)
        if key is not None:
            await count_refused(session, key.owner_kind, key.owner_id, address)
    await throttle.count_wrong_key(username, address)
    raise unauthenticated("basic")


def _caller_of(key: ExportKey) -> Caller:
    return Caller(
        cast("CallerKind", key.owner_kind),
        str(key.owner_id),
        {SCOPE: (key.region,)},
        (key.region,),
        int(key.expires_at.timestamp()),
        token_id=str(key.id),
    )


async def _find(session: AsyncSession, username: str) -> ExportKey | None:
    try:
        return await session.get(ExportKey, UUID(username.strip()))
    except ValueError:
        return None


async def _is_live(session: AsyncSession, key: ExportKey) -> bool:
    """Returns whether the key is valid and its owner may read the figures of its region now."""
    if key.ended_at is not None or key.expires_at <= datetime.now(UTC):
        return False
    if key.owner_kind == "person":
        person = await session.get(Person, key.owner_id)
        if person is None or person.disabled_at is not None:
            return False
        areas = areas_given(await grants_now(session, person.id))
        return lies_in(key.region, areas.get(SCOPE, ()))
    agency = await session.get(Agency, key.owner_id)
    return (
        agency is not None
        and agency.disabled_at is None
        and SCOPE in agency.scopes
        and lies_in(key.region, agency.regions)
    )


def _owned_by(caller: Caller) -> ColumnElement[bool]:
    return and_(col(ExportKey.owner_kind) == caller.kind, col(ExportKey.owner_id) == UUID(caller.id))


def _seen_by(caller: Caller) -> ColumnElement[bool]:
    """Returns the condition that a key is the caller's own, or one whose owners the caller manages in its region."""
    managed = [
        and_(col(ExportKey.owner_kind) == kind, inside(col(ExportKey.region), areas))
        for kind, scope in _MANAGED_BY.items()
        if (areas := caller.areas.get(scope))
    ]
    return or_(_owned_by(caller), *managed)


async def _record(session: AsyncSession, caller: Caller, kind: str, key: ExportKey, **detail: Any) -> None:
    await record(session, caller, kind, region=key.region, subject=f"export_key:{key.id}", **detail)


def _out(key: ExportKey) -> ExportKeyOut:
    return ExportKeyOut(
        **key.model_dump(include={"id", "name", "region", "created_at", "expires_at", "ended_at", "last_used_on"}),
        owner=OwnerOut.model_validate({"kind": key.owner_kind, "id": key.owner_id}),
        dotted=dot(key.region),
    )
