"""Sign-ins of people and their refresh tokens. The only writer of `sign_in` and `refresh_token`.

A sign-in is all tokens that follow from one use of a password. They end together.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import RefreshToken, SignIn
from app.platform.codes import digest_opaque
from app.platform.database import Connection
from app.services.access.revocations import hold_account, revoke_all

_END_ALL: Final = text("""
UPDATE sign_in SET ended_at = clock_timestamp() WHERE person_id = :person AND ended_at IS NULL
RETURNING id::text
""")
_END: Final = text("UPDATE sign_in SET ended_at = clock_timestamp() WHERE id = :id AND ended_at IS NULL")
# Deletes the refresh tokens too. An hour after the end, nobody has one of them in hand any more. The audit log still
# shows who signed in when.
_FORGET: Final = "DELETE FROM sign_in WHERE expires_at < clock_timestamp() - interval '1 hour'"


def make_sign_in(person: UUID, *, days: int, scopes: Sequence[str], amr: Sequence[str]) -> SignIn:
    """Returns a sign-in that begins now and is not stored yet. Empty `scopes` allow all scopes."""
    now = datetime.now(UTC)
    return SignIn(
        id=uuid4(),
        person_id=person,
        started_at=now,
        expires_at=now + timedelta(days=days),
        scopes=list(scopes) or None,
        amr=list(amr),
    )


async def add_refresh_token(
    session: AsyncSession, sign_in: SignIn, refresh_token: str, *, used: RefreshToken | None
) -> None:
    """Stores a sign-in with a new refresh token in place of the used one."""
    now = datetime.now(UTC)
    session.add(sign_in)
    await session.flush()
    session.add(RefreshToken(digest=digest_opaque(refresh_token), sign_in_id=sign_in.id, issued_at=now))
    if used is not None:
        used.used_at = now


async def find_unused(session: AsyncSession, sign_in: SignIn, refresh_tokens: Sequence[str]) -> str | None:
    """Returns the one of these refresh tokens that the sign-in has and nobody has used. Locks it."""
    for each in refresh_tokens:
        token = await session.get(RefreshToken, digest_opaque(each), with_for_update=True, populate_existing=True)
        if token is not None and token.sign_in_id == sign_in.id:
            return each if token.used_at is None else None
    return None


def select_sign_in(refresh_token: str) -> Select[SignIn]:
    """Returns the query for the sign-in of a refresh token, whether that was used or not."""
    return select(SignIn).join(RefreshToken).where(col(RefreshToken.digest) == digest_opaque(refresh_token))


async def end_sign_ins(session: AsyncSession, person: UUID) -> None:
    """Ends all sign-ins of a person with their refresh tokens, and revokes their access tokens.

    A new password, a new one-time code and disabling the person call for this.
    """
    await hold_account(session, "person", person)
    ended = list(await session.scalars(_END_ALL, {"person": person}))
    if ended:
        await revoke_all(session, ended)


async def end_sign_in(session: AsyncSession, id: UUID) -> None:
    """Ends one sign-in with its refresh tokens, and revokes its access tokens."""
    await session.execute(_END, {"id": id})
    await revoke_all(session, [str(id)])


async def forget_sign_ins(connection: Connection) -> None:
    """Deletes the sign-ins that expired more than an hour ago."""
    await connection.execute(_FORGET)
