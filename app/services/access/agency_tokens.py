"""Agencies at the token endpoints. They prove themselves with a secret and get access tokens."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import NOBODY, Caller, span_of
from app.models import Agency
from app.platform.database import Database
from app.platform.throttle import Throttle
from app.platform.tokens import Issued, Tokens, keep_area, narrow
from app.services.access.agencies import find_credentials
from app.services.access.refusals import refusal
from app.services.audit.addresses import count_refused
from app.services.audit.queue import record

Refusal = Literal["invalid_client", "invalid_scope"]
"""Why there is no token, as an error code of RFC 6749 section 5.2."""


async def prove_agency(client_id: str, secret: str, *, address: str, database: Database, throttle: Throttle) -> Caller:
    """Returns the agency with these credentials as the caller of this one request.

    Audits and raises a refusal for wrong credentials. `address` is the client's, whose failures are counted. No
    connection is held while secrets are compared.
    """
    async with throttle.signing_in(client_id, address) as attempt:
        async with database.session() as session:
            credentials = await find_credentials(session, client_id)
        agency = await credentials.match(secret)
        if agency is None:
            async with database.session() as session:
                await refuse_token(session, credentials.agency, reason="secret")
                known = credentials.agency
                await count_refused(session, "agency", None if known is None else known.id, address)
            raise refusal("invalid_client")
        attempt.succeed()
    regions = tuple(agency.regions)
    return Caller("agency", str(agency.id), dict.fromkeys(agency.scopes, regions), regions, 2**62)


async def issue_agency_token(agency: Caller, *, asked: Sequence[str], database: Database, tokens: Tokens) -> Issued:
    """Issues an access token to an agency that has just proven itself, with the scopes asked for, or all of them."""
    async with database.session() as session:
        issued = await issue_token(session, UUID(agency.id), tokens, asked=asked)
    if isinstance(issued, str):
        raise refusal(issued)
    return issued


async def issue_token(session: AsyncSession, agency: UUID, tokens: Tokens, *, asked: Sequence[str]) -> Issued | Refusal:
    """Returns the token, or why there is none. Audits either.

    Holds the agency until the transaction ends, so that whoever disables it does not overlook this token
    (`revocations.py`).
    """
    query = select(Agency).where(col(Agency.id) == agency, col(Agency.disabled_at).is_(None))
    found = await session.scalar(query.with_for_update(read=True))
    if found is None:
        await refuse_token(session, await session.get(Agency, agency), reason="account")
        return "invalid_client"
    areas = narrow(dict.fromkeys(found.scopes, found.regions), asked)
    if areas is None:
        await refuse_token(session, found, reason="scope")
        return "invalid_scope"
    issued = tokens.issue("agency", str(found.id), areas)
    await keep_area(session, issued)
    await record(
        session,
        issued.caller,
        "token.issue",
        region=span_of(issued.caller.regions),
        subject=f"token:{issued.caller.token_id}",
        grant="client_credentials",
        scope=" ".join(issued.scopes),
    )
    return issued


async def refuse_token(session: AsyncSession, agency: Agency | None, *, reason: str) -> None:
    """Audits a refusal. For an unknown agency, the entry holds nothing of what was sent."""
    await record(
        session,
        NOBODY,
        "token.refuse",
        region=None if agency is None else span_of(agency.regions),
        subject=None if agency is None else f"agency:{agency.id}",
        grant="client_credentials",
        reason=reason,
    )
