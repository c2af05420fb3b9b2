"""Headers of every response: caching and framing in browsers, reading from other origins, and the documentation."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from httpx import ASGITransport, AsyncClient, Response
from pydantic import ValidationError

from app.config import Settings
from app.main import create_app
from tests.support.factories import Client

DASHBOARD = "https://dashboard.example.go.id"
API_POLICY = "default-src 'none'; frame-ancestors 'none'"


@pytest.fixture(scope="module")
def open_app(settings: Settings, dsn: str) -> FastAPI:
    """An application that a web page at DASHBOARD may call. It has a route that fails."""
    app = create_app(settings.model_copy(update={"cors_origins": (DASHBOARD,)}), dsn)

    async def fail() -> None:
        raise ZeroDivisionError

    app.add_api_route("/fails", fail)
    return app


@pytest.fixture
async def page(open_app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client that sends requests as a script of the page at DASHBOARD does."""
    transport = ASGITransport(app=open_app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://ikk.test", headers={"Origin": DASHBOARD}) as http:
        yield http


def assert_guarded(answer: Response, caching: str = "no-store") -> None:
    """Checks the headers of an API response over plain HTTP, and that each occurs once."""
    expected = {
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "content-security-policy": API_POLICY,
        "cache-control": caching,
    }
    assert {name: answer.headers.get(name) for name in expected} == expected
    assert "strict-transport-security" not in answer.headers


async def preflight(page: AsyncClient, *, method: str = "PUT", headers: str = "authorization") -> Response:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return await page.options("/v1/submissions/5c4eb0f5-5d1f-4f0c-9d58-2c8d8b8c1a11", headers=asked)


async def test_it_works(caller: Client) -> None:
    answer = await caller.get("/v1/regions/63")
    assert answer.status_code == 200
    assert_guarded(answer, "private, no-cache")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health/live", 200),
        ("GET", "/v1/submissions", 401),
        ("GET", "/nothing/here", 404),
        ("DELETE", "/health/live", 405),
        ("POST", "/v1/token", 415),
        ("GET", "/fails", 500),
        ("GET", "/docs/nothing", 404),
    ],
)
async def test_problems_carry_them_too(page: AsyncClient, method: str, path: str, status: int) -> None:
    answer = await page.request(method, path)
    assert answer.status_code == status
    assert_guarded(answer)
    assert answer.headers["x-request-id"]


async def test_only_a_response_over_https_binds_the_browser_to_it(app: FastAPI) -> None:
    async with AsyncClient(transport=ASGITransport(app=app), base_url="https://ikk.test") as http:
        answer = await http.get("/health/live")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_a_route_may_say_itself_how_long_it_is_kept(open_app: FastAPI, page: AsyncClient) -> None:
    async def answer() -> JSONResponse:
        return JSONResponse({}, headers={"Cache-Control": "max-age=60"})

    open_app.add_api_route("/kept", answer)
    assert (await page.get("/kept")).headers.get_list("cache-control") == ["max-age=60"]


async def test_the_page_of_documentation_may_run_what_it_contains_and_nothing_else(page: AsyncClient) -> None:
    for path in ("/docs", "/docs/oauth2-redirect"):
        answer = await page.get(path)
        assert answer.status_code == 200
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        allowed = policy["script-src"].split()
        inline = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
        hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in inline}
        assert hashes
        assert hashes <= set(allowed)
        assert "'unsafe-inline'" not in allowed
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"


async def test_all_that_the_page_of_documentation_loads_is_ours(page: AsyncClient) -> None:
    links = re.findall(r'(?:src|href)="([^"]+)"', (await page.get("/docs")).text)
    assert len(links) == 3
    for link in links:
        assert link.startswith("/")
        answer = await page.get(link)
        assert answer.status_code == 200
        # Browsers may keep a file with an entity tag, because they ask for it again.
        assert "cache-control" not in answer.headers


async def test_no_page_may_call_it_by_default(client: Client) -> None:
    for answer in (
        await client.http.get("/health/live", headers={"Origin": DASHBOARD}),
        await client.http.options("/v1/regions", headers={"Origin": DASHBOARD, "Access-Control-Request-Method": "GET"}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_a_page_at_a_named_origin_may_call_it(page: AsyncClient) -> None:
    answer = await page.get("/health/live")
    assert answer.headers["access-control-allow-origin"] == DASHBOARD
    assert answer.headers["access-control-expose-headers"] == "ETag, Retry-After, X-Request-ID"
    assert "access-control-allow-credentials" not in answer.headers
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize("path", ["/v1/submissions", "/nothing/here", "/fails"])
async def test_it_may_read_problems_too(page: AsyncClient, path: str) -> None:
    answer = await page.get(path)
    assert answer.status_code >= 400
    assert answer.headers["access-control-allow-origin"] == DASHBOARD


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
async def test_it_may_send_a_token_by_every_method(page: AsyncClient, method: str) -> None:
    sent = "authorization, content-type, content-encoding, if-none-match, x-request-id, accept-language"
    answer = await preflight(page, method=method, headers=sent)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == DASHBOARD
    assert method in answer.headers["access-control-allow-methods"]
    assert answer.headers["x-request-id"]
    assert_guarded(answer)


@pytest.mark.parametrize(
    "origin", [f"{DASHBOARD}.evil.example", "http://dashboard.example.go.id", f"{DASHBOARD}:444", "null"]
)
async def test_a_page_at_any_other_origin_may_not(page: AsyncClient, origin: str) -> None:
    page.headers["Origin"] = origin
    assert (await preflight(page)).status_code == 400
    for answer in (await page.get("/health/live"), await preflight(page)):
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "value",
    [
        f"{DASHBOARD},http://localhost:5173",
        f'["{DASHBOARD}", "http://localhost:5173"]',
        f" {DASHBOARD} , http://localhost:5173,",
    ],
)
def test_origins_are_named_by_commas_or_as_json(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("IKK_CORS_ORIGINS", value)
    assert Settings().cors_origins == (DASHBOARD, "http://localhost:5173")


@pytest.mark.parametrize(
    "value",
    [
        "*",
        '["*"]',
        "https://*.go.id",
        "null",
        DASHBOARD + "/",
        DASHBOARD + "/a",
        "dashboard.example.go.id",
        "[",
        "HTTPS://X.ID",
    ],
)
def test_a_wrong_origin_ends_the_start_with_the_setting_s_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("IKK_CORS_ORIGINS", value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert [error["loc"] for error in refused.value.errors()] == [("cors_origins",)]
