"""GET /v1/statistics/context lists figures of a region or of the regions of a level below it."""

from typing import Any

import pytest

from app.access import COMMAND
from app.platform.database import EVERYWHERE, Database, raw_connection
from app.services.statistics.context_reading import find_context
from tests.support.accounts import act_as
from tests.support.context import CONTEXT, address, put
from tests.support.factories import Client, codes_of

SENT: list[tuple[str, str, int, dict[str, Any]]] = [
    ("child-marriage", "63", 2021, {"value": 15.3}),
    ("child-marriage", "63", 2022, {"value": 10.53}),
    ("population", "63", 2023, {"value": 4_222_000}),
    ("kla-award", "6303", 2023, {"category": "nindya"}),
    ("kla-award", "6372", 2023, {"category": "madya"}),
    ("kla-self-score", "6372", 2023, {"value": 946.45}),
    ("kla-award", "6372", 2024, {"category": "nindya"}),
    ("patbm", "6372061004", 2023, {"present": True}),
]


@pytest.fixture
async def sent(caller: Client) -> Client:
    """The caller, whose figures are those of SENT, and one that was withdrawn."""
    for indicator, region, year, members in SENT:
        assert (await put(caller, address(indicator, region, year), **members)).status_code == 201
    await put(caller, address("puspaga", "6372", 2023), present=True)
    await caller.http.delete(address("puspaga", "6372", 2023))
    return caller


async def listed(client: Client, **query: Any) -> list[tuple[str, int, str]]:
    answer = await client.get(CONTEXT, **query)
    assert answer.status_code == 200, answer.text
    return [(each["region"]["code"], each["year"], each["indicator"]) for each in answer.json()["items"]]


async def test_it_works(sent: Client) -> None:
    answer = await sent.get(CONTEXT, parent="63", level="regency", year=2023)
    found = [
        (each["region"]["name"], each["name"]["id"], each["value"], each["category"]) for each in answer.json()["items"]
    ]
    assert found == [
        ("Kabupaten Banjar", "Penghargaan KLA", None, "nindya"),
        ("Kota Banjarbaru", "Penghargaan KLA", None, "madya"),
        ("Kota Banjarbaru", "Nilai mandiri KLA", 946.45, None),
    ]
    assert answer.json()["next"] is None


async def test_without_a_level_it_is_the_region_itself(sent: Client) -> None:
    assert await listed(sent, parent="63") == [
        ("63", 2021, "child-marriage"),
        ("63", 2022, "child-marriage"),
        ("63", 2023, "population"),
    ]
    assert await listed(sent, parent="63", indicator="child-marriage", year=2022) == [("63", 2022, "child-marriage")]


async def test_any_level_below_can_be_listed(sent: Client) -> None:
    assert await listed(sent, parent="63", level="village") == [("6372061004", 2023, "patbm")]
    assert await listed(sent, parent="63", level="regency", indicator="kla-award", year=2024) == [
        ("6372", 2024, "kla-award")
    ]
    assert await listed(sent, parent="6372", level="regency") == []
    assert await listed(sent, parent="6372", level="province") == []


async def test_pages_follow_each_other(sent: Client) -> None:
    whole = await listed(sent, parent="63", level="regency")
    assert len(whole) == 4
    pages, cursor = list[tuple[str, int, str]](), None
    for _ in range(4):
        query = {"limit": 1} | ({} if cursor is None else {"cursor": cursor})
        answer = (await sent.get(CONTEXT, parent="63", level="regency", **query)).json()
        pages += [(each["region"]["code"], each["year"], each["indicator"]) for each in answer["items"]]
        cursor = answer["next"]
    assert (pages, cursor) == (whole, None)


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "W10", "WyI2MyIsMjAyMiwxXQ", "WyI2MyIsIjIwMjIiLCJhIl0"])
async def test_a_cursor_of_another_list_is_a_fault(caller: Client, cursor: str) -> None:
    assert codes_of(await caller.get(CONTEXT, parent="63", cursor=cursor)) == {"cursor": "bad_cursor"}


async def test_faults_name_the_parameter(caller: Client) -> None:
    assert codes_of(await caller.get(CONTEXT)) == {"parent": "missing"}
    assert codes_of(await caller.get(CONTEXT, parent="63", level="country")) == {"level": "not_allowed"}
    assert codes_of(await caller.get(CONTEXT, parent="63", indicator="no-such")) == {"indicator": "unknown_indicator"}
    assert codes_of(await caller.get(CONTEXT, parent="63", year=1999)) == {"year": "too_small"}


async def test_a_reader_lists_only_their_own_regions(sent: Client) -> None:
    await act_as(sent, ("analyst", "6372"))
    assert await listed(sent, parent="6372", year=2023) == [
        ("6372", 2023, "kla-award"),
        ("6372", 2023, "kla-self-score"),
    ]
    for other in ("63", "6303", "ID"):
        assert (await sent.get(CONTEXT, parent=other)).status_code == 403


async def test_a_profile_gets_the_latest_figure_up_to_a_year(sent: Client, database: Database) -> None:
    async with database.connection() as connection:
        found = await find_context(connection, COMMAND, ["63", "6372", "6303", "6371"], 2023)
    told = {
        region: [(each.indicator, each.year, each.value, each.category) for each in some]
        for region, some in found.items()
    }
    assert told == {
        "63": [("child-marriage", 2022, 10.53, None), ("population", 2023, 4_222_000, None)],
        "6303": [("kla-award", 2023, None, "nindya")],
        "6372": [("kla-award", 2023, None, "madya"), ("kla-self-score", 2023, 946.45, None)],
    }
    async with database.session(EVERYWHERE) as session:
        earlier = await find_context(await raw_connection(session), COMMAND, ["63"], 2021)
    assert [(each.year, each.value) for each in earlier["63"]] == [(2021, 15.3)]
    async with database.connection() as connection:
        assert await find_context(connection, COMMAND, ["63"], 2020) == {}
