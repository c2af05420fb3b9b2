"""Finds families by a number, and reads a family without its identity.

Every search and every reading is audited, including a search that finds nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller, span_of
from app.identity.numbers import NumberKind, card_fault, is_number, nik_fault
from app.models import Family, FamilyKey, HeldNumber, HeldSubmission, Submission
from app.platform.encryption import Vault
from app.problems import Fault, Problem, fault_in, kinds, read_shape
from app.regions.codes import dot
from app.schemas.families.family import (
    FamilyOut,
    FamilySearchIn,
    FamilySubmissionOut,
    FoundFamiliesOut,
    FoundFamilyOut,
    FoundHeldOut,
    UnsettledOut,
)
from app.scoring.catalogue import Catalogue
from app.services.audit.queue import record
from app.services.families.consents import consents_of
from app.services.families.earlier_identities import earlier_of, submissions_told
from app.services.families.families import find_family

_MOST_FOUND: Final = 100


async def find_families(
    session: AsyncSession, caller: Caller, content: Mapping[str, Any], *, vault: Vault
) -> FoundFamiliesOut:
    """Returns the families of the caller's regions with a card number or a NIK, at most 100. Raises faults."""
    search, faults = read_shape(FamilySearchIn, content)
    faults += _number_faults(content)
    if search is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
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
    held = await _find_held(session, caller, digests, [row[0] for row in rows])
    await record(
        session,
        caller,
        "family.find",
        region=span_of(caller.regions),
        by=kind,
        purpose=search.purpose,
        letter=None if search.letter is None else vault.letter_marks(search.letter)[0],
        found=[str(row[0]) for row in rows],
        held_found=[str(each.id) for each in held],
    )
    return FoundFamiliesOut(
        items=[
            FoundFamilyOut(family=family, region=region, dotted=dot(region), years=sorted(years or ()))
            for family, region, years in rows
        ],
        held=held,
    )


async def _find_held(
    session: AsyncSession, caller: Caller, digests: Sequence[bytes], families: Sequence[UUID]
) -> list[FoundHeldOut]:
    """Returns what is held with the number, and the conflicts of the families that have it."""
    stating = select(col(HeldNumber.held_id)).where(col(HeldNumber.digest).in_(digests))
    query = select(HeldSubmission).where(
        or_(col(HeldSubmission.id).in_(stating), col(HeldSubmission.family_id).in_(families))
    )
    query = query.order_by(col(HeldSubmission.received_at), col(HeldSubmission.id)).limit(_MOST_FOUND)
    return [
        FoundHeldOut(**each.model_dump(include={"id", "kind", "region", "received_at"}), dotted=dot(each.region))
        for each in await session.scalars(query)
        if caller.covers(each.region)
    ]


async def read_family(session: AsyncSession, caller: Caller, id: UUID, *, catalogue: Catalogue) -> FamilyOut:
    """Returns a family without its identity. Raises not-found also for a family outside the caller's regions."""
    family = await find_family(session, caller, id)
    query = select(Submission).where(col(Submission.family_id) == id)
    submissions = list(await session.scalars(query.order_by(col(Submission.surveyed_at), col(Submission.id))))
    earlier = await earlier_of(session, id)
    await record(session, caller, "family.read", region=family.region, subject=f"family:{id}")
    return FamilyOut(
        id=id,
        region=family.region,
        dotted=dot(family.region),
        created_at=family.created_at,
        restricted_at=family.restricted_at,
        submissions=[_submission_out(each, catalogue) for each in submissions],
        consents=await consents_of(session, id),
        earlier_identities=[
            UnsettledOut(
                id=each.id,
                kept_at=each.kept_at,
                reason=each.reason,
                submission=each.submission_id,
                submissions=submissions_told(each, earlier, submissions),
            )
            for each in earlier
        ],
    )


def _number_faults(content: Mapping[str, Any]) -> list[Fault]:
    """Returns a fault for no number, for both numbers, or for a number that cannot exist.

    A typing error must not look like a family that was not found.
    """
    card, nik = content.get("card_number"), content.get("nik")
    if card is None and nik is None:
        return [fault_in(FamilySearchIn, "missing", ("card_number",))]
    if card is not None and nik is not None:
        return [Fault("one_number", pointer="/nik")]
    pointer, number, check = ("/card_number", card, card_fault) if nik is None else ("/nik", nik, nik_fault)
    code = check(number) if is_number(number) else None
    return [Fault(code, pointer=pointer)] if code is not None else []


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
