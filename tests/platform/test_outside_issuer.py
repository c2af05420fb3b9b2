"""Tokens of an outside OpenID Connect issuer: accepted as configured, mapped to roles in regions, and never ours."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from httpx import ASGITransport, AsyncClient
from pydantic import ValidationError

from app.config import Settings
from app.main import create_app
from app.platform import outside_issuer
from app.platform.tokens import Tokens
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client
from tests.support.issuer import Issuer, encode, issuing, published
from tests.support.people import me


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as found:
        yield found


@asynccontextmanager
async def accepting(settings: Settings, dsn: str, issuer: Issuer, **changed: Any) -> AsyncIterator[Client]:
    """A client of an application that accepts the issuer's tokens."""
    update = {"oidc_issuer": issuer.address, "oidc_audience": "ikk", **changed}
    app = create_app(settings.model_copy(update=update), dsn)
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://ikk.test") as http:
        yield Client(http, app)


@pytest.fixture
def there(client: Client, settings: Settings, issuer: Issuer) -> Iterator[Client]:
    """A client of the application, which accepts the issuer's tokens during the test."""
    changed = settings.model_copy(update={"oidc_issuer": issuer.address, "oidc_audience": "ikk"})
    state = client.app.state
    before, state.tokens = state.tokens, Tokens(changed, state.keys)
    yield client
    state.tokens = before


async def test_it_works(settings: Settings, dsn: str, issuer: Issuer) -> None:
    async with accepting(settings, dsn, issuer) as client:
        response = await me(client, issuer.token())
    assert response.status_code == 200, response.text
    body = response.json()
    assert (body["kind"], body["scopes"]) == ("outside", {"aggregates:read": ["63"]})
    assert UUID(body["id"]).version == 5


async def test_it_opens_its_region_and_no_other(there: Client, issuer: Issuer) -> None:
    there.http.headers["Authorization"] = f"Bearer {issuer.token()}"
    assert (await there.get("/v1/aggregates/6372/2025")).status_code == 200
    assert (await there.get("/v1/aggregates/64/2025")).status_code == 403
    assert (await there.get("/v1/submissions")).status_code == 403


async def test_a_person_there_is_always_the_same_here_and_nobody_else(there: Client, issuer: Issuer) -> None:
    ids = [
        (await me(there, issuer.token(sub=sub, jti=jti))).json()["id"]
        for sub, jti in (("a", "1"), ("a", "2"), ("b", "3"))
    ]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(("algorithm", "elliptic"), [("RS256", False), ("PS256", False), ("ES256", True)])
async def test_each_of_its_algorithms_works(there: Client, issuer: Issuer, algorithm: str, elliptic: bool) -> None:
    if elliptic:
        issuer.keys["one"] = ec.generate_private_key(ec.SECP256R1())
    assert (await me(there, issuer.token(algorithm=algorithm))).status_code == 200


async def test_groups_are_mapped_by_the_settings(settings: Settings, dsn: str, issuer: Issuer) -> None:
    roles = {"dp3a": ("analyst@63.72", "supervisor@6372"), "desa": (f"kader@{LANDASAN_ULIN_SELATAN}",)}
    changed: dict[str, Any] = {"oidc_roles": roles, "oidc_roles_claim": "realm_access.roles"}
    async with accepting(settings, dsn, issuer, **changed) as client:
        token = issuer.token(ikk_roles=None, realm_access={"roles": ["dp3a", "desa", "unknown", "operator"]})
        scopes = (await me(client, token)).json()["scopes"]
    assert scopes["aggregates:read"] == ["6372"]
    assert scopes["submissions:write"] == [LANDASAN_ULIN_SELATAN]
    assert scopes["submissions:read"] == ["6372"]


@pytest.mark.parametrize(
    "roles",
    [
        None,
        [],
        "",
        7,
        {"analyst": "63"},
        ["analyst"],
        ["analyst@"],
        ["@63"],
        ["nobody@63"],
        ["analyst@6x"],
        ["kader@63"],
        ["analyst@63.7206"],
        [["analyst@63"]],
        [None, 7],
    ],
)
async def test_who_holds_no_role_here_is_refused(there: Client, issuer: Issuer, roles: object) -> None:
    assert (await me(there, issuer.token(ikk_roles=roles))).status_code == 401


