"""PUT /v1/submissions/{id}: names, NIKs and addresses are stored only with a basis."""

from typing import Any

import pytest
from fastapi import FastAPI

from app.platform.database import Connection
from tests.support.factories import Client, codes_of, make_body
from tests.support.families import counted, identity_of, put, state_purpose
from tests.support.subject_requests import ask, fulfil, serve

PEOPLE = [{"name": "Orang Satu", "nik": "6372010101900001"}]
CONSENT = {"version": "2025-1", "given_at": "2025-07-29T09:00:00+08:00", "channel": "paper"}


def interview(family: dict[str, Any], **stated: Any) -> dict[str, Any]:
    body = make_body()
    return {**body, **stated, "family": {**body["family"], **family}}


@pytest.mark.parametrize(
    ("stated", "basis"),
    [
        ({"consent": CONSENT}, "consent"),
        ({"basis": "public_task"}, "public_task"),
        ({"basis": "public_task", "consent": CONSENT}, "public_task"),
    ],
)
async def test_it_works_with_a_consent_or_a_public_task(
    caller: Client, connection: Connection, app: FastAPI, stated: dict[str, Any], basis: str
) -> None:
    family = (await put(caller, interview({"people": PEOPLE, "address": "Jalan Melati 7"}, **stated)))["family"]
    assert await connection.fetchval("SELECT basis FROM family_identity") == basis
    assert (await identity_of(connection, app, family))["basis"] == basis
    await state_purpose(caller, family)
    assert (await caller.get(f"/v1/families/{family}/identity")).json()["basis"] == basis
    request = await ask(caller, family, "export")
    export = (await caller.get(f"/v1/subject-requests/{request}/export")).json()
    assert export["identity"]["basis"] == basis


@pytest.mark.parametrize("stated", [{}, {"consent": None}, {"basis": None}])
@pytest.mark.parametrize(
    ("family", "pointers"),
    [
        ({"people": PEOPLE}, ["/family/people"]),
        ({"people": [{"relation": "head"}]}, ["/family/people"]),
        ({"address": "Jalan Melati 7"}, ["/family/address"]),
        ({"people": PEOPLE, "address": "Jalan Melati 7"}, ["/family/people", "/family/address"]),
    ],
)
async def test_without_a_basis_it_is_a_fault_at_each_member(
    caller: Client, connection: Connection, stated: dict[str, Any], family: dict[str, Any], pointers: list[str]
) -> None:
    answer = await caller.put(interview(family, **stated))
    assert answer.status_code == 422, answer.text
    assert codes_of(answer) == dict.fromkeys(pointers, "basis_missing")
    assert "Orang" not in answer.text
    assert set((await counted(connection)).values()) == {0}


@pytest.mark.parametrize("family", [{}, {"people": []}, {"people": None, "address": None}])
async def test_a_card_number_alone_needs_none(caller: Client, connection: Connection, family: dict[str, Any]) -> None:
    await put(caller, interview(family))
    assert await connection.fetchval("SELECT basis FROM family_identity") is None


async def test_a_basis_that_does_not_exist_is_a_fault_of_its_own(caller: Client) -> None:
    answer = await caller.put(interview({"people": PEOPLE}, basis="zebra"))
    assert codes_of(answer) == {"/basis": "not_allowed"}


async def test_the_basis_stays_while_later_interviews_name_nobody(caller: Client, connection: Connection) -> None:
    await put(caller, interview({"people": PEOPLE}, consent=CONSENT))
    later = {**interview({}), "surveyed_at": "2026-03-01T00:00:00Z"}
    await put(caller, {**later, "answers": {**later["answers"], "savings": "refused"}})
    assert await connection.fetchval("SELECT basis FROM family_identity") == "consent"


async def test_a_corrected_identity_needs_a_basis_unless_one_is_stored(caller: Client, connection: Connection) -> None:
    family = (await put(caller, interview({})))["family"]
    request = await ask(caller, family, "correct")
    identity = {"people": PEOPLE, "address": "Jalan Melati 7"}
    answer = await fulfil(caller, request, {"identity": identity})
    assert codes_of(answer) == {"/identity/people": "basis_missing", "/identity/address": "basis_missing"}
    assert (await fulfil(caller, request, {"identity": {**identity, "basis": "consent"}})).status_code == 200
    await serve(caller, family, "correct", {"identity": {"people": [{"name": "Orang Dua"}]}})
    assert await connection.fetchval("SELECT basis FROM family_identity") == "consent"


async def test_a_corrected_submission_needs_one_as_a_new_one_does(caller: Client) -> None:
    receipt = await put(caller, interview({}))
    request = await ask(caller, receipt["family"], "correct")
    answer = await fulfil(caller, request, {"submissions": {receipt["id"]: interview({"people": PEOPLE})}})
    assert codes_of(answer) == {f"/submissions/{receipt['id']}/family/people": "basis_missing"}
