"""A public address with a path, behind proxies that take the path away and behind those that pass it on.

The application alone. `tests/deploy/test_path_of_proxy.py` has a real nginx and a real browser.
"""

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from pydantic import ValidationError

from app.config import OWN_ADDRESSES, Settings
from app.main import create_app
from tests.test_routes import every_route

ISSUER = "https://example.go.id/layanan/ikk"
PATH = "/layanan/ikk"
METADATA = "/.well-known/oauth-authorization-server"


@pytest.fixture(scope="module")
def below_path(settings: Settings, dsn: str) -> FastAPI:
    return create_app(settings.model_copy(update={"issuer": ISSUER}), dsn)


@pytest.fixture(params=[PATH, ""], ids=["passed on", "taken away"])
async def http(below_path: FastAPI, request: pytest.FixtureRequest) -> AsyncIterator[AsyncClient]:
    """A client whose requests reach the service with the path or without it."""
    transport = ASGITransport(app=below_path, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url=f"http://10.0.0.5{request.param}") as client:
        yield client


def at_service(http: AsyncClient, public: str) -> str:
    """The address to which a proxy sends a request for a public address."""
    assert public.startswith(f"{PATH}/")
    return f"{http.base_url.path.rstrip('/')}{public.removeprefix(PATH)}"


async def test_it_works(http: AsyncClient) -> None:
    assert (await http.get("/health/live")).json() == {"status": "live"}
    assert (await http.get("/v1/regions")).status_code == 401
    assert (await http.get("/v1/nothing")).status_code == 404
    assert (await http.get("/v1/families/find")).headers["allow"] == "POST"


async def test_the_page_of_documentation_loads_and_may_run_what_it_holds(http: AsyncClient) -> None:
    page = await http.get("/docs")
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    (script,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    (document,) = re.findall(r"url: '([^']+)'", script)
    assert document == f"{PATH}/openapi.json"
    for link in (*links, document):
        assert (await http.get(f"http://10.0.0.5{at_service(http, link)}")).status_code == 200, link
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page.headers["content-security-policy"]


async def test_the_document_names_the_public_address(http: AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()
    assert [server["url"] for server in document["servers"]] == [ISSUER, PATH]
    flows = document["components"]["securitySchemes"]["oauth2"]["flows"]
    for flow in flows.values():
        for server in document["servers"]:
            assert urljoin(urljoin(ISSUER, server["url"]), flow["tokenUrl"]) == f"{ISSUER}/v1/token"
    assert all(path.startswith(("/v1/", "/health/", "/metrics", "/.well-known/")) for path in document["paths"])


async def test_the_metadata_name_the_public_address_and_are_found_by_rfc_8414(http: AsyncClient) -> None:
    metadata = (await http.get(METADATA)).json()
    assert metadata["issuer"] == ISSUER
    for name, value in metadata.items():
        if name.endswith(("_endpoint", "_uri", "_documentation")):
            assert value.startswith(f"{ISSUER}/"), name
            assert (
                await http.get(f"http://10.0.0.5{at_service(http, value[len('https://example.go.id') :])}")
            ).status_code != 404
    assert (await http.get(f"http://10.0.0.5{METADATA}{PATH}")).json() == metadata


@pytest.mark.parametrize("path", [f"{PATH}//", f"{PATH}{PATH}/health/live", "/layanan/ikk2/health/live", "/layanan"])
async def test_other_addresses_are_not_found(below_path: FastAPI, path: str) -> None:
    async with AsyncClient(transport=ASGITransport(app=below_path), base_url="http://10.0.0.5") as http:
        assert (await http.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["", "/", PATH, f"{PATH}/"])
async def test_pages_lead_on_below_the_path(below_path: FastAPI, path: str) -> None:
    """Also for who types the address without a slash, whether or not the proxy takes the path away."""
    async with AsyncClient(transport=ASGITransport(app=below_path), base_url="http://10.0.0.5") as http:
        answer = await http.get(path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}/sign-in")
        form = (await http.get(answer.headers["location"])).text
    assert re.findall(r'(?:href|action)="(?!#)(?!/layanan/ikk/)[^"]*"', form) == []


async def test_a_slash_too_many_is_not_found_and_nothing_redirects(http: AsyncClient, below_path: FastAPI) -> None:
    """A redirect would name the host that the client sent, at http, and lose the path and the body."""
    pages = ("/docs", "/docs/oauth2-redirect", "/openapi.json", "/static-offline-docs")
    for address in (*below_path.openapi()["paths"], *pages):
        path = re.sub(r"\{\w+\}", "6372", address)
        for changed in (f"{path}/", f"{path}//", f"/{path}"):
            for method in ("GET", "HEAD", "POST", "PUT"):
                answer = await http.request(method, f"http://10.0.0.5{http.base_url.path.rstrip('/')}{changed}")
                # There are files below this one, and files have no other methods.
                files = changed.startswith("/static-offline-docs/") and method in ("POST", "PUT")
                assert answer.status_code == (405 if files else 404), (method, changed)
                assert "location" not in answer.headers


def test_without_a_path_there_is_none() -> None:
    assert Settings(issuer="https://ikk.example.go.id").root_path == ""
    assert Settings(issuer=ISSUER).root_path == PATH


@pytest.mark.parametrize(
    "issuer",
    [
        "https://example.go.id/",
        "https://example.go.id/ikk/",
        "https://example.go.id//ikk",
        "ftp://example.go.id",
        "https://example.go.id/a b",
        "https://example.go.id/ikk?x",
        "https://example.go.id/../ikk",
        "example.go.id",
    ],
)
def test_an_issuer_is_an_address_without_a_slash_at_its_end(issuer: str) -> None:
    with pytest.raises(ValidationError, match="without a slash at its end"):
        Settings(issuer=issuer)


async def test_the_path_is_none_of_the_services_own(app: FastAPI) -> None:
    """Otherwise nobody could tell whether a proxy took it away."""
    paths = [*app.openapi()["paths"], *(getattr(route, "path", "") for route in app.routes)]
    paths += [route.path for route in every_route()]
    assert {path.split("/")[1] for path in paths if path.strip("/")} == OWN_ADDRESSES
    for own in OWN_ADDRESSES - {".well-known"}:  # no step begins with a dot
        with pytest.raises(ValidationError, match="one of the service's own"):
            Settings(issuer=f"https://example.go.id/{own}/ikk")
