"""From which addresses callers came: stores, lists and forgets it. The only writer of `address_use`.

Addresses are beside the audit log and not in it, because the log is kept for good and addresses are not. Who reads them
is audited.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import NOBODY, Caller
from app.models import AddressUse
from app.platform.addresses import Place, Seen
from app.platform.cursors import as_moment, as_position, pack, unpack
from app.platform.database import Connection
from app.platform.sql import Statement
from app.problems import Expected, Problem, kinds, shaped
from app.regions.codes import COUNTRY
from app.schemas.audit.address import AddressOut
from app.schemas.shapes import Page
from app.services.audit.queue import record

_STORE: Final = Statement("""
INSERT INTO address_use AS kept (caller_kind, caller_id, token_id, address, uses, first_seen_at, last_seen_at)
SELECT seen.* FROM unnest(
    :kinds::text[], :callers::uuid[], :tokens::text[], :addresses::text[], :uses::int[], :firsts::timestamptz[],
    :lasts::timestamptz[]
) AS seen (kind, caller, token, address, uses, first_at, last_at)
ORDER BY caller, token, address
ON CONFLICT (caller_id, token_id, address) DO UPDATE SET
    uses = kept.uses + excluded.uses,
    first_seen_at = least(kept.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(kept.last_seen_at, excluded.last_seen_at)
""")
_COUNT_REFUSED: Final = text("""
INSERT INTO address_use AS kept (caller_kind, caller_id, token_id, address, uses, first_seen_at, last_seen_at)
VALUES (:kind, :account, :refused, :address, 1, now(), now())
ON CONFLICT (caller_id, token_id, address) DO UPDATE SET uses = kept.uses + 1, last_seen_at = excluded.last_seen_at
""")
_SOME_ID: Final = "3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2"
_REFUSED: Final = "refused"
"""In place of a token id: a sign-in to the account was refused."""
_FORGET: Final = Statement("DELETE FROM address_use WHERE last_seen_at < now() - make_interval(days => :days)")


async def store_addresses(connection: Connection, taken: Mapping[Place, Seen]) -> None:
    """Adds what a process has counted."""
    places, seen = list(taken), list(taken.values())
    await connection.execute(
        *_STORE.bind(
            kinds=[place[0] for place in places],
            callers=[place[1] for place in places],
            tokens=[place[2] for place in places],
            addresses=[place[3] for place in places],
            uses=[each.uses for each in seen],
            firsts=[each.first for each in seen],
            lasts=[each.last for each in seen],
        )
    )


async def count_refused(session: AsyncSession, kind: str, account: UUID | None, address: str) -> None:
    """Counts a refused sign-in to an account, or to an unknown one, for which it takes as long."""
    known = account is not None
    values = {"kind": kind if known else NOBODY.kind, "account": account if known else UUID(NOBODY.id)}
    await session.execute(_COUNT_REFUSED, {**values, "refused": _REFUSED, "address": address})


async def forget_addresses(connection: Connection, *, days: int) -> None:
    """Deletes addresses that were last seen so many days ago."""
    await connection.execute(*_FORGET.bind(days=days))


async def list_addresses(
    session: AsyncSession,
    caller: Caller,
    *,
    caller_id: UUID | None,
    token_id: UUID | None,
    limit: int,
    cursor: str | None,
) -> Page[AddressOut]:
    """Returns a page of the addresses of a caller or of a token, the last seen first. Audits the reading itself.

    Only who holds the scope for the whole country may read them, because an address belongs to no region. Raises
    region-outside-caller, and faults if neither the caller nor the token is named.
    """
    if COUNTRY not in caller.regions:
        raise Problem(kinds.FORBIDDEN_REGION)
    if caller_id is None and token_id is None:
        raise Problem(kinds.FAULTS, faults=[shaped("missing", Expected(example=_SOME_ID), parameter="caller")])
    order = (col(AddressUse.last_seen_at), col(AddressUse.id))
    query = select(AddressUse).order_by(*(each.desc() for each in order)).limit(limit + 1)
    if caller_id is not None:
        query = query.where(col(AddressUse.caller_id) == caller_id)
    if token_id is not None:
        query = query.where(col(AddressUse.token_id) == str(token_id))
    if cursor is not None:
        query = query.where(tuple_(*order) < _read_cursor(cursor))
    rows = list(await session.scalars(query))
    asked = {"caller_id": caller_id, "token_id": token_id}
    wanted = {name: str(value) for name, value in asked.items() if value is not None}
    await record(session, caller, "address.read", wanted=wanted, entries=len(rows[:limit]))
    return await Page[AddressOut].of(rows, limit, shape=_out, cursor=lambda row: pack(row.last_seen_at, row.id or 0))


def _out(row: AddressUse) -> AddressOut:
    refused = row.token_id == _REFUSED
    return AddressOut(
        caller_kind=row.caller_kind,
        caller=row.caller_id,
        token=None if refused else row.token_id,
        refused=refused,
        address=row.address,
        uses=row.uses,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
    )


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    last_seen_at, last = unpack(cursor, (as_moment, as_position))
    return last_seen_at, last
