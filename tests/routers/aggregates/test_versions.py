"""Aggregates of several versions of one instrument, as apps change from one version to the next."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from app.config import Settings
from app.platform.database import Connection, Database
from app.scoring.reading.faults import InstrumentFaults
from app.scoring.reading.files import read_instrument
from app.services.reference.instruments import publish_instrument, refresh_catalogue
from tests.scoring.small import SMALL, SMALL_2, changed
from tests.scoring.test_versions import follower
from tests.support.accounts import act_as
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of, instrument, make_body
from tests.support.releases import release
from tests.support.small_service import serving_small, small_body
from tests.support.sums import insert_sums, sums_of_family

RICH = {"members": 3, "insured": 3, "savings": "yes"}  # index 100
ALONE = {"members": 1, "insured": 0}  # index 0
HERE, THERE = LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS
"""Villages of two districts."""


@pytest.fixture
async def small(settings: Settings, dsn: str, database: Database) -> AsyncIterator[Client]:
    async with serving_small(settings, dsn) as client:
        yield client


async def publish(client: Client, text: str) -> None:
    """Publishes a file and lets the server take it in."""
    async with client.app.state.database.session() as session:
        await publish_instrument(session, text.encode("utf-8"))
    async with client.app.state.database.session() as session:
        await refresh_catalogue(session, client.app.state.catalogue)


async def send(client: Client, answers: dict[str, Any], version: str, *, region: str = HERE) -> None:
    response = await client.put(small_body(answers, version=version, region=region))
    assert response.status_code == 201, response.text


async def read(client: Client, path: str = "6372/2025", **query: Any) -> dict[str, Any]:
    response = await client.get(f"/v1/aggregates/{path}", instrument="small", **query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def rows(
    client: Client, parent: str = "6372", level: str = "district", **query: Any
) -> dict[str, dict[str, Any]]:
    query = {"parent": parent, "level": level, "year": 2025, "instrument": "small", **query}
    response = await client.get("/v1/aggregates", **query)
    assert response.status_code == 200, response.text
    return {each["region"]["code"]: each for each in response.json()["items"]}


def named(figures: dict[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    one, other = (
        {each["version"]: each["families"] for each in figures[part]} for part in ("versions", "other_versions")
    )
    return one, other


async def test_it_works(small: Client) -> None:
    await send(small, RICH, "1.0")
    await send(small, RICH, "1.0")
    before = await read(small)
    assert named(before) == ({"1.0": 2}, {})
    await publish(small, follower("1.1", "1.0", '"all"'))
    assert {**await read(small), "as_of": None} == {**before, "as_of": None}
    await send(small, ALONE, "1.1")
    body = await read(small)
    assert named(body) == ({"1.1": 1, "1.0": 2}, {})
    assert (body["instrument"]["version"], body["families"], body["index"]["mean"]) == ("1.1", 3, 66.67)
    assert [each.keys() for each in body["versions"]] == [{"version", "digest", "status", "families"}] * 2
    assert body["versions"][1]["digest"] == before["instrument"]["digest"]


async def test_a_version_that_is_named_counts_alone(small: Client) -> None:
    await publish(small, follower("1.1", "1.0", '"all"'))
    await send(small, RICH, "1.0")
    await send(small, ALONE, "1.1")
    for version, other, index in (("1.0", "1.1", 100.0), ("1.1", "1.0", 0.0)):
        body = await read(small, version=version)
        assert named(body) == ({version: 1}, {other: 1})
        assert (body["instrument"]["version"], body["index"]["mean"]) == (version, index)
        assert named((await rows(small, version=version))[HERE[:6]]) == ({version: 1}, {other: 1})
        (year,) = (await read(small, "6372/trend", **{"from": 2025, "to": 2025}, version=version))["years"]
        assert named(year) == ({version: 1}, {other: 1})


@pytest.mark.parametrize("comparable", ['"none"', '["M1"]', None])
async def test_a_new_version_that_is_not_comparable_empties_no_figure(small: Client, comparable: str | None) -> None:
    newer = follower("2.0", "1.0", comparable) if comparable else changed('version = "1.0"', 'version = "2.0"')
    await send(small, RICH, "1.0")
    await send(small, RICH, "1.0")
    await publish(small, newer)
    assert named(await read(small)) == ({"1.0": 2}, {})
    await send(small, ALONE, "2.0")
    assert named(await read(small)) == ({"1.0": 2}, {"2.0": 1})
    await send(small, ALONE, "2.0")
    await send(small, ALONE, "2.0")
    body = await read(small)
    assert named(body) == ({"2.0": 3}, {"1.0": 2})
    assert (body["families"], body["index"]["mean"]) == (3, 0.0)


async def test_the_rows_of_a_list_add_up_to_their_parent(small: Client) -> None:
    await publish(small, follower("1.1", "1.0", '"all"'))
    await publish(small, follower("2.0", "1.1", '"none"'))
    for version in ("1.0", "1.0", "1.1"):
        await send(small, RICH, version)
    for version in ("1.1", "2.0", "2.0"):
        await send(small, ALONE, version, region=THERE)
    parent = await read(small)
    assert named(parent) == ({"1.1": 2, "1.0": 2}, {"2.0": 2})
    for level, length in (("district", 6), ("village", 10)):
        found = await rows(small, level=level)
        assert sum(each["families"] for each in found.values()) == parent["families"]
        assert named(found[HERE[:length]]) == ({"1.1": 1, "1.0": 2}, {})
        assert named(found[THERE[:length]]) == ({"1.1": 1}, {"2.0": 2})
        assert {each["families"] for code, each in found.items() if code not in (HERE[:length], THERE[:length])} == {0}
    # Read by itself, the district has its own figure, which is of the version with the most families there.
    assert named(await read(small, f"{THERE[:6]}/2025")) == ({"2.0": 2}, {"1.1": 1})
    first = await small.get("/v1/aggregates", parent="6372", level="district", year=2025, instrument="small", limit=1)
    assert named(first.json()["items"][0]) == named(next(iter((await rows(small)).values())))


async def test_a_trend_goes_on_over_comparable_versions_and_marks_a_break(
    small: Client, connection: Connection
) -> None:
    await publish(small, follower("1.1", "1.0", '"all"'))
    await publish(small, follower("2.0", "1.1", '["HEALTH", "M1"]'))
    await publish(small, changed('version = "1.0"', 'version = "3.0"'))
    for year, version in ((2021, "1.0"), (2022, "1.1"), (2024, "2.0"), (2025, "2.0"), (2026, "3.0")):
        await add_families(connection, version, 1, year=year)
    trend = await read(small, "6372/trend", **{"from": 2020, "to": 2026})
    assert trend["instrument"]["version"] == "3.0"
    assert {each["year"]: each["break"] for each in trend["years"]} == {
        **dict.fromkeys((2020, 2021, 2022, 2023, 2025)),
        2024: {
            "from_version": "1.1",
            "to_version": "2.0",
            "comparable": ["HEALTH", "M1"],
            "note": {"id": "Lain", "en": "Other"},
        },
        2026: {"from_version": "2.0", "to_version": "3.0", "comparable": "none", "note": None},
    }
    assert [each["families"] for each in trend["years"]] == [0, 1, 1, 0, 1, 1, 1]
    assert trend["years"][4]["year"] == 2024


async def test_a_reviewer_gets_one_version_of_few_families(small: Client, connection: Connection) -> None:
    """This instrument has nothing sensitive."""
    await publish(small, follower("1.1", "1.0", '"all"'))
    for version, families in (("1.0", 40), ("1.1", 5)):
        await add_families(connection, version, families)
    await act_as(small, ("agency_administrator", "63"))
    together = await read(small)
    assert (together["families"], together["index"]["mean"] is not None) == (45, True)
    for version, families in (("1.0", 40), ("1.1", 5)):
        alone = await read(small, version=version)
        assert (alone["families"], alone["index"]["reason"]) == (families, None)
        assert alone["index"]["mean"] is not None
    assert named(together) == ({"1.1": 5, "1.0": 40}, {})


@pytest.mark.parametrize("role", ["agency_administrator", "sensitive_reader"])
async def test_a_mean_with_sensitive_outcomes_of_few_families_does_not_follow_by_subtraction(
    client: Client, connection: Connection, role: str
) -> None:
    for file, families in (("ikk-29-2025.1", 40), ("ikk-29-2025.2", 5)):
        shipped = instrument(file)
        one = sums_of_family("F" * len(shipped.main.indicators), shipped)
        await insert_sums(connection, shipped, [families * each for each in one], region=HERE)
    await act_as(client, (role, "63"), ("agency_administrator", "63"))
    card = f"/v1/aggregates/{HERE}/2025"
    together = (await client.get(card)).json()
    assert (together["families"], together["index"]["mean"] is not None) == (45, True)
    for version, families in (("2025.1", 40), ("2025.2", 5)):
        alone = (await client.get(card, version=version)).json()
        assert alone["families"] == families
        assert (alone["index"]["mean"] is None) == (role == "agency_administrator")
        assert alone["index"]["reason"] == ("small" if role == "agency_administrator" else None)


@pytest.mark.parametrize("role", ["analyst", "sensitive_reader"])
async def test_a_release_counts_all_versions_together_and_none_alone(
    small: Client, connection: Connection, role: str
) -> None:
    await publish(small, follower("1.1", "1.0", '"all"'))
    for version, families in (("1.0", 40), ("1.1", 5)):
        await add_families(connection, version, families)
    await release(small.app, instrument="small")
    await act_as(small, (role, "63"))
    together = await read(small)
    assert (together["families"], together["protected"]) == (45, True)
    assert named(together) == ({"1.1": 5, "1.0": 40}, {})
    for version in ("1.0", "1.1"):
        answer = await small.get(f"/v1/aggregates/{HERE}/2025", instrument="small", version=version)
        assert (answer.status_code, codes_of(answer)) == (422, {"version": "only_exact"})


async def test_families_of_both_formats_are_added_up(small: Client) -> None:
    """A mean of 100 and 0 of format 1, and 100 and none of format 2, whose minimum for regions holds for all."""
    await publish(small, SMALL_2)
    await send(small, RICH, "1.0")
    alone = await read(small)
    assert (alone["index"]["mean"], alone["index"]["reason"], alone["indices"][0]["families"]["incomplete"]) == (
        100,
        None,
        None,
    )
    await send(small, RICH, "2")
    await send(small, {"members": 1}, "2")
    await send(small, ALONE, "1.0")
    both = await read(small)
    assert named(both) == ({"2": 2, "1.0": 2}, {})
    assert (both["families"], both["index"]["families"], both["index"]["mean"]) == (4, 3, 66.67)
    assert both["indices"][0]["families"] == {
        "scored": 3, "incomplete": None, "undefined": None, "not_applicable": 0,
    }  # fmt: skip
    assert both["indices"][0]["headline"]["category"]["code"] == "middle"
    later = await read(small, version="2")
    assert later["indices"][0]["families"] == {"scored": 1, "incomplete": 1, "undefined": 0, "not_applicable": 0}
    assert (later["index"]["mean"], later["index"]["reason"], later["categories"][2]["families"]) == (
        None,
        "few_families",
        1,
    )


async def add_families(connection: Connection, version: str, families: int, *, year: int = 2025) -> None:
    instrument = read_instrument(SMALL.encode("utf-8"))
    one = sums_of_family("FFF", instrument)
    named = replace(instrument, version=version)
    await insert_sums(connection, named, [families * each for each in one], region=HERE, year=year)


async def test_a_version_that_cannot_follow_as_it_says_is_not_published(small: Client) -> None:
    broken = changed("weight = 3", "weight = 4", follower("1.1", "1.0", '"all"'))
    with pytest.raises(InstrumentFaults, match='line 4: follows: comparable = "all" needs the same dimensions'):
        await publish(small, broken)
    with pytest.raises(InstrumentFaults, match=r"line 4: follows: no small 0\.9 is published"):
        await publish(small, follower("1.1", "0.9", '"none"'))
    assert small.app.state.catalogue.find("small", "1.1") is None


async def test_both_shipped_versions_are_added_up_and_a_family_counts_once_in_them(caller: Client) -> None:
    for seed, file in ((1, "ikk-29-2025.1"), (2, "ikk-29-2025.2")):
        assert (await caller.put(make_body(seed, file=file))).status_code == 201
    body = (await caller.get("/v1/aggregates/6372/2025")).json()
    assert named(body) == ({"2025.2": 1, "2025.1": 1}, {})
    # The first family again, asked the new version later in the year.
    again = make_body(1, file="ikk-29-2025.2", surveyed_at="2025-11-01T12:00:00+08:00")
    assert (await caller.put(again)).status_code == 201
    body = (await caller.get("/v1/aggregates/6372/2025")).json()
    assert named(body) == ({"2025.2": 2}, {})
