"""GET /v1/regions and /v1/regions/{code} by day: editions of the past and the future, days, successors, old codes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.support.factories import Client, codes_of
from tests.support.small_regions import FIRST, SPLIT, WHOLE, load

DAY_BEFORE = SPLIT - timedelta(days=1)
TOMORROW = datetime.now(UTC).date() + timedelta(days=2)


async def villages(client: Client, **query: Any) -> list[str]:
    response = await client.get("/v1/regions", parent="6372", level="village", **query)
    assert response.status_code == 200, response.text
    return [each["code"][4:] for each in response.json()["items"]]


async def region(client: Client, code: str, **query: Any) -> dict[str, Any]:
    response = await client.get(f"/v1/regions/{code}", **query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def days_of(body: dict[str, Any]) -> tuple[str, str | None, str]:
    return body["valid_from"], body["valid_to"], body["edition"]


OLD = ["012001", "012002", "012003", "012004", "012005", "072001"]
NEW = ["012001", "012005", "012006", "012007", "072001", "072002"]


async def test_it_works(regions: Client) -> None:
    assert await villages(regions) == NEW
    assert await villages(regions, on=SPLIT) == NEW
    assert await villages(regions, on=DAY_BEFORE) == OLD
    assert days_of(await region(regions, "6372012006")) == ("2025-09-01", None, "2025-09-01")
    assert days_of(await region(regions, "6372012001")) == ("2024-01-01", None, "2025-09-01")
    assert days_of(await region(regions, "6372012001", on=DAY_BEFORE)) == ("2024-01-01", None, "2024-01-01")


async def test_before_the_oldest_edition_the_oldest_stands(regions: Client) -> None:
    assert await villages(regions, on="2000-01-01") == OLD


async def test_an_old_code_is_readable_with_its_last_day_and_its_successors(regions: Client) -> None:
    merged = await region(regions, "6372012002")
    assert days_of(merged) == ("2024-01-01", "2025-08-31", "2024-01-01")
    assert merged["successors"] == [
        {
            "code": "6372012007",
            "dotted": "63.72.01.2007",
            "name": "Harapan Bersatu",
            "change": "merge",
            "day": "2025-09-01",
        }
    ]
    (moved,) = (await region(regions, "6372012004"))["successors"]
    assert (moved["code"], moved["name"], moved["change"]) == ("6372072002", "Karang Jaya", "recode")


async def test_a_split_village_goes_on_beside_its_new_part(regions: Client) -> None:
    split = await region(regions, "6372012001")
    assert [(each["code"], each["name"]) for each in split["successors"]] == [
        ("6372012001", "Sukamaju"),
        ("6372012006", "Sukamaju Baru"),
    ]
    assert [each["code"] for each in (await region(regions, "6372012006"))["predecessors"]] == ["6372012001"]


async def test_both_merged_villages_are_predecessors(regions: Client) -> None:
    merged = (await region(regions, "6372012007"))["predecessors"]
    assert [(each["code"], each["name"]) for each in merged] == [("6372012002", "Harapan"), ("6372012003", "Bersatu")]


async def test_a_name_is_that_of_the_day(regions: Client) -> None:
    assert (await region(regions, "6372012005"))["name"] == "Tanjung Indah"
    before = await region(regions, "6372012005", on=DAY_BEFORE)
    assert before["name"] == "Tanjung"
    assert [(each["name"], each["change"]) for each in before["successors"]] == [("Tanjung Indah", "rename")]
    assert [each["name"] for each in before["predecessors"]] == ["Tanjung"]


async def test_a_code_that_is_not_in_force_yet_is_shown_as_it_first_was(regions: Client) -> None:
    assert days_of(await region(regions, "6372012006", on=FIRST)) == ("2025-09-01", None, "2025-09-01")


async def test_an_edition_of_the_future_is_in_force_only_from_its_day_on(regions: Client) -> None:
    await load(regions, "end,6372012005,,\nnew,,6372012008,Kelak", TOMORROW)
    assert await villages(regions) == NEW
    assert await villages(regions, on=TOMORROW - timedelta(days=1)) == NEW
    assert await villages(regions, on=TOMORROW) == sorted([*NEW[:1], *NEW[2:], "012008"])
    ending = await region(regions, "6372012005")
    assert days_of(ending) == ("2024-01-01", str(TOMORROW - timedelta(days=1)), "2025-09-01")
    assert ending["successors"][-1]["change"] == "rename"
    assert (await region(regions, "6372012008"))["valid_from"] == str(TOMORROW)


async def test_an_edition_between_two_others_adjusts_their_days(regions: Client) -> None:
    await load(regions, "new,,6372072009,Sementara", date(2025, 3, 1))
    assert await villages(regions, on="2025-02-28") == OLD
    assert await villages(regions, on="2025-03-01") == sorted([*OLD, "072009"])
    assert await villages(regions, on=SPLIT) == NEW
    assert days_of(await region(regions, "6372072009")) == ("2025-03-01", "2025-08-31", "2025-03-01")
    assert days_of(await region(regions, "6372012001", on="2025-04-01")) == ("2024-01-01", None, "2025-03-01")


async def test_an_edition_before_all_others_stands_for_the_days_before(regions: Client) -> None:
    await load(regions, WHOLE + "new,,6372072008,Dahulu", date(2023, 1, 1))
    assert await villages(regions, on="2010-01-01") == sorted([*OLD, "072008"])
    assert days_of(await region(regions, "6372072008")) == ("2023-01-01", "2023-12-31", "2023-01-01")
    assert days_of(await region(regions, "6372012001")) == ("2023-01-01", None, "2025-09-01")


async def test_a_code_that_comes_back_has_the_days_of_each_time(regions: Client) -> None:
    await load(regions, "new,,6372012002,Harapan Kembali", date(2025, 11, 1))
    assert days_of(await region(regions, "6372012002")) == ("2025-11-01", None, "2025-11-01")
    assert days_of(await region(regions, "6372012002", on=FIRST)) == ("2024-01-01", "2025-08-31", "2024-01-01")
    assert days_of(await region(regions, "6372012002", on="2025-10-01")) == ("2024-01-01", "2025-08-31", "2024-01-01")


async def test_the_pages_of_a_day_follow_one_another(regions: Client) -> None:
    first = (await regions.get("/v1/regions", parent="6372", level="village", on=FIRST, limit=4)).json()
    rest = await villages(regions, on=FIRST, cursor=first["next"])
    assert [each["code"][4:] for each in first["items"]] + rest == OLD


async def test_a_code_that_no_edition_lists_is_not_found(regions: Client) -> None:
    assert (await regions.get("/v1/regions/6372012099")).status_code == 404


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("1999-12-31", "out_of_range"),
        ("2101-01-01", "out_of_range"),
        ("2025-02-30", "bad_format"),
        ("today", "bad_format"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/regions", "/v1/regions/63"])
async def test_a_day_that_cannot_be_is_a_fault(caller: Client, path: str, day: str, code: str) -> None:
    response = await caller.get(path, on=day)
    assert response.status_code == 422
    assert codes_of(response) == {"on": code}
