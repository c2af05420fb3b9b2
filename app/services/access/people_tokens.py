"""People at the token endpoint. They sign in with a password and go on with refresh tokens, which rotate.

A kader's token gets its area here, from the grants that are valid at that moment. Issuing a token locks
the row of the person until the transaction ends. Ending sign-ins or grants locks the same row (`revocations.py`), so
neither misses what the other has just done.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NoReturn
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import NOBODY, Caller, span_of
from app.models import Person, RefreshToken, SignIn
from app.platform.database import Database
from app.platform.secrets import digest_opaque, password_matches
from app.platform.throttle import Throttle
from app.platform.tokens import Issued, Tokens, narrow
from app.services.access.grants import areas_given, grants_now
from app.services.access.refusals import refusal
from app.services.access.revocations import transaction
from app.services.access.sign_ins import add_refresh_token, end_sign_in, make_sign_in, select_sign_in
from app.services.audit.addresses import count_refused
from app.services.audit.queue import record

Grant = Literal["password", "refresh_token"]


@dataclass(frozen=True, slots=True)
class Account:
    """The stored person to compare a password with. None for an unknown username."""

    person: Person | None

    async def match(self, password: str) -> Person | None:
        """Returns the person if this is their password and they are not disabled, otherwise None.

        It takes as long if there is no such account. Argon2 takes tens of milliseconds by design, so it runs in a
        thread. Call this while you hold no connection.
        """
        hashed = self.person.password_hash if self.person is not None else None
        matched = await asyncio.to_thread(password_matches, password, hashed)
        return self.person if matched and self.person is not None and self.person.disabled_at is None else None


@dataclass(frozen=True, slots=True)
class Ticket:
    """The access token for a person's app, and the refresh token with which the app gets the next one."""

    issued: Issued
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no token, as an error code of RFC 6749 section 5.2."""

    error: Literal["invalid_grant", "invalid_scope"]
    sign_in: UUID | None = None
    """The sign-in of a refresh token that may be refused again without end. None if it just ended the sign-in."""


async def sign_in(
    username: str,
    password: str,
    *,
    address: str,
    asked: Sequence[str],
    days: int,
    database: Database,
    tokens: Tokens,
    throttle: Throttle,
) -> Ticket:
    """Returns tokens for a username and a password. Raises the refusals of RFC 6749.

    The sign-in ends after `days`.
    """
    async with throttle.signing_in(account_name(username), address) as attempt:
        async with database.session() as session:
            account = await find_account(session, username)
        person = await account.match(password)
        if person is None:
            await refuse_account(account, "password", address=address, database=database)
        attempt.succeed()
    async with database.session() as session:
        outcome = await begin_sign_in(session, person, tokens, days=days, asked=asked)
    return _ticket(outcome)


async def refresh(
    refresh_token: str, *, asked: Sequence[str], database: Database, tokens: Tokens, throttle: Throttle
) -> Ticket:
    """Returns new tokens for a refresh token. A refresh token that comes a second time ends its sign-in."""
    async with transaction(database, tokens) as session:
        outcome = await go_on(session, refresh_token, tokens, asked=asked)
        # Within the transaction, so that a request refused with 429 stores nothing and its refresh token stays valid.
        _admit(outcome, throttle)
    return _ticket(outcome)


def _ticket(outcome: Ticket | Refused) -> Ticket:
    if isinstance(outcome, Refused):
        raise refusal(outcome.error)
    return outcome


def _admit(outcome: Ticket | Refused, throttle: Throttle) -> None:
    """Counts a refresh like any request, as it compares no slow secret.

    A refused refresh is counted apart from the person's own requests. Otherwise somebody with an old refresh token
    could use up its owner's limit.
    """
    if isinstance(outcome, Ticket):
        throttle.admit(outcome.issued.caller)
    elif outcome.sign_in is not None:
        throttle.admit(Caller("person", str(outcome.sign_in), {}, (), 0))


def account_name(username: str) -> str:
    """Returns the name under which failures are counted, apart from those of an agency with the same name."""
    return f"person:{username.strip()}"


async def find_account(session: AsyncSession, username: str) -> Account:
    """Returns the account of a username. Ignores capitals and blanks around the name, which keyboards add."""
    # The throttle reads names in the same way. Spellings of one account here must not be several accounts there.
    name = username.strip().casefold() if "\x00" not in username else ""
    person: Person | None = await session.scalar(select(Person).where(col(Person.username) == name))
    return Account(person)


async def refuse_account(account: Account, grant: str, *, address: str, database: Database) -> NoReturn:
    """Audits a wrong proof and keeps from where it came, then always raises the refusal."""
    person = account.person.id if account.person is not None else None
    async with database.session() as session:
        await refuse_sign_in(session, person, grant=grant, reason="proof")
        await count_refused(session, "person", person, address)
    raise refusal("invalid_grant")


async def begin_sign_in(
    session: AsyncSession, person: Person, tokens: Tokens, *, days: int, asked: Sequence[str]
) -> Ticket | Refused:
    """Starts a sign-in of a person who has just proven themself. Refuses if the account changed meanwhile."""
    held = select(Person).where(col(Person.id) == person.id).with_for_update(read=True)
    found = await session.scalar(held.execution_options(populate_existing=True))
    if found is None or found.disabled_at is not None or found.password_hash != person.password_hash:
        await refuse_sign_in(session, person.id, grant="password", reason="account")
        return Refused("invalid_grant")
    return await _issue(session, make_sign_in(person.id, days=days, scopes=asked), tokens, asked=asked)


async def go_on(session: AsyncSession, refresh_token: str, tokens: Tokens, *, asked: Sequence[str]) -> Ticket | Refused:
    """Exchanges a refresh token for new tokens.

    A refresh token that comes a second time ends its sign-in, as somebody else has it.
    """
    sign_in: SignIn | None = await session.scalar(select_sign_in(refresh_token))
    if sign_in is None:
        # Not audited, as it concerns nobody. Somebody who makes up tokens could fill the log without end.
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


async def refuse_sign_in(session: AsyncSession, person: UUID | None, *, grant: str, reason: str) -> None:
    """Audits a refusal. For an unknown account, the entry holds nothing of what was sent."""
    # Also queried for an unknown account, so that it takes as long.
    granted = await grants_now(session, person if person is not None else uuid4())
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
    """Issues new tokens by the grants of this moment. They replace the refresh token that was used."""
    grant: Grant = "password" if used is None else "refresh_token"
    granted = await grants_now(session, sign_in.person_id)
    areas = areas_given(granted)
    if sign_in.scopes is not None and used is not None:
        areas = {scope: areas[scope] for scope in areas if scope in sign_in.scopes}
    chosen = narrow(areas, asked)
    if not chosen:
        await refuse_sign_in(session, sign_in.person_id, grant=grant, reason="scope" if areas else "grants")
        return Refused("invalid_scope" if areas else "invalid_grant")
    until = min(each for each in (sign_in.expires_at, *(each.valid_until for each in granted)) if each is not None)
    sid = str(sign_in.id)
    issued = tokens.issue("person", str(sign_in.person_id), chosen, sign_in=sid, until=until.timestamp())
    refresh_token = await add_refresh_token(session, sign_in, used=used)
    caller, scope = issued.caller, " ".join(chosen)
    await record(
        session,
        caller,
        "token.issue",
        region=span_of(caller.regions),
        subject=f"sign_in:{sid}",
        grant=grant,
        scope=scope,
    )
    return Ticket(issued, refresh_token)


async def _end_reused(session: AsyncSession, sign_in: SignIn) -> None:
    await end_sign_in(session, sign_in.id)
    granted = await grants_now(session, sign_in.person_id)
    region = span_of(each.region for each in granted) if granted else None
    subject = f"sign_in:{sign_in.id}"
    await record(session, NOBODY, "token.reuse", region=region, subject=subject, person=str(sign_in.person_id))
