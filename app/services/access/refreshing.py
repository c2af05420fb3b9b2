"""Refresh tokens at the token endpoint. Each is exchanged once for new tokens by the grants of that moment."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import NOBODY, Caller, span_of
from app.models import Person, RefreshToken, SignIn
from app.platform.codes import digest_opaque
from app.platform.database import Database
from app.platform.throttle import Throttle
from app.platform.tokens import Tokens
from app.services.access.grants import grants_now
from app.services.access.people_tokens import Refused, Ticket, issue, refuse_sign_in, ticket_of
from app.services.access.revocations import transaction
from app.services.access.sign_ins import end_sign_in, find_unused, select_sign_in
from app.services.audit.queue import record

_AGAIN: Final = timedelta(seconds=60)
"""For so long after its use a refresh token gets the same successor again."""


async def refresh(
    refresh_token: str, *, asked: Sequence[str], database: Database, tokens: Tokens, throttle: Throttle
) -> Ticket:
    """Returns new tokens for a refresh token. See `go_on` for one that comes a second time."""
    async with transaction(database, tokens) as session:
        outcome = await go_on(session, refresh_token, tokens, asked=asked)
        # Within the transaction, so that a request refused with 429 stores nothing and its refresh token stays valid.
        _admit(outcome, throttle)
    return ticket_of(outcome, "refresh_token")


def _admit(outcome: Ticket | Refused, throttle: Throttle) -> None:
    """Counts a refresh like any request, as it compares no slow secret.

    A refused refresh is counted apart from the person's own requests. Otherwise somebody with an old refresh token
    could use up its owner's limit.
    """
    if isinstance(outcome, Ticket):
        throttle.admit(outcome.issued.caller)
    elif outcome.sign_in is not None:
        throttle.admit(Caller("person", str(outcome.sign_in), {}, (), 0))


async def go_on(session: AsyncSession, refresh_token: str, tokens: Tokens, *, asked: Sequence[str]) -> Ticket | Refused:
    """Exchanges a refresh token for new tokens.

    A refresh token that comes again ends its sign-in, as somebody else has it. `_successor` has the exception.
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
    given = await _successor(session, sign_in, token, tokens.successors_of(refresh_token))
    if person.disabled_at is not None or sign_in.ended_at is not None:
        reason = "ended" if person.disabled_at is None else "disabled"
        await refuse_sign_in(session, person.id, grant="refresh_token", reason=reason)
        return Refused("invalid_grant", sign_in.id)
    if given is None:
        await _end_reused(session, sign_in)
        return Refused("invalid_grant")
    outcome = await issue(session, sign_in, tokens, asked=asked, used=token, refresh_token=given)
    return outcome if isinstance(outcome, Ticket) else Refused(outcome.error, sign_in.id)


async def _successor(
    session: AsyncSession, sign_in: SignIn, token: RefreshToken, successors: Sequence[str]
) -> str | None:
    """Returns the refresh token that replaces this one, or None if this one comes again too late.

    An app whose connection broke before it had the response sends the same one again. For a minute it gets the same
    successor, as long as nobody has used that.
    """
    if token.used_at is None:
        return successors[0]
    if datetime.now(UTC) - token.used_at > _AGAIN:
        return None
    return await find_unused(session, sign_in, successors)


async def _end_reused(session: AsyncSession, sign_in: SignIn) -> None:
    await end_sign_in(session, sign_in.id)
    granted = await grants_now(session, sign_in.person_id)
    region = span_of(each.region for each in granted) if granted else None
    subject = f"sign_in:{sign_in.id}"
    await record(session, NOBODY, "token.reuse", region=region, subject=subject, person=str(sign_in.person_id))
    await refuse_sign_in(session, sign_in.person_id, grant="refresh_token", reason="reused")
