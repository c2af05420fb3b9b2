"""Every address that returns a body refuses a request that accepts none of its formats, before it does anything."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from tests.support.factories import Client, make_body


def operations(app: FastAPI) -> Iterator[tuple[str, str, set[str], dict[str, Any]]]:
    """The method, an address, the media types of successful responses, and the operation."""
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            successes = [each for status, each in operation["responses"].items() if status.startswith("2")]
            formats = {media_type for each in successes for media_type in each.get("content", {})}
            yield method.upper(), re.sub(r"\{\w+\}", str(uuid4()), path), formats, operation


async def test_it_works(client: Client, app: FastAPI) -> None:
    seen = 0
    for method, address, formats, operation in operations(app):
        answer = await client.http.request(method, address, headers={"Accept": "image/png, video/*;q=0.5"})
        assert (answer.status_code == 406) == bool(formats), (method, address, answer.text)
        assert ("406" in operation["responses"]) == bool(formats), (method, address)
        if formats:
            seen += 1
            body = answer.json()
            assert body["type"] == "urn:ikk:problem:not-acceptable"
            assert set(body["available"]) == formats, (method, address)
    assert seen > 40


async def test_csv_is_never_json_in_disguise(client: Client, app: FastAPI) -> None:
    for method, address, formats, _ in operations(app):
        answer = await client.http.request(method, address, headers={"Accept": "text/csv"})
        assert (answer.status_code == 406) == (bool(formats) and "text/csv" not in formats), (method, address)


async def test_nothing_is_stored(caller: Client) -> None:
    path, body = f"/v1/submissions/{uuid4()}", make_body()
    assert (await caller.http.put(path, json=body, headers={"Accept": "text/csv"})).status_code == 406
    assert (await caller.http.put(path, json=body)).status_code == 201


@pytest.mark.parametrize("lines", [["text/csv;q=0", "application/json"], ["image/png", "text/csv;q=0.1, */*"]])
async def test_lines_of_the_header_are_one_list(caller: Client, lines: list[str]) -> None:
    headers = [("Accept", line) for line in lines]
    answer = await caller.http.get("/v1/aggregates/6372/2025", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


async def test_what_has_several_formats_varies(caller: Client) -> None:
    assert "Accept" in (await caller.http.get("/v1/aggregates/6372/2025")).headers["vary"]
    assert (await caller.http.get("/v1/me")).headers["vary"] == "Accept-Encoding"
