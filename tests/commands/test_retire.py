"""`ikk instrument retire` ends a version: interviews made later are refused, those made until then are always taken."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI

from app.platform.database import Connection, Database
from app.scoring.catalogue import Catalogue, Published, Retirement
from app.services.reference.instruments import refresh_catalogue
from tests.commands.test_commands import Command
from tests.support.factories import Client, instrument, make_body
from tests.support.subject_requests import ask, fulfil

RETIRE = ("instrument", "retire", "ikk-29", "2025.1")
AFTER = ("--after", "2025-07-29", "--use", "2025.2")
LAST = "2025-07-29T15:59:59Z"
"""The last moment of 29 July in Banjarbaru, which is eight hours ahead."""
LATER = "2025-07-29T16:00:00Z"
FAULT = {
    "pointer": "/version",
    "code": "instrument_retired",
    "message": "This version is only for interviews until 29 July 2025. "
    "The version for later interviews: ikk-29 2025.2.",
    "last_day": "2025-07-29",
    "use_instead": "2025.2",
}


@pytest.fixture
async def ikk(app: FastAPI, dsn: str, database: Database, connection: Connection) -> AsyncIterator[Command]:
    yield Command(dsn, app.state.settings.folder)
    await connection.execute("UPDATE instrument SET retired_after = NULL, use_instead = NULL")
    await learn(app, database)


async def learn(app: FastAPI, database: Database) -> None:
    """What a server does every IKK_REFRESH_SECONDS."""
    async with database.session() as session:
        await refresh_catalogue(session, app.state.catalogue)


async def faults(client: Client, body: dict[str, Any], id: UUID | None = None) -> list[dict[str, Any]]:
    client.http.headers["Accept-Language"] = "en"
    refused = await client.put(body, id)
    assert refused.status_code == 422, refused.text
    found: list[dict[str, Any]] = refused.json()["faults"]
    return found


async def test_it_works(caller: Client, app: FastAPI, database: Database, ikk: Command) -> None:
    assert ikk.done(*RETIRE, *AFTER).strip() == "ikk-29 2025.1 takes interviews until 2025-07-29; then use 2025.2"
    await learn(app, database)
    assert (await caller.put(make_body(1, surveyed_at=LAST))).status_code == 201
    assert await faults(caller, make_body(2, surveyed_at=LATER)) == [FAULT]
    assert (await caller.put(make_body(2, file="ikk-29-2025.2", surveyed_at=LATER))).status_code == 201


async def test_the_last_day_is_that_of_the_village(
    caller: Client, app: FastAPI, database: Database, ikk: Command
) -> None:
    ikk.done(*RETIRE, *AFTER)
    await learn(app, database)
    await caller.sign_in(scopes=["submissions:write"], regions=["ID"])
    assert (await caller.put(make_body(1, surveyed_at=LATER, region="3171011001"))).status_code == 201


async def test_what_is_stored_stays_stored_and_can_be_sent_again(
    caller: Client, app: FastAPI, database: Database, ikk: Command
) -> None:
    body, key = make_body(1, surveyed_at=LATER), uuid4()
    sent = await caller.put(body, key)
    ikk.done(*RETIRE, *AFTER)
    await learn(app, database)
    again = await caller.put(body, key)
    assert (again.status_code, again.json()["receipt"]) == (200, sent.json()["receipt"])
    assert await faults(caller, {**body, "surveyed_at": "2025-07-30T01:00:00Z"}, key) == [FAULT]


async def test_a_family_can_have_what_is_stored_corrected(
    caller: Client, app: FastAPI, database: Database, ikk: Command
) -> None:
    body = make_body(1, surveyed_at=LATER)
    sent = (await caller.put(body)).json()
    ikk.done(*RETIRE, *AFTER)
    await learn(app, database)

    async def correct(corrected: dict[str, Any]) -> Any:
        request = await ask(caller, sent["family"], "correct")
        return await fulfil(caller, request, {"submissions": {sent["id"]: corrected}})

    assert (await correct({**make_body(2), "family": body["family"], "surveyed_at": LATER})).status_code == 200
    later = await correct({**body, "surveyed_at": "2025-07-31T01:00:00Z"})
    assert [each["code"] for each in later.json()["faults"]] == ["instrument_retired"]


async def test_it_is_told_with_the_other_faults(caller: Client, app: FastAPI, database: Database, ikk: Command) -> None:
    ikk.done(*RETIRE, *AFTER)
    await learn(app, database)
    body = make_body(1, surveyed_at=LATER)
    found = await faults(caller, {**body, "answers": {**body["answers"], "nothing": 1}})
    assert {each["code"] for each in found} == {"unknown_question", "instrument_retired"}


async def test_it_is_shown_with_an_entity_tag_of_its_own(
    caller: Client, app: FastAPI, database: Database, ikk: Command
) -> None:
    path = "/v1/instruments/ikk-29/2025.1"
    before = await caller.get(path)
    assert (before.json()["retired_after"], before.json()["use_instead"]) == (None, None)
    assert "immutable" not in before.headers["cache-control"]
    ikk.done(*RETIRE, *AFTER)
    await learn(app, database)
    after = await caller.http.get(path, headers={"If-None-Match": before.headers["etag"]})
    assert (after.status_code, after.json()["retired_after"], after.json()["use_instead"]) == (
        200,
        "2025-07-29",
        "2025.2",
    )
    assert after.json()["content"] == before.json()["content"]
    unchanged = await caller.http.get(path, headers={"If-None-Match": after.headers["etag"]})
    assert unchanged.status_code == 304
    listed = {each["version"]: each for each in (await caller.get("/v1/instruments")).json()["items"]}
    assert (listed["2025.1"]["retired_after"], listed["2025.2"]["retired_after"]) == ("2025-07-29", None)
    assert "immutable" in (await caller.get(f"{path}/schema")).headers["cache-control"]


async def test_another_day_replaces_the_first_and_undo_takes_it_back(
    caller: Client, app: FastAPI, database: Database, connection: Connection, ikk: Command
) -> None:
    ikk.done(*RETIRE, *AFTER)
    assert ikk.done(*RETIRE, *AFTER).strip() == "nothing changes"
    assert ikk.done(*RETIRE, "--after", "2025-12-31").strip() == "ikk-29 2025.1 takes interviews until 2025-12-31"
    await learn(app, database)
    assert (await caller.put(make_body(1, surveyed_at=LATER))).status_code == 201
    assert ikk.done(*RETIRE, "--undo").strip() == "ikk-29 2025.1 is not retired any more"
    await learn(app, database)
    assert (await caller.get("/v1/instruments/ikk-29/2025.1")).json()["retired_after"] is None
    rows = await connection.fetch(
        "SELECT caller_kind, detail FROM audited WHERE kind = 'instrument.retire' ORDER BY at"
    )
    assert {row["caller_kind"] for row in rows} == {"command"}
    assert [json.loads(row["detail"]) for row in rows] == [
        {"instrument": "ikk-29 2025.1", "retired_after": "2025-07-29", "use_instead": "2025.2"},
        {"instrument": "ikk-29 2025.1", "retired_after": "2025-12-31", "use_instead": None},
        {"instrument": "ikk-29 2025.1", "retired_after": None, "use_instead": None},
    ]


async def test_without_a_version_to_use_it_says_whom_to_ask(
    caller: Client, app: FastAPI, database: Database, ikk: Command
) -> None:
    ikk.done(*RETIRE, "--after", "2025-07-29")
    await learn(app, database)
    (fault,) = await faults(caller, make_body(1, surveyed_at=LATER))
    assert fault["message"].endswith("The version for later interviews: not set yet, ask your office.")
    assert fault["use_instead"] is None


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("ikk-29", "2024.1", "--after", "2025-07-29"), 1, "ikk-29 2024.1 is not published here"),
        (("ikk-29", "2025.1", "--after", "2025-07-29", "--use", "2030.1"), 1, "ikk-29 2030.1 is not published here"),
        (("ikk-29", "2025.1", "--after", "2025-07-29", "--use", "2025.1"), 1, "are not taken with 2025.1 either"),
        (("ikk-29", "2025.1"), 2, "give either --after"),
        (("ikk-29", "2025.1", "--after", "29-07-2025"), 2, "give either --after"),
        (("ikk-29", "2025.1", "--after", "2025-07-29", "--undo"), 2, "give either --after"),
        (("ikk-29", "2025.1", "--undo", "--use", "2025.2"), 2, "give either --after"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    connection: Connection, ikk: Command, arguments: tuple[str, ...], status: int, said: str
) -> None:
    assert said in ikk.stopped("instrument", "retire", *arguments, status=status)
    assert await connection.fetchval("SELECT count(*) FROM instrument WHERE retired_after IS NOT NULL") == 0


async def test_a_version_that_is_retired_no_later_cannot_be_the_one_to_use(
    connection: Connection, ikk: Command
) -> None:
    ikk.done("instrument", "retire", "ikk-29", "2025.2", "--after", "2025-07-29")
    assert "are not taken with 2025.2 either" in ikk.stopped(*RETIRE, *AFTER)
    assert await connection.fetchval("SELECT count(*) FROM instrument WHERE retired_after IS NOT NULL") == 1


def test_a_file_that_says_until_when_it_is_valid_is_retired_without_the_command() -> None:
    catalogue = Catalogue()
    ended = add(catalogue, 1, "1", valid_to=date(2026, 6, 30), replaced_by="2")
    assert catalogue.retirement(ended) == Retirement(date(2026, 6, 30), "2")
    catalogue.set_retired(1, Retirement(date(2026, 3, 31)))
    assert catalogue.retirement(ended) == Retirement(date(2026, 3, 31), "2")
    catalogue.set_retired(1, None)
    assert catalogue.retirement(ended) == Retirement(date(2026, 6, 30), "2")


def test_the_version_to_use_is_the_one_that_takes_that_day() -> None:
    catalogue = Catalogue()
    first = add(catalogue, 1, "1", valid_to=date(2026, 6, 30), replaced_by="2")
    second = add(catalogue, 2, "2", valid_to=date(2026, 12, 31), replaced_by="3")
    assert catalogue.replacement(first, date(2026, 12, 31)) == "2"
    assert catalogue.replacement(first, date(2027, 1, 1)) == "3"
    third = add(catalogue, 3, "3", valid_to=date(2027, 6, 30))
    assert catalogue.replacement(second, date(2027, 1, 1)) == "3"
    assert catalogue.replacement(first, date(2027, 7, 1)) is None
    assert catalogue.replacement(third, date(2027, 7, 1)) is None
    add(catalogue, 3, "3", valid_to=date(2027, 6, 30), replaced_by="1")
    assert catalogue.replacement(first, date(2027, 7, 1)) is None


def add(catalogue: Catalogue, id: int, version: str, **keys: Any) -> Published:
    published = Published(id, replace(instrument(), version=version, **keys), datetime(2026, 1, 1, tzinfo=UTC))
    catalogue.add(published)
    return published
