"""GET /v1/submissions/{id}/revisions, and the answers of each to reviewers."""

from typing import Any
from uuid import UUID

import pytest

from app.config import Settings
from app.platform.database import Connection, Database
from tests.support.corrections import a_kader, a_supervisor, another, correct, problem_of
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, instrument, make_body
from tests.support.families import put
from tests.support.limits import limited
from tests.support.subject_requests import serve

SENSITIVE = ("submissions:read", "submissions:review", "submissions:sensitive")


async def corrected(caller: Client) -> tuple[Client, str, dict[str, Any], dict[str, Any]]:
    """A kader, what that kader sent and corrected, and the two bodies."""
    kader, first, second = await a_kader(caller), make_body(1), make_body(2)
    sent = (await put(kader, first))["id"]
    assert (await correct(kader, sent, second, note="Salah pencet")).status_code == 200
    return kader, sent, first, second


def plain(body: dict[str, Any]) -> dict[str, Any]:
    hidden = instrument().sensitive_questions
    return {code: answer for code, answer in body["answers"].items() if code not in hidden and answer is not None}


async def test_a_reviewer_sees_what_changed(caller: Client) -> None:
    _, sent, first, second = await corrected(caller)
    supervisor = await a_supervisor(caller)
    latest, earliest = (await supervisor.get(f"/v1/submissions/{sent}/revisions")).json()["items"]
    assert (latest["revision"], latest["reason"], latest["note"]) == (2, "typing_error", "Salah pencet")
    assert (earliest["revision"], earliest["reason"], earliest["changed"]) == (1, None, None)
    before, after = plain(first), plain(second)
    changed = {each["question"]: (each["before"], each["after"]) for each in latest["changed"]["answers"]}
    names = {*before, *after}
    assert changed == {
        name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    }
    assert latest["changed"]["withheld"] is True


async def test_a_reader_of_sensitive_answers_sees_all_of_it(caller: Client) -> None:
    kader, sent, first, second = await corrected(caller)
    reader = await another(caller, *SENSITIVE)
    for each in (reader, kader):
        latest, earliest = (await each.get(f"/v1/submissions/{sent}/revisions")).json()["items"]
        codes = {change["question"] for change in latest["changed"]["answers"]}
        names = {*first["answers"], *second["answers"]}
        assert codes == {name for name in names if first["answers"].get(name) != second["answers"].get(name)}
        assert (latest["changed"]["index_before"], latest["changed"]["index_after"]) == (
            earliest["index"],
            latest["index"],
        )
        assert latest["changed"]["withheld"] is False


async def test_reading_is_audited(caller: Client, connection: Connection) -> None:
    _, sent, _, _ = await corrected(caller)
    await (await a_supervisor(caller)).get(f"/v1/submissions/{sent}/revisions")
    await (await a_supervisor(caller)).get(f"/v1/submissions/{sent}/answers")
    kinds = [
        row["kind"] for row in await connection.fetch("SELECT kind FROM audited WHERE subject LIKE 'submission:%'")
    ]
    assert {"submission.revisions", "submission.inspect"} <= {*kinds}


@pytest.mark.parametrize("what", ["revisions", "answers"])
async def test_another_kader_finds_nothing(caller: Client, what: str) -> None:
    _, sent, _, _ = await corrected(caller)
    assert (await (await a_kader(caller)).get(f"/v1/submissions/{sent}/{what}")).status_code == 404


@pytest.mark.parametrize("what", ["revisions", "answers"])
async def test_a_supervisor_of_another_village_finds_nothing(caller: Client, what: str) -> None:
    _, sent, _, _ = await corrected(caller)
    elsewhere = await a_supervisor(caller, GUNTUNG_MANGGIS)
    assert (await elsewhere.get(f"/v1/submissions/{sent}/{what}")).status_code == 404


@pytest.mark.parametrize("what", ["revisions", "answers"])
async def test_of_a_restricted_family_nobody_reads_it(caller: Client, what: str) -> None:
    kader, sent, _, _ = await corrected(caller)
    family = (await caller.get(f"/v1/submissions/{sent}")).json()["family"]
    await serve(caller, family, "restrict")
    for each in (kader, await a_supervisor(caller)):
        assert problem_of(await each.get(f"/v1/submissions/{sent}/{what}")) == (403, "family-restricted")


