"""GET /v1/submissions/{id}/answers: what the sender gets back, for how long, and what nobody gets."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx import Response

from app.config import Settings
from app.platform.database import Connection, Database
from app.services.intake.content_hash import content_hash
from tests.commands.test_commands import Command
from tests.services.intake.test_texts import send_with_texts
from tests.support.corrections import a_kader
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.families import make_named_body, put
from tests.support.limits import limited
from tests.support.subject_requests import serve

SALT = "3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2"


async def fetch(client: Client, id: str) -> Response:
    return await client.get(f"/v1/submissions/{id}/answers")


def reason_of(answer: Response) -> str:
    """Why answers are not returned."""
    assert (answer.status_code, answer.json()["type"]) == (410, "urn:ikk:problem:answers-closed"), answer.text
    reason: str = answer.json()["reason"]
    return reason


async def age(connection: Connection, by: timedelta) -> None:
    """Makes every submission so much older."""
    await connection.execute("UPDATE submission SET received_at = received_at - $1::interval", by)


@pytest.fixture
async def set_days(app: FastAPI) -> AsyncIterator[Any]:
    usual = app.state.settings

    def change(days: int) -> None:
        app.state.settings = usual.model_copy(update={"own_answers_days": days})

    yield change
    app.state.settings = usual


async def test_it_works(caller: Client) -> None:
    """What comes back has the content hash of the receipt, if the moment is written as it was sent."""
    body = {**make_body(), "salt": SALT, "started_at": "2025-07-29T00:40:00+00:00"}
    del body["family"]["card_number"]
    sent = await put(caller, body)
    answer = await fetch(caller, sent["id"])
    assert answer.status_code == 200, answer.text
    back = answer.json()
    assert (back.pop("id"), back.pop("revision"), back.pop("withheld")) == (sent["id"], 1, [])
    assert datetime.fromisoformat(back["surveyed_at"]) == datetime.fromisoformat(body["surveyed_at"])
    assert back["purpose"] == "interview"
    same = {**back, "surveyed_at": body["surveyed_at"], "started_at": body["started_at"]}
    assert same == {**body, "purpose": "interview"}
    assert f"sha-256:{content_hash(same, body['region']).hex()}" == sent["receipt"]["content_hash"]


async def test_no_identity_comes_back(caller: Client) -> None:
    body = make_named_body(salt=SALT)
    sent = await put(caller, body)
    answer = await fetch(caller, sent["id"])
    assert answer.json()["family"] == {"head_sex": body["family"]["head_sex"], "members": body["family"]["members"]}
    hidden = [body["family"]["card_number"], body["family"]["address"], body["consent"]["version"]]
    for person in body["family"]["people"]:
        hidden += [person["name"], person["nik"], person["birth_date"]]
    assert not any(each in answer.text for each in hidden)
    assert answer.json().keys().isdisjoint({"consent", "basis", "people", "receipt", "score"})


async def test_what_was_not_sent_is_not_there(caller: Client) -> None:
    body = make_body()
    answers = {**body["answers"], "income_month": None, "savings": "refused"}
    sent = await put(caller, {**body, "answers": answers})
    back = (await fetch(caller, sent["id"])).json()
    del answers["income_month"]
    assert (back["answers"], back["salt"], back["started_at"]) == (answers, None, None)


async def test_it_is_audited(caller: Client, connection: Connection) -> None:
    sent = await put(caller, make_body())
    await fetch(caller, sent["id"])
    (entry,) = await connection.fetch("SELECT * FROM audited WHERE kind = 'submission.answers'")
    expected = (caller.agency_id, LANDASAN_ULIN_SELATAN, f"submission:{sent['id']}", '{"revision":1}')
    assert tuple(entry[name] for name in ("caller_id", "region", "subject", "detail")) == expected


async def test_nobody_else_than_reviewers_gets_them_whatever_they_may_read(
    caller: Client, connection: Connection
) -> None:
    sent = await put(caller, make_body())
    caller.agency_id = str(uuid4())
    await caller.sign_in(scopes=[each for each in EVERYTHING if each != "submissions:review"], regions=["ID"])
    assert (await caller.get(f"/v1/submissions/{sent['id']}")).status_code == 200
    other, absent = await fetch(caller, sent["id"]), await fetch(caller, str(uuid4()))
    assert (other.status_code, other.json()["type"]) == (404, "urn:ikk:problem:not-found")
    same = {"instance", "type"}
    assert {**other.json(), **dict.fromkeys(same)} == {**absent.json(), **dict.fromkeys(same)}
    assert await connection.fetchval("SELECT count(*) FROM audited WHERE kind = 'submission.answers'") == 0


async def test_outside_the_present_area_they_are_not_found(caller: Client) -> None:
    sent = await put(caller, make_body(region=LANDASAN_ULIN_SELATAN))
    await caller.sign_in(scopes=["submissions:write"], regions=[GUNTUNG_MANGGIS])
    assert (await fetch(caller, sent["id"])).status_code == 404


async def test_the_scope_to_read_is_not_enough(caller: Client) -> None:
    sent = await put(caller, make_body())
    scopes = set(EVERYTHING) - {"submissions:write", "submissions:review"}
    await caller.sign_in(scopes=sorted(scopes), regions=["63"])
    assert (await fetch(caller, sent["id"])).status_code == 403


async def test_they_are_returned_until_the_last_day(caller: Client, connection: Connection) -> None:
    caller = await a_kader(caller)
    sent = await put(caller, make_body())
    await age(connection, timedelta(days=30) - timedelta(minutes=5))
    assert (await fetch(caller, sent["id"])).status_code == 200
    await age(connection, timedelta(minutes=6))
    answer = await fetch(caller, sent["id"])
    assert reason_of(answer) == "too_old"
    assert (answer.json()["days"], "30 days" in answer.json()["detail"]) == (30, True)


@pytest.mark.parametrize(("language", "text"), [("id", "7 hari"), ("en", "7 days")])
async def test_the_operator_sets_the_days(
    caller: Client, connection: Connection, set_days: Any, language: str, text: str
) -> None:
    caller = await a_kader(caller)
    sent = await put(caller, make_body())
    await age(connection, timedelta(days=8))
    set_days(9)
    assert (await fetch(caller, sent["id"])).status_code == 200
    set_days(7)
    caller.http.headers["Accept-Language"] = language
    assert text in (await fetch(caller, sent["id"])).json()["detail"]


async def test_no_days_is_never(caller: Client, set_days: Any) -> None:
    caller = await a_kader(caller)
    sent = await put(caller, make_body())
    set_days(0)
    assert reason_of(await fetch(caller, sent["id"])) == "not_offered"


async def test_after_a_correction_the_answers_are_an_officers(caller: Client) -> None:
    kader = await a_kader(caller)
    sent = await put(kader, make_body(salt=SALT))
    await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: make_body(2)}})
    answer = await fetch(kader, sent["id"])
    assert reason_of(answer) == "corrected"
    assert "answers" not in answer.json()


async def test_a_restricted_family_is_not_read(caller: Client) -> None:
    sent = await put(caller, make_body())
    await serve(caller, sent["family"], "restrict")
    answer = await fetch(caller, sent["id"])
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:family-restricted")
    await serve(caller, sent["family"], "lift")
    assert (await fetch(caller, sent["id"])).status_code == 200


async def test_an_erased_one_is_gone(caller: Client) -> None:
    sent = await put(caller, make_body())
    await serve(caller, sent["family"], "erase")
    assert (await fetch(caller, sent["id"])).status_code == 404


async def test_retention_takes_them(caller: Client, dsn: str, app: FastAPI) -> None:
    sent = await put(caller, make_body())
    ikk = Command(dsn, Path(app.state.settings.folder))
    ended = ikk("retention", "apply", IKK_RETENTION_ANSWERS_DAYS="1")
    assert "answers of 1 submissions taken" in ended.stdout
    assert reason_of(await fetch(caller, sent["id"])) == "retention"


async def test_training_comes_back_too(caller: Client) -> None:
    sent = await put(caller, make_body(purpose="training"))
    assert (await fetch(caller, sent["id"])).json()["purpose"] == "training"


async def test_a_text_whose_key_is_gone_is_told(caller: Client, connection: Connection, app: FastAPI) -> None:
    sent = await send_with_texts(caller, connection, app)
    await connection.execute("UPDATE submission SET texts_key_id = 'gone'")
    answer = await fetch(caller, str(sent))
    assert answer.json()["type"] == "urn:ikk:problem:identity-unreadable"


async def test_without_the_key_of_the_hash_the_salt_is_gone(caller: Client, connection: Connection) -> None:
    sent = await put(caller, make_body(salt=SALT))
    await connection.execute("UPDATE submission SET hash_key_id = 'gone'")
    answer = await fetch(caller, sent["id"])
    assert (answer.status_code, answer.json()["salt"]) == (200, None)


async def test_they_are_not_kept_by_a_cache(caller: Client) -> None:
    sent = await put(caller, make_body())
    assert (await fetch(caller, sent["id"])).headers["cache-control"] == "no-store"


async def test_it_has_a_limit_of_its_own(caller: Client, settings: Settings, database: Database) -> None:
    """What is not there counts too, so that nobody tries ids."""
    sent = await put(caller, make_body())
    async with limited(caller.app, settings.model_copy(update={"own_answers_per_hour": 2}), database):
        answers = [await fetch(caller, each) for each in (sent["id"], str(uuid4()), sent["id"])]
        assert [each.status_code for each in answers] == [200, 404, 429]
        assert (await caller.get(f"/v1/submissions/{sent['id']}")).status_code == 200
