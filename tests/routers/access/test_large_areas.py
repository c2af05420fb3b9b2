"""People and agencies with hundreds of regions get a token that every proxy takes, and it holds in exactly these."""

from collections.abc import Sequence
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from app.platform.database import Connection, Database
from app.platform.signatures import look_at
from app.platform.token_areas import forget_areas
from app.platform.tokens import Tokens
from tests.support.factories import Client, make_agency, make_body
from tests.support.people import PASSWORD, add_person, me, refresh, sign_in

MANY = 500
HEADER = 4096
"""Half of the 8 KB that a proxy takes in one header by default."""


@pytest.fixture
async def villages(connection: Connection) -> list[str]:
    """The first villages of Kalimantan Selatan, which together are no whole district."""
    rows = await connection.fetch(
        "SELECT code FROM region WHERE code LIKE '63%' AND level = 'village' ORDER BY substr(code, 9), code LIMIT $1",
        MANY,
    )
    return [row["code"] for row in rows]


async def add_kader(database: Database, villages: Sequence[str]) -> None:
    grants = [("kader", each) for each in villages] + [("supervisor", each) for each in villages[::2]]
    await add_person(database, grants=grants)


async def test_it_works_over_http(http: AsyncClient, database: Database, villages: list[str]) -> None:
    await add_kader(database, villages)
    form = {"grant_type": "password", "username": "siti.aminah", "password": PASSWORD}
    del http.headers["Authorization"]
    answer = await http.post("/v1/token", data=form)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert len(body["access_token"]) < HEADER
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    found = (await http.get("/v1/me", headers=headers)).json()
    assert found["scopes"]["submissions:write"] == sorted(villages)
    assert found["scopes"]["submissions:read"] == sorted(villages[::2])
    for number, village in enumerate((villages[0], villages[1], villages[-1])):
        key = f"7b0e7c1e-3c2a-4b6f-9d27-5f0d7c4e9a1{number}"
        sent = await http.put(f"/v1/submissions/{key}", json=make_body(region=village), headers=headers)
        assert sent.status_code == 201, sent.text
    listed = await http.get("/v1/submissions", headers=headers)
    assert listed.status_code == 200, listed.text


async def test_it_is_not_widened(
    client: Client, database: Database, villages: list[str], connection: Connection
) -> None:
    await add_kader(database, villages)
    token = (await sign_in(client)).json()["access_token"]
    other = await connection.fetchval(
        "SELECT code FROM region WHERE code LIKE '63%' AND level = 'village' AND code <> ALL ($1) LIMIT 1", villages
    )
    headers = {"Authorization": f"Bearer {token}"}
    key = "7b0e7c1e-3c2a-4b6f-9d27-5f0d7c4e9a21"
    refused = await client.http.put(f"/v1/submissions/{key}", json=make_body(region=other), headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:ikk:problem:region-outside-caller")


async def test_another_process_reads_the_area(
    client: Client, app: FastAPI, database: Database, villages: list[str]
) -> None:
    await add_kader(database, villages)
    first = (await sign_in(client)).json()
    after = (await refresh(client, first["refresh_token"])).json()
    names = {look_at(each["access_token"])[1]["area"] for each in (first, after)}
    assert len(names) == 1
    tokens = Tokens(app.state.settings, app.state.keys)
    tokens.areas.database = database
    caller = await tokens.caller_of(after["access_token"])
    assert caller.areas["submissions:write"] == tuple(sorted(villages))
    assert len(caller.regions) == MANY


async def test_an_agency_too_has_a_short_token(client: Client, database: Database, villages: list[str]) -> None:
    async with database.session() as session:
        secret = await make_agency(session, "many-villages", scopes=["aggregates:read"], regions=villages[:200])
    form = {"grant_type": "client_credentials", "client_id": "many-villages", "client_secret": secret}
    body = (await client.http.post("/v1/token", data=form)).json()
    assert len(body["access_token"]) < HEADER
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    shown = (
        await client.http.post("/v1/token/introspect", data={"token": body["access_token"]}, headers=headers)
    ).json()
    assert sorted(shown["regions"]) == sorted(villages[:200])
    assert (await client.http.get(f"/v1/aggregates/{villages[0]}/2025", headers=headers)).status_code == 200


async def test_a_token_with_few_regions_holds_them(client: Client, database: Database, villages: list[str]) -> None:
    await add_person(database, grants=[("kader", each) for each in villages[:50]])
    claims: Any = look_at((await sign_in(client)).json()["access_token"])[1]
    assert claims["regions"] == sorted(villages[:50])
    assert "area" not in claims


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM token_area",
        """UPDATE token_area SET areas = jsonb_set(areas, '{regions}', '["ID"]')""",
    ],
    ids=["lost", "altered"],
)
async def test_an_area_that_is_lost_or_altered_opens_nothing(
    client: Client, app: FastAPI, database: Database, connection: Connection, villages: list[str], change: str
) -> None:
    await add_kader(database, villages)
    token = (await sign_in(client)).json()["access_token"]
    await connection.execute(change)
    app.state.tokens._callers.clear()
    app.state.tokens.areas._known.clear()
    assert (await me(client, token)).status_code == 401


async def test_areas_are_kept_as_long_as_their_tokens(
    client: Client, database: Database, connection: Connection, villages: list[str]
) -> None:
    await add_kader(database, villages)
    await sign_in(client)
    async with database.connection() as held:
        await forget_areas(held)
    assert await connection.fetchval("SELECT count(*) FROM token_area") == 1
    await connection.execute("UPDATE token_area SET until = now() - interval '61 minutes'")
    async with database.connection() as held:
        await forget_areas(held)
    assert await connection.fetchval("SELECT count(*) FROM token_area") == 0
