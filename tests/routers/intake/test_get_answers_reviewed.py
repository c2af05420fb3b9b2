"""GET /v1/submissions/{id}/answers for reviewers and for whoever corrects in the sender's place, with earlier ones."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import Response

from app.config import Settings
from app.platform.database import Connection, Database
from app.scoring.instrument import Instrument
from tests.scoring.format_2 import complete
from tests.support.corrections import VILLAGE, a_kader, a_supervisor, another, correct, problem_of
from tests.support.factories import GUNTUNG_MANGGIS, Client, instrument, make_body
from tests.support.families import make_named_body, put
from tests.support.small_service import serving
from tests.support.subject_requests import serve

SALT = "3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2"
FILE: Instrument = instrument("ikk-29-2025.1")
ROWS = """
roster = [{ code = "r", maximum = 9, rows = "n" }]
question = [
  { code = "n", type = "integer", minimum = 1, maximum = 9, sensitive = true },
  { code = "age", roster = "r", type = "integer", minimum = 0, maximum = 120 },
]
index = [{ code = "i", method = "mean" }]
[[indicator]]
code = "told"
fulfilled_when.answered = "n"
"""


async def fetch(client: Client, id: str, **query: Any) -> Response:
    return await client.get(f"/v1/submissions/{id}/answers", **query)


async def test_it_works(caller: Client) -> None:
    """A reviewer gets the answers and facts of the interview, and neither the salt nor the sensitive answers."""
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    told = make_body(salt=SALT)
    sent = await put(kader, told)
    answer = await fetch(supervisor, sent["id"])
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    hidden = FILE.sensitive_codes
    assert seen["answers"] == {code: each for code, each in told["answers"].items() if code not in hidden}
    assert set(seen["withheld"]) == hidden
    assert (seen["salt"], seen["revision"]) == (None, 1)
    assert seen["family"] == {name: told["family"][name] for name in ("head_sex", "members")}


async def test_no_identity_is_shown(caller: Client) -> None:
    told = make_named_body(salt=SALT)
    sent = await put(caller, told)
    answer = await fetch(await a_supervisor(caller), sent["id"])
    hidden = [told["family"]["card_number"], told["family"]["address"], SALT]
    for person in told["family"]["people"]:
        hidden += [person["name"], person["nik"], person["birth_date"]]
    assert not any(each in answer.text for each in hidden)


async def test_what_is_withheld_says_nothing_of_the_answers(caller: Client) -> None:
    """It names the same questions whether they were asked or not, so nobody learns who was asked."""
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    sent = [await put(kader, make_body(seed)) for seed in (1, 2, 3)]
    found = [(await fetch(supervisor, each["id"])).json()["withheld"] for each in sent]
    assert found[0] == found[1] == found[2] != []


async def test_sensitive_answers_are_shown_with_their_scope(caller: Client) -> None:
    told = make_body()
    sent = await put(await a_kader(caller), told)
    reader = await another(caller, "submissions:review", "submissions:sensitive")
    answer = (await fetch(reader, sent["id"])).json()
    assert (answer["answers"], answer["withheld"]) == (told["answers"], [])


async def test_the_scope_for_sensitive_answers_elsewhere_does_not_help(caller: Client) -> None:
    sent = await put(await a_kader(caller), make_body())
    supervisor = await a_supervisor(caller)
    areas = {"submissions:review": [VILLAGE], "submissions:sensitive": [GUNTUNG_MANGGIS]}
    token = caller.app.state.tokens.issue("agency", supervisor.agency_id, areas).token
    supervisor.http.headers["Authorization"] = f"Bearer {token}"
    assert set((await fetch(supervisor, sent["id"])).json()["withheld"]) == FILE.sensitive_codes


async def test_rows_that_a_sensitive_answer_asks_for_are_withheld(
    settings: Settings, dsn: str, database: Database
) -> None:
    """Whether there are rows, and how many, tells the answer."""
    assert database is not None
    async with serving(settings, dsn, [complete(ROWS, code="rows")], regions=["63"]) as client:
        told: dict[str, Any] = {"instrument": "rows", "version": "1", "surveyed_at": "2026-06-15T03:00:00Z"}
        told["answers"] = {"n": 2, "r": [{"age": 4}, {"age": 7}]}
        sent = await put(client, {**make_body(), **told})
        seen = (await fetch(await a_supervisor(client), sent["id"])).json()
        assert (seen["answers"], set(seen["withheld"])) == ({}, {"n", "r", "age"})
        await correct(client, sent["id"], {**make_body(), **told, "answers": {"n": 1, "r": [{"age": 4}]}})
        answer = await (await a_supervisor(client)).get(f"/v1/submissions/{sent['id']}/revisions")
        assert answer.json()["items"][0]["changed"]["answers"] == []


async def test_it_is_audited_as_a_reviewers(caller: Client, connection: Connection) -> None:
    sent = await put(await a_kader(caller), make_body())
    supervisor = await a_supervisor(caller)
    await fetch(supervisor, sent["id"])
    (entry,) = await connection.fetch("SELECT * FROM audited WHERE kind = 'submission.inspect'")
    assert (entry["caller_id"], entry["subject"]) == (supervisor.agency_id, f"submission:{sent['id']}")
    assert json.loads(entry["detail"]) == {"revision": 1}


async def test_a_reviewer_of_elsewhere_does_not_find_it(caller: Client) -> None:
    sent = await put(await a_kader(caller), make_body())
    elsewhere = await a_supervisor(caller, GUNTUNG_MANGGIS)
    assert problem_of(await fetch(elsewhere, sent["id"])) == (404, "not-found")


async def test_a_restricted_family_is_not_read(caller: Client) -> None:
    sent = await put(caller, make_body())
    await serve(caller, sent["family"], "restrict")
    assert problem_of(await fetch(await a_supervisor(caller), sent["id"])) == (403, "family-restricted")


async def test_no_day_ends_it_for_a_reviewer(caller: Client, connection: Connection) -> None:
    sent = await put(await a_kader(caller), make_body())
    await connection.execute("UPDATE submission SET received_at = received_at - $1::interval", timedelta(days=300))
    assert (await fetch(await a_supervisor(caller), sent["id"])).status_code == 200


async def test_retention_ends_it(caller: Client, connection: Connection) -> None:
    sent = await put(await a_kader(caller), make_body())
    await connection.execute("UPDATE submission SET answers = ''")
    answer = await fetch(await a_supervisor(caller), sent["id"])
    assert (problem_of(answer), answer.json()["reason"]) == ((410, "answers-closed"), "retention")


async def test_a_reviewer_reads_an_earlier_revision(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    first, second = make_body(1), make_body(2)
    sent = await put(kader, first)
    await correct(kader, sent["id"], second)
    for query, told in (({"revision": 1}, first), ({"revision": 2}, second), ({}, second)):
        seen = (await fetch(supervisor, sent["id"], **query)).json()["answers"]
        assert seen == {code: each for code, each in told["answers"].items() if code not in FILE.sensitive_codes}


async def test_an_unknown_revision_is_not_found(caller: Client) -> None:
    sent = await put(caller, make_body())
    assert problem_of(await fetch(caller, sent["id"], revision=2)) == (404, "not-found")


@pytest.mark.parametrize("revision", ["0", "-1", "32768", "one", "1.5"])
async def test_a_number_that_is_no_revision_is_a_fault(caller: Client, revision: str) -> None:
    sent = await put(caller, make_body())
    assert (await fetch(caller, sent["id"], revision=revision)).status_code == 422


async def test_who_sent_a_correction_gets_it_back(caller: Client) -> None:
    kader, body_now = await a_kader(caller), make_body(2, salt=SALT)
    sent = await put(kader, make_body(1))
    await correct(kader, sent["id"], body_now)
    seen = (await fetch(kader, sent["id"])).json()
    assert (seen["answers"], seen["salt"], seen["revision"]) == (body_now["answers"], SALT, 2)


async def test_a_sender_does_not_get_what_a_supervisor_corrected(caller: Client) -> None:
    """It still gets what it sent."""
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    sent = await put(kader, make_body(1))
    assert (await correct(supervisor, sent["id"], make_body(2))).status_code == 200
    answer = await fetch(kader, sent["id"])
    assert (problem_of(answer), answer.json()["reason"]) == ((410, "answers-closed"), "corrected")
    assert (await fetch(kader, sent["id"], revision=1)).json()["answers"] == make_body(1)["answers"]


async def test_nobody_gets_what_was_corrected_by_right_as_its_sender(caller: Client) -> None:
    kader = await a_kader(caller)
    sent = await put(kader, make_body(1))
    await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: make_body(2)}})
    assert problem_of(await fetch(kader, sent["id"])) == (410, "answers-closed")
    assert problem_of(await fetch(kader, sent["id"], revision=1)) == (404, "not-found")


async def test_who_corrects_in_the_senders_place_gets_them(caller: Client, connection: Connection) -> None:
    kader, other = await a_kader(caller), await a_kader(caller)
    sent = await put(kader, make_body(salt=SALT))
    assert problem_of(await fetch(other, sent["id"])) == (404, "not-found")
    await connection.execute("UPDATE submission SET assigned_to = $1", UUID(other.agency_id))
    seen = (await fetch(other, sent["id"])).json()
    assert (seen["answers"], seen["withheld"]) == (make_body()["answers"], [])
