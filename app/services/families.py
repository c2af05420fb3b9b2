"""Families: found by a number, seen without who they are, and, for a stated purpose and a while, who they are.

Every one of these looks is put on record, those that find nothing too.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app import problems
from app.audit import record
from app.identity import NumberKind, card_fault, holds_number, is_number, nik_fault
from app.models import Consent, Family, FamilyIdentity, FamilyKey, Identification, Submission
from app.problems import Fault, Problem, read_shape
from app.regions import dot
from app.rights.families import lock_family
from app.rights.requests import consent_out
from app.schemas.family import (
    FamilyOut,
    FamilySearchIn,
    FamilySubmissionOut,
    FoundFamiliesOut,
    FoundFamilyOut,
    IdentificationIn,
    IdentificationOut,
    IdentityOut,
)
from app.scoring.catalogue import Catalogue
from app.security import Caller, Vault
from app.security.granting import span_of

_MOST_FOUND: Final = 100

Shape = TypeVar("Shape", FamilySearchIn, IdentificationIn)


async def find_families(
    session: AsyncSession, caller: Caller, content: Mapping[str, Any], *, vault: Vault
) -> FoundFamiliesOut:
    """The families of the caller's regions that a No KK or a NIK belongs to; raises faults."""
    search, faults = _read(content, FamilySearchIn)
    faults += _number_faults(content)
    if search is None or faults:
        raise Problem(problems.FAULTS, faults=faults)
    kind: NumberKind = "nik" if search.card_number is None else "card"
    digests = [digest for _, digest in vault.digests(kind, search.card_number or search.nik or "")]
    years = func.array_agg(col(Submission.year).distinct()).filter(col(Submission.year).is_not(None))
    query = (
        select(col(Family.id), col(Family.region), years)
        .join(FamilyKey, col(FamilyKey.family_id) == col(Family.id))
        .outerjoin(Submission, col(Submission.family_id) == col(Family.id))
        .where(col(FamilyKey.kind) == kind, col(FamilyKey.digest).in_(digests))
        .group_by(col(Family.id))
        .order_by(col(Family.region), col(Family.created_at), col(Family.id))
        .limit(_MOST_FOUND)
    )
    rows = [row for row in await session.execute(query) if caller.covers(row[1])]
    await record(
        session,
        caller,
        "family.find",
        region=span_of(caller.regions),
        by=kind,
        purpose=search.purpose,
        found=[str(row[0]) for row in rows],
    )
    return FoundFamiliesOut(
        items=[
            FoundFamilyOut(family=family, region=region, dotted=dot(region), years=sorted(years or ()))
            for family, region, years in rows
        ]
    )


async def read_family(session: AsyncSession, caller: Caller, id: UUID, *, catalogue: Catalogue) -> FamilyOut:
    """A family without who it is; raises not-found, also where it lies outside the caller's regions."""
    family = await _find(session, caller, id)
    query = select(Submission).where(col(Submission.family_id) == id)
    submissions = await session.scalars(query.order_by(col(Submission.surveyed_at), col(Submission.id)))
    given = select(Consent).where(col(Consent.family_id) == id).order_by(col(Consent.given_at), col(Consent.id))
    await record(session, caller, "family.read", region=family.region, subject=f"family:{id}")
    return FamilyOut(
        id=id,
        region=family.region,
        dotted=dot(family.region),
        created_at=family.created_at,
        restricted_at=family.restricted_at,
        submissions=[_submission_out(each, catalogue) for each in submissions],
        consents=[consent_out(each) for each in await session.scalars(given)],
    )


async def state_purpose(
    session: AsyncSession, caller: Caller, id: UUID, content: Mapping[str, Any]
) -> IdentificationOut:
    """Opens who a family is to this caller for some minutes; raises faults and not-found."""
    stated, faults = _read(content, IdentificationIn)
    if stated is None or faults:
        raise Problem(problems.FAULTS, faults=faults)
    # Held, so that it is not erased meanwhile.
    family = await lock_family(session, id, caller=caller, shared=True)
    if family is None:
        raise Problem(problems.NOT_FOUND)
    now = datetime.now(UTC)
    identification = Identification(
        id=uuid4(),
        family_id=id,
        region=family.region,
        caller_id=UUID(caller.id),
        purpose=stated.purpose,
        created_at=now,
        expires_at=now + timedelta(minutes=stated.minutes),
    )
    session.add(identification)
    await session.flush()
    await record(
        session,
        caller,
        "identification.create",
        region=family.region,
        subject=f"family:{id}",
        identification=str(identification.id),
        purpose=stated.purpose,
        minutes=stated.minutes,
    )
    return IdentificationOut(id=identification.id, family=id, expires_at=identification.expires_at)


async def read_identity(session: AsyncSession, caller: Caller, id: UUID, *, vault: Vault) -> IdentityOut:
    """Who a family is; raises identification-needed where this caller's stated purpose is missing or over."""
    family = await _find(session, caller, id)
    query = select(Identification).where(
        col(Identification.family_id) == id,
        col(Identification.caller_id) == UUID(caller.id),
        col(Identification.expires_at) > datetime.now(UTC),
    )
    live: Identification | None = await session.scalar(query.order_by(col(Identification.expires_at).desc()).limit(1))
    if live is None:
        raise Problem(problems.IDENTIFICATION_NEEDED)
    subject, identification = f"family:{id}", str(live.id)
    await record(session, caller, "identity.read", region=family.region, subject=subject, identification=identification)
    stored = await session.get(FamilyIdentity, id)
    identity = {} if stored is None else vault.open(id, stored.key_id, stored.sealed)
    return IdentityOut.model_validate({**identity, "family": id, "identification": live.id})


async def _find(session: AsyncSession, caller: Caller, id: UUID) -> Family:
    family = await session.get(Family, id)
    if family is None or not caller.covers(family.region):
        raise Problem(problems.NOT_FOUND)
    return family


def _read(content: Mapping[str, Any], shape: type[Shape]) -> tuple[Shape | None, list[Fault]]:
    """The body in its shape; a purpose that holds a number is a fault, as it stands in the log for good."""
    body, faults = read_shape(shape, content)
    purpose = content.get("purpose")
    if isinstance(purpose, str) and holds_number(purpose):
        faults.append(Fault("looks_like_nik", pointer="/purpose"))
    return body, faults


def _number_faults(content: Mapping[str, Any]) -> list[Fault]:
    """Neither number, or both, or one that cannot be: a slip is better told than answered with an empty list."""
    card, nik = content.get("card_number"), content.get("nik")
    if card is None and nik is None:
        return [Fault("missing", pointer="/card_number")]
    if card is not None and nik is not None:
        return [Fault("one_number", pointer="/nik")]
    place, number, check = ("/card_number", card, card_fault) if nik is None else ("/nik", nik, nik_fault)
    code = check(number) if is_number(number) else None
    return [Fault(code, pointer=place)] if code is not None else []


def _submission_out(row: Submission, catalogue: Catalogue) -> FamilySubmissionOut:
    instrument = catalogue[row.instrument_id].instrument
    return FamilySubmissionOut(
        id=row.id,
        year=row.year,
        surveyed_at=row.surveyed_at,
        instrument=instrument.code,
        version=instrument.version,
        revision=row.revision,
    )
