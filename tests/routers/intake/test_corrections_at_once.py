"""Corrections at once, with each other and with what changes families: one wins, and rows and sums always agree."""

import asyncio
from collections import defaultdict
from random import Random
from typing import Any
from uuid import UUID

import pytest
from httpx import Response

from app.platform.database import Connection
from app.scoring.packing import unpack
from app.scoring.sums import add
from app.services.subject_requests.retention import take_batch
from tests.support.corrections import VILLAGE, a_supervisor, correct, problem_of
from tests.support.factories import GUNTUNG_MANGGIS, Client, instrument, make_body
from tests.support.families import put, told
from tests.support.subject_requests import ask, fulfil
from tests.support.sums import sums_of_family

CARDS = [f"637201010110{number:04}" for number in range(1, 5)]


async def agree(connection: Connection) -> None:
    """Raises if the sums of a basis are not those of the latest interviews that it admits.

    It counts again in plain Python, of families whose identity nobody kept aside.
    """
    query = "SELECT submission.*, restricted_at FROM submission JOIN family ON family.id = family_id"
    admitted = defaultdict[Any, list[Any]](list)
    for row in await connection.fetch(query):
        if row["restricted_at"] is None and row["purpose"] == "interview" and row["review"] != "rejected":
            for basis in ("r", "a") if row["review"] == "approved" else ("r",):
                admitted[row["family_id"], basis, row["region"], row["year"]].append(row)
    sums, families = defaultdict[Any, list[list[int]]](list), defaultdict[Any, int](int)
    for (_, *place), rows in admitted.items():
        latest = max(rows, key=lambda row: (row["surveyed_at"], row["received_at"], row["id"]))
        assert latest["uncounted"] is None or place[0] == "a"
        sums[tuple(place)].append(sums_of_family(latest["outcomes"], instrument()))
        families[tuple(place)] += 1
    for row in await connection.fetch("SELECT *, sums::text AS packed FROM village_sums"):
        place = (row["basis"].decode(), row["region"], row["year"])
        assert row["families"] == families.pop(place, 0), place
        there = unpack(row["packed"], row["families"], instrument(), row["layout"])
        assert there == add(sums.pop(place, []), instrument()), place
    assert not sums
    orphans = "SELECT count(*) FROM family WHERE NOT EXISTS (SELECT FROM submission WHERE family_id = family.id)"
    assert await connection.fetchval(orphans) == 0


