"""Each parameter of a path or query is spelled in one way, as OpenAPI says, and named once."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from fastapi import FastAPI

from tests.support.factories import EVERYTHING, Client

VALUES = {
    "region": "63",
    "parent": "63",
    "code": "63",
    "level": "regency",
    "from": "2024",
    "to": "2025",
    "indicator": "population",
    "year": "2025",
    "export_purpose": "checking",
}
WHOLE = [
    "2_024",
    "+2024",
    " 2024",
    "2024 ",
    "02024",
    "2024.0",
    "2.024",
    "2e3",
    "0x7e8",
    "٢٠٢٤",
    "２０２４",
    "2024\n",
    "-0",
    "",
]
FLAGS = ["TRUE", "True", "1", "0", "on", "off", "yes", "no", "t", "f", "y", "n", " true", "true ", "False", "ｔrue", ""]


@pytest.fixture
async def officer(client: Client) -> Client:
    """A client with every scope in the whole country."""
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    return client


def parameters(app: FastAPI) -> Iterator[tuple[str, list[dict[str, Any]], dict[str, Any], str]]:
    """Path, all its parameters, one of them, and its type, for every GET."""
    for path, methods in app.openapi()["paths"].items():
        every = methods.get("get", {}).get("parameters", [])
        for each in every:
            schema = each["schema"]
            kinds = [kind.get("type") for kind in schema.get("anyOf", [schema])]
            item: dict[str, Any] = next(
                (kind["items"] for kind in schema.get("anyOf", [schema]) if "items" in kind), {}
            )
            yield path, every, each, item.get("type") or str(kinds[0])


def address(path: str, every: list[dict[str, Any]], *, chosen: dict[str, Any], values: list[str]) -> str:
    """An address with these values of one parameter, and valid ones of the others that are needed."""
    query = []
    for each in every:
        name = each["name"]
        told = values if each is chosen else [VALUES.get(name, str(uuid4()))] if each["required"] else []
        if each["in"] == "path":
            path = path.replace(f"{{{name}}}", quote(told[0], safe=""))
        else:
            query += [f"{name}={quote(value, safe='')}" for value in told]
    return f"{path}?{'&'.join(query)}"


async def faults_of(officer: Client, where: str) -> list[tuple[str, str]]:
    answer = await officer.http.get(where)
    assert answer.status_code == 422, (where, answer.status_code)
    return [(each["parameter"], each["code"]) for each in answer.json()["faults"]]


async def test_whole_numbers_and_flags_are_spelled_in_one_way(officer: Client) -> None:
    tried = set()
    for path, every, chosen, kind in parameters(officer.app):
        for value in {"integer": WHOLE, "boolean": FLAGS}.get(kind, []):
            if chosen["in"] == "path" and value == "":
                continue  # another address
            where = address(path, every, chosen=chosen, values=[value])
            assert await faults_of(officer, where) == [(chosen["name"], "wrong_type")], where
            tried.add((path, chosen["name"]))
    assert {name for _, name in tried} >= {
        "limit",
        "year",
        "from",
        "to",
        "people",
        "counts",
        "moved",
        "active",
        "overdue",
    }
    assert ("/v1/aggregates/{region}/{year}", "year") in tried


@pytest.mark.parametrize("value", ["true", "false"])
async def test_true_and_false_are_taken(officer: Client, value: str) -> None:
    for path, every, chosen, kind in parameters(officer.app):
        if kind == "boolean":
            answer = await officer.http.get(address(path, every, chosen=chosen, values=[value]))
            assert answer.status_code in (200, 404), path


async def test_a_parameter_that_is_named_twice_is_a_fault(officer: Client) -> None:
    tried = 0
    for path, every, chosen, _ in parameters(officer.app):
        if chosen["in"] == "query" and "items" not in str(chosen["schema"]):
            where = address(path, every, chosen=chosen, values=["2024", "2025"])
            assert await faults_of(officer, where) == [(chosen["name"], "named_twice")], where
            tried += 1
    assert tried > 40


async def test_each_parameter_that_is_named_twice_is_named(officer: Client) -> None:
    where = "/v1/aggregates?parent=63&level=regency&year=2024&%79ear=2025&year=2025&parent=64&other=1&other=2"
    assert sorted(await faults_of(officer, where)) == [
        ("other", "unknown_member"),
        ("parent", "named_twice"),
        ("year", "named_twice"),
    ]


async def test_a_list_is_named_once_for_each_value(officer: Client) -> None:
    answer = await officer.http.get(f"/v1/subject-requests/{uuid4()}/export?people=0&people=1")
    assert answer.status_code == 404


async def test_an_empty_value_is_never_taken_for_an_absent_one(officer: Client) -> None:
    for path, every, chosen, _ in parameters(officer.app):
        if chosen["in"] == "query":
            where = address(path, every, chosen=chosen, values=[""])
            assert [name for name, _ in await faults_of(officer, where)] == [chosen["name"]], where


@pytest.mark.parametrize("code", ["６３", "٦٣", "6 3", "+63", "63\n", "063"])
async def test_digits_of_other_scripts_are_no_region_code(officer: Client, code: str) -> None:
    for where in (f"/v1/regions/{quote(code, safe='')}", f"/v1/regions?parent={quote(code, safe='')}"):
        assert [code for _, code in await faults_of(officer, where)] == ["bad_format"]


async def test_openapi_states_the_bounds_of_every_whole_number(app: FastAPI) -> None:
    for path, _, chosen, kind in parameters(app):
        if kind == "integer":
            assert re.search("'maximum': [0-9]+, 'minimum': [0-9]+", str(chosen["schema"])), (path, chosen["name"])
