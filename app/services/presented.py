"""Tokens that somebody presents: to end them (RFC 7009), or to learn what they say (RFC 7662)."""

from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.audit import record
from app.models import RefreshToken, SignIn
from app.revocation import end_sign_in, revoke
from app.schemas.token import IntrospectionOut
from app.security import Caller, Tokens, span_of
from app.security.secrets import digest_opaque

Refusal = Literal["invalid_client", "unauthorized_client"]
"""Why a token is not revoked, in the words of RFC 6749 section 5.2."""


async def revoke_presented(
    session: AsyncSession, token: str, held: Caller | None, *, by: Caller | None
) -> Refusal | None:
    """Ends an access token, or with a refresh token its sign-in. held: the access token's caller, if it is one of ours
    and still good; by: the agency that proved itself, if one did."""
    if held is None:
        await _revoke_refresh_token(session, token)
        return None
    if held.kind == "agency" and by is None:
        return "invalid_client"
    if by is not None and (held.kind, held.id) != (by.kind, by.id):
        return "unauthorized_client"
    remaining = max(held.expires - datetime.now(UTC).timestamp(), 1.0)
    await revoke(session, held.token_id, remaining)
    subject = f"token:{held.token_id}"
    await record(session, held, "token.revoke", region=span_of(held.regions), subject=subject, sort="access")
    return None


async def _revoke_refresh_token(session: AsyncSession, token: str) -> None:
    sign_in = await session.scalar(_sign_in_of(token).where(col(SignIn.ended_at).is_(None)))
    if sign_in is None:
        return
    await end_sign_in(session, sign_in.id)
    holder = Caller("person", str(sign_in.person_id), {}, (), 0)
    await record(session, holder, "token.revoke", subject=f"sign_in:{sign_in.id}", sort="refresh")


async def introspect(
    session: AsyncSession, token: str, held: Caller | None, *, caller: Caller, tokens: Tokens
) -> IntrospectionOut:
    """What a token says, to its holder and to who manages agencies in all of its regions."""
    if held is None:
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
        iss=tokens.issuer,
        aud=tokens.audience,
        exp=held.expires,
        iat=held.issued,
        jti=held.token_id,
    )


async def _introspect_refresh_token(session: AsyncSession, token: str, caller: Caller) -> IntrospectionOut:
    live = _sign_in_of(token).where(
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


def _sign_in_of(token: str) -> Select[SignIn]:
    return select(SignIn).join(RefreshToken).where(col(RefreshToken.digest) == digest_opaque(token))
