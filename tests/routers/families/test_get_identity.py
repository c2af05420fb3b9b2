"""GET /v1/families/{id}/identity"""

import json
from uuid import uuid4

import pytest
from fastapi import FastAPI

from app.platform.database import Connection
from tests.support.factories import EVERYTHING, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.families import make_named_body, rotate, state_purpose, take

NEEDED = "urn:ikk:problem:identification-needed"


async def open_identity(client: Client, family: str) -> str:
    answer = await state_purpose(client, family)
    assert answer.status_code == 201, answer.text
    identification: str = answer.json()["id"]
    return identification


async def test_it_works(caller: Client) -> None:
    body = make_named_body()
    family = await take(caller, body)
    identification = await open_identity(caller, family)
    answer = await caller.get(f"/v1/families/{family}/identity")
    assert answer.status_code == 200, answer.text
    identity, told = answer.json(), body["family"]
    assert (identity["family"], identity["identification"]) == (family, identification)
    assert {name: identity[name] for name in ("card_number", "address", "people")} == {
        name: told[name] for name in ("card_number", "address", "people")
    }
    assert identity["earlier_cards"] == []


async def test_it_is_kept_by_nobody_on_the_way(caller: Client) -> None:
    family = await take(caller, make_named_body())
    await open_identity(caller, family)
    assert (await caller.get(f"/v1/families/{family}/identity")).headers["cache-control"] == "no-store"


async def test_a_family_that_told_nothing_has_an_empty_identity(caller: Client) -> None:
    body = make_body()
    del body["family"]["card_number"]
    family = await take(caller, body)
    await open_identity(caller, family)
    identity = (await caller.get(f"/v1/families/{family}/identity")).json()
    assert (identity["card_number"], identity["address"], identity["people"]) == (None, None, [])


async def test_every_reading_is_audited_with_its_purpose(caller: Client, connection: Connection) -> None:
    body = make_named_body()
    family = await take(caller, body)
    identification = await open_identity(caller, family)
    for _ in range(2):
        await caller.get(f"/v1/families/{family}/identity")
    rows = await connection.fetch("SELECT * FROM audited WHERE kind = 'identity.read'")
    assert [json.loads(row["detail"]) for row in rows] == [{"identification": identification}] * 2
    assert {(row["subject"], row["region"]) for row in rows} == {(f"family:{family}", LANDASAN_ULIN_SELATAN)}


async def test_without_a_stated_purpose_it_is_refused(caller: Client, connection: Connection) -> None:
    family = await take(caller, make_named_body())
    answer = await caller.get(f"/v1/families/{family}/identity")
    assert (answer.status_code, answer.json()["type"]) == (403, NEEDED)
    assert await connection.fetchval("SELECT count(*) FROM audited WHERE kind = 'identity.read'") == 0


async def test_a_purpose_stated_for_another_family_does_not_help(caller: Client) -> None:
    family, other = await take(caller, make_named_body(1)), await take(caller, make_named_body(2))
    await open_identity(caller, other)
    assert (await caller.get(f"/v1/families/{family}/identity")).json()["type"] == NEEDED


async def test_a_purpose_stated_by_another_caller_does_not_help(caller: Client) -> None:
    family = await take(caller, make_named_body())
    await open_identity(caller, family)
    caller.agency_id = str(uuid4())
    await caller.sign_in(scopes=EVERYTHING, regions=["63"])
    assert (await caller.get(f"/v1/families/{family}/identity")).json()["type"] == NEEDED


async def test_when_the_time_is_over_it_is_refused(caller: Client, connection: Connection) -> None:
    family = await take(caller, make_named_body())
    await open_identity(caller, family)
    await connection.execute("UPDATE identification SET expires_at = now()")
    assert (await caller.get(f"/v1/families/{family}/identity")).json()["type"] == NEEDED


async def test_an_older_purpose_that_still_holds_is_enough(caller: Client, connection: Connection) -> None:
    family = await take(caller, make_named_body())
    first = await open_identity(caller, family)
    second = await open_identity(caller, family)
    await connection.execute("UPDATE identification SET expires_at = now() WHERE id::text = $1", second)
    assert (await caller.get(f"/v1/families/{family}/identity")).json()["identification"] == first


async def test_after_a_rotation_it_is_read_as_before(caller: Client, app: FastAPI) -> None:
    body = make_named_body()
    family = await take(caller, body)
    await open_identity(caller, family)
    rotate(app, "identity")
    answer = await caller.get(f"/v1/families/{family}/identity")
    assert answer.json()["card_number"] == body["family"]["card_number"]


async def test_an_identity_copied_from_another_family_is_not_shown(caller: Client, connection: Connection) -> None:
    family, other = await take(caller, make_named_body(1)), await take(caller, make_named_body(2))
    await connection.execute(
        "UPDATE family_identity SET encrypted = (SELECT encrypted FROM family_identity WHERE family_id::text = $2) "
        "WHERE family_id::text = $1", family, other
    )  # fmt: skip
    await open_identity(caller, family)
    answer = await caller.get(f"/v1/families/{family}/identity")
    assert answer.status_code == 500
    assert make_named_body(2)["family"]["card_number"] not in answer.text


@pytest.mark.parametrize("regions", [["637202"], ["62"], []])
async def test_a_family_outside_the_caller_s_regions_is_not_found(caller: Client, regions: list[str]) -> None:
    family = await take(caller, make_named_body())
    await open_identity(caller, family)
    await caller.sign_in(scopes=EVERYTHING, regions=regions)
    assert (await caller.get(f"/v1/families/{family}/identity")).status_code == 404


async def test_without_token_it_is_refused(client: Client) -> None:
    assert (await client.get(f"/v1/families/{uuid4()}/identity")).status_code == 401


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "families:identify"], regions=["63"])
    assert (await client.get(f"/v1/families/{uuid4()}/identity")).status_code == 403


async def test_an_identity_whose_key_is_lost_is_told_as_that(caller: Client, connection: Connection) -> None:
    family = await take(caller, make_named_body())
    await open_identity(caller, family)
    await connection.execute("UPDATE family_identity SET key_id = 'lost'")
    answer = await caller.get(f"/v1/families/{family}/identity")
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:ikk:problem:identity-unreadable")
