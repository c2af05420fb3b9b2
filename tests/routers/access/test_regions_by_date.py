"""POST /v1/people and /v1/agencies by day: regions may be in force now or later, but not have ended."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.accounts import act_as
from tests.support.factories import Client
from tests.support.small_regions import load


@pytest.fixture
async def regions(regions: Client) -> Client:
    """An application whose villages changed, and will change again."""
    await load(regions, "new,,6372012008,Kelak", datetime.now(UTC).date() + timedelta(days=30))
    await act_as(regions, ("operator", "ID"))
    return regions


def agency(*codes: str) -> tuple[str, dict[str, Any]]:
    wanted = {"client_id": "dp3a-uji", "name": "DP3A", "scopes": ["aggregates:read"], "regions": list(codes)}
    return "/v1/agencies", wanted


def person(*codes: str) -> tuple[str, dict[str, Any]]:
    grants = [{"role": "kader", "region": code} for code in codes]
    return "/v1/people", {"username": "siti.aminah", "name": "Siti", "grants": grants}


@pytest.mark.parametrize("form", [agency, person])
async def test_it_works_now_and_later(regions: Client, form: Any) -> None:
    path, body = form("6372012006", "6372012008")
    answer = await regions.http.post(path, json=body)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("form", [agency, person])
async def test_a_region_that_ended_names_its_successors(regions: Client, form: Any) -> None:
    path, body = form("6372012006", "6372012002", "6372012099")
    answer = await regions.http.post(path, json=body)
    assert answer.status_code == 422
    ended, unknown = answer.json()["faults"]
    assert (ended["code"], unknown["code"]) == ("region_ended", "not_in_force")
    assert "/1" in ended["pointer"]
    assert "/2" in unknown["pointer"]
    assert ended["last_day"] == "2025-08-31"
    assert [each["code"] for each in ended["successors"]] == ["6372012007"]
