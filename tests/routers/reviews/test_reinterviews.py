"""/v1/submissions/reinterviews: draw interviews to repeat, and compare second interviews with the first ones."""

from typing import Any

import pytest

from app.platform.database import Connection
from tests.support.accounts import act_as
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.sealing import seal_all

PATH = "/v1/submissions/reinterviews"
ASKED = {"region": "6372", "year": 2025}


def family(seed: int) -> dict[str, Any]:
    return {"head_sex": "female", "members": 3, "card_number": f"63720101019{seed:05}"}


async def interview(client: Client, seed: int, *, region: str = LANDASAN_ULIN_SELATAN, **changed: Any) -> str:
    answer = await client.put({**make_body(seed, region=region, family=family(seed)), **changed})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def draw(client: Client, **asked: Any) -> Any:
    return await client.http.post(PATH, json={**ASKED, **asked})


async def test_it_draws_what_counts_again_by_its_seed(caller: Client, connection: Connection) -> None:
    sent = [
        await interview(caller, seed, region=(LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS)[seed % 2]) for seed in range(1, 9)
    ]
    first = (await draw(caller, size=3)).json()
    assert first["counted"] == 8
    assert len(first["items"]) == 3
    assert {each["id"] for each in first["items"]} < set(sent)
    assert (await draw(caller, size=3, seed=first["seed"])).json() == first
    assert {each["id"] for each in (await draw(caller, share=1)).json()["items"]} == set(sent)
    assert len((await draw(caller, share=0.3)).json()["items"]) == 3
    samples = {
        tuple(each["id"] for each in (await draw(caller, size=4, seed=seed)).json()["items"]) for seed in range(9)
    }
    assert len(samples) > 1
    await seal_all(caller.app)
    detail = await connection.fetchval(
        "SELECT detail::text FROM audit_log WHERE kind = 'submission.draw' ORDER BY position LIMIT 1"
    )
    assert f'"seed":{first["seed"]}' in detail
    assert '"count":3' in detail


async def test_an_area_without_interviews_has_no_sample(caller: Client) -> None:
    assert (await draw(caller, size=3, seed=1)).json() == {"seed": 1, "counted": 0, "items": []}


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({}, "/size"),
        ({"size": 1, "share": 0.5}, "/share"),
        ({"size": 0}, "/size"),
        ({"size": 1001}, "/size"),
        ({"size": True}, "/size"),
        ({"share": 0}, "/share"),
        ({"share": 1.5}, "/share"),
        ({"size": 1, "seed": -1}, "/seed"),
        ({"size": 1, "seed": "a"}, "/seed"),
        ({"size": 1, "instrument": "none"}, "/instrument"),
        ({"size": 1, "year": "2025"}, "/year"),
        ({"size": 1, "round": "1"}, "/round"),
    ],
)
async def test_faults(caller: Client, changed: dict[str, Any], pointer: str) -> None:
    answer = await draw(caller, **changed)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["faults"]] == [pointer]


async def test_it_compares_the_latest_of_each(caller: Client) -> None:
    for seed in (1, 2):
        await interview(caller, seed)
        again = make_body(seed + 50)["answers"]
        later = {"purpose": "reinterview", "answers": again}
        await interview(caller, seed, **{**later, "surveyed_at": "2025-08-01T09:00:00+08:00"})
        same = make_body(seed)["answers"]
        await interview(caller, seed, **{**later, "answers": same, "surveyed_at": "2025-08-02T09:00:00+08:00"})
    await interview(caller, 3)
    found = (await caller.get(PATH, **ASKED)).json()
    assert (found["pairs"], found["cut"]) == (2, False)
    assert found["index"] == {"pairs": 2, "mean": 0.0, "mean_absolute": 0.0}
    told = [each for each in found["questions"] if each["pairs"] >= 2]
    assert told
    assert {each["share"] for each in told} == {1.0}


async def test_the_weakest_question_comes_first(caller: Client) -> None:
    for seed in (1, 2, 3):
        await interview(caller, seed)
        await interview(caller, seed, purpose="reinterview", answers=make_body(seed + 50)["answers"])
    shares = [each["share"] for each in (await caller.get(PATH, **ASKED)).json()["questions"]]
    known = [each for each in shares if each is not None]
    assert known == sorted(known)
    assert shares == known + [None] * (len(shares) - len(known))
    assert known[0] < 1


async def test_without_the_sensitive_scope_no_sensitive_question_and_no_index_of_few(caller: Client) -> None:
    for seed in (1, 2):
        await interview(caller, seed)
        await interview(caller, seed, purpose="reinterview")
    whole = (await caller.get(PATH, **ASKED)).json()
    await act_as(caller, ("supervisor", "6372"))
    found = (await caller.get(PATH, **ASKED)).json()
    assert found["index"] == {"pairs": 2, "mean": None, "mean_absolute": None}
    assert len(found["questions"]) < len(whole["questions"])


async def test_one_pair_tells_no_share(caller: Client) -> None:
    await interview(caller, 1)
    await interview(caller, 1, purpose="reinterview")
    found = (await caller.get(PATH, **ASKED)).json()
    assert found["pairs"] == 1
    assert {each["share"] for each in found["questions"]} == {None}
    assert found["index"]["mean"] is None
