"""Encrypts identities and digests their numbers again under the keys in use.

It runs after a rotation, so that old keys can be withdrawn.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CompoundSelect, func, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import COMMAND
from app.models import EarlierIdentity, FamilyIdentity, FamilyKey, Identification
from app.platform.encryption import Vault
from app.services.audit.queue import record
from app.services.families.earlier_identities import reencrypt_earlier
from app.services.families.families import lock_families
from app.services.families.family_keys import renew_keys
from app.services.families.identifications import reencrypt_notes
from app.services.families.identities import reencrypt_identities

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Reencrypted:
    """The result of a batch. `last` is its highest id, after which to go on, or None if nothing was left to do."""

    last: UUID | None
    families: int = 0
    unreadable: int = 0
    """Families of which an identity cannot be decrypted, because its key is not in the ring or its row was altered.

    That identity stays as it is.
    """


async def count_stale(session: AsyncSession, vault: Vault) -> int:
    """Returns how many families are stored under another key than those in use."""
    stale = _stale(vault, UUID(int=0)).subquery()
    return await session.scalar(select(func.count()).select_from(stale)) or 0


async def reencrypt_batch(session: AsyncSession, vault: Vault, *, after: UUID, limit: int = BATCH) -> Reencrypted:
    """Reencrypts up to `limit` families in the order of their ids, with one audit entry for all of them.

    Locks each family as taking a submission does, so that both may run at once. A finished batch stays finished, and
    another run finds what is left.
    """
    ids = list(await session.scalars(_stale(vault, after).order_by("family_id").limit(limit)))
    if not ids:
        return Reencrypted(None)
    await lock_families(session, ids)
    families = await reencrypt_identities(session, ids, vault)
    earlier = await reencrypt_earlier(session, ids, vault)
    await reencrypt_notes(session, ids, vault)
    if families:
        await renew_keys(session, families, vault, earlier=earlier)
    # A family with something that nobody can decrypt is never finished, and must not count as progress.
    stale = _stale(vault, after).subquery()
    left = await session.scalar(select(func.count()).select_from(stale).where(stale.c.family_id <= ids[-1])) or 0
    if count := len(ids) - left:
        identity_key, matching_key = vault.current()
        await record(session, COMMAND, "key.reseal", identity=identity_key, matching=matching_key, families=count)
    return Reencrypted(ids[-1], count, left)


def _stale(vault: Vault, after: UUID) -> CompoundSelect[Any]:
    identity_key, matching_key = vault.current()
    tables = (
        (FamilyIdentity, identity_key),
        (EarlierIdentity, identity_key),
        (Identification, identity_key),
        (FamilyKey, matching_key),
    )
    return union(
        *(
            select(col(table.family_id).label("family_id")).where(
                col(table.key_id) != key_id, col(table.family_id) > after
            )
            for table, key_id in tables
        )
    )
