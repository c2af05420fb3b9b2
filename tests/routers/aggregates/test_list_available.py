"""GET /v1/aggregates/available lists the regions that have figures, with their years, instruments and versions."""

from typing import Any

import pytest

from app.platform.database import Connection
from tests.support.accounts import act_as
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of, instrument
from tests.support.sums import insert_sums, sums_of_family

PATH = "/v1/aggregates/available"
KALTIM = "6471011001"
SURVEYED = (
    (LANDASAN_ULIN_SELATAN, 2025, "ikk-29-2025.1"),
    (LANDASAN_ULIN_SELATAN, 2025, "ikk-29-2025.2"),
    (LANDASAN_ULIN_SELATAN, 2022, "ketahanan-24-2016.2"),
    (GUNTUNG_MANGGIS, 2024, "ikk-29-2025.1"),
    (KALTIM, 2025, "ikk-29-2025.1"),
)


def one_family(file: str) -> list[int]:
    shipped = instrument(file)
    return list(sums_of_family("F" * len(shipped.main.indicators), shipped))


@pytest.fixture
async def surveyed(client: Client, connection: Connection) -> Client:
    """An analyst of Kalimantan Selatan, three surveyed villages, and one whose only family was taken out."""
    for region, year, file in SURVEYED:
        await insert_sums(connection, instrument(file), one_family(file), region=region, year=year)
    none = [0 * each for each in one_family("ikk-29-2025.1")]
    await insert_sums(connection, instrument(), none, region="6372061001", year=2025)
    await act_as(client, ("analyst", "63"))
    return client


async def listed(client: Client, **query: Any) -> dict[str, list[tuple[int, str, list[str]]]]:
    answer = await client.get(PATH, **query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["next"] is None
    return {
        each["region"]["code"]: [(year["year"], year["instrument"], year["versions"]) for year in each["years"]]
        for each in answer.json()["items"]
    }


MINE = [
    (2025, "ikk-29", ["2025.2", "2025.1"]),
    (2024, "ikk-29", ["2025.1"]),
    (2022, "ketahanan-24", ["2016.2"]),
]


async def test_it_works(surveyed: Client) -> None:
    assert await listed(surveyed) == {"63": MINE}
    assert await listed(surveyed, parent="6372") == {"6372": MINE}
    assert await listed(surveyed, parent="63", level="village") == {
        GUNTUNG_MANGGIS: [MINE[1]],
        LANDASAN_ULIN_SELATAN: [MINE[0], MINE[2]],
    }
    (row,) = (await surveyed.get(PATH)).json()["items"]
    region = {"code": "63", "dotted": "63", "name": "Kalimantan Selatan", "level": "province", "parent": "ID"}
    assert row["region"] == region


@pytest.mark.parametrize(
    ("level", "codes"), [("regency", ["6372"]), ("district", ["637202", "637206"]), ("province", [])]
)
async def test_each_level(surveyed: Client, level: str, codes: list[str]) -> None:
    assert list(await listed(surveyed, parent="63", level=level)) == codes


async def test_the_country(surveyed: Client) -> None:
    await act_as(surveyed, ("analyst", "ID"))
    assert await listed(surveyed) == {"ID": MINE}
    assert list(await listed(surveyed, parent="ID", level="province")) == ["63", "64"]


async def test_several_own_regions_also_without_figures(surveyed: Client) -> None:
    await act_as(surveyed, ("analyst", "6371"), ("analyst", LANDASAN_ULIN_SELATAN))
    assert await listed(surveyed) == {"6371": [], LANDASAN_ULIN_SELATAN: [MINE[0], MINE[2]]}


async def test_what_is_listed_has_figures(surveyed: Client) -> None:
    await act_as(surveyed, ("agency_administrator", "63"))
    for code, years in (await listed(surveyed, parent="63", level="village")).items():
        for year, named, versions in years:
            card = (await surveyed.get(f"/v1/aggregates/{code}/{year}", instrument=named)).json()
            assert card["families"] == len(versions)


async def test_pages(surveyed: Client) -> None:
    first = (await surveyed.get(PATH, parent="63", level="village", limit=1)).json()
    assert ([each["region"]["code"] for each in first["items"]], first["next"]) == ([GUNTUNG_MANGGIS], GUNTUNG_MANGGIS)
    rest = await listed(surveyed, parent="63", level="village", limit=1, cursor=first["next"])
    assert list(rest) == [LANDASAN_ULIN_SELATAN]
    await act_as(surveyed, ("analyst", "6371"), ("analyst", "6372"))
    first = (await surveyed.get(PATH, limit=1)).json()
    assert first["next"] == "6371"
    assert list(await listed(surveyed, limit=1, cursor="6371")) == ["6372"]


async def test_a_region_outside_is_refused(surveyed: Client) -> None:
    for query in ({"parent": "64"}, {"parent": "ID", "level": "village"}):
        assert (await surveyed.get(PATH, **query)).status_code == 403


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ({"level": "village"}, {"parent": "missing"}),
        ({"parent": "63", "level": "country"}, {"level": "not_allowed"}),
        ({"parent": "63", "level": "village", "cursor": "x"}, {"cursor": "bad_cursor"}),
        ({"limit": "1001"}, {"limit": "too_large"}),
    ],
)
async def test_faults(surveyed: Client, query: dict[str, str], faults: dict[str, str]) -> None:
    answer = await surveyed.get(PATH, **query)
    assert (answer.status_code, codes_of(answer)) == (422, faults)
