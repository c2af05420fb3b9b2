"""POST /v1/people/codes gives many people new one-time codes at once, and nobody who may not be changed."""

import csv
import io
from typing import Any
from uuid import UUID

import pytest
from httpx import Response

from app.formats.negotiation import FILE_TYPES
from app.platform.codes import digest_code
from app.platform.database import Connection
from app.services.access.people_files import FILE_LINES
from tests.support.accounts import OTHER_VILLAGE, VILLAGE, act_as, body_of, make_person, post, post_file
from tests.support.factories import Client
from tests.support.workbooks import make_workbook

HEAD = "username,name,role,region\n"
SITI = f"siti.aminah,Siti Aminah,kader,{VILLAGE}\n"
BUDI = f"budi,Budi,kader,{VILLAGE}\n"
ANI = "ani,Ani,supervisor,637206\n"


@pytest.fixture
async def admin(client: Client) -> Client:
    """An agency administrator of Kota Banjarbaru, who imported three people."""
    await act_as(client, ("agency_administrator", "6372"))
    assert (await post_file(client, HEAD + SITI + BUDI + ANI)).status_code == 201
    return client


async def renew(admin: Client, **asked: Any) -> Response:
    return await admin.http.post("/v1/people/codes", params=asked)


async def renew_in(admin: Client, text: str | bytes, media_type: str = "text/csv", **asked: Any) -> Response:
    headers = {"Content-Type": media_type}
    content = text.encode() if isinstance(text, str) else text
    return await admin.http.post("/v1/people/codes", params=asked, content=content, headers=headers)


def names_in(answer: Response) -> list[str]:
    assert answer.status_code == 201, answer.text
    return [each["username"] for each in answer.json()["people"]]


async def sign_in(connection: Connection, username: str) -> None:
    """As if the person had exchanged the code for a password."""
    await connection.execute(
        "UPDATE person SET password_hash = 'x', code_digest = NULL, code_expires_at = NULL WHERE username = $1",
        username,
    )


async def has_code(connection: Connection, username: str, code: str) -> bool:
    return bool(
        await connection.fetchval("SELECT code_digest FROM person WHERE username = $1", username) == digest_code(code)
    )


async def test_it_works(admin: Client, connection: Connection) -> None:
    answer = await renew(admin, region="6372", role="kader")
    assert names_in(answer) == ["budi", "siti.aminah"]
    assert answer.headers["cache-control"] == "no-store"
    for each in answer.json()["people"]:
        assert await has_code(connection, each["username"], each["code"])
        (grant,) = each["grants"]
        assert grant == {
            "role": "kader",
            "region": VILLAGE,
            "dotted": "63.72.06.1004",
            "name": "Landasan Ulin Selatan",
            "district": "Liang Anggang",
        }


async def test_a_region_means_all_roles_in_it(admin: Client) -> None:
    assert names_in(await renew(admin, region="637206")) == ["ani", "budi", "siti.aminah"]
    assert names_in(await renew(admin, region=VILLAGE)) == ["budi", "siti.aminah"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "codes"])
async def test_the_file_of_the_import_names_the_people(admin: Client, connection: Connection, kind: str) -> None:
    body: str | bytes = HEAD + SITI + SITI + BUDI
    if kind == "xlsx":
        body = make_workbook(("No", "Nama Pengguna", "Nama"), (1, "siti.aminah", "Siti"), (2, "budi", "Budi"))
    elif kind == "codes":
        body = (await renew(admin, region=VILLAGE, role="kader", format="csv")).content
    answer = await renew_in(admin, body, FILE_TYPES[0] if kind == "xlsx" else "text/csv")
    assert sorted(names_in(answer)) == ["budi", "siti.aminah"]
    for each in answer.json()["people"]:
        assert await has_code(connection, each["username"], each["code"])


