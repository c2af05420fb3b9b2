"""PUT /v1/submissions/{id} and the batch: interviews that were too fast, and devices with a wrong clock."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection
from app.regions.local_time import local_day
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client, make_body

USUAL = ("card_region_unknown", "interviewed_before")
HOURS = timedelta(hours=3)


async def put(client: Client, sent_at: str | None = None, **changed: Any) -> Any:
    headers = {} if sent_at is None else {"Sent-At": sent_at}
    return await client.http.put(f"/v1/submissions/{uuid4()}", json=make_body(**changed), headers=headers)


def codes(answer: Any) -> list[str]:
    assert answer.status_code == 201, answer.text
    return odd(answer.json())


def odd(submission: dict[str, Any]) -> list[str]:
    """The codes of warnings that are about moments."""
    return [each["code"] for each in submission["warnings"] if each["code"] not in USUAL]


def device_time(ahead: timedelta) -> tuple[str, str]:
    """What a device's clock shows now, and a moment ten minutes before, on one local day if that can be."""
    shown = datetime.now(UTC) + ahead
    return shown.isoformat(), (shown - timedelta(minutes=10)).isoformat()


async def test_an_interview_that_is_shorter_than_its_questions_is_too_fast(caller: Client) -> None:
    done = "2025-07-29T09:12:00+08:00"
    assert "too_fast" in codes(await put(caller, surveyed_at=done, started_at="2025-07-29T09:11:30+08:00"))
    assert "too_fast" in codes(await put(caller, surveyed_at=done, started_at=done))
    assert "too_fast" not in codes(await put(caller, surveyed_at=done, started_at="2025-07-29T08:40:00+08:00"))
    assert "too_fast" not in codes(await put(caller, surveyed_at=done))


async def test_an_interview_in_the_future_of_a_fast_clock_is_stored_as_sent(
    caller: Client, connection: Connection
) -> None:
    sent_at, surveyed_at = device_time(HOURS)
    refused = await put(caller, surveyed_at=surveyed_at)
    assert [each["code"] for each in refused.json()["faults"]] == ["surveyed_in_future"]
    answer = await put(caller, sent_at, surveyed_at=surveyed_at)
    shown = datetime.fromisoformat(surveyed_at)
    if local_day(shown, LANDASAN_ULIN_SELATAN) != local_day(shown - HOURS, LANDASAN_ULIN_SELATAN):
        assert [each["code"] for each in answer.json()["faults"]] == ["surveyed_in_future"]
        return
    assert codes(answer) == ["device_clock"]
    stored = await connection.fetchval("SELECT surveyed_at FROM submission WHERE id = $1::uuid", answer.json()["id"])
    assert stored == shown


async def test_a_slow_clock_and_one_that_was_never_set_only_warn(caller: Client) -> None:
    for sent_at in ((datetime.now(UTC) - HOURS).isoformat(), "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        assert codes(await put(caller, sent_at)) == ["device_clock"]


async def test_a_right_clock_warns_of_nothing(caller: Client) -> None:
    assert codes(await put(caller, datetime.now(UTC).isoformat())) == []


@pytest.mark.parametrize("value", ["", "now", "2025-07-29", "2025-07-29T09:12:00", "1.5"])
async def test_a_header_that_is_no_moment_is_a_fault(caller: Client, value: str) -> None:
    answer = await put(caller, value)
    assert answer.status_code == 422
    (fault,) = answer.json()["faults"]
    assert (fault["parameter"], fault["code"]) == ("Sent-At", "bad_format")


async def test_a_header_that_is_sent_twice_is_a_fault(caller: Client) -> None:
    now = datetime.now(UTC).isoformat()
    answer = await caller.http.put(
        f"/v1/submissions/{uuid4()}", json=make_body(), headers=[("Sent-At", now), ("Sent-At", now)]
    )
    assert answer.status_code == 422


async def test_a_batch_has_one_header_for_all(caller: Client) -> None:
    items = [{"id": str(uuid4()), "submission": make_body(number)} for number in range(2)]
    sent_at = (datetime.now(UTC) - HOURS).isoformat()
    answer = await caller.http.post("/v1/submissions/batch", json={"items": items}, headers={"Sent-At": sent_at})
    told = [odd(one["submission"]) for one in answer.json()["items"]]
    assert told == [["device_clock"]] * 2
    refused = await caller.http.post("/v1/submissions/batch", json={"items": items}, headers={"Sent-At": "x"})
    assert refused.status_code == 422
