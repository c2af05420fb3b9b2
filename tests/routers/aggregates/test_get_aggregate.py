"""GET /v1/aggregates/{region}/{year}: two families worked by hand, the members of the contract, every refusal."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from app.config import Settings
from app.platform.database import Connection, Database
from app.scoring.reading.files import read_instrument
from tests.scoring.small import SMALL
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client, codes_of, instrument, make_body
from tests.support.small_service import serving_small, small_body
from tests.support.sums import insert_sums

PATH = "/v1/aggregates/6372/2025"

# The small instrument has two dimensions. Health has weight 3 (somebody insured 1, all insured 1.5). Money has weight 1
# (savings, asked of two or more members).
RICH = {"members": 3, "insured": 3, "savings": "yes"}  # health 100, money 100: index 100
ALONE = {"members": 1, "insured": 0}  # health 0, money does not apply: index 0


@pytest.fixture
async def small(settings: Settings, dsn: str, database: Database) -> AsyncIterator[Client]:
    """A client of an application with the small instrument. What it stores is deleted with the rest."""
    async with serving_small(settings, dsn) as client:
        yield client


async def aggregate(client: Client, path: str = PATH, **query: Any) -> dict[str, Any]:
    response = await client.get(path, **query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_it_works(caller: Client) -> None:
    await caller.put(make_body())
    body = await aggregate(caller)
    assert body.keys() >= {
        "region", "year", "instrument", "basis", "as_of", "families", "index", "categories",
        "dimensions", "indicators", "weak_indicators", "suppressed",
    }  # fmt: skip
    region = {"code": "6372", "dotted": "63.72", "name": "Kota Banjarbaru", "level": "regency", "parent": "63"}
    assert body["region"] == {**region, "first_day": None, "last_day": None}
    assert (body["year"], body["basis"], body["families"], body["suppressed"]) == (2025, "reported", 1, [])
    assert body["instrument"].items() >= {"code": "ikk-29", "version": "2025.1", "status": "provisional"}.items()
    assert datetime.fromisoformat(body["as_of"]).tzinfo is not None
    assert {"code", "families", "share"} <= body["categories"][0].keys()
    assert {"code", "mean", "of_indicators"} <= body["dimensions"][0].keys()
    assert {"code", "share", "fulfilled", "applicable", "missing", "weak"} <= body["indicators"][0].keys()
    assert (len(body["dimensions"]), len(body["indicators"])) == (5, 29)


async def test_the_two_estimators_differ_where_an_indicator_does_not_apply_to_all(small: Client) -> None:
    for answers in (RICH, ALONE):
        assert (await small.put(small_body(answers))).status_code == 201
    body = await aggregate(small, instrument="small")
    # The mean of the families is (100 + 0) ÷ 2. The shares are 50 and 50 in health, and 1 of 1 in money, so the second
    # estimator is (3 × 50 + 1 × 100) ÷ 4.
    assert (body["index"]["mean"], body["index"]["of_indicators"]) == (50.0, 62.5)
    assert [(each["mean"], each["of_indicators"], each["families"]) for each in body["dimensions"]] == [
        (50.0, 50.0, 2),
        (100.0, 100.0, 1),
    ]
    assert (body["index"]["category"]["code"], body["index"]["category_of_indicators"]["code"]) == ("middle", "middle")


async def test_shares_come_with_their_denominators(small: Client) -> None:
    refused = {"members": 2, "insured": "refused", "savings": "no"}
    for answers in (RICH, RICH, ALONE, refused):
        assert (await small.put(small_body(answers))).status_code == 201
    body = await aggregate(small, instrument="small")
    counted = ("share", "fulfilled", "unfulfilled", "answered", "applicable", "missing", "not_applicable")
    assert [tuple(each[name] for name in counted) for each in body["indicators"]] == [
        (66.67, 2, 1, 3, 4, 1, 0),
        (66.67, 2, 1, 3, 4, 1, 0),
        (66.67, 2, 1, 3, 3, 0, 1),
    ]
    # The family that refused has one answered indicator, but an index needs two.
    assert (body["families"], body["index"]["families"]) == (4, 3)


async def test_a_few_answers_make_no_index_however_many_families_gave_them(caller: Client) -> None:
    """Families that answer the required questions and one more have a share of one indicator of 29."""
    shipped = instrument()
    numbers = {each.code: 0 for each in shipped.questions if each.required}
    answers = {**numbers, "members": 2, "head_sex": "male", "couple": "no", "savings": "yes"}
    for _ in range(3):
        assert (await caller.put(make_body(family={"head_sex": "male", "members": 2}, answers=answers))).is_success
    body = await aggregate(caller)
    assert body["families"] == 3
    index = body["index"]
    assert (index["mean"], index["of_indicators"], index["families"]) == (None, None, 0)
    assert (index["category"], index["category_of_indicators"], index["reason"]) == (None, None, "too_few_answers")
    assert {(each["share"], each["reason"]) for each in body["categories"]} == {(None, "too_few_answers")}
    shared = {each["dimension"] for each in body["indicators"] if each["share"] is not None}
    assert 0 < len(shared) < 5
    for each in body["dimensions"]:
        assert (each["of_indicators"] is not None, each["reason"] is None) == (each["code"] in shared,) * 2
    assert {each["reason"] for each in body["indicators"]} == {None, "too_few_answers"}
    assert all((each["share"] is None) == (each["reason"] is not None) for each in body["indicators"])
    assert body["suppressed"] == []


async def test_categories_are_shares_of_the_families_with_an_index(small: Client) -> None:
    for answers in (RICH, ALONE, ALONE):
        assert (await small.put(small_body(answers))).status_code == 201
    body = await aggregate(small, instrument="small")
    assert [(each["code"], each["families"], each["share"]) for each in body["categories"]] == [
        ("low", 2, 66.67),
        ("middle", 0, 0.0),
        ("high", 1, 33.33),
    ]


async def test_weak_indicators_come_weakest_first_and_are_judged_unrounded(
    small: Client, connection: Connection
) -> None:
    """59.996 % is shown as 60.00, but it is below 60. Exactly 60 % is not."""
    sums = [25_000, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    sums += [14_999, 10_001, 0, 15_000, 10_000, 0, 1, 24_999, 0]
    await insert_sums(connection, read_instrument(SMALL.encode()), sums, region=LANDASAN_ULIN_SELATAN)
    body = await aggregate(small, instrument="small")
    assert [(each["share"], each["weak"]) for each in body["indicators"]] == [(60.0, True), (60.0, False), (0.0, True)]
    assert body["weak_indicators"] == ["M1", "H1"]
    assert body["weak_below"] == 60


@pytest.mark.parametrize("region", ["6372061004", "63.72.06", "6372", "63"])
async def test_a_region_nobody_surveyed_has_nulls_and_no_zeros(caller: Client, region: str) -> None:
    body = await aggregate(caller, f"/v1/aggregates/{region}/2025")
    assert body["families"] == 0
    assert body["index"] == {
        "mean": None,
        "of_indicators": None,
        "families": 0,
        "category": None,
        "category_of_indicators": None,
        "reason": None,
        "uncertainty": None,
        "uncertainty_of_indicators": None,
        "left_out": None,
    }
    assert {(each["families"], each["share"]) for each in body["categories"]} == {(0, None)}
    assert {(each["mean"], each["of_indicators"]) for each in body["dimensions"]} == {(None, None)}
    assert {(each["share"], each["weak"]) for each in body["indicators"]} == {(None, False)}
    assert body["weak_indicators"] == []


async def test_years_and_instruments_are_kept_apart(caller: Client) -> None:
    await caller.put(make_body())
    await caller.put(make_body(file="ketahanan-24-2016.1"))
    assert (await aggregate(caller, "/v1/aggregates/6372/2024"))["families"] == 0
    assert (await aggregate(caller))["families"] == 1
    older = await aggregate(caller, instrument="ketahanan-24", version="2016.1")
    assert (older["families"], len(older["indicators"])) == (1, 24)


async def test_the_year_is_the_local_one_of_the_interview(caller: Client) -> None:
    await caller.put(make_body(surveyed_at="2024-12-31T16:30:00Z"))
    assert (await aggregate(caller))["families"] == 1


async def test_a_region_that_there_is_not_is_not_found(caller: Client) -> None:
    assert (await caller.get("/v1/aggregates/6372010001/2025")).status_code == 404


@pytest.mark.parametrize("region", ["ID", "62", "6201012001", "99"])
async def test_a_region_outside_the_callers_is_refused(caller: Client, region: str) -> None:
    response = await caller.get(f"/v1/aggregates/{region}/2025")
    assert response.status_code == 403
    assert response.json()["type"] == "urn:ikk:problem:region-outside-caller"


async def test_the_country_is_for_a_caller_of_the_country(client: Client) -> None:
    await client.sign_in(scopes=["aggregates:read"], regions=["ID"])
    assert (await aggregate(client, "/v1/aggregates/ID/2025"))["region"]["level"] == "country"


async def test_without_the_scope_nothing_is_returned(client: Client) -> None:
    await client.sign_in(scopes=["submissions:read"], regions=["ID"])
    response = await client.get(PATH)
    assert (response.status_code, response.json()["scope"]) == (403, "aggregates:read")


@pytest.mark.parametrize(
    ("path", "query", "faults"),
    [
        ("6372/1999", {}, {"year": "too_small"}),
        ("6372/2101", {}, {"year": "too_large"}),
        ("6372/last", {}, {"year": "wrong_type"}),
        ("637/2025", {}, {"region": "bad_format"}),
        ("6372/2025", {"basis": "settled"}, {"basis": "not_allowed"}),
        ("6372/2025", {"instrument": "ikk-30"}, {"instrument": "unknown_instrument"}),
        ("6372/2025", {"instrument": "\x00"}, {"instrument": "unknown_instrument"}),
        ("6372/2025", {"version": "1"}, {"version": "unknown_instrument"}),
        ("6372/2025", {"instrument": "ketahanan-24", "version": "2025.1"}, {"version": "unknown_instrument"}),
        ("6372/2025", {"years": "2025"}, {"years": "unknown_member"}),
        ("6372/2025", {"<script>": "1"}, {"…": "unknown_member"}),
    ],
)
async def test_a_wrong_parameter_is_a_fault(
    caller: Client, path: str, query: dict[str, str], faults: dict[str, str]
) -> None:
    response = await caller.get(f"/v1/aggregates/{path}", **query)
    assert response.status_code == 422
    assert codes_of(response) == faults
