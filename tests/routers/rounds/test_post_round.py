"""POST /v1/rounds."""

import asyncio
from typing import Any

import pytest

from app.platform.database import Connection
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of
from tests.support.rounds import ROUNDS, make_round, plan_round

TWICE = [{"region": "6372061004"}, {"region": "63.72.06.1004"}]


@pytest.fixture
async def supervisor(client: Client) -> Client:
    await client.sign_in(scopes=["submissions:review", "submissions:read", "submissions:write"], regions=["63"])
    return client


async def test_it_works(supervisor: Client) -> None:
    answer = await supervisor.http.post(ROUNDS, json=make_round(LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["span"], made["year"], made["status"], made["villages"]) == ("6372", 2025, "closed", 2)
    assert made["totals"] | {"expected": 20, "interviewed": 0, "coverage": 0.0, "accepted": 0} == made["totals"]
    assert (await supervisor.get(f"{ROUNDS}/{made['id']}")).json() == made
    assert (await supervisor.get(ROUNDS)).json()["items"] == [
        {name: each for name, each in made.items() if name != "totals"}
    ]


async def test_it_is_audited(supervisor: Client, connection: Connection) -> None:
    made = await plan_round(supervisor)
    query = "SELECT kind, region FROM audit_queue WHERE subject = $1"
    assert tuple(await connection.fetchrow(query, f"round:{made}")) == ("round.create", LANDASAN_ULIN_SELATAN)


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"name": " \u200b "}, {"/name": "bad_format"}),
        ({"name": "Ronde 6372015507850001"}, {"/name": "looks_like_nik"}),
        ({"closes_on": "2025-06-30"}, {"/closes_on": "too_early"}),
        ({"closes_on": "2026-01-01"}, {"/closes_on": "too_late"}),
        ({"opens_on": "2025-07-00"}, {"/opens_on": "bad_format"}),
        ({"version": "1999.9"}, {"/version": "unknown_instrument"}),
        ({"instrument": 7}, {"/instrument": "wrong_type"}),
        ({"design": "both"}, {"/design": "not_allowed"}),
        ({"villages": []}, {"/villages": "missing"}),
        ({"villages": TWICE}, {"/villages/1/region": "village_twice"}),
        ({"villages": [{"region": "637206"}]}, {"/villages/0/region": "unknown_region"}),
        ({"villages": [{"region": "6372069999"}]}, {"/villages/0/region": "unknown_region"}),
        ({"villages": [{"region": "6372061004", "expected": 0}]}, {"/villages/0/expected": "too_small"}),
        ({"villages": [{"region": "6372061004", "expected": 1.5}]}, {"/villages/0/expected": "wrong_type"}),
        ({"villages": [7]}, {"/villages/0": "wrong_type"}),
        ({"colour": "red"}, {"/colour": "unknown_member"}),
    ],
)
async def test_faults(supervisor: Client, changed: dict[str, Any], faults: dict[str, str]) -> None:
    answer = await supervisor.http.post(ROUNDS, json=make_round(**changed))
    assert answer.status_code == 422, answer.text
    assert codes_of(answer) == faults
    assert (await supervisor.get(ROUNDS)).json()["items"] == []


async def test_all_faults_at_once(supervisor: Client) -> None:
    body = make_round("6372069999", name="", closes_on="2026-01-01", version="0")
    answer = await supervisor.http.post(ROUNDS, json=body)
    assert codes_of(answer).keys() == {"/name", "/closes_on", "/version", "/villages/0/region"}


async def test_a_village_outside(supervisor: Client) -> None:
    answer = await supervisor.http.post(ROUNDS, json=make_round(LANDASAN_ULIN_SELATAN, "6471011001", name=""))
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:region-outside-caller")


async def test_an_overlap(supervisor: Client) -> None:
    first = await plan_round(supervisor, LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS)
    again = make_round(opens_on="2025-07-31", closes_on="2025-12-31")
    answer = await supervisor.http.post(ROUNDS, json=again)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:ikk:problem:round-overlap")
    told = answer.json()
    assert (told["rounds"], told["villages_total"]) == ([first], 1)
    assert told["villages"] == [{"region": LANDASAN_ULIN_SELATAN, "dotted": "63.72.06.1004"}]
    later = await supervisor.http.post(ROUNDS, json={**again, "opens_on": "2025-08-01"})
    assert later.status_code == 201, later.text


async def test_one_of_many_at_once(supervisor: Client, connection: Connection) -> None:
    bodies = [make_round(LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS, name=f"Ronde {each}") for each in range(6)]
    answers = await asyncio.gather(*(supervisor.http.post(ROUNDS, json=each) for each in bodies))
    assert sorted(each.status_code for each in answers) == [201, *[409] * 5]
    assert await connection.fetchval("SELECT count(*) FROM round") == 1


async def test_each_village_has_its_own_days(client: Client) -> None:
    await client.sign_in(scopes=["submissions:review"], regions=["ID"])
    villages = [
        (await client.get("/v1/regions", parent=parent, level="village", limit=1)).json()["items"][0]["code"]
        for parent in ("31", "63", "91")
    ]
    made = await plan_round(client, *villages, opens_on="2025-12-31", closes_on="2025-12-31")
    rows = (await client.get(f"{ROUNDS}/{made}/villages")).json()["items"]
    assert [(row["region"], row["opens_at"], row["ends_at"]) for row in rows] == [
        (village, f"2025-12-30T{hour}:00:00Z", f"2025-12-31T{hour}:00:00Z")
        for village, hour in zip(villages, (17, 16, 15), strict=True)
    ]
    shown = (await client.get(f"{ROUNDS}/{made}")).json()
    assert (shown["span"], shown["year"]) == ("ID", 2025)


async def test_as_many_villages_as_a_round_may_have(client: Client, connection: Connection) -> None:
    await client.sign_in(scopes=["submissions:review"], regions=["ID"])
    query = (
        "SELECT region.code FROM region JOIN region_edition ON region_edition.code = edition "
        "WHERE level = 'village' AND valid_from <= '2025-07-01' AND coalesce(valid_to, 'infinity') >= '2025-07-01' "
        "ORDER BY region.code LIMIT 5001"
    )
    villages = [row[0] for row in await connection.fetch(query)]
    refused = await client.http.post(ROUNDS, json=make_round(*villages))
    assert codes_of(refused) == {"/villages": "bad_format"}
    made = await plan_round(client, *villages[:5000])
    assert (await client.get(f"{ROUNDS}/{made}")).json()["totals"]["expected"] == 50_000
