"""POST /v1/receipts/verify"""

import gzip
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from app.examples.operations import make_examples
from app.platform.database import Connection
from app.platform.encryption import Vault
from app.platform.key_ring import KeyRing, rotate_key, withdraw_key
from app.problems.receipt_texts import RECEIPT_FAULT_TEXTS, RECEIPT_STATE_TEXTS
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of, make_body
from tests.support.jws import read_jws, said_by, sign_jws
from tests.support.subject_requests import serve

SALT = "3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2"
PATH = "/v1/receipts/verify"


async def verify(client: Client, receipt: object) -> Response:
    return await client.http.post(PATH, json={"receipt": receipt})


async def verdict(client: Client, receipt: object) -> dict[str, Any]:
    answer = await verify(client, receipt)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def state(client: Client, receipt: str) -> str | None:
    found = await verdict(client, receipt)
    assert (found["valid"], found["reason"]) == (True, None)
    told: str | None = found["state"]
    return told


async def send(client: Client, **changed: Any) -> dict[str, Any]:
    answer = await client.put(make_body(**{"salt": SALT, **changed}))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def as_another(client: Client, *scopes: str, regions: tuple[str, ...] = ("63",)) -> None:
    client.agency_id = str(uuid4())
    await client.sign_in(scopes=scopes or EVERYTHING, regions=regions)


async def test_it_works(caller: Client) -> None:
    receipt = (await send(caller))["receipt"]
    found = await verdict(caller, receipt["signature"])
    texts = RECEIPT_STATE_TEXTS["current"]
    assert found == {
        "valid": True,
        "reason": None,
        "message": {"id": texts[0], "en": texts[1]},
        "receipt": said_by(receipt) | {"held": None},
        "state": "current",
    }


async def test_one_that_was_broken_into_lines_on_its_way_is_read(caller: Client) -> None:
    text = (await send(caller))["receipt"]["signature"]
    broken = "\n".join(text[at : at + 60] for at in range(0, len(text), 60))
    assert await state(caller, f"  {broken}\r\n\t") == "current"


async def test_one_without_a_salt_has_no_hash_and_is_current(caller: Client) -> None:
    receipt = (await send(caller, salt=None))["receipt"]
    found = await verdict(caller, receipt["signature"])
    assert (found["state"], found["receipt"]["content_hash"]) == ("current", None)


async def test_a_corrected_interview_supersedes_the_first_receipt_and_not_its_own(caller: Client) -> None:
    sent = await send(caller)
    await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: make_body(2, salt=SALT)}})
    now = (await caller.get(f"/v1/submissions/{sent['id']}")).json()
    assert await state(caller, sent["receipt"]["signature"]) == "superseded"
    assert await state(caller, now["receipt"]["signature"]) == "current"


async def test_an_erased_interview_is_said_to_be_erased(caller: Client) -> None:
    sent = await send(caller)
    await serve(caller, sent["family"], "erase")
    assert await state(caller, sent["receipt"]["signature"]) == "erased"


async def test_a_restricted_family_is_still_stored(caller: Client) -> None:
    sent = await send(caller)
    await serve(caller, sent["family"], "restrict")
    assert await state(caller, sent["receipt"]["signature"]) == "current"


async def test_a_lost_interview_is_an_alarm(caller: Client, connection: Connection) -> None:
    sent = await send(caller)
    await connection.execute("DELETE FROM submission")
    found = await verdict(caller, sent["receipt"]["signature"])
    assert found["state"] == "missing"
    assert "Tell the operator" in found["message"]["en"]


@pytest.mark.parametrize(
    "change",
    [
        "received_at = received_at + interval '1 microsecond'",
        "code = '7KQX2M9RTV'",
        "region = '6372021005'",
        "revision = 0",
    ],
)
async def test_an_interview_that_is_not_that_of_the_receipt_is_an_alarm(
    caller: Client, connection: Connection, change: str
) -> None:
    sent = await send(caller)
    await connection.execute(f"UPDATE submission SET {change}")
    assert await state(caller, sent["receipt"]["signature"]) == "differs"


async def test_other_content_under_the_same_id_is_an_alarm(caller: Client, connection: Connection) -> None:
    """As after a restored backup, when somebody else's content took the place of what was sent."""
    sent, other = await send(caller), await send(caller, seed=2)
    vault: Vault = caller.app.state.vault
    row = await connection.fetchrow("SELECT * FROM submission WHERE id = $1", UUID(other["id"]))
    hashed = vault.decrypt_hash(row["id"], row["hash_key_id"], row["encrypted_hash"])
    assert hashed is not None
    key_id, encrypted = vault.encrypt_hash(UUID(sent["id"]), hashed)
    change = "UPDATE submission SET hash_key_id = $1, encrypted_hash = $2 WHERE id = $3"
    await connection.execute(change, key_id, encrypted, UUID(sent["id"]))
    assert await state(caller, sent["receipt"]["signature"]) == "differs"


async def test_a_reader_of_the_region_gets_the_state(caller: Client) -> None:
    receipt = (await send(caller))["receipt"]["signature"]
    await as_another(caller, "submissions:read", regions=("6372",))
    assert await state(caller, receipt) == "current"


@pytest.mark.parametrize(
    ("scope", "region"), [("submissions:write", "63"), ("submissions:read", "64"), ("submissions:read", "637202")]
)
async def test_whoever_may_not_read_the_interview_gets_no_state(caller: Client, scope: str, region: str) -> None:
    receipt = (await send(caller))["receipt"]["signature"]
    await as_another(caller, scope, regions=(region,))
    found = await verdict(caller, receipt)
    assert (found["valid"], found["state"]) == (True, None)
    assert found["receipt"]["region"] == LANDASAN_ULIN_SELATAN


