"""The receipt that PUT /v1/submissions/{id} returns, and others do too: what it says, and to whom."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from app.platform.codes import is_receipt_code, plain_code
from app.platform.key_ring import KeyRing, rotate_key
from tests.support.factories import EVERYTHING, Client, make_body
from tests.support.jws import as_others_see, assert_corrected, read_jws, said_by
from tests.support.subject_requests import serve

SALT = "3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2"


async def send(client: Client, **changed: Any) -> dict[str, Any]:
    answer = await client.put(make_body(**changed))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_it_works(caller: Client) -> None:
    sent = await send(caller, salt=SALT)
    receipt = sent["receipt"]
    header, said = read_jws(receipt["signature"])
    ring: KeyRing = caller.app.state.keys
    assert header == {"alg": "ES256", "kid": ring.current("receipt-signing").id, "typ": "ikk-receipt+jws"}
    assert said == {
        "iss": "http://127.0.0.1:8000",
        "id": sent["id"],
        "revision": 1,
        "region": "6372061004",
        "received_at": said["received_at"],
        "code": receipt["code"],
        "content_hash": receipt["content_hash"],
    }
    assert datetime.fromisoformat(said["received_at"]) == datetime.fromisoformat(receipt["received_at"])
    assert len(said["received_at"]) == len("2026-11-27T02:00:00.123456Z")
    assert abs((datetime.now(UTC) - datetime.fromisoformat(said["received_at"])).total_seconds()) < 60


async def test_anybody_verifies_it_with_the_published_keys(caller: Client) -> None:
    """The JWK set also holds keys of access tokens, and the library chooses by the key's id."""
    receipt = (await send(caller, salt=SALT))["receipt"]
    del caller.http.headers["Authorization"]
    published = (await caller.get("/.well-known/jwks.json")).json()
    assert len(published["keys"]) >= 2
    found = jws.deserialize_compact(receipt["signature"], KeySet.import_key_set(published), algorithms=["ES256"])
    assert found.headers()["typ"] == "ikk-receipt+jws"


async def test_without_a_salt_it_holds_no_hash(caller: Client) -> None:
    """Whoever is shown the receipt could try out answers. The sender is told the hash beside it all the same."""
    receipt = (await send(caller))["receipt"]
    assert receipt["content_hash"].startswith("sha-256:")
    assert "content_hash" not in said_by(receipt)
    assert "sha-256" not in str(read_jws(receipt["signature"]))


async def test_every_way_to_the_senders_receipt_gives_the_same(caller: Client) -> None:
    body, key = make_body(salt=SALT), uuid4()
    first = (await caller.put(body, key)).json()["receipt"]
    assert (await caller.put(body, key)).json()["receipt"] == first
    assert (await caller.get(f"/v1/submissions/{key}")).json()["receipt"] == first
    items = [{"id": str(key), "submission": each} for each in (body, make_body(2))]
    batch = (await caller.http.post("/v1/submissions/batch", json={"items": items})).json()["items"]
    assert batch[0]["submission"]["receipt"] == batch[1]["problem"]["stored"] == first
    conflict = await caller.put(make_body(2), key)
    assert (conflict.status_code, conflict.json()["stored"]) == (409, first)


async def test_after_a_rotation_it_says_the_same_under_the_new_key(caller: Client) -> None:
    sent = await send(caller, salt=SALT)
    ring: KeyRing = caller.app.state.keys
    new = rotate_key(ring.file, "receipt-signing")
    ring.look()
    again = (await caller.get(f"/v1/submissions/{sent['id']}")).json()["receipt"]
    assert read_jws(again["signature"])[0]["kid"] == new.id
    assert said_by(again) == said_by(sent["receipt"])
    published = {each["kid"] for each in (await caller.get("/.well-known/jwks.json")).json()["keys"]}
    assert published >= {read_jws(each["signature"])[0]["kid"] for each in (sent["receipt"], again)}


async def test_after_a_correction_the_sender_gets_a_receipt_of_the_new_revision_without_hash(caller: Client) -> None:
    sent = await send(caller, salt=SALT)
    await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: make_body(2)}})
    now = (await caller.get(f"/v1/submissions/{sent['id']}")).json()["receipt"]
    assert_corrected(now, sent["receipt"])


async def test_after_a_correction_with_the_senders_own_salt_it_still_holds_no_hash(caller: Client) -> None:
    """The officer may repeat the salt. Whoever sends exactly the corrected content is told the hash beside it."""
    body, key = make_body(salt=SALT), uuid4()
    sent = (await caller.put(body, key)).json()
    right = make_body(2, salt=SALT)
    await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: right}})
    again = await caller.put(right, key)
    assert again.status_code == 200
    assert again.json()["receipt"]["content_hash"].startswith("sha-256:")
    assert said_by(again.json()["receipt"])["revision"] == 2
    assert "content_hash" not in said_by(again.json()["receipt"])


async def test_others_get_the_code_and_the_time_only(caller: Client, client: Client) -> None:
    sent = await send(caller, salt=SALT)
    client.agency_id = str(uuid4())
    await client.sign_in(scopes=EVERYTHING, regions=["63"])
    seen = (await client.get(f"/v1/submissions/{sent['id']}")).json()["receipt"]
    (row,) = (await client.get("/v1/submissions")).json()["items"]
    assert seen == row["receipt"] == as_others_see(sent["receipt"])
    conflict = await client.put(make_body(2), sent["id"])
    assert conflict.status_code == 409
    for text in (sent["receipt"]["code"], sent["receipt"]["signature"], sent["receipt"]["content_hash"]):
        assert text not in conflict.text


async def test_a_list_signs_nothing_for_the_sender_either(caller: Client) -> None:
    sent = await send(caller, salt=SALT)
    (row,) = (await caller.get("/v1/submissions")).json()["items"]
    assert row["receipt"] == as_others_see(sent["receipt"])


async def test_codes_are_random_and_check_themselves(caller: Client) -> None:
    codes = {(await send(caller, seed=seed))["receipt"]["code"] for seed in range(1, 6)}
    assert len(codes) == 5
    assert all(is_receipt_code(plain_code(code)) and len(code) == 12 for code in codes)


@pytest.mark.parametrize("purpose", ["reinterview", "training"])
async def test_other_purposes_have_receipts_too(caller: Client, purpose: str) -> None:
    sent = await send(caller, salt=SALT, purpose=purpose)
    assert said_by(sent["receipt"])["content_hash"] == sent["receipt"]["content_hash"]
