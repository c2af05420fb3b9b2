"""The editions from a past year to today are read as the pure rules for restating want them."""

from datetime import date

import pytest

from app.regions.restating import changed_between, restate
from app.services.reference.listings import Listings, read_listings
from tests.support.factories import Client
from tests.support.small_regions import FIRST, SPLIT, load

TODAY = date(2026, 6, 1)


async def read(client: Client, year: int, today: date = TODAY) -> Listings:
    async with client.app.state.database.session() as session:
        found = await read_listings(session, year, today)
    assert found is not None
    return found


async def test_it_works(regions: Client) -> None:
    found = await read(regions, 2024)
    assert ([each.day for each in found.editions], found.in_year) == ([FIRST, SPLIT], 1)
    assert [len(each.villages) for each in found.editions] == [6, 6]
    assert {each.kind for each in found.changes} == {"split", "merge", "recode", "rename"}
    restated = restate(found.editions, found.changes, level="district", in_year=found.in_year)
    assert {code: each.villages for code, each in restated.items()} == {
        "637201": ("6372012001", "6372012002", "6372012003", "6372012005"),
        "637207": ("6372012004", "6372072001"),
    }
    broken = changed_between("637207", found.editions, found.changes)
    assert broken is not None
    assert broken.gained == ("6372012004",)


@pytest.mark.parametrize(
    ("year", "today", "days", "in_year"),
    [
        (2025, TODAY, [FIRST, SPLIT], 2),
        (2026, TODAY, [SPLIT], 1),
        (2027, TODAY, [SPLIT], 1),
        (2010, TODAY, [FIRST, SPLIT], 1),
        (2024, date(2025, 1, 1), [FIRST], 1),
    ],
)
async def test_the_editions_of_a_year(regions: Client, year: int, today: date, days: list[date], in_year: int) -> None:
    found = await read(regions, year, today)
    assert ([each.day for each in found.editions], found.in_year) == (days, in_year)
    assert {each.day for each in found.changes} == set(days[1:])


async def test_changes_of_villages_over_three_editions_are_read(regions: Client) -> None:
    await load(regions, "recode,6372072001,6372012009,Muara", date(2027, 1, 1))
    found = await read(regions, 2024, date(2027, 2, 1))
    restated = restate(found.editions, found.changes, level="village", in_year=found.in_year)
    assert restated["6372012009"].villages == ("6372072001",)
