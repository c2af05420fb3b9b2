"""GET /v1/subject-requests lists subject requests of the caller's regions in pages, sorted by due time."""

from typing import Any

import pytest

from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of
from tests.support.subject_requests import REQUESTS, ask, fulfil, hours_ago, send_family


@pytest.fixture
async def requests(caller: Client) -> dict[str, str]:
    """Ids of subject requests by name. Their clocks are in no order."""
    here = (await send_family(caller, 1))["family"]
    there = (await send_family(caller, 2, region=GUNTUNG_MANGGIS))["family"]
    found = {
        "late": await ask(caller, here, "correct", received_at=hours_ago(100)),
        "new": await ask(caller, there, "export", received_at=hours_ago(2)),
        "older": await ask(caller, here, "restrict", received_at=hours_ago(30)),
        "done late": await ask(caller, there, "lift", received_at=hours_ago(90)),
        "done": await ask(caller, there, "lift", received_at=hours_ago(5)),
    }
    for name in ("done", "done late"):
        assert (await fulfil(caller, found[name])).status_code == 200
    return found


async def names(client: Client, requests: dict[str, str], **query: Any) -> list[str]:
    response = await client.get(REQUESTS, **query)
    assert response.status_code == 200, response.text
    by_id = {uuid: name for name, uuid in requests.items()}
    return [by_id[each["id"]] for each in response.json()["items"]]


async def test_it_works(caller: Client, requests: dict[str, str]) -> None:
    assert await names(caller, requests) == ["late", "done late", "older", "done", "new"]
    first = (await caller.get(REQUESTS)).json()["items"][0]
    assert (first["overdue"], first["status"], first["region"]) == (True, "open", LANDASAN_ULIN_SELATAN)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "open"}, ["late", "older", "new"]),
        ({"status": "done"}, ["done late", "done"]),
        ({"status": "refused"}, []),
        ({"kind": "lift"}, ["done late", "done"]),
        ({"overdue": "true"}, ["late", "done late"]),
        ({"overdue": "false"}, ["older", "done", "new"]),
        ({"overdue": "true", "status": "open"}, ["late"]),
        ({"region": "637206"}, ["late", "older"]),
        ({"region": "63.72.02"}, ["done late", "done", "new"]),
        ({"region": "6301"}, []),
    ],
)
async def test_filters_narrow_the_list(
    caller: Client, requests: dict[str, str], query: dict[str, str], expected: list[str]
) -> None:
    assert await names(caller, requests, **query) == expected


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages_hold_every_request_once(caller: Client, requests: dict[str, str], limit: int) -> None:
    seen: list[str] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = (await caller.get(REQUESTS, **query)).json()
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == [requests[name] for name in ("late", "done late", "older", "done", "new")]


async def test_a_caller_sees_its_own_regions_only(caller: Client, requests: dict[str, str]) -> None:
    await caller.sign_in(scopes=EVERYTHING, regions=["637206", "6301"])
    assert await names(caller, requests) == ["late", "older"]
    await caller.sign_in(scopes=EVERYTHING, regions=[])
    assert await names(caller, requests) == []


async def test_a_region_outside_the_caller_s_is_refused(caller: Client) -> None:
    await caller.sign_in(scopes=EVERYTHING, regions=["6372"])
    assert (await caller.get(REQUESTS, region="6371")).status_code == 403


@pytest.mark.parametrize("cursor", ["", "garbage", "é", "A" * 300, "WzEsMl0", "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwgIjEiXQ"])
async def test_a_cursor_that_is_not_of_this_list_is_a_fault(caller: Client, cursor: str) -> None:
    response = await caller.get(REQUESTS, cursor=cursor)
    assert response.status_code == 422
    assert codes_of(response) == {"cursor": "bad_cursor" if cursor else "bad_format"}


async def test_a_filter_that_cannot_be_is_a_fault(caller: Client) -> None:
    response = await caller.get(REQUESTS, status="late", kind="x", overdue="perhaps", region="63x", colour="red")
    assert response.status_code == 422
    response = await caller.get(REQUESTS, status="late", kind="x", overdue="perhaps", region="63x")
    assert codes_of(response) == {
        "status": "not_allowed",
        "kind": "not_allowed",
        "overdue": "wrong_type",
        "region": "bad_format",
    }


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "families:identify"], regions=["63"])
    assert (await client.get(REQUESTS)).status_code == 403
