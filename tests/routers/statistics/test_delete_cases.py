"""DELETE /v1/statistics/cases/{region}/{period}: withdrawing a report."""

from app.platform.database import Connection
from tests.support.cases import path_of, report
from tests.support.factories import Client, codes_of

PATH = path_of("6372", "2023")


async def test_it_works(caller: Client, connection: Connection) -> None:
    """What is withdrawn stays stored, and the next report is the next revision."""
    await caller.http.put(PATH, json=report())
    await caller.http.put(PATH, json=report({"cases": 40}, status="provisional"))
    assert (await caller.http.delete(PATH, params={"status": "verified"})).status_code == 204
    found = (await caller.get(PATH)).json()
    assert found["verified"] is None
    assert found["provisional"]["counts"] == [{"cases": 40}]
    receipt = (await caller.http.put(PATH, json=report())).json()
    assert (receipt["outcome"], receipt["revision"], receipt["replaced"]) == ("created", 2, None)
    assert await connection.fetchval("SELECT count(*) FROM case_report") == 3


async def test_what_is_not_there_is_not_found(caller: Client) -> None:
    await caller.http.put(PATH, json=report())
    assert (await caller.http.delete(PATH, params={"status": "provisional"})).status_code == 404
    assert (await caller.http.delete(PATH, params={"status": "verified"})).status_code == 204
    assert (await caller.http.delete(PATH, params={"status": "verified"})).status_code == 404


async def test_the_status_is_named(caller: Client) -> None:
    assert codes_of(await caller.http.delete(PATH)) == {"status": "missing"}
    assert codes_of(await caller.http.delete(PATH, params={"status": "final"})) == {"status": "not_allowed"}


async def test_it_is_audited(caller: Client, connection: Connection) -> None:
    await caller.http.put(PATH, json=report())
    await caller.http.delete(PATH, params={"status": "verified"})
    kinds = await connection.fetch("SELECT kind, region FROM audited WHERE kind LIKE 'statistics.%'")
    assert {(row["kind"], row["region"]) for row in kinds} == {
        ("statistics.report", "6372"),
        ("statistics.withdraw", "6372"),
    }
