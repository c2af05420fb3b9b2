"""POST /v1/token with a refresh token. Each is valid once, and using it again later ends its sign-in."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.config import Settings
from app.platform.database import Connection, Database
from app.platform.key_ring import KeyRing
from app.platform.throttle import Throttle
from app.services.access.sign_ins import end_sign_ins
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client
from tests.support.people import Someone, add_grant, add_person, ask, assert_refused, me, refresh, sign_in
from tests.support.wire import eventually


@pytest.fixture
async def siti(database: Database) -> Someone:
    """A kader of Landasan Ulin Selatan."""
    return await add_person(database)


@pytest.fixture
async def first(client: Client, siti: Someone) -> dict[str, str]:
    """The response to the kader's sign-in."""
    body: dict[str, str] = (await sign_in(client)).json()
    return body


async def test_it_works(client: Client, first: dict[str, str], siti: Someone) -> None:
    response = await refresh(client, first["refresh_token"])
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert body["refresh_token"] != first["refresh_token"]
    assert body["scope"] == first["scope"]
    assert (await me(client, body["access_token"])).json()["id"] == str(siti.id)
    assert (await me(client, first["access_token"])).status_code == 200


async def test_each_refresh_token_gets_the_next(client: Client, first: dict[str, str]) -> None:
    token = first["refresh_token"]
    for _ in range(5):
        token = (await refresh(client, token)).json()["refresh_token"]


async def grow_old(connection: Connection, seconds: int = 61) -> None:
    """Makes all uses of refresh tokens older."""
    await connection.execute("UPDATE refresh_token SET used_at = used_at - make_interval(secs => $1)", float(seconds))


async def test_one_whose_response_was_lost_gets_the_same_successor(
    client: Client, first: dict[str, str], connection: Connection
) -> None:
    lost = (await refresh(client, first["refresh_token"])).json()
    await grow_old(connection, 55)
    again = await refresh(client, first["refresh_token"])
    assert again.status_code == 200
    assert again.json()["refresh_token"] == lost["refresh_token"]
    for token in (lost["access_token"], again.json()["access_token"]):
        assert (await me(client, token)).status_code == 200
    assert (await refresh(client, lost["refresh_token"])).status_code == 200
    rows = await connection.fetch("SELECT kind, detail->>'again' AS again FROM audited")
    assert sorted((row["kind"], row["again"] or "") for row in rows) == [
        *[("token.issue", "")] * 3,
        ("token.issue", "true"),
    ]


async def test_the_successor_is_stored_nowhere_in_clear(
    client: Client, first: dict[str, str], connection: Connection
) -> None:
    lost = (await refresh(client, first["refresh_token"])).json()["refresh_token"]
    columns = ("refresh_token", "sign_in", "revocation", "audited")
    for table in columns:
        rows = await connection.fetch(f"SELECT whole::text AS text FROM {table} AS whole")
        assert all(lost not in row["text"] and lost.encode().hex() not in row["text"] for row in rows)


