"""Sign-ins of people and their refresh tokens. The only writer of `sign_in` and `refresh_token`.

A sign-in is everything that came of one password. It ends as a whole.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import RefreshToken, SignIn
from app.platform.database import Connection
from app.platform.secrets import digest_opaque, make_opaque
from app.services.access.revocations import hold_account, revoke_all

_END_ALL: Final = text("""
UPDATE sign_in SET ended_at = clock_timestamp() WHERE person_id = :person AND ended_at IS NULL
RETURNING id::text
""")
_END: Final = text("UPDATE sign_in SET ended_at = clock_timestamp() WHERE id = :id AND ended_at IS NULL")
# With their refresh tokens, and long enough after their end that nobody has one of them in hand. Who signed in when
# stays in the audit log.
_FORGET: Final = "DELETE FROM sign_in WHERE expires_at < clock_timestamp() - interval '1 hour'"


def make_sign_in(person: UUID, *, days: int, scopes: Sequence[str]) -> SignIn:
    """A sign-in from now for so many days; not stored yet. scopes: those asked for, none for all."""
    now = datetime.now(UTC)
    return SignIn(
        id=uuid4(), person_id=person, started_at=now, expires_at=now + timedelta(days=days), scopes=list(scopes) or None
    )


async def add_refresh_token(session: AsyncSession, sign_in: SignIn, *, used: RefreshToken | None) -> str:
    """A new refresh token of a sign-in, which is stored with it, in place of the one that was used."""
    session.add(sign_in)
    await session.flush()
    refresh_token, digest = make_opaque()
    session.add(RefreshToken(digest=digest, sign_in_id=sign_in.id, issued_at=datetime.now(UTC)))
    if used is not None:
        used.used_at = datetime.now(UTC)
    return refresh_token


def select_sign_in(refresh_token: str) -> Select[SignIn]:
    """The sign-in that a refresh token, used or not, came of."""
    return select(SignIn).join(RefreshToken).where(col(RefreshToken.digest) == digest_opaque(refresh_token))


async def end_sign_ins(session: AsyncSession, person: UUID) -> None:
    """Ends all sign-ins of a person, refresh tokens too: after a new password or code, or for good."""
    await hold_account(session, "person", person)
    ended = list(await session.scalars(_END_ALL, {"person": person}))
    if ended:
        await revoke_all(session, ended)


async def end_sign_in(session: AsyncSession, id: UUID) -> None:
    """Ends one sign-in with its refresh tokens, and revokes its access tokens."""
    await session.execute(_END, {"id": id})
    await revoke_all(session, [str(id)])


async def forget_sign_ins(connection: Connection) -> None:
    """Deletes sign-ins that are over."""
    await connection.execute(_FORGET)
