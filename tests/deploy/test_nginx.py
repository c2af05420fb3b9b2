"""The reverse proxy of `deploy/nginx.conf`: a real nginx before two real server processes."""

import asyncio
import re
import ssl
import subprocess
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
import yaml

from app.platform.database import Database
from tests.support.factories import make_agency, make_body
from tests.support.programs import DEPLOY, needs, started
from tests.support.proxy import OFFICE, Proxy
from tests.support.serving import put, serving
from tests.support.wire import eventually

pytestmark = pytest.mark.foreign

NIK = "6372015507850001"
TOKEN = "zebra-Zebra_0123456789-zebra"
SERVERS = {
    "IKK_ISSUER": "https://127.0.0.1",
    "IKK_TRUSTED_PROXIES": "127.0.0.1",
    "IKK_SIGN_IN_FAILURES_PER_ADDRESS": "3",
}


@pytest.fixture(scope="module")
async def proxy(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Proxy]:
    needs("nginx", "nginx")
    one, two, folder = (tmp_path_factory.mktemp(name) for name in ("one", "two", "nginx"))
    ring = {"IKK_KEYS_FILE": str(one / "keys.json")}
    async with serving(one, dsn, **ring, **SERVERS) as first, serving(two, dsn, **ring, **SERVERS) as second:
        proxy = Proxy(folder, (first, second))
        with started([*proxy.command, "-g", "daemon off;"], folder / "output"):
            await eventually(proxy.is_ready)
            yield proxy


