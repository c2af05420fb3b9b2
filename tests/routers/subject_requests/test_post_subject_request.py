"""POST /v1/subject-requests records a subject request with its clock, or refuses it and lists all faults."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection
from tests.support.factories import EVERYTHING, LANDASAN_ULIN_SELATAN, Client, codes_of
from tests.support.subject_requests import REQUESTS, hours_ago, request_body, send_family


async def test_it_works(caller: Client) -> None:
    family = (await send_family(caller))["family"]
    response = await caller.http.post(REQUESTS, json=request_body(family, "export", received_at=hours_ago(10)))
    assert response.status_code == 201, response.text
    body = response.json()
    expected = {
        "family": family,
        "region": LANDASAN_ULIN_SELATAN,
        "dotted": "63.72.06.1004",
        "kind": "export",
        "channel": "in_person",
        "status": "open",
        "overdue": False,
        "closed_at": None,
        "closed_by": None,
        "refusal": None,
        "recorded_by": caller.agency_id,
    }
    assert body.items() >= expected.items()
    received, due = (datetime.fromisoformat(body[name]) for name in ("received_at", "due_at"))
    assert due - received == timedelta(hours=72)
    assert body["hours_left"] == pytest.approx(62, abs=0.2)


async def test_the_clock_runs_from_when_the_family_asked(caller: Client) -> None:
    family = (await send_family(caller))["family"]
    body = (await caller.http.post(REQUESTS, json=request_body(family, "erase", received_at=hours_ago(80)))).json()
    assert body["overdue"] is True
    assert body["hours_left"] == pytest.approx(-8, abs=0.2)


async def test_it_is_audited(caller: Client, connection: Connection) -> None:
    family = (await send_family(caller))["family"]
    made = (await caller.http.post(REQUESTS, json=request_body(family, "restrict"))).json()
    entry = await connection.fetchrow(
        "SELECT caller_id, region, subject, detail::text FROM (SELECT * FROM audited) AS entry "
        "WHERE kind = 'request.open' UNION ALL "
        "SELECT caller_id, region, subject, detail::text FROM audit_log WHERE kind = 'request.open'"
    )
    assert (entry["caller_id"], entry["region"]) == (caller.agency_id, LANDASAN_ULIN_SELATAN)
    assert entry["subject"] == f"family:{family}"
    assert made["id"] in entry["detail"]


async def test_a_family_that_is_not_there_is_not_found(caller: Client) -> None:
    assert (await caller.http.post(REQUESTS, json=request_body(str(uuid4()), "erase"))).status_code == 404


async def test_a_family_outside_the_caller_s_regions_is_not_found(caller: Client) -> None:
    family = (await send_family(caller))["family"]
    await caller.sign_in(scopes=EVERYTHING, regions=["6371"])
    assert (await caller.http.post(REQUESTS, json=request_body(family, "erase"))).status_code == 404


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"kind": "forget"}, {"/kind": "not_allowed"}),
        ({"channel": "pigeon"}, {"/channel": "not_allowed"}),
        ({"family": "A"}, {"/family": "bad_format"}),
        ({"family": 7}, {"/family": "wrong_type"}),
        ({"received_at": "yesterday"}, {"/received_at": "bad_format"}),
        ({"received_at": "2022-10-16T23:59:59Z"}, {"/received_at": "out_of_range"}),
        ({"received_at": "9999-12-31T23:59:59-14:00"}, {"/received_at": "out_of_range"}),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, {"/received_at": "out_of_range"}),
        ({"received_at": hours_ago(-1)}, {"/received_at": "out_of_range"}),
        ({"note": "x"}, {"/note": "unknown_member"}),
        (
            {"kind": 1, "channel": None, "received_at": hours_ago(-1)},
            {"/kind": "not_allowed", "/channel": "missing", "/received_at": "out_of_range"},
        ),
    ],
)
async def test_every_fault_is_listed_and_nothing_stored(
    caller: Client, connection: Connection, changed: dict[str, Any], faults: dict[str, str]
) -> None:
    response = await caller.http.post(REQUESTS, json={**request_body(str(uuid4()), "erase"), **changed})
    assert response.status_code == 422, response.text
    assert codes_of(response) == faults
    assert await connection.fetchval("SELECT count(*) FROM subject_request") == 0


async def test_what_lacks_is_named(caller: Client) -> None:
    response = await caller.http.post(REQUESTS, json={})
    assert codes_of(response) == dict.fromkeys(("/family", "/kind", "/channel", "/received_at"), "missing")


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "families:identify"], regions=["63"])
    assert (await client.http.post(REQUESTS, json=request_body(str(uuid4()), "erase"))).status_code == 403


async def test_without_token_it_is_refused(client: Client) -> None:
    assert (await client.http.post(REQUESTS, json=request_body(str(uuid4()), "erase"))).status_code == 401
