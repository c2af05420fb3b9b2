"""PUT /v1/rounds/{id}."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.platform.database import Connection
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of, make_body
from tests.support.rounds import ROUNDS, make_round, plan_round, settle


@pytest.fixture
async def supervisor(client: Client) -> Client:
    await client.sign_in(scopes=["submissions:review", "submissions:read", "submissions:write"], regions=["63"])
    return client


async def change(client: Client, round_id: str, *villages: str, **changed: Any) -> Any:
    return await client.http.put(f"{ROUNDS}/{round_id}", json=make_round(*villages, **changed))


async def test_it_works(supervisor: Client) -> None:
    """A round that ended with its last day gets another village, and another number of families."""
    made = await plan_round(supervisor)
    answer = await change(supervisor, made, LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS, expected=12, name="Lain")
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert (changed["name"], changed["villages"], changed["totals"]["expected"]) == ("Lain", 2, 24)
    assert (await supervisor.get(f"{ROUNDS}/{made}")).json() == changed


async def test_everything_changes_before_it_opens(supervisor: Client) -> None:
    year = datetime.now(UTC).year + 1
    days = {"opens_on": f"{year}-03-01", "closes_on": f"{year}-03-31"}
    made = await plan_round(supervisor, **days)
    assert (await supervisor.get(f"{ROUNDS}/{made}")).json()["status"] == "planned"
    later = {"opens_on": f"{year}-04-01", "closes_on": f"{year}-04-30", "version": "2025.2", "design": "sample"}
    answer = await change(supervisor, made, GUNTUNG_MANGGIS, **later)
    assert answer.status_code == 200, answer.text
    assert answer.json() | later == answer.json()
    assert answer.json()["span"] == GUNTUNG_MANGGIS


async def test_what_stays_after_it_opened(supervisor: Client) -> None:
    made = await plan_round(supervisor)
    answer = await change(
        supervisor, made, version="2025.2", design="sample", opens_on="2025-07-02", closes_on="2025-07-30"
    )
    assert codes_of(answer) == {
        "/version": "fixed_in_round",
        "/design": "fixed_in_round",
        "/opens_on": "fixed_in_round",
        "/closes_on": "too_early",
    }


async def test_a_village_with_interviews_stays(supervisor: Client) -> None:
    made = await plan_round(supervisor, LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS)
    assert (await supervisor.put(make_body())).status_code == 201
    assert codes_of(await change(supervisor, made, GUNTUNG_MANGGIS)) == {"/villages": "village_interviewed"}
    assert (await change(supervisor, made, LANDASAN_ULIN_SELATAN)).status_code == 200


async def test_a_later_last_day_opens_it_again(supervisor: Client, connection: Connection) -> None:
    today = datetime.now(UTC).date()
    ended, last = today - timedelta(days=3), today + timedelta(days=3)
    if last.year != ended.year:
        pytest.skip("the year ends")
    made = await plan_round(supervisor, opens_on=ended.isoformat(), closes_on=ended.isoformat())
    answer = await change(supervisor, made, opens_on=ended.isoformat(), closes_on=last.isoformat())
    assert (answer.status_code, answer.json()["status"]) == (200, "open")
    assert await connection.fetchval("SELECT late_from = ends_at FROM round_village") is True


async def test_a_closed_round_keeps_its_last_day(supervisor: Client) -> None:
    year = datetime.now(UTC).year
    days = {"opens_on": f"{year}-01-01", "closes_on": f"{year}-12-31"}
    made = await plan_round(supervisor, **days)
    closed = (await supervisor.http.post(f"{ROUNDS}/{made}/close")).json()
    answer = await change(supervisor, made, **days | {"closes_on": f"{year}-12-30"})
    assert codes_of(answer) == {"/closes_on": "fixed_in_round"}
    answer = await change(supervisor, made, **days, name="Lain")
    assert (answer.json()["status"], answer.json()["closed_at"]) == ("closed", closed["closed_at"])


async def test_a_settled_round_stays(supervisor: Client) -> None:
    made = await plan_round(supervisor)
    settled = await settle(supervisor, made)
    answer = await change(supervisor, made, name="Lain")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:ikk:problem:round-settled")
    assert (await supervisor.get(f"{ROUNDS}/{made}")).json() == settled


async def test_an_overlap_with_another(supervisor: Client) -> None:
    made = await plan_round(supervisor)
    other = await plan_round(supervisor, GUNTUNG_MANGGIS)
    answer = await change(supervisor, made, LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS)
    assert (answer.status_code, answer.json()["rounds"]) == (409, [other])


@pytest.mark.parametrize("act", ["put", "close", "settle"])
async def test_of_a_supervisor_of_some_villages(supervisor: Client, act: str) -> None:
    made = await plan_round(supervisor, LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS)
    await supervisor.sign_in(scopes=["submissions:review"], regions=[LANDASAN_ULIN_SELATAN])
    if act == "put":
        answer = await change(supervisor, made)
    else:
        answer = await supervisor.http.post(f"{ROUNDS}/{made}/{act}")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:region-outside-caller")
    assert (await supervisor.get(f"{ROUNDS}/{made}")).json()["villages"] == 1
