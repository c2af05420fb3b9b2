"""People signing in: who a name and password are, what tokens they are given, and how refresh tokens rotate.

Whoever issues a token holds the person meanwhile, as whoever ends sign-ins or grants does (`app/revocation.py`): so
neither overlooks the other.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.audit import record
from app.models import Person, RefreshToken, RoleGrant, SignIn
from app.revocation import end_sign_in
from app.security import NOBODY, ROLES, Tokens, areas_of, span_of
from app.security.secrets import digest_opaque, make_opaque, password_matches
from app.security.tokens import Issued, narrow

Grant = Literal["password", "refresh_token"]


@dataclass(frozen=True, slots=True)
class Account:
    """What is stored of a person to prove themself by; of an unknown one, nothing."""

    person: Person | None

    async def match(self, password: str) -> Person | None:
        """The person, if this is their password and they are not disabled; as slow where there is no such account.

        Argon2 takes tens of milliseconds by design: in a thread, and best while no connection is held.
        """
        hashed = self.person.password_hash if self.person is not None else None
        matched = await asyncio.to_thread(password_matches, password, hashed)
        return self.person if matched and self.person is not None and self.person.disabled_at is None else None


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a person's app is given: an access token, and the refresh token to get the next one with."""

    issued: Issued
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no token, in the words of RFC 6749 section 5.2."""

    error: Literal["invalid_grant", "invalid_scope"]
    sign_in: UUID | None = None
    """Whose refresh token was refused, where that may come again without end; not where it just ended the sign-in."""


async def find_account(session: AsyncSession, username: str) -> Account:
    """What to compare a password with; capitals and blanks around the name, as keyboards make them, do not count."""
    # As the throttle reads names: spellings that are one account here must not be several there.
    name = username.strip().casefold() if "\x00" not in username else ""
    person: Person | None = await session.scalar(select(Person).where(col(Person.username) == name))
    return Account(person)


async def begin_sign_in(
    session: AsyncSession, person: Person, tokens: Tokens, *, days: int, asked: Sequence[str]
) -> Ticket | Refused:
    """Starts a sign-in of a person who has proven themself just before; days: after which it ends."""
    held = select(Person).where(col(Person.id) == person.id).with_for_update(read=True)
    found = await session.scalar(held.execution_options(populate_existing=True))
    if found is None or found.disabled_at is not None or found.password_hash != person.password_hash:
        await refuse_sign_in(session, person.id, grant="password", reason="account")
        return Refused("invalid_grant")
    now = datetime.now(UTC)
    sign_in = SignIn(
        id=uuid4(),
        person_id=person.id,
        started_at=now,
        expires_at=now + timedelta(days=days),
        scopes=list(asked) or None,
    )
    return await _issue(session, sign_in, tokens, asked=asked)


async def go_on(session: AsyncSession, refresh_token: str, tokens: Tokens, *, asked: Sequence[str]) -> Ticket | Refused:
    """Changes a refresh token for new tokens. One that comes a second time ends its sign-in: somebody else has it."""
    sign_in = await _find_sign_in(session, refresh_token)
    if sign_in is None:
        # Not on record, as it concerns nobody: whoever makes tokens up could fill the log without end.
        return Refused("invalid_grant")
    if sign_in.expires_at <= datetime.now(UTC):
        await refuse_sign_in(session, sign_in.person_id, grant="refresh_token", reason="expired")
        return Refused("invalid_grant", sign_in.id)
    person = await session.get_one(Person, sign_in.person_id, with_for_update={"read": True}, populate_existing=True)
    token = await session.get_one(RefreshToken, digest_opaque(refresh_token), with_for_update=True)
    await session.refresh(sign_in)
    reason = "disabled" if person.disabled_at else "ended" if sign_in.ended_at else "reused" if token.used_at else None
    if reason is None:
        outcome = await _issue(session, sign_in, tokens, asked=asked, used=token)
        return outcome if isinstance(outcome, Ticket) else Refused(outcome.error, sign_in.id)
    if reason == "reused":
        await _end_reused(session, sign_in)
    await refuse_sign_in(session, person.id, grant="refresh_token", reason=reason)
    return Refused("invalid_grant", None if reason == "reused" else sign_in.id)


async def _find_sign_in(session: AsyncSession, refresh_token: str) -> SignIn | None:
    """The sign-in that a refresh token, used or not, came of."""
    query = select(SignIn).join(RefreshToken).where(col(RefreshToken.digest) == digest_opaque(refresh_token))
    found: SignIn | None = await session.scalar(query)
    return found


async def refuse_sign_in(session: AsyncSession, person: UUID | None, *, grant: str, reason: str) -> None:
    """Puts a refusal on record; of an account that does not exist, nothing that was sent."""
    # Asked of an unknown account too, so that it takes as long.
    granted = await _granted(session, person if person is not None else uuid4())
    await record(
        session,
        NOBODY,
        "token.refuse",
        region=span_of(each.region for each in granted) if granted else None,
        subject=None if person is None else f"person:{person}",
        grant=grant,
        reason=reason,
    )


async def _issue(
    session: AsyncSession,
    sign_in: SignIn,
    tokens: Tokens,
    *,
    asked: Sequence[str],
    used: RefreshToken | None = None,
) -> Ticket | Refused:
    """New tokens by the grants of this moment, in place of the refresh token that was used."""
    grant: Grant = "password" if used is None else "refresh_token"
    granted = await _granted(session, sign_in.person_id)
    areas = areas_of((each.role, each.region) for each in granted)
    if sign_in.scopes is not None and used is not None:
        areas = {scope: areas[scope] for scope in areas if scope in sign_in.scopes}
    chosen = narrow(areas, asked)
    if not chosen:
        await refuse_sign_in(session, sign_in.person_id, grant=grant, reason="scope" if areas else "grants")
        return Refused("invalid_scope" if areas else "invalid_grant")
    until = min(each for each in (sign_in.expires_at, *(each.valid_until for each in granted)) if each is not None)
    sid = str(sign_in.id)
    issued = tokens.issue("person", str(sign_in.person_id), chosen, sign_in=sid, until=until.timestamp())
    session.add(sign_in)
    await session.flush()
    refresh_token, digest = make_opaque()
    session.add(RefreshToken(digest=digest, sign_in_id=sign_in.id, issued_at=datetime.now(UTC)))
    if used is not None:
        used.used_at = datetime.now(UTC)
    await _record(session, issued, "token.issue", sid, grant=grant, scope=" ".join(chosen))
    return Ticket(issued, refresh_token)


async def _record(session: AsyncSession, issued: Issued, kind: str, sign_in: str, **detail: Any) -> None:
    caller = issued.caller
    await record(session, caller, kind, region=span_of(caller.regions), subject=f"sign_in:{sign_in}", **detail)


async def _granted(session: AsyncSession, person: UUID) -> list[RoleGrant]:
    """A person's grants that are valid now."""
    now = datetime.now(UTC)
    query = select(RoleGrant).where(
        col(RoleGrant.person_id) == person,
        col(RoleGrant.ended_at).is_(None),
        col(RoleGrant.valid_from) <= now,
        or_(col(RoleGrant.valid_until).is_(None), col(RoleGrant.valid_until) > now),
        col(RoleGrant.role).in_(ROLES),
    )
    return list(await session.scalars(query))


async def _end_reused(session: AsyncSession, sign_in: SignIn) -> None:
    await end_sign_in(session, sign_in.id)
    granted = await _granted(session, sign_in.person_id)
    region = span_of(each.region for each in granted) if granted else None
    subject = f"sign_in:{sign_in.id}"
    await record(session, NOBODY, "token.reuse", region=region, subject=subject, person=str(sign_in.person_id))
