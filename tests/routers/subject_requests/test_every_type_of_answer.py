"""Answers of every type, from the interview to the family's export, a correction and erasing. Texts stay encrypted."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.config import Settings
from app.platform.database import Connection, Database
from tests.scoring.format_2 import complete
from tests.services.subject_requests.test_what_erasing_leaves import every_row
from tests.support.factories import Client, make_body
from tests.support.families import put, state_purpose
from tests.support.small_service import serving
from tests.support.subject_requests import ask, serve

WORD = "Zubaidah"
FILE = """
option_list = [{ code = "wall", options = [{ code = "01" }, { code = "95" }] }]
roster = [{ code = "p", people = true, maximum = 30, rows = "n" }]
question = [
  { code = "n", type = "integer", minimum = 1, maximum = 30 },
  { code = "area", type = "decimal", digits = 1, minimum = 1, maximum = 999 },
  { code = "wall", type = "choice", options = "wall", specify = "95" },
  { code = "built", type = "several", options = "wall" },
  { code = "moved", type = "date" },
  { code = "remark", type = "text", maximum = 60 },
  { code = "weight", roster = "p", type = "decimal", digits = 1, minimum = 1, maximum = 200 },
  { code = "nick", roster = "p", type = "text", maximum = 60 },
]
fact = [{ code = "age", roster = "p", person = "age_months" }]
index = [{ code = "i", method = "mean" }]
[[indicator]]
code = "small"
fulfilled_when.some = { roster = "p", has = { compare = ["age", "<", 60] } }
[[indicator]]
code = "told"
fulfilled_when.answered = "remark"
"""
ANSWERS = {
    "n": 2,
    "area": 36.5,
    "wall": "95",
    "wall_specify": f"bambu milik {WORD}",
    "built": ["01", "95"],
    "moved": "2025-06-15",
    "remark": f"Ibu {WORD} pindah",
    "p": [{"weight": 51.5, "nick": WORD}, {"nick": "refused"}],
}
PEOPLE = [
    {"name": "Siti Contoh", "sex": "female", "relation": "head", "birth_date": "1990-01-01"},
    {"name": "Budi Contoh", "sex": "male", "relation": "child", "birth_date": "2023-06-15"},
]


@pytest.fixture
async def http(settings: Settings, dsn: str, database: Database) -> AsyncIterator[Client]:
    assert database is not None
    async with serving(settings, dsn, [complete(FILE, code="every-type")], regions=["63"]) as client:
        yield client


def body(answers: dict[str, Any] = ANSWERS, people: list[dict[str, str]] = PEOPLE) -> dict[str, Any]:
    family = {"head_sex": "female", "members": 2, "people": people}
    told = {"instrument": "every-type", "version": "1", "surveyed_at": "2026-06-15T03:00:00Z", "basis": "public_task"}
    return {**make_body(), **told, "family": family, "answers": answers}


async def export(client: Client, family: str, **query: Any) -> dict[str, Any]:
    await state_purpose(client, family)
    found = await client.get(f"/v1/subject-requests/{await ask(client, family, 'export')}/export", **query)
    assert found.status_code == 200, found.text
    whole: dict[str, Any] = found.json()
    return whole


async def test_the_export_shows_them_all(http: Client) -> None:
    sent = await put(http, body())
    [submission] = (await export(http, sent["family"]))["submissions"]
    told = {each["question"]: each for each in submission["answers"]}
    assert {code: each["answer"] for code, each in told.items()} == {**ANSWERS, "p": None}
    first, second = told["p"]["rows"]
    assert first["person"] == {"sex": "female", "relation": "head", "age_months": 12 * 36 + 5}
    assert second["person"] == {"sex": "male", "relation": "child", "age_months": 36}
    assert {each["question"]: each["answer"] for each in first["answers"]} == {"weight": 51.5, "nick": WORD}
    assert submission["score"] == sent["score"]


async def test_the_sender_gets_them_all_back_and_nothing_of_a_person(http: Client, connection: Connection) -> None:
    """A text that the service no longer has is null, which a left-out answer is not."""
    sent = await put(http, body())
    back = await http.get(f"/v1/submissions/{sent['id']}/answers")
    assert back.json()["answers"] == ANSWERS
    assert not any(each in back.text for each in ("Contoh", "1990-01-01", "age_months", "relation"))
    await connection.execute("UPDATE submission SET texts_key_id = NULL, encrypted_texts = NULL")
    later = (await http.get(f"/v1/submissions/{sent['id']}/answers")).json()["answers"]
    lost = {"wall_specify": None, "remark": None, "p": [{"weight": 51.5, "nick": None}, {"nick": "refused"}]}
    assert later == {**ANSWERS, **lost}


async def test_texts_are_in_no_table_in_clear_and_in_no_other_response(http: Client, connection: Connection) -> None:
    sent = await put(http, body())
    rows = await every_row(connection)
    assert {table for table, text in rows.items() if WORD in text or WORD.encode().hex() in text} == set()
    for path in (f"/v1/submissions/{sent['id']}", "/v1/submissions", f"/v1/families/{sent['family']}"):
        found = await http.get(path)
        assert found.status_code == 200, found.text
        assert WORD not in found.text


async def test_a_correction_renews_texts_and_people_and_audits_only_names_of_answers(
    http: Client, connection: Connection
) -> None:
    sent = await put(http, body())
    right = {**ANSWERS, "remark": f"Bapak {WORD}", "area": 40}
    older = [PEOPLE[0], {**PEOPLE[1], "birth_date": "2010-06-15"}]
    await serve(http, sent["family"], "correct", {"submissions": {sent["id"]: body(right, older)}})
    [submission] = (await export(http, sent["family"]))["submissions"]
    told = {each["question"]: each for each in submission["answers"]}
    assert (told["remark"]["answer"], told["area"]["answer"]) == (f"Bapak {WORD}", 40)
    assert told["p"]["rows"][1]["person"]["age_months"] == 16 * 12
    [detail] = await connection.fetch("SELECT detail FROM audited WHERE kind = 'submission.correct'")
    assert json.loads(detail[0])["fields"] == ["answers.area", "answers.p", "answers.remark"]
    assert WORD not in detail[0]
    [small, _] = submission["score"]["indices"][0]["indicators"]
    assert small["outcome"] == "unfulfilled"


async def test_some_people_alone_are_exported_without_the_rows_of_all(http: Client) -> None:
    sent = await put(http, body())
    [submission] = (await export(http, sent["family"], people=0))["submissions"]
    assert "p" not in {each["question"] for each in submission["answers"]}
    assert submission["answers_withheld"] == 1


async def test_erasing_leaves_nothing(http: Client, connection: Connection) -> None:
    sent = await put(http, body())
    await serve(http, sent["family"], "erase")
    assert await connection.fetchval("SELECT count(*) FROM submission") == 0
