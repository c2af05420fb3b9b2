"""Rate limits of two server processes on one database, slow clients, and addresses behind a proxy."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from app.config import Settings
from app.platform.database import Connection, Database
from app.platform.key_ring import make_ring
from app.platform.tokens import Tokens
from tests.support.serving import Server, put, rows, serving
from tests.support.wire import eventually

ISSUER = "https://ikk.example.go.id"
PROXY = {"IKK_TRUSTED_PROXIES": "127.0.0.1"}
LIMITS = {"IKK_BODY_SECONDS": "1", "IKK_SIGN_IN_FAILURES_PER_ADDRESS": "2", "IKK_PERSON_REQUESTS_PER_MINUTE": "60"}


@pytest.fixture(scope="module")
async def servers(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Server, Server]]:
    """Two servers with one key ring and one database. The first trusts a proxy on this machine, the second none."""
    one, two = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    shared = {"IKK_KEYS_FILE": str(one / "keys.json"), "IKK_ISSUER": ISSUER, **LIMITS}
    async with serving(one, dsn, **shared, **PROXY) as first, serving(two, dsn, **shared) as second:
        yield first, second


@pytest.fixture
def behind_proxy(servers: tuple[Server, Server], database: Database) -> Server:
    """The server that trusts a proxy. The fixture `database` deletes what the test counted."""
    assert database is not None
    return servers[0]


@pytest.fixture
def in_the_open(servers: tuple[Server, Server], database: Database) -> Server:
    assert database is not None
    return servers[1]


async def guess(server: Server, forwarded_for: str) -> httpx.Response:
    """A token request with a wrong secret for a new account, through a proxy that names the client's address."""
    form = {"grant_type": "client_credentials", "client_id": f"nobody-{uuid4()}", "client_secret": "wrong"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=30, verify=False) as http:
        return await http.post("/v1/token", data=form, headers={"X-Forwarded-For": forwarded_for})


def person_token(folder: Path) -> str:
    settings = Settings(folder=folder, issuer=ISSUER)
    return (
        Tokens(settings, make_ring(settings.key_ring_file))
        .issue("person", str(uuid4()), {"submissions:read": ["63"]})
        .token
    )


@pytest.mark.process
async def test_it_works(servers: tuple[Server, Server], database: Database) -> None:
    """The requests of a caller to both processes are added up."""
    assert database is not None
    headers = {"Authorization": f"Bearer {person_token(servers[0].folder)}"}

    async def ask(server: Server, times: int) -> list[int]:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{server.port}", headers=headers, timeout=30, verify=False
        ) as http:
            return [(await http.get("/v1/regions/63")).status_code for _ in range(times)]

    started = time.monotonic()
    first, second = await asyncio.gather(*(ask(server, 100) for server in servers))
    came_back = time.monotonic() - started + 1
    assert {*first, *second} == {200, 429}
    # Sixty at once and one more each second. The processes settle every three requests, and admit more until they have
    # settled. Without settling, they would have admitted twice as many.
    assert 60 <= first.count(200) + second.count(200) <= 60 + came_back + 30


@pytest.mark.process
async def test_a_refused_request_is_told_when_to_come_again(
    in_the_open: Server, servers: tuple[Server, Server]
) -> None:
    headers = {"Authorization": f"Bearer {person_token(servers[0].folder)}", "Accept-Language": "en"}
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{in_the_open.port}", headers=headers, verify=False
    ) as http:

        async def is_refused() -> bool:
            return (await http.get("/v1/regions/63")).status_code == 429

        await eventually(is_refused)
        answer = await http.get("/v1/regions/63")
    assert answer.status_code == 429
    assert answer.json()["type"] == "urn:ikk:problem:too-many-requests"
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["content-security-policy"]


@pytest.mark.process
async def test_a_body_that_trickles_in_is_given_up(behind_proxy: Server, connection: Connection) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", behind_proxy.port)
    writer.write(
        f"PUT /v1/submissions/{uuid4()} HTTP/1.1\r\nHost: ikk.test\r\nAuthorization: Bearer {behind_proxy.token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n".encode()
    )
    started = time.monotonic()

    async def trickle() -> None:
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.1)

    trickling = asyncio.create_task(trickle())
    async with asyncio.timeout(60):
        # Reads to the end, because the server closes the connection.
        answer = await reader.read()
    trickling.cancel()
    writer.close()
    assert time.monotonic() - started > 0.9
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in head.lower()
    assert json.loads(body)["type"] == "urn:ikk:problem:request-timeout"
    assert json.loads(body)["limit_seconds"] == 1
    assert await rows(connection) == 0


@pytest.mark.process
async def test_a_response_may_take_longer_than_a_body(behind_proxy: Server, other: Connection) -> None:
    """The time limit for the body ends when the body has arrived."""
    async with behind_proxy.client() as http:
        assert (await put(http, 1)).status_code == 201
        async with other.transaction():
            await other.execute("SELECT 1 FROM village_sums FOR UPDATE")
            sent = asyncio.create_task(put(http, 2))
            done, _ = await asyncio.wait([sent], timeout=1.5)
            assert not done
        assert (await sent).status_code == 201


@pytest.mark.process
async def test_behind_a_proxy_the_client_s_address_counts(behind_proxy: Server) -> None:
    for number in range(2):
        # The client's own claim is left of what the proxy adds, and changes with every request.
        assert (await guess(behind_proxy, f"203.0.113.{number}, 198.51.100.7")).status_code == 401
    refused = await guess(behind_proxy, "203.0.113.9, 198.51.100.7")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 800
    assert (await guess(behind_proxy, "198.51.100.8")).status_code == 401


@pytest.mark.process
async def test_without_a_trusted_proxy_nobody_chooses_an_address(in_the_open: Server) -> None:
    for number in range(2):
        assert (await guess(in_the_open, f"203.0.113.{number}")).status_code == 401
    assert (await guess(in_the_open, "203.0.113.9")).status_code == 429


@pytest.mark.process
async def test_wrong_secrets_add_up_over_both_processes(servers: tuple[Server, Server], database: Database) -> None:
    assert database is not None
    answers = [await guess(servers[0], "127.0.0.1"), await guess(servers[1], ""), await guess(servers[0], "127.0.0.1")]
    assert [answer.status_code for answer in answers] == [401, 401, 429]


@pytest.mark.process
async def test_only_what_came_to_the_proxy_by_https_is_bound_to_it(behind_proxy: Server, in_the_open: Server) -> None:
    headers = {"X-Forwarded-Proto": "https"}
    async with behind_proxy.client() as http:
        assert "strict-transport-security" in (await http.get("/health/live", headers=headers)).headers
        assert "strict-transport-security" not in (await http.get("/health/live")).headers
    async with in_the_open.client() as http:
        assert "strict-transport-security" not in (await http.get("/health/live", headers=headers)).headers


@pytest.mark.parametrize("value", ["*", "0.0.0.0/0", "::/0", "10.0.0.1/8", "proxy.internal", "10.0.0.1;10.0.0.2"])
def test_who_may_not_be_trusted_as_a_proxy_ends_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("IKK_TRUSTED_PROXIES", value)
    with pytest.raises(ValueError, match="trusted_proxies"):
        Settings()


@pytest.mark.parametrize("value", ["10.0.0.5, fd00::/8", '["10.0.0.5", "fd00::/8"]'])
def test_proxies_are_named_by_commas_or_as_json(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("IKK_TRUSTED_PROXIES", value)
    assert Settings().trusted_proxies == ("10.0.0.5", "fd00::/8")
