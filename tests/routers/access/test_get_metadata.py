"""GET /.well-known/…: metadata for OAuth 2 clients, with every member checked, and the public keys."""

import base64
import json

from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.access import SCOPES
from app.config import Settings
from app.main import create_app
from tests.support.factories import Client
from tests.support.people import me

METADATA = "/.well-known/oauth-authorization-server"
KEYS = "/.well-known/jwks.json"


def decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


async def test_it_works(client: Client) -> None:
    response = await client.get(METADATA)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "public, max-age=300"
    assert response.json()["issuer"] == "http://127.0.0.1:8000"


async def test_its_addresses_are_routes_of_the_service(client: Client, app: FastAPI) -> None:
    body = (await client.get(METADATA)).json()
    addresses = {name: value for name, value in body.items() if name.endswith(("_endpoint", "_uri"))}
    assert len(addresses) == 4
    paths = app.openapi()["paths"]
    for name, address in addresses.items():
        path = address.removeprefix(body["issuer"])
        assert ("get" if name == "jwks_uri" else "post") in paths[path], name
    assert (await client.get(body["service_documentation"].removeprefix(body["issuer"]))).status_code == 200


async def test_what_it_says_is_supported_is_and_what_is_not_is_not(client: Client) -> None:
    body = (await client.get(METADATA)).json()
    assert body["scopes_supported"] == list(SCOPES)
    assert body["response_types_supported"] == []
    for grant in (*body["grant_types_supported"], "authorization_code", "implicit"):
        error = (await client.http.post("/v1/token", data={"grant_type": grant})).json()["error"]
        assert (error == "unsupported_grant_type") == (grant not in body["grant_types_supported"]), grant


async def test_it_names_the_issuer_of_the_settings(settings: Settings, dsn: str) -> None:
    app = create_app(settings.model_copy(update={"issuer": "https://ikk.example.go.id/api"}), dsn)
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://ikk.test") as http:
        body = (await http.get(METADATA)).json()
    assert body["token_endpoint"] == "https://ikk.example.go.id/api/v1/token"
    metadata = AuthorizationServerMetadata(body)
    # RFC 8414 requires this member in section 2 and forbids it in section 3.2 if empty. Authlib wants a value in it.
    for name in set(metadata.REGISTRY_KEYS) - {"response_types_supported"}:
        getattr(metadata, f"validate_{name}")()  # raises if the metadata break the standard


async def test_the_keys_are_public_ones_only(client: Client) -> None:
    response = await client.get(KEYS)
    assert response.headers["cache-control"] == "public, max-age=300"
    keys = response.json()["keys"]
    assert keys
    for key in keys:
        assert key.keys() == {"kty", "crv", "x", "y", "alg", "kid", "use"}
        assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")


async def test_a_token_can_be_verified_with_them_by_whoever_knows_the_standard(client: Client) -> None:
    await client.sign_in(scopes=["metrics:read"], regions=["ID"])
    token = client.http.headers["Authorization"].removeprefix("Bearer ")
    header, claims, signature = token.split(".")
    key_id = json.loads(decode(header))["kid"]
    (key,) = [each for each in (await client.get(KEYS)).json()["keys"] if each["kid"] == key_id]
    x, y = (int.from_bytes(decode(key[name]), "big") for name in "xy")
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    r, s = (int.from_bytes(half, "big") for half in (decode(signature)[:32], decode(signature)[32:]))
    public.verify(encode_dss_signature(r, s), f"{header}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    try:
        public.verify(encode_dss_signature(r, s), f"{header}.{claims}x".encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        assert (await me(client, token)).status_code == 200
    else:
        raise AssertionError("a signature over something else fits")
