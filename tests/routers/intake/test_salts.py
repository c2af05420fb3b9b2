"""A salt is made once for each interview, and is not its id."""

from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from app.platform.database import Connection
from app.platform.key_ring import KeyRing, rotate_key
from app.problems.fault_texts import FAULT_TEXTS
from tests.support.batches import codes, entry, send, statuses
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, Client, codes_of, make_body
from tests.support.families import make_named_body
from tests.support.subject_requests import ask, count_families, fulfil, send_family, serve

SALT = "3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2"
PLAIN = {"head_sex": "female", "members": 3}
"""A family without a card."""


async def warned(client: Client, body: dict[str, Any], id: object = None) -> list[tuple[str, str]]:
    """The warnings about the salt of a submission, which is stored."""
    answer = await client.put(body, str(id or uuid4()))
    assert answer.status_code in (200, 201), answer.text
    found = [(each["code"], each["pointer"]) for each in answer.json()["warnings"]]
    return [each for each in found if each[0] == "salt_used_before"]


USED = [("salt_used_before", "/salt")]


@pytest.mark.parametrize("spelled", [str.lower, str.upper])
async def test_the_id_as_salt_is_a_fault(caller: Client, connection: Connection, spelled: Any) -> None:
    key = str(uuid4())
    body = make_body(salt=spelled(key))
    alone = await caller.put(body, key)
    assert (alone.status_code, codes_of(alone)) == (422, {"/salt": "salt_is_id"})
    together = await send(caller, [entry(body, key), entry(body)])
    assert (statuses(together), codes(together.json()["items"][0])) == ([422, 201], {"/salt": "salt_is_id"})
    assert await connection.fetchval("SELECT count(*) FROM submission") == 1


async def test_the_id_as_salt_is_a_fault_beside_all_others(caller: Client) -> None:
    key = str(uuid4())
    answer = await caller.put(make_body(salt=key, family={"head_sex": "female", "members": 0}), key)
    assert codes_of(answer).items() >= {"/salt": "salt_is_id", "/family/members": "too_small"}.items()
    (told,) = [each for each in answer.json()["faults"] if each["code"] == "salt_is_id"]
    assert told["example"] != key
    assert told["message"] in [text.format(example=told["example"]) for text in FAULT_TEXTS["salt_is_id"]]


async def test_the_id_as_salt_is_a_fault_in_a_correction(caller: Client) -> None:
    sent = await send_family(caller, 1)
    body = {"submissions": {sent["id"]: make_body(2, salt=sent["id"])}}
    answer = await fulfil(caller, await ask(caller, sent["family"], "correct"), body)
    assert codes_of(answer) == {f"/submissions/{sent['id']}/salt": "salt_is_id"}


async def test_a_salt_of_another_interview_is_a_warning(caller: Client) -> None:
    one, other = uuid4(), uuid4()
    body = make_body(1, salt=SALT, family=PLAIN)
    assert await warned(caller, body, one) == []
    assert await warned(caller, body, other) == USED
    assert await warned(caller, make_body(2, salt=SALT.upper(), region=GUNTUNG_MANGGIS, family=PLAIN)) == USED
    assert await warned(caller, make_body(3, salt=str(uuid4()), family=PLAIN)) == []
    assert await warned(caller, make_body(4, family=PLAIN)) == await warned(caller, make_body(4, family=PLAIN)) == []
    # What was stored keeps its warnings when it is sent again. Without a card each still counts.
    assert (await warned(caller, body, one), await warned(caller, body, other)) == ([], USED)
    assert await count_families(caller) == 6


async def test_it_is_a_warning_within_one_batch(caller: Client) -> None:
    body = make_body(1, salt=SALT, family=PLAIN)
    answer = await send(caller, [entry(body), entry(body)])
    told = [[each["code"] for each in became["submission"]["warnings"]] for became in answer.json()["items"]]
    assert ["salt_used_before" in each for each in told] == [False, True]


async def test_a_family_that_is_known_is_warned_of_beside_it(caller: Client) -> None:
    body = make_named_body(salt=SALT)
    await caller.put(body)
    codes_told = [each["code"] for each in (await caller.put(body)).json()["warnings"]]
    assert {"salt_used_before", "interviewed_before"} <= {*codes_told}
    assert await count_families(caller) == 1


async def test_nothing_is_told_of_what_others_sent(caller: Client, connection: Connection) -> None:
    assert await warned(caller, make_body(1, salt=SALT)) == []
    caller.agency_id = str(uuid4())
    await caller.sign_in(scopes=EVERYTHING, regions=["63"])
    assert await warned(caller, make_body(1, salt=SALT)) == []
    assert await warned(caller, make_body(1, salt=SALT)) == USED
    marks = [row["salt_mark"] for row in await connection.fetch("SELECT salt_mark FROM submission")]
    assert len({*marks}) == 2
    assert {len(each) for each in marks} == {16}


async def test_it_is_found_after_a_rotation(caller: Client, app: FastAPI) -> None:
    assert await warned(caller, make_body(1, salt=SALT)) == []
    ring: KeyRing = app.state.keys
    rotate_key(ring.file, "receipts")
    ring.look()
    assert await warned(caller, make_body(2, salt=SALT)) == USED


async def test_a_correction_with_another_salt_gives_the_first_one_back(caller: Client) -> None:
    sent, new = await send_family(caller, 1, salt=SALT), str(uuid4())
    right = make_body(2, salt=new)
    await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: right}})
    assert await warned(caller, make_body(3, salt=new)) == USED
    assert await warned(caller, make_body(4, salt=SALT)) == []


async def test_the_salt_of_an_erased_interview_is_forgotten(caller: Client) -> None:
    sent = await send_family(caller, 1, salt=SALT)
    await serve(caller, sent["family"], "erase")
    assert await warned(caller, make_body(2, salt=SALT)) == []
