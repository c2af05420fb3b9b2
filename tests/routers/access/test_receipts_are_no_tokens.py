"""A receipt is never taken for an access token, nor a token for a receipt, whatever key signed it and whatever it says.

Both are JWS by ES256 of keys that one JWK set publishes. The type in the header and the purpose of the key tell them
apart, and each alone is enough.
"""

from itertools import product
from typing import Any

import pytest

from app.platform.key_ring import KeyRing, Purpose
from app.platform.receipts import ReceiptSigner
from tests.platform.test_receipts import make
from tests.support.claims import claims
from tests.support.factories import Client
from tests.support.jws import read_jws, sign_jws
from tests.support.people import me

TOKEN_TYPES = ("at+jwt", "AT+JWT", "application/at+jwt")
RECEIPT_TYPES = ("ikk-receipt+jws", "IKK-RECEIPT+JWS", "application/ikk-receipt+jws")
OTHER_TYPES = ("JWT", "jwt", "", "at+jwt ikk-receipt+jws", None, ["at+jwt"], ["ikk-receipt+jws"])
CONTENTS = ("token", "receipt", "both")
KEYS: tuple[Purpose, ...] = ("signing", "receipt-signing")
EVERY = list(product(KEYS, (*TOKEN_TYPES, *RECEIPT_TYPES, *OTHER_TYPES), CONTENTS))


def forge(client: Client, purpose: Purpose, kind: Any, content: str) -> str:
    """What a key of this purpose signs, with this `typ` and the members of a token, of a receipt or of both."""
    signer: ReceiptSigner = client.app.state.receipts
    ring: KeyRing = client.app.state.keys
    _, said = read_jws(signer.sign(make(signer)))
    payload = {"token": claims(), "receipt": said, "both": {**said, **claims()}}[content]
    key = ring.current(purpose)
    header = {"alg": "ES256", "kid": key.id, **({} if kind is None else {"typ": kind})}
    return sign_jws(key, header, payload)


async def verdict(client: Client, text: str) -> dict[str, Any]:
    answer = await client.http.post("/v1/receipts/verify", json={"receipt": text})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(("purpose", "kind", "content"), EVERY)
async def test_only_a_token_is_a_token_and_only_a_receipt_a_receipt(
    caller: Client, purpose: Purpose, kind: Any, content: str
) -> None:
    text = forge(caller, purpose, kind, content)
    is_receipt = purpose == "receipt-signing" and kind in RECEIPT_TYPES and content != "token"
    assert (await verdict(caller, text))["valid"] == is_receipt
    is_token = purpose == "signing" and kind in TOKEN_TYPES and content != "receipt"
    del caller.http.headers["Authorization"]
    assert (await me(caller, text)).status_code == (200 if is_token else 401)


async def test_a_token_as_it_is_issued_is_no_receipt(caller: Client) -> None:
    token = caller.http.headers["Authorization"].removeprefix("Bearer ")
    assert (await verdict(caller, token))["reason"] == "wrong_type"


async def test_a_receipt_opens_nothing_at_the_token_endpoints(caller: Client) -> None:
    signer: ReceiptSigner = caller.app.state.receipts
    receipt = signer.sign(make(signer))
    introspected = await caller.http.post("/v1/token/introspect", data={"token": receipt})
    assert introspected.json() == {"active": False}
    del caller.http.headers["Authorization"]
    refreshed = await caller.http.post("/v1/token", data={"grant_type": "refresh_token", "refresh_token": receipt})
    assert refreshed.status_code == 400
    assert refreshed.json()["error"] == "invalid_grant"


async def test_the_other_key_under_the_right_id_signs_nothing(caller: Client) -> None:
    ring: KeyRing = caller.app.state.keys
    signer: ReceiptSigner = caller.app.state.receipts
    right, other = ring.current("receipt-signing"), ring.current("signing")
    header, said = read_jws(signer.sign(make(signer)))
    assert (await verdict(caller, sign_jws(other, header, said)))["reason"] == "wrong_signature"
    token = sign_jws(right, {"alg": "ES256", "kid": other.id, "typ": "at+jwt"}, claims())
    del caller.http.headers["Authorization"]
    assert (await me(caller, token)).status_code == 401
