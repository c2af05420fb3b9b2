"""Every body has the limit that OpenAPI names, and addresses and headers have one too."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from app.routers.dependencies import ADDRESS_BYTES, HEADER_BYTES
from tests.support.factories import EVERYTHING, Client


@pytest.fixture
async def officer(client: Client) -> Client:
    """A client with every scope in the whole country."""
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    return client


PARTS = {"indicator": "population", "region": "63", "period": "2023", "year": "2024"}
"""Parts of paths that are checked before the body."""


def bodies(client: Client) -> Iterator[tuple[str, str, str, int]]:
    """Method, path, media type and limit of every operation with a body."""
    paths: dict[str, Any] = client.app.openapi()["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            body = operation.get("requestBody")
            if body is not None:
                found = re.fullmatch(r"At most ([0-9,]+) bytes", body["description"])
                assert found is not None, path
                for media_type in body["content"]:
                    filled = re.sub(r"\{([^}]+)\}", lambda name: PARTS.get(name[1], str(uuid4())), path)
                    yield method, filled, media_type, _number(found[1])


def _number(text: str) -> int:
    return int(text.replace(",", ""))


async def test_a_body_is_as_large_as_openapi_says_and_no_larger(officer: Client) -> None:
    limits = set()
    for method, path, media_type, limit in bodies(officer):
        headers = {"Content-Type": media_type}
        answer = await officer.http.request(method, path, content=b" " * (limit + 1), headers=headers)
        assert (answer.status_code, answer.json()["limit_bytes"]) == (413, limit), path
        assert (await officer.http.request(method, path, content=b" " * limit, headers=headers)).status_code != 413, (
            path
        )
        limits.add(limit)
    assert limits == {16 * 1024, 64 * 1024, 256 * 1024, 512 * 1024, 1024 * 1024, 4 * 1024 * 1024}


async def test_a_long_address_is_refused_before_the_token_is_looked_at(client: Client) -> None:
    answer = await client.http.get("/v1/regions?" + "a&" * ADDRESS_BYTES)
    assert (answer.status_code, answer.json()["limit_bytes"]) == (414, ADDRESS_BYTES)
    assert (await client.http.get("/v1/regions/" + "1" * ADDRESS_BYTES)).status_code == 414


async def test_large_headers_are_refused(officer: Client) -> None:
    answer = await officer.http.get("/v1/regions", headers={"X-Long": "x" * HEADER_BYTES})
    assert (answer.status_code, answer.json()["limit_bytes"]) == (431, HEADER_BYTES)


async def test_unknown_members_at_every_depth_are_counted(officer: Client) -> None:
    many = {f"u{number}": 1 for number in range(150)}
    body = {"username": "siti.aminah", "name": "Siti", "grants": [{"role": "kader", "region": "63", **many}], **many}
    problem = (await officer.http.post("/v1/people", json=body)).json()
    listed = [each for each in problem["faults"] if each["code"] == "unknown_member"]
    assert len(listed) == len(problem["faults"]) == 100
    assert (problem["faults_total"], problem["faults_truncated"]) == (300, True)
