"""On a machine that has just booted, the monotonic clock starts at 0. The service must not wait because of that."""

import importlib
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI

from app.access import COMMAND, Caller
from app.config import Settings
from app.embedded import supervisor
from app.jobs.addresses import AddressKeeper
from app.jobs.releasing import Releaser
from app.jobs.revocations import RevocationReader
from app.jobs.sealing import Sealer
from app.jobs.sweeping import Sweeper
from app.platform.addresses import Addresses
from app.platform.database import Connection, Database
from app.platform.key_ring import make_ring, rotate_key
from app.platform.metrics import Metrics
from app.platform.outside_issuer import OutsideIssuer
from app.platform.throttle import Throttle
from app.platform.throttle.callers import CallerLimits
from app.platform.tokens import Tokens
from app.problems import Problem
from app.problems.problem_texts import ISSUER_UNAVAILABLE
from app.scoring.versions import Versions
from app.services.aggregates import released_cards
from app.services.aggregates.released_cards import ReleasedCards
from tests.support.factories import PROJECT, instrument
from tests.support.issuer import issuing
from tests.support.sums import insert_sums, sums_of_family
from tests.support.wire import eventually

TESTED = {
    "app.jobs.addresses",
    "app.jobs.releasing",
    "app.jobs.revocations",
    "app.jobs.sealing",
    "app.jobs.sweeping",
    "app.embedded.supervisor",
    "app.platform.key_ring",
    "app.platform.outside_issuer",
    "app.platform.throttle",
    "app.platform.throttle.callers",
    "app.platform.workers",
    "app.services.aggregates.released_cards",
}


def readers_of_the_clock() -> dict[str, ModuleType]:
    """The modules of the service that read the monotonic clock."""
    files = [file for file in (PROJECT / "app").rglob("*.py") if "time.monotonic()" in file.read_text("utf-8")]
    return {name: importlib.import_module(name) for name in map(module_of, files)}


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


