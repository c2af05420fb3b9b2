"""POST /v1/submissions/{id}/review: moves, their figures, and what is refused."""

import asyncio
from typing import Any

from httpx import Response

from app.platform.database import Connection
from tests.support.corrections import a_kader, a_supervisor, correct, problem_of
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.families import put
from tests.support.sealing import seal_all
from tests.support.subject_requests import serve

COMMENT = [{"text": "Tanyakan lagi sumber airnya"}]


async def move(client: Client, id: str, status: str, revision: int = 1, **more: Any) -> Response:
    return await client.http.post(f"/v1/submissions/{id}/review", json={"status": status, "revision": revision, **more})


async def families(connection: Connection) -> dict[str, int]:
    query = "SELECT basis::text, sum(families)::int AS families FROM village_sums WHERE families > 0 GROUP BY basis"
    return {row["basis"]: row["families"] for row in await connection.fetch(query)}


async def test_approving_changes_the_approved_figures(caller: Client, connection: Connection) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    sent = (await put(kader, make_body(1)))["id"]
    before = await families(connection)
    assert (await move(supervisor, sent, "in_review")).status_code == 200
    answer = await move(supervisor, sent, "approved")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["approved"]) == ("approved", True)
    assert await families(connection) == {**before, "a": before["r"]}
    assert (await kader.get(f"/v1/submissions/{sent}")).json()["status"] == "approved"
    assert [row["status"] for row in (await connection.fetch("SELECT status FROM submission_review ORDER BY id"))] == [
        "in_review",
        "approved",
    ]


async def test_rejecting_takes_it_out_of_all_figures(caller: Client, connection: Connection) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    sent = (await put(kader, make_body(1)))["id"]
    await move(supervisor, sent, "in_review")
    answer = await move(supervisor, sent, "rejected", comments=COMMENT)
    assert (answer.json()["counts"], answer.json()["uncounted"]) == (False, "rejected")
    assert await families(connection) == {}


