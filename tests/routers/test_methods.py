"""Every address refuses each method that the OpenAPI document does not give it, and names those that it has."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from fastapi import FastAPI

from tests.support.factories import Client

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}


def addresses(app: FastAPI) -> Iterator[tuple[str, set[str]]]:
    """An address for each path of the document, with the methods that it has."""
    for path, operations in app.openapi()["paths"].items():
        methods = {method.upper() for method in operations}
        yield re.sub(r"\{\w+\}", str(uuid4()), path), methods | ({"HEAD"} if "GET" in methods else set())


async def test_an_undocumented_method_is_refused_at_every_address(client: Client, app: FastAPI) -> None:
    refused = [(address, method, has) for address, has in addresses(app) for method in METHODS - has]
    assert len(refused) > 200
    for address, method, has in refused:
        answer = await client.http.request(method, address)
        assert (method, address, answer.status_code) == (method, address, 405)
        assert answer.json()["type"] == "urn:ikk:problem:method-not-allowed"
        assert answer.headers["allow"] == ", ".join(sorted(has))


@pytest.mark.parametrize("address", ["/docs", "/openapi.json", "/static-offline-docs/swagger-ui.css"])
async def test_pages_and_files_say_what_they_take(client: Client, address: str) -> None:
    for method in ("POST", "PUT", "DELETE", "TRACE"):
        answer = await client.http.request(method, address)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("method", "address", "allowed"), [("GET", "/v1/families/find", "POST"), ("PATCH", "/v1/people/import", "POST")]
)
async def test_an_address_named_in_full_is_not_read_as_an_id(
    caller: Client, method: str, address: str, allowed: str
) -> None:
    answer = await caller.http.request(method, address)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