async def test_what_is_not_understood_is_left_out(there: Client, issuer: Issuer) -> None:
    roles = ["analyst@63", "nobody@63", "kader@ID", "analyst@x", "supervisor@6372"]
    body = (await me(there, issuer.token(ikk_roles=roles))).json()
    assert body["scopes"]["aggregates:read"] == ["63"]
    assert body["scopes"]["submissions:review"] == ["6372"]
    assert "submissions:write" not in body["scopes"]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"aud": "another"}, id="for another audience"),
        pytest.param({"aud": None}, id="without audience"),
        pytest.param({"exp": int(time.time()) - 5}, id="expired"),
        pytest.param({"exp": None}, id="without end"),
        pytest.param({"exp": 1e400}, id="without end, as a number"),
        pytest.param({"nbf": int(time.time()) + 600}, id="not valid yet"),
        pytest.param({"sub": None}, id="without subject"),
        pytest.param({"sub": 7}, id="subject is no text"),
        pytest.param({"iss": "http://127.0.0.1:1/another"}, id="of another issuer"),
        pytest.param({"iss": None}, id="of no issuer"),
        pytest.param({"at_hash": "x"}, id="an ID token"),
        pytest.param({"iat": "x"}, id="broken time"),
    ],
)
async def test_a_token_with_wrong_claims_is_refused(there: Client, issuer: Issuer, changed: dict[str, Any]) -> None:
    assert (await me(there, issuer.token(**changed))).status_code == 401