@pytest.fixture
async def http(proxy: Proxy, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    assert database is not None
    async with proxy.client() as client:
        yield client


async def test_nginx_finds_nothing_wrong_in_the_file(proxy: Proxy) -> None:
    testing = await asyncio.create_subprocess_exec(*proxy.command, "-t", stderr=subprocess.PIPE)
    _, said = await testing.communicate()
    assert testing.returncode == 0
    assert b"warn" not in said
    assert b"test is successful" in said


async def test_nginx_takes_the_servers_of_compose(proxy: Proxy) -> None:
    compose = yaml.safe_load((DEPLOY.parent / "compose.yaml").read_text("utf-8"))
    servers = proxy.folder / "ikk-servers.conf"
    before = servers.read_text()
    servers.write_text(compose["configs"]["servers"]["content"])
    try:
        testing = await asyncio.create_subprocess_exec(*proxy.command, "-t", stderr=subprocess.DEVNULL)
        assert await testing.wait() == 0
    finally:
        servers.write_text(before)


def test_the_servers_that_it_names_are_those_of_the_guide() -> None:
    ports = re.findall(r"^server 127\.0\.0\.1:(\d+);$", (DEPLOY / "ikk-servers.conf").read_text(), re.MULTILINE)
    assert ports == ["8001", "8002"]


async def test_it_works(http: httpx.AsyncClient, database: Database) -> None:
    """An agency signs in, sends an interview, reads it and its aggregate."""
    async with database.session() as session:
        scopes = ["submissions:write", "submissions:read", "submissions:review", "aggregates:read"]
        secret = await make_agency(session, "dp3a", scopes=scopes, regions=["63"])
    form = {"grant_type": "client_credentials", "client_id": "dp3a", "client_secret": secret}
    del http.headers["Authorization"]
    issued = await http.post("/v1/token", data=form)
    assert issued.status_code == 200
    http.headers["Authorization"] = f"Bearer {issued.json()['access_token']}"
    sent = await put(http)
    assert sent.status_code == 201
    assert (await http.get(f"/v1/submissions/{sent.json()['id']}")).status_code == 200
    assert (await http.get("/v1/aggregates/6372061004/2025")).json()["families"] == 1


async def test_the_service_knows_that_the_client_came_by_https(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/regions/63")
    assert answer.headers.get_list("strict-transport-security") == ["max-age=31536000"]
    assert answer.headers["server"] == "nginx"


async def test_http_is_sent_to_https_but_no_body_and_no_password_is(proxy: Proxy) -> None:
    async with httpx.AsyncClient(base_url=f"http://localhost:{proxy.http}") as plain:
        found = await plain.get("/v1/regions/63?q=a")
        assert (found.status_code, found.headers["location"]) == (308, "https://localhost/v1/regions/63?q=a")
        for refused in (await plain.post("/v1/token", data={"password": "a"}), await put(plain)):
            assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path", "media_type", "largest"),
    [
        ("PUT", "/v1/submissions/3b0b4a5e-0f5e-4a53-9d52-9e4c1f8f7a11", "application/json", 65_536),
        ("POST", "/v1/submissions/batch", "application/json", 4_194_304),
        ("POST", "/v1/submissions/reconcile", "application/json", 1_048_576),
        ("POST", "/v1/scores", "application/json", 65_536),
        ("POST", "/v1/people/import", "text/csv", 524_288),
        ("POST", "/v1/people/codes", "text/csv", 524_288),
        ("POST", "/v1/statistics/cases", "text/csv", 4_194_304),
        ("PUT", "/v1/statistics/cases/63/2023", "application/json", 262_144),
        ("POST", "/v1/subject-requests/3b0b4a5e-0f5e-4a53-9d52-9e4c1f8f7a11/fulfil", "application/json", 262_144),
        ("POST", "/v1/token", "application/x-www-form-urlencoded", 16_384),
        ("POST", "/odk/submission", "multipart/form-data; boundary=a", 524_288),
        ("POST", f"/odk/k/{TOKEN}/submission", "multipart/form-data; boundary=a", 524_288),
    ],
)
async def test_a_body_that_is_too_large_returns_413_as_a_problem(
    http: httpx.AsyncClient, method: str, path: str, media_type: str, largest: int
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(largest // 1024 + 1):
            yield b"a" * 1024

    for content in (b"a" * (largest + 1), chunks()):
        answer = await http.request(method, path, content=content, headers={"Content-Type": media_type})
        assert answer.status_code == 413, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:ikk:problem:body-too-large"
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
    fits = await http.request(method, path, content=b"a" * largest, headers={"Content-Type": media_type})
    assert fits.status_code in (400, 401, 403, 404, 422)
    assert fits.headers["x-request-id"]


async def test_a_body_that_a_route_takes_passes_the_proxy(http: httpx.AsyncClient) -> None:
    """OpenAPI says how many bytes a body may have. The proxy must let as many through."""
    for path, operations in (await http.get("/openapi.json")).json()["paths"].items():
        for method, operation in operations.items():
            body = operation.get("requestBody", {})
            described = re.search(r"At most ([\d,]+) bytes", body.get("description", ""))
            if described is None:
                continue
            largest = int(described[1].replace(",", ""))
            where = re.sub(r"\{\w+\}", "3b0b4a5e-0f5e-4a53-9d52-9e4c1f8f7a11", path)
            media_type = next(iter(body["content"]))
            for size, refused in ((largest, False), (largest + 1, True)):
                answer = await http.request(method, where, content=b"a" * size, headers={"Content-Type": media_type})
                assert (answer.status_code == 413) == refused, f"{method} {path}: see deploy/nginx.conf"


async def test_metrics_are_not_public_by_any_spelling(proxy: Proxy, http: httpx.AsyncClient) -> None:
    async with proxy.servers[0].client() as direct:
        assert (await direct.get("/metrics")).status_code == 200
    for path in ("/metrics", "/metrics/", "//metrics", "/%6detrics", "/v1/../metrics", "/./metrics"):
        request = http.build_request("GET", path)
        request.url = request.url.copy_with(raw_path=path.encode())
        answer = await http.send(request)
        assert answer.status_code == 404, path
        assert "ikk_request_seconds" not in answer.text


async def guess(http: httpx.AsyncClient, address: str) -> int:
    form = {"grant_type": "client_credentials", "client_id": f"nobody-{uuid4()}", "client_secret": "wrong"}
    claims = {
        "X-Forwarded-For": address,
        "X-Real-IP": address,
        "Forwarded": f"for={address}",
        "X-Forwarded-Proto": "http",
    }
    return (await http.post("/v1/token", data=form, headers=claims)).status_code


async def test_nobody_chooses_the_address_by_which_the_service_counts(http: httpx.AsyncClient) -> None:
    del http.headers["Authorization"]
    answers = [await guess(http, f"203.0.113.{number}") for number in range(5)]
    assert answers == [401, 401, 401, 429, 429]


async def test_the_log_names_neither_tokens_nor_numbers_nor_values(proxy: Proxy, http: httpx.AsyncClient) -> None:
    dotted, encoded = "637201.550785.0001", "".join(f"%{ord(digit):02X}" for digit in NIK)
    paths = [
        f"{before}{secret}{after}"
        for secret in (TOKEN, NIK, dotted, encoded, f"{NIK[:6]}-{NIK[6:]}", "siti-aminah", str(uuid4()))
        for before, after in (
            ("/odk/k/", "/formList"),
            ("/odk/k/", "/forms/ikk-29/2025.1-1.xml?deviceID=collect%3A1"),
            ("/ODK/k/", "/submission"),
            ("/odk//k/", "/submission"),
            ("/odk/", "/formList"),
            ("/odk/forms/", "/1.xml"),
            ("/", ""),
            ("/v1/", ""),
            ("/v1/families/", "/identity"),
            ("/v1/submissions/", ""),
            ("/v1/aggregates/", "/2025"),
            ("/v1/regions/", ""),
            ("/v1/people/", "/grants/1"),
            ("/v1/submissions?cursor=", ""),
            ("/docs?", "=1"),
            ("/%7Ebob/", "%0Asecond-line"),
        )
    ]
    for path in paths:
        await http.get(path, headers={"Referer": f"https://a/{TOKEN}", "User-Agent": TOKEN, "Cookie": NIK})
    await http.request("ZEBRA-ZEBRA", f"/v1/regions/{TOKEN}")
    await http.put(f"/v1/submissions/{TOKEN}?nik={NIK}", content=b"a" * 70_000)
    logged = proxy.access_log.read_text("utf-8") + proxy.error_log.read_text("utf-8")
    assert len(proxy.lines()) >= len(paths) + 2
    for private in ("zebra", "637201", "550785", "siti", "second-line", "bob", "Bearer", proxy.servers[0].token):
        assert private.lower() not in logged.lower(), private
    assert set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", logged)) <= {line["request_id"] for line in proxy.lines()}
    assert {line["address"] for line in proxy.lines()} <= {OFFICE, "127.0.0.1"}


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/v1/aggregates/6372061004/2025", "/v1/aggregates/6372061004/2025"),
        ("/v1/aggregates/63.72/trend?from=2024&to=2025", "/v1/aggregates/63.72/trend?…"),
        ("/v1/aggregates/ID/2025", "/v1/aggregates/ID/2025"),
        ("/v1/regions?parent=63", "/v1/regions?…"),
        ("/v1/me", "/v1/me"),
        ("/v1/submissions", "/v1/submissions"),
        ("/v1/submissions/3b0b4a5e-0f5e-4a53-9d52-9e4c1f8f7a11", "/v1/submissions/…"),
        ("/v1/instruments/ikk-29/2025.1/schema", "/v1/instruments/…"),
        ("/.well-known/jwks.json", "/.well-known/jwks.json"),
        ("/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server"),
        ("/docs", "/docs"),
        ("/", "/"),
        ("/sign-in?next=/regions/63/2025", "/sign-in?…"),
        ("/sign-in/outside/return?code=x&state=y", "/sign-in/outside/return?…"),
        ("/regions/63.72/2025?sort=value", "/regions/63.72/2025?…"),
        ("/regions/ID", "/regions/ID"),
        ("/search?q=landasan", "/search?…"),
        ("/compare", "/compare"),
        ("/assets/pages-0123456789abcdef.css", "/assets/…"),
        ("/regions/siti", "/…"),
        (f"/odk/k/{TOKEN}/formList?deviceID=a", "/odk/k/…?…"),
        (f"/odk/k/{TOKEN}/submission", "/odk/k/…"),
        ("/odk/formList?deviceID=a", "/odk/formList?…"),
        ("/odk/submission", "/odk/submission"),
        ("/odk/forms/ikk-29/2025.1-1.xml", "/odk/forms/…"),
    ],
)
async def test_the_log_says_what_was_asked_for(proxy: Proxy, http: httpx.AsyncClient, path: str, logged: str) -> None:
    answer = await http.get(path)
    line = await proxy.line_of(answer.headers["x-request-id"])
    assert (line["path"], line["method"], line["status"]) == (logged, "GET", answer.status_code)
    assert line["server"] in {f"127.0.0.1:{server.port}" for server in proxy.servers}


async def test_the_log_shows_every_capability(proxy: Proxy, http: httpx.AsyncClient) -> None:
    paths = (await http.get("/openapi.json")).json()["paths"]
    named = {path.split("/")[2] for path in paths if path.startswith("/v1/")}
    assert len(named) > 8
    for name in named:
        answer = await http.get(f"/v1/{name}")
        line = await proxy.line_of(answer.headers["x-request-id"])
        assert line["path"] == f"/v1/{name}", f"add {name} to the map of paths in deploy/nginx.conf"


async def test_many_requests_at_once_of_one_office_are_taken_and_a_flood_is_not(
    proxy: Proxy, http: httpx.AsyncClient
) -> None:
    answers = await asyncio.gather(*(http.get("/health/live") for _ in range(40)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 10 <= len(refused) <= 30
    assert refused[0].headers["content-type"] == "application/problem+json"
    waits = {int(answer.headers["retry-after"]) for answer in refused}
    assert waits <= set(range(1, 6))
    assert len(waits) > 1
    answers = await asyncio.gather(*(http.get("/.well-known/jwks.json") for _ in range(300)))
    assert {answer.status_code for answer in answers} == {200}
    await asyncio.sleep(2)


async def test_large_headers_and_long_addresses_return_problems(http: httpx.AsyncClient) -> None:
    assert (await http.get("/v1/regions/63", headers={"Accept-Language": "en," * 1500})).status_code == 200
    for answer in (
        await http.get("/v1/regions/63", headers={"X-Long": "a" * 9000}),
        await http.get("/v1/regions?q=" + "a" * 9000),
    ):
        assert answer.status_code in (400, 414)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_old_versions_of_tls_are_refused(proxy: Proxy) -> None:
    outdated = proxy.trust()
    outdated.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        outdated.maximum_version = ssl.TLSVersion.TLSv1_1
    outdated.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        await asyncio.open_connection("127.0.0.1", proxy.https, ssl=outdated)


async def test_a_process_is_taken_out_and_in_without_a_failed_request(proxy: Proxy, http: httpx.AsyncClient) -> None:
    """While requests run, nginx reloads with one server, then with both again.

    nginx closes connections that are silent as it reloads. A request that meets such a close is sent again under the
    same id, as every device does (RFC 9110, section 9.2.2).
    """
    answers: list[int] = []
    stop = asyncio.Event()

    async def send() -> None:
        seed = 0
        while not stop.is_set():
            seed += 1
            path, body = f"/v1/submissions/{uuid4()}", make_body(seed)
            try:
                answer = await http.put(path, json=body)
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
                answer = await http.put(path, json=body)
            answers.append(answer.status_code)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(send())
        for servers in (proxy.servers[:1], proxy.servers):
            proxy.serve_by(servers)
            reloading = await asyncio.create_subprocess_exec(*proxy.command, "-s", "reload")
            assert await reloading.wait() == 0
            await asyncio.sleep(1.5)
        stop.set()
    assert len(answers) > 5
    assert set(answers) <= {200, 201}


async def test_an_idle_connection_to_a_process_is_never_used_as_it_closes(http: httpx.AsyncClient) -> None:
    """A process closes a silent connection after five seconds. POST is what nginx would not repeat."""
    for pause in (4.9, 5.0, 5.1):
        await asyncio.gather(*(http.post("/v1/scores", json={}) for _ in range(8)))
        await asyncio.sleep(pause)
        answers = await asyncio.gather(*(http.post("/v1/scores", json={}) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {422}


async def test_a_dead_process_is_passed_over_and_no_process_is_a_problem(proxy: Proxy, http: httpx.AsyncClient) -> None:
    first, second = proxy.servers
    second.program.kill()
    second.program.wait()
    assert {(await put(http, seed)).status_code for seed in range(1, 9)} == {201}
    first.program.kill()
    first.program.wait()
    answer = await http.get(f"/v1/regions/{TOKEN}?token={TOKEN}")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "application/problem+json")
    assert 5 <= int(answer.headers["retry-after"]) <= 9
    assert "zebra" not in proxy.error_log.read_text("utf-8") + proxy.access_log.read_text("utf-8")
