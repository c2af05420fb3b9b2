"""POST /v1/people/{id}/grants and DELETE …/grants/{grant}: giving a role and ending it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from app.platform.database import Connection, Database
from tests.support.accounts import OTHER_VILLAGE, VILLAGE, act_as, make_person, nobody, post
from tests.support.factories import Client, codes_of
from tests.support.people import add_person, refresh, sign_in


@pytest.fixture
async def admin(client: Client) -> Client:
    """An agency administrator of Kota Banjarbaru."""
    return await act_as(client, ("agency_administrator", "6372"))


@pytest.fixture
async def siti(database: Database) -> str:
    """A kader of Kota Banjarbaru."""
    return await make_person(database, "siti.aminah", ("kader", VILLAGE))


async def grant(
    client: Client, key: object, role: str = "supervisor", region: str = "637206", **times: Any
) -> Response:
    return await post(client, f"/{key}/grants", {"role": role, "region": region, **times})


async def end(client: Client, key: object, grant: object) -> Response:
    return await client.http.delete(f"/v1/people/{key}/grants/{grant}")


async def grants_of(connection: Connection, key: str) -> list[Any]:
    query = "SELECT id, role, ended_at FROM role_grant WHERE person_id = $1 ORDER BY role"
    return list(await connection.fetch(query, UUID(key)))


async def test_it_works(admin: Client, siti: str) -> None:
    answer = await grant(admin, siti, region="63.72.06", valid_until="2099-12-31")
    assert answer.status_code == 201, answer.text
    added = answer.json()
    assert (added["role"], added["region"], added["valid_until"]) == ("supervisor", "637206", "2099-12-31T16:00:00Z")
    held = (await admin.get(f"/v1/people/{siti}")).json()["grants"]
    assert added in held
    assert len(held) == 2
    assert (await end(admin, siti, added["id"])).status_code == 204
    ended = (await admin.get(f"/v1/people/{siti}")).json()["grants"]
    assert [each["role"] for each in ended if each["ended_at"]] == ["supervisor"]


async def test_both_are_audited_in_the_region(admin: Client, siti: str, connection: Connection) -> None:
    key = (await grant(admin, siti)).json()["id"]
    for _ in range(2):
        await end(admin, siti, key)
    rows = await connection.fetch(
        "SELECT kind, region, subject FROM audit_queue UNION ALL SELECT kind, region, subject FROM audit_log"
    )
    of_supervisor = sorted(row["kind"] for row in rows if row["region"] == "637206")
    assert of_supervisor == ["grant.create", "grant.end"]
    assert {row["subject"] for row in rows} == {f"person:{siti}"}


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {"/role": "missing", "/region": "missing"}),
        (
            {"role": "queen", "region": "desa", "why": ""},
            {"/role": "not_allowed", "/region": "bad_format", "/why": "unknown_member"},
        ),
        (
            {"role": "kader", "region": "6372", "valid_until": "2020-01-01"},
            {"/region": "wrong_level", "/valid_until": "bad_validity"},
        ),
        ({"role": "kader", "region": "6372991999"}, {"/region": "not_in_force"}),
        ({"role": "kader", "region": VILLAGE}, {"/role": "repeated"}),
    ],
)
async def test_all_faults_are_named_at_once(
    admin: Client, siti: str, connection: Connection, body: dict[str, str], faults: dict[str, str]
) -> None:
    answer = await post(admin, f"/{siti}/grants", body)
    assert (answer.status_code, codes_of(answer)) == (422, faults)
    assert len(await grants_of(connection, siti)) == 1


@pytest.mark.parametrize(
    ("role", "region"),
    [
        ("kader", OTHER_VILLAGE),
        ("analyst", "63"),
        ("analyst", "ID"),
        ("operator", VILLAGE),
        ("data_protection_officer", VILLAGE),
        ("agency_administrator", "6371"),
    ],
)
async def test_nobody_grants_more_than_they_hold(
    admin: Client, siti: str, connection: Connection, role: str, region: str
) -> None:
    answer = await grant(admin, siti, role, region)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:grant-beyond-caller")
    assert codes_of(answer) == {"/region": "beyond_caller"}
    assert len(await grants_of(connection, siti)) == 1


@pytest.mark.parametrize(("role", "region"), [("operator", "ID"), ("kader", VILLAGE), ("analyst", "63")])
async def test_nobody_grants_themself_anything(
    client: Client, database: Database, connection: Connection, role: str, region: str
) -> None:
    key = await make_person(database, "rahmat", ("operator", "ID"))
    await connection.execute("UPDATE role_grant SET valid_until = now() + interval '1 day'")
    await act_as(client, ("operator", "ID"), id=key)
    answer = await grant(client, key, role, region)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:account-beyond-caller")
    assert len(await grants_of(connection, key)) == 1


async def test_somebody_stronger_can_be_given_a_role_here(admin: Client, database: Database) -> None:
    key = await make_person(database, "kuat", ("kader", VILLAGE), ("operator", "63"))
    assert (await grant(admin, key)).status_code == 201


async def test_somebody_of_elsewhere_is_not_found(admin: Client, database: Database) -> None:
    key = await make_person(database, "budi", ("kader", OTHER_VILLAGE))
    assert (await grant(admin, key)).status_code == 404
    assert (await grant(admin, uuid4())).status_code == 404


async def test_a_role_can_be_given_again_for_a_time_after_it(admin: Client, siti: str) -> None:
    first = await grant(admin, siti, valid_until="2099-12-31")
    assert first.status_code == 201
    assert codes_of(await grant(admin, siti, valid_from="2099-12-31")) == {"/role": "repeated"}
    assert (await grant(admin, siti, valid_from="2100-01-01")).status_code == 201


async def test_a_role_that_was_ended_can_be_given_again(admin: Client, siti: str) -> None:
    await end(admin, siti, (await grant(admin, siti)).json()["id"])
    assert (await grant(admin, siti)).status_code == 201


async def test_of_the_same_grant_sent_at_once_one_is_made(admin: Client, siti: str, connection: Connection) -> None:
    answers = await asyncio.gather(*(grant(admin, siti) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422, 422]
    assert len(await grants_of(connection, siti)) == 2


async def test_a_token_with_the_role_ends_and_the_next_has_the_rest(admin: Client, database: Database) -> None:
    person = await add_person(database, grants=[("kader", VILLAGE), ("analyst", "6372")])
    with nobody(admin):
        tokens = (await sign_in(admin)).json()
    held = (await admin.get(f"/v1/people/{person.id}")).json()["grants"]
    await end(admin, person.id, next(each["id"] for each in held if each["role"] == "analyst"))
    asked = await admin.http.get("/v1/regions", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert asked.status_code == 401
    with nobody(admin):
        fresh = (await refresh(admin, tokens["refresh_token"])).json()
    assert fresh["scope"] == "submissions:write"


@pytest.mark.parametrize("role", ["operator", "data_protection_officer"])
async def test_a_role_that_one_could_not_grant_one_cannot_end(
    admin: Client, database: Database, connection: Connection, role: str
) -> None:
    key = await make_person(database, "kuat", (role, VILLAGE))
    ((grant_id, _, _),) = await grants_of(connection, key)
    answer = await end(admin, key, grant_id)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:account-beyond-caller")
    assert (await grants_of(connection, key))[0]["ended_at"] is None


async def test_a_role_here_can_be_taken_from_somebody_who_has_others_elsewhere(
    admin: Client, database: Database, connection: Connection
) -> None:
    key = await make_person(database, "pindah", ("kader", VILLAGE), ("supervisor", "6371"))
    kader, supervisor = await grants_of(connection, key)
    assert (await end(admin, key, kader["id"])).status_code == 204
    assert (await end(admin, key, supervisor["id"])).status_code == 404
    kader, supervisor = await grants_of(connection, key)
    assert (kader["ended_at"] is None, supervisor["ended_at"] is None) == (False, True)
    assert (await post(admin, f"/{key}/code")).status_code == 403, "still somebody stronger"


async def test_nobody_ends_their_own_role(client: Client, database: Database, connection: Connection) -> None:
    key = await make_person(database, "rahmat", ("operator", "ID"))
    await act_as(client, ("operator", "ID"), id=key)
    assert (await end(client, key, (await grants_of(connection, key))[0]["id"])).status_code == 403


async def test_a_role_of_somebody_else_is_not_found(admin: Client, database: Database, siti: str) -> None:
    other = await make_person(database, "ani", ("kader", VILLAGE))
    (held,) = (await admin.get(f"/v1/people/{other}")).json()["grants"]
    assert (await end(admin, siti, held["id"])).status_code == 404
    assert (await end(admin, siti, uuid4())).status_code == 404


async def test_a_role_that_is_over_stays_as_it_is(admin: Client, siti: str, connection: Connection) -> None:
    await connection.execute("UPDATE role_grant SET valid_until = now()")
    ((key, _, _),) = await grants_of(connection, siti)
    assert (await end(admin, siti, key)).status_code == 204
    assert (await grants_of(connection, siti))[0]["ended_at"] is None


async def test_who_manages_nobody_grants_and_ends_nothing(client: Client, siti: str, connection: Connection) -> None:
    await act_as(client, ("supervisor", "6372"))
    ((key, _, _),) = await grants_of(connection, siti)
    for answer in (await grant(client, siti), await end(client, siti, key)):
        assert answer.json()["scope"] == "people:manage"