async def test_whoever_has_a_password_keeps_it_unless_included(admin: Client, connection: Connection) -> None:
    await sign_in(connection, "budi")
    assert names_in(await renew(admin, region=VILLAGE)) == ["siti.aminah"]
    answer = await renew_in(admin, HEAD + SITI + BUDI)
    assert names_in(answer) == ["siti.aminah"]
    assert answer.json()["left_out"] == [{"username": "budi", "reason": "signed_in"}]
    assert await connection.fetchval("SELECT password_hash FROM person WHERE username = 'budi'") == "x"
    assert names_in(await renew_in(admin, HEAD + SITI + BUDI, include_signed_in="true")) == ["siti.aminah", "budi"]
    assert await connection.fetchval("SELECT password_hash FROM person WHERE username = 'budi'") is None


async def test_sign_ins_of_those_who_are_included_end(admin: Client, connection: Connection) -> None:
    await sign_in(connection, "budi")
    await connection.execute(
        "INSERT INTO sign_in (id, person_id, started_at, expires_at, amr) "
        "SELECT gen_random_uuid(), id, now(), now() + interval '1 day', '{pwd}' FROM person"
    )
    await renew(admin, region=VILLAGE, include_signed_in="true")
    query = "SELECT person.username FROM sign_in JOIN person ON person.id = person_id WHERE ended_at IS NOT NULL"
    assert [row["username"] for row in await connection.fetch(query)] == ["budi"]


async def test_disabled_accounts_get_no_code(admin: Client, connection: Connection) -> None:
    await connection.execute("UPDATE person SET disabled_at = now() WHERE username = 'budi'")
    assert names_in(await renew(admin, region=VILLAGE)) == ["siti.aminah"]
    answer = await renew_in(admin, HEAD + BUDI)
    assert (answer.json()["people"], answer.json()["left_out"]) == ([], [{"username": "budi", "reason": "disabled"}])


async def test_people_beyond_the_caller_are_left_out_of_a_region_and_stop_a_file(
    admin: Client, connection: Connection
) -> None:
    await make_person(admin.app.state.database, "kuat", ("kader", VILLAGE), ("operator", "63"))
    before = await connection.fetch("SELECT username, code_digest FROM person ORDER BY username")
    answer = await renew_in(admin, HEAD + SITI + f"kuat,Kuat,kader,{VILLAGE}\n")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:account-beyond-caller")
    assert [(each["pointer"], each["line"]) for each in answer.json()["faults"]] == [("/3/username", 3)]
    assert await connection.fetch("SELECT username, code_digest FROM person ORDER BY username") == before
    answer = await renew(admin, region=VILLAGE)
    assert names_in(answer) == ["budi", "siti.aminah"]
    assert answer.json()["left_out"] == [{"username": "kuat", "reason": "beyond_caller"}]


async def test_nobody_gets_a_code_for_their_own_account(admin: Client, connection: Connection) -> None:
    ani = await connection.fetchval("SELECT id FROM person WHERE username = 'ani'")
    await act_as(admin, ("agency_administrator", "6372"), id=str(ani))
    answer = await renew(admin, region="637206", role="supervisor")
    assert (names_in(answer), answer.json()["left_out"]) == ([], [{"username": "ani", "reason": "beyond_caller"}])
    assert (await renew_in(admin, HEAD + ANI)).status_code == 403


async def test_somebody_whom_the_caller_does_not_see_is_unknown(admin: Client) -> None:
    await make_person(admin.app.state.database, "jauh", ("kader", OTHER_VILLAGE))
    answer = await renew_in(
        admin, HEAD + SITI + f"jauh,Jauh,kader,{OTHER_VILLAGE}\nnihil,Nihil,kader,{VILLAGE}\n,X,,\n"
    )
    assert answer.status_code == 422
    found = [(each["pointer"], each["code"]) for each in answer.json()["faults"]]
    assert found == [("/3/username", "unknown_person"), ("/4/username", "unknown_person"), ("/5/username", "missing")]


