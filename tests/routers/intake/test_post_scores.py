"""POST /v1/scores"""

from typing import Any

import pytest
from httpx import Response

from app.platform.database import Connection
from tests.support.factories import EVERYTHING, Client, codes_of, make_body


def make_question(seed: int = 1, *, file: str = "ikk-29-2025.1", **changed: Any) -> dict[str, Any]:
    """The members of a valid submission that POST /v1/scores takes. `changed` replaces some of them."""
    body = make_body(seed, file=file)
    return {name: body[name] for name in ("instrument", "version", "answers")} | changed


async def post(client: Client, content: object) -> Response:
    return await client.http.post("/v1/scores", json=content)


async def test_it_works(caller: Client) -> None:
    answer = await post(caller, make_question())
    assert answer.status_code == 200, answer.text
    assert answer.json()["instrument"] == "ikk-29"


@pytest.mark.parametrize("file", ["ikk-29-2025.1", "ketahanan-24-2016.1"])
@pytest.mark.parametrize("seed", range(5))
async def test_the_score_is_that_of_a_submission_with_the_same_answers(caller: Client, file: str, seed: int) -> None:
    sent = await caller.put(make_body(seed, file=file))
    assert sent.status_code == 201
    assert (await post(caller, make_question(seed, file=file))).json() == sent.json()["score"]


async def test_nothing_is_stored(caller: Client, connection: Connection) -> None:
    assert (await post(caller, make_question())).status_code == 200
    for table in ("submission", "family", "village_sums"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_no_region_is_needed(client: Client) -> None:
    await client.sign_in(scopes=["submissions:write"], regions=[])
    assert (await post(client, make_question())).status_code == 200


@pytest.mark.parametrize("member", ["instrument", "version", "answers"])
async def test_a_member_left_out_is_a_fault(caller: Client, member: str) -> None:
    question = make_question()
    del question[member]
    answer = await post(caller, question)
    assert answer.status_code == 422
    assert codes_of(answer) == {f"/{member}": "missing"}


@pytest.mark.parametrize("member", ["instrument", "version", "answers"])
@pytest.mark.parametrize("value", [7, True, ["x"]])
async def test_a_member_of_the_wrong_type_is_a_fault(caller: Client, member: str, value: object) -> None:
    answer = await post(caller, {**make_question(), member: value})
    assert answer.status_code == 422
    assert codes_of(answer) == {f"/{member}": "wrong_type"}


async def test_a_member_of_a_submission_is_a_fault(caller: Client) -> None:
    answer = await post(caller, make_body())
    assert answer.status_code == 422
    assert codes_of(answer) == dict.fromkeys(("/region", "/surveyed_at", "/family"), "unknown_member")


async def test_an_unknown_version_is_a_fault(caller: Client) -> None:
    answer = await post(caller, make_question(version="2024.9"))
    assert answer.status_code == 422
    assert codes_of(answer) == {"/version": "unknown_instrument"}


async def test_all_faults_are_listed_at_once(caller: Client) -> None:
    question = make_question(extra=1)
    question["answers"] |= {"toilet": "gold", "protein_days": 9, "pets": 1}
    answer = await post(caller, question)
    assert answer.status_code == 422
    assert codes_of(answer) == {
        "/extra": "unknown_member",
        "/answers/toilet": "unknown_option",
        "/answers/protein_days": "out_of_range",
        "/answers/pets": "unknown_question",
    }


async def test_a_fault_does_not_repeat_the_answer(caller: Client) -> None:
    question = make_question()
    question["answers"]["toilet"] = "zebra-zebra"
    answer = await post(caller, question)
    assert answer.status_code == 422
    assert "zebra" not in answer.text


async def test_what_is_no_json_is_refused(caller: Client) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await caller.http.post("/v1/scores", content="{", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:ikk:problem:malformed-json"


async def test_another_content_type_is_refused(caller: Client) -> None:
    assert (await caller.http.post("/v1/scores", data={"instrument": "ikk-29"})).status_code == 415


async def test_a_too_large_body_is_refused(caller: Client) -> None:
    assert (await post(caller, make_question(instrument="x" * 1024 * 1024))).status_code == 413


async def test_without_token_it_is_refused(client: Client) -> None:
    assert (await post(client, make_question())).status_code == 401


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "submissions:write"], regions=["63"])
    assert (await post(client, make_question())).status_code == 403
