"""What is held of a family: conflicts with its submissions, and bodies that state one of its numbers."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.identity.merging import numbers_of
from app.models import Family, FamilyKey, HeldSubmission
from app.platform.encryption import Vault, VaultError
from app.regions.codes import dot
from app.schemas.intake.purpose import DEFAULT_PURPOSE, Purpose
from app.schemas.subject_requests.export import ExportedHeldOut
from app.services.families.identities import decrypt_identity
from app.services.intake.held import erase_held, held_of, read_held
from app.services.intake.kept_numbers import numbers_within
from app.services.intake.submission_table import note_erased


async def erase_held_of(session: AsyncSession, family: Family, vault: Vault) -> list[UUID]:
    """Deletes what is held of a locked family. Returns the ids.

    If nothing is stored under its id, a device that sends it again learns of the erasure.
    """
    rows = await held_of(session, family.id, await _digests_of(session, family, vault))
    for each in rows:
        if each.kind == "faulty":
            purpose: Purpose = "training" if each.training else DEFAULT_PURPOSE
            await note_erased(session, each.submission_id, sent_by=each.sent_by, purpose=purpose)
    await erase_held(session, [each.id for each in rows])
    return [each.id for each in rows]


async def export_held(session: AsyncSession, family: Family, vault: Vault, *, whole: bool) -> list[ExportedHeldOut]:
    """Returns what is held of a locked family. Raises VaultError.

    whole: whether bodies are exported. One that states a number of others is listed without its body in any case
    """
    digests = await _digests_of(session, family, vault)
    rows = await held_of(session, family.id, digests)
    return [_show(each, set(digests), vault, whole=whole) for each in rows]


def _show(row: HeldSubmission, own: set[bytes], vault: Vault, *, whole: bool) -> ExportedHeldOut:
    body = read_held(row, vault) if whole else None
    if body is not None:
        stated = [number for kind, number in numbers_within(_card_of(body)) or () if kind == "card"]
        others = any(own.isdisjoint(digest for _, digest in vault.digests("card", each)) for each in stated)
        body = None if others or (row.family_id is None and not stated) else body
    plain = row.model_dump(include={"id", "kind", "status", "region", "received_at", "sent_by"})
    return ExportedHeldOut(**plain, submission=row.submission_id, dotted=dot(row.region), body=body)


def _card_of(body: object) -> object:
    family = body.get("family") if isinstance(body, dict) else None
    return family.get("card_number") if isinstance(family, dict) else None


async def _digests_of(session: AsyncSession, family: Family, vault: Vault) -> list[bytes]:
    """Returns the digests of the family's numbers as they are stored, and under every matching key."""
    stored = select(col(FamilyKey.digest)).where(col(FamilyKey.family_id) == family.id)
    found = set(await session.scalars(stored))
    try:
        identity = await decrypt_identity(session, family.id, vault)
    except VaultError:
        identity = {}
    for kind, number in numbers_of(identity):
        found |= {digest for _, digest in vault.digests(kind, number)}
    return sorted(found)
