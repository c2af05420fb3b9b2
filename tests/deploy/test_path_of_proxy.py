"""The service below a path, behind a real nginx that takes the path away or passes it on, in a real browser."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.platform.database import Database
from tests.support.programs import needs, started
from tests.support.proxy import Proxy
from tests.support.serving import put, serving
from tests.support.wire import eventually

pytestmark = pytest.mark.foreign

METADATA = "/.well-known/oauth-authorization-server"
TAKEN_AWAY = {"#rewrite ": "rewrite "}
"""What the guide says to change in `deploy/nginx.conf`."""


@pytest.fixture(scope="module", params=[TAKEN_AWAY, {}], ids=["taken away", "passed on"])
async def proxy(
    dsn: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Proxy]:
    needs("nginx", "nginx")
    one, folder = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("nginx")
    settings = {"IKK_ISSUER": "https://127.0.0.1/ikk", "IKK_TRUSTED_PROXIES": "127.0.0.1"}
    async with serving(one, dsn, **settings) as server:
        proxy = Proxy(folder, (server,), request.param)
        with started([*proxy.command, "-g", "daemon off;"], folder / "output"):
            await eventually(proxy.is_ready)
            yield proxy


@pytest.fixture
async def http(proxy: Proxy, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    assert database is not None
    async with proxy.client() as client:
        client.base_url = client.base_url.join("/ikk/")
        yield client


async def test_it_works(http: httpx.AsyncClient) -> None:
    sent = await put(http)
    assert sent.status_code == 201
    assert (await http.get(f"/v1/submissions/{sent.json()['id']}")).status_code == 200
    assert (await http.get("/v1/aggregates/6372061004/2025")).json()["families"] == 1


async def test_metadata_are_found_as_rfc_8414_says(http: httpx.AsyncClient) -> None:
    metadata = (await http.get(METADATA)).json()
    assert metadata["token_endpoint"] == "https://127.0.0.1/ikk/v1/token"
    public = http.base_url.copy_with(raw_path=f"{METADATA}/ikk".encode())
    assert (await http.get(public)).json() == metadata


async def test_a_slash_too_many_is_a_problem_and_no_redirect(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/regions/63/")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "location" not in answer.headers


async def test_head_tags_and_compression_pass_the_proxy(http: httpx.AsyncClient) -> None:
    path = "/v1/instruments/ikk-29/2025.2"
    got = await http.get(path)
    assert (got.status_code, got.headers["content-encoding"]) == (200, "gzip")
    head = await http.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert (await http.get(path, headers={"If-None-Match": got.headers["etag"]})).status_code == 304
    # The connection is in step afterwards.
    assert (await http.get("/health/live")).json() == {"status": "live"}


async def test_limits_and_log_know_the_path_where_it_is_taken_away(
    proxy: Proxy, http: httpx.AsyncClient, request: pytest.FixtureRequest
) -> None:
    if "passed on" in request.node.name:
        pytest.skip("the file of deploy/ does not know the path then, as the guide says")
    largest = await http.post("/v1/token", content=b"a" * 16_385)
    assert (largest.status_code, largest.json()["type"]) == (413, "urn:ikk:problem:body-too-large")
    assert (await http.get("/metrics")).status_code == 404
    found = await http.get("/v1/regions/63")
    line = await proxy.line_of(found.headers["x-request-id"])
    assert line["path"] == "/v1/regions/63"


async def test_a_browser_draws_the_page_of_documentation(proxy: Proxy, tmp_path: Path) -> None:
    command = [
        needs("chromium", "chromium"),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--ignore-certificate-errors",
        f"--user-data-dir={tmp_path}",
        "--virtual-time-budget=60000",
        "--dump-dom",
        f"https://127.0.0.1:{proxy.https}/ikk/docs",
    ]
    browser = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    async with asyncio.timeout(120):
        page, _ = await browser.communicate()
    text = page.decode()
    assert "Get an aggregate" in text
    assert 'value="https://127.0.0.1/ikk"' in text  # the server that it would call
    assert "Failed to load" not in text
