"""GET /v1/submissions/{id}"""

from uuid import uuid4

import pytest

from app.platform.database import Connection
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of, make_body


@pytest.mark.parametrize("file", ["ikk-29-2025.1", "ketahanan-24-2016.1"])
async def test_it_works(caller: Client, file: str) -> None:
    sent = await caller.put(make_body(file=file))
    assert sent.status_code == 201, sent.text
    answer = await caller.get(f"/v1/submissions/{sent.json()['id']}")
    assert answer.status_code == 200
    assert answer.json() == sent.json()


async def test_it_shows_the_warnings_of_the_receipt(caller: Client) -> None:
    sent = await caller.put(make_body(family={"head_sex": "female", "members": 9}))
    assert len(sent.json()["warnings"]) == 2
    assert (await caller.get(f"/v1/submissions/{sent.json()['id']}")).json() == sent.json()


async def test_it_shows_neither_answers_nor_card_number(caller: Client) -> None:
    body = make_body()
    uuid = (await caller.put(body)).json()["id"]
    text = (await caller.get(f"/v1/submissions/{uuid}")).text
    assert body["family"]["card_number"] not in text
    assert not [question for question in body["answers"] if f'"{question}"' in text]


async def test_the_look_is_audited(caller: Client, connection: Connection) -> None:
    uuid = (await caller.put(make_body())).json()["id"]
    answer = await caller.get(f"/v1/submissions/{uuid}")
    row = await connection.fetchrow("SELECT * FROM audited WHERE kind = 'submission.read'")
    assert (row["subject"], row["region"]) == (f"submission:{uuid}", LANDASAN_ULIN_SELATAN)
    assert (row["caller_kind"], row["caller_id"]) == ("agency", caller.agency_id)
    assert row["request_id"] == answer.headers["x-request-id"]


async def test_a_look_at_nothing_leaves_no_entry(caller: Client, connection: Connection) -> None:
    uuid = (await caller.put(make_body())).json()["id"]
    await caller.sign_in(scopes=EVERYTHING, regions=["637202"])
    assert (await caller.get(f"/v1/submissions/{uuid}")).status_code == 404
    assert await connection.fetchval("SELECT count(*) FROM audited WHERE kind = 'submission.read'") == 0


@pytest.mark.parametrize("seed", [1, 2])
async def test_it_shows_the_submission_asked_for(caller: Client, seed: int) -> None:
    receipts = {number: (await caller.put(make_body(number))).json() for number in (1, 2)}
    answer = await caller.get(f"/v1/submissions/{receipts[seed]['id']}")
    assert answer.json() == receipts[seed]


async def test_an_unknown_id_is_not_found(caller: Client) -> None:
    await caller.put(make_body())
    answer = await caller.get(f"/v1/submissions/{uuid4()}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:ikk:problem:not-found"


@pytest.mark.parametrize("regions", [["637206"], ["62"], []])
async def test_what_lies_outside_the_caller_s_regions_is_not_found(caller: Client, regions: list[str]) -> None:
    uuid = (await caller.put(make_body(region=GUNTUNG_MANGGIS))).json()["id"]
    await caller.sign_in(scopes=EVERYTHING, regions=regions)
    refused = await caller.get(f"/v1/submissions/{uuid}")
    unknown = await caller.get(f"/v1/submissions/{uuid4()}")
    assert refused.status_code == 404
    assert {**refused.json(), "instance": ""} == {**unknown.json(), "instance": ""}


@pytest.mark.parametrize("id", ["1", "not-a-uuid", "5a5f2a56-35f0-4cd2-a7b4-1f6b6dd37b6", "6372010101019999"])
async def test_what_is_no_uuid_is_a_fault(caller: Client, id: str) -> None:
    answer = await caller.get(f"/v1/submissions/{id}")
    assert answer.status_code == 422
    assert codes_of(answer) == {"id": "bad_format"}


async def test_an_unknown_query_parameter_is_a_fault(caller: Client) -> None:
    answer = await caller.get(f"/v1/submissions/{uuid4()}", expand="answers")
    assert answer.status_code == 422
    assert codes_of(answer) == {"expand": "unknown_member"}


async def test_without_token_it_is_refused(client: Client) -> None:
    assert (await client.get(f"/v1/submissions/{uuid4()}")).status_code == 401


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    either = ("submissions:read", "submissions:write")
    await client.sign_in(scopes=[each for each in EVERYTHING if each not in either], regions=["63"])
    answer = await client.get(f"/v1/submissions/{uuid4()}")
    assert answer.status_code == 403
    assert answer.json()["scope"] == "submissions:read"
