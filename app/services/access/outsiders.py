"""People of the outside issuer who are blocked here. The only writer of `blocked_outsider`.

Their accounts are at the issuer. A block ends their access here within about a second, whatever the issuer says, and
lasts until an operator lifts it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import BlockedOutsider
from app.platform.database import Connection
from app.problems import Problem, kinds
from app.services.audit.queue import record


async def block_outsider(session: AsyncSession, caller: Caller, outsider: UUID) -> None:
    """Blocks somebody by the id that the audit log shows. Blocking them again changes nothing."""
    row = {"id": outsider, "blocked_at": datetime.now(UTC)}
    added = insert(BlockedOutsider).values(row).on_conflict_do_nothing().returning(col(BlockedOutsider.id))
    if await session.scalar(added) is not None:
        await record(session, caller, "outside.block", subject=f"outside:{outsider}")


async def unblock_outsider(session: AsyncSession, caller: Caller, outsider: UUID) -> None:
    """Lifts a block. Raises not-found."""
    lifted = delete(BlockedOutsider).where(col(BlockedOutsider.id) == outsider).returning(col(BlockedOutsider.id))
    if await session.scalar(lifted) is None:
        raise Problem(kinds.NOT_FOUND)
    await record(session, caller, "outside.unblock", subject=f"outside:{outsider}")


async def list_blocked(session: AsyncSession) -> Sequence[BlockedOutsider]:
    """Returns everybody who is blocked, the newest block first."""
    return list(await session.scalars(select(BlockedOutsider).order_by(col(BlockedOutsider.blocked_at).desc())))


async def read_blocked(connection: Connection) -> frozenset[str]:
    """Returns the ids of all who are blocked."""
    return frozenset(str(row["id"]) for row in await connection.fetch("SELECT id FROM blocked_outsider"))