async def test_the_successor_outlives_a_rotation_of_keys(
    client: Client, first: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = (await refresh(client, first["refresh_token"])).json()
    ring: KeyRing = client.app.state.keys
    new = replace(ring.current("matching"), id="abcdefabcdef", secret=base64.b64encode(b"k" * 32).decode())
    monkeypatch.setattr(ring, "_keys", (*ring.newest(), new))
    assert ring.current("matching") == new
    again = (await refresh(client, first["refresh_token"])).json()
    assert again["refresh_token"] == lost["refresh_token"]
    assert (await refresh(client, again["refresh_token"])).status_code == 200


async def test_two_windows_that_refresh_at_once_both_go_on(client: Client, first: dict[str, str]) -> None:
    answers = await asyncio.gather(*(refresh(client, first["refresh_token"]) for _ in range(8)))
    assert [each.status_code for each in answers] == [200] * 8
    (successor,) = {each.json()["refresh_token"] for each in answers}
    for each in answers:
        assert (await me(client, each.json()["access_token"])).status_code == 200
    assert (await refresh(client, successor)).status_code == 200


@pytest.mark.parametrize("late", [True, False], ids=["after a minute", "after its successor was used"])
async def test_one_that_comes_again_too_late_ends_all_of_its_sign_in(
    client: Client, first: dict[str, str], connection: Connection, late: bool
) -> None:
    second = (await refresh(client, first["refresh_token"])).json()
    third = second
    if late:
        await grow_old(connection)
    else:
        third = (await refresh(client, second["refresh_token"])).json()
    assert_refused(await refresh(client, first["refresh_token"]), 400, "invalid_grant")
    assert_refused(await refresh(client, third["refresh_token"]), 400, "invalid_grant")
    for token in (first["access_token"], second["access_token"], third["access_token"]):
        assert (await me(client, token)).status_code == 401
    kinds = [row["kind"] for row in await connection.fetch("SELECT kind FROM audited")]
    issued = 2 if late else 3
    assert sorted(kinds) == ["token.issue"] * issued + ["token.refuse", "token.refuse", "token.reuse"]


async def test_of_uses_of_a_token_and_its_successor_at_once_none_deadlocks(
    client: Client, first: dict[str, str]
) -> None:
    successor = (await refresh(client, first["refresh_token"])).json()["refresh_token"]
    sent = [first["refresh_token"], successor] * 4
    answers = await asyncio.gather(*(refresh(client, token) for token in sent))
    assert {each.status_code for each in answers} <= {200, 400}


@pytest.mark.parametrize("after", ["disabled", "ended"])
async def test_the_minute_ends_with_the_account_and_with_the_sign_in(
    client: Client, first: dict[str, str], connection: Connection, after: str
) -> None:
    await refresh(client, first["refresh_token"])
    await connection.execute(
        "UPDATE person SET disabled_at = now()" if after == "disabled" else "UPDATE sign_in SET ended_at = now()"
    )
    assert_refused(await refresh(client, first["refresh_token"]), 400, "invalid_grant")


async def test_another_sign_in_of_the_person_goes_on(
    client: Client, first: dict[str, str], connection: Connection
) -> None:
    other = (await sign_in(client)).json()
    await refresh(client, first["refresh_token"])
    await grow_old(connection)
    await refresh(client, first["refresh_token"])
    assert (await me(client, other["access_token"])).status_code == 200
    assert (await refresh(client, other["refresh_token"])).status_code == 200


async def test_the_grants_are_read_again(
    client: Client, first: dict[str, str], siti: Someone, database: Database
) -> None:
    await add_grant(database, siti.id, "kader", GUNTUNG_MANGGIS)
    body = (await refresh(client, first["refresh_token"])).json()
    scopes = (await me(client, body["access_token"])).json()["scopes"]
    assert scopes["submissions:write"] == [GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN]


async def test_without_a_grant_that_is_left_it_is_refused(
    client: Client, first: dict[str, str], connection: Connection
) -> None:
    await connection.execute("UPDATE role_grant SET ended_at = now()")
    assert_refused(await refresh(client, first["refresh_token"]), 400, "invalid_grant")


async def test_what_was_refused_is_not_used_up(client: Client, first: dict[str, str], connection: Connection) -> None:
    assert_refused(await refresh(client, first["refresh_token"], scope="audit:read"), 400, "invalid_scope")
    assert (await refresh(client, first["refresh_token"])).status_code == 200


async def test_a_disabled_person_is_refused(client: Client, first: dict[str, str], connection: Connection) -> None:
    await connection.execute("UPDATE person SET disabled_at = now()")
    assert_refused(await refresh(client, first["refresh_token"]), 400, "invalid_grant")


async def test_a_sign_in_ends_after_its_days(client: Client, first: dict[str, str], connection: Connection) -> None:
    days = await connection.fetchval("SELECT extract(epoch FROM expires_at - started_at) / 86400 FROM sign_in")
    assert days == client.app.state.settings.sign_in_days == 30
    await connection.execute("UPDATE sign_in SET expires_at = now()")
    assert_refused(await refresh(client, first["refresh_token"]), 400, "invalid_grant")


async def test_a_refresh_does_not_make_the_sign_in_last_longer(
    client: Client, first: dict[str, str], connection: Connection
) -> None:
    until = datetime.now(UTC) + timedelta(minutes=2)
    await connection.execute("UPDATE sign_in SET expires_at = $1", until)
    body = (await refresh(client, first["refresh_token"])).json()
    assert 100 < body["expires_in"] <= 120
    assert await connection.fetchval("SELECT expires_at FROM sign_in") == until


async def test_fewer_scopes_stay_fewer(client: Client, siti: Someone, database: Database) -> None:
    await add_grant(database, siti.id, "supervisor", LANDASAN_ULIN_SELATAN)
    token = (await sign_in(client, scope="submissions:read")).json()["refresh_token"]
    body = (await refresh(client, token)).json()
    assert body["scope"] == "submissions:read"
    assert_refused(await refresh(client, body["refresh_token"], scope="submissions:write"), 400, "invalid_scope")


async def test_fewer_scopes_can_be_asked_for_once(client: Client, siti: Someone, database: Database) -> None:
    await add_grant(database, siti.id, "supervisor", LANDASAN_ULIN_SELATAN)
    first = (await sign_in(client)).json()
    body = (await refresh(client, first["refresh_token"], scope="submissions:read")).json()
    assert body["scope"] == "submissions:read"
    assert (await refresh(client, body["refresh_token"])).json()["scope"] == first["scope"]


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\x00", "é" * 1000])
async def test_an_unknown_one_is_refused(client: Client, first: dict[str, str], token: str) -> None:
    assert_refused(await refresh(client, token), 400, "invalid_grant")


async def test_made_up_ones_do_not_fill_the_audit_log(client: Client, connection: Connection) -> None:
    await refresh(client, "made-up")
    assert await connection.fetchval("SELECT count(*) FROM audited") == 0
    assert await connection.fetchval("SELECT count(*) FROM audit_log") == 0


async def test_an_access_token_is_none(client: Client, first: dict[str, str]) -> None:
    assert_refused(await refresh(client, first["access_token"]), 400, "invalid_grant")


async def test_a_refresh_token_opens_no_route(client: Client, first: dict[str, str]) -> None:
    assert (await me(client, first["refresh_token"])).status_code == 401


async def test_a_form_without_one_is_refused(client: Client) -> None:
    assert_refused(await ask(client, grant_type="refresh_token"), 400, "invalid_request")
    assert_refused(
        await ask(client, grant_type="refresh_token", refresh_token="x", client_secret="a"), 400, "invalid_request"
    )


async def test_a_sign_in_that_began_while_all_were_being_ended_does_not_survive(
    client: Client, siti: Someone, database: Database
) -> None:
    async with database.session() as session:
        await end_sign_ins(session, siti.id)
        late = asyncio.create_task(sign_in(client))
        await until_waiting(database)
        await session.execute(text("UPDATE person SET disabled_at = now()"))
    assert_refused(await late, 400, "invalid_grant")


async def until_waiting(database: Database) -> None:
    """Returns as soon as a statement waits for a lock."""

    async def waits() -> bool:
        async with database.connection() as connection:
            return bool(await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

    await eventually(waits)


@pytest.fixture
async def few(app: FastAPI, database: Database, settings: Settings) -> AsyncIterator[None]:
    """Limits a person to three requests a minute."""
    usual = app.state.throttle
    app.state.throttle = Throttle(settings.model_copy(update={"person_requests_per_minute": 3}), app.state.keys)
    async with app.state.throttle.working(database):
        yield
    app.state.throttle = usual


@pytest.mark.usefixtures("few")
async def test_refreshing_counts_as_a_request_and_one_too_many_uses_up_nothing(
    client: Client, app: FastAPI, database: Database, settings: Settings, first: dict[str, str]
) -> None:
    token = first["refresh_token"]
    for _ in range(3):
        token = (await refresh(client, token)).json()["refresh_token"]
    assert (await refresh(client, token)).status_code == 429
    app.state.throttle = Throttle(settings, app.state.keys)
    assert (await refresh(client, token)).status_code == 200


@pytest.mark.usefixtures("few")
async def test_an_old_token_fills_the_log_no_faster_and_does_not_use_up_its_owners_requests(
    client: Client, first: dict[str, str], connection: Connection
) -> None:
    other = (await sign_in(client)).json()
    await refresh(client, first["refresh_token"])
    await grow_old(connection)
    statuses = [(await refresh(client, first["refresh_token"])).status_code for _ in range(8)]
    assert statuses == [400] * 4 + [429] * 4
    refused = await connection.fetchval(
        "SELECT count(*) FROM (SELECT kind FROM audit_queue UNION ALL SELECT kind FROM audit_log) AS each "
        "WHERE kind = 'token.refuse'"
    )
    assert refused == 4
    assert (await me(client, other["access_token"])).status_code == 200
