"""The keys of the ring that rows of the database name, so that nobody works with a ring that lacks one of them.

Each column has an index, so the number of rows does not matter. The query jumps from one key id to the next.
"""

from collections.abc import Iterable
from typing import Final, cast

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.platform.key_ring import Key, Purpose

NAMED_IN: Final[tuple[tuple[Purpose, str, str], ...]] = (
    ("identity", "family_identity", "key_id"),
    ("identity", "earlier_identity", "key_id"),
    ("identity", "identification", "key_id"),
    ("identity", "submission", "texts_key_id"),
    ("identity", "submission_revision", "texts_key_id"),
    ("identity", "submission_revision", "note_key_id"),
    ("identity", "submission_review", "comments_key_id"),
    ("identity", "held_submission", "key_id"),
    ("matching", "family_key", "key_id"),
    ("matching", "held_number", "key_id"),
    ("receipts", "submission", "hash_key_id"),
    ("receipts", "submission_revision", "hash_key_id"),
    ("receipts", "held_submission", "hash_key_id"),
    ("factors", "second_factor", "key_id"),
    ("audit", "audit_label", "key_id"),
    ("figures", "release", "key_id"),
)
"""Each purpose with a table and a column that name its keys. No row names a signing key."""
_BEFORE_0017: Final = ("audit", "audit_entry", "key_id")


def _distinct(purpose: Purpose, table: str, column: str) -> str:
    return f"""
    SELECT '{purpose}' AS purpose, id FROM (
        WITH RECURSIVE found AS (
            (SELECT {column} AS id FROM {table} WHERE {column} IS NOT NULL ORDER BY {column} LIMIT 1)
            UNION ALL
            SELECT (SELECT {column} FROM {table} WHERE {column} > found.id ORDER BY {column} LIMIT 1)
            FROM found WHERE found.id IS NOT NULL
        ) SELECT id FROM found WHERE id IS NOT NULL
    ) AS of_{table}_{column}"""  # noqa: S608 (names from the table above)


_THERE: Final = text("""
SELECT place.name, place.key FROM unnest(CAST(:tables AS text[]), CAST(:columns AS text[])) AS place (name, key)
WHERE EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(place.name) AND attname = place.key)
""")
_LOST: Final = text("SELECT id FROM lost_key")


async def find_named_keys(session: AsyncSession | AsyncConnection) -> dict[str, Purpose]:
    """Returns the ids of all keys that rows name, with their purposes. Leaves out keys that were accepted as lost.

    The session must see every region. It may be of any revision. Before 0002 no row names a key.
    """
    every = (*NAMED_IN, _BEFORE_0017)
    places = [("lost_key", "id"), *((table, column) for _, table, column in every)]
    wanted = {"tables": [table for table, _ in places], "columns": [column for _, column in places]}
    there = {(row.name, row.key) for row in await session.execute(_THERE, wanted)}
    lost = {row.id for row in await session.execute(_LOST)} if ("lost_key", "id") in there else set()
    queries = [_distinct(*place) for place in every if place[1:] in there]
    named = await session.execute(text(" UNION ALL ".join(queries))) if queries else ()
    return {row.id: cast(Purpose, row.purpose) for row in named if row.id not in lost}


def find_lacking(named: Iterable[str], keys: Iterable[Key]) -> list[str]:
    """The named ids that a ring with these keys lacks."""
    return sorted(set(named) - {key.id for key in keys})
