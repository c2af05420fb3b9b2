"""Counts the rows that need a key of the ring, and audits what happens to keys."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import COMMAND
from app.platform.key_ring import Key, Purpose
from app.services.audit.queue import record

_COUNT: Final = {
    "identity": text("SELECT count(*) FROM family_identity WHERE key_id = :id"),
    "matching": text("SELECT count(*) FROM family_key WHERE key_id = :id"),
    "receipts": text("SELECT count(*) FROM submission WHERE hash_key_id = :id"),
    "audit": text("SELECT count(*) FROM audit_entry WHERE key_id = :id"),
}


async def count_rows(session: AsyncSession, key: Key) -> int:
    """Returns the number of rows that nobody could read, find or check without this key.

    The session must see every region. No row needs a signing key.
    """
    statement = _COUNT.get(key.purpose)
    return 0 if statement is None else await session.scalar(statement, {"id": key.id}) or 0


async def record_rotation(session: AsyncSession, key: Key) -> None:
    await _record(session, "key.rotate", key.id, key.purpose)


async def record_withdrawal(session: AsyncSession, key: Key) -> None:
    await _record(session, "key.withdraw", key.id, key.purpose)


async def _record(session: AsyncSession, kind: str, id: str, purpose: Purpose) -> None:
    await record(session, COMMAND, kind, subject=f"key:{id}", key_purpose=purpose)
