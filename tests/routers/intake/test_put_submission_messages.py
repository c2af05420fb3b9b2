"""PUT /v1/submissions/{id}: texts and languages of refusals, which never repeat what was sent."""

from uuid import uuid4

import pytest
from httpx import Response

from app.problems.fault_texts import FAULT_TEXTS
from tests.support.factories import Client, codes_of, make_body

SECRET_NUMBER = "6372010101019999"


async def put_in(client: Client, accept_language: str | None) -> Response:
    """Sends a faulty body with this Accept-Language header, or none."""
    headers = {} if accept_language is None else {"Accept-Language": accept_language}
    del client.http.headers["Accept-Language"]
    return await client.http.put(f"/v1/submissions/{uuid4()}", json=make_body(region="6372069999"), headers=headers)


@pytest.mark.parametrize("wanted", [None, "", "id", "id-ID,id;q=0.9,en;q=0.8", "fr", "*", "en;q=0", "en;q=x"])
async def test_messages_are_in_indonesian_unless_english_is_preferred(caller: Client, wanted: str | None) -> None:
    answer = await put_in(caller, wanted)
    assert answer.json()["faults"][0]["message"] == FAULT_TEXTS["unknown_region"][0]
    assert answer.json()["title"] == "Ada yang perlu diperbaiki"
    assert answer.headers["content-language"] == "id"


@pytest.mark.parametrize("wanted", ["en", "en-GB", "EN", "fr, en;q=0.5", "id;q=0.2, en;q=0.7"])
async def test_messages_are_in_english_where_it_is_preferred(caller: Client, wanted: str) -> None:
    answer = await put_in(caller, wanted)
    assert answer.json()["faults"][0]["message"] == FAULT_TEXTS["unknown_region"][1]
    assert answer.json()["title"] == "There is something to correct"
    assert answer.headers["content-language"] == "en"


async def test_a_number_given_as_a_question_s_name_is_not_repeated(caller: Client) -> None:
    body = make_body()
    answer = await caller.put({**body, "answers": {**body["answers"], SECRET_NUMBER: 1}})
    assert codes_of(answer) == {"/answers/…": "unknown_question"}
    assert SECRET_NUMBER not in answer.text


async def test_a_number_given_as_a_member_s_name_is_not_repeated(caller: Client) -> None:
    answer = await caller.put({**make_body(), SECRET_NUMBER: 1})
    assert codes_of(answer) == {"/…": "unknown_member"}
    assert SECRET_NUMBER not in answer.text


@pytest.mark.parametrize("name", ["a/b", "a~b", "", "x" * 41, "Siti Aminah", "é", "a\nb", "‮abc", "😀", "a\u0301"])
async def test_a_name_unlike_ours_is_not_repeated(caller: Client, name: str) -> None:
    body = make_body()
    answer = await caller.put({**body, "answers": {**body["answers"], name: 1}})
    assert codes_of(answer) == {"/answers/…": "unknown_question"}


@pytest.mark.parametrize("question", ["toilet", "protein_days", "violence_women"])
@pytest.mark.parametrize("answer", ["zebra-zebra", SECRET_NUMBER])
async def test_a_wrong_answer_is_not_repeated(caller: Client, question: str, answer: str) -> None:
    body = make_body()
    refused = await caller.put({**body, "answers": {**body["answers"], question: answer}})
    assert refused.status_code == 422
    assert answer not in refused.text


async def test_a_wrong_card_number_is_not_repeated(caller: Client) -> None:
    body = make_body()
    answer = await caller.put({**body, "family": {**body["family"], "card_number": SECRET_NUMBER + "1"}})
    assert codes_of(answer) == {"/family/card_number": "bad_format"}
    assert SECRET_NUMBER not in answer.text


async def test_a_wrong_number_is_not_repeated(caller: Client) -> None:
    body = make_body()
    answer = await caller.put({**body, "answers": {**body["answers"], "income_month": 7 * 10**14}})
    assert codes_of(answer) == {"/answers/income_month": "out_of_range"}
    assert str(7 * 10**14) not in answer.text


async def test_an_id_that_is_no_uuid_is_named_and_not_repeated(caller: Client) -> None:
    answer = await caller.put(make_body(), SECRET_NUMBER)
    assert answer.status_code == 422
    assert codes_of(answer) == {"id": "bad_format"}
    assert SECRET_NUMBER not in answer.text


async def test_an_unknown_query_parameter_is_named(caller: Client) -> None:
    answer = await caller.http.put(f"/v1/submissions/{uuid4()}", params={"dry_run": "1"}, json=make_body())
    assert answer.status_code == 422
    assert codes_of(answer) == {"dry_run": "unknown_member"}


async def test_every_response_carries_a_request_id_of_its_own(caller: Client) -> None:
    taken, refused = await caller.put(make_body()), await caller.put({})
    assert (taken.status_code, refused.status_code) == (201, 422)
    assert len({taken.headers["x-request-id"], refused.headers["x-request-id"]}) == 2


@pytest.mark.parametrize("body", [make_body(), {}])
async def test_a_request_id_that_was_sent_is_kept(caller: Client, body: dict[str, object]) -> None:
    sent = {"X-Request-ID": "0b5e7f1e-6a52-4f0b-9a55-b7f1c7f0a001"}
    answer = await caller.http.put(f"/v1/submissions/{uuid4()}", json=body, headers=sent)
    assert answer.headers.get_list("x-request-id") == [sent["X-Request-ID"]]


@pytest.mark.parametrize("sent", ["short", "x" * 65, "with blanks in it", '"quoted-id"', "é" * 10])
async def test_a_request_id_of_another_form_is_replaced(caller: Client, sent: str) -> None:
    headers = {b"X-Request-ID": sent.encode()}
    answer = await caller.http.put(f"/v1/submissions/{uuid4()}", json=make_body(), headers=headers)
    assert answer.status_code == 201
    assert answer.headers["x-request-id"] != sent
    assert len(answer.headers["x-request-id"]) == 36