async def test_what_is_returned_is_listed_for_its_sender_and_comes_back(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    sent = (await put(kader, make_body(1)))["id"]
    await move(supervisor, sent, "in_review")
    await move(supervisor, sent, "returned", comments=COMMENT)
    (row,) = (await kader.get("/v1/submissions", mine="true", status="returned")).json()["items"]
    assert (row["id"], row["status"]) == (sent, "returned")
    assert (await correct(kader, sent, make_body(2), reason="returned")).json()["status"] == "accepted"
    assert (await kader.get("/v1/submissions", mine="true", status="returned")).json()["items"] == []


async def test_a_comment_is_stored_encrypted(caller: Client, connection: Connection) -> None:
    supervisor = await a_supervisor(caller)
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    await move(supervisor, sent, "in_review", comments=COMMENT)
    stored = await connection.fetchval("SELECT encrypted_comments FROM submission_review")
    assert stored
    assert b"Tanyakan" not in stored


async def test_a_move_that_does_not_follow_is_refused(caller: Client) -> None:
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    answer = await move(await a_supervisor(caller), sent, "approved")
    assert problem_of(answer) == (409, "review-conflict")
    assert (answer.json()["review"], answer.json()["revision"]) == ("accepted", 1)


async def test_a_stale_revision_is_refused(caller: Client) -> None:
    kader = await a_kader(caller)
    sent = (await put(kader, make_body(1)))["id"]
    await correct(kader, sent, make_body(2))
    assert problem_of(await move(await a_supervisor(caller), sent, "in_review")) == (409, "review-conflict")


async def test_nobody_approves_what_they_corrected(caller: Client) -> None:
    supervisor = await a_supervisor(caller)
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    await correct(supervisor, sent, make_body(2))
    await move(supervisor, sent, "in_review", 2)
    answer = await move(supervisor, sent, "approved", 2)
    assert problem_of(answer) == (403, "own-submission")
    assert answer.json()["submissions"] == [sent]


async def test_returning_needs_a_comment(caller: Client) -> None:
    supervisor = await a_supervisor(caller)
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    await move(supervisor, sent, "in_review")
    assert (await move(supervisor, sent, "returned")).status_code == 422


async def test_a_comment_with_a_nik_is_refused(caller: Client) -> None:
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    answer = await move(await a_supervisor(caller), sent, "in_review", comments=[{"text": "NIK 6372010101100001"}])
    assert [each["code"] for each in answer.json()["faults"]] == ["looks_like_nik"]


async def test_a_comment_on_an_unknown_question_is_refused(caller: Client) -> None:
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    comments = [{"question": "no_such_question", "text": "Periksa"}]
    answer = await move(await a_supervisor(caller), sent, "in_review", comments=comments)
    assert [each["pointer"] for each in answer.json()["faults"]] == ["/comments/0/question"]


async def test_a_supervisor_of_elsewhere_does_not_find_it(caller: Client) -> None:
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    elsewhere = await a_supervisor(caller, "1101012001")
    assert problem_of(await move(elsewhere, sent, "in_review")) == (404, "not-found")


async def test_what_is_returned_to_others_is_listed_as_not_the_callers(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    sent = (await put(kader, make_body(1)))["id"]
    await move(supervisor, sent, "in_review")
    await move(supervisor, sent, "returned", comments=COMMENT)
    for client, mine in ((supervisor, "false"), (kader, "true")):
        rows = (await client.get("/v1/submissions", mine=mine, status="returned")).json()["items"]
        assert [row["id"] for row in rows] == [sent], mine
    assert (await kader.get("/v1/submissions", mine="false", status="returned")).json()["items"] == []


async def test_of_two_supervisors_at_once_one_learns_of_the_other(caller: Client, connection: Connection) -> None:
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    one, other = await a_supervisor(caller), await a_supervisor(caller)
    await move(one, sent, "in_review")
    answers = await asyncio.gather(move(one, sent, "approved"), move(other, sent, "rejected", comments=COMMENT))
    assert sorted(each.status_code for each in answers) == [200, 409]
    (won,), (lost,) = ([each.json() for each in answers if each.status_code == code] for code in (200, 409))
    assert (lost["type"], lost["review"]) == ("urn:ikk:problem:review-conflict", won["status"])
    assert await connection.fetchval("SELECT count(*) FROM submission_review") == 2
    assert await families(connection) == ({"r": 1, "a": 1} if won["approved"] else {})


async def test_of_a_restricted_family_it_stays(caller: Client, connection: Connection) -> None:
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    await serve(caller, (await caller.get(f"/v1/submissions/{sent}")).json()["family"], "restrict")
    assert problem_of(await move(await a_supervisor(caller), sent, "in_review")) == (403, "family-restricted")
    assert await connection.fetchval("SELECT count(*) FROM submission_review") == 0


async def test_what_was_sent_for_training_is_not_reviewed(caller: Client) -> None:
    sent = (await put(await a_kader(caller), {**make_body(1), "purpose": "training"}))["id"]
    assert problem_of(await move(await a_supervisor(caller), sent, "in_review")) == (409, "review-conflict")


async def test_each_move_is_audited_without_its_words(caller: Client, connection: Connection) -> None:
    supervisor = await a_supervisor(caller)
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    await move(supervisor, sent, "in_review", comments=COMMENT)
    await move(supervisor, sent, "approved", 9)
    await seal_all(caller.app)
    told = "SELECT caller_id::text, region, subject, detail::text FROM audit_log WHERE kind = 'submission.review'"
    (entry,) = await connection.fetch(told)
    person = (await supervisor.get("/v1/me")).json()["id"]
    assert (entry["caller_id"], entry["region"]) == (person, LANDASAN_ULIN_SELATAN)
    assert entry["subject"] == f"submission:{sent}"
    assert "in_review" in entry["detail"]
    assert "Tanyakan" not in entry["detail"]


async def test_nobody_approves_what_they_sent_before_it_was_corrected(caller: Client) -> None:
    first, supervisor = await a_supervisor(caller), await a_supervisor(caller)
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    await correct(first, sent, make_body(2))
    await correct(supervisor, sent, make_body(3), 2)
    await move(first, sent, "in_review", 3)
    assert problem_of(await move(first, sent, "approved", 3)) == (403, "own-submission")
    assert (await move(await a_supervisor(caller), sent, "approved", 3)).status_code == 200
