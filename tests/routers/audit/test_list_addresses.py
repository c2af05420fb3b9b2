"""GET /v1/audit/addresses, and what is kept of addresses"""

import json
from uuid import uuid4

import pytest
from fastapi import FastAPI

from app.access import NOBODY, Caller
from app.platform.addresses import Addresses
from app.platform.database import Connection, Database, UnavailableError
from app.services.audit.addresses import forget_addresses
from tests.support.factories import EVERYTHING, Client, codes_of, make_agency
from tests.support.people import add_person, ask, sign_in

PATH = "/v1/audit/addresses"
HERE = "127.0.0.1"


async def become_auditor(client: Client) -> None:
    """Another caller, who holds every scope in the whole country."""
    client.agency_id = str(uuid4())
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])


async def test_it_works(caller: Client, app: FastAPI, database: Database) -> None:
    whom = caller.agency_id
    for _ in range(3):
        await caller.get("/v1/me")
    await app.state.address_keeper.store(database)
    await caller.get("/v1/me")
    await app.state.address_keeper.store(database)
    await become_auditor(caller)
    answer = await caller.get(PATH, caller=whom)
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["items"]
    assert (row["caller"], row["caller_kind"], row["address"], row["uses"]) == (whom, "agency", HERE, 4)
    assert row["first_seen_at"] < row["last_seen_at"]
    assert row["refused"] is False
    (same,) = (await caller.get(PATH, token=row["token"])).json()["items"]
    assert same == row
    assert (await caller.get(PATH, token=str(uuid4()))).json()["items"] == []


async def test_a_request_that_is_refused_counts_too(caller: Client, app: FastAPI, database: Database) -> None:
    whom = caller.agency_id
    await caller.sign_in(scopes=["aggregates:read"], regions=["63"])
    assert (await caller.get(f"/v1/families/{uuid4()}/identity")).status_code == 403
    await app.state.address_keeper.store(database)
    await become_auditor(caller)
    assert [each["uses"] for each in (await caller.get(PATH, caller=whom)).json()["items"]] == [1]


async def test_refused_sign_ins_are_kept_by_account(client: Client, app: FastAPI, database: Database) -> None:
    person = await add_person(database)
    async with database.session() as session:
        await make_agency(session, "dinas-uji", scopes=["aggregates:read"], regions=["63"])
    for _ in range(2):
        assert (await sign_in(client, password="wrong-password-here")).status_code == 400
    assert (await sign_in(client, username="nobody.here")).status_code == 400
    wrong = {"grant_type": "client_credentials", "client_id": "dinas-uji", "client_secret": "wrong"}
    assert (await ask(client, **wrong)).status_code == 401
    await become_auditor(client)
    agency = (await client.get("/v1/agencies")).json()["items"][0]["id"]
    expected = {str(person.id): ("person", 2), agency: ("agency", 1), NOBODY.id: ("nobody", 1)}
    for whom, told in expected.items():
        (row,) = (await client.get(PATH, caller=whom)).json()["items"]
        assert (row["caller_kind"], row["uses"]) == told
        assert (row["refused"], row["token"], row["address"]) == (True, None, HERE)


async def test_looking_is_audited_and_no_address_is_in_the_log(
    caller: Client, app: FastAPI, database: Database, connection: Connection
) -> None:
    whom = caller.agency_id
    await caller.get("/v1/me")
    await app.state.address_keeper.store(database)
    await become_auditor(caller)
    await caller.get(PATH, caller=whom)
    row = await connection.fetchrow("SELECT * FROM audited WHERE kind = 'address.read'")
    assert (row["caller_id"], row["region"]) == (caller.agency_id, None)
    assert json.loads(row["detail"]) == {"wanted": {"caller_id": whom}, "entries": 1}
    assert HERE not in str([dict(each) for each in await connection.fetch("SELECT * FROM audited")])


async def test_pages_go_on_where_the_one_before_ended(caller: Client, connection: Connection) -> None:
    await connection.execute(
        "INSERT INTO address_use (caller_kind, caller_id, token_id, address, uses, first_seen_at, last_seen_at) "
        "SELECT 'agency', $1::uuid, 't', '192.0.2.' || n, 1, now(), now() - n / 2 * interval '1 minute' "
        "FROM generate_series(1, 7) AS n",
        caller.agency_id,
    )
    whom = caller.agency_id
    await become_auditor(caller)
    found, query = [], {"caller": whom, "limit": "2"}
    while True:
        page = (await caller.get(PATH, **query)).json()
        found += [each["address"] for each in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
        assert "192" not in page["next"]
    assert sorted(found) == [f"192.0.2.{n}" for n in range(1, 8)]


async def test_after_the_time_in_the_settings_they_are_forgotten(database: Database, connection: Connection) -> None:
    await connection.execute(
        "INSERT INTO address_use (caller_kind, caller_id, token_id, address, uses, first_seen_at, last_seen_at) "
        "SELECT 'agency', $1::uuid, 't', days::text, 1, now(), now() - days * interval '1 day' "
        "FROM unnest(ARRAY[89, 91]) AS days",
        uuid4(),
    )
    async with database.connection() as bare:
        await forget_addresses(bare, days=90)
    assert [row[0] for row in await connection.fetch("SELECT address FROM address_use")] == ["89"]


async def test_what_cannot_be_stored_is_kept_for_the_next_time() -> None:
    addresses = Addresses()
    caller = Caller("person", str(uuid4()), {}, (), 0, token_id=str(uuid4()))
    addresses.note(caller, HERE)
    taken = addresses.take()
    addresses.note(caller, HERE)
    addresses.note(caller, "192.0.2.1")
    addresses.give_back(taken)
    kept = addresses.take()
    assert {place[3]: seen.uses for place, seen in kept.items()} == {HERE: 2, "192.0.2.1": 1}
    assert addresses.take() == {}


async def test_while_the_database_is_away_nothing_is_lost(
    caller: Client, app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    whom = caller.agency_id
    await caller.get("/v1/me")

    def away() -> None:
        raise UnavailableError

    with monkeypatch.context() as patch:
        patch.setattr(database, "connection", away)
        with pytest.raises(UnavailableError):
            await app.state.address_keeper.store(database)
    await app.state.address_keeper.store(database)
    await become_auditor(caller)
    assert [each["uses"] for each in (await caller.get(PATH, caller=whom)).json()["items"]] == [1]


@pytest.mark.parametrize("regions", [["63"], ["63", "64"], []])
async def test_only_for_the_whole_country(caller: Client, regions: list[str]) -> None:
    await caller.sign_in(scopes=EVERYTHING, regions=regions)
    answer = await caller.get(PATH, caller=caller.agency_id)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:region-outside-caller")


async def test_what_is_asked_has_to_be_named(caller: Client) -> None:
    await become_auditor(caller)
    assert codes_of(await caller.get(PATH)) == {"caller": "missing"}
    assert codes_of(await caller.get(PATH, caller="siti")) == {"caller": "bad_format"}
    assert codes_of(await caller.get(PATH, caller=str(uuid4()), cursor="x")) == {"cursor": "bad_cursor"}


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "audit:read"], regions=["ID"])
    assert (await client.get(PATH, caller=str(uuid4()))).status_code == 403
