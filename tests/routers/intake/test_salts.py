"""A salt is made once for each interview, and is not its id."""

from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection
from app.problems.fault_texts import FAULT_TEXTS
from tests.support.batches import codes, entry, send, statuses
from tests.support.factories import Client, codes_of, make_body
from tests.support.subject_requests import ask, fulfil, send_family


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
