"""GET /v1/rounds, /v1/rounds/{id} and /v1/rounds/{id}/villages."""

from typing import Any

import pytest

from app.platform.database import Connection
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of, make_body
from tests.support.rounds import ROUNDS, plan_round

STATES = ("accepted", "in_review", "approved", "returned", "rejected", "late", "after_settlement", "held")


@pytest.fixture
async def supervisor(client: Client) -> Client:
    await client.sign_in(scopes=["submissions:review", "submissions:read", "submissions:write"], regions=["63"])
    return client


async def villages_of(client: Client, round_id: str, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(f"{ROUNDS}/{round_id}/villages", **query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_it_works(supervisor: Client) -> None:
    """A family counts once, and neither an interview of another day nor one for training is of the round."""
    made = await plan_round(supervisor, LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS, expected=1)
    days: list[dict[str, Any]] = [{}, {"surveyed_at": "2025-07-30T01:00:00Z"}, {"surveyed_at": "2025-06-01T01:00:00Z"}]
    for changed in days:
        assert (await supervisor.put(make_body(1, **changed))).status_code == 201
    assert (await supervisor.put(make_body(2))).status_code == 201
    assert (await supervisor.put(make_body(3, purpose="training"))).status_code == 201
    empty, full = await villages_of(supervisor, made)
    assert (empty["region"], empty["interviewed"], empty["coverage"]) == (GUNTUNG_MANGGIS, 0, 0.0)
    assert (full["interviewed"], full["expected"], full["coverage"], full["accepted"]) == (2, 1, 2.0, 3)
    totals = (await supervisor.get(f"{ROUNDS}/{made}")).json()["totals"]
    assert (totals["interviewed"], totals["expected"], totals["coverage"]) == (2, 2, 1.0)


async def test_without_expected_families(supervisor: Client) -> None:
    made = await plan_round(supervisor, expected=None)
    (village,) = await villages_of(supervisor, made)
    assert (village["expected"], village["coverage"]) == (None, None)
    totals = (await supervisor.get(f"{ROUNDS}/{made}")).json()["totals"]
    assert (totals["expected"], totals["coverage"], totals["interviewed"]) == (None, None, 0)


@pytest.mark.parametrize("state", ["in_review", "approved", "returned", "rejected"])
async def test_states_of_review(supervisor: Client, connection: Connection, state: str) -> None:
    made = await plan_round(supervisor)
    sent = (await supervisor.put(make_body(1))).json()["id"]
    await connection.execute("UPDATE submission SET review = $2 WHERE id = $1::text::uuid", sent, state)
    (village,) = await villages_of(supervisor, made)
    assert {name: village[name] for name in STATES if village[name]} == {state: 1, "late": 1}


async def test_a_kader_sees_how_far_the_own_village_is(supervisor: Client) -> None:
    made = await plan_round(supervisor, LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS)
    await supervisor.put(make_body(1))
    await supervisor.sign_in(scopes=["submissions:write"], regions=[LANDASAN_ULIN_SELATAN])
    (row,) = (await supervisor.get(ROUNDS)).json()["items"]
    assert (row["id"], row["villages"]) == (made, 1)
    (village,) = await villages_of(supervisor, made)
    assert (village["region"], village["expected"], village["interviewed"]) == (LANDASAN_ULIN_SELATAN, 10, 1)
    totals = (await supervisor.get(f"{ROUNDS}/{made}")).json()["totals"]
    assert (totals["expected"], totals["interviewed"]) == (10, 1)
    for shown in (village, totals):
        assert {shown[name] for name in STATES} == {None}
    refused = await supervisor.get(f"{ROUNDS}/{made}/changes")
    assert refused.status_code == 403


async def test_a_round_elsewhere_is_not_there(supervisor: Client) -> None:
    made = await plan_round(supervisor)
    await supervisor.sign_in(scopes=["submissions:review"], regions=["64"])
    assert (await supervisor.get(ROUNDS)).json()["items"] == []
    for path in ("", "/villages", "/changes"):
        assert (await supervisor.get(f"{ROUNDS}/{made}{path}")).status_code == 404


async def test_lists(supervisor: Client) -> None:
    first = await plan_round(supervisor)
    second = await plan_round(supervisor, GUNTUNG_MANGGIS, opens_on="2026-01-01", closes_on="2026-01-01")

    async def ids(**query: Any) -> list[str]:
        return [each["id"] for each in (await supervisor.get(ROUNDS, **query)).json()["items"]]

    assert await ids() == [first, second]
    assert await ids(year=2026) == [second]
    assert await ids(region=LANDASAN_ULIN_SELATAN) == [first]
    assert await ids(status="closed", region="6372") == [first, second]
    assert await ids(status="settled") == []
    page = (await supervisor.get(ROUNDS, limit=1)).json()
    assert await ids(limit=1, cursor=page["next"]) == [second]
    assert codes_of(await supervisor.get(ROUNDS, cursor="x")) == {"cursor": "bad_cursor"}
    assert codes_of(await supervisor.get(ROUNDS, status="over")) == {"status": "not_allowed"}
    assert (await supervisor.get(ROUNDS, region="64")).status_code == 403


async def test_pages_of_villages(supervisor: Client) -> None:
    made = await plan_round(supervisor, LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS)
    page = (await supervisor.get(f"{ROUNDS}/{made}/villages", limit=1)).json()
    assert [each["region"] for each in page["items"]] == [GUNTUNG_MANGGIS]
    rest = await villages_of(supervisor, made, limit=1, cursor=page["next"])
    assert [each["region"] for each in rest] == [LANDASAN_ULIN_SELATAN]


@pytest.mark.parametrize(
    ("province", "last"),
    [("31", "2025-12-31T16:59:59Z"), ("63", "2025-12-31T15:59:59Z"), ("91", "2025-12-31T14:59:59Z")],
)
async def test_the_last_second_of_the_year(client: Client, province: str, last: str) -> None:
    """The year ends first in Papua, and an interview of the second after is of the next year's round."""
    await client.sign_in(scopes=["submissions:review", "submissions:write"], regions=["ID"])
    regions = (await client.get("/v1/regions", parent=province, level="village", limit=1)).json()["items"]
    village = regions[0]["code"]
    old = await plan_round(client, village, opens_on="2025-12-31", closes_on="2025-12-31")
    new = await plan_round(client, village, opens_on="2026-01-01", closes_on="2026-01-01")
    after = last.replace(":59:59Z", ":59:59.999999Z")
    following = f"{int(last[11:13]) + 1:02}:00:00Z"
    for seed, moment in enumerate((last, after, f"2025-12-31T{following}")):
        answer = await client.put(make_body(seed + 1, region=village, surveyed_at=moment))
        assert answer.status_code == 201, answer.text
    assert [(await villages_of(client, each))[0]["interviewed"] for each in (old, new)] == [2, 1]
