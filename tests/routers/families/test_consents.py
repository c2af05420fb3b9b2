"""GET, POST /v1/families/{id}/consents and …/{consent}/withdraw: reading, giving and withdrawing consents."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from app.platform.database import Connection
from app.platform.encryption import Vault
from tests.support.factories import EVERYTHING, Client, codes_of, make_body
from tests.support.subject_requests import REQUESTS, hours_ago, send_family


def path(family: object) -> str:
    return f"/v1/families/{family}/consents"


def consent(**changed: Any) -> dict[str, Any]:
    return {"version": "2025-1", "channel": "paper", "given_at": hours_ago(24), **changed}


async def withdraw(client: Client, family: object, id: object, **changed: Any) -> Response:
    body = {"channel": "letter", "received_at": hours_ago(3), **changed}
    return await client.http.post(f"{path(family)}/{id}/withdraw", json=body)


async def test_it_works(caller: Client) -> None:
    family = (await send_family(caller))["family"]
    response = await caller.http.post(path(family), json=consent())
    assert response.status_code == 201, response.text
    given = response.json()
    assert given.items() >= {"family": family, "version": "2025-1", "channel": "paper", "withdrawn_at": None}.items()
    assert (await caller.get(path(family))).json() == {"items": [given]}

    response = await withdraw(caller, family, given["id"])
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["consent"]["withdrawn_at"] is not None
    assert body["request"].items() >= {"family": family, "kind": "restrict", "status": "open"}.items()
    received, due = (datetime.fromisoformat(body["request"][name]) for name in ("received_at", "due_at"))
    assert due - received == timedelta(hours=72)
    assert (await caller.get(path(family))).json()["items"] == [body["consent"]]
    assert [each["id"] for each in (await caller.get(REQUESTS)).json()["items"]] == [body["request"]["id"]]


async def test_a_consent_that_came_with_a_submission_is_listed(caller: Client) -> None:
    given = {"version": "2025-1", "channel": "in_person", "given_at": "2025-07-29T09:00:00+08:00"}
    response = await caller.put({**make_body(1), "consent": given}, uuid4())
    items = (await caller.get(path(response.json()["family"]))).json()["items"]
    assert [(each["version"], each["channel"]) for each in items] == [("2025-1", "in_person")]


async def test_a_consent_is_withdrawn_once(caller: Client, connection: Connection) -> None:
    family = (await send_family(caller))["family"]
    given = (await caller.http.post(path(family), json=consent())).json()["id"]
    answers = await asyncio.gather(*(withdraw(caller, family, given) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409]
    late = next(each for each in answers if each.status_code == 409).json()
    assert late["type"] == "urn:ikk:problem:consent-withdrawn"
    assert late["withdrawn_at"] is not None
    assert await connection.fetchval("SELECT count(*) FROM subject_request") == 1


async def test_both_are_audited_without_personal_data(caller: Client, connection: Connection) -> None:
    family = (await send_family(caller))["family"]
    given = (await caller.http.post(path(family), json=consent())).json()["id"]
    await withdraw(caller, family, given)
    entries = await connection.fetch(
        "SELECT kind, subject, detail FROM audit_queue WHERE kind LIKE 'consent.%' UNION ALL "
        "SELECT kind, subject, detail FROM audit_log WHERE kind LIKE 'consent.%' ORDER BY kind"
    )
    assert [each["kind"] for each in entries] == ["consent.give", "consent.withdraw"]
    vault: Vault = caller.app.state.vault
    mark = json.loads(entries[0]["detail"])["after"]["version_mark"]
    assert mark == vault.consent_marks(UUID(family), consent()["version"])[0]
    assert consent()["version"] not in entries[0]["detail"]
    assert {each["subject"] for each in entries} == {f"family:{family}"}


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"given_at": hours_ago(-1)}, {"/given_at": "out_of_range"}),
        ({"given_at": "1999-12-31T00:00:00Z"}, {"/given_at": "out_of_range"}),
        ({"channel": "letter", "given_at": 5}, {"/channel": "not_allowed", "/given_at": "bad_format"}),
        ({"version": "x" * 41}, {"/version": "bad_format"}),
        ({"version": ""}, {"/version": "bad_format"}),
        ({"version": "6372.0101-0190_0001"}, {"/version": "looks_like_nik"}),
        ({"version": "6372010101900001"}, {"/version": "looks_like_nik"}),
        ({"by": "me"}, {"/by": "unknown_member"}),
    ],
)
async def test_every_fault_of_a_consent_is_listed(
    caller: Client, changed: dict[str, Any], faults: dict[str, str]
) -> None:
    family = (await send_family(caller))["family"]
    response = await caller.http.post(path(family), json=consent(**changed))
    assert response.status_code == 422
    assert codes_of(response) == faults
    assert (await caller.get(path(family))).json() == {"items": []}


async def test_every_fault_of_a_withdrawal_is_listed(caller: Client) -> None:
    family = (await send_family(caller))["family"]
    given = (await caller.http.post(path(family), json=consent())).json()["id"]
    response = await withdraw(caller, family, given, channel="paper", received_at=hours_ago(-1), why="x")
    assert codes_of(response) == {
        "/channel": "not_allowed",
        "/received_at": "out_of_range",
        "/why": "unknown_member",
    }


async def test_a_consent_of_another_family_is_not_found(caller: Client) -> None:
    one, other = [(await send_family(caller, seed))["family"] for seed in (1, 2)]
    given = (await caller.http.post(path(one), json=consent())).json()["id"]
    assert (await withdraw(caller, other, given)).status_code == 404
    assert (await withdraw(caller, one, uuid4())).status_code == 404


async def test_a_family_outside_the_caller_s_regions_is_not_found(caller: Client) -> None:
    family = (await send_family(caller))["family"]
    given = (await caller.http.post(path(family), json=consent())).json()["id"]
    await caller.sign_in(scopes=EVERYTHING, regions=["6371"])
    assert (await caller.get(path(family))).status_code == 404
    assert (await caller.http.post(path(family), json=consent())).status_code == 404
    assert (await withdraw(caller, family, given)).status_code == 404


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "families:identify"], regions=["63"])
    assert (await client.get(path(uuid4()))).status_code == 403
    assert (await client.http.post(path(uuid4()), json=consent())).status_code == 403
    assert (await withdraw(client, uuid4(), uuid4())).status_code == 403
