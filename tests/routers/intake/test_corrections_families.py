"""Which family a corrected submission is of: the card number decides, as it does at intake."""

from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.platform.database import Connection
from tests.support.corrections import VILLAGE, a_kader, a_supervisor, correct, problem_of
from tests.support.factories import GUNTUNG_MANGGIS, Client, make_body
from tests.support.families import CARD, find, identity_of, put, told
from tests.support.subject_requests import ask

OTHER = "6372010101100002"
THIRD = "6372010101100003"
SITI = {"name": "Siti Aminah", "sex": "female", "relation": "head", "nik": "6372014501900001"}
AHMAD = {"name": "Ahmad Yani", "sex": "male", "relation": "head", "nik": "6372010501850002"}


async def families(connection: Connection) -> list[UUID]:
    return [row["id"] for row in await connection.fetch("SELECT id FROM family")]


async def ids_found(client: Client, **search: Any) -> list[str]:
    return [each["family"] for each in (await find(client, **search)).json()["items"]]


async def test_a_card_number_that_was_typed_wrong(caller: Client, connection: Connection, app: FastAPI) -> None:
    first = await put(caller, told(1, CARD, address="Jalan Mawar 12"))
    now = (await correct(caller, first["id"], told(1, OTHER))).json()
    assert now["family"] == first["family"]
    identity = await identity_of(connection, app, first["family"])
    assert (identity["card_number"], identity["address"]) == (OTHER, "Jalan Mawar 12")
    assert "earlier_cards" not in identity
    # The wrong number may be another family's.
    other = await put(caller, told(2, CARD))
    assert other["family"] != first["family"]


async def test_people_who_were_named_wrongly(caller: Client, connection: Connection, app: FastAPI) -> None:
    first = await put(caller, told(1, CARD, people=[SITI]))
    now = (await correct(caller, first["id"], told(1, CARD, people=[AHMAD]))).json()
    assert "identity_changed" not in [each["code"] for each in now["warnings"]]
    assert (await identity_of(connection, app, first["family"]))["people"] == [AHMAD]
    assert await connection.fetchval("SELECT count(*) FROM earlier_identity") == 0


async def test_what_is_not_stated_stays(caller: Client, connection: Connection, app: FastAPI) -> None:
    first = await put(caller, told(1, CARD, people=[SITI], address="Jalan Mawar 12"))
    before = await identity_of(connection, app, first["family"])
    supervisor = await a_supervisor(caller)
    answer = await correct(supervisor, first["id"], make_body(2))
    assert answer.status_code == 200, answer.text
    after = await identity_of(connection, app, first["family"])
    named = ("people", "address")
    assert [after[name] for name in named] == [before[name] for name in named]


async def test_a_supervisor_who_states_no_card_keeps_the_family(caller: Client, connection: Connection) -> None:
    first = await put(caller, told(1, CARD))
    second = await put(caller, told(2, CARD))
    now = (await correct(await a_supervisor(caller), first["id"], told(3, None))).json()
    assert now["family"] == first["family"] == second["family"]
    assert len(await families(connection)) == 1


async def test_the_card_of_another_family(caller: Client, connection: Connection, app: FastAPI) -> None:
    wrong = await put(caller, told(1, CARD, people=[AHMAD]))
    right = await put(caller, told(2, OTHER, people=[SITI]))
    now = (await correct(caller, wrong["id"], told(1, OTHER, people=[SITI]))).json()
    assert now["family"] == right["family"]
    # Nothing is left of the family that never was.
    assert await families(connection) == [UUID(right["family"])]
    assert (await identity_of(connection, app, right["family"]))["people"] == [SITI]
    assert await connection.fetchval("SELECT sum(families) FROM village_sums") == 1


async def test_the_card_of_another_family_with_other_people(caller: Client, connection: Connection) -> None:
    wrong = await put(caller, told(1, CARD))
    right = await put(caller, told(2, OTHER, people=[SITI]))
    now = (await correct(caller, wrong["id"], told(1, OTHER, people=[AHMAD]))).json()
    assert now["family"] == right["family"]
    assert [each["code"] for each in now["warnings"] if each["code"] == "identity_changed"] == ["identity_changed"]
    assert await connection.fetchval("SELECT reason FROM earlier_identity") == "changed"


