"""Submissions of many requests at once share their transactions, and none pays for what happens to another."""

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from app.access import Caller
from app.platform.database import Connection, Database, UnavailableError, area_of
from app.services.intake import storing
from app.services.intake.batcher import Batcher
from app.services.intake.checking import check_submission
from app.services.intake.drafts import Draft, make_draft
from app.services.intake.storing import Held, Locked, Stored, Storing
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.families import counted, told

LATEST = datetime.now(UTC) + timedelta(hours=1)
CALLER = Caller("agency", str(uuid4()), {"submissions:write": ("63",)}, ("63",), 2**62)


def draft(client: Client, body: dict[str, Any], caller: Caller = CALLER, id: UUID | None = None) -> Draft:
    """What is stored of a body, with the catalogue and the keys of the client's application."""
    state, made = client.app.state, id or uuid4()
    checked, faults = check_submission(made, body, state.catalogue, LATEST)
    assert checked is not None, faults
    return make_draft(made, checked, caller, state.vault)


def batcher_of(client: Client) -> Batcher:
    batcher: Batcher = client.app.state.intake._batcher
    return batcher


async def send_all(client: Client, bodies: list[dict[str, Any]], ids: list[UUID] | None = None) -> list[Response]:
    keys = ids or [uuid4() for _ in bodies]
    return list(await asyncio.gather(*(client.put(body, key) for body, key in zip(bodies, keys, strict=True))))


async def test_what_waits_together_is_stored_together(caller: Client, connection: Connection) -> None:
    answers = await send_all(caller, [make_body(seed) for seed in range(60)])
    assert Counter(each.status_code for each in answers) == {201: 60}
    assert await connection.fetchval("SELECT count(DISTINCT xid) FROM change_event") < 60
    there = await counted(connection)
    assert (there["submission"], there["audited"]) == (60, 60)


async def test_one_that_the_database_refuses_fails_alone(
    caller: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, detail = [uuid4() for _ in range(20)], Storing._detail
    monkeypatch.setattr(Storing, "_detail", lambda self, share: "{" if share.row.id == ids[7] else detail(self, share))
    answers = await send_all(caller, [make_body(seed) for seed in range(20)], ids)
    assert [each.status_code for each in answers] == [500 if at == 7 else 201 for at in range(20)]
    assert await connection.fetchval("SELECT count(*) FROM submission") == 19
    monkeypatch.undo()
    assert (await caller.put(make_body(7), ids[7])).status_code == 201


async def test_a_request_that_is_given_up_cancels_no_other(caller: Client, connection: Connection) -> None:
    batcher = batcher_of(caller)
    waiting = [batcher.put(draft(caller, make_body(seed))) for seed in range(10)]
    waiting[3].cancel()
    rest = await asyncio.gather(*(each for at, each in enumerate(waiting) if at != 3))
    assert all(isinstance(each, Stored) for each in rest)
    assert await connection.fetchval("SELECT count(*) FROM submission") in (9, 10)


async def test_after_its_connection_was_ended_nobody_notices(caller: Client, connection: Connection) -> None:
    assert (await caller.put(make_body(1))).status_code == 201
    ended = await connection.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'ikk' "
        "AND datname = current_database()"
    )
    assert ended > 0
    answers = await send_all(caller, [make_body(seed) for seed in range(2, 12)])
    assert Counter(each.status_code for each in answers) == {201: 10}
    assert await connection.fetchval("SELECT count(*) FROM submission") == 11


