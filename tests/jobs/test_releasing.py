"""A server makes releases of its own accord: each day from an hour on, and after a round was settled."""

from datetime import UTC, date, datetime

import pytest
from fastapi import FastAPI

from app.jobs import releasing
from app.jobs.releasing import Releaser
from app.platform.database import Connection
from app.scoring.catalogue import Catalogue
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, instrument
from tests.support.rounds import plan_round, settle
from tests.support.sums import insert_sums, sums_of_family

ALWAYS, NOT_YET = 0, 24
"""Hours of the day that have come at any time, and that never come."""


@pytest.fixture(autouse=True)
def _looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """No releaser waits before it looks again."""
    monkeypatch.setattr(releasing, "_LOOK_SECONDS", 0)


def releaser_of(app: FastAPI, hour: int | None) -> Releaser:
    return Releaser(app.state.catalogue, app.state.keys, hour)


async def survey(connection: Connection, region: str, *, year: int = 2025) -> None:
    shipped = instrument()
    one = sums_of_family(("FU" * 30)[: len(shipped.main.indicators)], shipped)
    await insert_sums(connection, shipped, [40 * each for each in one], region=region, year=year)


async def made(connection: Connection) -> list[tuple[int, int, str]]:
    rows = await connection.fetch("SELECT year, number, cause, made_at FROM release ORDER BY year, number")
    assert all(row["made_at"] is not None for row in rows)
    return [(row["year"], row["number"], row["cause"]) for row in rows]


async def test_it_works(app: FastAPI, connection: Connection) -> None:
    for year in (2024, 2025):
        await survey(connection, LANDASAN_ULIN_SELATAN, year=year)
    releaser = releaser_of(app, ALWAYS)
    await releaser.work(app.state.database)
    first = [(2024, 1, "daily"), (2025, 1, "daily")]
    assert await made(connection) == first
    await survey(connection, GUNTUNG_MANGGIS)
    await releaser.work(app.state.database)
    assert await made(connection) == first, "a day has one release"
    await releaser_of(app, ALWAYS).work(app.state.database)
    assert await made(connection) == [*first, (2025, 2, "daily")]


async def test_the_next_day_has_a_release_of_its_own(app: FastAPI, connection: Connection) -> None:
    await survey(connection, LANDASAN_ULIN_SELATAN)
    releaser = releaser_of(app, ALWAYS)
    await releaser.work(app.state.database)
    await survey(connection, GUNTUNG_MANGGIS)
    releaser._requested = date(2025, 1, 1)
    await releaser.work(app.state.database)
    assert await made(connection) == [(2025, 1, "daily"), (2025, 2, "daily")]


@pytest.mark.parametrize("hour", [NOT_YET, None])
async def test_before_the_hour_only_a_settled_round_is_released(
    app: FastAPI, caller: Client, connection: Connection, hour: int | None
) -> None:
    await survey(connection, LANDASAN_ULIN_SELATAN)
    releaser = releaser_of(app, hour)
    await releaser.work(app.state.database)
    assert await made(connection) == []
    await settle(caller, await plan_round(caller))
    await releaser.work(app.state.database)
    await releaser.work(app.state.database)
    assert await made(connection) == [(2025, 1, "settled")]


async def test_a_release_that_another_process_left_is_made(app: FastAPI, connection: Connection) -> None:
    await survey(connection, LANDASAN_ULIN_SELATAN)
    await releaser_of(app, ALWAYS)._request(app.state.database)
    assert await connection.fetchval("SELECT made_at FROM release") is None
    await releaser_of(app, None).work(app.state.database)
    assert await made(connection) == [(2025, 1, "daily")]


async def test_without_instruments_nothing_is_looked_at(app: FastAPI, connection: Connection) -> None:
    await survey(connection, LANDASAN_ULIN_SELATAN)
    await Releaser(Catalogue(), app.state.keys, ALWAYS).work(app.state.database)
    assert await made(connection) == []


async def test_it_looks_only_now_and_then(
    app: FastAPI, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releasing, "_LOOK_SECONDS", 3600)
    releaser = releaser_of(app, ALWAYS)
    await releaser.work(app.state.database)
    await survey(connection, LANDASAN_ULIN_SELATAN)
    releaser._requested = None
    await releaser.work(app.state.database)
    assert await made(connection) == []


def test_the_hour_is_that_of_western_indonesia() -> None:
    assert (datetime(2026, 1, 1, 19, tzinfo=UTC) + releasing._WESTERN).hour == 2