async def test_a_family_with_other_interviews_stays(caller: Client, connection: Connection) -> None:
    first = await put(caller, told(1, CARD))
    second = await put(caller, told(2, CARD))
    now = (await correct(caller, second["id"], told(2, OTHER))).json()
    assert now["family"] != first["family"]
    assert len(await families(connection)) == 2
    assert await connection.fetchval("SELECT sum(families) FROM village_sums") == 2
    assert now["counts"] is True
    assert (await caller.get(f"/v1/submissions/{first['id']}")).json()["counts"] is True


async def test_a_family_with_other_interviews_is_merged_as_at_intake(caller: Client, connection: Connection) -> None:
    await put(caller, told(1, CARD, people=[SITI]))
    second = await put(caller, told(2, CARD, people=[SITI]))
    now = (await correct(caller, second["id"], told(3, CARD, people=[AHMAD]))).json()
    assert "identity_changed" in [each["code"] for each in now["warnings"]]
    assert await connection.fetchval("SELECT count(*) FROM earlier_identity") == 1


async def test_interviewed_before(caller: Client) -> None:
    wrong = await put(caller, told(1, CARD))
    await put(caller, told(2, OTHER))
    later = await put(caller, told(3, THIRD))
    codes = [each["code"] for each in (await correct(caller, later["id"], told(3, OTHER))).json()["warnings"]]
    assert "interviewed_before" in codes
    codes = [each["code"] for each in (await correct(caller, wrong["id"], told(1, OTHER))).json()["warnings"]]
    assert "interviewed_before" not in codes


async def test_the_village_was_wrong(caller: Client, connection: Connection, app: FastAPI) -> None:
    body = told(1, CARD, people=[SITI])
    first = await put(caller, body)
    now = (await correct(caller, first["id"], {**body, "region": GUNTUNG_MANGGIS})).json()
    assert (now["family"], now["corrected"]["members"]) == (first["family"], ["region"])
    for table in ("submission", "family", "family_identity", "family_key", "submission_revision"):
        assert {row["region"] for row in await connection.fetch(f"SELECT region FROM {table}")} == {GUNTUNG_MANGGIS}
    assert await connection.fetchval("SELECT village FROM submission_revision") == VILLAGE
    assert (await identity_of(connection, app, first["family"]))["people"] == [SITI]
    sums = await connection.fetch("SELECT region, families FROM village_sums WHERE families > 0")
    assert [tuple(row) for row in sums] == [(GUNTUNG_MANGGIS, 1)]
    again = (await caller.put(body, first["id"])).json()
    assert (again["revision"], again["receipt"]["content_hash"]) == (1, first["receipt"]["content_hash"])


async def test_the_village_was_wrong_for_one_of_two(caller: Client, connection: Connection) -> None:
    await put(caller, told(1, CARD))
    second = await put(caller, told(2, CARD))
    now = (await correct(caller, second["id"], {**told(2, CARD), "region": GUNTUNG_MANGGIS})).json()
    assert now["family"] != second["family"]
    rows = await connection.fetch("SELECT region, families FROM village_sums WHERE families > 0 ORDER BY region")
    assert [tuple(row) for row in rows] == [(GUNTUNG_MANGGIS, 1), (VILLAGE, 1)]


async def test_in_the_other_village_the_card_is_known(caller: Client, connection: Connection) -> None:
    there = await put(caller, told(1, CARD) | {"region": GUNTUNG_MANGGIS})
    wrong = await put(caller, told(2, CARD))
    now = (await correct(caller, wrong["id"], {**told(2, CARD), "region": GUNTUNG_MANGGIS})).json()
    assert now["family"] == there["family"]
    assert await families(connection) == [UUID(there["family"])]


