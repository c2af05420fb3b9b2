"""Tokens of an outside OpenID Connect issuer: accepted as configured, mapped to roles in regions, and never ours."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from httpx import ASGITransport, AsyncClient, Response
from pydantic import ValidationError

from app.access import ONLY_MAPPED, ROLES
from app.config import Settings
from app.main import create_app
from app.platform import outside_issuer
from app.platform.database import Connection, Database
from app.platform.tokens import Tokens
from tests.commands.test_commands import Command, printed_by
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client
from tests.support.issuer import Issuer, encode, issuing, published
from tests.support.people import me
from tests.support.wire import eventually

ROLES_OF_GROUPS = {"analyst@63": ("analyst@63",)}
"""The group that the tokens of `Issuer` name, mapped to the role that it names itself."""


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as found:
        yield found


@asynccontextmanager
async def accepting(settings: Settings, dsn: str, issuer: Issuer, **changed: Any) -> AsyncIterator[Client]:
    """A client of an application that accepts the issuer's tokens."""
    update = {"oidc_issuer": issuer.address, "oidc_audience": "ikk", "oidc_roles": ROLES_OF_GROUPS, **changed}
    app = create_app(settings.model_copy(update=update), dsn)
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://ikk.test") as http:
        yield Client(http, app)


@contextmanager
def tokens_with(client: Client, settings: Settings, issuer: Issuer, **changed: Any) -> Iterator[Client]:
    """A client of the application, which accepts the issuer's tokens inside the block."""
    update = {"oidc_issuer": issuer.address, "oidc_audience": "ikk", "oidc_roles": ROLES_OF_GROUPS, **changed}
    state = client.app.state
    before, state.tokens = state.tokens, Tokens(settings.model_copy(update=update), state.keys)
    try:
        yield client
    finally:
        state.tokens = before


@pytest.fixture
def there(client: Client, settings: Settings, issuer: Issuer) -> Iterator[Client]:
    """A client of the application, which accepts the issuer's tokens during the test. Groups may name roles."""
    with tokens_with(client, settings, issuer, oidc_self_named_roles=True) as found:
        yield found


async def scopes_of(client: Client, token: str) -> dict[str, list[str]]:
    response = await me(client, token)
    assert response.status_code in (200, 401), response.text
    scopes: dict[str, list[str]] = response.json().get("scopes", {})
    return scopes


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
        pytest.param({"nbf": int(time.time()) + 80_000}, id="not valid yet"),
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


@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("region", ["ID", "63", LANDASAN_ULIN_SELATAN])
async def test_no_group_names_a_role_itself_unless_the_settings_allow_it(
    client: Client, settings: Settings, issuer: Issuer, role: str, region: str
) -> None:
    with tokens_with(client, settings, issuer, oidc_roles={"another": ("analyst@63",)}):
        assert await scopes_of(client, issuer.token(ikk_roles=[f"{role}@{region}"])) == {}


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_no_group_ever_names_a_role_that_opens_identities_or_accounts(
    there: Client, issuer: Issuer, role: str
) -> None:
    regions = ("ID", LANDASAN_ULIN_SELATAN)
    scopes = await scopes_of(there, issuer.token(ikk_roles=[f"{role}@{region}" for region in regions]))
    assert not scopes.keys() & ONLY_MAPPED
    assert bool(scopes) == (not ROLES[role].scopes & ONLY_MAPPED)


async def test_the_settings_may_give_any_role_to_a_group(client: Client, settings: Settings, issuer: Issuer) -> None:
    mapped = {"pdp": ("data_protection_officer@63",), "operator@ID": ("agency_administrator@6372",)}
    with tokens_with(client, settings, issuer, oidc_roles=mapped):
        assert (await scopes_of(client, issuer.token(ikk_roles=["pdp"])))["families:identify"] == ["63"]
        scopes = await scopes_of(client, issuer.token(ikk_roles=["operator@ID"]))
        assert scopes["people:manage"] == ["6372"]
        assert "metrics:read" not in scopes


@pytest.mark.parametrize("named", [True, False], ids=["self-named", "mapped"])
async def test_no_role_reaches_beyond_the_regions_of_the_settings(
    client: Client, settings: Settings, issuer: Issuer, named: bool
) -> None:
    roles = ["analyst@ID", "analyst@64", "analyst@63", "analyst@6372", "supervisor@6371"]
    mapped = {} if named else {each: (each,) for each in roles}
    changed: dict[str, Any] = {"oidc_self_named_roles": named, "oidc_roles": mapped, "oidc_regions": ("63.72", "6371")}
    with tokens_with(client, settings, issuer, **changed):
        scopes = await scopes_of(client, issuer.token(ikk_roles=roles))
        assert scopes["aggregates:read"] == ["6371", "6372"]
        assert await scopes_of(client, issuer.token(ikk_roles=["analyst@ID", "analyst@63"])) == {}


