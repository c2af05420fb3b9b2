"""Coverage reads the interviews of each village by index, and never the whole table."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from app.platform.database import Connection, Database
from app.services.rounds.reading import _CHANGES, _TOTALS, _VILLAGES
from tests.support.factories import Client
from tests.support.rounds import ROUNDS, plan_round

FILL = """
INSERT INTO submission (
    id, revision, instrument_id, region, edition, year, surveyed_at, received_at, code, purpose, sent_by, family_id,
    head_sex, members, answers, outcomes, hash_key_id, encrypted_hash, warnings, carded, moved
) SELECT gen_random_uuid(), 1, (SELECT id FROM instrument WHERE code = 'ikk-29' AND version = '2025.1'),
    '6372' || lpad((n % 300)::text, 6, '0'), 'e', 2020 + n % 6, '2025-07-15', now(), 'A', 'interview',
    gen_random_uuid(), gen_random_uuid(), 'female', 3, '', 'F', '', '', '', true, false
FROM generate_series(1, 30000) AS n
"""


@pytest.fixture
async def planned(client: Client, connection: Connection) -> AsyncIterator[str]:
    await client.sign_in(scopes=["submissions:review"], regions=["63"])
    made = await plan_round(client)
    await connection.execute(FILL)
    await connection.execute(
        "INSERT INTO round_village (round_id, region, instrument, opens_at, ends_at, late_from) "
        "SELECT $1, region, 'ikk-29', '2025-07-01', '2025-08-01', '2025-08-01' "
        "FROM (SELECT DISTINCT region FROM submission) AS village",
        UUID(made),
    )
    await connection.execute("ANALYZE submission; ANALYZE round_village; ANALYZE round_change")
    yield made
    await connection.execute("DELETE FROM submission; DELETE FROM round")
    await connection.execute("ANALYZE submission; ANALYZE round_village")


@pytest.mark.parametrize("limit", [101, 2**31 - 1])
async def test_the_villages_of_a_round(database: Database, planned: str, limit: int) -> None:
    bound = {"id": UUID(planned), "year": 2025, "instrument": "ikk-29", "after": "", "limit": limit}
    for statement in (_VILLAGES, _TOTALS):
        async with database.session(["63"]) as session:
            raw = (await (await session.connection()).get_raw_connection()).driver_connection
            assert raw is not None
            text, *values = statement.bind(**bound)
            plan = "\n".join(row[0] for row in await raw.fetch(f"EXPLAIN {text}", *values))
        assert "ix_submission_region" in plan
        assert "Seq Scan on submission" not in plan


async def test_the_changes_of_a_round(client: Client, database: Database, planned: str) -> None:
    async with database.session(["63"]) as session:
        raw = (await (await session.connection()).get_raw_connection()).driver_connection
        assert raw is not None
        await raw.execute("SET LOCAL enable_seqscan = off")
        text, *values = _CHANGES.bind(id=UUID(planned), after=0, limit=101)
        plan = "\n".join(row[0] for row in await raw.fetch(f"EXPLAIN {text}", *values))
    assert "ix_round_change_round_id" in plan
    assert (await client.get(f"{ROUNDS}/{planned}/villages")).status_code == 200
