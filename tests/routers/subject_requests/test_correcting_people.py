"""POST /v1/subject-requests/{id}/fulfil: a corrected identity renews what the answers say of people."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.config import Settings
from app.platform.database import Connection, Database
from tests.support.factories import PROJECT, Client, make_body
from tests.support.families import put, state_purpose
from tests.support.small_service import serving
from tests.support.subject_requests import ask, serve

ROSTER = (PROJECT / "tests" / "scoring" / "examples" / "roster.toml").read_text("utf-8")
PEOPLE = [
    {"name": "Siti Contoh", "sex": "female", "relation": "head", "birth_date": "1990-01-01"},
    {"name": "Budi Contoh", "sex": "male", "relation": "child", "birth_date": "2025-06-15"},
]
ANSWERS = {"n": 2, "area": 21.7, "p": [{}, {"imm": "n"}]}
OLDER = [PEOPLE[0], {**PEOPLE[1], "birth_date": "2020-06-15"}]


@pytest.fixture
async def http(settings: Settings, dsn: str, database: Database) -> AsyncIterator[Client]:
    assert database is not None
    async with serving(settings, dsn, [ROSTER], regions=["63"]) as client:
        yield client


def body(**changed: Any) -> dict[str, Any]:
    family = {"head_sex": "female", "members": 2, "people": PEOPLE}
    told = {"instrument": "roster-example", "version": "2026.1", "surveyed_at": "2026-06-15T03:00:00Z"}
    return {**make_body(), **told, "basis": "public_task", "family": family, "answers": ANSWERS, **changed}


async def exported(client: Client, family: str) -> list[dict[str, Any]]:
    """The rows of the roster in the family's only submission."""
    await state_purpose(client, family)
    found = await client.get(f"/v1/subject-requests/{await ask(client, family, 'export')}/export")
    [submission] = found.json()["submissions"]
    [rows] = [each["rows"] for each in submission["answers"] if each["question"] == "p"]
    return list(rows)


def outcomes(submission: dict[str, Any]) -> dict[str, str]:
    [whole] = [each for each in submission["score"]["indices"] if each["code"] == "whole"]
    return {each["code"]: each["outcome"] for each in whole["indicators"]}


async def read(client: Client, id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/v1/submissions/{id}")).json()
    return found


async def test_a_corrected_birth_date_is_renewed_scored_and_summed(http: Client, connection: Connection) -> None:
    sent = await put(http, body())
    assert outcomes(sent) == {"1": "unfulfilled", "2": "fulfilled"}
    done = await serve(http, sent["family"], "correct", {"identity": {"people": OLDER}})
    [affected] = done["affected"]
    assert (affected["instrument"], affected["families"]) == ("roster-example", {"before": 1, "after": 1})
    after = await read(http, sent["id"])
    assert (after["revision"], after["counts"]) == (2, True)
    assert outcomes(after) == {"1": "not_applicable", "2": "fulfilled"}
    rows = await exported(http, sent["family"])
    assert rows[1]["person"] == {"sex": "male", "relation": "child", "age_months": 72}
    assert [each["answer"] for each in rows[1]["answers"]] == ["n"]
    [detail] = await connection.fetch("SELECT detail FROM audited WHERE kind = 'submission.correct'")
    assert json.loads(detail[0])["fields"] == ["answers.p"]
    region = body()["region"].replace(".", "")
    counted = await http.get(f"/v1/aggregates/{region}/2026", instrument="roster-example", version="2026.1")
    assert counted.json()["families"] == 1, counted.text


async def test_the_device_that_sends_the_original_again_is_told_of_the_correction(http: Client) -> None:
    sent = await put(http, body())
    await serve(http, sent["family"], "correct", {"identity": {"people": OLDER}})
    again = await http.put(body(), sent["id"])
    assert (again.status_code, again.json()["type"]) == (409, "urn:ikk:problem:submission-corrected")


async def test_rows_without_a_person_keep_their_answers_and_people_without_a_row_get_none(http: Client) -> None:
    sent = await put(http, body())
    await serve(http, sent["family"], "correct", {"identity": {"people": PEOPLE[:1]}})
    rows = await exported(http, sent["family"])
    assert [each["person"] for each in rows] == [{"sex": "female", "relation": "head", "age_months": 437}, None]
    assert [each["answer"] for each in rows[1]["answers"]] == ["n"]
    await serve(http, sent["family"], "correct", {"identity": {"people": [*OLDER, PEOPLE[1]]}})
    assert len(await exported(http, sent["family"])) == 2


@pytest.mark.parametrize("identity", [{"address": "Jalan Contoh 2", "people": PEOPLE}, {"people": PEOPLE}])
async def test_a_correction_of_anything_else_leaves_the_submission(http: Client, identity: dict[str, Any]) -> None:
    sent = await put(http, body())
    done = await serve(http, sent["family"], "correct", {"identity": identity})
    assert done["affected"] == []
    assert await read(http, sent["id"]) == sent


async def test_people_who_are_stored_already_renew_answers_with_older_copies(http: Client) -> None:
    card = "6372010101100001"
    first = await put(http, body(family={**body()["family"], "card_number": card}))
    later = {"head_sex": "female", "members": 2, "people": OLDER, "card_number": card}
    answers = {**ANSWERS, "p": [{}, {}]}
    second = await put(http, body(family=later, surveyed_at="2026-07-15T03:00:00Z", answers=answers))
    assert first["family"] == second["family"]
    assert outcomes(await read(http, first["id"])) == {"1": "unfulfilled", "2": "fulfilled"}
    stored = {"people": [{**each} for each in OLDER], "card_number": card}
    await serve(http, first["family"], "correct", {"identity": stored})
    after = await read(http, first["id"])
    assert (after["revision"], outcomes(after)["1"]) == (2, "not_applicable")
    assert (await read(http, second["id"]))["revision"] == 1


async def test_a_corrected_name_leaves_the_submission(http: Client) -> None:
    sent = await put(http, body())
    named = [PEOPLE[0], {**PEOPLE[1], "name": "Budi Benar"}]
    await serve(http, sent["family"], "correct", {"identity": {"people": named}})
    assert await read(http, sent["id"]) == sent


async def test_answers_that_retention_has_taken_stay_as_they_are(http: Client, connection: Connection) -> None:
    sent = await put(http, body())
    await connection.execute("UPDATE submission SET answers = ''")
    await serve(http, sent["family"], "correct", {"identity": {"people": OLDER}})
    assert await connection.fetchval("SELECT answers FROM submission") == b""
    assert await read(http, sent["id"]) == sent


async def test_a_submission_in_the_same_correction_is_as_it_was_sent(http: Client) -> None:
    sent = await put(http, body())
    right = {sent["id"]: body(answers={**ANSWERS, "p": [{}, {"imm": "y"}]})}
    await serve(http, sent["family"], "correct", {"identity": {"people": OLDER}, "submissions": right})
    after = await read(http, sent["id"])
    assert (after["revision"], outcomes(after)["1"]) == (2, "fulfilled")
