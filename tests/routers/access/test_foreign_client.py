"""Authlib, a foreign OAuth 2 client, uses a running server and knows nothing but its metadata."""

import warnings
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from app.config import Settings
from app.platform.database import Database
from tests.support.factories import LANDASAN_ULIN_SELATAN, make_agency
from tests.support.people import PASSWORD, add_person
from tests.support.serving import Server, serving

with warnings.catch_warnings():
    import authlib.deprecate  # sets a filter that shows its warnings, so ours comes after it

    warnings.simplefilter(
        "ignore", authlib.deprecate.AuthlibDeprecationWarning
    )  # it warns that it prefers the successor of httpx
    from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError

pytestmark = pytest.mark.foreign

ID = "dp3a-uji"


@pytest.fixture(scope="module")
async def known(dsn: str, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server that knows its own public address, from which it makes its metadata."""
    changed = {"IKK_KEYS_FILE": str(settings.key_ring_file), "IKK_ISSUER": "http://127.0.0.1:{port}"}
    async with serving(tmp_path_factory.mktemp("known"), dsn, **changed) as server:
        yield server


@pytest.fixture
async def metadata(known: Server, database: Database) -> dict[str, Any]:
    """The server's OAuth 2 metadata."""
    assert database is not None  # its fixture deletes what the test stores
    address = f"http://127.0.0.1:{known.port}"
    async with httpx.AsyncClient() as http:
        found: dict[str, Any] = (await http.get(address + "/.well-known/oauth-authorization-server")).json()
    assert found["issuer"] == address
    return found


@pytest.fixture
async def agency(metadata: dict[str, Any], database: Database) -> AsyncIterator[Any]:
    """A client with the credentials of an agency of regency 6372, which Authlib sends in a Basic header."""
    async with database.session() as session:
        secret = await make_agency(session, ID, scopes=["aggregates:read"], regions=["6372"])
    async with AsyncOAuth2Client(ID, secret, token_endpoint=metadata["token_endpoint"]) as client:
        yield client


@pytest.fixture
async def app_of_kader(metadata: dict[str, Any], database: Database) -> AsyncIterator[Any]:
    """A public client, without a secret, on a kader's phone."""
    await add_person(database)
    options = {"token_endpoint_auth_method": "none", "revocation_endpoint_auth_method": "none"}
    async with AsyncOAuth2Client("kader-app", token_endpoint=metadata["token_endpoint"], **options) as client:
        yield client


async def test_an_agency_signs_in_asks_and_revokes(agency: Any, metadata: dict[str, Any]) -> None:
    token = await agency.fetch_token(grant_type="client_credentials")
    assert (token["token_type"], token["scope"]) == ("Bearer", "aggregates:read")
    assert (await agency.get(f"{metadata['issuer']}/v1/aggregates/6372/2025")).status_code == 200
    said = await agency.introspect_token(metadata["introspection_endpoint"], token=token["access_token"])
    assert (said.json()["active"], said.json()["regions"]) == (True, ["6372"])
    gone = await agency.revoke_token(metadata["revocation_endpoint"], token=token["access_token"])
    assert gone.status_code == 200
    said = await agency.introspect_token(metadata["introspection_endpoint"], token=token["access_token"])
    assert said.json() == {"active": False}
    assert (await agency.get(f"{metadata['issuer']}/v1/aggregates/6372/2025")).status_code == 401


async def test_an_agency_may_send_its_credentials_in_the_form(agency: Any, metadata: dict[str, Any]) -> None:
    method = "client_secret_post"
    assert method in metadata["token_endpoint_auth_methods_supported"]
    async with AsyncOAuth2Client(ID, agency.client_secret, token_endpoint_auth_method=method) as client:
        assert (await client.fetch_token(metadata["token_endpoint"], grant_type="client_credentials"))["access_token"]


async def test_a_kader_signs_in_goes_on_and_signs_out(app_of_kader: Any, metadata: dict[str, Any]) -> None:
    address = metadata["issuer"]
    first = await app_of_kader.fetch_token(username="siti.aminah", password=PASSWORD, grant_type="password")
    me = (await app_of_kader.get(f"{address}/v1/me")).json()
    assert me["scopes"]["submissions:write"] == [LANDASAN_ULIN_SELATAN]
    second = await app_of_kader.refresh_token(metadata["token_endpoint"])
    assert second["refresh_token"] != first["refresh_token"]
    assert (await app_of_kader.get(f"{address}/v1/me")).status_code == 200
    await app_of_kader.revoke_token(metadata["revocation_endpoint"], token=second["refresh_token"])
    assert (await app_of_kader.get(f"{address}/v1/me")).status_code == 401
    with pytest.raises(OAuthError, match="invalid_grant"):
        await app_of_kader.refresh_token(metadata["token_endpoint"], refresh_token=second["refresh_token"])


async def test_what_is_wrong_is_understood_as_the_standard_says(app_of_kader: Any, agency: Any) -> None:
    with pytest.raises(OAuthError, match="invalid_grant"):
        await app_of_kader.fetch_token(username="siti.aminah", password="wrong", grant_type="password")
    with pytest.raises(OAuthError, match="invalid_scope"):
        await agency.fetch_token(grant_type="client_credentials", scope="audit:read")
    agency.client_secret = "wrong"
    with pytest.raises(OAuthError, match="invalid_client"):
        await agency.fetch_token(grant_type="client_credentials")


async def test_its_own_library_verifies_our_tokens_with_the_published_keys(
    agency: Any, metadata: dict[str, Any]
) -> None:
    token = await agency.fetch_token(grant_type="client_credentials")
    async with httpx.AsyncClient() as http:
        keys = KeySet.import_key_set((await http.get(metadata["jwks_uri"])).json())
    decoded = jwt.decode(token["access_token"], keys, algorithms=["ES256"])
    assert decoded.claims["iss"] == metadata["issuer"]
    assert decoded.claims["exp"] - decoded.claims["iat"] == token["expires_in"]
    assert decoded.header["kid"] in {key.kid for key in keys.keys}