class Clock:
    """Replaces the module `time`, but only in the service. asyncio keeps the clock that it started with."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


@pytest.fixture(params=[0.0, 5.0], ids=["at 0", "at 5 s"], autouse=True)
def clock(request: pytest.FixtureRequest) -> Iterator[Clock]:
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        clock.now = request.param
        for module in readers_of_the_clock().values():
            patch.setattr(module, "time", clock)
        yield clock


def test_every_reader_of_the_clock_is_tested_here() -> None:
    assert readers_of_the_clock().keys() == TESTED


async def test_revocations_are_swept_at_the_start_and_every_ten_minutes(
    clock: Clock, database: Database, connection: Connection, settings: Settings
) -> None:
    past = "INSERT INTO revocation VALUES ('x', now(), now() - interval '1 s')"
    revocations = RevocationReader(Tokens(settings, make_ring(settings.key_ring_file)))
    left = []
    for seconds in (0, 599, 2):
        clock.now += seconds
        await connection.execute(f"{past} ON CONFLICT DO NOTHING")
        await revocations.work(database)
        left.append(await connection.fetchval("SELECT count(*) FROM revocation WHERE subject = 'x'"))
    assert left == [0, 1, 0]


async def test_the_head_of_the_audit_log_is_told_at_the_start_and_then_now_and_again(
    clock: Clock, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    async def tell(self: Sealer, database: Database) -> None:
        told.append(clock.now)
        await real(self, database)

    real = Sealer.tell_head
    monkeypatch.setattr(Sealer, "tell_head", tell)
    sealer, start = Sealer(make_ring(settings.key_ring_file), Metrics(), head_seconds=60), clock.now
    for seconds in (0, 59, 1):
        clock.now += seconds
        await sealer.work(database)
    assert told == [start, start + 60]


async def test_what_no_longer_limits_anybody_is_swept_at_the_start(
    database: Database, connection: Connection, settings: Settings
) -> None:
    await connection.execute("INSERT INTO request_use (caller, full_at) VALUES ('x', now() - interval '1 s')")

    async def is_swept() -> bool:
        return not await connection.fetchval("SELECT count(*) FROM request_use WHERE caller = 'x'")

    async with Throttle(settings, make_ring(settings.key_ring_file)).working(database):
        await eventually(is_swept)


async def test_old_training_and_events_are_swept_at_the_start_and_every_hour(
    clock: Clock, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept = []

    async def sweep(self: Sweeper, database: Database) -> None:
        swept.append(clock.now)

    monkeypatch.setattr(Sweeper, "sweep", sweep)
    sweeper, start = Sweeper(training_days=30, event_days=90), clock.now
    for seconds in (0, 3599, 1):
        clock.now += seconds
        await sweeper.work(database)
    assert swept == [start, start + 3600]


async def test_addresses_are_stored_at_the_start_and_every_five_seconds(
    clock: Clock, database: Database, connection: Connection
) -> None:
    addresses = Addresses()
    keeper, stored = AddressKeeper(addresses, days=90), []
    for seconds in (0, 4, 1):
        clock.now += seconds
        addresses.note(COMMAND, "192.0.2.1")
        await keeper.work(database)
        stored.append(await connection.fetchval("SELECT sum(uses) FROM address_use"))
    assert stored == [1, 1, 3]


async def test_what_is_due_is_released_at_the_start_and_looked_for_every_fifteen_seconds(
    clock: Clock, app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []

    async def look(self: Releaser, database: Database) -> None:
        looked.append(clock.now)

    monkeypatch.setattr(Releaser, "_request", look)
    releaser, start = Releaser(app.state.catalogue, app.state.keys, None), clock.now
    for seconds in (0, 14, 1):
        clock.now += seconds
        await releaser.work(database)
    assert looked == [start, start + 15]


async def test_the_progress_of_a_large_region_is_read_at_the_start_and_every_fifteen_seconds(
    clock: Clock, app: FastAPI, database: Database, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(released_cards, "_FEW_ROWS", -1)
    shipped = instrument()
    one = sums_of_family("F" * len(shipped.main.indicators), shipped)
    cards, versions = ReleasedCards(database, 2**20), Versions.of(app.state.catalogue, "ikk-29", None)
    seen = []
    for village, seconds in (("6372061001", 0), ("6372061002", 14), ("6372061003", 2)):
        clock.now += seconds
        await insert_sums(connection, shipped, one, region=village)
        progress = await cards._look_at_progress(connection, ["6372"], 2025, versions)
        seen.append(progress["6372"].families)
    assert seen == [1, 1, 3]


def test_a_caller_has_its_whole_allowance_and_no_more(clock: Clock, settings: Settings) -> None:
    limits = CallerLimits(settings.model_copy(update={"person_requests_per_minute": 30}))
    caller = Caller("person", "x", {}, (), 2**40)
    for _ in range(30):
        limits.admit(caller)
    with pytest.raises(Problem):
        limits.admit(caller)
    clock.now += 2
    limits.admit(caller)


def test_a_rotated_key_is_seen_within_a_second(clock: Clock, tmp_path: Path) -> None:
    ring = make_ring(tmp_path / "keys.json")
    new = rotate_key(tmp_path / "keys.json", "signing")
    assert ring.current("signing") != new
    clock.now += 1.1
    assert ring.current("signing") == new


async def test_an_outside_issuer_is_asked_at_the_first_token(clock: Clock, settings: Settings) -> None:
    settings = settings.model_copy(update={"oidc_self_named_roles": True})
    with issuing() as issuer:
        settings = settings.model_copy(update={"oidc_self_named_roles": True})
        known = OutsideIssuer(settings, issuer.address, "ikk")
        token, header = issuer.token(), {"kid": "one", "alg": "RS256"}
        assert (await known.caller_of(token, header)).kind == "outside"
        issuer.pages["/realms/pegawai/keys"] = b"{"
        never = OutsideIssuer(settings, issuer.address, "ikk")
        for _ in range(2):
            with pytest.raises(Problem) as refused:
                await never.caller_of(token, header)
            assert refused.value.kind is ISSUER_UNAVAILABLE


def test_a_wait_for_the_embedded_server_ends(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        clock.now += seconds

    monkeypatch.setattr(supervisor, "time", SimpleNamespace(monotonic=clock.monotonic, sleep=sleep))
    start = clock.now
    assert len(list(supervisor.attempts(1.0))) > 3
    assert 1.0 <= clock.now - start < 1.3