@pytest.mark.parametrize("gone", ["erase", "delete"])
async def test_outside_the_region_nobody_hears_that_it_is_gone(
    caller: Client, connection: Connection, gone: str
) -> None:
    sent = await send(caller)
    if gone == "erase":
        await serve(caller, sent["family"], "erase")
    await connection.execute("DELETE FROM submission")
    await as_another(caller, regions=("637202",))
    assert await state(caller, sent["receipt"]["signature"]) is None
    await as_another(caller, "submissions:write", regions=("637206",))
    assert await state(caller, sent["receipt"]["signature"]) == ("erased" if gone == "erase" else "missing")


async def test_an_interview_that_moved_out_of_the_area_is_not_said_to_be_missing(caller: Client) -> None:
    """The family moved to a village that this caller may not see. That is no alarm."""
    sent = await send(caller)
    moved = make_body(salt=SALT, region=GUNTUNG_MANGGIS)
    await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: moved}})
    await as_another(caller, regions=("637206",))
    assert await state(caller, sent["receipt"]["signature"]) is None
    await as_another(caller, regions=("6372",))
    assert await state(caller, sent["receipt"]["signature"]) == "superseded"


async def test_a_withdrawn_key_verifies_nothing_any_more(caller: Client) -> None:
    receipt = (await send(caller))["receipt"]["signature"]
    ring: KeyRing = caller.app.state.keys
    old = ring.current("receipt-signing")
    rotate_key(ring.file, "receipt-signing")
    ring.look()
    assert await state(caller, receipt) == "current"
    withdraw_key(ring.file, old.id)
    ring.look()
    found = await verdict(caller, receipt)
    assert (found["valid"], found["reason"], found["receipt"], found["state"]) == (False, "unknown_key", None, None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda header, said: ({**header, "alg": "none"}, said), "wrong_algorithm"),
        (lambda header, said: ({**header, "alg": "HS256"}, said), "wrong_algorithm"),
        (lambda header, said: ({**header, "alg": "ES384"}, said), "wrong_algorithm"),
        (lambda header, said: ({**header, "typ": "JWT"}, said), "wrong_type"),
        (lambda header, said: ({**header, "kid": "another"}, said), "unknown_key"),
        (lambda header, said: ({**header, "crit": ["exp"]}, said), "malformed"),
        (lambda header, said: (header, {**said, "iss": "https://another.example.go.id"}), "wrong_issuer"),
        (lambda header, said: (header, {"iss": said["iss"]}), "malformed"),
    ],
    ids=["none", "HS256", "ES384", "JWT", "another key", "critical", "another issuer", "no receipt"],
)
async def test_what_is_no_receipt_of_ours_says_why(caller: Client, change: Any, reason: str) -> None:
    """Each under a signature of the right key, so that nothing but the change is wrong."""
    header, said = read_jws((await send(caller))["receipt"]["signature"])
    ring: KeyRing = caller.app.state.keys
    found = await verdict(caller, sign_jws(ring.current("receipt-signing"), *change(header, said)))
    texts = RECEIPT_FAULT_TEXTS[found["reason"]]
    assert found == {
        "valid": False,
        "reason": reason,
        "message": {"id": texts[0], "en": texts[1]},
        "receipt": None,
        "state": None,
    }


async def test_a_changed_receipt_is_wrong(caller: Client) -> None:
    one, other = [(await send(caller, seed=seed))["receipt"]["signature"].split(".") for seed in (1, 2)]
    assert (await verdict(caller, ".".join((one[0], other[1], one[2]))))["reason"] == "wrong_signature"


@pytest.mark.parametrize("text", ["", " ", ".", "..", "a.b.c", "a.b.c.d", "eyJ", "\u0000", "é.é.é", "7KQ-X2M-9RTV"])
async def test_any_other_text_is_malformed(caller: Client, text: str) -> None:
    assert (await verdict(caller, text))["reason"] == "malformed"


async def test_a_long_text_is_malformed_and_a_longer_one_is_too_large(caller: Client) -> None:
    assert (await verdict(caller, "a" * 60_000 + ".b.c"))["reason"] == "malformed"
    assert (await verify(caller, "a" * 70_000)).status_code == 413


@pytest.mark.parametrize("receipt", [None, 7, True, ["a"], {"a": 1}])
async def test_what_is_no_text_is_a_fault(caller: Client, receipt: object) -> None:
    answer = await verify(caller, receipt)
    assert answer.status_code == 422
    assert codes_of(answer) == {"/receipt": "missing" if receipt is None else "wrong_type"}


async def test_a_compressed_body_is_taken(caller: Client) -> None:
    receipt = (await send(caller))["receipt"]["signature"]
    packed = gzip.compress(f'{{"receipt": "{receipt}"}}'.encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await caller.http.post(PATH, content=packed, headers=headers)
    assert (answer.status_code, answer.json()["state"]) == (200, "current")


async def test_it_is_audited_when_the_state_is_told_and_only_then(caller: Client, connection: Connection) -> None:
    sent = await send(caller)
    await connection.execute("DELETE FROM audit_queue")
    await verify(caller, sent["receipt"]["signature"])
    await verify(caller, "a.b.c")
    await as_another(caller, "submissions:write")
    await verify(caller, sent["receipt"]["signature"])
    (entry,) = await connection.fetch("SELECT * FROM audited WHERE kind = 'receipt.verify'")
    assert (entry["subject"], entry["region"]) == (f"submission:{sent['id']}", LANDASAN_ULIN_SELATAN)


def test_the_example_of_the_response_is_that_of_the_request() -> None:
    requests, responses = make_examples()
    claims = read_jws(requests["verifyReceipt"]["receipt"])[1]
    assert responses["verifyReceipt"]["receipt"] == claims | {"held": None}
