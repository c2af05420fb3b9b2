"""Tokens as attackers make them. The service refuses every one of them, and quickly."""

import base64
import hashlib
import hmac
import json
import time
import zlib
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from httpx import Response
from jose import jwt

from app.platform.key_ring import Key, KeyRing, rotate_key, withdraw_key
from tests.support.claims import Claims, claims
from tests.support.factories import Client
from tests.support.people import me
from tests.support.wire import eventually

TYPE = {"typ": "at+jwt"}
"""What marks an access token in its header."""


def encode(part: object) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def sign(key: Key, said: Claims, **header: Any) -> str:
    token: str = jwt.encode(said, key.secret, algorithm="ES256", headers={"kid": key.id, **TYPE, **header})
    return token


def pem_of(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def public_of(key: Key) -> ec.EllipticCurvePublicKey:
    private = serialization.load_pem_private_key(key.secret.encode(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return private.public_key()


def assert_refused(answer: Response) -> None:
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "urn:ikk:problem:unauthenticated"


async def test_a_valid_token_opens_the_route(client: Client, key: Key) -> None:
    assert (await me(client, sign(key, claims()))).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"exp": int(time.time()) - 60}, id="expired"),
        pytest.param({"exp": "soon"}, id="expiry is no number"),
        pytest.param({"exp": int(time.time()) + 10 * 365 * 86_400}, id="valid for ten years"),
        pytest.param({"exp": str(int(time.time()) + 600)}, id="expiry is a text"),
        pytest.param({"iat": int(time.time()) + 3_600, "exp": int(time.time()) + 7_200}, id="from the future"),
        pytest.param({"iat": int(time.time()) - 90_000}, id="too old"),
        pytest.param({"iat": True}, id="age is no number"),
        pytest.param({"aud": "another-service"}, id="for another audience"),
        pytest.param({"aud": ["another-service", "third"]}, id="for other audiences"),
        pytest.param({"aud": {"ikk": 1}}, id="audience is an object"),
        pytest.param({"iss": "another-issuer"}, id="of another issuer"),
        pytest.param({"iss": ["http://127.0.0.1:8000"]}, id="issuer is a list"),
        pytest.param({"nbf": int(time.time()) + 600}, id="not valid yet"),
        pytest.param({"sub": 7}, id="subject is no text"),
        pytest.param({"scope": 7}, id="scope is no text"),
        pytest.param({"regions": None}, id="without regions"),
        pytest.param({"areas": ["63"]}, id="areas are a list"),
        pytest.param({"kind": None}, id="without kind"),
        *(pytest.param({name: None}, id=f"without {name}") for name in ("exp", "iat", "sub", "aud", "iss", "jti")),
    ],
)
async def test_a_well_signed_token_with_wrong_claims_is_refused(client: Client, key: Key, changed: Claims) -> None:
    assert_refused(await me(client, sign(key, claims(**changed))))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None, ["ES256"], {"ES256": 1}])
@pytest.mark.parametrize("signature", ["", "AAAA"])
async def test_an_unsigned_token_is_refused(client: Client, key: Key, algorithm: object, signature: str) -> None:
    header = {"alg": algorithm, **TYPE, "kid": key.id}
    assert_refused(await me(client, f"{encode(header)}.{encode(claims())}.{signature}"))


@pytest.mark.parametrize(
    "form",
    [
        pytest.param((serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo), id="PEM"),
        pytest.param((serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo), id="DER"),
        pytest.param((serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH), id="OpenSSH"),
        pytest.param((serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint), id="point"),
    ],
)
@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
async def test_the_public_key_is_no_shared_secret(
    client: Client, key: Key, form: tuple[serialization.Encoding, serialization.PublicFormat], algorithm: str
) -> None:
    """CVE-2024-33663: with some forms of a public key, jose accepted an HMAC as its signature."""
    secret = public_of(key).public_bytes(*form)
    signed = f"{encode({'alg': algorithm, **TYPE, 'kid': key.id})}.{encode(claims())}"
    signature = hmac.new(secret, signed.encode(), getattr(hashlib, algorithm.replace("HS", "sha"))).digest()
    assert_refused(await me(client, f"{signed}.{encode(signature)}"))


async def test_the_published_key_is_no_shared_secret(client: Client, key: Key) -> None:
    (published, *_) = (await client.get("/.well-known/jwks.json")).json()["keys"]
    signed = f"{encode({'alg': 'HS256', **TYPE, 'kid': key.id})}.{encode(claims())}"
    for secret in (json.dumps(published), json.dumps(published, separators=(",", ":")), published["x"]):
        signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
        assert_refused(await me(client, f"{signed}.{encode(signature)}"))


