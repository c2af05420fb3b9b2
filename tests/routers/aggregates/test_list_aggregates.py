"""GET /v1/aggregates returns one row per region of a level below another, including those without a survey."""

from typing import Any

import pytest

from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of, make_body
from tests.support.parts import cut

PATH = "/v1/aggregates"
BANJARBARU = {"parent": "6372", "level": "village", "year": 2025}


async def rows(client: Client, **query: Any) -> list[dict[str, Any]]:
    response = await client.get(PATH, **query)
    assert response.status_code == 200, response.text
    assert response.json()["next"] is None
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def test_it_works(caller: Client) -> None:
    for seed, region in enumerate([LANDASAN_ULIN_SELATAN, LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS]):
        assert (await caller.put(make_body(seed, region=region))).status_code == 201
    villages = await rows(caller, **BANJARBARU)
    codes = [each["region"]["code"] for each in villages]
    assert len(codes) == 20
    assert codes == sorted(codes)
    families = {each["region"]["code"]: each["families"] for each in villages if each["families"]}
    assert families == {LANDASAN_ULIN_SELATAN: 2, GUNTUNG_MANGGIS: 1}


async def test_a_row_says_what_the_whole_aggregate_says(caller: Client) -> None:
    await caller.put(make_body())
    (row,) = [each for each in await rows(caller, parent="63", level="regency", year=2025) if each["families"]]
    whole = (await caller.get("/v1/aggregates/6372/2025")).json()
    assert row == cut(whole, row)


async def test_rows_carry_more_fields_on_request(caller: Client) -> None:
    await caller.put(make_body())
    plain = await rows(caller, parent="63", level="regency", year=2025)
    assert {"categories", "indicators"} & plain[0].keys() == set()
    whole = (await caller.get("/v1/aggregates/6372/2025")).json()
    for fields in ("indicators", "categories", "indicators, parent,categories ,dimensions"):
        named = {"indicators", "categories"} & {each.strip() for each in fields.split(",")}
        full = await rows(caller, parent="63", level="regency", year=2025, fields=fields)
        assert [each.keys() - plain[0].keys() for each in full] == [named] * len(plain)
        (row,) = [each for each in full if each["families"]]
        assert row == cut(whole, row)
        assert row["region"]["parent"] == "63"
    year = (await caller.get("/v1/aggregates/6372/trend", **{"from": 2025, "to": 2025, "fields": "indicators"})).json()
    assert year["years"][0]["indicators"] == whole["indicators"]


async def test_an_unknown_field_is_refused_with_those_that_there_are(caller: Client) -> None:
    trend = {"from": 2025, "to": 2025}
    for path, query in ((PATH, BANJARBARU), ("/v1/aggregates/6372/trend", trend)):
        for fields in ("weights", "indicators,weights", "indicators,", "", "Indicators"):
            response = await caller.get(path, **query, fields=fields)
            assert (response.status_code, codes_of(response)) == (422, {"fields": "unknown_field"})
            (fault,) = response.json()["faults"]
            assert fault["available"] == ["parent", "dimensions", "categories", "indicators"]
            assert "categories, indicators" in fault["message"]


async def test_a_page_with_many_fields_is_shorter(caller: Client) -> None:
    assert (await caller.get(PATH, **BANJARBARU, fields="categories", limit=200)).status_code == 200
    response = await caller.get(PATH, **BANJARBARU, fields="categories", limit=201)
    assert (response.status_code, codes_of(response)) == (422, {"limit": "too_large"})
    assert (await caller.get(PATH, **BANJARBARU, fields="parent,dimensions", limit=1000)).status_code == 200


async def test_regions_nobody_surveyed_have_nulls(caller: Client) -> None:
    for row in await rows(caller, **BANJARBARU):
        assert (row["families"], row["index"]["mean"], row["weak_indicators"]) == (0, None, [])


