"""Identities that others have replaced, kept aside until they are settled. The only writer of `earlier_identity`.

A family that is named anew keeps the numbers of its earlier identities as keys, so it is still found by them. The data
protection officer settles each one (`app/services/subject_requests/settling.py`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.identity.merging import Identity
from app.models import EarlierIdentity, Family, FamilyIdentity
from app.platform.encryption import Vault, VaultError
from app.schemas.families.identity import EarlierIdentityWholeOut, EarlierReason

KEEP_EARLIER: Final = """
INSERT INTO earlier_identity
    (id, family_id, region, key_id, encrypted, basis, reason, kept_at, submission_id, surveyed_before)
SELECT gen_random_uuid(), family_id, region, earlier_key_id, earlier, earlier_basis, earlier_reason, received_at, id,
    surveyed_before
FROM taken WHERE earlier IS NOT NULL
"""
"""Statement part that keeps the identities aside that the identities of `taken` submissions replace."""


EARLIER_OF: Final = """
SELECT submission_id, surveyed_before, kept_at, family_id FROM earlier_identity
WHERE family_id = ANY (:family_ids::uuid[]) AND reason = 'changed' ORDER BY kept_at, id
"""
"""Statement with the earlier identities of families that name other people, each with the members of `KeptAside`."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An identity to keep aside, encrypted for its family. `app/models/family.py` explains the members."""

    reason: EarlierReason
    key_id: str
    encrypted: bytes
    basis: str | None
    surveyed_before: datetime | None
    identity: Identity | None = None
    """In clear, if it can be decrypted."""


def earlier_columns(
    earlier: Earlier | None,
) -> tuple[str | None, bytes | None, str | None, str | None, datetime | None]:
    """Returns key id, ciphertext, basis, reason and end of an identity for `KEEP_EARLIER`, None if nothing is kept."""
    if earlier is None:
        return None, None, None, None, None
    return earlier.key_id, earlier.encrypted, earlier.basis, earlier.reason, earlier.surveyed_before


async def keep_earlier(
    session: AsyncSession, family: Family, earlier: Earlier, *, submission_id: UUID, kept_at: datetime
) -> None:
    """Keeps an identity of a locked family aside, which a submission replaces."""
    session.add(
        EarlierIdentity(
            id=uuid4(),
            family_id=family.id,
            region=family.region,
            key_id=earlier.key_id,
            encrypted=earlier.encrypted,
            basis=earlier.basis,
            reason=earlier.reason,
            kept_at=kept_at,
            submission_id=submission_id,
            surveyed_before=earlier.surveyed_before,
        )
    )
    await session.flush()


async def keep_unreadable(session: AsyncSession, family: Family) -> None:
    """Keeps the stored identity of a locked family aside, which a correction replaces without being able to read it."""
    stored = await session.get(FamilyIdentity, family.id, populate_existing=True)
    if stored is not None:
        session.add(
            EarlierIdentity(
                id=uuid4(),
                family_id=family.id,
                region=family.region,
                key_id=stored.key_id,
                encrypted=stored.encrypted,
                basis=stored.basis,
                reason="unreadable",
                kept_at=datetime.now(UTC),
            )
        )
        await session.flush()


async def earlier_of(session: AsyncSession, family_id: UUID) -> list[EarlierIdentity]:
    """Returns a family's earlier identities that are not settled, the oldest first."""
    query = select(EarlierIdentity).where(col(EarlierIdentity.family_id) == family_id)
    query = query.order_by(col(EarlierIdentity.kept_at), col(EarlierIdentity.id))
    return list(await session.scalars(query.execution_options(populate_existing=True)))


async def decrypt_earlier(
    session: AsyncSession, family_id: UUID, vault: Vault
) -> list[tuple[EarlierIdentity, Identity | None]]:
    """Returns a family's earlier identities, each with its identity in clear, or None if it cannot be decrypted."""
    return [(each, _read(each, vault)) for each in await earlier_of(session, family_id)]


