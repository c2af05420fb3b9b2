"""GET /v1/submissions"""

import base64
import json
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.platform.database import Connection
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of, make_body
from tests.support.jws import as_others_see

TANAH_LAUT = "6301012001"
PLACES = (LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS, TANAH_LAUT)
YEARS = (2024, 2025, 2026)
WITHOUT = [scope for scope in EVERYTHING if scope not in ("submissions:read", "submissions:write")]


@pytest.fixture
async def stored(caller: Client) -> list[dict[str, Any]]:
    """Stores 18 submissions, two per year in three villages and three years. Returns how each row must begin."""
    kept = []
    for number in range(18):
        region, year = PLACES[number % 3], YEARS[number // 3 % 3]
        answer = await caller.put(make_body(number, region=region, surveyed_at=f"{year}-03-01T00:00:00Z"))
        assert answer.status_code == 201, answer.text
        kept.append({"id": answer.json()["id"], "region": region, "year": year, "receipt": answer.json()["receipt"]})
    return kept


async def walk(client: Client, limit: int = 1000, **query: Any) -> list[dict[str, Any]]:
    """All pages of the list, one after the other. Only the last may be short."""
    found: list[dict[str, Any]] = []
    while True:
        answer = await client.get("/v1/submissions", limit=limit, **query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert set(page) == {"items", "next"}
        found += page["items"]
        if page["next"] is None:
            assert len(page["items"]) <= limit
            return found
        assert len(page["items"]) == limit
        assert page["next"] != query.get("cursor"), "the list does not end"
        query["cursor"] = page["next"]


def ids_of(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def in_order(rows: list[dict[str, Any]]) -> list[str]:
    """Ids, sorted by region, year and arrival."""
    return ids_of(sorted(rows, key=lambda row: (row["region"], row["year"], row["receipt"]["received_at"], row["id"])))


async def test_it_works(caller: Client) -> None:
    sent = (await caller.put(make_body())).json()
    page = (await caller.get("/v1/submissions")).json()
    assert page["next"] is None
    (row,) = page["items"]
    assert row["id"] == sent["id"]
    assert (row["revision"], row["status"]) == (1, "accepted")
    assert (row["region"], row["dotted"]) == ("6372061004", "63.72.06.1004")
    assert (row["year"], row["edition"]) == (2025, "300.2.2-2430/2025")
    assert datetime.fromisoformat(row["surveyed_at"]) == datetime.fromisoformat(make_body()["surveyed_at"])
    assert (row["instrument"], row["version"], row["instrument_status"]) == ("ikk-29", "2025.1", "provisional")
    assert (row["index"], row["category"]) == (sent["score"]["index"], sent["score"]["category"])
    assert row["receipt"] == as_others_see(sent["receipt"])
    assert (row["withheld"], row["lowest"], row["highest"]) == (False, None, None)


async def test_an_empty_list_is_one_page(caller: Client) -> None:
    assert (await caller.get("/v1/submissions")).json() == {"items": [], "next": None}


async def test_a_row_shows_neither_answers_nor_card_number(caller: Client) -> None:
    await caller.put(make_body())
    text = (await caller.get("/v1/submissions")).text
    assert make_body()["family"]["card_number"] not in text
    assert "answers" not in text


async def test_rows_come_by_region_year_and_arrival(caller: Client, stored: list[dict[str, Any]]) -> None:
    assert ids_of(await walk(caller)) == in_order(stored)


@pytest.mark.parametrize("limit", [1, 2, 5, 17, 18, 19, 1000])
async def test_pages_of_any_size_show_every_row_once_in_order(
    caller: Client, stored: list[dict[str, Any]], limit: int
) -> None:
    assert ids_of(await walk(caller, limit)) == in_order(stored)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 6), min_size=18, max_size=18))
async def test_pages_of_changing_size_show_every_row_once_in_order(
    caller: Client, stored: list[dict[str, Any]], limits: list[int]
) -> None:
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {}
    for limit in limits:
        page = (await caller.get("/v1/submissions", limit=limit, **query)).json()
        found += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert ids_of(found) == in_order(stored)


