"""A grant beyond whoever made the last one-time code ends the password, because they may know it."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from app.platform.database import Connection, Database
from tests.commands.test_commands import Command, printed_by
from tests.support.accounts import OTHER_VILLAGE, VILLAGE, act_as, body_of, make_person, nobody, post, post_file
from tests.support.factories import EVERYTHING, Client
from tests.support.people import PASSWORD, add_person, assert_refused, me, refresh, sign_in

NEW_PASSWORD = "perahu-kelotok-pagi"


@pytest.fixture
async def village_admin(database: Database) -> str:
    return await make_person(database, "admin.desa", ("agency_administrator", VILLAGE))


@pytest.fixture
async def siti(client: Client, village_admin: str) -> str:
    """A kader whose one-time code the administrator of the village made."""
    await act_as(client, ("agency_administrator", VILLAGE), id=village_admin)
    answer = await post(client, "", body_of())
    assert answer.status_code == 201, answer.text
    assert (await set_password(client, answer.json()["code"])).status_code == 204
    key: str = answer.json()["id"]
    return key


async def set_password(client: Client, code: str, password: str = PASSWORD) -> Response:
    form = {"username": "siti.aminah", "code": code, "new_password": password}
    return await client.http.post("/v1/token/password", data=form)


async def grant(client: Client, key: str, role: str, region: str, **times: Any) -> Response:
    answer = await post(client, f"/{key}/grants", {"role": role, "region": region, **times})
    assert answer.status_code == 201, answer.text
    return answer


async def signed_in(client: Client) -> dict[str, str]:
    with nobody(client):
        answer = await sign_in(client)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens


@pytest.mark.parametrize(
    ("role", "region", "times"),
    [
        ("data_protection_officer", "ID", {}),
        ("data_protection_officer", VILLAGE, {}),
        ("operator", VILLAGE, {}),
        ("kader", OTHER_VILLAGE, {}),
        ("supervisor", "637206", {}),
        ("analyst", "ID", {"valid_from": "2099-01-01"}),
    ],
)
async def test_it_works(
    client: Client, database: Database, siti: str, role: str, region: str, times: dict[str, str]
) -> None:
    before = await signed_in(client)
    strong = await make_person(database, "pusat", ("operator", "ID"), ("data_protection_officer", "ID"))
    await act_as(client, ("operator", "ID"), ("data_protection_officer", "ID"), id=strong)
    added = (await grant(client, siti, role, region, **times)).json()
    assert added["role"] == role
    with nobody(client):
        assert_refused(await sign_in(client), 400, "invalid_grant")
        assert_refused(await refresh(client, before["refresh_token"]), 400, "invalid_grant")
        assert (await me(client, before["access_token"])).status_code == 401
        assert (await set_password(client, added["code"], NEW_PASSWORD)).status_code == 204
        assert (await sign_in(client, password=NEW_PASSWORD)).status_code == 200


@pytest.mark.parametrize(("role", "region"), [("analyst", VILLAGE), ("supervisor", VILLAGE)])
async def test_what_the_maker_could_grant_too_ends_nothing(client: Client, siti: str, role: str, region: str) -> None:
    await signed_in(client)
    await act_as(client, ("operator", "ID"))
    assert "code" not in (await grant(client, siti, role, region)).json()
    await signed_in(client)


async def test_a_code_that_was_not_used_yet_ends_too(client: Client, village_admin: str) -> None:
    await act_as(client, ("agency_administrator", VILLAGE), id=village_admin)
    made = (await post(client, "", body_of())).json()
    await act_as(client, ("operator", "ID"))
    added = (await grant(client, made["id"], "supervisor", "6372")).json()
    with nobody(client):
        assert_refused(await set_password(client, made["code"]), 400, "invalid_grant")
        assert (await set_password(client, added["code"])).status_code == 204


async def test_a_password_that_its_owner_changed_counts_as_known(client: Client, siti: str) -> None:
    with nobody(client):
        form = {"username": "siti.aminah", "password": PASSWORD, "new_password": NEW_PASSWORD}
        changed = await client.http.post("/v1/token/password", data=form)
        assert changed.status_code == 204, changed.text
    await act_as(client, ("operator", "ID"))
    assert "code" in (await grant(client, siti, "supervisor", "6372")).json()


async def test_a_code_of_somebody_who_may_grant_the_role_ends_the_suspicion(client: Client, siti: str) -> None:
    await act_as(client, ("operator", "ID"), id=str(uuid4()))
    assert (await post(client, f"/{siti}/code")).status_code == 201
    assert "code" not in (await grant(client, siti, "supervisor", "6372")).json()


async def test_a_maker_counts_by_what_they_may_grant_now(
    client: Client, database: Database, connection: Connection, siti: str, village_admin: str
) -> None:
    await act_as(client, ("operator", "ID"))
    await connection.execute("UPDATE role_grant SET ended_at = now() WHERE person_id = $1", UUID(village_admin))
    assert "code" in (await grant(client, siti, "analyst", VILLAGE)).json()


async def test_a_maker_who_is_disabled_may_grant_nothing(
    client: Client, connection: Connection, siti: str, village_admin: str
) -> None:
    await connection.execute("UPDATE person SET disabled_at = now() WHERE id = $1", UUID(village_admin))
    await act_as(client, ("operator", "ID"))
    assert "code" in (await grant(client, siti, "analyst", VILLAGE)).json()


async def test_an_agency_that_made_the_code_counts_by_its_scopes(
    client: Client, database: Database, connection: Connection
) -> None:
    await connection.execute(
        "INSERT INTO agency (id, client_id, name, scopes, regions, created_at) VALUES ($1, 'a', 'A', $2, $3, now())",
        UUID(client.agency_id),
        list(EVERYTHING),
        ["637206"],
    )
    await client.sign_in(scopes=EVERYTHING, regions=["637206"])
    made = (await post(client, "", body_of())).json()
    await act_as(client, ("operator", "ID"))
    assert "code" not in (await grant(client, made["id"], "supervisor", "637206")).json()
    assert "code" in (await grant(client, made["id"], "supervisor", "6372")).json()


async def test_an_unknown_maker_may_grant_nothing(client: Client, database: Database) -> None:
    found = await add_person(database)
    await act_as(client, ("operator", "ID"))
    assert "code" in (await grant(client, str(found.id), "analyst", VILLAGE)).json()


async def test_without_password_and_code_there_is_nothing_to_end(client: Client, database: Database) -> None:
    found = await add_person(database, password=None, code_digest=None, code_expires_at=None)
    await act_as(client, ("operator", "ID"))
    assert "code" not in (await grant(client, str(found.id), "supervisor", "6372")).json()


async def test_nobody_gets_a_code_of_an_account_that_may_do_more_than_they(
    client: Client, database: Database, connection: Connection, siti: str
) -> None:
    await act_as(client, ("operator", "ID"))
    await grant(client, siti, "kader", OTHER_VILLAGE)
    await connection.execute("UPDATE person SET password_hash = 'x', code_maker_kind = NULL")
    # Siti works in both cities, and an administrator of one of them can neither see nor open the other role.
    await act_as(client, ("agency_administrator", "6372"))
    answer = await post(client, f"/{siti}/grants", {"role": "supervisor", "region": "6372"})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:account-beyond-caller")
    held = await connection.fetch("SELECT role FROM role_grant WHERE person_id = $1", UUID(siti))
    assert sorted(row["role"] for row in held) == ["kader", "kader"]
    assert await connection.fetchval("SELECT password_hash FROM person WHERE id = $1", UUID(siti)) == "x"


async def test_a_role_from_the_command_line_ends_it_too(
    client: Client, dsn: str, settings: Any, siti: str, connection: Connection
) -> None:
    ikk = Command(dsn, settings.folder)
    ended = ikk("person", "grant", "siti.aminah", "--role", "data_protection_officer", "--region", "ID")
    code = next(line.split()[1] for line in printed_by(ended).splitlines() if line.startswith("code"))
    assert "the password and all sign-ins ended" in ended.stderr
    with nobody(client):
        assert_refused(await sign_in(client), 400, "invalid_grant")
        assert (await set_password(client, code, NEW_PASSWORD)).status_code == 204
    printed = printed_by(ikk("person", "grant", "siti.aminah", "--role", "operator", "--region", "ID"))
    assert "code" not in printed


async def test_a_file_gives_no_role_to_an_account(client: Client, siti: str) -> None:
    await act_as(client, ("operator", "ID"), ("data_protection_officer", "ID"))
    answer = await post_file(client, "username,name,role,region\nsiti.aminah,Siti Aminah,operator,ID\n")
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["code"] == "taken"


async def test_the_end_of_the_password_is_audited(client: Client, siti: str, connection: Connection) -> None:
    await act_as(client, ("operator", "ID"), id=(by := str(uuid4())))
    await grant(client, siti, "supervisor", "6372")
    rows = await connection.fetch("SELECT kind, subject FROM audited WHERE caller_id = $1 ORDER BY kind", by)
    assert [tuple(row) for row in rows] == [("grant.create", f"person:{siti}"), ("person.code", f"person:{siti}")]
