"""Access tokens of agencies: what one is given, and the record of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.audit import record
from app.models import Agency
from app.security import NOBODY, Caller, Tokens, span_of
from app.security.tokens import Issued, narrow

Refusal = Literal["invalid_client", "invalid_scope"]
"""Why there is no token, in the words of RFC 6749 section 5.2."""


@dataclass(frozen=True, slots=True)
class Refused:
    error: Refusal


def caller_of(agency: Agency) -> Caller:
    """An agency that has proven itself, as a caller of this one request."""
    regions = tuple(agency.regions)
    return Caller("agency", str(agency.id), dict.fromkeys(agency.scopes, regions), regions, 2**62)


async def issue_token(session: AsyncSession, agency: UUID, tokens: Tokens, *, asked: Sequence[str]) -> Issued | Refused:
    """An access token with the scopes asked for, or all; the agency has proven itself with a secret just before.

    It is held meanwhile, so that whoever disables it does not overlook this token (`app/revocation.py`).
    """
    query = select(Agency).where(col(Agency.id) == agency, col(Agency.disabled_at).is_(None))
    found = await session.scalar(query.with_for_update(read=True))
    if found is None:
        return Refused("invalid_client")
    areas = narrow(dict.fromkeys(found.scopes, found.regions), asked)
    if areas is None:
        await refuse_token(session, found, reason="scope")
        return Refused("invalid_scope")
    issued = tokens.issue("agency", str(found.id), areas)
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
    """Puts a refusal on record; of an agency that does not exist, nothing that was sent."""
    await record(
        session,
        NOBODY,
        "token.refuse",
        region=None if agency is None else span_of(agency.regions),
        subject=None if agency is None else f"agency:{agency.id}",
        grant="client_credentials",
        reason=reason,
    )
