"""GET /v1/me: who holds the token of this request."""

from datetime import datetime

from app.platform.database import Database
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client
from tests.support.people import add_person, me, sign_in


async def test_it_works(client: Client, database: Database) -> None:
    siti = await add_person(database, grants=[("kader", LANDASAN_ULIN_SELATAN), ("analyst", "63")])
    signed_in = (await sign_in(client)).json()
    response = await me(client, signed_in["access_token"])
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert (body["kind"], body["id"]) == ("person", str(siti.id))
    assert body["scopes"] == {
        "submissions:write": [LANDASAN_ULIN_SELATAN],
        "aggregates:read": ["63"],
    }
    assert datetime.fromisoformat(body["expires"]).tzinfo is not None


async def test_an_agency_is_told_so(client: Client) -> None:
    await client.sign_in(scopes=["metrics:read"], regions=["ID"])
    body = (await client.get("/v1/me")).json()
    assert (body["kind"], body["id"], body["scopes"]) == ("agency", client.agency_id, {"metrics:read": ["ID"]})


async def test_without_a_token_it_is_closed(client: Client) -> None:
    assert (await client.get("/v1/me")).status_code == 401
