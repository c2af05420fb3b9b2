"""GET /v1/families/{id}"""

from uuid import uuid4

import pytest

from app.platform.database import Connection
from tests.support.factories import EVERYTHING, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.families import make_named_body, take


async def test_it_works(caller: Client) -> None:
    sent = (await caller.put(make_named_body())).json()
    answer = await caller.get(f"/v1/families/{sent['family']}")
    assert answer.status_code == 200, answer.text
    family = answer.json()
    assert (family["id"], family["region"], family["restricted_at"]) == (sent["family"], LANDASAN_ULIN_SELATAN, None)
    assert family["created_at"] == sent["receipt"]["received_at"]
    (submission,) = family["submissions"]
    assert (submission["id"], submission["year"], submission["revision"]) == (sent["id"], 2025, 1)
    assert (submission["instrument"], submission["version"]) == ("ikk-29", "2025.1")
    (consent,) = family["consents"]
    assert (consent["version"], consent["channel"], consent["withdrawn_at"]) == ("2025-1", "in_person", None)


async def test_nothing_that_names_the_family_is_told(caller: Client) -> None:
    body = make_named_body()
    text = (await caller.get(f"/v1/families/{await take(caller, body)}")).text
    family = body["family"]
    for secret in (family["card_number"], family["address"], *(each["nik"] for each in family["people"])):
        assert secret not in text


async def test_submissions_come_by_the_time_of_their_interviews(caller: Client) -> None:
    years = (2026, 2024, 2025)
    (family,) = {await take(caller, make_named_body() | {"surveyed_at": f"{year}-03-01T00:00:00Z"}) for year in years}
    told = (await caller.get(f"/v1/families/{family}")).json()["submissions"]
    assert [each["year"] for each in told] == [2024, 2025, 2026]


async def test_a_restriction_is_told(caller: Client, connection: Connection) -> None:
    family = await take(caller, make_body())
    await connection.execute("UPDATE family SET restricted_at = '2026-01-02T03:04:05Z'")
    assert (await caller.get(f"/v1/families/{family}")).json()["restricted_at"] == "2026-01-02T03:04:05Z"


async def test_the_look_is_audited(caller: Client, connection: Connection) -> None:
    family = await take(caller, make_body())
    await caller.get(f"/v1/families/{family}")
    row = await connection.fetchrow("SELECT * FROM audited WHERE kind = 'family.read'")
    assert (row["subject"], row["region"]) == (f"family:{family}", LANDASAN_ULIN_SELATAN)


@pytest.mark.parametrize("regions", [["62"], ["637202"], []])
async def test_a_family_outside_the_caller_s_regions_is_not_found(caller: Client, regions: list[str]) -> None:
    family = await take(caller, make_body())
    await caller.sign_in(scopes=EVERYTHING, regions=regions)
    assert (await caller.get(f"/v1/families/{family}")).status_code == 404


async def test_a_family_that_is_not_there_is_not_found(caller: Client) -> None:
    assert (await caller.get(f"/v1/families/{uuid4()}")).status_code == 404


async def test_what_is_no_id_is_a_fault(caller: Client) -> None:
    assert (await caller.get("/v1/families/6372010101100001")).status_code == 422


async def test_without_token_it_is_refused(client: Client) -> None:
    assert (await client.get(f"/v1/families/{uuid4()}")).status_code == 401


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "families:identify"], regions=["63"])
    assert (await client.get(f"/v1/families/{uuid4()}")).status_code == 403
