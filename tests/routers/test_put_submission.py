"""PUT /v1/submissions/{id}"""

from tests.factories import Client, make_body


async def test_it_works(caller: Client) -> None:
    answer = await caller.put(make_body())
    assert answer.status_code == 201, answer.text
    assert answer.json()["score"]["instrument_status"] == "provisional"
