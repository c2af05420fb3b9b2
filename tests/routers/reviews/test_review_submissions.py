"""POST /v1/submissions/reviews: many moves at once, all or none."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from app.platform.database import Connection
from tests.routers.reviews.test_review import COMMENT, families, move
from tests.support.corrections import a_kader, a_supervisor, correct, problem_of
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.families import put
from tests.support.sealing import seal_all
from tests.support.subject_requests import serve

ACCEPTED = {"region": LANDASAN_ULIN_SELATAN, "year": 2025, "status": "accepted"}


async def move_all(client: Client, status: str, **more: Any) -> Response:
    return await client.http.post("/v1/submissions/reviews", json={"status": status, **more})


async def some(caller: Client, number: int) -> list[str]:
    kader = await a_kader(caller)
    return [(await put(kader, make_body(seed)))["id"] for seed in range(1, number + 1)]


async def test_it_works_by_ids(caller: Client, connection: Connection) -> None:
    ids, supervisor = await some(caller, 3), await a_supervisor(caller)
    assert (await move_all(supervisor, "in_review", ids=ids)).json() == {"status": "in_review", "reviewed": 3}
    answer = await move_all(supervisor, "approved", ids=[*ids, ids[0]])
    assert answer.json() == {"status": "approved", "reviewed": 3}
    assert await families(connection) == {"r": 3, "a": 3}
    await seal_all(caller.app)
    told = "SELECT kind, subject FROM audit_log"
    entries = [row["subject"] for row in await connection.fetch(told) if row["kind"] == "submission.review"]
    assert sorted(entries) == sorted(2 * [f"submission:{each}" for each in ids])


async def test_it_works_by_filter(caller: Client, connection: Connection) -> None:
    ids, supervisor = await some(caller, 3), await a_supervisor(caller)
    await move(supervisor, ids[0], "in_review")
    assert (await move_all(supervisor, "in_review", filter=ACCEPTED)).json()["reviewed"] == 2
    in_review = {**ACCEPTED, "status": "in_review", "instrument": "ikk-29"}
    assert (await move_all(supervisor, "rejected", filter=in_review, comments=COMMENT)).json()["reviewed"] == 3
    assert await families(connection) == {}
    assert (await move_all(supervisor, "in_review", filter=ACCEPTED)).json()["reviewed"] == 0


async def test_one_outside_the_area_moves_none(caller: Client, connection: Connection) -> None:
    ids = await some(caller, 2)
    elsewhere = (await put(await a_kader(caller, GUNTUNG_MANGGIS), make_body(9, region=GUNTUNG_MANGGIS)))["id"]
    unknown = str(uuid4())
    answer = await move_all(await a_supervisor(caller), "in_review", ids=[*ids, elsewhere, unknown])
    assert problem_of(answer) == (404, "not-found")
    assert (answer.json()["submissions"], answer.json()["number"]) == ([elsewhere, unknown], 2)
    assert await connection.fetchval("SELECT count(*) FROM submission WHERE review IS NOT NULL") == 0
    assert await connection.fetchval("SELECT count(*) FROM submission_review") == 0


async def test_one_in_another_state_moves_none(caller: Client) -> None:
    ids, supervisor = await some(caller, 3), await a_supervisor(caller)
    await move(supervisor, ids[1], "in_review")
    answer = await move_all(supervisor, "in_review", ids=ids)
    assert problem_of(answer) == (409, "review-conflict")
    assert (answer.json()["submissions"], answer.json()["number"]) == ([ids[1]], 1)
    assert [row["status"] for row in (await supervisor.get("/v1/submissions")).json()["items"]].count("in_review") == 1


async def test_one_of_ones_own_approves_none(caller: Client, connection: Connection) -> None:
    ids, supervisor = await some(caller, 2), await a_supervisor(caller)
    await correct(supervisor, ids[0], make_body(5))
    await move_all(supervisor, "in_review", ids=ids)
    answer = await move_all(supervisor, "approved", ids=ids)
    assert problem_of(answer) == (403, "own-submission")
    assert answer.json()["submissions"] == [ids[0]]
    assert "a" not in await families(connection)


async def test_one_of_a_restricted_family_moves_none(caller: Client) -> None:
    ids = await some(caller, 2)
    family = (await caller.get(f"/v1/submissions/{ids[0]}")).json()["family"]
    await serve(caller, family, "restrict")
    supervisor = await a_supervisor(caller)
    answer = await move_all(supervisor, "in_review", ids=ids)
    assert problem_of(answer) == (403, "family-restricted")
    assert (await move_all(supervisor, "in_review", filter=ACCEPTED)).json()["reviewed"] == 1


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"status": "in_review"}, "/ids"),
        ({"status": "in_review", "ids": [], "filter": None}, "/ids"),
        ({"status": "in_review", "ids": ["x"]}, "/ids/0"),
        ({"status": "accepted", "filter": ACCEPTED}, "/status"),
        ({"status": "in_review", "filter": {**ACCEPTED, "version": "0"}}, "/filter/version"),
        ({"status": "in_review", "filter": {**ACCEPTED, "colour": "red"}}, "/filter/colour"),
    ],
)
async def test_a_faulty_body_is_refused(caller: Client, sent: dict[str, Any], pointer: str) -> None:
    answer = await (await a_supervisor(caller)).http.post("/v1/submissions/reviews", json=sent)
    assert problem_of(answer) == (422, "faults")
    assert pointer in [each["pointer"] for each in answer.json()["faults"]]


async def test_another_area_is_refused(caller: Client) -> None:
    supervisor = await a_supervisor(caller, GUNTUNG_MANGGIS)
    assert problem_of(await move_all(supervisor, "in_review", filter=ACCEPTED))[0] == 403


async def test_two_at_once_move_each_once(caller: Client, connection: Connection) -> None:
    ids = await some(caller, 6)
    one, other = await a_supervisor(caller), await a_supervisor(caller)
    answers = await asyncio.gather(
        move_all(one, "in_review", ids=ids), move_all(other, "in_review", ids=list(reversed(ids)))
    )
    assert sorted(each.status_code for each in answers) == [200, 409]
    assert await connection.fetchval("SELECT count(*) FROM submission_review") == 6


async def test_corrections_beside_it_leave_nothing_half_done(caller: Client, connection: Connection) -> None:
    kader = await a_kader(caller)
    ids = [(await put(kader, make_body(seed)))["id"] for seed in range(1, 7)]
    supervisor = await a_supervisor(caller)
    answers = await asyncio.gather(
        move_all(supervisor, "in_review", filter=ACCEPTED),
        *(correct(kader, each, make_body(20 + place)) for place, each in enumerate(ids)),
    )
    assert {each.status_code for each in answers} <= {200, 503}
    moved = await connection.fetchval("SELECT count(*) FROM submission_review")
    assert moved in (0, 6)
    assert await families(connection) == {"r": 6}


async def test_a_filter_that_finds_too_many_moves_none(
    caller: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.reviews.wanted.MOST_REVIEWED", 2)
    await some(caller, 3)
    answer = await move_all(await a_supervisor(caller), "in_review", filter=ACCEPTED)
    assert problem_of(answer) == (422, "faults")
    (fault,) = answer.json()["faults"]
    assert (fault["code"], fault["pointer"]) == ("too_many_to_review", "/filter")
    assert "2" in fault["message"]
    assert await connection.fetchval("SELECT count(*) FROM submission_review") == 0


async def test_ids_beside_a_filter_are_refused(caller: Client) -> None:
    answer = await move_all(await a_supervisor(caller), "in_review", ids=[str(uuid4())], filter=ACCEPTED)
    assert [(each["code"], each["pointer"]) for each in answer.json()["faults"]] == [("ids_or_filter", "/filter")]


async def test_returning_many_needs_a_comment_also_if_none_is_found(caller: Client) -> None:
    answer = await move_all(await a_supervisor(caller), "returned", filter={**ACCEPTED, "status": "in_review"})
    assert problem_of(answer) == (422, "faults")
    assert [each["pointer"] for each in answer.json()["faults"]] == ["/comments"]
