"""GET /v1/families/earlier-identities, the earlier identities that are to be settled."""

import json
from typing import Any

from app.platform.database import Connection
from tests.routers.families.test_settle_identity import NEW, OLD, changed_family, settle
from tests.routers.intake.test_a_family_counts_once import on
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of
from tests.support.families import put

PATH = "/v1/families/earlier-identities"


async def listed(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(PATH, **query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_it_works(caller: Client, connection: Connection) -> None:
    assert await listed(caller) == []
    family, _, second = await changed_family(caller)
    (row,) = await listed(caller)
    assert (row["family"], row["region"], row["dotted"]) == (family, LANDASAN_ULIN_SELATAN, "63.72.06.1004")
    assert (row["reason"], row["submission"]) == ("changed", second)
    shown = (await caller.get(f"/v1/families/{family}")).json()["earlier_identities"][0]
    assert row["id"] == shown["id"]
    text = json.dumps(row)
    assert not [each for person in (*OLD, *NEW) for each in person.values() if each in text]
    await settle(caller, family, **{"as": "same"})
    assert await listed(caller) == []
    details = "SELECT detail FROM audited WHERE kind = 'identity.list' ORDER BY at"
    assert [json.loads(row["detail"]) for row in await connection.fetch(details)] == [
        {"found": number} for number in (0, 1, 0)
    ]


async def test_pages_go_on_in_the_order_in_which_they_were_kept(caller: Client) -> None:
    families = []
    for number in range(1, 4):
        card = f"637201010110{number:04}"
        families.append((await put(caller, on("2025-03-01", 1, card, people=OLD)))["family"])
        await put(caller, on("2025-09-01", 2, card, people=NEW))
    seen, query = list[str](), dict[str, Any]()
    while query.get("cursor", "") is not None:
        page = (await caller.get(PATH, limit=1, **query)).json()
        seen += [each["family"] for each in page["items"]]
        query = {"cursor": page["next"]}
    assert seen == families


async def test_only_those_of_a_region_of_the_caller_are_listed(caller: Client) -> None:
    await changed_family(caller)
    assert len(await listed(caller, region="637206")) == 1
    assert await listed(caller, region=GUNTUNG_MANGGIS) == []
    await caller.sign_in(scopes=EVERYTHING, regions=[GUNTUNG_MANGGIS])
    assert await listed(caller) == []
    answer = await caller.get(PATH, region=LANDASAN_ULIN_SELATAN)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:region-outside-caller")


async def test_what_is_no_region_is_a_fault(caller: Client) -> None:
    answer = await caller.get(PATH, region="637")
    assert (answer.status_code, set(codes_of(answer))) == (422, {"region"})
