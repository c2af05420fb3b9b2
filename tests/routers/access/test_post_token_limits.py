"""POST /v1/token returns 429 after too many wrong secrets, whether the account exists or not."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import Response

from app.config import Settings
from app.platform.database import Database
from app.platform.throttle import Throttle
from tests.support.factories import Client, make_agency

ID = "dp3a-uji"
KIND = {"client_credentials": ("client_id", "client_secret"), "password": ("username", "password")}


@pytest.fixture(autouse=True)
async def strict(app: FastAPI, database: Database, settings: Settings) -> AsyncIterator[None]:
    """Limits wrong secrets to three for an account and five for an address."""
    few = {"sign_in_failures_per_account": 3, "sign_in_failures_per_address": 5}
    usual, app.state.throttle = app.state.throttle, Throttle(settings.model_copy(update=few), app.state.keys)
    async with app.state.throttle.working(database):
        yield
    app.state.throttle = usual


@pytest.fixture
async def secret(database: Database) -> str:
    async with database.session() as session:
        return await make_agency(session, ID, scopes=["aggregates:read"], regions=["63"])


async def ask(client: Client, account: str, secret: str, grant: str = "client_credentials") -> Response:
    name, proof = KIND[grant]
    return await client.http.post("/v1/token", data={"grant_type": grant, name: account, proof: secret})


def assert_refused(answer: Response) -> None:
    assert answer.status_code == 429, answer.text
    assert answer.json()["type"] == "urn:ikk:problem:too-many-requests"
    assert 850 <= int(answer.headers["retry-after"]) <= 960


async def test_it_works(client: Client, secret: str) -> None:
    for _ in range(2):
        for _ in range(2):
            assert (await ask(client, ID, "wrong")).status_code == 401
        assert (await ask(client, ID, secret)).status_code == 200


async def test_after_so_many_failures_not_even_the_right_secret_is_compared(client: Client, secret: str) -> None:
    for _ in range(3):
        assert (await ask(client, ID, "wrong")).status_code == 401
    assert_refused(await ask(client, ID, secret))


@pytest.mark.parametrize(("grant", "status"), [("client_credentials", 401), ("password", 400)])
async def test_an_account_that_does_not_exist_is_refused_alike(client: Client, grant: str, status: int) -> None:
    for _ in range(3):
        assert (await ask(client, "nobody", "wrong", grant)).status_code == status
    assert_refused(await ask(client, "nobody", "wrong", grant))


async def test_failures_at_many_accounts_are_those_of_one_address(client: Client, secret: str) -> None:
    for number in range(5):
        assert (await ask(client, f"nobody-{number}", "wrong")).status_code == 401
    assert_refused(await ask(client, ID, secret))


async def test_a_request_without_credentials_counts_for_nothing(client: Client, secret: str) -> None:
    for _ in range(6):
        assert (await client.http.post("/v1/token", data={"grant_type": "client_credentials"})).status_code == 400
    assert (await ask(client, ID, secret)).status_code == 200


async def test_introspection_and_revocation_count_like_token_requests(client: Client, secret: str) -> None:
    for path in ("introspect", "revoke", "introspect"):
        form = {"token": "any", "client_id": ID, "client_secret": "wrong"}
        assert (await client.http.post(f"/v1/token/{path}", data=form)).status_code == 401
    assert_refused(await ask(client, ID, secret))
