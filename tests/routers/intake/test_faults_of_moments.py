"""PUT /v1/submissions/{id}: faults of moments name the limit in the time of the region, and carry it as a member."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.problems.wording import say_day
from tests.support.factories import EVERYTHING, Client, make_body

PLACES = {"3174011001": (7, "WIB"), "6372061004": (8, "WITA"), "9471011001": (9, "WIT")}
CONSENT = {"version": "2025-1", "channel": "in_person"}


async def told(client: Client, region: object, pointer: str, **changed: Any) -> dict[str, Any]:
    """The fault at the pointer, of a body from the region."""
    await client.sign_in(scopes=EVERYTHING, regions=["31", "63", "94"])
    answer = await client.put(make_body(region=region, **changed))
    assert answer.status_code == 422, answer.text
    (found,) = [each for each in answer.json()["faults"] if each["pointer"] == pointer]
    return dict(found)


@pytest.mark.parametrize(("region", "hours", "zone"), [*((code, *place) for code, place in PLACES.items())])
@pytest.mark.parametrize("pointer", ["/surveyed_at", "/consent/given_at"])
async def test_the_latest_moment(client: Client, pointer: str, region: str, hours: int, zone: str) -> None:
    ahead = (datetime.now(UTC) + timedelta(minutes=6)).isoformat()
    body = {"surveyed_at": ahead} if pointer == "/surveyed_at" else {"consent": {**CONSENT, "given_at": ahead}}
    fault = await told(client, region, pointer, **body)
    latest = datetime.fromisoformat(fault["maximum"])
    assert latest.utcoffset() == timedelta(hours=hours)
    assert abs(latest - datetime.now(UTC) - timedelta(minutes=5)) < timedelta(minutes=1)
    assert f"{say_day(latest, 'en')} at {latest:%H:%M} {zone}" in fault["message"]


@pytest.mark.parametrize(("region", "hours", "zone"), [*((code, *place) for code, place in PLACES.items())])
async def test_the_latest_start(client: Client, region: str, hours: int, zone: str) -> None:
    moments = {"surveyed_at": "2025-07-29T20:30:15.5Z", "started_at": "2025-07-29T20:31:00Z"}
    fault = await told(client, region, "/started_at", **moments)
    assert fault["maximum"] == f"2025-07-30T{(20 + hours) % 24:02}:30:15+0{hours}:00"
    assert f"30 July 2025 at {(20 + hours) % 24:02}:30 {zone}" in fault["message"]


@pytest.mark.parametrize(("region", "hours"), [(code, hours) for code, (hours, _) in PLACES.items()])
async def test_the_first_moment_of_an_instrument(client: Client, region: str, hours: int) -> None:
    fault = await told(client, region, "/surveyed_at", surveyed_at="2001-01-01T00:00:00Z")
    assert fault["code"] == "surveyed_before_instrument"
    first = datetime.fromisoformat(fault["minimum"])
    assert (first.utcoffset(), f"{first:%H:%M:%S}") == (timedelta(hours=hours), "00:00:00")
    assert f"from {say_day(first, 'en')} on" in fault["message"]
    again = await told(client, region, "/family/members", surveyed_at=fault["minimum"], family={"head_sex": "female"})
    assert again["code"] == "missing"


async def test_the_latest_birth(client: Client) -> None:
    family = {"head_sex": "female", "members": 3, "people": [{"birth_date": "2025-07-31"}]}
    moment = "2025-07-29T16:30:00Z"
    fault = await told(client, "6372061004", "/family/people/0/birth_date", surveyed_at=moment, family=family)
    assert (fault["code"], fault["maximum"]) == ("in_future", "2025-07-30")
    assert "30 July 2025" in fault["message"]


@pytest.mark.parametrize("region", ["x", None, 7])
async def test_without_a_region_it_is_western_time(client: Client, region: object) -> None:
    fault = await told(client, region, "/surveyed_at", surveyed_at="2099-01-01T00:00:00Z")
    assert fault["maximum"].endswith("+07:00")
    assert " WIB" in fault["message"]
