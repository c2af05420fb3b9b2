"""Requests of tests that concern families and their subject requests."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from httpx import Response

from tests.support.factories import Client, make_body

REQUESTS = "/v1/subject-requests"


def hours_ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def request_body(family: str, kind: str, **changed: Any) -> dict[str, Any]:
    return {"family": family, "kind": kind, "channel": "in_person", "received_at": hours_ago(1), **changed}


async def send_family(client: Client, seed: int = 1, **changed: Any) -> dict[str, Any]:
    """Sends a submission and returns its receipt with the family id. `changed` is as in make_body."""
    response = await client.put(make_body(seed, **{"basis": "public_task", **changed}), uuid4())
    assert response.status_code == 201, response.text
    receipt: dict[str, Any] = response.json()
    return receipt


async def ask(client: Client, family: str, kind: str, **changed: Any) -> str:
    """Records a subject request and returns its id."""
    response = await client.http.post(REQUESTS, json=request_body(family, kind, **changed))
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def fulfil(client: Client, request: str, body: dict[str, Any] | None = None) -> Response:
    return await client.http.post(f"{REQUESTS}/{request}/fulfil", json=body or {})


async def serve(client: Client, family: str, kind: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Records a subject request and fulfils it. Returns the response."""
    response = await fulfil(client, await ask(client, family, kind), body)
    assert response.status_code == 200, response.text
    done: dict[str, Any] = response.json()
    return done


async def count_families(client: Client, region: str = "6372", year: int = 2025, **query: Any) -> int:
    response = await client.get(f"/v1/aggregates/{region}/{year}", **query)
    assert response.status_code == 200, response.text
    return int(response.json()["families"])
