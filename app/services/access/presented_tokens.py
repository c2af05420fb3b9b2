"""Tokens that somebody presents, to revoke them (RFC 7009) or to learn what they say (RFC 7662)."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller, span_of
from app.models import RefreshToken, SignIn
from app.platform.database import Database
from app.platform.tokens import Tokens
from app.schemas.access.token import IntrospectionOut
from app.services.access.refusals import refusal
from app.services.access.revocations import revoke, transaction
from app.services.access.sign_ins import end_sign_in, select_sign_in
from app.services.audit.queue import record

_CLOCK_SECONDS: Final = 60
"""By how much servers' clocks may differ. So long is a token's revocation kept after its end."""


async def revoke_presented(token: str, *, by: Caller | None, database: Database, tokens: Tokens) -> None:
    """Revokes an access token, or ends the whole sign-in of a refresh token. Ignores unknown and expired tokens.

    `by` is the agency that proved itself, if one did. Raises a refusal for a token that is not that agency's, and for
    an agency's token without its credentials. Raises issuer-unavailable for an outside token that cannot be verified
    now.
    """
    held = await tokens.look_up(token)
    if held is not None and held.kind == "agency" and by is None:
        raise refusal("invalid_client")
    if held is not None and by is not None and (held.kind, held.id) != (by.kind, by.id):
        raise refusal("unauthorized_client")
    async with transaction(database, tokens) as session:
        if held is None:
            await _revoke_refresh_token(session, token, by)
            return
        remaining = max(held.expires - datetime.now(UTC).timestamp(), 0.0) + _CLOCK_SECONDS
        await revoke(session, held.token_id, remaining)
        subject = f"token:{held.token_id}"
        await record(session, held, "token.revoke", region=span_of(held.regions), subject=subject, sort="access")


async def _revoke_refresh_token(session: AsyncSession, token: str, by: Caller | None) -> None:
    sign_in = await session.scalar(select_sign_in(token).where(col(SignIn.ended_at).is_(None)))
    if sign_in is None:
        return
    if by is not None:
        # RFC 7009 section 2.1: the token was issued to a person, not to this agency.
        raise refusal("unauthorized_client")
    await end_sign_in(session, sign_in.id)
    holder = Caller("person", str(sign_in.person_id), {}, (), 0)
    await record(session, holder, "token.revoke", subject=f"sign_in:{sign_in.id}", sort="refresh")


async def introspect(token: str, *, caller: Caller, database: Database, tokens: Tokens) -> IntrospectionOut:
    """Returns what a token says, to its holder and to a caller who manages agencies in all its regions.

    To everybody else the token is inactive. A refresh token is shown only to its holder.
    """
    held = await tokens.look_up(token)
    if held is None or held.kind == "outside":
        async with database.session() as session:
            return await _introspect_refresh_token(session, token, caller)
    manages = held.regions and all(caller.holds("agencies:manage", region) for region in held.regions)
    if not manages and (caller.kind, caller.id) != (held.kind, held.id):
        return IntrospectionOut(active=False)
    return IntrospectionOut(
        active=True,
        token_type="Bearer",  # noqa: S106 (no secret, a kind of token)
        kind=held.kind,
        sub=held.id,
        scope=" ".join(held.areas),
        regions=list(held.regions),
        areas={scope: list(codes) for scope, codes in held.areas.items()},
        amr=list(held.amr) or None,
        auth_time=held.authenticated or None,
        training=held.training or None,
        iss=tokens.issuer,
        aud=tokens.audience,
        exp=held.expires,
        iat=held.issued,
        jti=held.token_id,
    )


async def _introspect_refresh_token(session: AsyncSession, token: str, caller: Caller) -> IntrospectionOut:
    live = select_sign_in(token).where(
        col(RefreshToken.used_at).is_(None), col(SignIn.ended_at).is_(None), col(SignIn.expires_at) > datetime.now(UTC)
    )
    sign_in = await session.scalar(live)
    if sign_in is None or (caller.kind, caller.id) != ("person", str(sign_in.person_id)):
        return IntrospectionOut(active=False)
    return IntrospectionOut(
        active=True,
        token_type="refresh_token",  # noqa: S106
        kind="person",
        sub=str(sign_in.person_id),
        exp=int(sign_in.expires_at.timestamp()),
    )
