"""The statement that stores submissions reads no table from end to end, whatever the planner believes of its size."""

import re
from itertools import pairwise
from uuid import uuid4

import pytest

from app.platform.database import PLANNING, Connection, Database
from app.services.intake.counting import _EARLIER, _INTERVIEWS
from app.services.intake.storing import _FIND, _LOCK_FREE, Storing
from app.services.intake.taking_statement import TAKE
from tests.services.intake.test_batcher import draft
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.families import make_named_body

FILL = """
WITH made AS (
    INSERT INTO family (id, region, created_at) SELECT gen_random_uuid(), $1, now() FROM generate_series(1, 4000)
    RETURNING id, region
), keyed AS (
    INSERT INTO family_key (family_id, digest, region, kind, key_id, first_seen_at)
    SELECT id, substr(sha256(id::text::bytea), 1, 15), region, CASE WHEN random() < 0.3 THEN 'card' ELSE 'nik' END, 'k',
        now() FROM made
)
INSERT INTO submission (
    id, revision, instrument_id, region, edition, year, surveyed_at, received_at, code, purpose, sent_by, family_id,
    head_sex, members, answers, outcomes, hash_key_id, encrypted_hash, warnings, carded, moved
) SELECT gen_random_uuid(), 1, 1, region, 'e', 2025, now(), now(), 'A', 'interview', gen_random_uuid(), id, 'female', 3,
    '', 'F', '', '', '', true, false FROM made
"""
LARGE = (
    "submission",
    "erased_submission",
    "family",
    "family_key",
    "family_identity",
    "earlier_identity",
    "village_sums",
    "person",
    "region",
    "round_village",
)


@pytest.mark.parametrize("size", ["new", "empty", "emptied", "filled"])
async def test_no_statement_of_a_batch_scans_a_table(
    caller: Client, database: Database, connection: Connection, size: str
) -> None:
    if size in ("emptied", "filled"):
        await connection.execute(FILL, LANDASAN_ULIN_SELATAN)
    if size == "emptied":
        await connection.execute("DELETE FROM submission; DELETE FROM family")
    for table in () if size == "new" else LARGE:
        # Autovacuum may come at any time.
        await connection.execute(f"{'ANALYZE' if size == 'filled' else 'VACUUM ANALYZE'} {table}")
    drafts = [draft(caller, make_named_body(seed)) for seed in range(3)] + [draft(caller, make_body(9))]
    spied = Spy()
    await Storing(spied, caller.app.state.catalogue, caller.app.state.vault).store(drafts)
    found = {"area": "{63}", "positions": [0], "regions": ["6372061004"], "lookups": ['{"\\\\x00"}']}
    locked = {"area": "{63}", "patience": "3s", "ids": [uuid4()]}
    used = await database.open_apart(PLANNING)
    try:
        known = [each.bind(family_ids=[uuid4()]) for each in (_INTERVIEWS, _EARLIER)]
        for text, *values in (spied.asked, _FIND.bind(**found), _LOCK_FREE.bind(**locked), *known):
            await used.execute(f"PREPARE asked AS {text}")
            given = ", ".join(["NULL"] * len(values))
            plan = "\n".join(row[0] for row in await used.fetch(f"EXPLAIN EXECUTE asked ({given})"))
            await used.execute("DEALLOCATE asked")
            assert not re.search(rf"Seq Scan on ({'|'.join(LARGE)})\b", plan), plan
            assert "Index" in plan
            lines = [each.strip() for each in plan.splitlines()]
            for line, after in pairwise(lines):
                # An index is not read from end to end either.
                assert not re.search(r"Index (Only )?Scan\b", line) or after.startswith("Index Cond"), plan
    finally:
        await used.close()
    await connection.execute("DELETE FROM submission; DELETE FROM family; ANALYZE submission; ANALYZE family")


class Spy:
    """A connection that keeps what it is asked, and finds nothing."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    async def fetch(self, *asked: object) -> list[object]:
        assert asked[0] == TAKE.text
        self.asked = list(asked)
        return []
