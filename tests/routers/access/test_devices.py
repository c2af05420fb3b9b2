"""/v1/people/{id}/devices: phones of a person, each with a secret of its own."""

import asyncio
import base64
import json
import re
import zlib
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from app.formats.collect_settings import pack_settings
from app.pages.slips import POLICY
from app.platform.codes import digest_opaque
from app.platform.database import EVERYWHERE, Connection, Database
from app.services.access.devices import find_device_caller
from tests.support.accounts import OTHER_VILLAGE, VILLAGE, act_as, make_person
from tests.support.collect import faults_of_settings
from tests.support.factories import Client, codes_of

NAME = "Samsung A05 merah"


@pytest.fixture
async def admin(client: Client) -> Client:
    """An agency administrator of Kota Banjarbaru."""
    return await act_as(client, ("agency_administrator", "6372"))


@pytest.fixture
async def siti(database: Database) -> str:
    """A kader of Kota Banjarbaru."""
    return await make_person(database, "siti.aminah", ("kader", VILLAGE))


async def add(client: Client, person: str, body: Any = None, **headers: str) -> Response:
    return await client.http.post(f"/v1/people/{person}/devices", json=body or {"name": NAME}, headers=headers)


async def end(client: Client, person: str, device: object) -> Response:
    return await client.http.delete(f"/v1/people/{person}/devices/{device}")


async def listed(client: Client, person: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get(f"/v1/people/{person}/devices")).json()["items"]
    return items


def unpack(settings: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(settings, validate=True)))
    return found


async def test_it_works(admin: Client, siti: str, database: Database, connection: Connection) -> None:
    answer = await add(admin, siti)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json()
    assert (made["name"], made["username"], made["ended_at"], made["last_used_on"]) == (
        NAME,
        "siti.aminah",
        None,
        None,
    )
    assert re.fullmatch(r"ikk_device_[A-Za-z0-9_-]{43}", made["secret"])
    assert made["server_url"] == f"{admin.app.state.settings.issuer}/odk/k/{made['secret']}"
    assert [each["id"] for each in await listed(admin, siti)] == [made["id"]]
    assert await connection.fetchval("SELECT digest FROM device") == digest_opaque(made["secret"])
    async with database.session(EVERYWHERE) as session:
        caller = await find_device_caller(session, made["secret"])
    assert caller is not None
    assert (caller.id, dict(caller.areas)) == (siti, {"submissions:write": (VILLAGE,)})
    assert (await end(admin, siti, made["id"])).status_code == 204
    async with database.session(EVERYWHERE) as session:
        assert await find_device_caller(session, made["secret"]) is None
    assert (await listed(admin, siti))[0]["ended_at"] is not None


async def test_the_address_on_the_slip_is_that_of_the_forms(admin: Client, siti: str) -> None:
    made = (await add(admin, siti)).json()
    path = made["server_url"].removeprefix(admin.app.state.settings.issuer)
    answer = await admin.http.get(f"{path}/formList", headers={"X-OpenRosa-Version": "1.0"})
    assert (answer.status_code, answer.headers["x-openrosa-version"]) == (200, "1.0"), answer.text
    assert (await end(admin, siti, made["id"])).status_code == 204
    assert (await admin.http.get(f"{path}/formList")).status_code == 403


async def test_the_settings_are_valid_for_collect_and_hold_the_address_alone(admin: Client, siti: str) -> None:
    made = (await add(admin, siti)).json()
    settings = unpack(made["settings"])
    assert faults_of_settings(settings) == []
    general = settings["general"]
    assert general["server_url"] == made["server_url"]
    assert general["metadata_username"] == "siti.aminah"
    assert not general.keys() & {"username", "password"}
    assert not general["analytics"]
    assert not settings["admin"]["change_server"]
    assert settings["admin"]["edit_saved"]
    assert settings["project"]["name"] == "IKK siti.aminah"
    assert pack_settings(settings) == made["settings"]
    assert len(made["settings"]) < 4000, "Collect itself makes no larger codes"


async def test_the_slip_names_person_village_and_server(admin: Client, siti: str) -> None:
    answer = await add(admin, siti, Accept="text/html")
    assert (answer.status_code, answer.headers["content-type"]) == (201, "text/html; charset=utf-8"), answer.text
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"] == "no-store"
    page = answer.text
    for part in ("Siti Aminah", "Landasan Ulin Selatan, Liang Anggang (63.72.06.1004)", NAME, "siti.aminah"):
        assert part in page
    assert admin.app.state.settings.issuer in page
    assert "Musnahkan slip" in page
    assert "<script" not in page
    assert not re.search(r"(href|src)=", page)


