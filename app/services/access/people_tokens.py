"""People at the token endpoint. They sign in with a password, and go on with refresh tokens (`refreshing.py`).

A kader's token gets its area here, from the grants that are valid at that moment. Issuing a token locks
the row of the person until the transaction ends. Ending sign-ins or grants locks the same row (`revocations.py`), so
neither misses what the other has just done.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NoReturn
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import NOBODY, SCOPES, span_of
from app.models import Person, RefreshToken, SignIn
from app.platform.codes import make_opaque, plain_username
from app.platform.database import Database
from app.platform.encryption import Vault
from app.platform.secrets import password_matches
from app.platform.throttle import Throttle
from app.platform.tokens import Issued, Proof, Tokens, keep_area, narrow
from app.services.access.grants import areas_given, grants_now
from app.services.access.refusals import refusal
from app.services.access.second_factors import Shown, check_form_of, refuse_shown, settle, show_factor
from app.services.access.sign_ins import add_refresh_token, make_sign_in
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
    withheld: tuple[str, ...] = ()
    """Scopes that the token lacks because the person has shown no second factor."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no token, as an error code of RFC 6749 section 5.2."""

    error: Literal["invalid_grant", "invalid_scope"]
    sign_in: UUID | None = None
    """The sign-in of a refresh token that may be refused again without end. None if it just ended the sign-in."""


async def sign_in(
    username: str,
    password: str,
    otp: str | None,
    *,
    address: str,
    asked: Sequence[str],
    days: int,
    database: Database,
    tokens: Tokens,
    throttle: Throttle,
    vault: Vault,
    within: Collection[str] = SCOPES,
) -> Ticket:
    """Returns tokens for a username and a password, and a code of the second factor if the person has one.

    The tokens get no scope that is not in `within`. Raises the refusals of RFC 6749, and what `check_form_of` and
    `refuse_shown` raise. The sign-in ends after `days`.
    """
    check_form_of(otp, error="invalid_request")
    async with throttle.signing_in(account_name(username), address) as attempt:
        async with database.session() as session:
            account = await find_account(session, username)
        person = await account.match(password)
        if person is None:
            await refuse_account(account, "password", address=address, database=database)
        async with database.session() as session:
            shown, outcome = await begin_sign_in(
                session, person, otp, tokens, vault, days=days, asked=asked, within=within
            )
        settle(attempt, shown)
    refuse_shown(shown)
    return ticket_of(outcome)


def ticket_of(outcome: Ticket | Refused, grant: Grant = "password") -> Ticket:
    """Returns the ticket, or raises the refusal."""
    if isinstance(outcome, Refused):
        raise refusal(outcome.error, grant)
    return outcome


def account_name(username: str) -> str:
    """Returns the name under which failures are counted, apart from those of an agency with the same name."""
    return f"person:{plain_username(username)}"


async def find_account(session: AsyncSession, username: str) -> Account:
    """Returns the account of a username, as `plain_username` reads it."""
    # The throttle reads names in the same way. Spellings of one account here must not be several accounts there.
    person: Person | None = await session.scalar(select(Person).where(col(Person.username) == plain_username(username)))
    return Account(person)


async def refuse_account(account: Account, grant: str, *, address: str, database: Database) -> NoReturn:
    """Audits a wrong proof and keeps from where it came, then always raises the refusal."""
    person = account.person.id if account.person is not None else None
    async with database.session() as session:
        await refuse_sign_in(session, person, grant=grant, reason="proof")
        await count_refused(session, "person", person, address)
    raise refusal("invalid_grant", grant)


async def begin_sign_in(
    session: AsyncSession,
    person: Person,
    otp: str | None,
    tokens: Tokens,
    vault: Vault,
    *,
    days: int,
    asked: Sequence[str],
    within: Collection[str],
) -> tuple[Shown, Ticket | Refused]:
    """Starts a sign-in of a person whose password was right. Refuses if the account changed meanwhile.

    Returns also what was shown of the second factor, which decides whether there is a sign-in at all.
    """
    held = select(Person).where(col(Person.id) == person.id).with_for_update(read=True)
    found = await session.scalar(held.execution_options(populate_existing=True))
    if found is None or found.disabled_at is not None or found.password_hash != person.password_hash:
        await refuse_sign_in(session, person.id, grant="password", reason="account")
        return "none", Refused("invalid_grant")
    shown = await show_factor(session, person.id, otp, vault, now=datetime.now(UTC))
    if shown not in ("none", "right"):
        await refuse_sign_in(session, person.id, grant="password", reason="second_factor")
        return shown, Refused("invalid_grant")
    amr = ("pwd",) if shown == "none" else ("pwd", "otp", "mfa")
    begun = make_sign_in(person.id, days=days, scopes=asked, amr=amr)
    return shown, await issue(session, begun, tokens, asked=asked, refresh_token=make_opaque(), within=within)


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


async def issue(
    session: AsyncSession,
    sign_in: SignIn,
    tokens: Tokens,
    *,
    asked: Sequence[str],
    refresh_token: str,
    used: RefreshToken | None = None,
    within: Collection[str] = SCOPES,
) -> Ticket | Refused:
    """Issues new tokens by the grants of this moment. They replace the refresh token that was used.

    They get no scope that is not in `within`. If the person is in training, the access token says so.

    If that was replaced already, `refresh_token` is what replaced it.
    """
    again = used is not None and used.used_at is not None
    grant: Grant = "password" if used is None else "refresh_token"
    granted = await grants_now(session, sign_in.person_id)
    areas = areas_given(granted)
    if sign_in.scopes is not None and used is not None:
        areas = {scope: areas[scope] for scope in areas if scope in sign_in.scopes}
    chosen = {scope: codes for scope, codes in (narrow(areas, asked) or {}).items() if scope in within}
    if not chosen:
        await refuse_sign_in(session, sign_in.person_id, grant=grant, reason="scope" if areas else "grants")
        return Refused("invalid_scope" if areas else "invalid_grant")
    withheld = () if "mfa" in sign_in.amr else tuple(scope for scope in chosen if scope in tokens.factor_scopes)
    chosen = {scope: codes for scope, codes in chosen.items() if scope not in withheld}
    until = min(each for each in (sign_in.expires_at, *(each.valid_until for each in granted)) if each is not None)
    sid = str(sign_in.id)
    proof = Proof(sign_in.amr, sign_in.started_at.timestamp())
    # The caller of this function has locked and read the person, so this reads nothing again.
    person = await session.get_one(Person, sign_in.person_id)
    issued = tokens.issue(
        "person",
        str(person.id),
        chosen,
        sign_in=sid,
        proof=proof,
        until=until.timestamp(),
        training=person.training,
    )
    await keep_area(session, issued)
    if not again:
        await add_refresh_token(session, sign_in, refresh_token, used=used)
    caller, detail = issued.caller, {"scope": " ".join(chosen)} if chosen else {}
    await record(
        session,
        caller,
        "token.issue",
        region=span_of(caller.regions),
        subject=f"sign_in:{sid}",
        grant=grant,
        **detail,
        **({"again": True} if again else {}),
    )
    return Ticket(issued, refresh_token, withheld)
