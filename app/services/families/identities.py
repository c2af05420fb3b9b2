"""Families' identities, encrypted: stored, decrypted, moved, re-encrypted. The only writer of `family_identity`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.identity.merging import MEMBERS, Identity
from app.models import Family, FamilyIdentity
from app.platform.vault import Vault, VaultError

STORE_IDENTITY: Final = """
INSERT INTO family_identity (family_id, region, key_id, encrypted, updated_at)
SELECT :family_id, :region, :identity_key_id::text, :identity::bytea, received_at FROM taken WHERE :identity IS NOT NULL
ON CONFLICT (family_id) DO UPDATE
SET key_id = excluded.key_id, encrypted = excluded.encrypted, updated_at = excluded.updated_at
"""
"""Statement part: the identity that came with a submission that was `taken`, in place of the one there."""


async def decrypt_identity(session: AsyncSession, family_id: UUID, vault: Vault) -> Identity:
    """The identity as far as it is known; empty where none is stored. Raises VaultError."""
    row = await session.get(FamilyIdentity, family_id, populate_existing=True)
    return {} if row is None else vault.decrypt(family_id, row.key_id, row.encrypted)


async def store_identity(session: AsyncSession, family: Family, identity: Identity, vault: Vault) -> None:
    """Stores an identity in place of the one there; none where it names nobody."""
    if not any(identity.get(name) for name in MEMBERS):
        await session.execute(delete(FamilyIdentity).where(col(FamilyIdentity.family_id) == family.id))
        return
    key_id, encrypted = vault.encrypt(family.id, identity)
    values = {"key_id": key_id, "encrypted": encrypted, "updated_at": datetime.now(UTC)}
    adding = insert(FamilyIdentity).values(family_id=family.id, region=family.region, **values)
    await session.execute(adding.on_conflict_do_update(index_elements=["family_id"], set_=values))


async def move_identity(session: AsyncSession, family_id: UUID, region: str) -> None:
    """Has it follow its family to another village."""
    await session.execute(
        update(FamilyIdentity).where(col(FamilyIdentity.family_id) == family_id).values(region=region)
    )


async def reencrypt_identities(
    session: AsyncSession, families: Sequence[UUID], vault: Vault
) -> list[tuple[FamilyIdentity, Identity]]:
    """Encrypts them anew under the key in use, but for those that cannot be decrypted; returns rows with identities."""
    decrypted: list[tuple[FamilyIdentity, Identity]] = []
    rows: list[dict[str, Any]] = []
    for row in await session.scalars(select(FamilyIdentity).where(col(FamilyIdentity.family_id).in_(families))):
        try:
            identity = vault.decrypt(row.family_id, row.key_id, row.encrypted)
        except VaultError:
            continue
        key_id, encrypted = vault.encrypt(row.family_id, identity)
        rows.append({"family_id": row.family_id, "key_id": key_id, "encrypted": encrypted})
        decrypted.append((row, identity))
    if rows:
        await session.execute(update(FamilyIdentity), rows)
    return decrypted