@pytest.mark.parametrize("algorithm", ["RS256", "RS512"])
async def test_another_kind_of_key_is_refused(client: Client, key: Key, algorithm: str) -> None:
    private = rsa.generate_private_key(65537, 2048)
    assert_refused(await me(client, jwt.encode(claims(), pem_of(private), algorithm, headers={"kid": key.id, **TYPE})))


async def test_another_key_of_our_kind_under_our_id_is_refused(client: Client, key: Key) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    assert_refused(await me(client, jwt.encode(claims(), pem_of(private), "ES256", headers={"kid": key.id, **TYPE})))


@pytest.mark.parametrize("algorithm", ["ES384", "ES512", "PS256", "EdDSA", "es256"])
async def test_another_algorithm_under_our_signature_is_refused(client: Client, key: Key, algorithm: str) -> None:
    header, said, signature = sign(key, claims()).split(".")
    changed = {**decode(header), "alg": algorithm}
    assert_refused(await me(client, f"{encode(changed)}.{said}.{signature}"))


@pytest.mark.parametrize(
    "id", ["", "another", "../keys.json", "/dev/null", "' OR 1=1 --", None, 7, ["x"], {"a": 1}, "x" * 1000]
)
async def test_a_key_id_that_is_not_ours_is_refused(client: Client, key: Key, id: object) -> None:
    assert_refused(await me(client, sign(key, claims(), kid=id)))


async def test_a_token_that_names_no_key_is_refused(client: Client, key: Key) -> None:
    assert_refused(await me(client, jwt.encode(claims(), key.secret, algorithm="ES256", headers=TYPE)))


async def test_the_id_of_a_key_for_something_else_is_refused(client: Client, key: Key) -> None:
    ring: KeyRing = client.app.state.keys
    for purpose in ("identity", "matching", "audit"):
        other = ring.current(purpose)
        signed = f"{encode({'alg': 'HS256', 'kid': other.id, **TYPE})}.{encode(claims())}"
        signature = hmac.new(other.raw, signed.encode(), hashlib.sha256).digest()
        assert_refused(await me(client, f"{signed}.{encode(signature)}"))


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
async def test_a_key_that_comes_along_is_not_believed(client: Client, key: Key, name: str) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.public_key().public_numbers()
    x, y = (encode(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    own = {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "mine", "alg": "ES256", "use": "sig"}
    value = {"jwk": own, "x5c": ["MIIB"]}.get(name, "http://127.0.0.1:1/keys")
    for key_id in ("mine", key.id):
        token = jwt.encode(claims(), pem_of(private), algorithm="ES256", headers={"kid": key_id, name: value, **TYPE})
        assert_refused(await me(client, token))


async def test_a_critical_extension_is_refused_as_we_know_none(client: Client, key: Key) -> None:
    assert_refused(await me(client, sign(key, claims(), crit=["b64"], b64=False)))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda said: {**said, "regions": ["ID"]}, id="regions"),
        pytest.param(lambda said: {**said, "areas": {"audit:read": ["ID"]}}, id="areas"),
        pytest.param(lambda said: {**said, "scope": "families:identify"}, id="scope"),
        pytest.param(lambda said: {**said, "sub": str(uuid4())}, id="sub"),
        pytest.param(lambda said: {**said, "kind": "command"}, id="kind"),
        pytest.param(lambda said: {**said, "exp": said["exp"] + 1}, id="exp"),
    ],
)
async def test_a_changed_claim_breaks_the_signature(
    client: Client, key: Key, change: Callable[[Claims], Claims]
) -> None:
    header, said, signature = sign(key, claims()).split(".")
    assert_refused(await me(client, f"{header}.{encode(change(decode(said)))}.{signature}"))


async def test_each_changed_letter_of_a_signature_is_seen(client: Client, key: Key) -> None:
    header, said, signature = sign(key, claims()).split(".")
    for at in range(0, len(signature) - 1, 7):
        letter = "A" if signature[at] != "A" else "B"
        changed = f"{signature[:at]}{letter}{signature[at + 1 :]}"
        assert_refused(await me(client, f"{header}.{said}.{changed}"))


