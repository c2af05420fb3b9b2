"""An OpenID Connect issuer for tests. It is a real HTTP server on this machine with its own signing keys."""

import base64
import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def first_key() -> rsa.RSAPrivateKey:
    """The first key of every issuer, shared because making one takes long."""
    return rsa.generate_private_key(65537, 2048)


def encode(part: object) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _number(value: int) -> str:
    return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def published(key: Private, id: str) -> dict[str, Any]:
    """The public half of a private key as a JSON Web Key."""
    if isinstance(key, rsa.RSAPrivateKey):
        rsa_numbers = key.public_key().public_numbers()
        return {"kty": "RSA", "n": _number(rsa_numbers.n), "e": _number(rsa_numbers.e), "kid": id, "use": "sig"}
    numbers = key.public_key().public_numbers()
    x, y = (encode(value.to_bytes(32, "big")) for value in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": id, "use": "sig"}


def signature_of(key: Private, algorithm: str, message: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    if algorithm == "PS256":
        return key.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    return key.sign(message, padding.PKCS1v15(), hashes.SHA256())


class Issuer:
    """The issuer. Tests can change what it publishes while it runs. asked: number of requests by path"""

    def __init__(self) -> None:
        self.keys: dict[str, Private] = {"one": first_key()}
        self.pages: dict[str, bytes] = {}
        self.asked: Counter[str] = Counter()
        self.says: dict[str, Any] = {}
        """What it publishes beside its addresses, or in place of them."""
        self.secret: str | None = "rahasia klien"
        """What its client has to prove. None for a public client."""
        self.claims: dict[str, Any] = {}
        """Changed claims of the next access token, and of the next ID token under `id_token`."""
        self.codes: dict[str, dict[str, str]] = {}
        """What was asked for by each code that was not used yet."""
        issuer = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked[self.path] += 1
                if self.path.startswith("/realms/pegawai/authorize?"):
                    self.send_response(302)
                    self.send_header("Location", issuer.authorize(self.path))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                body = issuer.page(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
                body = issuer.exchange(dict(parse_qsl(sent)), self.headers.get("Authorization"))
                self.send_response(200 if body is not None else 400)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/realms/pegawai"

    def page(self, path: str) -> bytes | None:
        if path in self.pages:
            return self.pages[path]
        if path == "/realms/pegawai/.well-known/openid-configuration":
            there = {"jwks_uri": "keys", "authorization_endpoint": "authorize", "token_endpoint": "token"}
            addresses = {name: f"{self.address}/{step}" for name, step in there.items()}
            return json.dumps({"issuer": self.address, **addresses, **self.says}).encode()
        if path == "/realms/pegawai/keys":
            return json.dumps({"keys": [published(key, name) for name, key in self.keys.items()]}).encode()
        return None

    def authorize(self, path: str) -> str:
        """Where the browser goes after somebody has signed in here."""
        asked = dict(parse_qsl(urlsplit(path).query))
        code = f"kode-{len(self.codes)}-{time.monotonic_ns()}"
        self.codes[code] = asked
        given = {"code": code, "state": asked["state"], "iss": self.address, "session_state": "x"}
        return f"{asked['redirect_uri']}?{urlencode(given)}"

    def exchange(self, sent: dict[str, str], authorization: str | None) -> bytes | None:
        """The tokens for a code (RFC 6749 section 4.1.3, RFC 7636 section 4.6), or None if anything is wrong."""
        asked = self.codes.pop(sent.get("code", ""), None)
        proof = (
            None if self.secret is None else base64.b64encode(f"ikk-web:{quote_plus(self.secret)}".encode()).decode()
        )
        challenge = encode(hashlib.sha256(sent.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or sent.get("grant_type") != "authorization_code"
            or (proof is not None and authorization != f"Basic {proof}")
            or any(sent.get(name) != asked.get(name) for name in ("client_id", "redirect_uri"))
            or (asked["code_challenge_method"], asked["code_challenge"]) != ("S256", challenge)
        ):
            return None
        changed = dict(self.claims)
        id_claims = {
            "aud": asked["client_id"],
            "nonce": asked["nonce"],
            "ikk_roles": None,
            **changed.pop("id_token", {}),
        }
        return json.dumps(
            {"access_token": self.token(**changed), "id_token": self.token(**id_claims), "token_type": "Bearer"}
        ).encode()

    def token(self, *, id: str = "one", algorithm: str = "RS256", key: Private | None = None, **changed: Any) -> str:
        """A token of this issuer. `changed` replaces claims, and None leaves one out. So it does in `header`."""
        now = int(time.time())
        said = {"iss": self.address, "aud": "ikk", "sub": "pegawai-7", "iat": now, "exp": now + 600, "jti": "1"}
        claims = {
            name: value for name, value in {**said, "ikk_roles": ["analyst@63"], **changed}.items() if value is not None
        }
        header = {"alg": algorithm, "typ": "JWT", "kid": id, **claims.pop("header", {})}
        signed = f"{encode({name: value for name, value in header.items() if value is not None})}.{encode(claims)}"
        return f"{signed}.{encode(signature_of(key or self.keys[id], algorithm, signed.encode()))}"


@contextmanager
def issuing() -> Iterator[Issuer]:
    issuer = Issuer()
    thread = threading.Thread(target=issuer.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield issuer
    finally:
        issuer.server.shutdown()
        issuer.server.server_close()
        thread.join()
