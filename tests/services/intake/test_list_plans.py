"""Every list of submissions reads an index, and never the whole table."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy.dialects import postgresql

from app.access import Caller
from app.platform.database import Connection, Database
from app.services.intake.listing import Wanted, _select
from tests.support.factories import LANDASAN_ULIN_SELATAN

VILLAGE = LANDASAN_ULIN_SELATAN
BUSY, RARE = uuid4(), uuid4()
FILL = """
INSERT INTO submission (
    id, revision, instrument_id, region, edition, year, surveyed_at, received_at, code, purpose, sent_by, family_id,
    head_sex, members, answers, outcomes, hash_key_id, encrypted_hash, warnings, carded, moved,
    review, assigned_to
) SELECT gen_random_uuid(), 1, 1, $1, 'e', 2020 + n % 5, now(), now() + n * interval '1 s', 'A' || n, 'interview',
    CASE WHEN n % 300 = 0 THEN $2::uuid WHEN n % 2 = 0 THEN $3::uuid
    ELSE gen_random_uuid() END, gen_random_uuid(), 'female', 3, '', 'F', '', '',
    CASE WHEN n % 50 = 0 THEN 'k' ELSE '' END, true,
    n % 100 = 0,
    CASE WHEN n % 40 = 0 THEN 'returned' WHEN n % 3 = 0 THEN 'approved' END, CASE WHEN n % 400 = 0 THEN $2::uuid END
FROM generate_series(1, 30000) AS n
"""


@pytest.fixture
async def stored(connection: Connection) -> AsyncIterator[None]:
    await connection.execute(FILL, VILLAGE, RARE, BUSY)
    await connection.execute("ANALYZE submission")
    yield
    await connection.execute("DELETE FROM submission")
    await connection.execute("ANALYZE submission")


async def plan_of(database: Database, wanted: Wanted, sender: UUID) -> str:
    areas = dict.fromkeys(("submissions:read", "submissions:write"), ("63",))
    caller = Caller("person", str(sender), areas, ("63",), 2**62)
    query = _select(caller, wanted, 100, None, "=(none)\n")
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    sql = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    async with database.session(("63",)) as session:
        rows = await (await session.connection()).exec_driver_sql(f"EXPLAIN {sql.replace('%%', '%')}")
        return "\n".join(row[0] for row in rows)


@pytest.mark.usefixtures("stored")
async def test_a_regions_list_reads_the_index_of_its_order(database: Database) -> None:
    plan = await plan_of(database, Wanted(region=VILLAGE, year=2022), BUSY)
    assert "ix_submission_region" in plan
    assert "Seq Scan on submission" not in plan


@pytest.mark.usefixtures("stored")
async def test_the_list_of_one_who_sends_little_reads_the_index_of_senders(database: Database) -> None:
    plan = await plan_of(database, Wanted(mine=True), RARE)
    assert "ix_submission_sent_by" in plan
    assert "Seq Scan on submission" not in plan


@pytest.mark.usefixtures("stored")
async def test_the_list_of_one_who_sends_much_reads_one_of_both(database: Database) -> None:
    plan = await plan_of(database, Wanted(mine=True), BUSY)
    assert "ix_submission_region" in plan or "ix_submission_sent_by" in plan
    assert "Seq Scan on submission" not in plan


@pytest.mark.usefixtures("stored")
async def test_a_receipt_code_is_found_by_its_index(database: Database) -> None:
    plan = await plan_of(database, Wanted(code="A4711"), BUSY)
    assert "ix_submission_code" in plan
    assert "Seq Scan on submission" not in plan


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("wanted", [Wanted(flagged=True), Wanted(warning="too_fast")])
async def test_submissions_with_warnings_are_found_by_their_index(database: Database, wanted: Wanted) -> None:
    plan = await plan_of(database, wanted, BUSY)
    assert "ix_submission_flagged" in plan
    assert "Seq Scan on submission" not in plan


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("sender", [BUSY, RARE], ids=["busy", "rare"])
async def test_what_is_returned_to_one_reads_indexes(database: Database, sender: UUID) -> None:
    plan = await plan_of(database, Wanted(mine=True, status="returned"), sender)
    assert "Seq Scan on submission" not in plan
    assert "ix_submission_review" in plan or "ix_submission_assigned_to" in plan


@pytest.mark.usefixtures("stored")
async def test_what_is_returned_is_found_by_the_index_of_reviews(database: Database) -> None:
    plan = await plan_of(database, Wanted(status="returned"), BUSY)
    assert "ix_submission_review" in plan
    assert "Seq Scan on submission" not in plan