async def test_if_its_task_dies_those_in_its_hands_are_told_and_the_next_are_stored(
    caller: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    batcher, died = batcher_of(caller), asyncio.Event()

    async def die(*_: object) -> list[object]:
        died.set()
        raise asyncio.CancelledError

    monkeypatch.setattr(Storing, "store", die)
    lost = batcher.put(draft(caller, make_body(1)))
    with pytest.raises(UnavailableError):
        await asyncio.wait_for(lost, 5)
    assert died.is_set()
    monkeypatch.undo()
    assert isinstance(await asyncio.wait_for(batcher.put(draft(caller, make_body(2))), 5), Stored)


async def test_whoever_waits_when_the_task_dies_is_stored_without_another_request(caller: Client) -> None:
    batcher = batcher_of(caller)
    assert isinstance(await batcher.put(draft(caller, make_body(1))), Stored)
    assert batcher._worker is not None
    batcher._worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await batcher._worker
    waiting = [draft(caller, make_body(seed)) for seed in range(2, 5)]
    worker = batcher._work
    batcher._work = lambda: None  # type: ignore[method-assign]
    results = [batcher.put(each) for each in waiting]
    batcher._work = worker  # type: ignore[method-assign]
    assert all(isinstance(each, Stored) for each in await asyncio.wait_for(asyncio.gather(*results), 5))


async def test_a_village_that_others_hold_delays_no_other(caller: Client, connection: Connection, other: Any) -> None:
    here, there = LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS
    assert {each.status_code for each in await send_all(caller, [make_body(1), make_body(2, region=there)])} == {201}
    transaction = other.transaction()
    await transaction.start()
    await other.execute("SELECT FROM village_sums WHERE region = $1 FOR UPDATE", here)
    held = [asyncio.create_task(caller.put(make_body(seed))) for seed in range(3, 6)]
    await asyncio.sleep(0.1)
    began = time.monotonic()
    answers = await send_all(caller, [make_body(seed, region=there) for seed in range(6, 12)])
    assert {each.status_code for each in answers} == {201}
    assert time.monotonic() - began < 2.5
    assert not any(each.done() for each in held)
    await transaction.rollback()
    assert {each.status_code for each in await asyncio.gather(*held)} == {201}
    assert (await counted(connection))["submission"] == 11


async def test_many_that_are_held_leave_connections_to_all_others(
    caller: Client, connection: Connection, other: Any
) -> None:
    """Those of other villages that shared a batch with them do not wait with them."""
    here, there = LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS
    assert {each.status_code for each in await send_all(caller, [make_body(1), make_body(2, region=there)])} == {201}
    transaction = other.transaction()
    await transaction.start()
    await other.execute("SELECT FROM village_sums WHERE region = $1 FOR UPDATE", here)
    held = [asyncio.create_task(caller.put(make_body(seed))) for seed in range(3, 33)]
    free = [asyncio.create_task(caller.put(make_body(seed, region=there))) for seed in range(40, 50)]
    began = time.monotonic()
    assert {each.status_code for each in await asyncio.gather(*free)} == {201}
    assert (await caller.get("/health/ready")).status_code == 200
    assert (await caller.get("/v1/aggregates/63/2025")).status_code == 200
    assert time.monotonic() - began < 2.5
    answers = await asyncio.gather(*held)
    assert {each.status_code for each in answers} == {503}
    assert "urn:ikk:problem:contended" in {each.json()["type"] for each in answers}
    await transaction.rollback()
    assert (await caller.put(make_body(3))).status_code == 201
    assert (await counted(connection))["submission"] == 13


async def test_a_batch_holds_what_must_not_meet_apart(caller: Client, connection: Connection) -> None:
    salt, body = str(uuid4()), make_body(3)
    bodies = [told(1), told(2), {**body, "salt": salt}, {**make_body(4), "salt": salt}]
    answers = await send_all(caller, bodies)
    assert {each.status_code for each in answers} == {201}
    assert answers[0].json()["family"] == answers[1].json()["family"]
    warned = [any(each["code"] == "salt_used_before" for each in answer.json()["warnings"]) for answer in answers]
    assert warned == [False, False, False, True]
    assert (await counted(connection))["family"] == 3


async def test_each_is_compared_with_the_area_of_its_own_sender(
    caller: Client, database: Database, connection: Connection
) -> None:
    """The union of both areas holds both villages. Row-level security alone would store both."""
    theirs = replace(CALLER, id=str(uuid4()), regions=("637202",))
    outside = draft(caller, make_body(1), theirs)
    inside = draft(caller, make_body(2))
    state = caller.app.state
    async with database.connection() as used:
        outcomes = await Storing(used, state.catalogue, state.vault).store([outside, inside])
    assert outcomes[0] is None
    assert isinstance(outcomes[1], Stored)
    assert await connection.fetchval("SELECT array_agg(id) FROM submission") == [inside.row.id]


async def test_a_known_family_is_found_then_locked_and_merged(
    caller: Client, database: Database, other: Any, connection: Connection
) -> None:
    state = caller.app.state
    assert (await caller.put(told(1))).status_code == 201
    again = draft(caller, told(2))
    async with database.connection() as used:
        storing_now = Storing(used, state.catalogue, state.vault)
        (outcome,) = await storing_now.store([again])
        assert isinstance(outcome, Held)
        assert await storing_now.find([again, draft(caller, make_body(9))]) == [outcome.family_id, None]
        again.holder = outcome.family_id
        transaction = other.transaction()
        await transaction.start()
        await other.execute("SELECT FROM family FOR UPDATE")
        new = draft(caller, make_body(5))
        assert [type(each) for each in await storing_now.store([again, new])] == [Locked, Stored]
        await transaction.rollback()
        (stored,) = await storing_now.store([again])
    assert isinstance(stored, Stored)
    assert stored.family_id == outcome.family_id
    assert (await counted(connection))["family"] == 2


async def test_what_waits_is_stored_before_a_server_ends(caller: Client, connection: Connection) -> None:
    state = caller.app.state
    batcher = Batcher(state.database, state.catalogue, state.vault)
    waiting = [batcher.put(draft(caller, make_body(seed))) for seed in range(150)]
    await batcher.finish()
    assert all(isinstance(each.result(), Stored) for each in waiting)
    assert await connection.fetchval("SELECT count(*) FROM submission") == 150


@pytest.mark.parametrize("regions", [("63",), ("ID",), ("637202", "637206")])
def test_the_union_of_areas_is_an_area(regions: tuple[str, ...]) -> None:
    drafts: Any = [type("Drafted", (), {"area": area_of([region])})() for region in regions]
    assert storing._union(drafts) == area_of(sorted(regions))
