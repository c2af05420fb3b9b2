"""Families' encrypted identities. Stores, decrypts, moves and reencrypts them. The only writer of `family_identity`."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.identity.merging import MEMBERS, Identity
from app.models import Family, FamilyIdentity
from app.platform.encryption import Vault, VaultError

STORE_IDENTITY: Final = """
INSERT INTO family_identity (family_id, region, key_id, encrypted, basis)
SELECT family_id, region, identity_key_id, identity, identity_basis
FROM taken WHERE identity IS NOT NULL
ON CONFLICT (family_id) DO UPDATE SET key_id = excluded.key_id, encrypted = excluded.encrypted,
    basis = excluded.basis
"""
"""Statement part that stores the identities of `taken` submissions in place of those stored before."""


def encrypt_identity(
    family_id: UUID, identity: Identity | None, vault: Vault
) -> tuple[str | None, bytes | None, str | None]:
    """Encrypts an identity for its family. Returns its key id, ciphertext and basis, None without an identity."""
    return (None, None, None) if identity is None else (*vault.encrypt(family_id, identity), identity.get("basis"))


async def decrypt_identity(session: AsyncSession, family_id: UUID, vault: Vault) -> Identity:
    """Returns the identity as far as it is known, or an empty one if none is stored. Raises VaultError."""
    row = await session.get(FamilyIdentity, family_id, populate_existing=True)
    return {} if row is None else vault.decrypt(family_id, row.key_id, row.encrypted)


async def store_identity(session: AsyncSession, family: Family, identity: Identity, vault: Vault) -> None:
    """Stores an identity in place of the one stored before. Stores none if it names nobody."""
    if not any(identity.get(name) for name in MEMBERS):
        await session.execute(delete(FamilyIdentity).where(col(FamilyIdentity.family_id) == family.id))
        return
    key_id, encrypted = vault.encrypt(family.id, identity)
    values = {"key_id": key_id, "encrypted": encrypted, "basis": identity.get("basis")}
    adding = insert(FamilyIdentity).values(family_id=family.id, region=family.region, **values)
    await session.execute(adding.on_conflict_do_update(index_elements=["family_id"], set_=values))


async def drop_identities(session: AsyncSession, families: Sequence[UUID]) -> None:
    """Deletes the identities of locked families."""
    await session.execute(delete(FamilyIdentity).where(col(FamilyIdentity.family_id).in_(families)))


async def move_identity(session: AsyncSession, family_id: UUID, region: str) -> None:
    """Moves a family's identity to the village that the family moves to."""
    await session.execute(
        update(FamilyIdentity).where(col(FamilyIdentity.family_id) == family_id).values(region=region)
    )


async def reencrypt_identities(
    session: AsyncSession, families: Sequence[UUID], vault: Vault
) -> list[tuple[FamilyIdentity, Identity]]:
    """Encrypts families' identities again under the key in use. Returns the rows with their identities.

    Skips identities that cannot be decrypted.
    """
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
