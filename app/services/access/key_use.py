"""What the database says about keys of the ring: which ones rows need, and which are lost. Audits changes of the ring.

The only writer of `lost_key`.
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import COMMAND
from app.models import LostKey
from app.platform.database import EVERYWHERE, Database
from app.platform.key_ring import Key, KeyRing, Purpose
from app.platform.named_keys import NAMED_IN, find_lacking, find_named_keys
from app.services.audit.queue import record

_ROWS: Final = {"audit_label": "audit_log"}
"""Where the rows are that share the rows of a table that names keys."""
_COUNT: Final = {
    (purpose, table): text(f"SELECT count(*) FROM {_ROWS.get(table, table)} WHERE {column} = :id")  # noqa: S608 (ours)
    for purpose, table, column in NAMED_IN
}


async def judge_ring(database: Database, keys: KeyRing) -> None:
    """Tells the ring which keys rows name and it lacks. While there are any, it gives no key to anybody."""
    judged = keys.newest()
    async with database.session(EVERYWHERE) as session:
        keys.settle(judged, find_lacking(await find_named_keys(session), judged))


async def count_rows(session: AsyncSession, id: str, purpose: Purpose) -> int:
    """Returns the number of rows that nobody could read, find or check without this key.

    The session must see every region. No row needs a signing key.
    """
    count = 0
    for (each, _), statement in _COUNT.items():
        if each == purpose:
            count += await session.scalar(statement, {"id": id}) or 0
    return count


async def accept_loss(session: AsyncSession, lost: dict[str, Purpose]) -> None:
    """Notes keys as lost, so that a ring without them is whole again. Audits each."""
    for key_id, purpose in sorted(lost.items()):
        values = {"id": key_id, "purpose": purpose, "accepted_at": datetime.now(UTC)}
        await session.execute(insert(LostKey).values(values).on_conflict_do_nothing())
        await _record(session, "key.lose", key_id, purpose)


async def record_rotation(session: AsyncSession, key: Key) -> None:
    await _record(session, "key.rotate", key.id, key.purpose)


async def record_withdrawal(session: AsyncSession, key: Key) -> None:
    await _record(session, "key.withdraw", key.id, key.purpose)


async def _record(session: AsyncSession, kind: str, id: str, purpose: Purpose) -> None:
    await record(session, COMMAND, kind, subject=f"key:{id}", key_purpose=purpose)
