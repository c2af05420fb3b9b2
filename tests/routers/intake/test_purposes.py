"""PUT /v1/submissions/{id}: why an interview was held, when it began, and what therefore counts and is kept."""

from typing import Any

import pytest

from app.platform.database import Connection
from tests.routers.intake.test_a_family_counts_once import VILLAGE, codes, mean, on, states
from tests.support.factories import Client, codes_of
from tests.support.families import CARD, put
from tests.support.subject_requests import ask, count_families, fulfil

DAY = "2025-03-01"
ID = "5d0f6c1e-7a51-4c0b-9d0f-5a1be1f1f0d2"


def held(purpose: str | None, day: str = DAY, seed: int = 1, **family: Any) -> dict[str, Any]:
    return {**on(day, seed, **family), "purpose": purpose}


async def test_it_works(caller: Client) -> None:
    """A reinterview of a family is told from its interview, and changes no figure."""
    first = await put(caller, held("interview"))
    before = await mean(caller)
    again = await put(caller, held("reinterview", "2025-03-09", 2))
    assert (first["purpose"], first["counts"], first["uncounted"]) == ("interview", True, None)
    assert (again["purpose"], again["counts"], again["uncounted"]) == ("reinterview", False, "reinterview")
    assert again["family"] == first["family"]
    assert "interviewed_before" not in codes(again)
    assert await mean(caller) == before
    assert await count_families(caller, VILLAGE) == 1
    assert await states(caller) == {first["id"]: None, again["id"]: "reinterview"}


async def test_an_interview_counts_although_the_reinterview_came_first(caller: Client) -> None:
    again = await put(caller, held("reinterview", "2025-03-09", 2))
    assert await count_families(caller, VILLAGE) == 0
    first = await put(caller, held(None))
    assert first["family"] == again["family"]
    assert (first["purpose"], first["counts"]) == ("interview", True)
    assert codes(first) == ["card_region_unknown"]
    assert await mean(caller) == first["score"]["index"]


async def test_training_is_a_family_of_its_own_without_identity(caller: Client, connection: Connection) -> None:
    """Not even with the card of a family that is known."""
    people = [{"name": "Siti", "nik": "6372010101900001"}]
    real = await put(caller, held("interview"))
    stored = await connection.fetchrow("SELECT * FROM family_identity")
    body = held("training", "2025-04-01", 2, people=people, address="Jalan Mawar 12")
    body["consent"] = {"version": "2025-1", "given_at": f"{DAY}T08:00:00+08:00", "channel": "paper"}
    practice = await put(caller, body)
    assert practice["family"] != real["family"]
    assert (practice["purpose"], practice["counts"], practice["uncounted"]) == ("training", False, "training")
    assert await connection.fetchval("SELECT count(*) FROM family") == 2
    assert await connection.fetch("SELECT * FROM family_identity") == [stored]
    assert await connection.fetchval("SELECT count(*) FROM family_key") == 1
    assert await connection.fetchval("SELECT count(*) FROM consent") == 0
    assert await connection.fetchval("SELECT carded FROM submission WHERE purpose = 'training'") is False
    assert await count_families(caller, VILLAGE) == 1


async def test_training_is_checked_and_scored_like_an_interview(caller: Client) -> None:
    practice, real = await put(caller, held("training", card=None)), await put(caller, held("interview", card=None))
    assert practice["score"] == real["score"]
    body = held("training")
    body["answers"]["none"] = "yes"
    assert codes_of(await caller.put(body, ID)) == {"/answers/none": "unknown_question"}


@pytest.mark.parametrize("purpose", ["interview", "reinterview", "training"])
async def test_a_resend_gets_the_same_receipt(caller: Client, purpose: str) -> None:
    body = held(purpose, card=CARD)
    sent = [await caller.put(body, ID) for _ in range(2)]
    assert [each.status_code for each in sent] == [201, 200]
    assert sent[0].json() == sent[1].json()
    listed = (await caller.get("/v1/submissions")).json()["items"]
    assert [each["purpose"] for each in listed] == [purpose]


async def test_the_default_purpose_is_the_same_content_as_none(caller: Client) -> None:
    bodies = [held("interview"), held(None), on(DAY)]
    assert [(await caller.put(each, ID)).status_code for each in bodies] == [201, 200, 200]
    assert (await caller.put(held("training"), ID)).status_code == 409


async def test_an_interview_begins_before_it_is_done(caller: Client, connection: Connection) -> None:
    for start in (f"{DAY}T07:20:00+08:00", f"{DAY}T00:00:00Z"):
        await put(caller, {**on(DAY, card=None), "started_at": start})
    assert await connection.fetchval("SELECT count(*) FROM submission WHERE started_at <= surveyed_at") == 2
    late = {**on(DAY), "started_at": f"{DAY}T00:00:00.000001Z"}
    assert codes_of(await caller.put(late, ID)) == {"/started_at": "in_future"}


async def test_a_correction_keeps_training_without_identity(caller: Client, connection: Connection) -> None:
    practice = await put(caller, held("training", card=None))
    request = await ask(caller, practice["family"], "correct")
    named = {"identity": {"card_number": CARD}}
    assert codes_of(await fulfil(caller, request, named)) == {"/identity": "training_has_no_identity"}
    people = [{"name": "Siti", "nik": "6372010101900001"}]
    body = {**held("training", seed=2, people=people), "basis": "public_task"}
    answer = await fulfil(caller, request, {"submissions": {practice["id"]: body}})
    assert answer.status_code == 200, answer.text
    assert await connection.fetchval("SELECT revision FROM submission") == 2
    for table in ("family_identity", "family_key"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
