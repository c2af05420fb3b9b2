"""PUT /v1/submissions/{id} with If-Match or a correction that cannot be made. What is stored stays as it is."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection
from tests.support.corrections import VILLAGE, WHY, a_kader, a_supervisor, another, correct, problem_of
from tests.support.factories import GUNTUNG_MANGGIS, Client, codes_of, make_body
from tests.support.families import put
from tests.support.subject_requests import serve

NIK = "6372014501900001"


@pytest.fixture(autouse=True)
async def nothing_changes(connection: Connection) -> AsyncIterator[None]:
    """No test of this file makes a new revision."""
    yield
    assert await connection.fetchval("SELECT count(*) FROM submission_revision") == 0
    assert (
        await connection.fetchval("SELECT count(*) FROM submission WHERE revision > 1 AND corrected_by IS NOT NULL")
        == 0
    )


async def send(client: Client, id: str, body: dict[str, Any], **headers: str) -> Any:
    return await client.http.put(f"/v1/submissions/{id}", json=body, headers=headers)


@pytest.mark.parametrize(
    "value", ["1", '"one"', 'W/"1"', "*", '"1", "2"', '""', '"-1"', '"01"', '"1.0"', '"١"'.encode()]
)
async def test_a_malformed_if_match(caller: Client, value: Any) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    body = {**make_body(2), "correction": WHY}
    answer = await caller.http.put(f"/v1/submissions/{sent}", json=body, headers={"If-Match": value})
    assert (answer.status_code, codes_of(answer)) == (422, {"If-Match": "bad_format"})


async def test_two_headers(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    headers = [("If-Match", '"1"'), ("If-Match", '"1"')]
    answer = await caller.http.put(f"/v1/submissions/{sent}", json={**make_body(2), "correction": WHY}, headers=headers)
    assert codes_of(answer) == {"If-Match": "bad_format"}


@pytest.mark.parametrize(
    ("correction", "faults"),
    [
        ("typing_error", {"/correction": "wrong_type"}),
        ([], {"/correction": "wrong_type"}),
        ({}, {"/correction/reason": "missing"}),
        ({"reason": "conflict_chosen"}, {"/correction/reason": "not_allowed"}),
        ({"reason": "other", "note": ""}, {"/correction/note": "bad_format"}),
        ({"reason": "other", "note": "x" * 501}, {"/correction/note": "bad_format"}),
        ({"reason": "other", "note": f"NIK {NIK}"}, {"/correction/note": "looks_like_nik"}),
        ({"reason": "other", "because": 1}, {"/correction/because": "unknown_member"}),
        ({"reason": 1, "note": 2}, {"/correction/reason": "not_allowed", "/correction/note": "wrong_type"}),
    ],
)
async def test_a_malformed_correction(caller: Client, correction: Any, faults: dict[str, str]) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    answer = await send(caller, sent, {**make_body(2), "correction": correction}, **{"If-Match": '"1"'})
    assert (answer.status_code, codes_of(answer)) == (422, faults)
    assert NIK not in answer.text


async def test_all_faults_are_listed_at_once(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    body = {**make_body(2), "correction": {}, "surveyed_at": "yesterday"}
    found = codes_of(await send(caller, sent, body, **{"If-Match": "1"}))
    assert {"If-Match", "/correction/reason", "/surveyed_at"} <= found.keys()


async def test_a_correction_that_is_null_is_absent(caller: Client) -> None:
    assert (await caller.put({**make_body(1), "correction": None})).status_code == 201


async def test_without_a_reason(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    answer = await send(caller, sent, make_body(2), **{"If-Match": '"1"'})
    assert (answer.status_code, codes_of(answer)) == (422, {"/correction": "missing"})


async def test_without_if_match(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    answer = await send(caller, sent, {**make_body(2), "correction": WHY})
    assert problem_of(answer) == (428, "if-match-missing")
    assert answer.json()["revision"] == 1


async def test_of_a_new_id_without_if_match(caller: Client, connection: Connection) -> None:
    answer = await send(caller, str(uuid4()), {**make_body(2), "correction": WHY})
    assert (answer.status_code, codes_of(answer)) == (422, {"If-Match": "missing"})
    assert await connection.fetchval("SELECT count(*) FROM submission") == 0


async def test_of_a_new_id_with_if_match(caller: Client, connection: Connection) -> None:
    answer = await send(caller, str(uuid4()), make_body(2), **{"If-Match": '"1"'})
    assert problem_of(answer) == (412, "revision-stale")
    assert answer.json()["revision"] is None
    assert await connection.fetchval("SELECT count(*) FROM held_submission") == 0


async def test_in_a_batch(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    items = [{"id": sent, "submission": {**make_body(2), "correction": WHY}}]
    (told,) = (await caller.http.post("/v1/submissions/batch", json={"items": items})).json()["items"]
    assert [(each["pointer"], each["code"]) for each in told["problem"]["faults"]] == [("/correction", "not_allowed")]


async def test_of_an_erased_family(caller: Client) -> None:
    sent = await put(caller, make_body(1))
    await serve(caller, sent["family"], "erase")
    assert problem_of(await correct(caller, sent["id"], make_body(2))) == (410, "submission-erased")


async def test_of_a_restricted_family(caller: Client) -> None:
    sent = await put(caller, make_body(1))
    await serve(caller, sent["family"], "restrict")
    assert problem_of(await correct(caller, sent["id"], make_body(2))) == (403, "family-restricted")


async def test_by_a_supervisor_of_a_restricted_family(caller: Client) -> None:
    sent = await put(caller, make_body(1))
    await serve(caller, sent["family"], "restrict")
    supervisor = await a_supervisor(caller)
    assert problem_of(await correct(supervisor, sent["id"], make_body(2))) == (403, "family-restricted")


async def test_by_another_kader(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    assert problem_of(await correct(await a_kader(caller), sent, make_body(2))) == (409, "submission-differs")


async def test_by_a_supervisor_of_another_area(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    supervisor = await a_supervisor(caller, GUNTUNG_MANGGIS)
    assert problem_of(await correct(supervisor, sent, make_body(2))) == (403, "region-outside-caller")


async def test_into_a_village_of_another_supervisor(caller: Client) -> None:
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    supervisor = await a_supervisor(caller)
    moved = make_body(2, region=GUNTUNG_MANGGIS)
    assert problem_of(await correct(supervisor, sent, moved)) == (403, "region-outside-caller")


async def test_into_a_village_where_the_supervisor_only_writes(caller: Client) -> None:
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    both = await another(caller, "submissions:review")
    tokens = caller.app.state.tokens
    areas = {"submissions:review": [VILLAGE], "submissions:write": [GUNTUNG_MANGGIS]}
    both.http.headers["Authorization"] = f"Bearer {tokens.issue('agency', both.agency_id, areas).token}"
    moved = make_body(2, region=GUNTUNG_MANGGIS)
    assert problem_of(await correct(both, sent, moved)) == (403, "region-outside-caller")


async def test_of_what_was_sent_from_a_village_that_is_left(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    await caller.sign_in(scopes=["submissions:write"], regions=[GUNTUNG_MANGGIS])
    assert problem_of(await correct(caller, sent, make_body(2))) == (403, "region-outside-caller")


async def test_a_supervisor_sends_no_new_submissions(caller: Client) -> None:
    answer = await (await a_supervisor(caller)).put(make_body(1))
    assert problem_of(answer) == (403, "missing-scope")
    assert answer.json()["scope"] == "submissions:write"


async def test_into_a_village_that_is_none(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    answer = await correct(caller, sent, make_body(2, region="6372061999"))
    assert (answer.status_code, codes_of(answer)) == (422, {"/region": "unknown_region"})


async def test_a_real_interview_does_not_become_training(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    answer = await correct(caller, sent, {**make_body(1), "purpose": "training"})
    assert (answer.status_code, codes_of(answer)) == (422, {"/purpose": "not_allowed"})


async def test_with_keep_or_without_the_header_is_not_taken_in_front(caller: Client) -> None:
    """A body that is plainly valid and has If-Match is no new submission."""
    answer = await send(caller, str(uuid4()), make_body(9), **{"If-Match": '"3"'})
    assert answer.status_code == 412
