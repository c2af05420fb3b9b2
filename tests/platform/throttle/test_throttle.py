"""The throttle of a running process settles by itself and at its end, survives without a database, and sweeps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from app.access import Caller
from app.config import Settings
from app.platform.database import Connection, Database, UnavailableError
from app.platform.key_ring import make_ring
from app.platform.throttle import Throttle, sweep
from app.problems import Problem
from tests.support.wire import eventually


@pytest.fixture
def throttle(settings: Settings) -> Throttle:
    return Throttle(settings.model_copy(update={"person_requests_per_minute": 30}), make_ring(settings.key_ring_file))


def person() -> Caller:
    return Caller("person", str(uuid4()), {}, (), 2**40)


async def test_it_works(throttle: Throttle, database: Database) -> None:
    caller = person()
    async with throttle.working(database):
        for _ in range(30):
            throttle.admit(caller)
        with pytest.raises(Problem):
            throttle.admit(caller)
        async with throttle.signing_in("kader-1", "203.0.113.7") as attempt, database.connection():
            attempt.succeed()


async def test_what_was_counted_reaches_the_others_within_a_second_or_so(
    throttle: Throttle, database: Database, connection: Connection
) -> None:
    caller = person()

    async def is_known() -> bool:
        return bool(await connection.fetchval("SELECT count(*) FROM request_use WHERE caller = $1", caller.id))

    async with throttle.working(database):
        throttle.admit(caller)
        await eventually(is_known, 20)


async def test_the_last_is_settled_at_the_end(throttle: Throttle, database: Database, connection: Connection) -> None:
    caller = person()
    async with throttle.working(database):
        throttle.admit(caller)
    assert await connection.fetchval("SELECT count(*) FROM request_use WHERE caller = $1", caller.id) == 1


async def test_without_a_database_each_process_counts_for_itself(throttle: Throttle) -> None:
    class Gone:
        asked = 0

        @asynccontextmanager
        async def connection(self) -> AsyncIterator[Any]:
            self.asked += 1
            raise UnavailableError
            yield

    gone: Any = Gone()
    caller = person()

    async def was_asked() -> bool:
        return bool(gone.asked)

    async with throttle.working(gone):
        for _ in range(30):
            throttle.admit(caller)
        await eventually(was_asked, 20)
        with pytest.raises(Problem):
            throttle.admit(caller)
        with pytest.raises(UnavailableError):
            async with throttle.signing_in("kader-1", "203.0.113.7"):
                pytest.fail("no secret is compared while failures cannot be counted")


async def test_what_limits_nobody_any_more_is_swept(database: Database, connection: Connection) -> None:
    for table, moment in (("failed_sign_in", "until"), ("familiar_place", "until"), ("request_use", "full_at")):
        counts = ", failures" if table == "failed_sign_in" else ""
        one = ", 1" if counts else ""
        key = "caller" if table == "request_use" else "key"
        await connection.execute(
            f"INSERT INTO {table} ({key}, {moment}{counts}) "
            f"VALUES ('old', now() - interval '1 s'{one}), ('new', now() + interval '1 min'{one})"
        )
    await sweep(database)
    for table in ("failed_sign_in", "familiar_place", "request_use"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 1, table
