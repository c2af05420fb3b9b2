"""Ends access tokens before their time: one row in `revocation`, within the transaction of what it follows from.

Every server process reads the table about once a second (`app/services/revocations.py`); the process that served the
request knows at once, as `open_session` passes on what was revoked when the transaction is committed.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

LONGEST_TOKEN_SECONDS: Final = 86_400
"""The most that IKK_TOKEN_SECONDS may be: so long a revocation has to be remembered."""

# A token that is being issued holds its account (FOR SHARE): either it is issued before the moment of the revocation,
# or by what the revoking transaction leaves behind.
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
_END_SIGN_INS: Final = text("""
UPDATE sign_in SET ended_at = clock_timestamp() WHERE person_id = :person AND ended_at IS NULL
RETURNING id::text
""")

_END_SIGN_IN: Final = text("UPDATE sign_in SET ended_at = clock_timestamp() WHERE id = :id AND ended_at IS NULL")


async def revoke(session: AsyncSession, subject: str, seconds: float = LONGEST_TOKEN_SECONDS) -> None:
    """Revokes what was issued until now: of `person:<uuid>`, `agency:<uuid>`, one sign-in's id, or one token's jti.

    seconds: how long the last such token may live. A person's refresh tokens stay good, and bring what the grants that
    are left give; `end_sign_ins` where the person has to sign in anew.
    """
    noun, _, number = subject.rpartition(":")
    if noun in _HOLD:
        await session.execute(_HOLD[noun], {"id": UUID(number)})
    await _revoke(session, [subject], seconds)


async def end_sign_ins(session: AsyncSession, person: UUID) -> None:
    """Ends all that came of a person's passwords, refresh tokens too: after a new password or code, or for good."""
    await session.execute(_HOLD["person"], {"id": person})
    ended = list(await session.scalars(_END_SIGN_INS, {"person": person}))
    if ended:
        await _revoke(session, ended, LONGEST_TOKEN_SECONDS)


async def end_sign_in(session: AsyncSession, id: UUID) -> None:
    """Ends one sign-in: its refresh tokens by what is stored, its access tokens as revoked."""
    await session.execute(_END_SIGN_IN, {"id": id})
    await _revoke(session, [str(id)], LONGEST_TOKEN_SECONDS)


async def _revoke(session: AsyncSession, subjects: Sequence[str], seconds: float) -> None:
    rows = await session.execute(_REVOKE, {"subjects": list(subjects), "seconds": seconds})
    revoked: dict[str, float] = session.info.setdefault("revoked", {})
    revoked.update((subject, until) for subject, until in rows)