@pytest.mark.parametrize("signature", ["", "A", "AAAA", "A" * 86, encode(bytes(64)), encode(b"\xff" * 64)])
async def test_a_made_up_signature_is_refused(client: Client, key: Key, signature: str) -> None:
    """All zeros passed verifiers that did not check the range (CVE-2022-21449, in other software)."""
    header, said, _ = sign(key, claims()).split(".")
    assert_refused(await me(client, f"{header}.{said}.{signature}"))


async def test_a_signature_in_der_is_refused(client: Client, key: Key) -> None:
    header, said, _ = sign(key, claims()).split(".")
    private = serialization.load_pem_private_key(key.secret.encode(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    der = private.sign(f"{header}.{said}".encode(), ec.ECDSA(hashes.SHA256()))
    assert_refused(await me(client, f"{header}.{said}.{encode(der)}"))


@pytest.mark.parametrize(
    "join", ["{0}.{1}.{2}.", ".{0}.{1}.{2}", "{0}.{1}.{2}.x.y", "{0}..{1}.{2}", "{0}.{1}", "{0}.{1}.{2}="]
)
async def test_other_than_three_parts_are_refused(client: Client, key: Key, join: str) -> None:
    assert_refused(await me(client, join.format(*sign(key, claims()).split("."))))


async def test_a_compressed_bomb_in_an_encrypted_token_is_refused_undecrypted(client: Client, key: Key) -> None:
    """CVE-2024-33664: jose inflated such a token without limit. This service decrypts no token at all."""
    bomb = zlib.compress(b"0" * 50_000_000)
    headers = {"alg": "dir", "enc": "A256GCM", "zip": "DEF", "kid": key.id, **TYPE}
    started = time.process_time()
    token = f"{encode(headers)}..{encode(b'0' * 12)}.{{}}.{encode(b'0' * 16)}"
    assert_refused(await me(client, token.format(encode(bomb[:8000]))))
    assert (await me(client, token.format(encode(bomb)))).status_code == 431
    assert time.process_time() - started < 1


@pytest.mark.parametrize("part", [0, 1])
async def test_deeply_nested_json_is_refused(client: Client, key: Key, part: int) -> None:
    parts = sign(key, claims()).split(".")
    parts[part] = encode(b"[" * 5000 + b"]" * 5000)[:12_000]
    assert_refused(await me(client, ".".join(parts)))
    parts[part] = encode(b'{"a":' * 1500 + b"1" + b"}" * 1500)
    assert_refused(await me(client, ".".join(parts)))


async def test_a_huge_token_is_refused_unread(client: Client, key: Key) -> None:
    started = time.process_time()
    assert_refused(await me(client, sign(key, claims(more="x" * 20_000))))
    assert (await me(client, "a" * 1_000_000 + ".b.c")).status_code == 431
    assert time.process_time() - started < 1


async def test_a_token_within_a_token_is_refused(client: Client, key: Key) -> None:
    inner = sign(key, claims())
    header = encode({"alg": "ES256", "cty": "JWT", "kid": key.id, **TYPE})
    assert_refused(await me(client, f"{header}.{encode(inner.encode())}.{inner.split('.')[2]}"))


@pytest.mark.parametrize(
    "header", [b"\xff\xfe", b"null", b"[]", b'"text"', b"{", b'{"alg":"ES256","alg":"none"}', b"7"]
)
async def test_a_header_that_is_no_object_is_refused(client: Client, header: bytes) -> None:
    assert_refused(await me(client, f"{encode(header)}.{encode(claims())}.{encode(bytes(64))}"))


async def test_a_token_of_a_withdrawn_key_is_refused(client: Client, key: Key) -> None:
    file = client.app.state.settings.key_ring_file
    token = sign(key, claims())
    assert (await me(client, token)).status_code == 200
    rotate_key(file, "signing")
    client.app.state.keys.look()
    assert (await me(client, token)).status_code == 200
    withdraw_key(file, key.id)

    async def is_refused() -> bool:
        return (await me(client, token)).status_code == 401

    await eventually(is_refused, 20)
    await client.sign_in(scopes=["metrics:read"], regions=["ID"])
    assert (await client.get("/v1/me")).status_code == 200


async def test_an_attack_gets_the_same_response_as_any_other_broken_token(client: Client, key: Key) -> None:
    """A reason would tell an attacker what to change in the token."""
    tokens = [
        sign(key, claims(exp=1)),
        sign(key, claims(aud="x")),
        sign(key, claims(), kid="x"),
        "x",
        f"{encode({'alg': 'none', **TYPE})}.{encode(claims())}.",
    ]
    bodies = [{**(await me(client, token)).json(), "instance": None} for token in tokens]
    assert all(body == bodies[0] for body in bodies)
