"""GET /v1/submissions?mine=true and ?purpose=: own interviews with their receipts, such as for a new phone."""

from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of, make_body
from tests.support.families import put
from tests.support.jws import as_others_see, assert_corrected, said_by
from tests.support.subject_requests import serve

SALT = "3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2"


async def listed(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/v1/submissions", **query)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["items"]
    return rows


def without_signature(receipt: dict[str, Any]) -> dict[str, Any]:
    """A signature may differ each time. What it says does not."""
    return {**receipt, "signature": said_by(receipt)}


async def as_another(client: Client) -> None:
    client.agency_id = str(uuid4())
    await client.sign_in(scopes=EVERYTHING, regions=["63"])


@pytest.fixture
async def both(caller: Client) -> list[dict[str, Any]]:
    """A submission of another account and one of the caller's own."""
    theirs = await put(caller, make_body(1))
    await as_another(caller)
    return [theirs, await put(caller, make_body(2, salt=SALT))]


async def test_it_works(caller: Client, both: list[dict[str, Any]]) -> None:
    (row,) = await listed(caller, mine="true")
    assert row["id"] == both[1]["id"]
    assert without_signature(row["receipt"]) == without_signature(both[1]["receipt"])
    assert row["receipt"]["content_hash"] is not None


async def test_it_is_the_receipt_of_a_get(caller: Client) -> None:
    for changed in ({"salt": SALT}, {}, {"purpose": "training"}, {"purpose": "reinterview", "salt": SALT}):
        await put(caller, {**make_body(), **changed})
    for row in await listed(caller, mine="true"):
        single = (await caller.get(f"/v1/submissions/{row['id']}")).json()
        assert without_signature(row["receipt"]) == without_signature(single["receipt"])


async def test_false_lists_what_others_sent_and_nothing_lists_both(caller: Client, both: list[dict[str, Any]]) -> None:
    (row,) = await listed(caller, mine="false")
    assert (row["id"], row["receipt"]) == (both[0]["id"], as_others_see(both[0]["receipt"]))
    rows = await listed(caller)
    assert {each["id"] for each in rows} == {each["id"] for each in both}
    assert all(each["receipt"]["signature"] is None and each["receipt"]["content_hash"] is None for each in rows)


async def test_a_kader_without_more_lists_own_ones_only(caller: Client, both: list[dict[str, Any]]) -> None:
    await caller.sign_in(scopes=["submissions:write"], regions=["63"])
    assert [each["id"] for each in await listed(caller, mine="true")] == [both[1]["id"]]
    assert await listed(caller, mine="false") == []


async def test_with_the_scope_to_read_alone_they_are_own_ones_too(caller: Client, both: list[dict[str, Any]]) -> None:
    await caller.sign_in(scopes=["submissions:read"], regions=["63"])
    (row,) = await listed(caller, mine="true")
    assert without_signature(row["receipt"]) == without_signature(both[1]["receipt"])


async def test_after_a_correction_it_has_no_hash(caller: Client) -> None:
    sent = await put(caller, make_body(salt=SALT))
    await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: make_body(2)}})
    (row,) = await listed(caller, mine="true")
    assert_corrected(row["receipt"], sent["receipt"])
    single = (await caller.get(f"/v1/submissions/{sent['id']}")).json()
    assert without_signature(row["receipt"]) == without_signature(single["receipt"])


async def test_of_a_restricted_family_it_has_neither_hash_nor_signature(caller: Client) -> None:
    sent = await put(caller, make_body(salt=SALT))
    await serve(caller, sent["family"], "restrict")
    (row,) = await listed(caller, mine="true")
    assert (row["status"], row["receipt"]) == ("restricted", as_others_see(sent["receipt"]))


async def test_a_lost_key_of_the_hash_leaves_the_rest(caller: Client, connection: Connection) -> None:
    await put(caller, make_body(salt=SALT))
    await connection.execute("UPDATE submission SET hash_key_id = 'gone'")
    (row,) = await listed(caller, mine="true")
    assert row["receipt"]["content_hash"] is None
    assert said_by(row["receipt"])["code"] == row["receipt"]["code"]


async def test_what_lies_outside_the_present_area_is_not_listed(caller: Client) -> None:
    await put(caller, make_body(region=LANDASAN_ULIN_SELATAN))
    await caller.sign_in(scopes=["submissions:write"], regions=[GUNTUNG_MANGGIS])
    assert await listed(caller, mine="true") == []


async def test_pages_hold_every_one_once(caller: Client, both: list[dict[str, Any]]) -> None:
    own = {both[1]["id"], *[(await put(caller, make_body(seed)))["id"] for seed in range(3, 8)]}
    found, query = list[str](), {"mine": "true", "limit": "2"}
    while "cursor" not in query or query["cursor"]:
        page = (await caller.get("/v1/submissions", **query)).json()
        found += [each["id"] for each in page["items"]]
        query["cursor"] = page["next"]
    assert len(found) == len(own)
    assert set(found) == own


@pytest.mark.parametrize("purpose", ["interview", "reinterview", "training"])
async def test_a_purpose_alone(caller: Client, purpose: str) -> None:
    sent = {
        each: (await put(caller, make_body(seed, purpose=each)))["id"]
        for seed, each in enumerate(("interview", "reinterview", "training"), 1)
    }
    rows = await listed(caller, purpose=purpose)
    assert [(each["id"], each["purpose"]) for each in rows] == [(sent[purpose], purpose)]
    assert len(await listed(caller)) == 3


async def test_filters_add_up(caller: Client, both: list[dict[str, Any]]) -> None:
    practice = (await put(caller, make_body(3, purpose="training")))["id"]
    assert [each["id"] for each in await listed(caller, mine="true", purpose="training")] == [practice]
    assert [each["id"] for each in await listed(caller, mine="true", counts="false")] == [practice]
    assert [each["id"] for each in await listed(caller, mine="true", counts="true")] == [both[1]["id"]]
    assert await listed(caller, mine="true", moved="true") == []
    assert await listed(caller, mine="false", purpose="training") == []


@pytest.mark.parametrize(
    ("query", "code"),
    [({"purpose": "latihan"}, "not_allowed"), ({"purpose": ""}, "not_allowed"), ({"mine": "yes"}, "wrong_type")],
)
async def test_other_values_are_faults(caller: Client, query: dict[str, str], code: str) -> None:
    answer = await caller.get("/v1/submissions", **query)
    assert (answer.status_code, codes_of(answer)) == (422, dict.fromkeys(query, code))
