"""GET /v1/aggregates across splits, merges and moves: both codes have rows, and lists add up to their parent."""

import os
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from app.config import Settings
from tests.support.databases import fresh_database
from tests.support.factories import Client
from tests.support.parts import cut
from tests.support.small_regions import body_on, families_by_code, load, serving_regions

SENT = {
    "6372012001": ["2024-05-01", "2025-05-01", "2025-10-01", "2026-05-01"],
    "6372012002": ["2024-05-01", "2025-05-01"],
    "6372012004": ["2025-05-01", "2025-08-31"],
    "6372012006": ["2025-09-01", "2026-05-01"],
    "6372012007": ["2025-10-01"],
    "6372072002": ["2025-12-31", "2026-01-01"],
}


async def send_all(client: Client) -> None:
    for seed, (code, day) in enumerate((code, day) for code, days in SENT.items() for day in days):
        assert (await client.put(body_on(day, code, seed))).status_code == 201


@pytest.fixture(scope="module")
async def sent(server_dsn: str, worker_id: str, changed_regions: str, settings: Settings) -> AsyncIterator[Client]:
    """An application whose villages changed on the day SPLIT, with interviews before and after it. Tests only read."""
    name = f"ikk_test_sent_{worker_id}_{os.getpid()}"
    async with fresh_database(server_dsn, name, changed_regions) as dsn, serving_regions(settings, dsn) as client:
        await send_all(client)
        yield client


async def rows(client: Client, parent: str, level: str, year: int, **query: Any) -> list[dict[str, Any]]:
    response = await client.get("/v1/aggregates", parent=parent, level=level, year=year, **query)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["items"]
    return found


def days_of(listed: list[dict[str, Any]]) -> dict[str, tuple[str | None, str | None]]:
    return {each["region"]["code"][4:]: (each["region"]["first_day"], each["region"]["last_day"]) for each in listed}


LAST, NEXT = "2025-08-31", "2025-09-01"


async def test_it_works(sent: Client) -> None:
    listed = await rows(sent, "6372", "village", 2025)
    assert days_of(listed) == {
        "012001": (None, None),
        "012002": (None, LAST),
        "012003": (None, LAST),
        "012004": (None, LAST),
        "012005": (None, None),
        "012006": (NEXT, None),
        "012007": (NEXT, None),
        "072001": (None, None),
        "072002": (NEXT, None),
    }
    assert families_by_code(listed) == {
        "6372012001": 2,
        "6372012002": 1,
        "6372012004": 2,
        "6372012006": 1,
        "6372012007": 1,
        "6372072002": 1,
    }


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
@pytest.mark.parametrize("parent", ["ID", "63", "6372", "637201", "637207"])
async def test_every_list_adds_up_to_its_parent(sent: Client, parent: str, year: int) -> None:
    whole = (await sent.get(f"/v1/aggregates/{parent}/{year}")).json()["families"]
    assert whole == sum(
        day.startswith(str(year)) for code, days in SENT.items() for day in days if code.startswith(parent.strip("ID"))
    )
    for level in ("province", "regency", "district", "village"):
        if listed := await rows(sent, parent, level, year):
            assert sum(each["families"] for each in listed) == whole, level


async def test_a_year_before_or_after_the_change_has_the_villages_of_its_own(sent: Client) -> None:
    before, after = [days_of(await rows(sent, "6372", "village", year)) for year in (2024, 2026)]
    assert list(before) == ["012001", "012002", "012003", "012004", "012005", "072001"]
    assert list(after) == ["012001", "012005", "012006", "012007", "072001", "072002"]
    assert {*before.values(), *after.values()} == {(None, None)}


async def test_a_row_says_what_the_whole_aggregate_says(sent: Client) -> None:
    for row in await rows(sent, "6372", "village", 2025):
        whole = (await sent.get(f"/v1/aggregates/{row['region']['code']}/2025")).json()
        assert row == cut(whole, row)


@pytest.mark.parametrize("year", [2000, 2023, 2024, 2025, 2026, 2100])
async def test_an_old_code_has_a_card_for_every_year(sent: Client, year: int) -> None:
    card = (await sent.get(f"/v1/aggregates/6372012002/{year}")).json()
    assert card["families"] == {2024: 1, 2025: 1}.get(year, 0)
    assert (card["index"]["mean"] is None) == (card["families"] == 0)
    assert (card["region"]["name"], card["region"]["last_day"]) == ("Harapan", LAST if year >= 2025 else None)


async def test_a_later_code_has_a_card_for_every_year(sent: Client) -> None:
    card = (await sent.get("/v1/aggregates/6372012006/2024")).json()
    assert (card["families"], card["region"]["first_day"]) == (0, NEXT)


async def test_a_trend_has_the_name_and_the_days_of_each_year(sent: Client) -> None:
    trend = (await sent.get("/v1/aggregates/6372012005/trend", **{"from": 2024, "to": 2026})).json()
    assert [each["region"]["name"] for each in trend["years"]] == ["Tanjung", "Tanjung Indah", "Tanjung Indah"]
    ended = (await sent.get("/v1/aggregates/6372012004/trend", **{"from": 2024, "to": 2026})).json()
    assert [each["families"] for each in ended["years"]] == [0, 2, 0]
    assert [each["region"]["last_day"] for each in ended["years"]] == [None, LAST, LAST]
    assert ended["region"]["last_day"] == LAST


async def test_what_was_counted_under_a_code_that_ended_earlier_keeps_its_row(regions: Client) -> None:
    """An edition that is loaded late ends a code before the year in which interviews were taken under it."""
    await send_all(regions)
    assert (await regions.put(body_on("2026-02-01", "6372012005", 90))).status_code == 201
    await load(regions, "end,6372012005,,", date(2025, 12, 15))
    listed = await rows(regions, "637201", "village", 2026)
    assert days_of(listed)["012005"] == (None, "2025-12-14")
    assert sum(each["families"] for each in listed) == 3
    assert (await regions.get("/v1/aggregates/637201/2026")).json()["families"] == 3


async def test_a_district_that_ends_keeps_its_row(regions: Client) -> None:
    await send_all(regions)
    await load(regions, "end,637207,,\nrecode,6372072001,6372012011,\nrecode,6372072002,6372012012,", date(2026, 7, 1))
    listed = await rows(regions, "6372", "district", 2026)
    assert days_of(listed) == {"01": (None, None), "07": (None, "2026-06-30")}
    assert families_by_code(listed) == {"637201": 2, "637207": 1}


@pytest.mark.parametrize("limit", [1, 2, 4])
async def test_pages_across_a_change_have_no_gap(sent: Client, limit: int) -> None:
    whole = await rows(sent, "6372", "village", 2025)
    seen: list[dict[str, Any]] = []
    query: dict[str, Any] = {"parent": "6372", "level": "village", "year": 2025, "limit": limit}
    while True:
        page = (await sent.get("/v1/aggregates", **query)).json()
        seen += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == whole
