"""GET /v1/aggregates/{region}/trend returns the years of one region, in order."""

from typing import Any

import pytest

from tests.support.factories import Client, codes_of, make_body
from tests.support.parts import cut

PATH = "/v1/aggregates/6372/trend"


async def test_it_works_with_the_years_in_order_and_empty_ones_among_them(caller: Client) -> None:
    for seed, year in enumerate([2026, 2024, 2024]):
        response = await caller.put(make_body(seed, surveyed_at=f"{year}-03-01T12:00:00+08:00"))
        assert response.status_code == 201, response.text
    response = await caller.get(PATH, **{"from": 2023, "to": 2026})
    assert response.status_code == 200
    body = response.json()
    assert body["region"]["code"] == "6372"
    assert body["instrument"]["code"] == "ikk-29"
    assert [(each["year"], each["families"]) for each in body["years"]] == [(2023, 0), (2024, 2), (2025, 0), (2026, 1)]
    assert body["years"][0]["index"]["mean"] is None


async def test_a_year_says_what_the_whole_aggregate_says(caller: Client) -> None:
    await caller.put(make_body())
    (year,) = (await caller.get(PATH, **{"from": 2025, "to": 2025})).json()["years"]
    whole = (await caller.get("/v1/aggregates/6372/2025")).json()
    assert (year.pop("break"), year.pop("region_break")) == (None, None)
    assert year == cut(whole, year)


async def test_another_instrument_has_years_of_its_own(caller: Client) -> None:
    await caller.put(make_body(file="ketahanan-24-2016.1"))
    both = {"from": 2025, "to": 2025}
    assert (await caller.get(PATH, **both)).json()["years"][0]["families"] == 0
    older = (await caller.get(PATH, **both, instrument="ketahanan-24")).json()
    assert older["years"][0]["families"] == 1


async def test_the_widest_trend_is_every_year(caller: Client) -> None:
    years = (await caller.get(PATH, **{"from": 2000, "to": 2100})).json()["years"]
    assert [each["year"] for each in years] == list(range(2000, 2101))


async def test_a_region_that_there_is_not_is_not_found(caller: Client) -> None:
    response = await caller.get("/v1/aggregates/6372010001/trend", **{"from": 2024, "to": 2025})
    assert response.status_code == 404


@pytest.mark.parametrize("region", ["ID", "62"])
async def test_a_region_outside_the_callers_is_refused(caller: Client, region: str) -> None:
    response = await caller.get(f"/v1/aggregates/{region}/trend", **{"from": 2024, "to": 2025})
    assert response.status_code == 403


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ({"from": 2026, "to": 2025}, {"from": "bad_period"}),
        ({"from": 1999, "to": 2101}, {"from": "too_small", "to": "too_large"}),
        ({"to": 2025}, {"from": "missing"}),
        ({}, {"from": "missing", "to": "missing"}),
        ({"from": 2024, "to": 2025, "step": 2}, {"step": "unknown_member"}),
        ({"from": 2024, "to": 2025, "first": 2020}, {"first": "unknown_member"}),
        ({"from": 2024, "to": 2025, "basis": "settled"}, {"basis": "not_allowed"}),
        ({"from": 2024, "to": 2025, "instrument": "x"}, {"instrument": "unknown_instrument"}),
    ],
    ids=str,
)
async def test_a_wrong_parameter_is_a_fault(caller: Client, query: dict[str, Any], faults: dict[str, str]) -> None:
    response = await caller.get(PATH, **query)
    assert response.status_code == 422
    assert codes_of(response) == faults