@pytest.mark.parametrize("others", [0, 1])
@pytest.mark.parametrize("family", [{}, {"people": [SITI]}])
async def test_in_the_other_village_the_card_is_known_though_nobody_states_it(
    caller: Client, connection: Connection, app: FastAPI, family: dict[str, Any], others: int
) -> None:
    there = await put(caller, told(1, CARD) | {"region": GUNTUNG_MANGGIS})
    wrong = await put(caller, told(2, CARD, people=[SITI]))
    for seed in range(others):
        await put(caller, told(3 + seed, CARD))
    body = {**told(2, None, **family), "region": GUNTUNG_MANGGIS}
    answer = await correct(caller, wrong["id"], body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["family"] == there["family"]
    assert len(await families(connection)) == 1 + others
    identity = await identity_of(connection, app, there["family"])
    assert identity["card_number"] == CARD
    if not others:
        # What the family had told is known of it there too.
        assert identity["people"] == [SITI]


async def test_in_the_other_village_an_earlier_card_is_another_familys(caller: Client, connection: Connection) -> None:
    there = await put(caller, told(1, CARD) | {"region": GUNTUNG_MANGGIS})
    wrong = await put(caller, told(2, CARD))
    second = await put(caller, told(3, CARD))
    await correct(caller, second["id"], told(3, OTHER))
    moved = await correct(caller, wrong["id"], told(2, OTHER))
    assert moved.json()["family"] != wrong["family"]
    answer = await correct(caller, second["id"], {**told(3, OTHER), "region": GUNTUNG_MANGGIS}, 2)
    assert answer.status_code == 200, answer.text
    assert answer.json()["family"] != there["family"]


async def test_nothing_leaves_a_family_whose_request_is_open(caller: Client, connection: Connection) -> None:
    wrong = await put(caller, told(1, CARD))
    await put(caller, told(2, OTHER))
    await ask(caller, wrong["family"], "erase")
    for body in (told(1, OTHER), {**told(1, CARD), "region": GUNTUNG_MANGGIS}):
        assert problem_of(await correct(caller, wrong["id"], body)) == (409, "subject-request-open")
    assert await connection.fetchval("SELECT count(*) FROM submission_revision") == 0
    now = (await correct(caller, wrong["id"], told(1, THIRD))).json()
    assert (now["revision"], now["family"]) == (2, wrong["family"])


async def test_a_restated_consent_is_no_second_one(caller: Client, connection: Connection) -> None:
    given = {"version": "2025-1", "channel": "in_person", "given_at": "2025-06-01T08:00:00+08:00"}
    body = {**told(1, CARD), "consent": given}
    first = await put(caller, body)
    await correct(caller, first["id"], {**told(2, CARD), "consent": given})
    assert await connection.fetchval("SELECT count(*) FROM consent") == 1
    await correct(caller, first["id"], {**told(3, CARD), "consent": {**given, "version": "2025-2"}}, 2)
    assert await connection.fetchval("SELECT count(*) FROM consent") == 2


async def test_a_consent_goes_with_its_submission(caller: Client, connection: Connection) -> None:
    given = {"version": "2025-1", "channel": "in_person", "given_at": "2025-06-01T08:00:00+08:00"}
    await put(caller, told(1, CARD))
    second = await put(caller, {**told(2, CARD), "consent": given})
    now = (await correct(caller, second["id"], {**told(2, OTHER), "consent": given})).json()
    assert await connection.fetchval("SELECT family_id FROM consent") == UUID(now["family"])


async def test_both_numbers_find_the_right_family(caller: Client) -> None:
    first = await put(caller, told(1, CARD, people=[SITI]))
    await correct(caller, first["id"], told(1, OTHER, people=[AHMAD]))
    for search in ({"card_number": OTHER}, {"nik": AHMAD["nik"]}):
        assert await ids_found(caller, **search) == [first["family"]]
    for search in ({"card_number": CARD}, {"nik": SITI["nik"]}):
        assert await ids_found(caller, **search) == []


async def test_training_stays_training(caller: Client, connection: Connection) -> None:
    first = await put(caller, {**told(1, CARD, people=[SITI]), "purpose": "training"})
    now = (await correct(await a_kader(caller), first["id"], told(2, CARD))).status_code
    assert now == 409
    answer = (await correct(caller, first["id"], told(2, CARD, people=[SITI]))).json()
    assert (answer["purpose"], answer["uncounted"]) == ("training", "training")
    assert await connection.fetchval("SELECT count(*) FROM family_identity") == 0


async def test_an_interview_that_was_a_reinterview(caller: Client) -> None:
    first = await put(caller, make_body(1))
    answer = (await correct(caller, first["id"], {**make_body(1), "purpose": "reinterview"})).json()
    assert (answer["purpose"], answer["uncounted"]) == ("reinterview", "reinterview")


async def test_a_conflict_stays_with_its_submission(caller: Client, connection: Connection) -> None:
    wrong = await put(caller, told(1, CARD))
    right = await put(caller, told(2, OTHER))
    assert (await caller.put(told(3, CARD), wrong["id"])).status_code == 409
    await correct(caller, wrong["id"], told(1, OTHER))
    assert await connection.fetchval("SELECT family_id FROM held_submission") == UUID(right["family"])
