"""Exports everything stored about a family with its trail."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, cast, inspect, or_, select, union_all
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import (
    AUDIT_LOG,
    AuditEntry,
    AuditLabel,
    AuditQueue,
    Consent,
    Family,
    FamilyIdentity,
    FamilyKey,
    Identification,
    SubjectRequest,
    Submission,
)
from app.platform.encryption import Vault
from app.regions.codes import dot
from app.schemas.families.identity import MemberOut
from app.schemas.subject_requests.export import (
    ExportedFamilyOut,
    ExportedHeldOut,
    ExportedIdentificationOut,
    ExportedIdentityOut,
    ExportedNumberOut,
    FamilyExportOut,
    TrailOut,
)
from app.scoring.catalogue import Catalogue
from app.services.audit.kinds import KINDS
from app.services.audit.queue import record
from app.services.families.consents import consent_out
from app.services.families.earlier_identities import show_earlier
from app.services.families.identifications import read_words
from app.services.intake.submission_table import submissions_of
from app.services.subject_requests.exported_submissions import Part, open_showing
from app.services.subject_requests.held import export_held
from app.services.subject_requests.subject_requests import request_out
from app.turns import in_turns

_REVEALING: Final = ("receipt", "fields", "before", "after")
"""Members of audit entries. With them and the rest of a body, what was left out could be tried out by its hash."""
_SEARCH: Final = "family.find"
_Thing = Submission | ExportedHeldOut
_TRAIL: Final = ("at", "kind", "caller_kind", "caller_id", "region", "subject", "detail")


async def make_export(
    session: AsyncSession,
    caller: Caller,
    request: SubjectRequest,
    family: Family,
    *,
    part: Part,
    identification: Identification,
    catalogue: Catalogue,
    vault: Vault,
) -> FamilyExportOut:
    """Returns and audits all of a locked family, as far as `part` says. Raises VaultError."""
    submissions = await submissions_of(session, family)
    await record(
        session,
        caller,
        "family.export",
        region=family.region,
        subject=f"family:{family.id}",
        request=str(request.id),
        identification=str(identification.id),
        people=None if part.people is None else sorted(set(part.people)),
        sensitive=part.sensitive,
    )
    identity = await session.get(FamilyIdentity, family.id)
    identifications = await _all(session, Identification, family.id)
    held = await export_held(session, family, vault, whole=part.is_whole)
    show = await open_showing(session, submissions, part, catalogue, vault)
    return FamilyExportOut(
        exported_at=datetime.now(UTC),
        family=ExportedFamilyOut(dotted=dot(family.region), **family.model_dump()),
        identity=None if identity is None else _identity_out(identity, part.people, vault),
        earlier_identities=await show_earlier(session, family.id, vault) if part.people is None else [],
        numbers=[
            ExportedNumberOut(kind=each.kind, first_seen_at=each.first_seen_at)
            for each in await _all(session, FamilyKey, family.id)
        ],
        submissions=[show.submission(each) async for each in in_turns(submissions)],
        held=held,
        consents=[consent_out(each) for each in await _all(session, Consent, family.id)],
        requests=[request_out(each) for each in await _all(session, SubjectRequest, family.id)],
        identifications=[
            ExportedIdentificationOut.of(each.model_dump(), read_words(each, vault) if part.is_whole else {})
            for each in identifications
        ],
        trail=await _trail(session, family, [*submissions, *held], whole=part.is_whole),
    )


async def _all(session: AsyncSession, table: Any, family_id: UUID) -> list[Any]:
    """Returns the family's rows of a table, in the order of their primary keys."""
    query = select(table).where(col(table.family_id) == family_id)
    return list(await session.scalars(query.order_by(*inspect(table).primary_key)))


def _identity_out(stored: FamilyIdentity, people: Sequence[int] | None, vault: Vault) -> ExportedIdentityOut:
    identity = vault.decrypt(stored.family_id, stored.key_id, stored.encrypted)
    listed, niks = identity.pop("people", []), identity.pop("earlier_niks", [])
    given = [each for position, each in enumerate(listed) if people is None or position in people]
    return ExportedIdentityOut(
        **identity,
        people=[MemberOut(**each) for each in given],
        earlier_niks=niks if people is None else [],
        people_withheld=len(listed) - len(given),
    )


async def _trail(session: AsyncSession, family: Family, things: Sequence[_Thing], *, whole: bool) -> list[TrailOut]:
    """Returns the audit entries about the family, its submissions, and what is held of it, the oldest first.

    They include entries that are not sealed yet.
    """
    # One statement reads both tables, as an entry could move from the queue to the chain between two statements.
    query = union_all(_sealed(family, things), _waiting(family, things))
    rows = [dict(each) for each in (await session.execute(query)).mappings()]
    entries = [
        TrailOut(**{**row, "detail": _detail_out(row, family, whole=whole)}, meaning=KINDS[row["kind"]])
        async for row in in_turns(rows)
    ]
    return sorted(entries, key=lambda each: each.at)


def _sealed(family: Family, things: Sequence[_Thing]) -> Select[Any]:
    """Returns the query of the sealed entries. It finds them by ids first, and then leaves out other nouns."""
    ids = [family.id, *(each.id for each in things)]
    about = select(col(AuditEntry.position)).where(col(AuditEntry.subject_id).in_(ids))
    searches = select(col(AuditEntry.position)).where(
        col(AuditEntry.label).in_(select(col(AuditLabel.id)).where(col(AuditLabel.kind) == _SEARCH)),
        _finds(AuditEntry.detail, family),
    )
    log = AUDIT_LOG.c
    return select(*(log[name] for name in _TRAIL)).where(
        log.position.in_(union_all(about, searches)),
        or_(log.subject.in_(_subjects(family, things)), log.kind == _SEARCH),
    )


def _waiting(family: Family, things: Sequence[_Thing]) -> Select[Any]:
    return select(*(getattr(AuditQueue, name) for name in _TRAIL)).where(
        or_(
            col(AuditQueue.subject).in_(_subjects(family, things)),
            (col(AuditQueue.kind) == _SEARCH) & _finds(AuditQueue.detail, family),
        )
    )


def _subjects(family: Family, things: Sequence[_Thing]) -> list[str]:
    return [
        f"family:{family.id}",
        *(f"{'submission' if isinstance(each, Submission) else 'held'}:{each.id}" for each in things),
    ]


def _finds(detail: Any, family: Family) -> ColumnElement[bool]:
    return cast(col(detail), JSONB).contains({"found": [str(family.id)]})


def _detail_out(row: Mapping[str, Any], family: Family, *, whole: bool) -> dict[str, Any]:
    """Returns the detail of an entry without other families.

    If the export leaves anything out, the detail also lacks the members that would reveal it.
    """
    detail = dict(row["detail"])
    detail.pop("held_found", None)
    if "found" in detail:
        detail["found"] = [str(family.id)]
    if not whole and row["kind"].startswith("submission."):
        detail = {name: value for name, value in detail.items() if name not in _REVEALING}
    return detail
