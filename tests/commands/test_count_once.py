"""`ikk migrate` lets families count once that older versions of the service counted once for each interview."""

import json

import pytest

from app.commands.migrate import count_once, report_counts
from app.platform.database import Connection
from tests.routers.intake.test_a_family_counts_once import VILLAGE, on, states
from tests.scoring.test_packing import plainly, widths_in
from tests.support.bases import check_bases
from tests.support.factories import Client, instrument
from tests.support.families import put
from tests.support.subject_requests import count_families, serve
from tests.support.sums import insert_sums, sums_of_families

OTHER_CARD = "6372010101100002"


async def count_every_interview(connection: Connection) -> None:
    """Makes the database what it was when each interview counted and the sums were packed in the first layout."""
    await connection.execute("UPDATE submission SET uncounted = NULL WHERE uncounted = 'later_interview'")
    await connection.execute("DELETE FROM village_sums WHERE basis = 'r'")
    shipped, query = instrument(), "SELECT instrument_id, year, region, array_agg(outcomes) AS every, count(*) FROM "
    query += "submission WHERE uncounted IS NULL GROUP BY instrument_id, year, region"
    for row in await connection.fetch(query):
        sums = sums_of_families(row["every"], shipped)
        values = (row["instrument_id"], row["year"], row["region"], row["count"])
        await connection.execute(
            "INSERT INTO village_sums (instrument_id, year, basis, region, layout, families, without_card, sums) "
            "VALUES ($1, $2, 'r', $3, 1, $4, 0, $5::text::numeric)",
            *values,
            plainly(sums, widths_in(1, shipped)),
        )


async def test_it_works(caller: Client, connection: Connection, dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = await put(caller, on("2025-03-01", 1)), await put(caller, on("2025-09-01", 2))
    await put(caller, on("2024-09-01", 3))
    restricted = await put(caller, on("2025-09-01", 4, OTHER_CARD))
    await serve(caller, restricted["family"], "restrict")
    before = (await caller.get("/v1/aggregates/63/2025")).json()
    await count_every_interview(connection)
    assert await count_families(caller) == 2
    affected = await count_once(dsn)
    assert [(each.year, each.families.before, each.families.after) for each in affected] == [(2025, 2, 1)]
    assert await states(caller, year=2025) == {
        first["id"]: "later_interview",
        second["id"]: None,
        restricted["id"]: "restricted",
    }
    after = (await caller.get("/v1/aggregates/63/2025")).json()
    assert {**after, "as_of": None} == {**before, "as_of": None}
    detail = await connection.fetchval("SELECT detail FROM audited WHERE kind = 'submission.settle'")
    assert [each["families"] for each in json.loads(detail)["affected"]] == [{"before": 2, "after": 1}]
    report_counts(affected)
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "2025, ikk-29 2025.1: 1 of the interviews no longer count, in 1 of the villages",
        "GET /v1/submissions?counts=false lists them; nothing was deleted",
    ]
    assert await count_once(dsn) == []


async def test_sums_of_the_first_layout_and_of_this_one_are_added(caller: Client, connection: Connection) -> None:
    """Also where a family that was counted in the first layout is taken out in this one."""
    first, second = await put(caller, on("2025-03-01", 1)), await put(caller, on("2025-03-01", 2, OTHER_CARD))
    await count_every_interview(connection)
    third = await put(caller, on("2025-03-01", 3, "6372010101100003"))
    await serve(caller, first["family"], "erase")
    layouts = "SELECT layout, families FROM village_sums ORDER BY layout"
    assert [tuple(row) for row in await connection.fetch(layouts)] == [(1, 2), (2, 0)]
    await serve(caller, third["family"], "restrict")
    assert [tuple(row) for row in await connection.fetch(layouts)] == [(1, 2), (2, -1)]
    assert await connection.fetchval("SELECT sums < 0 FROM village_sums WHERE layout = 2")
    body = (await caller.get("/v1/aggregates/63/2025")).json()
    assert (body["families"], body["index"]["mean"]) == (1, second["score"]["index"])
    rows = (await caller.get("/v1/aggregates", parent="6372", level="village", year=2025)).json()["items"]
    assert [each["index"]["mean"] for each in rows if each["families"]] == [second["score"]["index"]]
    trend = (await caller.get("/v1/aggregates/63/trend", **{"from": 2024, "to": 2025})).json()["years"]
    assert [each["families"] for each in trend] == [0, 1]


async def test_approved_interviews_count_once_too(
    caller: Client, connection: Connection, dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = await put(caller, on("2025-03-01", 1)), await put(caller, on("2025-09-01", 2))
    await connection.execute("UPDATE submission SET review = 'approved', in_approved = true")
    shipped = instrument()
    outcomes = [row["outcomes"] for row in await connection.fetch("SELECT outcomes FROM submission")]
    await insert_sums(connection, shipped, sums_of_families(outcomes, shipped), region=VILLAGE, basis="approved")
    affected = await count_once(dsn)
    assert [(each.basis, each.families.before, each.families.after) for each in affected] == [("approved", 2, 1)]
    report_counts(affected)
    assert "no longer count" not in capsys.readouterr().out
    stored = await connection.fetch("SELECT id FROM submission WHERE in_approved")
    assert [str(row["id"]) for row in stored] == [second["id"]] != [first["id"]]
    await check_bases(caller, connection)
    assert await count_once(dsn) == []
