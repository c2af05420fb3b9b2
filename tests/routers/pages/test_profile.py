"""The page of a region shows its case figures and context indicators as its profile at the API has them."""

import re

import pytest

from app.platform.database import Connection, Database
from tests.routers.pages.test_region import of_api, survey
from tests.routers.profiles.test_get_profile import put_context
from tests.support.cases import path_of, report
from tests.support.factories import EVERYTHING, LANDASAN_ULIN_SELATAN, Client
from tests.support.pages import Visitor, rows_of, words_of
from tests.support.people import add_person

CASES, CONTEXT = "2023. Sumber", "Masing-masing angka tahun itu"


@pytest.fixture
async def reader(client: Client, database: Database, connection: Connection) -> Visitor:
    """A person who reviews interviews of a province and is signed in. Its cases, and those of a city, were reported."""
    await survey(connection, LANDASAN_ULIN_SELATAN, 40, year=2023)
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    for region, counts in (("63", {"cases": 69}), ("6372", {"cases": 3, "victims": 4})):
        body = report(counts, status="provisional", through="2023-02-28")
        assert (await client.http.put(path_of(region, "2023"), json=body)).status_code == 201
    await put_context(client, "child-marriage", "63", 2022, value=10.53)
    await put_context(client, "families-registered", "63", 2023, value=1000)
    await put_context(client, "kla-award", "63", 2023, category="madya")
    await put_context(client, "puspaga", "63", 2023, present=True)
    await add_person(database, username="peninjau", grants=[("agency_administrator", "63")])
    visitor = Visitor(client.http)
    assert (await visitor.sign_in("peninjau")).status_code == 303
    return visitor


async def test_it_works(reader: Visitor) -> None:
    page = (await reader.look("/regions/63/2023")).text
    profile = await of_api(reader, "/v1/regions/63/profile/2023")
    (row,) = rows_of(page, CASES)
    assert row == ["Seluruhnya", "69"]
    assert "Dihitung sampai 28 Februari 2023." in words_of(page)
    assert profile["cases"][0]["cases"] == 69
    rows = {row[0]: row[1:] for row in rows_of(page, CONTEXT)}
    assert len(rows) == len(profile["context"]) == 4
    values = {name: cells[0] for name, cells in rows.items()}
    assert sorted(values.values()) == sorted(["10,53 %", "1.000 keluarga", "ada", "Madya"])
    assert "Bagian yang terdata 4,0 %" in words_of(page)
    assert 'href="https://example.go.id/perkawinan-anak" rel="noopener noreferrer"' in page


async def test_small_counts_are_hidden_as_at_the_api(reader: Visitor) -> None:
    page = (await reader.look("/regions/6372/2023")).text
    (row,) = rows_of(page, CASES)
    profile = await of_api(reader, "/v1/regions/6372/profile/2023")
    hidden = profile["cases"][0]["hidden"]
    assert hidden == ["cases", "victims"]
    assert row == ["Seluruhnya", "disembunyikan", "disembunyikan"]


async def test_a_region_of_which_nothing_was_reported_has_no_zero(reader: Visitor) -> None:
    page = (await reader.look(f"/regions/{LANDASAN_ULIN_SELATAN}/2023")).text
    told = words_of(page[page.index('id="beside"') :])
    assert "Tidak ada kasus kekerasan yang dilaporkan" in told
    assert re.search(r"\b0\b", told.partition("Angka menghitung")[0]) is None