@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        ("?format=html", "application/json", "text/html"),
        ("?format=json", "text/html", "application/json"),
        ("", "*/*", "application/json"),
    ],
)
async def test_the_format_may_stand_in_the_address(
    admin: Client, siti: str, query: str, accept: str, media_type: str
) -> None:
    path = f"/v1/people/{siti}/devices{query}"
    answer = await admin.http.post(path, json={"name": NAME}, headers={"Accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == media_type


@pytest.mark.parametrize(
    ("query", "accept", "status"), [("", "text/csv", 406), ("?format=csv", "*/*", 422), ("?slip=1", "*/*", 422)]
)
async def test_another_format_makes_no_device(admin: Client, siti: str, query: str, accept: str, status: int) -> None:
    path = f"/v1/people/{siti}/devices{query}"
    answer = await admin.http.post(path, json={"name": NAME}, headers={"Accept": accept})
    assert answer.status_code == status
    assert await listed(admin, siti) == []


async def test_what_somebody_typed_is_text(admin: Client, siti: str) -> None:
    name = "</style><script>alert(1)</script> & 'co'"
    page = (await add(admin, siti, {"name": name}, Accept="text/html")).text
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({}, ["missing"]),
        ({"name": ""}, ["bad_format"]),
        ({"name": " \u200b "}, ["bad_format"]),
        ({"name": "x" * 101}, ["bad_format"]),
        ({"name": 5}, ["wrong_type"]),
        ({"name": None}, ["missing"]),
        ({"name": "HP 6372014101900001"}, ["looks_like_nik"]),
        ({"name": NAME, "secret": "mine"}, ["unknown_member"]),
    ],
)
async def test_a_body_with_faults_makes_no_device(admin: Client, siti: str, body: Any, codes: list[str]) -> None:
    answer = await admin.http.post(f"/v1/people/{siti}/devices", json=body)
    assert answer.status_code == 422, answer.text
    assert list(codes_of(answer).values()) == codes
    assert await listed(admin, siti) == []


async def test_two_at_once_get_different_secrets_and_never_too_many(admin: Client, siti: str) -> None:
    answers = await asyncio.gather(*(add(admin, siti) for _ in range(12)))
    made = [each.json() for each in answers if each.status_code == 201]
    refused = [each for each in answers if each.status_code != 201]
    assert len({each["secret"] for each in made}) == len(made) == 10
    assert [list(codes_of(each).values()) for each in refused] == [["too_many_devices"]] * 2
    assert (await end(admin, siti, made[0]["id"])).status_code == 204
    assert (await add(admin, siti)).status_code == 201


async def test_revoking_twice_is_audited_once(admin: Client, siti: str, connection: Connection) -> None:
    made = (await add(admin, siti)).json()
    for _ in range(2):
        assert (await end(admin, siti, made["id"])).status_code == 204
    first = (await listed(admin, siti))[0]["ended_at"]
    assert (await end(admin, siti, made["id"])).status_code == 204
    assert (await listed(admin, siti))[0]["ended_at"] == first
    rows = await connection.fetch(
        "SELECT kind, region, subject, detail FROM audited WHERE kind LIKE 'device.%' ORDER BY at"
    )
    assert [(row["kind"], row["region"], row["subject"]) for row in rows] == [
        ("device.create", VILLAGE, f"person:{siti}"),
        ("device.end", VILLAGE, f"person:{siti}"),
    ]
    assert made["secret"] not in str([dict(row) for row in rows])


async def test_the_device_of_another_person_is_not_found(admin: Client, siti: str, database: Database) -> None:
    budi = await make_person(database, "budi", ("kader", VILLAGE))
    made = (await add(admin, siti)).json()
    assert (await end(admin, budi, made["id"])).status_code == 404
    assert (await end(admin, siti, uuid4())).status_code == 404
    assert (await listed(admin, siti))[0]["ended_at"] is None


async def test_nobody_sets_up_a_phone_of_somebody_stronger_or_of_themselves(client: Client, database: Database) -> None:
    operator = await make_person(database, "rahmat", ("operator", "ID"), ("kader", VILLAGE))
    await act_as(client, ("agency_administrator", "6372"))
    answer = await add(client, operator)
    assert answer.json()["type"].endswith("account-beyond-caller")
    await act_as(client, ("agency_administrator", "6372"), id=operator)
    assert (await add(client, operator)).json()["type"].endswith("account-beyond-caller")


async def test_outside_the_region_there_is_nobody(admin: Client, database: Database) -> None:
    other = await make_person(database, "tono", ("kader", OTHER_VILLAGE))
    for answer in (await add(admin, other), await admin.get(f"/v1/people/{other}/devices")):
        assert answer.status_code == 404


async def test_a_phone_sends_only_where_its_person_may_now(
    admin: Client, siti: str, database: Database, connection: Connection
) -> None:
    secret = (await add(admin, siti)).json()["secret"]
    await connection.execute("UPDATE role_grant SET ended_at = now() WHERE person_id = $1", UUID(siti))
    async with database.session(EVERYWHERE) as session:
        assert await find_device_caller(session, secret) is None


async def test_a_slip_for_somebody_without_a_village_says_so(client: Client, database: Database) -> None:
    analyst = await make_person(database, "analis", ("analyst", "6372"))
    await act_as(client, ("agency_administrator", "6372"))
    assert "belum ada tugas mendata" in (await add(client, analyst, Accept="text/html")).text
