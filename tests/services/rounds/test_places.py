"""The round of an interview, and how it stands."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.platform.database import Database, raw_connection
from app.services.rounds.places import round_of
from tests.support.factories import LANDASAN_ULIN_SELATAN, SURVEYED_AT, Client
from tests.support.rounds import ROUNDS, plan_round, settle

YEAR = datetime.now(UTC).year


async def state_of(database: Database, surveyed_at: datetime = SURVEYED_AT, instrument: str = "ikk-29") -> str | None:
    async with database.session(["63"]) as session:
        found = await round_of(
            await raw_connection(session),
            region=LANDASAN_ULIN_SELATAN,
            instrument=instrument,
            surveyed_at=surveyed_at,
        )
    return None if found is None else found.status


@pytest.fixture
async def supervisor(client: Client) -> Client:
    await client.sign_in(scopes=["submissions:review"], regions=["63"])
    return client


async def test_it_works(supervisor: Client, database: Database) -> None:
    assert await state_of(database) is None
    made = await plan_round(supervisor)
    assert await state_of(database) == "closed"
    assert await state_of(database, instrument="other") is None
    await settle(supervisor, made)
    assert await state_of(database) == "settled"


async def test_open_closed_and_planned(supervisor: Client, database: Database) -> None:
    now = datetime.now(UTC)
    made = await plan_round(supervisor, opens_on=f"{YEAR}-01-01", closes_on=f"{YEAR}-12-31")
    assert await state_of(database, now) == "open"
    await supervisor.http.post(f"{ROUNDS}/{made}/close")
    assert await state_of(database, now) == "closed"
    await plan_round(supervisor, opens_on=f"{YEAR + 1}-03-01", closes_on=f"{YEAR + 1}-03-01")
    assert await state_of(database, datetime(YEAR + 1, 3, 1, 4, tzinfo=UTC)) == "planned"


@pytest.mark.parametrize(("microseconds", "state"), [(-1, "closed"), (0, None)])
async def test_the_last_moment(supervisor: Client, database: Database, microseconds: int, state: str | None) -> None:
    await plan_round(supervisor, closes_on="2025-12-31")
    end = datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert await state_of(database, end + timedelta(microseconds=microseconds)) == state


async def test_a_round_is_not_settled_while_somebody_corrects(supervisor: Client, database: Database) -> None:
    """Whoever asked for the state holds it, and then writes to `submission` without a deadlock."""
    made = await plan_round(supervisor)
    async with database.session(["63"]) as session:
        connection = await raw_connection(session)
        asked: dict[str, Any] = {"region": LANDASAN_ULIN_SELATAN, "instrument": "ikk-29", "surveyed_at": SURVEYED_AT}
        found = await round_of(connection, **asked)
        assert found is not None
        settling = asyncio.create_task(settle(supervisor, made))
        await asyncio.sleep(0.3)
        assert not settling.done()
        await connection.execute("LOCK TABLE submission IN ROW EXCLUSIVE MODE")
    assert (await settling)["status"] == "settled"
