"""HEAD returns what GET returns, without the body, at every address that has GET."""

import re

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from app.platform.database import Connection
from tests.access_matrix.matrix import MATRIX
from tests.access_matrix.resources import INSIDE, Call, Resources
from tests.support.factories import EVERYTHING, Client

PUBLIC = (
    "/health/live",
    "/health/ready",
    "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server",
    "/openapi.json",
    "/docs",
    "/docs/oauth2-redirect",
    "/static-offline-docs/swagger-ui.css",
)
EACH_TIME_ANOTHER = {"x-request-id", "content-length"}


@pytest.fixture
async def officer(client: Client) -> Client:
    """A client with every scope in the whole country."""
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    return client


async def reading_calls(officer: Client) -> list[Call]:
    """A valid GET of every operation that has one."""
    resources = Resources(officer.http, officer.app, INSIDE)
    made = {row.operation: await row.make(resources, officer.agency_id) for row in reversed(MATRIX)}
    return [*(call for call in made.values() if call.method == "GET"), *(Call("GET", path, {}) for path in PUBLIC)]


async def send(http: AsyncClient, call: Call, method: str) -> Response:
    return await http.request(method, call.path, **call.sent)


def headers_of(answer: Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in EACH_TIME_ANOTHER}


async def test_it_returns_status_and_headers_of_get_and_no_body(officer: Client, app: FastAPI) -> None:
    calls = await reading_calls(officer)
    operations = [methods for methods in app.openapi()["paths"].values() if "get" in methods]
    assert len(calls) >= len(operations) > 20
    for call in calls:
        got, head = await send(officer.http, call, "GET"), await send(officer.http, call, "HEAD")
        assert (head.status_code, head.content) == (got.status_code, b""), call.path
        # The officer is an agency. Only people have a second factor.
        assert got.status_code == (403 if call.path == "/v1/me/second-factor" else 200), call.path
        assert headers_of(head) == headers_of(got)
        if not re.search(
            r"/metrics|/audit|/export|/profile|/releases/.*/villages|/\d+/2025", call.path
        ):  # those differ each time
            assert head.headers["content-length"] == got.headers["content-length"], call.path


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/regions/63?year=1", 422), ("/v1/submissions", 401), ("/nothing/here", 404)]
)
async def test_a_refusal_is_that_of_get(client: Client, path: str, status: int) -> None:
    if status == 422:
        await client.sign_in(scopes=EVERYTHING, regions=["63"])
    got, head = await client.http.get(path), await client.http.head(path)
    assert (head.status_code, head.content, got.status_code) == (status, b"", status)
    assert headers_of(head) == headers_of(got)
    assert head.headers["content-type"] == "application/problem+json"
    assert head.headers["content-length"] == got.headers["content-length"]


async def test_an_address_without_get_refuses_it(caller: Client) -> None:
    answer = await caller.http.head("/v1/scores")
    assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "POST", b"")


async def test_it_gets_a_304_too(caller: Client) -> None:
    tag = (await caller.get("/v1/instruments")).headers["etag"]
    answer = await caller.http.head("/v1/instruments", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.headers["etag"]) == (304, tag)


async def counted(officer: Client) -> dict[str, float]:
    """How many requests for a family the metrics count, by method."""
    metrics = (await officer.get("/metrics")).text
    line = r'ikk_request_seconds_count{{method="{}",route="/v1/families/{{id}}",status="200"}} (\S+)'.format
    return {method: sum(map(float, re.findall(line(method), metrics))) for method in ("GET", "HEAD")}


async def test_it_is_counted_and_audited_once_as_what_it_is(officer: Client, connection: Connection) -> None:
    row = next(row for row in MATRIX if row.operation == "getFamily")
    call = await row.make(Resources(officer.http, officer.app, INSIDE), officer.agency_id)
    before = await counted(officer)
    assert (await send(officer.http, call, "HEAD")).status_code == 200
    after = await counted(officer)
    assert (after["HEAD"] - before["HEAD"], after["GET"] - before["GET"]) == (1, 0)
    audited = "SELECT count(*) FROM audited WHERE kind = 'family.read'"
    assert await connection.fetchval(audited) == 1


async def test_openapi_lists_no_operation_for_it(app: FastAPI) -> None:
    assert not [path for path, methods in app.openapi()["paths"].items() if "head" in methods]
