"""PUT /v1/submissions/{id} stores nothing with a token that is not ours, not for us, or lacks scope or region."""

import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from uuid import uuid4

import pytest
from httpx import Response
from jose import jwt

from app.platform import tokens
from app.platform.database import Connection
from app.platform.key_ring import Key
from tests.support.claims import claims
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, make_body


@pytest.fixture
async def nothing_stored(connection: Connection) -> AsyncIterator[None]:
    """Checks after the test that no table holds a row of what it sent."""
    yield
    for table in ("submission", "family", "village_sums"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def put_with(client: Client, authorization: str | None) -> Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    return await client.http.put(f"/v1/submissions/{uuid4()}", json=make_body(), headers=headers)


def assert_unauthenticated(answer: Response) -> None:
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "urn:ikk:problem:unauthenticated"
    assert answer.headers["x-request-id"]


async def test_it_works(client: Client, key: Key) -> None:
    token = jwt.encode(claims(), key.secret, algorithm="ES256", headers={"kid": key.id, "typ": "at+jwt"})
    assert (await put_with(client, f"Bearer {token}")).status_code == 201


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer garbage",
        "Bearer a.b.c",
        "Bearer ..",
        "Basic YTpi",
        "Bearer " + "a" * 9000,
    ],
)
@pytest.mark.usefixtures("nothing_stored")
async def test_no_token_or_garbage_is_refused(client: Client, authorization: str | None) -> None:
    assert_unauthenticated(await put_with(client, authorization))


async def test_a_remembered_token_is_refused_once_it_has_expired(
    client: Client, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    expires = int(time.time()) + 600
    token = jwt.encode(claims(exp=expires), key.secret, algorithm="ES256", headers={"kid": key.id, "typ": "at+jwt"})
    answers: list[Response] = []
    for now, status in ((expires - 1, 201), (expires, 401)):
        monkeypatch.setattr(tokens, "time", SimpleNamespace(time=lambda now=now: now))
        answers.append(await put_with(client, f"Bearer {token}"))
        assert answers[-1].status_code == status
    assert_unauthenticated(answers[-1])


@pytest.mark.usefixtures("nothing_stored")
async def test_a_token_without_the_scope_is_refused(client: Client) -> None:
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "submissions:write"], regions=["63"])
    answer = await client.put(make_body())
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:ikk:problem:missing-scope"
    assert answer.json()["scope"] == "submissions:write"


@pytest.mark.parametrize(
    "regions",
    [
        pytest.param(["62"], id="another province"),
        pytest.param(["6301"], id="another regency"),
        pytest.param(["637205"], id="another district"),
        pytest.param(["6372061003", GUNTUNG_MANGGIS], id="other villages"),
        pytest.param([], id="none at all"),
    ],
)
@pytest.mark.usefixtures("nothing_stored")
async def test_a_region_outside_the_caller_s_is_refused(client: Client, regions: list[str]) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=regions)
    answer = await client.put(make_body(region=LANDASAN_ULIN_SELATAN))
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:ikk:problem:region-outside-caller"


@pytest.mark.usefixtures("nothing_stored")
async def test_a_dotted_region_outside_the_caller_s_is_refused(client: Client) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["62"])
    assert (await client.put(make_body(region="63.72.06.1004"))).status_code == 403


@pytest.mark.parametrize("region", ["ID", "63", "6372", "637206", LANDASAN_ULIN_SELATAN])
async def test_a_caller_s_region_stands_for_all_below_it(client: Client, region: str) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=[region])
    assert (await client.put(make_body(region=LANDASAN_ULIN_SELATAN))).status_code == 201


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
async def test_another_method_is_refused_and_told_which_there_are(caller: Client, method: str) -> None:
    answer = await caller.http.request(method, f"/v1/submissions/{uuid4()}", json=make_body())
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:ikk:problem:method-not-allowed"
    assert answer.headers["allow"] == "GET, HEAD, PUT"
