"""Batches beside trouble: the database goes away, time runs out, a family is locked, a key is lost, code fails."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from app.config import Settings
from app.platform.database import Connection, Database
from app.platform.encryption import VaultError
from app.platform.throttle import Throttle
from app.services.intake.plainly import check_plainly
from tests.services.intake.test_unavailable import serving
from tests.support.batches import entry, families, send, slug, statuses
from tests.support.factories import EVERYTHING, Client, make_body
from tests.support.families import put, told
from tests.support.wire import Break, Line

SERVICE = "app.services.intake.batch"


@pytest.fixture
async def line(dsn: str, database: Database) -> AsyncIterator[Line]:
    """The line to this worker's database, open."""
    assert database is not None  # its fixture deletes what the test stores
    found = Line(dsn)
    await found.restore()
    yield found
    await found.close()


@pytest.fixture
async def far(line: Line, settings: Settings) -> AsyncIterator[Client]:
    """A signed-in client of an application whose line to the database can be cut."""
    async with serving(line.dsn, settings) as client:
        yield client


async def rows(connection: Connection) -> int:
    counted: int = await connection.fetchval("SELECT count(*) FROM submission")
    return counted


def waits(answer: Response) -> list[int | None]:
    return [each["retry_after"] for each in answer.json()["items"]]


@pytest.mark.parametrize("breaks", ["before the statement", "before the answer"])
async def test_what_is_stored_stays_and_the_rest_is_told_to_come_again(
    far: Client, line: Line, connection: Connection, breaks: Break
) -> None:
    """How many were stored before the line breaks depends on how the interviews fall into statements."""
    sent = families(5)
    sent.insert(4, {"id": "broken"})
    line.break_off(breaks, UUID(sent[2]["id"]).bytes)
    first = await send(far, sent)
    became, there = statuses(first), await rows(connection)
    assert became[4] == 422
    assert set(became[2:4] + became[5:]) == {503}
    assert set(became[:2]) <= {201, 503}
    refused = [each for each in first.json()["items"] if each["status"] == 503]
    assert [each["id"] for each in refused] == [sent[at]["id"] for at, status in enumerate(became) if status == 503]
    assert {slug(each) for each in refused} == {"unavailable"}
    assert all(isinstance(each["retry_after"], int) and each["retry_after"] > 0 for each in refused)
    stored = became.count(201)
    assert there == stored if breaks == "before the statement" else there > stored
    await line.restore()
    again = await send(far, sent)
    assert sorted(statuses(again)) == sorted([200] * there + [201] * (5 - there) + [422])
    for before, later in zip(first.json()["items"], again.json()["items"], strict=True):
        assert before["submission"] in (None, later["submission"])
    assert await rows(connection) == 5
    assert (await far.get("/v1/aggregates/63/2025")).json()["families"] == 5


async def test_if_the_database_is_gone_at_the_end_what_was_told_stays(far: Client, line: Line) -> None:
    line.break_off("before the statement", b"SELECT stored.* FROM")
    sent = families(2)
    answer = await send(far, sent)
    assert statuses(answer) == [201, 201]
    assert [each["submission"]["counts"] for each in answer.json()["items"]] == [True, True]


async def test_a_batch_sent_while_the_database_is_gone_is_503(far: Client, line: Line) -> None:
    line.cut()
    answer = await send(far, families(2))
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:ikk:problem:unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_family_that_is_locked_keeps_no_other_waiting_for_good(
    caller: Client, connection: Connection, other: Any
) -> None:
    await put(caller, told(1))
    transaction = other.transaction()
    await transaction.start()
    await other.execute("SELECT FROM family FOR UPDATE")
    answer = await send(caller, [entry(make_body(5)), entry(told(2)), entry(make_body(6))])
    await transaction.rollback()
    assert statuses(answer) == [201, 503, 201]
    assert slug(answer.json()["items"][1]) == "contended"
    first, second, third = waits(answer)
    assert (first, third) == (None, None)
    assert second is not None
    assert second > 0
    assert await rows(connection) == 3


async def test_when_time_runs_out_the_rest_is_refused(
    caller: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = 0

    def check_slowly(*given: Any) -> Any:
        nonlocal taken
        taken += 1
        if taken == 2:
            time.sleep(0.3)
        return check_plainly(*given)

    monkeypatch.setattr(f"{SERVICE}._SECONDS", 0.25)
    monkeypatch.setattr(f"{SERVICE}.check_plainly", check_slowly)
    sent = families(4)
    answer = await send(caller, sent)
    assert statuses(answer) == [201, 201, 503, 503]
    assert [slug(each) for each in answer.json()["items"][2:]] == ["busy", "busy"]
    assert all(each is not None and each > 0 for each in waits(answer)[2:])
    assert await rows(connection) == 2
    monkeypatch.undo()
    assert statuses(await send(caller, sent)) == [200, 200, 201, 201]


@pytest.mark.parametrize(
    ("error", "slug_of"), [(VaultError("no key"), "identity-unreadable"), (RuntimeError("secret"), "internal")]
)
async def test_an_interview_that_the_service_fails_at_stops_no_other(
    caller: Client,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    slug_of: str,
) -> None:
    sent = families(3)

    def fail_once(id: UUID, *given: Any) -> Any:
        if str(id) == sent[1]["id"]:
            raise error
        return check_plainly(id, *given)

    monkeypatch.setattr(f"{SERVICE}.check_plainly", fail_once)
    answer = await send(caller, sent)
    assert statuses(answer) == [201, 500, 201]
    assert slug(answer.json()["items"][1]) == slug_of
    assert await rows(connection) == 2
    assert answer.headers["x-request-id"] in capsys.readouterr().out


async def test_no_connection_is_held_between_two_interviews(far: Client) -> None:
    """The application has three connections. Six batches at once take turns with them."""
    answers = await asyncio.gather(*(send(far, families(8)) for _ in range(6)))
    assert [statuses(each) for each in answers] == [[201] * 8] * 6


async def test_a_caller_sends_so_many_batches_a_minute_and_no_more(
    caller: Client, settings: Settings, database: Database, connection: Connection
) -> None:
    state, usual = caller.app.state, caller.app.state.throttle
    state.throttle = Throttle(settings.model_copy(update={"batches_per_minute": 3}), state.keys)
    try:
        async with state.throttle.working(database):
            answers = [await send(caller, families(1)) for _ in range(5)]
            assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
            assert answers[3].json()["type"] == "urn:ikk:problem:too-many-requests"
            assert 0 < int(answers[3].headers["retry-after"]) <= 60
            assert await rows(connection) == 3
            # Single interviews go on, and so do the batches of others.
            assert (await caller.put(make_body(9))).status_code == 201
            caller.agency_id = str(uuid4())
            await caller.sign_in(scopes=EVERYTHING, regions=["63"])
            assert statuses(await send(caller, families(1))) == [201]
    finally:
        state.throttle = usual


async def test_two_processes_share_the_limit_at_every_moment(
    caller: Client, settings: Settings, database: Database
) -> None:
    limited = settings.model_copy(update={"batches_per_minute": 4})
    state, usual = caller.app.state, caller.app.state.throttle
    one, two = (Throttle(limited, state.keys) for _ in range(2))
    try:
        async with one.working(database), two.working(database):
            admitted = []
            for throttle in (one, two, one, two, one, two):
                state.throttle = throttle
                admitted.append((await send(caller, families(1))).status_code)
    finally:
        state.throttle = usual
    assert admitted == [200, 200, 200, 200, 429, 429]