async def test_two_corrections_at_once(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    answers = await asyncio.gather(*(correct(caller, first["id"], make_body(seed)) for seed in (2, 3)))
    assert sorted(each.status_code for each in answers) == [200, 412]
    (lost,) = [each for each in answers if each.status_code == 412]
    assert lost.json()["revision"] == 2
    assert str(await connection.fetchval("SELECT id FROM held_submission")) == lost.json()["held"]["id"]
    await agree(connection)


async def test_one_correction_eight_times_at_once(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    answers = await asyncio.gather(*(correct(caller, first["id"], make_body(2)) for _ in range(8)))
    assert {each.status_code for each in answers} == {200}
    assert len({each.json()["receipt"]["content_hash"] for each in answers}) == 1
    assert await connection.fetchval("SELECT count(*) FROM submission_revision") == 1
    assert await connection.fetchval("SELECT count(*) FROM held_submission") == 0


async def test_the_sender_and_a_supervisor_at_once(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    supervisor = await a_supervisor(caller)
    work = [correct(caller, first["id"], make_body(2)), correct(supervisor, first["id"], make_body(3))]
    assert sorted(each.status_code for each in await asyncio.gather(*work)) == [200, 412]
    assert await connection.fetchval("SELECT revision FROM submission") == 2


async def test_two_submissions_take_each_others_cards_at_once(caller: Client, connection: Connection) -> None:
    first, second = await put(caller, told(1, CARDS[0])), await put(caller, told(2, CARDS[1]))
    work = [correct(caller, first["id"], told(1, CARDS[1])), correct(caller, second["id"], told(2, CARDS[0]))]
    answers = await asyncio.gather(*work)
    assert {each.status_code for each in answers} == {200}, [each.text for each in answers]
    await agree(connection)


async def test_a_correction_and_a_new_interview_claim_one_card_at_once(caller: Client, connection: Connection) -> None:
    for seed in range(4):
        card = f"63720101011101{seed:02}"
        first = await put(caller, told(seed, f"63720101011102{seed:02}"))
        corrected, sent = await asyncio.gather(
            correct(caller, first["id"], told(seed, card)), caller.put(told(seed + 5, card))
        )
        assert sent.status_code == 201
        if problem_is_contended(corrected):
            corrected = await correct(caller, first["id"], told(seed, card))
        assert corrected.status_code == 200, corrected.text
        owners = "SELECT count(DISTINCT family_id) FROM submission WHERE id = ANY ($1::uuid[])"
        assert await connection.fetchval(owners, [first["id"], sent.json()["id"]]) == 1
    await agree(connection)


def problem_is_contended(answer: Response) -> bool:
    return answer.status_code == 503 and problem_of(answer)[1] == "contended"


@pytest.mark.parametrize("kind", ["erase", "restrict"])
async def test_beside_a_right_of_the_family(caller: Client, connection: Connection, kind: str) -> None:
    for seed in range(3):
        first = await put(caller, make_body(seed))
        request = await ask(caller, first["family"], kind)
        corrected, served = await asyncio.gather(
            correct(caller, first["id"], make_body(seed + 10)), fulfil(caller, request)
        )
        assert served.status_code == 200
        assert corrected.status_code in (200, {"erase": 410, "restrict": 403}[kind]), corrected.text
    await agree(connection)
    if kind == "erase":
        assert await connection.fetchval("SELECT count(*) FROM submission_revision") == 0


async def test_beside_retention(caller: Client, connection: Connection) -> None:
    async def take() -> None:
        async with caller.app.state.database.session(["ID"]) as session:
            await take_batch(session, "identity", 1, after=UUID(int=0))
            await take_batch(session, "answers", 1, after=UUID(int=0))

    first = await put(caller, make_body(1))
    corrected, _ = await asyncio.gather(correct(caller, first["id"], make_body(2)), take())
    assert corrected.status_code == 200
    await take()
    assert await connection.fetchval("SELECT sum(octet_length(answers)) FROM submission_revision") == 0
    await agree(connection)


async def test_a_request_that_is_given_up_leaves_nothing_half_done(caller: Client, connection: Connection) -> None:
    for wait in (0.001, 0.003, 0.006, 0.01, 0.02):
        first = await put(caller, told(1, CARDS[0]))
        task = asyncio.create_task(correct(caller, first["id"], told(2, CARDS[1])))
        await asyncio.sleep(wait)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        revision = await connection.fetchval("SELECT revision FROM submission WHERE id = $1", UUID(first["id"]))
        kept = "SELECT count(*) FROM submission_revision WHERE submission_id = $1"
        assert await connection.fetchval(kept, UUID(first["id"])) == revision - 1
        await agree(connection)
        answer = await correct(caller, first["id"], told(2, CARDS[1]), revision)
        assert (answer.status_code, answer.json()["revision"]) == (200, 2)


@pytest.mark.parametrize("seed", range(4))
async def test_both_bases_equal_a_recount_after_any_corrections(
    caller: Client, connection: Connection, seed: int
) -> None:
    random, ids = Random(seed), list[str]()

    def body() -> dict[str, Any]:
        made = told(random.randint(1, 9), random.choice([*CARDS, None]))
        day = f"{random.choice((2025, 2026))}-0{random.randint(8, 9)}-{random.randint(1, 28):02}T09:00:00+08:00"
        purpose = random.choice(("interview", "interview", "interview", "reinterview"))
        village = random.choice((VILLAGE, VILLAGE, GUNTUNG_MANGGIS))
        return {**made, "region": village, "surveyed_at": day, "purpose": purpose}

    async def send() -> None:
        ids.append((await put(caller, body()))["id"])

    async def change() -> None:
        chosen = random.choice(ids)
        revision = await connection.fetchval("SELECT revision FROM submission WHERE id = $1", UUID(chosen))
        answer = await correct(caller, chosen, body(), revision or 1)
        assert answer.status_code in (200, 403, 412) or problem_is_contended(answer), answer.text

    for _ in range(3):
        for _ in range(4):
            await send()
        for _ in range(4):
            await change()
        await agree(connection)
        await asyncio.gather(*(change_at_once(caller, random.choice(ids), body(), random) for _ in range(6)))
        await agree(connection)


async def change_at_once(caller: Client, id: str, body: dict[str, Any], random: Random) -> None:
    answer = await correct(caller, id, body, random.randint(1, 4))
    assert answer.status_code in (200, 412) or problem_is_contended(answer), answer.text