NOW = int(time.time())


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"exp": NOW + 10 * 365 * 86_400}, id="valid for ten years"),
        pytest.param({"iat": NOW - 90_000, "exp": NOW + 60}, id="too old"),
        pytest.param({"iat": NOW - 80_000, "exp": NOW + 8_000}, id="valid for more than a day"),
        pytest.param({"iat": NOW + 3_600, "exp": NOW + 4_000}, id="from the future"),
        pytest.param({"iat": None}, id="without age"),
        pytest.param({"iat": True}, id="age is no number"),
        pytest.param({"iat": str(NOW)}, id="age is a text"),
        pytest.param({"iat": [NOW]}, id="age is a list"),
        pytest.param({"iat": float("nan")}, id="age is not a number"),
        pytest.param({"iat": -(10**400)}, id="age is huge"),
        pytest.param({"exp": 10**400}, id="end is huge"),
        pytest.param({"exp": str(NOW + 600)}, id="end is a text"),
        pytest.param({"nbf": str(NOW)}, id="begin is a text"),
        pytest.param({"nbf": None, "exp": None}, id="no end"),
        pytest.param({"sub": ""}, id="empty subject"),
        pytest.param({"sub": " \t"}, id="blank subject"),
        pytest.param({"sub": "x" * 256}, id="overlong subject"),
        pytest.param({"sub": ["a"]}, id="subject is a list"),
        pytest.param({"nonce": "n"}, id="nonce"),
        pytest.param({"nonce": "n", "typ": "Bearer"}, id="nonce in a token that says Bearer"),
        pytest.param({"at_hash": "x", "typ": "Bearer"}, id="at_hash in a token that says Bearer"),
        pytest.param({"c_hash": "x"}, id="c_hash"),
        pytest.param({"s_hash": "x"}, id="s_hash"),
        pytest.param({"auth_time": NOW}, id="ID token without a nonce"),
        pytest.param({"auth_time": NOW, "azp": "app"}, id="ID token without a nonce, of an app"),
        pytest.param({"events": {}}, id="logout token"),
        *(pytest.param({"typ": typ}, id=f"typ {typ}") for typ in ("ID", "Refresh", "Offline", "Logout", "DPoP", "", 7)),
        *(
            pytest.param({"header": {"typ": typ}}, id=f"header {typ}")
            for typ in ("ID", "logout+jwt", "dpop+jwt", "JWE", "", 7)
        ),
    ],
)
async def test_what_is_no_access_token_of_today_is_refused(
    there: Client, issuer: Issuer, changed: dict[str, Any]
) -> None:
    assert (await me(there, issuer.token(**changed))).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"header": {"typ": "at+jwt"}, "client_id": "app", "auth_time": NOW, "acr": "1"}, id="RFC 9068"),
        pytest.param({"header": {"typ": "application/at+jwt"}}, id="RFC 9068, long form"),
        pytest.param({"typ": "Bearer", "azp": "app", "sid": "s", "acr": "1", "scope": "openid"}, id="Keycloak"),
        pytest.param({"scp": "ikk", "azp": "app", "ver": "2.0", "auth_time": NOW, "nbf": NOW - 1}, id="Entra"),
        pytest.param({"header": {"typ": None}}, id="without a type"),
        pytest.param({"iat": NOW - 3_600, "exp": NOW + 82_000}, id="a long day"),
        pytest.param({"iat": NOW + 5}, id="clocks differ a little"),
        pytest.param({"aud": ["account", "ikk"]}, id="for several audiences"),
        pytest.param({"jti": None}, id="without an id"),
        pytest.param({"sub": "x" * 255}, id="long subject"),
    ],
)
async def test_access_tokens_of_the_usual_issuers_are_accepted(
    there: Client, issuer: Issuer, changed: dict[str, Any]
) -> None:
    assert (await me(there, issuer.token(**changed))).status_code == 200


async def test_the_longest_time_is_a_setting(client: Client, settings: Settings, issuer: Issuer) -> None:
    with tokens_with(client, settings, issuer, oidc_longest_seconds=300):
        assert (await me(client, issuer.token(exp=NOW + 3_600))).status_code == 401
        now = int(time.time())
        assert (await me(client, issuer.token(iat=now, exp=now + 300))).status_code == 200


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"azp": "kader-app"}, 200),
        ({"client_id": "kader-app"}, 200),
        ({"appid": "kader-app"}, 200),
        ({"azp": "another"}, 401),
        ({"azp": "kader-app", "client_id": "another"}, 401),
        ({"azp": ["kader-app"]}, 401),
        ({"azp": None}, 401),
        ({}, 401),
    ],
)
async def test_only_apps_of_the_settings_may_ask_for_tokens(
    client: Client, settings: Settings, issuer: Issuer, changed: dict[str, Any], status: int
) -> None:
    with tokens_with(client, settings, issuer, oidc_clients=("kader-app", "dashboard")):
        assert (await me(client, issuer.token(**changed))).status_code == status


