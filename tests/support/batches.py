"""Batches of submissions, and what became of each."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from httpx import Response

from tests.support.factories import Client, make_body

BATCH = "/v1/submissions/batch"
LINES = "application/x-ndjson"


def entry(body: dict[str, Any] | None = None, id: UUID | str | None = None) -> dict[str, Any]:
    """One interview of a batch, under a new id if none is given."""
    return {"id": str(id or uuid4()), "submission": make_body() if body is None else body}


def families(count: int, **changed: Any) -> list[dict[str, Any]]:
    """Interviews of so many families."""
    return [entry(make_body(seed, **changed)) for seed in range(1, count + 1)]


async def send(client: Client, entries: Sequence[Any], **headers: str) -> Response:
    """Sends the interviews as JSON."""
    return await client.http.post(BATCH, json={"items": list(entries)}, headers=headers)


async def send_text(client: Client, content: Any, media_type: str = "application/json", **headers: str) -> Response:
    """Sends a body as it is."""
    return await client.http.post(BATCH, content=content, headers={"Content-Type": media_type, **headers})


def as_lines(entries: Sequence[Any]) -> str:
    return "".join(f"{json.dumps(each)}\n" for each in entries)


def statuses(answer: Response) -> list[int]:
    """The status of each interview. The response as a whole must be a 200 that counts them right."""
    assert answer.status_code == 200, answer.text
    whole = answer.json()
    told = [(each["position"], each["outcome"], each["status"]) for each in whole["items"]]
    assert [position for position, _, _ in told] == list(range(len(told)))
    assert all((outcome == "stored") == (status < 300) for _, outcome, status in told)
    stored = sum(outcome == "stored" for _, outcome, _ in told)
    assert (whole["stored"], whole["refused"]) == (stored, len(told) - stored)
    return [status for _, _, status in told]


def slug(told: dict[str, Any]) -> str:
    """The slug of the problem of one interview."""
    kind: str = told["problem"]["type"]
    return kind.removeprefix("urn:ikk:problem:")


def codes(told: dict[str, Any]) -> dict[str, str]:
    """The faults of one interview, as pointer → code."""
    return {each["pointer"]: each["code"] for each in told["problem"]["faults"]}
