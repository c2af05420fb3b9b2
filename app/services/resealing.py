"""Sealing families anew under the keys in use, after a rotation, so that older keys can be withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CompoundSelect, delete, func, select, union, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.audit import record
from app.identity import Identity, numbers_of
from app.models import Family, FamilyIdentity, FamilyKey
from app.security import COMMAND, Vault, VaultError

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Resealed:
    """What became of a batch. last: the highest id in it, to go on after; None where nothing was left to do."""

    last: UUID | None
    families: int = 0
    unreadable: int = 0
    """Whose key is not in the ring, or that were altered: they stay as they are."""


async def count_stale(session: AsyncSession, vault: Vault) -> int:
    """How many families lie under another key than those in use."""
    stale = _stale(vault, UUID(int=0)).subquery()
    return await session.scalar(select(func.count()).select_from(stale)) or 0


async def reseal_batch(session: AsyncSession, vault: Vault, *, after: UUID, limit: int = BATCH) -> Resealed:
    """Seals and digests up to `limit` families anew, in the order of their ids; put on record as one entry.

    Locks each family as taking a submission does, so that both may run at once. What is done stays done: whoever
    starts anew finds what is left.
    """
    ids = list(await session.scalars(_stale(vault, after).order_by("family_id").limit(limit)))
    if not ids:
        return Resealed(None)
    await session.execute(
        select(col(Family.id)).where(col(Family.id).in_(ids)).order_by(col(Family.id)).with_for_update(key_share=True)
    )
    opened = await _open(session, vault, ids)
    if opened:
        rows = []
        for row, identity in opened:
            key_id, sealed = vault.seal(row.family_id, identity)
            rows.append({"family_id": row.family_id, "key_id": key_id, "sealed": sealed})
        await session.execute(update(FamilyIdentity), rows)
        await _digest_anew(session, vault, opened)
        identity_key, matching_key = vault.current()
        await record(session, COMMAND, "key.reseal", identity=identity_key, matching=matching_key, families=len(opened))
    return Resealed(ids[-1], len(opened), len(ids) - len(opened))


def _stale(vault: Vault, after: UUID) -> CompoundSelect[Any]:
    identity_key, matching_key = vault.current()
    tables = ((FamilyIdentity, identity_key), (FamilyKey, matching_key))
    return union(
        *(
            select(col(table.family_id).label("family_id")).where(
                col(table.key_id) != key_id, col(table.family_id) > after
            )
            for table, key_id in tables
        )
    )


async def _open(session: AsyncSession, vault: Vault, ids: Sequence[UUID]) -> list[tuple[FamilyIdentity, Identity]]:
    """Rows with who the families are, of those that can be read."""
    opened = []
    for row in await session.scalars(select(FamilyIdentity).where(col(FamilyIdentity.family_id).in_(ids))):
        try:
            opened.append((row, vault.open(row.family_id, row.key_id, row.sealed)))
        except VaultError:
            continue
    return opened


async def _digest_anew(session: AsyncSession, vault: Vault, opened: Sequence[tuple[FamilyIdentity, Identity]]) -> None:
    """Has families found by digests under the key in use only; since when a number is known stays known."""
    ids = [row.family_id for row, _ in opened]
    query = select(FamilyKey).where(col(FamilyKey.family_id).in_(ids))
    since = {(each.family_id, each.digest): each.first_seen_at for each in await session.scalars(query)}
    rows = []
    for row, identity in opened:
        for kind, number in numbers_of(identity):
            digests = vault.digests(kind, number)
            seen = [since[row.family_id, digest] for _, digest in digests if (row.family_id, digest) in since]
            key_id, digest = digests[0]
            rows.append(
                {
                    "family_id": row.family_id,
                    "digest": digest,
                    "region": row.region,
                    "kind": kind,
                    "key_id": key_id,
                    "first_seen_at": min(seen, default=row.updated_at),
                }
            )
    current = vault.current()[1]
    stale = delete(FamilyKey).where(col(FamilyKey.family_id).in_(ids), col(FamilyKey.key_id) != current)
    await session.execute(stale.execution_options(synchronize_session=False))
    if rows:
        await session.execute(insert(FamilyKey).on_conflict_do_nothing(), rows)
