"""Who a family is, corrected: sealed anew, and found by the numbers that are right, where the family lies."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.identity import Identity, merge_identities, numbers_of
from app.models import Consent, FamilyIdentity, FamilyKey, Identification, SubjectRequest
from app.rights.corrections import MEMBERS, Correction
from app.rights.families import Fulfilment
from app.security import VaultError

_MOVING: Final = (FamilyIdentity, Consent, Identification, SubjectRequest)


async def read_identity(session: AsyncSession, work: Fulfilment, *, replaced: bool) -> Identity:
    """Who the family is as far as it is known; one that cannot be opened is nobody where it is to be replaced."""
    row = await session.get(FamilyIdentity, work.family.id, populate_existing=True)
    try:
        return {} if row is None else work.vault.open(row.family_id, row.key_id, row.sealed)
    except VaultError:
        if not replaced:
            raise
        return {}


def merge_correction(known: Identity, correction: Correction) -> Identity:
    """Who the family is afterwards: what was sent as `identity`, else as at intake what the latest interview says."""
    if correction.identity is not None:
        return correction.identity
    identity = known
    for checked in correction.submissions.values():
        if checked.identity is not None:
            identity = merge_identities(identity, checked.identity) if identity else checked.identity
    return identity


async def move_family(session: AsyncSession, work: Fulfilment, region: str) -> None:
    """Has the family and all that hangs on it lie in another village; its keys follow with `set_keys`."""
    work.family.region = region
    await session.flush()
    for table in _MOVING:
        await session.execute(update(table).where(col(table.family_id) == work.family.id).values(region=region))
    await session.refresh(work.request)


async def seal_identity(session: AsyncSession, work: Fulfilment, identity: Identity) -> None:
    """Stores who the family is, sealed; nothing where that names nobody."""
    family = work.family
    if not any(identity.get(name) for name in MEMBERS):
        await session.execute(delete(FamilyIdentity).where(col(FamilyIdentity.family_id) == family.id))
        return
    key_id, sealed = work.vault.seal(family.id, identity)
    values = {"key_id": key_id, "sealed": sealed, "updated_at": datetime.now(UTC)}
    adding = insert(FamilyIdentity).values(family_id=family.id, region=family.region, **values)
    await session.execute(adding.on_conflict_do_update(index_elements=["family_id"], set_=values))


async def set_keys(session: AsyncSession, work: Fulfilment, identity: Identity) -> bool:
    """Has the family found by the numbers of its identity and no others; False where a card is another family's."""
    family, vault = work.family, work.vault
    query = select(FamilyKey).where(col(FamilyKey.family_id) == family.id)
    there = {each.digest: each for each in await session.scalars(query)}
    wanted: dict[bytes, dict[str, Any]] = {}
    for kind, number in numbers_of(identity):
        known = [each for each in vault.digests(kind, number) if each[1] in there]
        for key_id, digest in known or vault.digests_to_store(kind, number):
            seen = there[digest].first_seen_at if digest in there else datetime.now(UTC)
            wanted[digest] = {"digest": digest, "kind": kind, "key_id": key_id, "first_seen_at": seen}
    await session.execute(delete(FamilyKey).where(col(FamilyKey.family_id) == family.id))
    if not wanted:
        return True
    rows = [{**wanted[digest], "family_id": family.id, "region": family.region} for digest in sorted(wanted)]
    adding = insert(FamilyKey).values(rows).on_conflict_do_nothing().returning(col(FamilyKey.digest))
    return len(list(await session.scalars(adding))) == len(rows)
