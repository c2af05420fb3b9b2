"""POST /v1/submissions/batch: faults around an interview are listed with those of the interview."""

from typing import Any

import pytest

from tests.support.batches import codes, entry, send, statuses
from tests.support.factories import Client, make_body


@pytest.mark.parametrize("around", [{"id": "x"}, {"id": "x", "y": 1}, {"y": 1}, {"id": None}])
@pytest.mark.parametrize(
    "changed",
    [
        {"region": "6372069999"},
        {"region": "6372069999", "family": {"head_sex": "x", "members": 0}},
        {"answers": {}, "more": 1, "surveyed_at": "2001-01-01T00:00:00Z"},
        {"started_at": "2025-07-30T00:00:00Z", "salt": "x"},
        {"instrument": "none"},
    ],
)
async def test_faults_around_a_submission_do_not_hide_its_own(
    caller: Client, around: dict[str, Any], changed: dict[str, Any]
) -> None:
    body = make_body(**changed)
    whole, alone, outside = (
        await send(caller, [{**entry(body), **around}, entry(body), {**entry(), **around}])
    ).json()["items"]
    own = {f"/submission{pointer}": code for pointer, code in codes(alone).items()}
    assert own
    assert codes(whole) == {**codes(outside), **own}
    assert [each["message"] for each in whole["problem"]["faults"]] == [
        *(each["message"] for part in (outside, alone) for each in part["problem"]["faults"])
    ]


async def test_faults_around_a_submission_of_other_regions_stand_alone(caller: Client) -> None:
    sent = {**entry(make_body(region="6471011001", answers={})), "id": "x"}
    answer = await send(caller, [sent])
    assert (statuses(answer), codes(answer.json()["items"][0])) == ([422], {"/id": "bad_format"})


async def test_a_salt_that_is_the_id_is_told_beside_what_is_around(caller: Client) -> None:
    sent = entry()
    sent = {**sent, "more": 1, "submission": make_body(salt=sent["id"])}
    told = codes((await send(caller, [sent])).json()["items"][0])
    assert told == {"/more": "unknown_member", "/submission/salt": "salt_is_id"}
