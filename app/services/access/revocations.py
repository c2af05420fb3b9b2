"""Revocations of access tokens before their time. The only writer of `revocation`.

A revocation is one row, written in the transaction of the change that causes it. Every server process reads the table
about once a second (`app/jobs/revocations.py`). The process that served the request knows at once (`transaction`).
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.database import Connection, Database
from app.platform.sql import Statement
from app.platform.tokens import Tokens

LONGEST_TOKEN_SECONDS: Final = 86_400
"""The upper limit of IKK_TOKEN_SECONDS. A revocation must be remembered for so long."""

# A transaction that issues a token holds its account (FOR SHARE). So it issues the token before the moment of the
# revocation, or from what the revoking transaction leaves behind.
_HOLD: Final = {
    "person": text("SELECT FROM person WHERE id = :id FOR UPDATE"),
    "agency": text("SELECT FROM agency WHERE id = :id FOR UPDATE"),
}
_REVOKE: Final = text("""
INSERT INTO revocation AS kept (subject, issued_until, forget_at)
SELECT subject, clock_timestamp(), clock_timestamp() + make_interval(secs => :seconds)
FROM unnest(CAST(:subjects AS text[])) AS subject ORDER BY subject
ON CONFLICT (subject) DO UPDATE SET
    issued_until = greatest(kept.issued_until, excluded.issued_until),
    forget_at = greatest(kept.forget_at, excluded.forget_at)
RETURNING subject, extract(epoch FROM issued_until)::float8
""")
_OVERLAP_SECONDS: Final = 60.0
"""Longer than any transaction runs. One that began earlier may commit after a later one was already read."""
_READ: Final = Statement("""
SELECT subject, extract(epoch FROM issued_until)::float8 AS until FROM revocation
WHERE issued_until > to_timestamp(:since) AND forget_at > clock_timestamp()
""")
_FORGET: Final = "DELETE FROM revocation WHERE forget_at < clock_timestamp()"


@asynccontextmanager
async def transaction(database: Database, tokens: Tokens, regions: Sequence[str] = ()) -> AsyncIterator[AsyncSession]:
    """Opens a transaction in an area. After its commit this process knows what it revoked.

    Other processes learn of it within about a second. The process that served the request must know at once, so that
    its caller does not find the token still valid.
    """
    async with database.session(regions) as session:
        yield session
    tokens.hear(session.info.pop("revoked", {}))


async def hold_account(session: AsyncSession, noun: str, id: UUID) -> None:
    """Locks an account, so that no token of it is issued meanwhile. `noun` is person or agency."""
    await session.execute(_HOLD[noun], {"id": id})


async def revoke(session: AsyncSession, subject: str, seconds: float = LONGEST_TOKEN_SECONDS) -> None:
    """Revokes the access tokens of a subject that were issued until now.

    The subject is `person:<uuid>`, `agency:<uuid>`, the id of one sign-in or the jti of one token. `seconds` is how
    long the last such token may live. A person's refresh tokens stay valid, and get new tokens by the grants that are
    left. Use `end_sign_ins` if the person must sign in again.
    """
    noun, _, number = subject.rpartition(":")
    if noun in _HOLD:
        await hold_account(session, noun, UUID(number))
    await revoke_all(session, [subject], seconds)


async def revoke_all(session: AsyncSession, subjects: Sequence[str], seconds: float = LONGEST_TOKEN_SECONDS) -> None:
    """Revokes the access tokens of several subjects. The transaction must already hold any accounts among them."""
    rows = await session.execute(_REVOKE, {"subjects": list(subjects), "seconds": seconds})
    revoked: dict[str, float] = session.info.setdefault("revoked", {})
    revoked.update((subject, until) for subject, until in rows)


async def read_revocations(connection: Connection, *, known: float) -> dict[str, float]:
    """Returns the moments of revocations by subject, in epoch seconds.

    These are the revocations since `known`, which is the latest known moment, and some of those before it.
    """
    rows = await connection.fetch(*_READ.bind(since=max(known - _OVERLAP_SECONDS, 0.0)))
    return {row["subject"]: row["until"] for row in rows}


async def forget_revocations(connection: Connection) -> None:
    """Deletes the revocations of tokens that have expired by now."""
    await connection.execute(_FORGET)