@pytest.mark.parametrize(
    ("parent", "level", "count"),
    [
        ("ID", "province", 38),
        ("63", "regency", 13),
        ("6372", "district", 5),
        ("63.72", "village", 20),
        ("637206", "village", 4),
        ("63", "province", 0),
        ("6372", "regency", 0),
        ("6372061004", "village", 0),
        ("99", "regency", 0),
    ],
)
async def test_each_level_below_each_parent(client: Client, parent: str, level: str, count: int) -> None:
    await client.sign_in(scopes=["aggregates:read"], regions=["ID"])
    found = await rows(client, parent=parent, level=level, year=2025)
    assert len(found) == count
    assert {each["region"]["level"] for each in found} <= {level}


@pytest.mark.parametrize("level", ["province", "regency", "district", "village"])
async def test_a_family_counts_in_one_row_of_each_level(client: Client, level: str) -> None:
    await client.sign_in(scopes=["aggregates:read", "submissions:review", "submissions:write"], regions=["ID"])
    assert (await client.put(make_body())).status_code == 201
    parent = {"province": "ID", "regency": "63", "district": "63", "village": "6372"}[level]
    found = await rows(client, parent=parent, level=level, year=2025, limit=1000)
    counted = [each["region"]["code"] for each in found if each["families"]]
    assert [LANDASAN_ULIN_SELATAN.startswith(code) for code in counted] == [True]


async def test_pages_follow_one_another_without_gap(caller: Client) -> None:
    await caller.put(make_body())
    whole = await rows(caller, **BANJARBARU)
    seen: list[dict[str, Any]] = []
    query: dict[str, Any] = {**BANJARBARU, "limit": 7}
    sizes = []
    while True:
        page = (await caller.get(PATH, **query)).json()
        seen += page["items"]
        sizes.append(len(page["items"]))
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert sizes == [7, 7, 6]
    assert seen == whole


async def test_a_full_last_page_has_no_next(caller: Client) -> None:
    assert len(await rows(caller, **BANJARBARU, limit=20)) == 20


@pytest.mark.parametrize("parent", ["ID", "62", "99"])
async def test_a_parent_outside_the_callers_regions_is_refused(caller: Client, parent: str) -> None:
    assert (await caller.get(PATH, parent=parent, level="village", year=2025)).status_code == 403


async def test_another_instrument_has_rows_of_its_own(caller: Client) -> None:
    await caller.put(make_body(file="ketahanan-24-2016.1"))
    assert sum(each["families"] for each in await rows(caller, **BANJARBARU)) == 0
    older = await rows(caller, **BANJARBARU, instrument="ketahanan-24")
    assert sum(each["families"] for each in older) == 1
    assert len(older[0]["dimensions"]) == 5


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"parent": None}, {"parent": "missing"}),
        ({"parent": None, "level": None, "year": None}, {"parent": "missing", "level": "missing", "year": "missing"}),
        ({"parent": "637"}, {"parent": "bad_format"}),
        ({"level": "country"}, {"level": "not_allowed"}),
        ({"year": "1999"}, {"year": "too_small"}),
        ({"limit": "0"}, {"limit": "too_small"}),
        ({"limit": "1001"}, {"limit": "too_large"}),
        ({"cursor": "\x00"}, {"cursor": "bad_cursor"}),
        ({"cursor": "next"}, {"cursor": "bad_cursor"}),
        ({"basis": "settled"}, {"basis": "not_allowed"}),
        ({"instrument": "ikk-30"}, {"instrument": "unknown_instrument"}),
        ({"version": "0"}, {"version": "unknown_instrument"}),
        ({"region": "63"}, {"region": "unknown_member"}),
    ],
    ids=str,
)
async def test_a_wrong_parameter_is_a_fault(
    caller: Client, changed: dict[str, str | None], faults: dict[str, str]
) -> None:
    query = {name: value for name, value in {**BANJARBARU, **changed}.items() if value is not None}
    response = await caller.get(PATH, **query)
    assert response.status_code == 422
    assert codes_of(response) == faults