async def test_rows_that_arrive_meanwhile_neither_repeat_nor_hide_others(
    caller: Client, stored: list[dict[str, Any]]
) -> None:
    first = (await caller.get("/v1/submissions", limit=7)).json()
    await caller.put(make_body(99, region=TANAH_LAUT))
    rest = await walk(caller, 3, cursor=first["next"])
    assert [uuid for uuid in ids_of(first["items"] + rest) if uuid in ids_of(stored)] == in_order(stored)


@pytest.mark.parametrize("region", ["63", "6372", "637206", "63.72.06", LANDASAN_ULIN_SELATAN, "6301", "6302"])
async def test_a_region_shows_its_whole_subtree_and_nothing_else(
    caller: Client, stored: list[dict[str, Any]], region: str
) -> None:
    code = region.replace(".", "")
    expected = [row for row in stored if row["region"].startswith(code)]
    assert ids_of(await walk(caller, 4, region=region)) == in_order(expected)


@pytest.mark.parametrize("region", [None, "ID", "63"])
async def test_a_caller_of_the_whole_country_sees_all(
    caller: Client, stored: list[dict[str, Any]], region: str | None
) -> None:
    await caller.sign_in(scopes=EVERYTHING, regions=["ID"])
    query = {} if region is None else {"region": region}
    assert ids_of(await walk(caller, 5, **query)) == in_order(stored)


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("region", [None, "6372"])
async def test_a_year_shows_only_its_own(
    caller: Client, stored: list[dict[str, Any]], year: int, region: str | None
) -> None:
    expected = [row for row in stored if row["year"] == year and row["region"].startswith(region or "")]
    query = {} if region is None else {"region": region}
    assert ids_of(await walk(caller, 2, year=year, **query)) == in_order(expected)


async def test_without_region_a_caller_of_two_regions_sees_both(caller: Client, stored: list[dict[str, Any]]) -> None:
    await caller.sign_in(scopes=EVERYTHING, regions=["637206", "6301"])
    expected = [row for row in stored if row["region"] != GUNTUNG_MANGGIS]
    assert ids_of(await walk(caller, 5)) == in_order(expected)


async def test_a_caller_of_overlapping_regions_sees_each_row_once(caller: Client, stored: list[dict[str, Any]]) -> None:
    await caller.sign_in(scopes=EVERYTHING, regions=["63", "6372", LANDASAN_ULIN_SELATAN])
    assert ids_of(await walk(caller, 5)) == in_order(stored)


async def test_a_caller_of_no_region_sees_nothing(caller: Client, stored: list[dict[str, Any]]) -> None:
    await caller.sign_in(scopes=EVERYTHING, regions=[])
    assert len(stored) == 18
    assert await walk(caller) == []


async def test_a_cursor_does_not_open_other_regions(caller: Client, stored: list[dict[str, Any]]) -> None:
    cursor = (await caller.get("/v1/submissions", limit=1)).json()["next"]
    await caller.sign_in(scopes=EVERYTHING, regions=["637206"])
    assert {row["region"] for row in await walk(caller, cursor=cursor)} == {LANDASAN_ULIN_SELATAN}
    assert len(stored) == 18


@pytest.mark.parametrize("region", ["62", "ID", "6", "6371"])
async def test_a_region_outside_the_caller_s_is_refused(client: Client, region: str) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["6372"])
    answer = await client.get("/v1/submissions", region=region)
    assert answer.status_code == (422 if region == "6" else 403)


@pytest.mark.parametrize("status", ["refused", "", "ACCEPTED"])
async def test_a_status_that_none_can_have_is_a_fault(caller: Client, status: str) -> None:
    answer = await caller.get("/v1/submissions", status=status)
    assert answer.status_code == 422
    assert codes_of(answer) == {"status": "not_allowed"}


async def test_the_status_accepted_shows_all(caller: Client, stored: list[dict[str, Any]]) -> None:
    assert ids_of(await walk(caller, status="accepted")) == in_order(stored)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": "0"}, "too_small"),
        ({"limit": "-1"}, "too_small"),
        ({"limit": "1001"}, "too_large"),
        ({"limit": "many"}, "wrong_type"),
        ({"limit": "1.5"}, "wrong_type"),
        ({"limit": "9" * 30}, "too_large"),
        ({"year": "1999"}, "too_small"),
        ({"year": "2101"}, "too_large"),
        ({"year": "next"}, "wrong_type"),
        ({"region": "Kalimantan"}, "bad_format"),
        ({"region": ""}, "bad_format"),
        ({"region": "63\0"}, "bad_format"),
        ({"page": "2"}, "unknown_member"),
        ({"Region": "63"}, "unknown_member"),
    ],
)
async def test_a_parameter_that_cannot_be_is_a_fault(caller: Client, query: dict[str, str], code: str) -> None:
    answer = await caller.get("/v1/submissions", **query)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert codes_of(answer) == {next(iter(query)): code}


