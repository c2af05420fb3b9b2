"""POST /v1/token with OAuth 2 client credentials: every refusal, and the claims of the token."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from httpx import Response

from app.access import COMMAND
from app.platform import secrets
from app.platform.database import Connection, Database
from app.services.access.agencies import add_secret, disable_agency, find_agency
from tests.support.factories import Client, make_agency

SCOPES = ["submissions:write", "aggregates:read"]
ID = "dp3a-uji"


@pytest.fixture
async def secret(database: Database) -> str:
    """The secret of an agency of regency 6372 that may send submissions and read aggregates."""
    async with database.session() as session:
        return await make_agency(session, ID, scopes=SCOPES, regions=["63.72"])


async def ask(client: Client, headers: dict[str, str] | None = None, **form: str) -> Response:
    return await client.http.post("/v1/token", data={"grant_type": "client_credentials", **form}, headers=headers)


def basic(id: str, secret: str) -> dict[str, str]:
    pair = f"{quote(id, safe='')}:{quote(secret, safe='')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode("utf-8")).decode("ascii")}


def claims_of(token: str, part: int = 1) -> dict[str, Any]:
    encoded = token.split(".")[part]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return claims


def refused(response: Response, status: int, error: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["error"] == error
    assert "access_token" not in response.json()


async def test_it_works_with_the_credentials_in_the_form(client: Client, secret: str) -> None:
    response = await ask(client, client_id=ID, client_secret=secret)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 3600, " ".join(SCOPES))


async def test_it_works_with_the_credentials_in_the_basic_header(client: Client, secret: str) -> None:
    assert (await ask(client, basic(ID, secret))).status_code == 200
    assert (await ask(client, basic(ID, secret), client_id=ID)).status_code == 200


async def test_the_token_opens_a_route(client: Client, secret: str) -> None:
    token = (await ask(client, client_id=ID, client_secret=secret)).json()["access_token"]
    client.http.headers["Authorization"] = f"Bearer {token}"
    assert (await client.get("/v1/aggregates/6372/2025")).status_code == 200
    assert (await client.get("/v1/aggregates/6371/2025")).status_code == 403
    assert (await client.get("/metrics")).json()["scope"] == "metrics:read"


async def test_the_token_says_who_what_where_and_how_long(client: Client, secret: str, app: FastAPI) -> None:
    tokens = [(await ask(client, client_id=ID, client_secret=secret)).json()["access_token"] for _ in range(2)]
    first, second = (claims_of(token) for token in tokens)
    assert first.keys() == {"iss", "aud", "sub", "kind", "scope", "exp", "iat", "jti", "regions"}
    settings = app.state.settings
    assert (first["iss"], first["aud"]) == (settings.issuer, settings.audience)
    assert (first["scope"], first["regions"]) == (" ".join(SCOPES), ["6372"])
    assert first["exp"] - first["iat"] == 3600
    assert first["sub"] == second["sub"]
    assert first["jti"] != second["jti"]
    assert claims_of(tokens[0], 0) == {"alg": "ES256", "typ": "at+jwt", "kid": app.state.keys.current("signing").id}


async def test_fewer_scopes_can_be_asked_for(client: Client, secret: str) -> None:
    response = await ask(client, client_id=ID, client_secret=secret, scope="aggregates:read")
    assert response.json()["scope"] == "aggregates:read"
    assert claims_of(response.json()["access_token"])["scope"] == "aggregates:read"


@pytest.mark.parametrize("scope", ["metrics:read", "aggregates:read metrics:read", "nothing", "Aggregates:Read"])
async def test_a_scope_beyond_the_agencys_is_refused(client: Client, secret: str, scope: str) -> None:
    refused(await ask(client, client_id=ID, client_secret=secret, scope=scope), 400, "invalid_scope")


async def test_whose_credentials_are_wrong_learns_nothing_more(client: Client, secret: str, database: Database) -> None:
    wrong = await ask(client, client_id=ID, client_secret=secret + "x")
    unknown = await ask(client, client_id="nobody", client_secret=secret)
    async with database.session() as session:
        await disable_agency(session, COMMAND, ID)
    disabled = await ask(client, client_id=ID, client_secret=secret)
    bodies = []
    for response in (wrong, unknown, disabled):
        refused(response, 401, "invalid_client")
        assert response.headers["www-authenticate"].startswith("Basic")
        bodies.append({**response.json(), "instance": None})
    assert bodies[0] == bodies[1] == bodies[2]


@pytest.mark.parametrize(
    ("id", "secret_sent"),
    [
        ("dp3a\x00uji", "x"),
        (ID, "\x00"),
        ("", ""),
        ("🏠" * 50, "ñ"),
        ("\ufffd", "\u202e"),
        ("x" * 5000, "y" * 5000),
    ],
    ids=["nul in id", "nul in secret", "empty", "emoji", "odd", "long"],
)
async def test_odd_credentials_are_wrong_credentials(client: Client, secret: str, id: str, secret_sent: str) -> None:
    refused(await ask(client, client_id=id, client_secret=secret_sent), 401, "invalid_client")
    refused(await ask(client, basic(id, secret_sent)), 401, "invalid_client")


async def test_broken_utf_8_in_the_form_is_no_credential(client: Client, secret: str) -> None:
    form = "grant_type=client_credentials&client_id=%FF%FE&client_secret=%ED%A0%80"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    refused(await client.http.post("/v1/token", content=form, headers=headers), 401, "invalid_client")


@pytest.mark.parametrize("grant", ["authorization_code", "", "CLIENT_CREDENTIALS"])
async def test_another_grant_is_refused(client: Client, secret: str, grant: str) -> None:
    response = await ask(client, grant_type=grant, client_id=ID, client_secret=secret)
    refused(response, 400, "unsupported_grant_type")


@pytest.mark.parametrize(
    "form",
    [
        "",
        "client_id=dp3a-uji&client_secret=x",
        "grant_type=client_credentials",
        "grant_type=client_credentials&client_id=dp3a-uji",
        "grant_type=client_credentials&client_secret=x",
        "grant_type=client_credentials&client_id=a&client_id=b&client_secret=x",
        "grant_type=client_credentials&grant_type=client_credentials&client_id=a&client_secret=x",
        "grant_type=client_credentials&client_id=a&client_secret=x&more=1",
        "grant_type",
        "&".join(f"a{number}=1" for number in range(50)),
        "grant_type=client_credentials&client_id=é&client_secret=x",
    ],
)
async def test_a_form_with_missing_repeated_or_other_members_is_refused(client: Client, form: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = await client.http.post("/v1/token", content=form.encode("utf-8"), headers=headers)
    refused(response, 400, "invalid_request")


@pytest.mark.parametrize("header", ["Basic !", "Basic /w==", "Bearer abc"])
async def test_a_broken_authorization_header_is_refused(client: Client, header: str) -> None:
    refused(await ask(client, {"Authorization": header}), 400, "invalid_request")


async def test_credentials_in_both_places_are_refused(client: Client, secret: str) -> None:
    refused(await ask(client, basic(ID, secret), client_id=ID, client_secret=secret), 400, "invalid_request")


async def test_two_different_ids_are_refused(client: Client, secret: str) -> None:
    refused(await ask(client, basic(ID, secret), client_id="another"), 400, "invalid_request")


async def test_json_is_refused_with_the_member_error(client: Client, secret: str) -> None:
    body = {"grant_type": "client_credentials", "client_id": ID, "client_secret": secret}
    refused(await client.http.post("/v1/token", json=body), 415, "invalid_request")


async def test_after_a_rotation_the_previous_secret_still_works_until_it_is_ended(
    client: Client, secret: str, database: Database
) -> None:
    secrets = [secret]
    async with database.session() as session:
        secrets.append((await add_secret(session, COMMAND, ID)).client_secret)
        old = (await find_agency(session, COMMAND, ID)).secrets[-1].id
    answers = [(await ask(client, client_id=ID, client_secret=each)).status_code for each in secrets]
    assert answers == [200, 200]
    async with database.session() as session:
        secrets.append((await add_secret(session, COMMAND, ID, end=old)).client_secret)
    answers = [(await ask(client, client_id=ID, client_secret=each)).status_code for each in secrets]
    assert answers == [401, 200, 200]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer a.b.c", "Basic YTpi", "Bearer " + "x" * 9000, "Token abc", "Bearer é"],
)
async def test_without_a_token_of_ours_a_route_is_closed(client: Client, header: str) -> None:
    response = await client.http.get("/v1/submissions", headers={b"Authorization": header.encode("utf-8")})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["type"] == "urn:ikk:problem:unauthenticated"


@pytest.mark.usefixtures("real_hashes")
async def test_a_wrong_secret_costs_the_same_whatever_agency_it_is_for(
    client: Client, secret: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.session() as session:
        await make_agency(session, "two-secrets", scopes=SCOPES, regions=["63"])
        await add_secret(session, COMMAND, "two-secrets")
        await make_agency(session, "disabled", scopes=SCOPES, regions=["63"])
        await disable_agency(session, COMMAND, "disabled")
    compared: list[str] = []
    hasher = secrets._hasher

    class Counting:
        """The real hasher. It also lists the kinds of hash with which it compared."""

        def verify(self, hashed: str, secret: str) -> bool:
            compared.append(hashed.rsplit("$", 2)[0])
            return hasher.verify(hashed, secret)

    monkeypatch.setattr(secrets, "_hasher", Counting())
    for each in (ID, "two-secrets", "disabled", "nobody"):
        refused(await ask(client, client_id=each, client_secret="wrong"), 401, "invalid_client")
        assert compared == ["$argon2id$v=19$m=65536,t=3,p=4"] * 2, each
        compared.clear()


async def test_an_issue_and_a_refusal_are_audited(client: Client, secret: str, connection: Connection) -> None:
    token = (await ask(client, client_id=ID, client_secret=secret)).json()["access_token"]
    await ask(client, client_id=ID, client_secret="wrong")
    await ask(client, client_id="my-secret-in-the-wrong-field", client_secret="wrong")
    await ask(client, client_id=ID, client_secret=secret, scope="audit:read")
    rows = await connection.fetch(
        "SELECT kind, region, subject, detail FROM audit_queue UNION ALL "
        "SELECT kind, region, subject, detail FROM audit_log"
    )
    said = claims_of(token)
    agency = f"agency:{said['sub']}"
    found = [(row["region"], row["subject"], json.loads(row["detail"])) for row in rows if row["kind"] == "token.issue"]
    grant = {"grant": "client_credentials"}
    assert found == [("6372", f"token:{said['jti']}", {**grant, "scope": " ".join(SCOPES)})]
    refusals = [(row["subject"], json.loads(row["detail"])) for row in rows if row["kind"] == "token.refuse"]
    assert sorted(refusals, key=str) == sorted(
        [
            (agency, {**grant, "reason": "secret"}),
            (None, {**grant, "reason": "secret"}),
            (agency, {**grant, "reason": "scope"}),
        ],
        key=str,
    )
