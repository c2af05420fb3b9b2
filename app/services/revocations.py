"""What was revoked, as every server process reads it about once a second; and the sweep of what has expired."""

from typing import Final

from app.database import Connection

_OVERLAP_SECONDS: Final = 60.0
"""Longer than any transaction runs: one that began earlier may commit later than one that was read already."""
_READ: Final = """
SELECT subject, extract(epoch FROM issued_until)::float8 AS until FROM revocation
WHERE issued_until > to_timestamp($1) AND forget_at > clock_timestamp()
"""
_SWEEP: Final = (
    "DELETE FROM revocation WHERE forget_at < clock_timestamp()",
    # With their refresh tokens, and long enough after their end that nobody has one of them in hand. Who signed in when
    # stays in the audit log.
    "DELETE FROM sign_in WHERE expires_at < clock_timestamp() - interval '1 hour'",
)


async def read_revocations(connection: Connection, *, known: float) -> dict[str, float]:
    """Revocations since the latest that is known (epoch seconds), and some of those before it: moment by subject."""
    rows = await connection.fetch(_READ, max(known - _OVERLAP_SECONDS, 0.0))
    return {row["subject"]: row["until"] for row in rows}


async def sweep(connection: Connection) -> None:
    """Deletes revocations of what has expired since, and sign-ins that are over."""
    for statement in _SWEEP:
        await connection.execute(statement)
