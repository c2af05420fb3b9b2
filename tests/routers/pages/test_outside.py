"""/sign-in/outside: people of the outside issuer sign in on pages, by the authorization code grant with PKCE."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from pydantic import SecretStr, ValidationError

from app.config import Settings
from app.main import create_app
from app.platform.database import Database
from app.platform.outside_issuer import OutsideIssuer
from tests.support.issuer import Issuer, issuing
from tests.support.pages import ORIGIN, Visitor, words_of

RETURN = "/sign-in/outside/return"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as found:
        yield found


@pytest.fixture(scope="module")
async def usual_app(settings: Settings, dsn: str) -> AsyncIterator[FastAPI]:
    """The application of all tests of this file. Each has an issuer of its own, so the first one is nowhere."""
    changed = {
        "issuer": ORIGIN,
        "oidc_issuer": "http://127.0.0.1:1",
        "oidc_audience": "ikk",
        "oidc_roles": {"dp3a": ("analyst@6372",), "officer": ("data_protection_officer@6372",)},
        "oidc_client_id": "ikk-web",
        "oidc_client_secret": SecretStr("rahasia klien"),
    }
    app = create_app(settings.model_copy(update=changed), dsn)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def outside_app(usual_app: FastAPI, database: Database, issuer: Issuer) -> Iterator[FastAPI]:
    assert database is not None
    state, usual = usual_app.state, usual_app.state.settings
    state.settings = usual.model_copy(update={"oidc_issuer": issuer.address})
    state.tokens.outside = OutsideIssuer.of(state.settings)
    yield usual_app
    state.settings = usual


@pytest.fixture
async def visitor(outside_app: FastAPI, issuer: Issuer) -> AsyncIterator[Visitor]:
    issuer.claims = {"ikk_roles": ["dp3a"]}
    transport = ASGITransport(app=outside_app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url=ORIGIN) as http:
        yield Visitor(http)


async def go(visitor: Visitor, next: str = "/regions/6372/2025") -> str:
    """Goes to the issuer, signs in there and returns the address to which it leads back."""
    begun = await visitor.http.get("/sign-in/outside", params={"next": next})
    assert begun.status_code == 303, begun.text
    async with httpx.AsyncClient(verify=False) as http:
        answer = await http.get(begun.headers["location"])
    assert answer.status_code == 302
    return str(answer.headers["location"])


async def sign_in(visitor: Visitor) -> Response:
    return await visitor.look(await go(visitor))


async def test_it_works(visitor: Visitor) -> None:
    assert "Masuk dengan akun kantor" in words_of((await visitor.look("/sign-in")).text)
    answer = await sign_in(visitor)
    assert answer.status_code == 200
    assert 'content="0; url=/regions/6372/2025"' in answer.text, "a redirect would come without the strict cookie"
    page = await visitor.look("/regions/6372/2025")
    assert "Kota Banjarbaru" in page.text
    assert (await visitor.look("/regions/63/2025")).status_code == 403


async def test_the_issuer_is_asked_with_everything_that_protects_the_answer(visitor: Visitor, issuer: Issuer) -> None:
    address = urlsplit((await visitor.http.get("/sign-in/outside")).headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{issuer.address}/authorize"
    asked = {name: value for name, (value,) in parse_qs(address.query).items()}
    assert {name: asked[name] for name in ("response_type", "client_id", "redirect_uri", "scope")} == {
        "response_type": "code",
        "client_id": "ikk-web",
        "redirect_uri": f"{ORIGIN}{RETURN}",
        "scope": "openid",
    }
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    again = urlsplit((await visitor.http.get("/sign-in/outside")).headers["location"])
    assert not {asked[name] for name in ("state", "nonce", "code_challenge")} & set(
        dict(parse_qsl(again.query)).values()
    )


async def test_the_cookie_of_a_sign_in_comes_back_from_the_issuer_and_ends_soon(visitor: Visitor) -> None:
    begun = await visitor.http.get("/sign-in/outside")
    (line,) = [each for each in begun.headers.get_list("set-cookie") if each.startswith("ikk-outside=")]
    assert {each.lower() for each in line.split("; ")[1:]} == {"httponly", "path=/", "samesite=lax", "max-age=600"}


async def test_a_public_client_needs_no_secret(visitor: Visitor, outside_app: FastAPI, issuer: Issuer) -> None:
    changed = outside_app.state.settings.model_copy(update={"oidc_client_secret": None})
    outside_app.state.settings, issuer.secret = changed, None
    assert (await sign_in(visitor)).status_code == 200


async def test_an_answer_is_taken_once(visitor: Visitor) -> None:
    address = await go(visitor)
    assert (await visitor.look(address)).status_code == 200
    again = await visitor.look(address)
    assert (again.status_code, again.headers["location"]) == (303, "/"), "the session goes on"
    visitor.http.cookies.clear()
    assert (await visitor.look(address)).status_code == 400


async def assert_refused(visitor: Visitor, address: str, status: int = 400) -> None:
    answer = await visitor.look(address)
    assert answer.status_code == status, answer.text
    assert "ikk" not in visitor.http.cookies
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "change",
    [
        lambda address: re.sub(r"state=[^&]+", "state=x", address),
        lambda address: re.sub(r"state=[^&]+&", "", address),
        lambda address: re.sub(r"code=[^&]+", "code=x", address),
        lambda address: re.sub(r"code=[^&]+&", "error=access_denied&", address),
        lambda address: re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Fjahat.example", address),
        lambda address: address.partition("?")[0],
    ],
    ids=["another state", "no state", "another code", "an error", "another issuer", "nothing"],
)
async def test_a_changed_answer_is_refused(visitor: Visitor, change: Any) -> None:
    await assert_refused(visitor, change(await go(visitor)))


async def test_the_answer_for_another_browser_is_refused(visitor: Visitor) -> None:
    """Otherwise a stranger could sign somebody in to the stranger's own account."""
    address = await go(visitor)
    visitor.http.cookies.clear()
    await assert_refused(visitor, address)
    await visitor.http.get("/sign-in/outside")
    await assert_refused(visitor, address)