@pytest.mark.parametrize(
    ("changed", "identifies"),
    [
        ({}, False),
        ({"acr": "1"}, False),
        ({"acr": "gold"}, True),
        ({"amr": ["pwd", "mfa"]}, True),
        ({"amr": ["pwd"]}, False),
        ({"amr": "mfa"}, False),
        ({"acr": ["gold"]}, False),
        ({"acr": 7, "amr": [7, None]}, False),
    ],
)
async def test_identities_need_the_proof_that_the_settings_ask_for(
    client: Client, settings: Settings, issuer: Issuer, changed: dict[str, Any], identifies: bool
) -> None:
    mapped = {"pdp": ("data_protection_officer@63",)}
    with tokens_with(client, settings, issuer, oidc_roles=mapped, oidc_identify_acr=("gold", "mfa")):
        scopes = await scopes_of(client, issuer.token(ikk_roles=["pdp"], **changed))
    assert ("families:identify" in scopes) == identifies
    assert scopes["audit:read"] == ["63"]


async def revoke(client: Client, token: str, **form: str) -> Response:
    return await client.http.post("/v1/token/revoke", data={"token": token, **form})


async def test_a_token_can_be_ended_here_by_whoever_holds_it(
    there: Client, issuer: Issuer, connection: Connection
) -> None:
    token, other = issuer.token(jti="same"), issuer.token(jti="same", iat=NOW - 1)
    assert (await me(there, token)).status_code == 200
    assert (await revoke(there, token)).status_code == 200
    assert (await me(there, token)).status_code == 401
    assert (await me(there, other)).status_code == 200
    rows = await connection.fetch("SELECT caller_kind, subject FROM audited WHERE kind = 'token.revoke'")
    assert [row["caller_kind"] for row in rows] == ["outside"]
    until = await connection.fetchval("SELECT extract(epoch FROM forget_at) FROM revocation")
    assert float(until) >= NOW + 600


async def test_a_token_that_cannot_be_verified_now_is_not_said_to_be_ended(
    client: Client, settings: Settings, issuer: Issuer
) -> None:
    issuer.pages["/realms/pegawai/keys"] = b"{"
    with tokens_with(client, settings, issuer):
        assert (await revoke(client, issuer.token())).status_code == 503


async def test_a_person_can_be_blocked_here_in_every_server_until_somebody_lifts_it(
    settings: Settings, dsn: str, issuer: Issuer, database: Database, connection: Connection, tmp_path: Path
) -> None:
    ikk = Command(dsn, settings.folder)
    async with accepting(settings, dsn, issuer) as first, accepting(settings, dsn, issuer) as second:

        async def both(status: int) -> bool:
            # A new token each time, because whoever is blocked may still get tokens at the issuer.
            answers = [(await me(each, issuer.token(jti=str(uuid4())))).status_code for each in (first, second)]
            return answers == [status, status]

        assert await both(200)
        there = {"IKK_OIDC_ISSUER": issuer.address, "IKK_OIDC_AUDIENCE": "ikk"}
        printed = printed_by(ikk("outside", "block", "pegawai-7", **there))
        assert "pegawai-7" not in printed
        await eventually(lambda: both(401), 10)
        assert (await me(first, issuer.token(sub="pegawai-8"))).status_code == 200
        (shown,) = ikk.done("outside", "list").splitlines()
        ikk.done("outside", "unblock", shown.split()[0])
        await eventually(lambda: both(200), 10)
    kinds = await connection.fetch("SELECT kind, subject FROM audited WHERE kind LIKE 'outside.%' ORDER BY at")
    assert [row["kind"] for row in kinds] == ["outside.block", "outside.unblock"]
    assert {row["subject"] for row in kinds} == {shown.split()[0]}
    assert "not blocked" in ikk.stopped("outside", "unblock", shown.split()[0])


def test_blocking_by_subject_needs_the_issuer(dsn: str, settings: Settings) -> None:
    ikk = Command(dsn, settings.folder)
    assert "IKK_OIDC_ISSUER" in ikk.stopped("outside", "block", "pegawai-7", status=2)
    assert "audit log" in ikk.stopped("outside", "block", "outside:7", status=2)


@pytest.mark.parametrize(
    ("name", "value"),
    [("IKK_OIDC_REGIONS", "63,Kalimantan"), ("IKK_OIDC_REGIONS", "637"), ("IKK_OIDC_LONGEST_SECONDS", "86401")],
)
def test_a_wrong_limit_names_its_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.removeprefix("IKK_").lower()):
        Settings()
