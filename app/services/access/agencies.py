"""Agencies and their secrets. Creates, lists and disables agencies, and checks their credentials.

The only writer of `agency` and `agency_secret`.

A caller sees an agency if all its regions lie inside the caller's own regions. The caller may change the agency if the
caller could also have given it everything that it has.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, String, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import SCOPES, Caller, is_self, may_give, span_of
from app.models import Agency, AgencySecret
from app.platform.cursors import bad_cursor
from app.platform.secrets import make_secret, secret_matches
from app.problems import Fault, Problem, kinds, read_shape
from app.regions.codes import COUNTRY, undot
from app.schemas.access.agency import MOST_REGIONS, AgencyIn, AgencyOut, NewAgencyOut, NewSecretOut, SecretOut
from app.schemas.shapes import Page
from app.services.access.export_keys import end_keys_of
from app.services.access.revocations import revoke
from app.services.audit.queue import record
from app.services.reference.standing import find_ended

_LIVE_SECRETS: Final = 2
_INSIDE: Final = text(
    "NOT EXISTS (SELECT FROM unnest(agency.regions) AS held (code) WHERE NOT held.code ^@ ANY (:areas))"
).bindparams(bindparam("areas", type_=ARRAY(String)))


async def create_agency(session: AsyncSession, caller: Caller, content: Mapping[str, Any]) -> NewAgencyOut:
    """Creates an agency from a body of shape AgencyIn, with a secret that only this response shows.

    Raises the problems faults and grant-beyond-caller.
    """
    _refuse_beyond(caller, content)
    wanted, faults = read_shape(AgencyIn, content)
    faults += await _faults(session, content)
    if wanted is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    agency = Agency(
        id=uuid4(),
        client_id=wanted.client_id,
        name=wanted.name,
        scopes=list(dict.fromkeys(wanted.scopes)),
        regions=list(dict.fromkeys(wanted.regions)),
        created_at=datetime.now(UTC),
    )
    added = insert(Agency).values(agency.model_dump()).on_conflict_do_nothing(index_elements=["client_id"])
    if await session.scalar(added.returning(col(Agency.id))) is None:
        raise Problem(kinds.FAULTS, faults=[Fault("taken", pointer="/client_id")])
    after = {"scopes": agency.scopes, "regions": agency.regions}
    await _record(session, caller, "agency.create", agency, after=after)
    secret = await _add_secret(session, caller, agency)
    kept = SecretOut(id=secret.id, created_at=secret.created_at)
    return NewAgencyOut(**dict(_out(agency, [kept])), client_secret=secret.client_secret)


def _refuse_beyond(caller: Caller, content: Mapping[str, Any]) -> None:
    """Raises grant-beyond-caller for all that the caller could not give, even if the body has other faults."""
    regions = {at: code for at, text in _texts(content, "regions") if (code := undot(text)) is not None}
    outside = [at for at, code in regions.items() if not may_give(caller, (), code, authority="agencies:manage")]
    inside = [code for at, code in regions.items() if at not in outside]
    beyond = [
        at
        for at, scope in _texts(content, "scopes")
        if scope in SCOPES and not all(caller.holds(scope, code) for code in inside)
    ]
    faults = [Fault("beyond_caller", pointer=f"/regions/{at}") for at in outside]
    faults += [Fault("beyond_caller", pointer=f"/scopes/{at}") for at in beyond]
    if faults:
        raise Problem(kinds.GRANT_BEYOND, faults=faults)


def _texts(content: Mapping[str, Any], name: str) -> list[tuple[int, str]]:
    """Returns the texts in a list of the body, each with its position."""
    listed = content.get(name)
    return [
        (at, each)
        for at, each in enumerate(listed[:MOST_REGIONS] if isinstance(listed, list) else ())
        if isinstance(each, str)
    ]


async def _faults(session: AsyncSession, content: Mapping[str, Any]) -> list[Fault]:
    """Returns the faults that only the database shows, in those parts of the body whose shape is valid."""
    codes = [(f"/regions/{at}", code) for at, text in _texts(content, "regions") if (code := undot(text)) is not None]
    faults = await find_ended(session, codes, datetime.now(UTC))
    client_id = content.get("client_id")
    if isinstance(client_id, str) and await _find(session, client_id) is not None:
        faults.append(Fault("taken", pointer="/client_id"))
    return faults


async def list_agencies(
    session: AsyncSession, caller: Caller, *, limit: int, cursor: str | None = None
) -> Page[AgencyOut]:
    """Returns a page of the agencies whose regions all lie inside the caller's, by client_id."""
    query = select(Agency).order_by(col(Agency.client_id)).limit(limit + 1)
    if COUNTRY not in caller.regions:
        query = query.where(_INSIDE.bindparams(areas=list(caller.regions)))
    if cursor is not None:
        if not re.fullmatch(r"[!-~]{1,200}", cursor):
            raise bad_cursor()
        query = query.where(col(Agency.client_id) > cursor)
    rows = list(await session.scalars(query))
    secrets = await _secrets(session, [each.id for each in rows[:limit]])
    return await Page[AgencyOut].of(
        rows, limit, shape=lambda each: _out(each, _kept(secrets, each.id)), cursor=lambda each: each.client_id
    )


async def find_agency(session: AsyncSession, caller: Caller, agency: UUID | str) -> AgencyOut:
    """Returns one agency. Raises not-found also for an agency outside the caller's regions."""
    found = await _find_seen(session, caller, agency)
    return _out(found, _kept(await _secrets(session, [found.id]), found.id))