async def show_earlier(session: AsyncSession, family_id: UUID, vault: Vault) -> list[EarlierIdentityWholeOut]:
    """Returns a family's earlier identities with their content, as far as it can be decrypted."""
    return [
        EarlierIdentityWholeOut.model_validate(
            {
                **(identity or {}),
                "id": row.id,
                "kept_at": row.kept_at,
                "reason": row.reason,
                "submission": row.submission_id,
                "readable": identity is not None,
                "basis": row.basis,
            }
        )
        for row, identity in await decrypt_earlier(session, family_id, vault)
    ]


class KeptAside(Protocol):
    """The members of an earlier identity that decide whose interviews are whose."""

    @property
    def submission_id(self) -> UUID | None: ...
    @property
    def surveyed_before(self) -> datetime | None: ...
    @property
    def kept_at(self) -> datetime: ...


class Told(Protocol):
    """The members of a submission that decide who told it."""

    @property
    def id(self) -> UUID: ...
    @property
    def surveyed_at(self) -> datetime: ...
    @property
    def received_at(self) -> datetime: ...


def submissions_told(earlier: KeptAside, others: Sequence[KeptAside], submissions: Sequence[Told]) -> list[UUID]:
    """Returns the ids of the family's submissions in which its earlier people were probably interviewed.

    These are the interviews before the change that the earlier identity was kept for, back to the change before it.
    """
    if earlier.surveyed_before is None:
        return [each.id for each in submissions if each.id == earlier.submission_id]
    single = {each.submission_id for each in others if each.surveyed_before is None}
    end = (earlier.surveyed_before, earlier.kept_at)
    starts = [(each.surveyed_before, each.kept_at) for each in others if each.surveyed_before is not None]
    start = max((each for each in starts if each < end), default=None)
    return [
        each.id
        for each in submissions
        if (moment := (each.surveyed_at, each.received_at)) < end
        and (start is None or moment >= start)
        and each.id not in single
    ]


async def drop_earlier(session: AsyncSession, earlier: EarlierIdentity) -> None:
    """Deletes an earlier identity of a locked family, after it was settled."""
    await session.execute(delete(EarlierIdentity).where(col(EarlierIdentity.id) == earlier.id))


async def drop_all_earlier(session: AsyncSession, families: Sequence[UUID]) -> None:
    """Deletes all earlier identities of locked families."""
    await session.execute(delete(EarlierIdentity).where(col(EarlierIdentity.family_id).in_(families)))


async def move_earlier(session: AsyncSession, family_id: UUID, region: str) -> None:
    """Moves a family's earlier identities to the village that the family moves to."""
    change = update(EarlierIdentity).where(col(EarlierIdentity.family_id) == family_id).values(region=region)
    await session.execute(change)


async def reencrypt_earlier(
    session: AsyncSession, families: Sequence[UUID], vault: Vault
) -> Mapping[UUID, list[Identity | None]]:
    """Encrypts families' earlier identities again under the key in use. Returns them in clear by family.

    Those that cannot be decrypted stay as they are, and are None.
    """
    found: defaultdict[UUID, list[Identity | None]] = defaultdict(list)
    rows: list[dict[str, Any]] = []
    query = select(EarlierIdentity).where(col(EarlierIdentity.family_id).in_(families))
    for row in await session.scalars(query.order_by(col(EarlierIdentity.id))):
        identity = _read(row, vault)
        found[row.family_id].append(identity)
        if identity is not None:
            key_id, encrypted = vault.encrypt(row.family_id, identity)
            rows.append({"id": row.id, "key_id": key_id, "encrypted": encrypted})
    if rows:
        await session.execute(update(EarlierIdentity), rows)
    return found


def _read(row: EarlierIdentity, vault: Vault) -> Identity | None:
    try:
        return vault.decrypt(row.family_id, row.key_id, row.encrypted)
    except VaultError:
        return None