async def test_its_keys_cannot_sign_for_us_nor_ours_for_it(there: Client, issuer: Issuer) -> None:
    now = int(time.time())
    claims: dict[str, Any] = {"kind": "agency", "scope": "audit:read", "regions": ["ID"], "iat": now}
    assert (await me(there, issuer.token(iss="http://127.0.0.1:8000", **claims))).status_code == 401
    key = there.app.state.keys.current("signing")
    private = serialization.load_pem_private_key(key.secret.encode(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    assert (await me(there, issuer.token(id=key.id, algorithm="ES256", key=private))).status_code == 401


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS384", "ES256", "PS384"])
async def test_another_algorithm_with_its_key_is_refused(there: Client, issuer: Issuer, algorithm: str) -> None:
    assert (await me(there, issuer.token(algorithm=algorithm))).status_code == 401


async def test_a_key_for_one_algorithm_is_for_no_other(there: Client, issuer: Issuer) -> None:
    key = {**published(issuer.keys["one"], "one"), "alg": "RS256"}
    issuer.pages["/realms/pegawai/keys"] = json.dumps({"keys": [key]}).encode()
    assert (await me(there, issuer.token(algorithm="PS256"))).status_code == 401
    assert (await me(there, issuer.token(algorithm="RS256"))).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [{"use": "enc"}, {"key_ops": ["encrypt"]}, {"kty": "oct", "k": encode(b"x" * 32)}, {"n": "AQAB"}, {"e": None}],
)
async def test_an_unsuitable_key_is_not_used(there: Client, issuer: Issuer, changed: dict[str, Any]) -> None:
    odd = {**published(issuer.keys["one"], "one"), **changed}
    issuer.pages["/realms/pegawai/keys"] = json.dumps({"keys": [odd, None, 7]}).encode()
    assert (await me(there, issuer.token())).status_code == 401


async def test_a_small_rsa_key_is_not_used(there: Client, issuer: Issuer) -> None:
    issuer.keys["one"] = rsa.generate_private_key(65537, 1024)
    assert (await me(there, issuer.token())).status_code == 401


async def test_keys_are_fetched_once_and_again_for_a_new_one_but_not_at_every_made_up_id(
    there: Client, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/realms/pegawai/keys"
    await asyncio.gather(*(me(there, issuer.token(jti=str(number))) for number in range(10)))
    assert issuer.asked[path] == 1
    issuer.keys["two"] = ec.generate_private_key(ec.SECP256R1())
    token = issuer.token(id="two", algorithm="ES256")
    for _ in range(5):
        assert (await me(there, token)).status_code == 401
    assert issuer.asked[path] == 1
    monkeypatch.setattr(outside_issuer, "_ASK_AGAIN_SECONDS", 0.0)
    assert (await me(there, token)).status_code == 200
    assert issuer.asked[path] == 2


async def test_a_key_that_it_withdraws_is_gone_after_the_next_look(
    there: Client, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issuer.token()
    assert (await me(there, token)).status_code == 200
    issuer.keys = {"two": rsa.generate_private_key(65537, 2048)}
    monkeypatch.setattr(outside_issuer, "_ASK_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(outside_issuer, "_FRESH_SECONDS", 0.0)
    assert (await me(there, token)).status_code == 401


async def test_an_issuer_that_is_away_makes_its_tokens_503_and_leaves_ours_alone(
    settings: Settings, dsn: str, issuer: Issuer
) -> None:
    token = issuer.token()
    issuer.pages["/realms/pegawai/keys"] = b"{"
    async with accepting(settings, dsn, issuer) as client:
        response = await me(client, token)
        assert response.status_code == 503
        assert response.json()["type"] == "urn:ikk:problem:issuer-unavailable"
        assert int(response.headers["retry-after"]) > 0
        await client.sign_in(scopes=["metrics:read"], regions=["ID"])
        assert (await client.get("/v1/me")).status_code == 200


async def test_known_keys_are_used_while_it_is_away_but_not_for_ever(
    there: Client, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await me(there, issuer.token())).status_code == 200
    issuer.pages["/realms/pegawai/keys"] = b"{"
    monkeypatch.setattr(outside_issuer, "_ASK_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(outside_issuer, "_FRESH_SECONDS", 0.0)
    assert (await me(there, issuer.token())).status_code == 200
    monkeypatch.setattr(outside_issuer, "_STALE_SECONDS", 0.0)
    assert (await me(there, issuer.token())).status_code == 503


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(b'{"issuer": "https://another", "jwks_uri": "http://127.0.0.1:1/"}', id="of another issuer"),
        pytest.param(b'{"jwks_uri": "file:///etc/passwd"}', id="keys in a file"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b" " * 300_000, id="too large"),
    ],
)
async def test_a_strange_discovery_document_is_not_followed(there: Client, issuer: Issuer, page: bytes) -> None:
    issuer.pages["/realms/pegawai/.well-known/openid-configuration"] = page
    assert (await me(there, issuer.token())).status_code == 503
    assert issuer.asked["/realms/pegawai/keys"] == 0


@pytest.mark.parametrize(
    "address", ["http://10.0.0.1/keys", "file:///etc/passwd", "ftp://127.0.0.1/keys", "keys", "None"]
)
async def test_keys_that_do_not_come_by_https_are_not_fetched(there: Client, issuer: Issuer, address: str) -> None:
    page = json.dumps({"issuer": issuer.address, "jwks_uri": address}).encode()
    issuer.pages["/realms/pegawai/.well-known/openid-configuration"] = page
    assert (await me(there, issuer.token())).status_code == 503


async def test_without_an_issuer_in_the_settings_its_tokens_are_nothing(client: Client, issuer: Issuer) -> None:
    assert (await me(client, issuer.token())).status_code == 401
    assert not issuer.asked


@pytest.mark.parametrize(
    "changed",
    [
        {"oidc_issuer": "https://sso.example.go.id"},
        {"oidc_audience": "ikk"},
        {"oidc_issuer": "http://sso.example.go.id", "oidc_audience": "ikk"},
        {"oidc_issuer": "http://127.0.0.1:8000", "oidc_audience": "ikk"},
        {"oidc_roles": {"group": ["analyst"]}},
        {"oidc_roles": {"group": ["analyst@north"]}},
        {"oidc_roles_claim": "a..b"},
    ],
)
def test_settings_that_would_open_a_door_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**changed)