async def add_secret(
    session: AsyncSession, caller: Caller, agency: UUID | str, *, end: UUID | None = None
) -> NewSecretOut:
    """Adds a secret beside the old one, so that the agency can change over.

    `end` names a secret that ends for it, with all tokens of the agency. `agency` is an id or a client_id. Raises
    two-secrets if there would be three, and not-found and account-beyond-caller, as every change of an agency does.
    """
    found = await _lock(session, caller, agency)
    if end is not None:
        await _end_one(session, caller, found, end)
    live = await _secrets(session, [found.id])
    if len(live) >= _LIVE_SECRETS:
        listed = [{"id": str(each.id), "created_at": each.created_at.isoformat()} for each in live]
        raise Problem(kinds.TWO_SECRETS, secrets=listed)
    return await _add_secret(session, caller, found)


async def end_secret(session: AsyncSession, caller: Caller, agency: UUID | str, *, secret: UUID) -> None:
    """Ends one secret and all tokens of the agency, as nobody knows which secret a token was issued for."""
    await _end_one(session, caller, await _lock(session, caller, agency), secret)


async def _end_one(session: AsyncSession, caller: Caller, agency: Agency, secret: UUID) -> None:
    ended = next((each for each in await _secrets(session, [agency.id]) if each.id == secret), None)
    if ended is None:
        raise Problem(kinds.NOT_FOUND)
    await _end(session, caller, agency, [ended])
    await session.flush()
    await revoke(session, f"agency:{agency.id}")


async def disable_agency(session: AsyncSession, caller: Caller, agency: UUID | str) -> None:
    """Ends all secrets, all export keys and all tokens of the agency for good."""
    found = await _lock(session, caller, agency)
    await end_keys_of(session, "agency", [found.id])
    await _end(session, caller, found, await _secrets(session, [found.id]))
    if found.disabled_at is None:
        found.disabled_at = datetime.now(UTC)
        await _record(session, caller, "agency.disable", found, after={"disabled_at": found.disabled_at.isoformat()})
    await revoke(session, f"agency:{found.id}")


async def _find(session: AsyncSession, agency: UUID | str, *, lock: bool = False) -> Agency | None:
    if isinstance(agency, str) and "\x00" in agency:
        return None
    query = select(Agency).where(col(Agency.id if isinstance(agency, UUID) else Agency.client_id) == agency)
    found: Agency | None = await session.scalar(query.with_for_update() if lock else query)
    return found


async def _find_seen(session: AsyncSession, caller: Caller, agency: UUID | str, *, lock: bool = False) -> Agency:
    found = await _find(session, agency, lock=lock)
    if found is None or not all(caller.covers(region) for region in found.regions):
        raise Problem(kinds.NOT_FOUND)
    return found


async def _lock(session: AsyncSession, caller: Caller, agency: UUID | str) -> Agency:
    """Locks the agency to change until the transaction ends.

    So it never has more than two secrets, no matter who else adds one at the same time.
    """
    found = await _find_seen(session, caller, agency, lock=True)
    givable = all(may_give(caller, found.scopes, region, authority="agencies:manage") for region in found.regions)
    if not givable or is_self(caller, "agency", found.id):
        raise Problem(kinds.ACCOUNT_BEYOND)
    return found


async def _secrets(session: AsyncSession, agencies: Sequence[UUID]) -> list[AgencySecret]:
    """Returns the secrets of agencies, the newest first."""
    query = select(AgencySecret).where(col(AgencySecret.agency_id).in_(agencies))
    return list(await session.scalars(query.order_by(col(AgencySecret.created_at).desc(), col(AgencySecret.id))))


async def _add_secret(session: AsyncSession, caller: Caller, agency: Agency) -> NewSecretOut:
    secret, hashed = await asyncio.to_thread(make_secret)
    added = AgencySecret(id=uuid4(), agency_id=agency.id, hash=hashed, created_at=datetime.now(UTC))
    session.add(added)
    await _record(session, caller, "secret.create", agency, after={"secret": str(added.id)})
    return NewSecretOut(id=added.id, created_at=added.created_at, client_secret=secret)


async def _end(session: AsyncSession, caller: Caller, agency: Agency, secrets: Iterable[AgencySecret]) -> None:
    for secret in secrets:
        await session.delete(secret)
        await _record(session, caller, "secret.end", agency, before={"secret": str(secret.id)})


async def _record(session: AsyncSession, caller: Caller, kind: str, agency: Agency, **detail: Any) -> None:
    await record(session, caller, kind, region=span_of(agency.regions), subject=f"agency:{agency.id}", **detail)


def _kept(secrets: Iterable[AgencySecret], agency: UUID) -> list[SecretOut]:
    return [SecretOut(id=each.id, created_at=each.created_at) for each in secrets if each.agency_id == agency]


def _out(agency: Agency, secrets: list[SecretOut]) -> AgencyOut:
    return AgencyOut(**agency.model_dump(), secrets=secrets)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The stored agency and the hashes of its secrets. Both are empty for an unknown agency."""

    agency: Agency | None
    hashes: list[str]

    async def match(self, secret: str) -> Agency | None:
        """Returns the agency if it is enabled and the secret is one of its own, otherwise None.

        A wrong secret takes the same time no matter how many secrets are stored, even for an unknown agency. Argon2
        takes tens of milliseconds by design, so it runs in a thread. Call this while you hold no connection.
        """
        matched = await asyncio.to_thread(secret_matches, secret, self.hashes, _LIVE_SECRETS)
        return self.agency if matched and self.agency is not None and self.agency.disabled_at is None else None


async def find_credentials(session: AsyncSession, client_id: str) -> Credentials:
    """Returns what a secret of this agency is compared with."""
    agency = await _find(session, client_id)
    # Also queried for an unknown agency, so that it takes as long.
    secrets = await _secrets(session, [agency.id if agency is not None else uuid4()])
    return Credentials(agency, [each.hash for each in secrets])