async def test_a_reviewer_reads_answers_without_sensitive_ones(caller: Client) -> None:
    _, sent, first, second = await corrected(caller)
    supervisor = await a_supervisor(caller)
    now = (await supervisor.get(f"/v1/submissions/{sent}/answers")).json()
    assert (now["revision"], now["answers"], now["salt"]) == (2, plain(second), None)
    assert {*now["withheld"]} == {*instrument().sensitive_questions}
    before = (await supervisor.get(f"/v1/submissions/{sent}/answers", revision=1)).json()
    assert (before["revision"], before["answers"]) == (1, plain(first))
    assert (await supervisor.get(f"/v1/submissions/{sent}/answers", revision=3)).status_code == 404


async def test_a_reader_of_sensitive_answers_gets_them(caller: Client) -> None:
    _, sent, _, second = await corrected(caller)
    shown = (await (await another(caller, *SENSITIVE)).get(f"/v1/submissions/{sent}/answers")).json()
    assert shown["withheld"] == []
    assert shown["answers"] == {code: each for code, each in second["answers"].items() if each is not None}


async def test_no_identity_is_shown(caller: Client) -> None:
    kader = await a_kader(caller)
    body = make_body(1, family={**make_body(1)["family"], "card_number": "6372010101100001"})
    sent = (await put(kader, body))["id"]
    assert LANDASAN_ULIN_SELATAN in body["region"]
    for what in ("answers", "revisions"):
        assert "6372010101100001" not in (await (await a_supervisor(caller)).get(f"/v1/submissions/{sent}/{what}")).text


async def test_a_sender_gets_no_answers_that_a_supervisor_corrected(caller: Client) -> None:
    """As `getAnswers` does not return them. Who corrected it and why is shown."""
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    sent = (await put(kader, make_body(1)))["id"]
    assert (await correct(supervisor, sent, make_body(2), note="Ibu menyebut sumur")).status_code == 200
    latest, _ = (await kader.get(f"/v1/submissions/{sent}/revisions")).json()["items"]
    assert (latest["sent_by"], latest["note"]) == (supervisor.agency_id, "Ibu menyebut sumur")
    assert (latest["changed"]["answers"], latest["changed"]["facts"]) == (None, None)
    reviewed, _ = (await supervisor.get(f"/v1/submissions/{sent}/revisions")).json()["items"]
    assert reviewed["changed"]["answers"]


async def test_a_sender_gets_no_answers_that_were_corrected_by_right(caller: Client, connection: Connection) -> None:
    """Not even once it corrects them again itself."""
    kader = await a_kader(caller)
    first = await put(kader, make_body(1))
    await serve(caller, first["family"], "correct", {"submissions": {first["id"]: make_body(2)}})
    await connection.execute("UPDATE submission SET assigned_to = $1", UUID(kader.agency_id))
    assert problem_of(await kader.get(f"/v1/submissions/{first['id']}/answers")) == (410, "answers-closed")
    assert (await correct(kader, first["id"], make_body(3), 2)).status_code == 200
    latest, earliest = (await kader.get(f"/v1/submissions/{first['id']}/revisions")).json()["items"]
    assert (earliest["revision"], earliest["sent_by"], latest["changed"]["answers"]) == (2, None, None)


async def test_a_sender_gets_answers_for_as_long_as_those_of_a_submission(
    caller: Client, connection: Connection
) -> None:
    kader, sent, _, _ = await corrected(caller)
    await connection.execute("UPDATE submission_revision SET received_at = received_at - interval '31 days'")
    latest, _ = (await kader.get(f"/v1/submissions/{sent}/revisions")).json()["items"]
    assert latest["changed"]["answers"] is None
    assert latest["changed"]["indicators"]


async def test_answers_that_retention_took_did_not_change(caller: Client, connection: Connection) -> None:
    _, sent, _, _ = await corrected(caller)
    await connection.execute("UPDATE submission_revision SET answers = ''")
    latest, _ = (await (await a_supervisor(caller)).get(f"/v1/submissions/{sent}/revisions")).json()["items"]
    assert latest["changed"]["answers"] is None
    assert latest["changed"]["facts"]


async def test_it_counts_towards_the_limit_of_answers(caller: Client, settings: Settings, database: Database) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    async with limited(caller.app, settings.model_copy(update={"own_answers_per_hour": 1}), database):
        answers = [await caller.get(f"/v1/submissions/{sent}/{what}") for what in ("revisions", "answers")]
        assert [each.status_code for each in answers] == [200, 429]
