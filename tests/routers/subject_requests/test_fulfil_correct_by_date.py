"""Corrections across a change of regions: an interview stays in the region in force on its day."""

from datetime import date
from typing import Any

from tests.support.factories import Client
from tests.support.small_regions import body_on, load
from tests.support.subject_requests import ask, fulfil


async def correct(client: Client, day: str, village: str, **changed: Any) -> tuple[str, Any]:
    """Sends an interview, corrects it, and returns its id and the response."""
    sent = await client.put(body_on(day, village, basis="public_task"))
    assert sent.status_code == 201, sent.text
    request = await ask(client, sent.json()["family"], "correct")
    body = {**body_on(day, village, 2, basis="public_task"), **changed}
    return sent.json()["id"], await fulfil(client, request, {"submissions": {sent.json()["id"]: body}})


async def edition(client: Client, region: str) -> list[str]:
    return [each["edition"] for each in (await client.get("/v1/submissions", region=region)).json()["items"]]


async def test_it_works_into_another_region_of_the_day(regions: Client) -> None:
    _, response = await correct(regions, "2025-10-01", "6372012001", region="6372012006")
    assert response.status_code == 200, response.text
    assert await edition(regions, "6372012006") == ["2025-09-01"]


async def test_a_region_that_was_not_in_force_that_day_is_a_fault(regions: Client) -> None:
    key, response = await correct(regions, "2025-05-01", "6372012001", region="6372012006")
    (fault,) = response.json()["faults"]
    assert (fault["pointer"], fault["code"]) == (f"/submissions/{key}/region", "region_not_yet")
    assert [each["code"] for each in fault["predecessors"]] == ["6372012001"]


async def test_a_day_on_which_the_region_had_ended_is_a_fault(regions: Client) -> None:
    _, response = await correct(regions, "2025-05-01", "6372012002", surveyed_at="2025-10-01T12:00:00+08:00")
    (fault,) = response.json()["faults"]
    assert (fault["code"], fault["last_day"]) == ("region_ended", "2025-08-31")


async def test_another_day_has_the_edition_of_that_day(regions: Client) -> None:
    _, response = await correct(regions, "2025-05-01", "6372012001", surveyed_at="2025-10-01T12:00:00+08:00")
    assert response.status_code == 200, response.text
    assert await edition(regions, "6372012001") == ["2025-09-01"]


async def test_answers_can_be_corrected_under_a_code_that_turned_out_to_have_ended(regions: Client) -> None:
    sent = await regions.put(body_on("2025-10-15", "6372012005", basis="public_task"))
    await load(regions, "end,6372012005,,", date(2025, 10, 1))
    request = await ask(regions, sent.json()["family"], "correct")
    body = body_on("2025-10-15", "6372012005", 2, basis="public_task")
    response = await fulfil(regions, request, {"submissions": {sent.json()["id"]: body}})
    assert response.status_code == 200, response.text
