"""Refused looks at families (403, 404, 409) are audited, although their own transaction is rolled back."""

import json
from typing import Any

import pytest

from app.platform.database import Connection
from tests.support.factories import EVERYTHING, LANDASAN_ULIN_SELATAN, Client
from tests.support.families import make_named_body, state_purpose, take
from tests.support.subject_requests import REQUESTS, ask, fulfil, request_body


async def refusals(connection: Connection) -> list[dict[str, Any]]:
    rows = await connection.fetch("SELECT * FROM audited WHERE kind = 'identity.refuse' ORDER BY at")
    return [{**row, "detail": json.loads(row["detail"])} for row in rows]


async def test_it_works(caller: Client, connection: Connection) -> None:
    family = await take(caller, make_named_body())
    answer = await caller.get(f"/v1/families/{family}/identity")
    assert answer.status_code == 403
    (entry,) = await refusals(connection)
    assert (entry["subject"], entry["region"]) == (f"family:{family}", LANDASAN_ULIN_SELATAN)
    assert (entry["caller_id"], entry["request_id"]) == (caller.agency_id, answer.headers["x-request-id"])
    assert entry["detail"] == {"look": "getIdentity", "problem": "identification-needed", "known": True}


SOME_ID = "5b0f6c1e-2f5d-4a55-8d0c-9f3a1c7e4b20"
FAMILY = "/v1/families/{family}"
LOOKS = [
    ("GET", FAMILY, None),
    ("GET", f"{FAMILY}/identity", None),
    ("POST", f"{FAMILY}/identifications", {"purpose": "complaint", "minutes": 5}),
    ("GET", f"{FAMILY}/identifications/{SOME_ID}", None),
    ("POST", f"{FAMILY}/identifications/{SOME_ID}/approve", None),
    ("GET", f"{FAMILY}/consents", None),
    ("GET", REQUESTS + "/{request}", None),
    ("GET", REQUESTS + "/{request}/export", None),
    ("POST", REQUESTS + "/{request}/fulfil", {}),
    ("POST", REQUESTS + "/{request}/refuse", {"ground": "not_the_family"}),
    ("POST", REQUESTS, {}),
]


@pytest.mark.parametrize(("method", "path", "body"), LOOKS)
@pytest.mark.parametrize("lacking", ["region", "scope"])
async def test_a_look_from_outside_is_audited_for_the_family_s_own_region(
    caller: Client, connection: Connection, method: str, path: str, body: dict[str, Any] | None, lacking: str
) -> None:
    family = await take(caller, make_named_body())
    request = await ask(caller, family, "export")
    scopes = EVERYTHING if lacking == "region" else ["submissions:read"]
    await caller.sign_in(scopes=scopes, regions=["6371"])
    body = request_body(family, "export") if path == REQUESTS else body
    answer = await caller.http.request(method, path.format(family=family, request=request), json=body)
    assert answer.status_code == (404 if lacking == "region" else 403)
    (entry,) = await refusals(connection)
    problem = answer.json()["type"].removeprefix("urn:ikk:problem:")
    assert entry["detail"]["problem"] == problem
    if (path, lacking) == (REQUESTS, "scope"):
        # The body is not read for a caller without the scope.
        assert (entry["subject"], entry["region"]) == (None, "6371")
    else:
        assert (entry["subject"], entry["region"]) == (f"family:{family}", LANDASAN_ULIN_SELATAN)


@pytest.mark.parametrize("asked", [SOME_ID, "63720101-0190-4001-8000-000000000000"])
async def test_an_id_that_nobody_has_is_not_kept(caller: Client, connection: Connection, asked: str) -> None:
    assert (await caller.get(f"/v1/families/{asked}/identity")).status_code == 404
    (entry,) = await refusals(connection)
    assert (entry["subject"], entry["region"]) == (None, "63")
    assert entry["detail"] == {"look": "getIdentity", "problem": "not-found", "known": False}
    assert asked not in str(entry)


async def test_a_conflict_is_audited_once_and_what_was_asked_stays_undone(
    caller: Client, connection: Connection
) -> None:
    family = await take(caller, make_named_body())
    request = await ask(caller, family, "restrict")
    assert (await fulfil(caller, request)).status_code == 200
    assert (await fulfil(caller, request)).status_code == 409
    (entry,) = await refusals(connection)
    assert entry["detail"] == {"look": "fulfilSubjectRequest", "problem": "request-closed", "known": True}


async def test_a_look_at_an_erased_family_is_audited_by_its_id(caller: Client, connection: Connection) -> None:
    family = await take(caller, make_named_body())
    assert (await fulfil(caller, await ask(caller, family, "erase"))).status_code == 200
    assert (await caller.get(f"/v1/families/{family}")).status_code == 404
    (entry,) = await refusals(connection)
    assert entry["subject"] == f"family:{family}"


async def test_a_region_outside_in_a_list_is_audited(caller: Client, connection: Connection) -> None:
    assert (await caller.get(REQUESTS, region="64")).status_code == 403
    (entry,) = await refusals(connection)
    told = {"look": "listSubjectRequests", "problem": "region-outside-caller", "known": None}
    assert (entry["region"], entry["detail"]) == ("63", told)


async def test_what_is_served_or_faulty_or_without_token_is_no_refusal(caller: Client, connection: Connection) -> None:
    family = await take(caller, make_named_body())
    assert (await state_purpose(caller, family)).status_code == 201
    assert (await state_purpose(caller, family, minutes=0)).status_code == 422
    assert (await caller.get(f"/v1/families/{family}/identity")).status_code == 200
    del caller.http.headers["Authorization"]
    assert (await caller.get(f"/v1/families/{family}/identity")).status_code == 401
    assert await refusals(connection) == []
