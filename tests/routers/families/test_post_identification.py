"""POST /v1/families/{id}/identifications"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection
from app.platform.encryption import Vault
from tests.support.factories import EVERYTHING, LANDASAN_ULIN_SELATAN, Client, codes_of, make_body
from tests.support.families import PURPOSE, state_purpose, take


async def test_it_works(caller: Client) -> None:
    family = await take(caller, make_body())
    answer = await state_purpose(caller, family, minutes=30)
    assert answer.status_code == 201, answer.text
    stated = answer.json()
    assert (stated["family"], stated["purpose"], stated["state"]) == (family, PURPOSE, "live")
    assert (stated["letter"], stated["note"], stated["approved_by"]) == (None, None, None)
    assert stated["stated_by"] == caller.agency_id
    left = datetime.fromisoformat(stated["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)


async def test_the_purpose_is_audited(caller: Client, connection: Connection) -> None:
    family = await take(caller, make_body())
    stated = (await state_purpose(caller, family)).json()
    row = await connection.fetchrow("SELECT * FROM audited WHERE kind = 'identification.create'")
    assert (row["subject"], row["region"]) == (f"family:{family}", LANDASAN_ULIN_SELATAN)
    told = {"identification": stated["id"], "purpose": PURPOSE, "letter": None, "minutes": 10}
    assert json.loads(row["detail"]) == told


async def test_letter_and_note_are_beside_the_family_and_not_in_the_log(caller: Client, connection: Connection) -> None:
    family = await take(caller, make_body())
    words = {"letter": "460/112/BUDI", "note": "Ibu Zubaidah meminta pembetulan"}
    stated = (await state_purpose(caller, family, **words)).json()
    assert {name: stated[name] for name in words} == words
    seen = await caller.get(f"/v1/families/{family}/identifications/{stated['id']}")
    assert seen.json() == stated
    vault: Vault = caller.app.state.vault
    row = await connection.fetchrow("SELECT * FROM audited WHERE kind = 'identification.create'")
    assert json.loads(row["detail"])["letter"] == vault.letter_marks(words["letter"])[0]
    whole = await connection.fetch(
        "SELECT audited::text FROM audited UNION ALL SELECT t::text FROM identification AS t"
    )
    assert not [each for each in whole if "BUDI" in each[0] or "Zubaidah" in each[0]]


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"purpose": "a reason of my own"}, {"/purpose": "not_allowed"}),
        ({"purpose": "unlisted"}, {"/purpose": "not_allowed"}),
        ({"letter": "zubaidah"}, {"/letter": "bad_format"}),
        ({"letter": "6372/0101.0190-0001"}, {"/letter": "looks_like_nik"}),
        ({"note": "x" * 201}, {"/note": "bad_format"}),
        ({"note": "a line\x00of text"}, {"/note": "unreadable"}),
        ({"note": "about 6372 0101-0190.0001"}, {"/note": "looks_like_nik"}),
        ({"minutes": 0}, {"/minutes": "too_small"}),
        ({"minutes": 241}, {"/minutes": "too_large"}),
        ({"minutes": "10"}, {"/minutes": "wrong_type"}),
        ({"minutes": 1.5}, {"/minutes": "wrong_type"}),
        ({"hours": 1}, {"/hours": "unknown_member"}),
        ({"purpose": "", "minutes": None}, {"/purpose": "not_allowed", "/minutes": "missing"}),
    ],
)
async def test_what_is_no_purpose_is_a_fault(
    caller: Client, connection: Connection, changed: dict[str, Any], faults: dict[str, str]
) -> None:
    family = await take(caller, make_body())
    answer = await state_purpose(caller, family, **changed)
    assert answer.status_code == 422, answer.text
    assert codes_of(answer) == faults
    assert await connection.fetchval("SELECT count(*) FROM identification") == 0


async def test_a_family_outside_the_caller_s_regions_is_not_found(caller: Client, connection: Connection) -> None:
    family = await take(caller, make_body())
    await caller.sign_in(scopes=EVERYTHING, regions=["637202"])
    assert (await state_purpose(caller, family)).status_code == 404
    assert (await state_purpose(caller, str(uuid4()))).status_code == 404
    assert await connection.fetchval("SELECT count(*) FROM identification") == 0


async def test_without_token_it_is_refused(client: Client) -> None:
    assert (await state_purpose(client, str(uuid4()))).status_code == 401


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "families:identify"], regions=["63"])
    assert (await state_purpose(client, str(uuid4()))).status_code == 403
