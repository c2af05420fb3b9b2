"""POST /v1/token/introspect (RFC 7662) tells a token's claims to callers whom it concerns."""

import pytest
from httpx import Response

from app.platform.database import Database
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client, make_agency
from tests.support.people import Someone, add_person, ask, refresh, sign_in

ID = "dp3a-uji"
INACTIVE = {"active": False}


@pytest.fixture
async def siti(database: Database) -> Someone:
    """A kader of Landasan Ulin Selatan."""
    return await add_person(database)


@pytest.fixture
async def signed_in(client: Client, siti: Someone) -> dict[str, str]:
    body: dict[str, str] = (await sign_in(client)).json()
    return body


@pytest.fixture
async def secret(database: Database) -> str:
    async with database.session() as session:
        return await make_agency(session, ID, scopes=["aggregates:read"], regions=["6372"])


async def introspect(client: Client, token: str, bearer: str | None = None, **form: str) -> Response:
    headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
    return await client.http.post("/v1/token/introspect", data={"token": token, **form}, headers=headers)


async def token_of(client: Client, secret: str) -> str:
    response = await ask(client, grant_type="client_credentials", client_id=ID, client_secret=secret)
    token: str = response.json()["access_token"]
    return token


async def test_it_works(client: Client, secret: str) -> None:
    token = await token_of(client, secret)
    response = await introspect(client, token, client_id=ID, client_secret=secret)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert {name: body[name] for name in ("active", "token_type", "kind", "scope", "regions", "iss", "aud")} == {
        "active": True,
        "token_type": "Bearer",
        "kind": "agency",
        "scope": "aggregates:read",
        "regions": ["6372"],
        "iss": "http://127.0.0.1:8000",
        "aud": "ikk",
    }
    assert body["exp"] - body["iat"] == 3600
    assert body["areas"] == {"aggregates:read": ["6372"]}


async def test_a_person_asks_about_their_own_tokens(client: Client, signed_in: dict[str, str], siti: Someone) -> None:
    own = signed_in["access_token"]
    assert (await introspect(client, own, own)).json()["sub"] == str(siti.id)
    body = (await introspect(client, signed_in["refresh_token"], own)).json()
    assert (body["active"], body["token_type"], body["sub"]) == (True, "refresh_token", str(siti.id))


async def test_a_used_refresh_token_is_inactive(client: Client, signed_in: dict[str, str]) -> None:
    own = signed_in["access_token"]
    await refresh(client, signed_in["refresh_token"])
    assert (await introspect(client, signed_in["refresh_token"], own)).json() == INACTIVE


async def test_others_tokens_are_none_of_ones_business(
    client: Client, secret: str, signed_in: dict[str, str], database: Database
) -> None:
    await add_person(database, username="budi")
    budi = (await sign_in(client, "budi")).json()["access_token"]
    agency = await token_of(client, secret)
    for asked in (signed_in["access_token"], signed_in["refresh_token"], agency):
        assert (await introspect(client, asked, budi)).json() == INACTIVE
    for asked in (signed_in["access_token"], signed_in["refresh_token"]):
        assert (await introspect(client, asked, client_id=ID, client_secret=secret)).json() == INACTIVE


@pytest.mark.parametrize(
    ("regions", "active"), [(["63"], True), (["637206"], True), (["637205"], False), (["64"], False)]
)
async def test_who_manages_agencies_there_may_ask_about_all(
    client: Client, signed_in: dict[str, str], regions: list[str], active: bool
) -> None:
    await client.sign_in(scopes=["agencies:manage"], regions=regions)
    manager = client.http.headers.pop("Authorization").removeprefix("Bearer ")
    body = (await introspect(client, signed_in["access_token"], manager)).json()
    assert body["active"] is active
    assert body.get("regions") == ([LANDASAN_ULIN_SELATAN] if active else None)


async def test_reading_the_audit_log_is_not_enough(client: Client, signed_in: dict[str, str]) -> None:
    await client.sign_in(scopes=["audit:read", "people:manage"], regions=["ID"])
    reader = client.http.headers.pop("Authorization").removeprefix("Bearer ")
    assert (await introspect(client, signed_in["access_token"], reader)).json() == INACTIVE


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é\x00"])
async def test_what_is_no_token_is_inactive(client: Client, signed_in: dict[str, str], token: str) -> None:
    assert (await introspect(client, token, signed_in["access_token"])).json() == INACTIVE


async def test_a_revoked_token_is_inactive(client: Client, signed_in: dict[str, str]) -> None:
    other = (await sign_in(client)).json()["access_token"]
    await client.http.post("/v1/token/revoke", data={"token": signed_in["access_token"]})
    assert (await introspect(client, signed_in["access_token"], other)).json() == INACTIVE


async def test_who_proves_nothing_is_refused(client: Client, secret: str, signed_in: dict[str, str]) -> None:
    own = signed_in["access_token"]
    assert (await introspect(client, own)).json()["error"] == "invalid_request"
    assert (await introspect(client, own, client_id=ID, client_secret="wrong")).json()["error"] == "invalid_client"
    assert (await introspect(client, own, "wrong")).json()["type"] == "urn:ikk:problem:unauthenticated"
