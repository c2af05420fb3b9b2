"""Agencies: create, list, give a new secret, disable; and who a pair of credentials is."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import Agency, AgencySecret, Region
from app.regions import undot
from app.security import SCOPES, make_secret, secret_matches

_LIVE_SECRETS = 2


class AgencyError(Exception):
    """What was asked of an agency cannot be done; the message says why and what to do."""


async def create_agency(
    session: AsyncSession, client_id: str, *, name: str, scopes: Sequence[str], regions: Sequence[str]
) -> str:
    """Creates an agency and answers its secret, which is shown this once; raises AgencyError."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise AgencyError(f"no scope {', '.join(unknown)}; known are {', '.join(SCOPES)}")
    codes = [undot(region) for region in regions]
    known = set(await session.scalars(select(col(Region.code)).where(col(Region.code).in_(codes))))
    missing = [region for region, code in zip(regions, codes, strict=True) if code not in known]
    if missing or not codes:
        raise AgencyError(f"no region {', '.join(missing)} in the list" if missing else "name at least one region")
    if await _find(session, client_id) is not None:
        raise AgencyError(f"agency {client_id} exists already; rotate gives it a new secret")
    agency = Agency(
        id=uuid4(),
        client_id=client_id,
        name=name,
        scopes=list(dict.fromkeys(scopes)),
        regions=[code for code in dict.fromkeys(codes) if code is not None],
        created_at=datetime.now(UTC),
    )
    session.add(agency)
    await session.flush()
    return _add_secret(session, agency)


def _add_secret(session: AsyncSession, agency: Agency) -> str:
    secret, hashed = make_secret()
    session.add(AgencySecret(id=uuid4(), agency_id=agency.id, hash=hashed, created_at=datetime.now(UTC)))
    return secret


async def _find(session: AsyncSession, client_id: str) -> Agency | None:
    found: Agency | None = await session.scalar(select(Agency).where(col(Agency.client_id) == client_id))
    return found


async def _secrets(session: AsyncSession, agency: Agency) -> list[AgencySecret]:
    """An agency's secrets, the newest first."""
    return list(
        await session.scalars(
            select(AgencySecret)
            .where(col(AgencySecret.agency_id) == agency.id)
            .order_by(col(AgencySecret.created_at).desc())
        )
    )


async def list_agencies(session: AsyncSession) -> list[Agency]:
    return list(await session.scalars(select(Agency).order_by(col(Agency.client_id))))


async def rotate_secret(session: AsyncSession, client_id: str) -> str:
    """A new secret beside the newest old one, so that the agency can change over; older ones end now."""
    agency = await _find(session, client_id)
    if agency is None:
        raise AgencyError(f"no agency {client_id}; list shows them")
    for old in (await _secrets(session, agency))[_LIVE_SECRETS - 1 :]:
        await session.delete(old)
    return _add_secret(session, agency)


async def disable_agency(session: AsyncSession, client_id: str) -> None:
    """Ends all its secrets; tokens it holds end by themselves within their lifetime."""
    agency = await _find(session, client_id)
    if agency is None:
        raise AgencyError(f"no agency {client_id}; list shows them")
    agency.disabled_at = agency.disabled_at or datetime.now(UTC)
    for secret in await _secrets(session, agency):
        await session.delete(secret)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is stored of an agency to prove itself by; of an unknown one, nothing."""

    agency: Agency | None
    hashes: list[str]

    async def match(self, secret: str) -> Agency | None:
        """The agency, if the secret is one of its own; as slow for an unknown id as for a wrong secret.

        Argon2 takes tens of milliseconds by design: in a thread, and best while no connection is held.
        """
        matched = await asyncio.to_thread(secret_matches, secret, self.hashes)
        return self.agency if matched and self.agency is not None and self.agency.disabled_at is None else None


async def find_credentials(session: AsyncSession, client_id: str) -> Credentials:
    """What to compare a secret with."""
    agency = await _find(session, client_id) if "\x00" not in client_id else None
    return Credentials(agency, [] if agency is None else [each.hash for each in await _secrets(session, agency)])
