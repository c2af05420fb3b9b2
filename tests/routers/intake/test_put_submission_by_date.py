"""PUT /v1/submissions/{id}: an interview belongs to the region that was in force on its day at the region."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from tests.support.factories import Client
from tests.support.small_regions import body_on, load

BEFORE, AFTER = "2025-08-31", "2025-09-01"


def fault_of(response: Response) -> dict[str, Any]:
    assert response.status_code == 422, response.text
    (fault,) = response.json()["faults"]
    assert fault.pop("pointer") == "/region"
    found: dict[str, Any] = fault
    return found


async def edition_of(client: Client, region: str) -> list[str]:
    rows = (await client.get("/v1/submissions", region=region)).json()["items"]
    return [each["edition"] for each in rows]


@pytest.mark.parametrize("code", ["6372012001", "6372012002", "6372012003", "6372012004", "6372012005"])
async def test_it_works_up_to_the_last_day_of_a_code(regions: Client, code: str) -> None:
    assert (await regions.put(body_on(BEFORE, code))).status_code == 201
    assert await edition_of(regions, code) == ["2024-01-01"]


@pytest.mark.parametrize("code", ["6372012001", "6372012006", "6372012007", "6372072002", "6372012005"])
async def test_it_works_from_the_first_day_of_a_code(regions: Client, code: str) -> None:
    assert (await regions.put(body_on(AFTER, code))).status_code == 201
    assert await edition_of(regions, code) == ["2025-09-01"]


async def test_the_day_is_the_local_day_at_the_region(regions: Client) -> None:
    code = "6372012004"
    last, first = "2025-08-31T15:59:59Z", "2025-08-31T16:00:00Z"
    assert (await regions.put({**body_on(BEFORE, code), "surveyed_at": last})).status_code == 201
    assert fault_of(await regions.put({**body_on(BEFORE, code), "surveyed_at": first}))["code"] == "region_ended"


async def test_a_device_with_an_old_list_learns_the_successors(regions: Client) -> None:
    late, late_id = body_on(AFTER, "6372012002"), uuid4()
    fault = fault_of(await regions.put(late, late_id))
    assert fault == {
        "code": "region_ended",
        "message": "This region was in force until 31 August 2025. Its successors: 63.72.01.2007 Harapan Bersatu.",
        "last_day": "2025-08-31",
        "successors": [{"code": "6372012007", "dotted": "63.72.01.2007", "name": "Harapan Bersatu"}],
    }
    successor = fault["successors"][0]["code"]
    assert (await regions.put({**late, "region": successor}, late_id)).status_code == 201
    # What it took before the change still arrives under the old code, and again.
    early, earlier_id = body_on(BEFORE, "6372012002", 2), uuid4()
    assert (await regions.put(early, earlier_id)).status_code == 201
    assert (await regions.put(early, earlier_id)).status_code == 200


async def test_the_fault_is_in_both_languages(regions: Client) -> None:
    regions.http.headers["Accept-Language"] = "id"
    message = fault_of(await regions.put(body_on(AFTER, "6372012004")))["message"]
    assert message == "Wilayah ini berlaku sampai 31 Agustus 2025. Penggantinya: 63.72.07.2002 Karang Jaya."


async def test_successors_are_those_of_the_day_of_the_interview(regions: Client) -> None:
    later = "split,6372012007,6372012008,Harapan\nsplit,6372012007,6372012009,Bersatu"
    await load(regions, later, date(2025, 11, 1))
    before = fault_of(await regions.put(body_on("2025-10-31", "6372012002")))
    after = fault_of(await regions.put(body_on("2025-11-01", "6372012002")))
    assert [each["code"] for each in before["successors"]] == ["6372012007"]
    assert [each["code"] for each in after["successors"]] == ["6372012008", "6372012009"]


async def test_a_region_without_successor_says_so(regions: Client) -> None:
    await load(regions, "end,6372012005,,", date(2025, 11, 1))
    fault = fault_of(await regions.put(body_on("2025-11-01", "6372012005")))
    assert (fault["code"], fault["last_day"], fault["successors"]) == ("region_ended", "2025-10-31", [])


async def test_a_region_of_a_later_edition_names_the_predecessors(regions: Client) -> None:
    fault = fault_of(await regions.put(body_on(BEFORE, "6372012007")))
    assert (fault["code"], fault["first_day"]) == ("region_not_yet", "2025-09-01")
    assert [each["name"] for each in fault["predecessors"]] == ["Harapan", "Bersatu"]
    names = "63.72.01.2002 Harapan, 63.72.01.2003 Bersatu"
    assert fault["message"] == f"This region is in force only from 1 September 2025. Before that: {names}."


async def test_an_edition_of_the_future_changes_nothing_before_its_day(regions: Client) -> None:
    await load(regions, "end,6372012005,,", date(2100, 1, 1))
    assert (await regions.put(body_on(AFTER, "6372012005"))).status_code == 201


@pytest.mark.parametrize("code", ["637201", "63", "6372012099", "ID"])
async def test_a_code_that_never_was_a_village_stays_unknown(regions: Client, code: str) -> None:
    assert fault_of(await regions.put(body_on(AFTER, code)))["code"] == "unknown_region"


async def test_the_fault_stands_beside_all_others(regions: Client) -> None:
    body = {**body_on(AFTER, "6372012002"), "version": "0"}
    codes = {each["code"] for each in (await regions.put(body)).json()["faults"]}
    assert codes == {"region_ended", "unknown_instrument"}


@pytest.mark.parametrize("moment", ["2100-01-01T00:00:00Z", "yesterday", None])
async def test_without_a_day_that_can_be_only_an_unknown_code_is_a_fault(regions: Client, moment: str | None) -> None:
    for code, expected in (("6372012002", set()), ("6372012099", {"/region"})):
        body = {**body_on(AFTER, code), "surveyed_at": moment}
        faults = (await regions.put(body)).json()["faults"]
        assert {each["pointer"] for each in faults} == {"/surveyed_at"} | expected


async def test_an_edition_that_is_loaded_late_loses_nothing(regions: Client) -> None:
    """The interview was taken under a code that, as the edition says which was loaded later, had ended by then."""
    body, key = body_on("2025-10-15", "6372012005"), uuid4()
    assert (await regions.put(body, key)).status_code == 201
    await load(regions, "end,6372012005,,", date(2025, 10, 1))
    assert (await regions.put(body, key)).status_code == 200
    assert (await regions.get(f"/v1/submissions/{key}")).status_code == 200
    assert (await regions.get("/v1/aggregates/6372012005/2025")).json()["families"] == 1