def written(*key: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


MOMENT = "2025-07-29T01:12:00+00:00"


@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param("", id="empty"),
        pytest.param("garbage", id="garbage"),
        pytest.param("é😀", id="not ASCII"),
        pytest.param("6372", id="of the list of regions"),
        pytest.param("A" * 400, id="long"),
        pytest.param(written(), id="without parts"),
        pytest.param(written("6372061004", 2025, MOMENT), id="a part short"),
        pytest.param(written("6372061004", 2025, MOMENT, str(uuid4()), 1), id="a part long"),
        pytest.param(written("63' OR 1=1", 2025, MOMENT, str(uuid4())), id="no region"),
        pytest.param(written("6372061004\0", 2025, MOMENT, str(uuid4())), id="NUL"),
        pytest.param(written(6372061004, 2025, MOMENT, str(uuid4())), id="region a number"),
        pytest.param(written("6372061004", "2025", MOMENT, str(uuid4())), id="year a text"),
        pytest.param(written("6372061004", True, MOMENT, str(uuid4())), id="year a truth"),
        pytest.param(written("6372061004", 10**30, MOMENT, str(uuid4())), id="year beyond"),
        pytest.param(written("6372061004", 2025, "yesterday", str(uuid4())), id="no moment"),
        pytest.param(written("6372061004", 2025, "2025-07-29T01:12:00", str(uuid4())), id="moment without offset"),
        pytest.param(written("6372061004", 2025, "0001-01-01T00:00:00+14:00", str(uuid4())), id="moment before time"),
        pytest.param(written("6372061004", 2025, "9999-12-31T23:59:59-14:00", str(uuid4())), id="moment after time"),
        pytest.param(written("6372061004", 2025, MOMENT, "1"), id="no id"),
        pytest.param(written("6372061004", 2025, MOMENT, 7), id="id a number"),
        pytest.param(base64.urlsafe_b64encode(b"[" * 350).decode(), id="deep"),
    ],
)
async def test_a_cursor_that_is_not_of_this_list_is_a_fault(caller: Client, cursor: str) -> None:
    answer = await caller.get("/v1/submissions", cursor=cursor)
    assert answer.status_code == 422, answer.text
    assert codes_of(answer) == {"cursor": "bad_cursor" if cursor else "bad_format"}


async def test_a_cursor_that_was_cut_short_is_a_fault(caller: Client, stored: list[dict[str, Any]]) -> None:
    cursor = (await caller.get("/v1/submissions", limit=len(stored) - 1)).json()["next"]
    for length in range(len(cursor) - 2):
        assert (await caller.get("/v1/submissions", cursor=cursor[:length])).status_code == 422, length


async def test_each_page_is_an_audited_look(caller: Client, connection: Connection) -> None:
    for seed in range(3):
        await caller.put(make_body(seed))
    await walk(caller, 2)
    await walk(caller, 2, region="6372", year=2024)
    rows = await connection.fetch("SELECT * FROM audited WHERE kind = 'submission.list' ORDER BY at")
    assert [(row["region"], json.loads(row["detail"])) for row in rows] == [
        ("63", {"year": None, "submissions": 2}),
        ("63", {"year": None, "submissions": 1}),
        ("6372", {"year": 2024, "submissions": 0}),
    ]
    assert {row["caller_id"] for row in rows} == {caller.agency_id}


async def test_a_row_tells_the_family(caller: Client) -> None:
    families = [(await caller.put(make_body(seed))).json()["family"] for seed in (1, 1, 2)]
    assert [row["family"] for row in await walk(caller)] == families
    assert len(set(families)) == 2


async def test_without_token_it_is_refused(client: Client) -> None:
    assert (await client.get("/v1/submissions")).status_code == 401


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    await client.sign_in(scopes=WITHOUT, regions=["63"])
    answer = await client.get("/v1/submissions")
    assert (answer.status_code, answer.json()["scope"]) == (403, "submissions:read")
