"""An OpenID Connect issuer for tests. It is a real HTTP server on this machine with its own signing keys."""

import base64
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

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
        issuer = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked[self.path] += 1
                body = issuer.page(self.path)
                self.send_response(200 if body is not None else 404)
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
            return json.dumps({"issuer": self.address, "jwks_uri": f"{self.address}/keys"}).encode()
        if path == "/realms/pegawai/keys":
            return json.dumps({"keys": [published(key, name) for name, key in self.keys.items()]}).encode()
        return None

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
