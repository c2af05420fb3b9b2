"""A caller who may do everything, with a valid request of every operation and every place that takes a value."""

from dataclasses import replace

import pytest

from tests.access_matrix.matrix import MATRIX
from tests.access_matrix.resources import INSIDE, Call, Resources
from tests.support.factories import EVERYTHING, Client
from tests.support.families import make_named_body
from tests.support.places import Place, find_places


@pytest.fixture
async def officer(client: Client) -> Client:
    """A client with every scope in the whole country."""
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    return client


@pytest.fixture
async def calls(officer: Client) -> dict[str, Call]:
    """A valid request of every operation."""
    resources = Resources(officer.http, officer.app, INSIDE)
    made: dict[str, Call] = {}
    for row in MATRIX:
        if row.operation not in made:
            made[row.operation] = await row.make(resources, officer.agency_id)
    submission, family = await resources.submission()
    asked = await resources.do("POST", "/v1/subject-requests", json=resources.asks("correct", family))
    correction = {"identity": {"address": "Jalan Contoh 1"}, "submissions": {submission: make_named_body()}}
    made["fulfilSubjectRequest"] = Call(
        "POST", f"/v1/subject-requests/{asked.json()['id']}/fulfil", {"json": correction}
    )
    made["putSubmission"] = replace(made["putSubmission"], sent={"json": make_named_body()})
    cells = {"username": "kader-baru", "name": "Kader Contoh", "role": "kader", "region": INSIDE}
    made["importPeople"] = replace(made["importPeople"], sent={"cells": cells})
    counts = {"region": INSIDE, "period": "2023", "status": "verified", "source": "Simfoni PPA", "victims": "12"}
    made["importCases"] = replace(made["importCases"], sent={"cells": counts})
    figure = {
        "region": INSIDE,
        "year": "2024",
        "indicator": "population",
        "value": "1045",
        "status": "verified",
        "source": "BPS",
        "url": "https://example.go.id/",
    }
    made["importContextFigures"] = replace(made["importContextFigures"], sent={"cells": figure})
    for path, methods in officer.app.openapi()["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded")
            form = {} if content is None else next(iter(content["examples"].values()))["value"]
            made.setdefault(operation["operationId"], Call(method.upper(), path, {"form": form}))
    return made


@pytest.fixture
async def places(officer: Client) -> list[Place]:
    return find_places(officer.app.openapi())
