"""The throttle of sign-ins: counting, refusing, accounts that stay usable, and the rows that are stored."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from app.config import Settings
from app.platform.database import Connection, Database
from app.platform.key_ring import make_ring
from app.platform.throttle.failed_sign_ins import SignIns
from app.problems import Problem, kinds

ADDRESS = "203.0.113.7"
ELSEWHERE = "198.51.100.20"

Make = Callable[..., SignIns]


@pytest.fixture
async def counts(connection: Connection) -> AsyncIterator[Connection]:
    """A connection that reads the counts. They are deleted after the test."""
    yield connection
    await connection.execute("DELETE FROM failed_sign_in; DELETE FROM familiar_place")


@pytest.fixture
def make(database: Database, settings: Settings, counts: Connection) -> Make:
    """Makes the throttle of one more server process. `changed` replaces settings."""
    assert counts is not None

    def make_sign_ins(**changed: Any) -> SignIns:
        sign_ins = SignIns(settings.model_copy(update=changed), make_ring(settings.key_ring_file))
        sign_ins.database = database
        return sign_ins

    return make_sign_ins


async def fail(throttle: SignIns, account: str = "kader-1", address: str = ADDRESS, times: int = 1) -> None:
    """Signs in with a wrong secret."""
    for _ in range(times):
        async with throttle.signing_in(account, address):
            pass


async def succeed(throttle: SignIns, account: str = "kader-1", address: str = ADDRESS) -> None:
    async with throttle.signing_in(account, address) as attempt:
        attempt.succeed()


async def refusal(throttle: SignIns, account: str = "kader-1", address: str = ADDRESS) -> Problem:
    """The problem with which an attempt is refused before its secret is checked."""
    with pytest.raises(Problem) as refused:
        async with throttle.signing_in(account, address):
            pytest.fail("the secret would have been compared")
    assert refused.value.kind is kinds.TOO_MANY_REQUESTS
    return refused.value


async def pass_time(counts: Connection, seconds: int) -> None:
    """Makes every counted attempt this many seconds older."""
    await counts.execute(f"UPDATE failed_sign_in SET until = until - interval '{seconds} s'")
    await counts.execute(f"UPDATE familiar_place SET until = until - interval '{seconds} s'")


async def test_it_works(make: Make) -> None:
    throttle = make()
    await fail(throttle, times=9)
    await succeed(throttle)
    await fail(throttle, times=10)
    assert 890 <= (await refusal(throttle)).wait <= 900


async def test_failures_are_forgotten_when_the_window_is_over(make: Make, counts: Connection) -> None:
    throttle = make()
    await fail(throttle, times=10)
    await pass_time(counts, 600)
    assert 290 <= (await refusal(throttle)).wait <= 300
    await pass_time(counts, 301)
    await fail(throttle, times=10)
    await refusal(throttle)


async def test_what_was_refused_counts_for_nothing(make: Make) -> None:
    throttle = make(sign_in_failures_per_address=12)
    await fail(throttle, times=10)
    for _ in range(5):
        await refusal(throttle)
    await fail(throttle, "kader-2", times=2)
    await refusal(throttle, "kader-3")


async def test_failures_at_many_accounts_add_up_for_the_address(make: Make) -> None:
    throttle = make(sign_in_failures_per_address=5)
    for number in range(5):
        await fail(throttle, f"kader-{number}")
    await refusal(throttle, "kader-9")
    await succeed(throttle, "kader-9", ELSEWHERE)


async def test_a_training_behind_one_address_is_not_kept_out(make: Make) -> None:
    throttle = make(sign_in_failures_per_address=5)
    await asyncio.gather(*(succeed(throttle, f"kader-{number}") for number in range(100)))
    await fail(throttle)


async def test_failures_at_many_addresses_add_up_for_the_account(make: Make) -> None:
    throttle = make()
    for number in range(10):
        await fail(throttle, address=f"203.0.113.{number}")
    await refusal(throttle, address=ELSEWHERE)


async def test_strangers_do_not_keep_an_account_out_of_where_it_signs_in(make: Make) -> None:
    throttle = make()
    await succeed(throttle)
    await fail(throttle, address=ELSEWHERE, times=10)
    await refusal(throttle, address=ELSEWHERE)
    await succeed(throttle)
    await refusal(throttle, address=ELSEWHERE)


async def test_also_where_an_account_signs_in_it_may_fail_only_so_often(make: Make) -> None:
    throttle = make()
    await succeed(throttle)
    await fail(throttle, times=10)
    await refusal(throttle)


async def test_a_place_is_familiar_for_thirty_days(make: Make, counts: Connection) -> None:
    throttle = make()
    await succeed(throttle)
    await pass_time(counts, 31 * 86_400)
    await fail(throttle, address=ELSEWHERE, times=10)
    await refusal(throttle)


async def test_all_server_processes_count_together(make: Make) -> None:
    first, second = make(), make()
    await fail(first, times=5)
    await fail(second, times=5)
    await refusal(first)
    await refusal(second)


async def test_guesses_made_at_once_are_counted_like_guesses_one_after_another(make: Make, counts: Connection) -> None:
    processes = [make() for _ in range(3)]
    compared = 0

    async def guess(throttle: SignIns) -> None:
        nonlocal compared
        async with throttle.signing_in("kader-1", ADDRESS):
            compared += 1
            await asyncio.sleep(0.01)

    outcomes = await asyncio.gather(*(guess(processes[number % 3]) for number in range(60)), return_exceptions=True)
    assert compared == 10
    assert sum(isinstance(outcome, Problem) for outcome in outcomes) == 50
    assert {row["failures"] for row in await counts.fetch("SELECT failures FROM failed_sign_in")} == {10}


async def test_an_attempt_that_breaks_off_is_a_failure(make: Make) -> None:
    throttle = make(sign_in_failures_per_account=1)
    with pytest.raises(ZeroDivisionError):
        async with throttle.signing_in("kader-1", ADDRESS):
            raise ZeroDivisionError
    await refusal(throttle)


async def test_a_right_secret_is_no_failure_whatever_else_is_refused(make: Make) -> None:
    throttle = make(sign_in_failures_per_account=1)

    async def refuse_the_new_one() -> None:
        async with throttle.signing_in("kader-1", ADDRESS) as attempt:
            attempt.succeed()
            raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await refuse_the_new_one()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("2001:db8:1:2::7", "2001:db8:1:2:ffff::9", id="one network of 64 bits"),
        pytest.param("::ffff:203.0.113.7", "203.0.113.7", id="IPv4 within IPv6"),
        pytest.param("fe80::1%eth0", "fe80::2%eth1", id="with a zone"),
    ],
)
async def test_what_one_client_may_choose_freely_is_one_address(make: Make, one: str, other: str) -> None:
    throttle = make(sign_in_failures_per_address=1)
    await fail(throttle, "kader-1", one)
    await refusal(throttle, "kader-2", other)


async def test_another_network_is_another_address(make: Make) -> None:
    throttle = make(sign_in_failures_per_address=1)
    await fail(throttle, "kader-1", "2001:db8:1:2::7")
    await fail(throttle, "kader-2", "2001:db8:1:3::7")
    await fail(throttle, "kader-3", "203.0.113.7")
    await fail(throttle, "kader-4", "not an address")


@pytest.mark.parametrize("name", ["KADER-1", " kader-1 ", "Kader-1"])
async def test_another_spelling_is_no_other_account(make: Make, name: str) -> None:
    throttle = make(sign_in_failures_per_account=1)
    await fail(throttle)
    await refusal(throttle, name)


@pytest.mark.parametrize("name", ["", "\x00", "\ud800", "x" * 100_000], ids=["none", "zero", "half a pair", "long"])
async def test_any_text_is_taken_for_a_name(make: Make, name: str) -> None:
    throttle = make(sign_in_failures_per_account=1)
    await fail(throttle, name)
    await refusal(throttle, name)


async def test_the_tables_hold_neither_names_nor_addresses(make: Make, counts: Connection) -> None:
    throttle = make()
    await fail(throttle, "a password in the wrong field")
    await succeed(throttle)
    for table in ("failed_sign_in", "familiar_place"):
        rows = await counts.fetch(f"SELECT t.*, t::text AS whole FROM {table} t")
        assert rows
        assert all(len(row["key"]) == 32 for row in rows)
        assert not any("password" in row["whole"] or ADDRESS in row["whole"] for row in rows)


async def test_no_more_secrets_are_compared_at_once_than_set(make: Make) -> None:
    throttle = make(sign_ins_at_once=2)
    running = most = 0

    async def compare(number: int) -> None:
        nonlocal running, most
        async with throttle.signing_in(f"kader-{number}", ADDRESS) as attempt:
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.01)
            running -= 1
            attempt.succeed()

    await asyncio.gather(*(compare(number) for number in range(10)))
    assert most == 2


async def test_who_waits_too_long_for_a_turn_is_told_that_the_server_is_busy(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.platform.throttle.failed_sign_ins._WAIT_SECONDS", 1.0)
    throttle = make(sign_ins_at_once=1)
    async with throttle.turn():
        started = time.monotonic()
        with pytest.raises(Problem) as refused:
            await fail(throttle)
        assert 0.9 < time.monotonic() - started < 30
    assert refused.value.kind is kinds.BUSY
    assert refused.value.wait == 5
    await fail(throttle)
