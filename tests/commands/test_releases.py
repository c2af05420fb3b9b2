"""`ikk release` makes releases and lists them, while servers keep running."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from app.platform.database import EVERYWHERE, Connection, raw_connection
from app.services.releases.cards import FIGURES
from app.services.releases.making import advance_release
from app.services.releases.requests import request_release
from tests.commands.test_commands import Command, printed_by
from tests.support.accounts import act_as
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, instrument
from tests.support.sums import insert_sums, sums_of_family

NOTHING = "nothing to release: no village has enough families, or nothing changed since the last release\n"


@pytest.fixture
def ikk(app: FastAPI, dsn: str) -> Command:
    return Command(dsn, Path(app.state.settings.folder))


async def survey(connection: Connection, families: int, *, region: str = LANDASAN_ULIN_SELATAN) -> None:
    shipped = instrument()
    one = sums_of_family(("FU" * 30)[: len(shipped.main.indicators)], shipped)
    await insert_sums(connection, shipped, [families * each for each in one], region=region)


def listed(ikk: Command) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ikk.done("release", "list", "--format", "json"))
    return found


async def test_it_works(ikk: Command, client: Client, connection: Connection) -> None:
    await survey(connection, 40)
    assert ikk.done("release", "make", "2025") == "released: ikk-29 2025\n"
    (made,) = listed(ikk)
    assert (made["instrument"], made["year"], made["number"], made["status"]) == ("ikk-29", 2025, 1, "made")
    assert (made["villages"], made["changed"]) == (1, 1)
    await act_as(client, ("analyst", "63"))
    card = (await client.get(f"/v1/aggregates/{LANDASAN_ULIN_SELATAN}/2025")).json()
    assert (card["release"]["id"], card["families"], card["protected"]) == (made["id"], 40, True)
    assert made["id"] in printed_by(ikk.start("release", "list"))


async def test_nothing_new_makes_no_release(ikk: Command, connection: Connection) -> None:
    assert ikk.done("release", "make", "2025") == NOTHING
    await survey(connection, 29)
    assert ikk.done("release", "make", "2025") == NOTHING
    assert listed(ikk) == []
    await survey(connection, 30, region=GUNTUNG_MANGGIS)
    assert ikk.done("release", "make", "2025").startswith("released")
    assert ikk.done("release", "make", "2025") == NOTHING
    assert ikk.done("release", "make", "2024") == NOTHING
    assert len(listed(ikk)) == 1


async def test_an_unknown_instrument_is_refused(ikk: Command) -> None:
    told = ikk.stopped("release", "make", "2025", "--instrument", "ikk-30", status=2)
    assert "no instrument ikk-30 is published" in told
    assert ikk("release", "make", "1999").returncode == 2


async def test_one_that_was_interrupted_is_gone_on_with(ikk: Command, app: FastAPI, connection: Connection) -> None:
    await survey(connection, 40)
    await survey(connection, 50, region=GUNTUNG_MANGGIS)
    state = app.state
    async with state.database.session(EVERYWHERE) as session:
        inside = await raw_connection(session)
        requested = await request_release(
            inside, state.catalogue, state.keys, instrument="ikk-29", year=2025, cause="daily"
        )
    assert await advance_release(state.database, state.catalogue, state.keys)
    (making,) = listed(ikk)
    assert (making["id"], making["status"], making["made_at"]) == (str(requested), "making", None)
    assert ikk.done("release", "make", "2025") == "released: ikk-29 2025\n"
    (made,) = listed(ikk)
    assert (made["id"], made["status"], made["number"], made["villages"]) == (str(requested), "made", 1, 2)
    cards = await connection.fetch("SELECT region FROM release_card WHERE part = $1", FIGURES.encode())
    assert {row["region"] for row in cards} >= {"ID", "63", "6372", LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS}


async def test_without_a_key_ring_nothing_is_released(ikk: Command, connection: Connection, tmp_path: Path) -> None:
    await survey(connection, 40)
    told = ikk("release", "make", "2025", IKK_FOLDER=str(tmp_path))
    assert told.returncode != 0
    assert "Traceback" not in told.stderr
    assert await connection.fetchval("SELECT count(*) FROM release") == 0
