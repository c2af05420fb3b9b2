"""The rate limit of a caller: in one process, in two that settle, over time, and its cost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest

from app.access import Caller, CallerKind
from app.config import Settings
from app.platform.database import Connection, Database, UnavailableError
from app.platform.throttle.callers import CallerLimits
from app.problems import Problem, kinds

Make = Callable[..., CallerLimits]


# Of one caller: the application that the tests share settles the requests of other tests in the meantime.
WAIT = "SELECT extract(epoch FROM full_at - now()) FROM request_use WHERE caller = $1"


@pytest.fixture
async def counts(connection: Connection) -> AsyncIterator[Connection]:
    """A connection that reads the counts. They are deleted after the test."""
    yield connection
    await connection.execute("DELETE FROM request_use")


@pytest.fixture
def make(settings: Settings) -> Make:
    """Makes the limits of one more server process. `changed` replaces settings."""
    return lambda **changed: CallerLimits(settings.model_copy(update=changed))


def caller_of(kind: CallerKind = "person", id: str | None = None) -> Caller:
    return Caller(kind, id or str(uuid4()), {}, (), 2**40)


def admitted(requests: CallerLimits, caller: Caller, tries: int) -> int:
    """How many of `tries` requests in a row are admitted."""
    count = 0
    for _ in range(tries):
        try:
            requests.admit(caller)
            count += 1
        except Problem:
            continue
    return count


async def test_it_works(make: Make) -> None:
    requests = make(person_requests_per_minute=30)
    caller = caller_of()
    assert admitted(requests, caller, 100) == 30
    with pytest.raises(Problem) as refused:
        requests.admit(caller)
    assert refused.value.kind is kinds.TOO_MANY_REQUESTS
    assert refused.value.wait == 2


@pytest.mark.parametrize(
    ("kind", "limit"), [("person", 600), ("outside", 600), ("agency", 12_000)], ids=["person", "outside", "agency"]
)
async def test_each_kind_of_caller_has_its_limit(make: Make, kind: CallerKind, limit: int) -> None:
    # A little of the allowance comes back while the loop runs.
    assert limit <= admitted(make(), caller_of(kind), 2 * limit) <= limit * 1.1


async def test_zero_is_no_limit(make: Make) -> None:
    requests = make(person_requests_per_minute=0)
    assert admitted(requests, caller_of(), 2000) == 2000
    assert admitted(requests, caller_of("agency"), 20_000) < 20_000


async def test_the_command_line_has_no_limit(make: Make) -> None:
    assert admitted(make(person_requests_per_minute=1, agency_requests_per_minute=1), caller_of("command"), 9) == 9


async def test_callers_have_an_allowance_each(make: Make) -> None:
    requests = make(person_requests_per_minute=5)
    assert [admitted(requests, caller_of(), 9) for _ in range(3)] == [5, 5, 5]


async def test_two_processes_that_settled_have_one_allowance(
    make: Make, database: Database, counts: Connection
) -> None:
    first, second = make(person_requests_per_minute=12), make(person_requests_per_minute=12)
    caller = caller_of()
    assert admitted(first, caller, 8) == 8
    await first.settle(database)
    assert admitted(second, caller, 1) == 1
    await second.settle(database)
    assert admitted(second, caller, 30) == 3
    await second.settle(database)
    # The first does not know the second's count yet, because it asks for it only after it has counted something.
    assert admitted(first, caller, 30) == 4
    await first.settle(database)
    assert admitted(first, caller, 30) == admitted(second, caller, 30) == 0
    assert await counts.fetchval("SELECT count(*) FROM request_use WHERE caller = $1", caller.id) == 1


async def test_what_was_taken_too_much_is_owed(make: Make, database: Database, counts: Connection) -> None:
    processes = [make(person_requests_per_minute=30) for _ in range(3)]
    caller = caller_of()
    for process in processes:
        assert admitted(process, caller, 30) == 30
    for process in processes:
        await process.settle(database)
    with pytest.raises(Problem) as refused:
        processes[2].admit(caller)
    # After ninety requests at thirty a minute, the next one is due in two minutes.
    assert 110 <= refused.value.wait <= 122
    assert 170 < await counts.fetchval(WAIT, caller.id) < 180


async def test_it_comes_back_at_the_rate(make: Make, database: Database, counts: Connection) -> None:
    requests = make(person_requests_per_minute=12)
    caller = caller_of()
    assert admitted(requests, caller, 99) == 12
    await requests.settle(database)
    await counts.execute("UPDATE request_use SET full_at = full_at - interval '20 s' WHERE caller = $1", caller.id)
    other = make(person_requests_per_minute=12)
    assert admitted(other, caller, 1) == 1
    await other.settle(database)
    assert admitted(other, caller, 99) == 3


async def test_a_caller_in_a_hurry_is_settled_at_once(make: Make) -> None:
    requests = make(person_requests_per_minute=100)
    caller = caller_of()
    admitted(requests, caller, 4)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await requests.wait(60)
    admitted(requests, caller, 1)
    async with asyncio.timeout(30):
        await requests.wait(60)


async def test_what_could_not_be_settled_is_settled_later(make: Make, database: Database, counts: Connection) -> None:
    class Gone:
        def connection(self) -> Any:
            raise UnavailableError

    requests = make(person_requests_per_minute=12)
    caller = caller_of()
    admitted(requests, caller, 4)
    gone: Any = Gone()
    with pytest.raises(UnavailableError):
        await requests.settle(gone)
    assert admitted(requests, caller, 99) == 8
    await requests.settle(database)
    assert 50 < await counts.fetchval(WAIT, caller.id) <= 60
