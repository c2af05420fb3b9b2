"""POST /v1/subject-requests/{id}/fulfil to erase leaves nothing of the family but its random id."""

from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.subject_requests import REQUESTS, ask, count_families, fulfil, send_family, serve

CARD = {
    "head_sex": "female",
    "members": 4,
    "card_number": "6372010101100001",
    "address": "Jalan Contoh 1",
    "people": [{"name": "Siti Contoh", "nik": "6372014101900001", "relation": "head"}],
}
CONSENT = {"version": "2025-1", "channel": "paper", "given_at": "2025-07-29T09:00:00+08:00"}
TABLES = ("submission", "family", "family_identity", "family_key", "consent", "identification")


async def counts(connection: Connection) -> dict[str, Any]:
    return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}


async def send_whole(client: Client) -> tuple[str, str, dict[str, Any]]:
    """Id, family and body of a submission with everything that can be stored of a family."""
    body, sent = {**make_body(1, family=CARD), "consent": CONSENT}, str(uuid4())
    response = await client.put(body, sent)
    assert response.status_code == 201, response.text
    return sent, response.json()["family"], body


async def test_it_works(caller: Client, connection: Connection) -> None:
    _, family, _ = await send_whole(caller)
    before = await counts(connection)
    assert min(before[table] for table in TABLES[:5]) == 1
    body = await serve(caller, family, "erase")
    assert (body["request"]["status"], body["request"]["family"]) == ("done", family)
    assert [(each["region"], each["year"], each["families"]) for each in body["affected"]] == [
        (LANDASAN_ULIN_SELATAN, 2025, {"before": 1, "after": 0})
    ]
    assert body["published"]["id"].startswith("Agregat")
    assert await counts(connection) == dict.fromkeys(TABLES, 0)
    assert await count_families(caller) == 0


async def test_others_stay_as_they_are(caller: Client) -> None:
    _, family, _ = await send_whole(caller)
    other = await send_family(caller, 2)
    await serve(caller, family, "erase")
    assert (await caller.get(f"/v1/submissions/{other['id']}")).json() == other
    assert await count_families(caller) == 1


async def test_a_device_that_sends_it_again_is_told_and_nothing_is_stored(
    caller: Client, connection: Connection
) -> None:
    sent, family, body = await send_whole(caller)
    await serve(caller, family, "erase")
    for content in (body, make_body(5)):
        response = await caller.put(content, sent)
        assert (response.status_code, response.json()["type"]) == (410, "urn:ikk:problem:submission-erased")
    assert await counts(connection) == dict.fromkeys(TABLES, 0)
    assert (await caller.get(f"/v1/submissions/{sent}")).status_code == 404


@pytest.mark.parametrize("region", [LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS])
async def test_nobody_else_is_told_that_it_was_erased(caller: Client, connection: Connection, region: str) -> None:
    """They get the problem of an id that somebody else has used, whatever they send, and from wherever."""
    sent, family, body = await send_whole(caller)
    await serve(caller, family, "erase")
    caller.agency_id = str(uuid4())
    await caller.sign_in(scopes=EVERYTHING, regions=[region])
    for content in (body, make_body(5)):
        response = await caller.put({**content, "region": region}, sent)
        assert (response.status_code, response.json()["type"]) == (409, "urn:ikk:problem:submission-differs")
        assert "stored" not in response.json()
    assert await counts(connection) == dict.fromkeys(TABLES, 0)


async def test_the_same_people_may_be_surveyed_again_as_a_new_family(caller: Client) -> None:
    _, family, body = await send_whole(caller)
    await serve(caller, family, "erase")
    response = await caller.put(body, uuid4())
    assert response.status_code == 201
    assert response.json()["family"] != family
    assert await count_families(caller) == 1


async def test_a_restricted_family_is_not_taken_out_of_the_sums_twice(caller: Client) -> None:
    _, family, _ = await send_whole(caller)
    await send_family(caller, 2)
    await serve(caller, family, "restrict")
    body = await serve(caller, family, "erase")
    assert body["affected"] == []
    assert await count_families(caller) == 1


async def test_what_else_the_family_asked_for_ends_with_it(caller: Client) -> None:
    _, family, _ = await send_whole(caller)
    other = await ask(caller, family, "export")
    done = await ask(caller, family, "lift")
    assert (await fulfil(caller, done)).status_code == 200
    await serve(caller, family, "erase")
    body = (await caller.get(f"{REQUESTS}/{other}")).json()
    assert (body["status"], body["refusal"]["ground"]) == ("refused", "family_erased")
    assert (await caller.get(f"{REQUESTS}/{done}")).json()["status"] == "done"
    assert (await fulfil(caller, other)).status_code == 409


async def test_nothing_new_can_be_asked_for_it(caller: Client) -> None:
    _, family, _ = await send_whole(caller)
    await serve(caller, family, "erase")
    body = {"family": family, "kind": "correct", "channel": "phone", "received_at": "2026-11-01T00:00:00Z"}
    assert (await caller.http.post(REQUESTS, json=body)).status_code == 404


async def test_no_personal_data_stays_in_any_table(caller: Client, connection: Connection) -> None:
    _, family, _ = await send_whole(caller)
    await serve(caller, family, "erase")
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for each in tables:
        rows = await connection.fetch(f'SELECT t::text AS row FROM "{each["tablename"]}" AS t')
        for value in ("6372010101100001", "6372014101900001", "Jalan Contoh", "Siti Contoh"):
            assert not any(value in row["row"] for row in rows), each["tablename"]


async def test_the_record_names_ids_and_aggregates(caller: Client, connection: Connection) -> None:
    sent, family, _ = await send_whole(caller)
    await serve(caller, family, "erase")
    detail = await connection.fetchval(
        "SELECT detail::text FROM (SELECT kind, detail FROM audit_queue UNION ALL "
        "SELECT kind, detail FROM audit_log) AS entry WHERE kind = 'family.erase'"
    )
    assert sent in detail
    assert '"families":{"before":1,"after":0}' in detail
