"""POST /v1/families/{id}/identifications/{identification}/approve, and what waits for it"""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from fastapi import FastAPI

from app.platform.database import Connection
from tests.support.factories import EVERYTHING, Client
from tests.support.families import make_named_body, state_purpose, take
from tests.support.subject_requests import REQUESTS, ask


@pytest.fixture
async def asking(caller: Client, app: FastAPI) -> AsyncIterator[Client]:
    """A caller of a service that asks for a second person."""
    before = app.state.settings
    app.state.settings = before.model_copy(update={"identification_approval": True})
    yield caller
    app.state.settings = before


async def become_another(client: Client, regions: tuple[str, ...] = ("63",)) -> None:
    client.agency_id = str(uuid4())
    await client.sign_in(scopes=EVERYTHING, regions=regions)


async def approve(client: Client, family: str, identification: str) -> tuple[int, str]:
    answer = await client.http.post(f"/v1/families/{family}/identifications/{identification}/approve")
    return answer.status_code, answer.json().get("state", answer.json().get("type"))


async def test_it_works(asking: Client, connection: Connection) -> None:
    family = await take(asking, make_named_body())
    request = await ask(asking, family, "export")
    stated = (await state_purpose(asking, family, note="Ibu meminta", minutes=30)).json()
    assert stated["state"] == "waiting"
    first, headers = asking.agency_id, asking.http.headers["Authorization"]
    for path in (f"/v1/families/{family}/identity", f"{REQUESTS}/{request}/export"):
        assert (await asking.get(path)).json()["type"] == "urn:ikk:problem:identification-needed"
    await become_another(asking)
    seen = (await asking.get(f"/v1/families/{family}/identifications/{stated['id']}")).json()
    assert (seen["note"], seen["stated_by"], seen["state"]) == ("Ibu meminta", first, "waiting")
    answer = await asking.http.post(f"/v1/families/{family}/identifications/{stated['id']}/approve")
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert (done["state"], done["approved_by"]) == ("live", asking.agency_id)
    left = datetime.fromisoformat(done["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    # Only whoever stated it may read.
    assert (await asking.get(f"/v1/families/{family}/identity")).status_code == 403
    asking.http.headers["Authorization"] = headers
    assert (await asking.get(f"/v1/families/{family}/identity")).status_code == 200
    (told,) = (await asking.get(f"{REQUESTS}/{request}/export")).json()["identifications"]
    assert told["approved_by"] == asking.agency_id
    row = await connection.fetchrow("SELECT * FROM audited WHERE kind = 'identification.approve'")
    assert (row["subject"], row["caller_id"]) == (f"family:{family}", asking.agency_id)
    assert json.loads(row["detail"]) == {"identification": stated["id"], "caller_id": first}


async def test_nobody_approves_their_own(asking: Client, connection: Connection) -> None:
    family = await take(asking, make_named_body())
    stated = (await state_purpose(asking, family)).json()
    assert await approve(asking, family, stated["id"]) == (403, "urn:ikk:problem:own-identification")
    assert await connection.fetchval("SELECT approved_at FROM identification") is None


async def test_one_of_another_family_or_region_is_not_found(asking: Client) -> None:
    family, other = await take(asking, make_named_body(1)), await take(asking, make_named_body(2))
    stated = (await state_purpose(asking, family)).json()
    await become_another(asking)
    assert (await approve(asking, other, stated["id"]))[0] == 404
    assert (await approve(asking, family, str(uuid4())))[0] == 404
    await become_another(asking, ("6371",))
    assert (await approve(asking, family, stated["id"]))[0] == 404


async def test_one_that_does_not_wait_is_a_conflict(asking: Client, connection: Connection) -> None:
    family = await take(asking, make_named_body())
    twice, late = [(await state_purpose(asking, family)).json()["id"] for _ in range(2)]
    await connection.execute("UPDATE identification SET expires_at = now() WHERE id::text = $1", late)
    await become_another(asking)
    assert await approve(asking, family, twice) == (200, "live")
    for identification in (twice, late):
        assert await approve(asking, family, identification) == (409, "urn:ikk:problem:identification-not-waiting")


async def test_without_the_setting_none_waits(caller: Client) -> None:
    family = await take(caller, make_named_body())
    stated = (await state_purpose(caller, family)).json()
    assert stated["state"] == "live"
    await become_another(caller)
    assert await approve(caller, family, stated["id"]) == (409, "urn:ikk:problem:identification-not-waiting")
