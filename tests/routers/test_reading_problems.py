"""A problem of a request that only reads never says that nothing was stored, or to send something again."""

import re
from typing import Any

import pytest
from fastapi import FastAPI

from app.problems.problem_texts import PROBLEM_KINDS
from tests.access_matrix.matrix import MATRIX
from tests.access_matrix.resources import INSIDE, Resources
from tests.support.factories import EVERYTHING, Client

WRITING = re.compile(
    r"disimpan|tersimpan|kirim (lagi|ulang)|ada yang berubah|"
    r"nothing was (stored|changed)|not stored|send (it |them |the request )?again",
    re.IGNORECASE,
)
LANGUAGES = ("id", "en")


@pytest.fixture
async def officer(client: Client) -> Client:
    """A client with every scope in the whole country."""
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    return client


async def reading_calls(officer: Client) -> list[str]:
    resources = Resources(officer.http, officer.app, INSIDE)
    made = [await row.make(resources, officer.agency_id) for row in {row.operation: row for row in MATRIX}.values()]
    return [*(call.path for call in made if call.method == "GET"), "/health/live", "/.well-known/jwks.json"]


async def test_a_fault_in_the_address_of_every_get(officer: Client) -> None:
    paths = await reading_calls(officer)
    assert len(paths) > 20
    for path in paths:
        for language in LANGUAGES:
            for method in ("GET", "HEAD"):
                joined = "&" if "?" in path else "?"
                answer = await officer.http.request(
                    method, f"{path}{joined}typo=1", headers={"Accept-Language": language}
                )
                assert answer.status_code == 422, path
                assert not WRITING.search(answer.text), (path, answer.text)


async def test_the_other_refusals_of_every_get(officer: Client) -> None:
    paths = await reading_calls(officer)
    await officer.sign_in(scopes=[], regions=["ID"])
    without_scope = dict(officer.http.headers)
    await officer.sign_in(scopes=EVERYTHING, regions=["91"])
    for path in paths:
        for language in LANGUAGES:
            for headers in ({"Authorization": ""}, {"Authorization": without_scope["authorization"]}, {}):
                answer = await officer.http.get(path, headers={**headers, "Accept-Language": language})
                if answer.status_code >= 400:
                    assert not WRITING.search(answer.json()["title"] + answer.json()["detail"]), (path, answer.text)


async def test_every_example_of_a_get_in_openapi(app: FastAPI) -> None:
    told: list[tuple[str, dict[str, Any]]] = [
        (operation["get"]["operationId"], example["value"])
        for operation in app.openapi()["paths"].values()
        if "get" in operation
        for response in operation["get"]["responses"].values()
        for example in response.get("content", {}).get("application/problem+json", {}).get("examples", {}).values()
    ]
    assert len(told) > 100
    assert [(name, each["detail"]) for name, each in told if WRITING.search(each["title"] + each["detail"])] == []


def test_the_words_are_those_of_the_catalogue() -> None:
    assert any(WRITING.search(str(vars_of(kind))) for kind in PROBLEM_KINDS)


def vars_of(kind: object) -> dict[str, Any]:
    return {name: getattr(kind, name) for name in kind.__slots__}  # type: ignore[attr-defined]
