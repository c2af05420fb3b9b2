"""Encrypts texts among answers, notes on corrections, and comments of reviewers again, after a rotation of keys."""

from uuid import UUID

from sqlalchemy import Select, func, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import COMMAND
from app.models import Submission
from app.platform.encryption import Vault, VaultError
from app.services.audit.queue import record
from app.services.families.families import lock_families
from app.services.families.reencryption import BATCH, Reencrypted
from app.services.intake.review_history import reencrypt_comments, stale_comments
from app.services.intake.revisions import reencrypt_words, stale_words
from app.services.intake.submission_table import read_texts, store_texts


async def count_stale_texts(session: AsyncSession, vault: Vault) -> int:
    """Returns how many families have texts that are stored under another key than the one in use."""
    return await session.scalar(select(func.count()).select_from(_stale(vault, UUID(int=0)).subquery())) or 0


async def reencrypt_texts(session: AsyncSession, vault: Vault, *, after: UUID, limit: int = BATCH) -> Reencrypted:
    """Reencrypts the texts of up to `limit` families, as `reencrypt_batch` does their identities."""
    ids = list(await session.scalars(_stale(vault, after).order_by("family_id").limit(limit)))
    if not ids:
        return Reencrypted(None)
    await lock_families(session, ids)
    key_id, _ = vault.current()
    query = select(Submission).where(col(Submission.family_id).in_(ids), col(Submission.texts_key_id) != key_id)
    found, unreadable = dict[UUID, list[str]](), set[UUID]()
    for row in await session.scalars(query):
        try:
            found[row.id] = read_texts(row, vault) or []
        except VaultError:
            unreadable.add(row.family_id)
    await store_texts(session, found, vault)
    unreadable |= await reencrypt_words(session, ids, vault)
    unreadable |= await reencrypt_comments(session, ids, vault)
    if count := len(set(ids) - unreadable):
        await record(session, COMMAND, "key.reseal", identity=key_id, families=count)
    return Reencrypted(ids[-1], count, len(unreadable))


def _stale(vault: Vault, after: UUID) -> Select[UUID]:
    key_id, _ = vault.current()
    query = select(col(Submission.family_id)).where(col(Submission.texts_key_id) != key_id)
    stale = union(query, stale_words(key_id), stale_comments(key_id)).subquery()
    return select(stale.c.family_id).where(stale.c.family_id > after)
