"""Keyed digests of card numbers and NIKs, by which families are found. The only writer of `family_key`.

In a village, a card number belongs to one family. A NIK may belong to two families, for example after a family has
split.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.identity.merging import Identity, numbers_of
from app.identity.numbers import NumberKind
from app.models import Family, FamilyIdentity, FamilyKey
from app.platform.encryption import Digest, Vault

CLAIM_CARD: Final = """
INSERT INTO family_key (family_id, digest, region, kind, key_id, first_seen_at)
SELECT family_id, digest, region, 'card', key_id, now() FROM wanted ORDER BY digest
ON CONFLICT (digest, region) WHERE kind = 'card' DO NOTHING
RETURNING family_id, digest
"""
"""Statement part that claims the cards that are `wanted` for new families, unless others hold them."""
# With kind <> 'card' the planner stays off the index of all NIKs, and with the ids as a list it looks up each family,
# even while it believes that the table is empty.
DROP_OTHER_NIKS: Final = """
DELETE FROM family_key USING taken
WHERE NOT taken.new AND taken.identity IS NOT NULL AND family_key.family_id = taken.family_id
AND family_key.family_id = ANY (:given_family_id::uuid[])
AND family_key.kind <> 'card' AND family_key.digest <> ALL (taken.nik_digests::bytea[])
AND taken.earlier IS NULL
AND (SELECT count(*) FROM earlier_identity WHERE earlier_identity.family_id = taken.family_id) = 0
"""
"""Statement part that deletes the NIKs that known families no longer have, if their submissions were `taken`.

It deletes none while earlier identities are kept aside, so that the family is still found by their numbers.
"""
ADD_NIKS: Final = """
INSERT INTO family_key (family_id, digest, region, kind, key_id, first_seen_at)
SELECT taken.family_id, key.digest, taken.region, 'nik', key.id, taken.received_at
FROM taken CROSS JOIN LATERAL unnest(taken.nik_key_ids::text[], taken.nik_digests::bytea[]) AS key (id, digest)
ON CONFLICT (digest, family_id) WHERE kind = 'nik' DO NOTHING
"""
"""Statement part that stores the NIKs of `taken` submissions."""
FIND_BY_CARD: Final = """
SELECT family_id FROM family_key
WHERE digest = ANY (given.card_lookups::bytea[]) AND region = given.region AND kind = 'card'
LIMIT 1
"""
"""Statement part with the family of the village that holds the card that is `given`."""


def both_digests(
    kind: NumberKind, identities: Sequence[Identity | None], vault: Vault
) -> tuple[list[bytes], list[Digest]]:
    """Returns the digests to find numbers of identities by, and those to store."""
    both = [vault.both_digests(kind, number) for _, number in _numbers(identities, kind)]
    return [digest for lookups, _ in both for digest in lookups], [each for _, stored in both for each in stored]


async def set_keys(
    session: AsyncSession, family: Family, identities: Sequence[Identity | None], vault: Vault
) -> int | None:
    """Replaces a family's digests by those of its identities. Returns their number, or None if a card is taken.

    A card is taken if another family of the village holds it.
    `identities` are the one in use and those kept aside. If one of them is None, because it cannot be decrypted, the
    digests that the family has stay.
    """
    query = select(FamilyKey).where(col(FamilyKey.family_id) == family.id)
    there = {each.digest: each for each in await session.scalars(query)}
    wanted = {
        digest: each.model_dump(include={"digest", "kind", "key_id", "first_seen_at"})
        for digest, each in there.items()
        if None in identities
    }
    for kind, number in _numbers(identities):
        known = [each for each in vault.digests(kind, number) if each[1] in there]
        for key_id, digest in known or vault.digests_to_store(kind, number):
            seen = there[digest].first_seen_at if digest in there else datetime.now(UTC)
            wanted[digest] = {"digest": digest, "kind": kind, "key_id": key_id, "first_seen_at": seen}
    await session.execute(delete(FamilyKey).where(col(FamilyKey.family_id) == family.id))
    if not wanted:
        return 0
    rows = [{**wanted[digest], "family_id": family.id, "region": family.region} for digest in sorted(wanted)]
    adding = insert(FamilyKey).values(rows).on_conflict_do_nothing().returning(col(FamilyKey.digest))
    added = len(list(await session.scalars(adding)))
    return added if added == len(rows) else None


async def holds_card(session: AsyncSession, family: Family, card_number: str, vault: Vault) -> bool:
    """Whether a card number is the family's, and not another one's."""
    digests = [digest for _, digest in vault.digests("card", card_number)]
    query = select(FamilyKey).where(col(FamilyKey.family_id) == family.id, col(FamilyKey.digest).in_(digests))
    return await session.scalar(query.limit(1)) is not None


async def drop_keys(session: AsyncSession, families: Sequence[UUID]) -> None:
    """Deletes the digests of locked families, which nobody finds by a number any more."""
    await session.execute(delete(FamilyKey).where(col(FamilyKey.family_id).in_(families)))


async def renew_keys(
    session: AsyncSession,
    families: Sequence[tuple[FamilyIdentity, Identity]],
    vault: Vault,
    *,
    earlier: Mapping[UUID, Sequence[Identity | None]],
) -> None:
    """Replaces families' digests by those under the matching key in use. Keeps when each number was first seen.

    `earlier` holds the identities kept aside by family. If one of them is None, because it cannot be decrypted, the
    family keeps its old digests too.
    """
    ids = [row.family_id for row, _ in families]
    query = select(FamilyKey).where(col(FamilyKey.family_id).in_(ids))
    since = {(each.family_id, each.digest): each.first_seen_at for each in await session.scalars(query)}
    rows = []
    for row, identity in families:
        for kind, number in _numbers([identity, *earlier.get(row.family_id, ())]):
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
                    "first_seen_at": min(seen, default=datetime.now(UTC)),
                }
            )
    current = vault.current()[1]
    whole = [each for each in ids if None not in earlier.get(each, ())]
    stale = delete(FamilyKey).where(col(FamilyKey.family_id).in_(whole), col(FamilyKey.key_id) != current)
    await session.execute(stale.execution_options(synchronize_session=False))
    if rows:
        await session.execute(insert(FamilyKey).on_conflict_do_nothing(), rows)


def _numbers(identities: Sequence[Identity | None], only: NumberKind | None = None) -> list[tuple[NumberKind, str]]:
    found = [each for identity in identities if identity is not None for each in numbers_of(identity)]
    return list(dict.fromkeys(each for each in found if only in (None, each[0])))