async def test_a_region_outside_the_callers_is_refused(admin: Client) -> None:
    assert (await renew(admin, region=OTHER_VILLAGE)).status_code == 403
    assert (await renew(admin, region="63")).status_code == 403


async def test_people_are_named_by_a_file_or_by_a_region(admin: Client) -> None:
    assert [each["parameter"] for each in (await renew(admin)).json()["faults"]] == ["region"]
    assert [each["parameter"] for each in (await renew(admin, role="kader")).json()["faults"]] == ["region"]
    answer = await renew_in(admin, HEAD + SITI, region=VILLAGE, role="kader")
    assert [each["parameter"] for each in answer.json()["faults"]] == ["region", "role"]


async def test_more_people_than_a_file_may_have_are_too_many(admin: Client, connection: Connection) -> None:
    await connection.execute(
        "INSERT INTO person (id, username, name, created_at, training) "
        f"SELECT gen_random_uuid(), 'k' || n, 'K', now(), false FROM generate_series(1000, {FILE_LINES + 1000}) AS n"
    )
    await connection.execute(
        "INSERT INTO role_grant (id, person_id, role, region, valid_from, granted_by, granted_at) "
        "SELECT gen_random_uuid(), id, 'kader', $1, now(), id, now() FROM person WHERE username ~ '^k[0-9]+$'",
        VILLAGE,
    )
    (fault,) = (await renew(admin, region=VILLAGE)).json()["faults"]
    assert (fault["code"], fault["parameter"]) == ("too_many_people", "region")


async def test_each_code_is_audited(admin: Client, connection: Connection) -> None:
    await renew(admin, region=VILLAGE)
    query = (
        "SELECT kind, subject, region, caller_id FROM audit_queue WHERE kind = 'person.code' "
        "UNION ALL SELECT kind, subject, region, caller_id FROM audit_log WHERE kind = 'person.code'"
    )
    rows = await connection.fetch(query)
    assert {row["region"] for row in rows} == {VILLAGE}
    people = await connection.fetch("SELECT id FROM person WHERE username IN ('siti.aminah', 'budi')")
    assert {row["subject"] for row in rows} == {f"person:{row['id']}" for row in people}


async def test_the_maker_of_a_code_is_the_caller(admin: Client, connection: Connection) -> None:
    maker = str(UUID(int=7))
    await act_as(admin, ("agency_administrator", "6372"), id=maker)
    await renew(admin, region=VILLAGE)
    query = "SELECT DISTINCT code_maker_kind, code_maker_id FROM person WHERE username IN ('siti.aminah', 'budi')"
    assert [tuple(row) for row in await connection.fetch(query)] == [("person", maker)]


async def test_the_list_shows_who_has_not_signed_in_yet(admin: Client, connection: Connection) -> None:
    await sign_in(connection, "budi")
    for signed_in, expected in (("false", ["ani", "siti.aminah"]), ("true", ["budi"])):
        found = (await admin.http.get("/v1/people", params={"signed_in": signed_in})).json()["items"]
        assert [each["username"] for each in found] == expected


async def test_a_new_code_sets_a_password(admin: Client) -> None:
    (siti,) = (await renew_in(admin, HEAD + SITI)).json()["people"]
    form = {"username": "siti.aminah", "code": siti["code"], "new_password": "lima-ekor-itik-berenang"}
    assert (await admin.http.post("/v1/token/password", data=form)).status_code == 204


async def test_the_codes_come_as_csv(admin: Client) -> None:
    answer = await renew(admin, region=VILLAGE, format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    budi, siti = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline=""), delimiter=";")
    assert (budi["username"], siti["username"]) == ("budi", "siti.aminah")


async def test_the_same_account_twice_is_one_person(admin: Client) -> None:
    await post(admin, "", body_of("dua", ("kader", VILLAGE), ("supervisor", VILLAGE)))
    (dua,) = (await renew_in(admin, "Username\ndua\ndua\n")).json()["people"]
    assert sorted(each["role"] for each in dua["grants"]) == ["kader", "supervisor"]
