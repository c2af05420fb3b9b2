"""PATCH /v1/people/{id}, POST …/code, …/disable, …/enable: by callers who could grant all that the person holds."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from app.platform.codes import digest_code
from app.platform.database import Connection, Database
from tests.support.accounts import OTHER_VILLAGE, VILLAGE, act_as, make_person, nobody, post
from tests.support.factories import Client, codes_of
from tests.support.people import add_person, refresh, sign_in

CHANGES = ("code", "disable", "enable", "name")


@pytest.fixture
async def admin(client: Client) -> Client:
    """An agency administrator of Kota Banjarbaru."""
    return await act_as(client, ("agency_administrator", "6372"))


async def change(client: Client, key: object, what: str) -> Response:
    if what == "name":
        return await client.http.patch(f"/v1/people/{key}", json={"name": "Hj. Siti Aminah"})
    return await post(client, f"/{key}/{what}")


async def state_of(connection: Connection, key: str) -> Any:
    return await connection.fetchrow("SELECT * FROM person WHERE id = $1", UUID(key))


async def test_it_works(admin: Client, database: Database, connection: Connection) -> None:
    key = await make_person(database, "siti.aminah", ("kader", VILLAGE))
    assert (await change(admin, key, "name")).json()["name"] == "Hj. Siti Aminah"
    slip = await change(admin, key, "code")
    assert slip.status_code == 201, slip.text
    assert slip.headers["cache-control"] == "no-store"
    assert (slip.json()["username"], slip.json()["name"]) == ("siti.aminah", "Hj. Siti Aminah")
    assert (await state_of(connection, key))["code_digest"] == digest_code(slip.json()["code"])
    assert (await change(admin, key, "disable")).status_code == 204
    assert (await admin.get(f"/v1/people/{key}")).json()["disabled_at"] is not None
    assert (await change(admin, key, "enable")).status_code == 204
    assert (await admin.get(f"/v1/people/{key}")).json()["disabled_at"] is None


@pytest.mark.parametrize("what", ["code", "disable"])
async def test_everything_that_is_signed_in_ends(admin: Client, database: Database, what: str) -> None:
    person = await add_person(database)
    with nobody(admin):
        tokens = (await sign_in(admin)).json()
    assert (await change(admin, person.id, what)).status_code < 300
    with nobody(admin):
        assert (await refresh(admin, tokens["refresh_token"])).json()["error"] == "invalid_grant"
        assert (await sign_in(admin)).json()["error"] == "invalid_grant"
    answer = await admin.http.get("/v1/regions", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert answer.status_code == 401


async def test_who_was_disabled_signs_in_again_with_the_same_password(admin: Client, database: Database) -> None:
    person = await add_person(database)
    for what in ("disable", "enable"):
        await change(admin, person.id, what)
    with nobody(admin):
        assert "access_token" in (await sign_in(admin)).json()


async def test_a_disabled_person_has_no_code_left(admin: Client, database: Database, connection: Connection) -> None:
    key = await make_person(database, "siti.aminah", ("kader", VILLAGE))
    await change(admin, key, "disable")
    await change(admin, key, "enable")
    row = await state_of(connection, key)
    assert (row["code_digest"], row["code_expires_at"]) == (None, None)
    assert (await admin.get(f"/v1/people/{key}")).json()["code_expires_at"] is None


async def test_a_new_code_ends_the_one_before(admin: Client, database: Database) -> None:
    key = await make_person(database, "siti.aminah", ("kader", VILLAGE))
    codes = [(await change(admin, key, "code")).json()["code"] for _ in range(2)]
    form = {"username": "siti.aminah", "new_password": "sawah-hijau-luas"}
    answers = [await admin.http.post("/v1/token/password", data={**form, "code": code}) for code in codes]
    assert [answer.is_success for answer in answers] == [False, True]


async def test_a_code_lasts_as_long_as_is_set(admin: Client, database: Database) -> None:
    key = await make_person(database, "siti.aminah", ("kader", VILLAGE))
    left = datetime.fromisoformat((await change(admin, key, "code")).json()["code_expires_at"]) - datetime.now(UTC)
    assert timedelta(days=13.9) < left <= timedelta(days=14)


async def test_changes_are_audited_once_and_without_names(
    admin: Client, database: Database, connection: Connection
) -> None:
    key = await make_person(database, "siti.aminah", ("kader", VILLAGE), ("supervisor", "6372"))
    for what in ("name", "code", "disable", "disable", "enable", "enable"):
        await change(admin, key, what)
    rows = await connection.fetch(
        "SELECT kind, region, detail::text FROM (SELECT kind, region, detail, subject FROM audit_queue UNION ALL "
        "SELECT kind, region, detail, subject FROM audit_log) AS entry WHERE subject = $1",
        f"person:{key}",
    )
    kinds = sorted(row["kind"] for row in rows if row["kind"].startswith("person."))
    assert kinds == ["person.code", "person.create", "person.disable", "person.enable", "person.rename"]
    assert {row["region"] for row in rows if row["kind"] == "person.code"} == {"6372"}
    assert not any("iti" in row["detail"] for row in rows)


STRONGER = {
    "a role here that the administrator does not hold": [("kader", VILLAGE), ("operator", VILLAGE)],
    "a role elsewhere": [("kader", VILLAGE), ("kader", OTHER_VILLAGE)],
    "a role above": [("kader", VILLAGE), ("analyst", "63")],
    "who families are": [("data_protection_officer", VILLAGE)],
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("roles", STRONGER.values(), ids=STRONGER)
async def test_nobody_changes_somebody_who_may_do_more(
    admin: Client, database: Database, connection: Connection, roles: list[tuple[str, str]], what: str
) -> None:
    key = await make_person(database, "kuat", *roles)
    before = await state_of(connection, key)
    answer = await change(admin, key, what)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:account-beyond-caller")
    assert await state_of(connection, key) == before


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize(
    ("over", "status"),
    [
        ("valid_until = now() + interval '1 hour'", 403),
        ("valid_from = now() + interval '30 days'", 403),
        ("valid_until = now()", None),
        ("ended_at = now()", None),
    ],
)
async def test_a_role_counts_until_it_is_over_also_before_it_begins(
    admin: Client, database: Database, connection: Connection, what: str, over: str, status: int | None
) -> None:
    key = await make_person(database, "kuat", ("kader", VILLAGE), ("operator", "ID"))
    await connection.execute(f"UPDATE role_grant SET {over} WHERE role = 'operator'")
    answer = await change(admin, key, what)
    assert answer.status_code == status if status else answer.is_success


@pytest.mark.parametrize("what", CHANGES)
async def test_a_disabled_stronger_account_is_not_opened_either(
    admin: Client, database: Database, connection: Connection, what: str
) -> None:
    key = await make_person(database, "kuat", ("kader", VILLAGE), ("operator", "63"))
    await connection.execute("UPDATE person SET disabled_at = now()")
    assert (await change(admin, key, what)).status_code == 403


@pytest.mark.parametrize("what", CHANGES)
async def test_nobody_changes_their_own_account(
    client: Client, database: Database, connection: Connection, what: str
) -> None:
    key = await make_person(database, "rahmat", ("operator", "ID"))
    await act_as(client, ("operator", "ID"), id=key)
    before = await state_of(connection, key)
    assert (await change(client, key, what)).json()["type"] == "urn:ikk:problem:account-beyond-caller"
    assert await state_of(connection, key) == before


@pytest.mark.parametrize("what", CHANGES)
async def test_somebody_of_elsewhere_is_not_found(admin: Client, database: Database, what: str) -> None:
    key = await make_person(database, "budi", ("kader", OTHER_VILLAGE))
    assert (await change(admin, key, what)).status_code == 404
    assert (await change(admin, uuid4(), what)).status_code == 404


@pytest.mark.parametrize("what", CHANGES)
async def test_who_manages_nobody_changes_nobody(client: Client, database: Database, what: str) -> None:
    key = await make_person(database, "siti.aminah", ("kader", VILLAGE))
    await act_as(client, ("supervisor", "6372"), ("data_protection_officer", "ID"))
    assert (await change(client, key, what)).json()["scope"] == "people:manage"


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"name": ""}, {"/name": "bad_format"}),
        ({"name": "Siti 6372010101900001"}, {"/name": "looks_like_nik"}),
        ({"name": "Siti", "username": "siti2"}, {"/username": "unknown_member"}),
    ],
)
async def test_only_a_name_can_be_corrected(
    admin: Client, database: Database, body: dict[str, str], faults: dict[str, str]
) -> None:
    key = await make_person(database, "siti.aminah", ("kader", VILLAGE))
    answer = await admin.http.patch(f"/v1/people/{key}", json=body)
    assert (answer.status_code, codes_of(answer)) == (422, faults)