@pytest.mark.parametrize("cookie", ["", "x", "zz.00", "7b7d.00", "00" * 2000 + ".x", "é"])
async def test_a_changed_cookie_is_refused(visitor: Visitor, cookie: str) -> None:
    address = await go(visitor)
    visitor.http.cookies.clear()
    headers = [(b"cookie", f"ikk-outside={cookie}".encode()), (b"accept", b"text/html")]
    assert (await visitor.http.get(address, headers=headers)).status_code == 400


@pytest.mark.parametrize(
    "claims",
    [
        {"id_token": {"nonce": "x"}},
        {"id_token": {"nonce": None}},
        {"id_token": {"aud": "another"}},
        {"id_token": {"azp": "another"}},
        {"id_token": {"iss": "https://jahat.example"}},
        {"id_token": {"exp": 1}},
        {"id_token": {"header": {"kid": "unknown"}}},
    ],
    ids=str,
)
async def test_the_id_token_has_to_be_of_this_sign_in(visitor: Visitor, issuer: Issuer, claims: dict[str, Any]) -> None:
    issuer.claims = {"ikk_roles": ["dp3a"], **claims}
    await assert_refused(visitor, await go(visitor))


@pytest.mark.parametrize(
    "claims", [{"ikk_roles": ["officer"]}, {"ikk_roles": []}, {"ikk_roles": ["dp3a"], "aud": "another"}], ids=str
)
async def test_an_account_without_a_role_for_figures_is_told_so(
    visitor: Visitor, issuer: Issuer, claims: dict[str, Any]
) -> None:
    issuer.claims = claims
    await assert_refused(visitor, await go(visitor), 403)


async def test_a_token_that_no_cookie_holds_is_said(visitor: Visitor, issuer: Issuer) -> None:
    issuer.claims = {"ikk_roles": ["dp3a"], "groups": ["x" * 4000]}
    await assert_refused(visitor, await go(visitor), 403)


async def test_nobody_is_led_away_afterwards(visitor: Visitor) -> None:
    answer = await visitor.look(await go(visitor, "//jahat.example"))
    assert 'content="0; url=/"' in answer.text
    assert "jahat" not in answer.text


@pytest.mark.parametrize("endpoint", ["authorization_endpoint", "token_endpoint"])
@pytest.mark.parametrize("address", ["http://jahat.example/x", "file:///etc/passwd", "", "http://[", None])
async def test_an_issuer_that_publishes_no_safe_address_is_unavailable(
    visitor: Visitor, issuer: Issuer, endpoint: str, address: str | None
) -> None:
    issuer.says = {endpoint: address}
    answer = await visitor.look("/sign-in/outside")
    if endpoint == "token_endpoint":
        answer = await visitor.look(await go(visitor))
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_an_issuer_that_is_away_is_said_on_a_page(visitor: Visitor, issuer: Issuer) -> None:
    address = await go(visitor)
    issuer.server.shutdown()
    issuer.server.server_close()
    answer = await visitor.look(address)
    assert answer.status_code == 503
    assert "ikk" not in visitor.http.cookies


async def test_signing_out_ends_the_token_here(visitor: Visitor) -> None:
    await sign_in(visitor)
    token = visitor.http.cookies["ikk"]
    assert (await visitor.sign_out()).headers["location"] == "/sign-in"
    visitor.http.cookies.set("ikk", token, domain="ikk.test")
    assert (await visitor.look("/")).status_code == 303


async def test_without_a_client_there_is_no_such_page(client: Any) -> None:
    for path in ("/sign-in/outside", RETURN):
        assert (await client.http.get(path)).status_code == 404
    assert "akun kantor" not in words_of((await client.http.get("/sign-in")).text).replace("akun kantor, Anda", "")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"oidc_client_id": "ikk-web"}, "together with IKK_OIDC_ISSUER"),
        (
            {
                "oidc_issuer": "https://sso.example.go.id",
                "oidc_audience": "ikk",
                "oidc_clients": ("apl",),
                "oidc_client_id": "ikk-web",
            },
            "IKK_OIDC_CLIENTS too",
        ),
        ({"oidc_scopes": ("profile",)}, "openid must be among them"),
    ],
)
def test_settings_that_do_not_fit_are_refused(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Settings(**changed)


def test_the_secret_is_not_printed() -> None:
    settings = Settings(oidc_client_secret=SecretStr("rahasia klien"))
    assert "rahasia" not in repr(settings)
