"""What is held, over HTTP."""

from typing import Any
from uuid import UUID, uuid4

from httpx import Response

from tests.support.factories import Client, make_body
from tests.support.families import put

HELD = "/v1/held-submissions"


def broken(seed: int = 1, **members: Any) -> dict[str, Any]:
    """An interview with an answer to a question that no instrument has."""
    body = make_body(seed, **members)
    return {**body, "answers": {**body["answers"], "no_such_question": "yes"}}


async def keep(client: Client, uuid: UUID | str, body: Any, **headers: str) -> Response:
    return await client.http.put(f"/v1/submissions/{uuid}", params={"keep": "faulty"}, json=body, headers=headers)


async def keep_broken(client: Client, seed: int = 1, **members: Any) -> tuple[str, str]:
    """Hands in an interview with faults. Returns the id under which it was sent, and the one of what is held."""
    uuid = str(uuid4())
    answer = await keep(client, uuid, broken(seed, **members))
    assert answer.status_code == 202, answer.text
    return uuid, answer.json()["held"]["id"]


async def make_conflict(client: Client, first: Any = None, then: Any = None) -> tuple[str, str]:
    """Sends two contents under one id. Returns the id and that of the conflict."""
    uuid = (await put(client, first or make_body(1)))["id"]
    answer = await client.http.put(f"/v1/submissions/{uuid}", json=then or make_body(2))
    assert answer.status_code == 409, answer.text
    return uuid, answer.json()["held"]["id"]


async def settle(client: Client, held: str, choose: str = "held", revision: Any = 1) -> Response:
    return await client.http.post(f"{HELD}/{held}/settle", json={"choose": choose, "revision": revision})
