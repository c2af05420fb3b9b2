"""POST /v1/token/revoke (RFC 7009) ends a token at once, with all tokens that came from it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from httpx import ASGITransport, AsyncClient, Response

from app.config import Settings
from app.main import create_app
from app.platform.database import Connection, Database
from tests.support.factories import Client, make_agency
from tests.support.people import add_person, ask, assert_refused, me, refresh, sign_in
from tests.support.wire import eventually

ID = "dp3a-uji"


@pytest.fixture
async def secret(database: Database) -> str:
    async with database.session() as session:
        return await make_agency(session, ID, scopes=["aggregates:read"], regions=["6372"])


@pytest.fixture
async def signed_in(client: Client, database: Database) -> dict[str, str]:
    """The response to a kader's sign-in."""
    await add_person(database)
    body: dict[str, str] = (await sign_in(client)).json()
    return body


async def revoke(client: Client, token: str, **form: str) -> Response:
    return await client.http.post("/v1/token/revoke", data={"token": token, **form})


async def token_of(client: Client, secret: str, id: str = ID) -> str:
    response = await ask(client, grant_type="client_credentials", client_id=id, client_secret=secret)
    token: str = response.json()["access_token"]
    return token


async def test_it_works(client: Client, signed_in: dict[str, str]) -> None:
    response = await revoke(client, signed_in["access_token"])
    assert (response.status_code, response.content) == (200, b"")
    assert (await me(client, signed_in["access_token"])).status_code == 401


async def test_after_an_access_token_the_sign_in_goes_on(client: Client, signed_in: dict[str, str]) -> None:
    await revoke(client, signed_in["access_token"])
    body = (await refresh(client, signed_in["refresh_token"])).json()
    assert (await me(client, body["access_token"])).status_code == 200


async def test_with_a_refresh_token_the_whole_sign_in_ends(client: Client, signed_in: dict[str, str]) -> None:
    second = (await refresh(client, signed_in["refresh_token"])).json()
    assert (await revoke(client, second["refresh_token"], token_type_hint="refresh_token")).status_code == 200
    for token in (signed_in["access_token"], second["access_token"]):
        assert (await me(client, token)).status_code == 401
    assert_refused(await refresh(client, second["refresh_token"]), 400, "invalid_grant")


async def test_a_wrong_hint_does_not_matter(client: Client, signed_in: dict[str, str]) -> None:
    await revoke(client, signed_in["access_token"], token_type_hint="refresh_token")
    assert (await me(client, signed_in["access_token"])).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é\x00", "x" * 15_000])
async def test_of_an_unknown_token_nothing_is_said(client: Client, connection: Connection, token: str) -> None:
    assert (await revoke(client, token)).status_code == 200
    assert await connection.fetchval("SELECT count(*) FROM revocation") == 0


async def test_again_is_fine(client: Client, signed_in: dict[str, str]) -> None:
    for _ in range(2):
        assert (await revoke(client, signed_in["access_token"])).status_code == 200
        assert (await revoke(client, signed_in["refresh_token"])).status_code == 200


async def test_an_agency_ends_its_own_token(client: Client, secret: str) -> None:
    token = await token_of(client, secret)
    assert (await revoke(client, token, client_id=ID, client_secret=secret)).status_code == 200
    assert (await me(client, token)).status_code == 401
    assert (await me(client, await token_of(client, secret))).status_code == 200


async def test_an_agencys_token_needs_that_agency(client: Client, secret: str, database: Database) -> None:
    async with database.session() as session:
        other = await make_agency(session, "another", scopes=["aggregates:read"], regions=["6372"])
    token = await token_of(client, secret)
    assert_refused(await revoke(client, token), 401, "invalid_client")
    assert_refused(await revoke(client, token, client_id=ID, client_secret="wrong"), 401, "invalid_client")
    assert_refused(await revoke(client, token, client_id="another", client_secret=other), 400, "unauthorized_client")
    assert (await me(client, token)).status_code == 200


async def test_a_persons_token_is_none_of_an_agencys(client: Client, secret: str, signed_in: dict[str, str]) -> None:
    response = await revoke(client, signed_in["access_token"], client_id=ID, client_secret=secret)
    assert_refused(response, 400, "unauthorized_client")
    assert (await me(client, signed_in["access_token"])).status_code == 200


async def test_a_persons_sign_in_is_none_of_an_agencys(
    client: Client, secret: str, signed_in: dict[str, str], connection: Connection
) -> None:
    response = await revoke(client, signed_in["refresh_token"], client_id=ID, client_secret=secret)
    assert_refused(response, 400, "unauthorized_client")
    assert await connection.fetchval("SELECT count(*) FROM revocation") == 0
    assert (await refresh(client, signed_in["refresh_token"])).status_code == 200


@pytest.mark.parametrize("form", [{}, {"token": "x", "more": "1"}, {"token": "x", "client_secret": "a"}])
async def test_a_form_with_missing_or_other_members_is_refused(client: Client, form: dict[str, str]) -> None:
    response = await client.http.post("/v1/token/revoke", data=form or {"": ""})
    assert_refused(response, 400, "invalid_request")


async def test_it_is_audited(client: Client, signed_in: dict[str, str], connection: Connection) -> None:
    await revoke(client, signed_in["access_token"])
    await revoke(client, signed_in["refresh_token"])
    rows = await connection.fetch("SELECT kind, detail FROM audit_queue UNION ALL SELECT kind, detail FROM audit_log")
    assert sorted(row["kind"] for row in rows) == ["token.issue", "token.revoke", "token.revoke"]


@pytest.fixture
async def elsewhere(settings: Settings, dsn: str, client: Client) -> AsyncIterator[Client]:
    """A client of another server process on the same database and key ring."""
    app = create_app(settings, dsn)
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://ikk.test") as http:
        yield Client(http, app)


async def test_other_servers_hear_of_it(client: Client, signed_in: dict[str, str], elsewhere: Client) -> None:
    token = signed_in["access_token"]
    assert (await me(elsewhere, token)).status_code == 200
    await revoke(client, token)

    async def is_refused() -> bool:
        return (await me(elsewhere, token)).status_code == 401

    await eventually(is_refused, 20)


async def test_a_server_that_starts_later_knows_it_from_the_start(
    client: Client, signed_in: dict[str, str], settings: Settings, dsn: str
) -> None:
    await revoke(client, signed_in["access_token"])
    app = create_app(settings, dsn)
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://ikk.test") as http:
        later = Client(http, app)

        async def is_refused() -> bool:
            return (await me(later, signed_in["access_token"])).status_code == 401

        await eventually(is_refused, 20)


async def test_revocations_of_what_has_expired_are_forgotten(
    client: Client, signed_in: dict[str, str], settings: Settings, dsn: str, connection: Connection
) -> None:
    await revoke(client, signed_in["access_token"])
    await connection.execute("UPDATE revocation SET forget_at = now() - interval '1 second'")
    await connection.execute("UPDATE sign_in SET expires_at = now() - interval '2 hours'")

    async def is_swept() -> bool:
        left = await connection.fetchval("SELECT count(*) FROM revocation") + await connection.fetchval(
            "SELECT count(*) FROM refresh_token"
        )
        return bool(left == 0)

    app = create_app(settings, dsn)  # a process sweeps when it starts and then every ten minutes
    async with app.router.lifespan_context(app):
        await eventually(is_swept, 20)
        await asyncio.sleep(0)
