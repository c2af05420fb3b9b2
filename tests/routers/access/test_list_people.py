"""GET /v1/people and GET /v1/people/{id}"""

from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection, Database
from tests.support.accounts import OTHER_VILLAGE, VILLAGE, act_as, make_person
from tests.support.factories import Client, codes_of


@pytest.fixture
async def people(client: Client, database: Database) -> dict[str, str]:
    """Ids by username: people of Banjarbaru, of Banjarmasin, of both, and of the whole country."""
    roles = {
        "ani": [("kader", VILLAGE)],
        "budi": [("kader", OTHER_VILLAGE)],
        "citra": [("kader", VILLAGE), ("supervisor", "6371")],
        "dewi": [("operator", "ID")],
        "eka": [("supervisor", "637206")],
    }
    return {username: await make_person(database, username, *held) for username, held in roles.items()}


@pytest.fixture
async def admin(client: Client) -> Client:
    """An agency administrator of Kota Banjarbaru."""
    return await act_as(client, ("agency_administrator", "6372"))


async def names(client: Client, **query: Any) -> list[str]:
    answer = await client.get("/v1/people", **query)
    assert answer.status_code == 200, answer.text
    return [each["username"] for each in answer.json()["items"]]


async def test_it_works(admin: Client, people: dict[str, str]) -> None:
    page = (await admin.get("/v1/people")).json()
    assert page["next"] is None
    assert [each["username"] for each in page["items"]] == ["ani", "citra", "eka"]
    ani = page["items"][0]
    assert (ani["id"], ani["name"], ani["disabled_at"], ani["has_password"]) == (
        people["ani"],
        "Siti Aminah",
        None,
        False,
    )
    assert ani["code_expires_at"] is not None
    assert [(each["role"], each["region"]) for each in ani["grants"]] == [("kader", VILLAGE)]
    assert (await admin.get(f"/v1/people/{people['ani']}")).json() == ani


async def test_neither_code_nor_password_is_shown(
    admin: Client, people: dict[str, str], connection: Connection
) -> None:
    await connection.execute("UPDATE person SET password_hash = '$argon2id$x'")
    for path in ("/v1/people", f"/v1/people/{people['ani']}"):
        text = (await admin.get(path)).text
        assert '"has_password":true' in text
        assert "argon2" not in text
        assert '"code"' not in text
        assert "digest" not in text


async def test_roles_elsewhere_are_not_shown(admin: Client, people: dict[str, str]) -> None:
    found = (await admin.get(f"/v1/people/{people['citra']}")).json()
    assert [each["region"] for each in found["grants"]] == [VILLAGE]


@pytest.mark.parametrize("username", ["budi", "dewi"])
async def test_somebody_of_elsewhere_is_not_found(admin: Client, people: dict[str, str], username: str) -> None:
    answer = await admin.get(f"/v1/people/{people[username]}")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:ikk:problem:not-found")
    assert answer.json().keys() == (await admin.get(f"/v1/people/{uuid4()}")).json().keys()


async def test_the_whole_country_sees_everybody(client: Client, people: dict[str, str]) -> None:
    await act_as(client, ("operator", "ID"))
    assert await names(client) == list(people)


async def test_a_person_is_seen_where_they_manage_people_and_not_where_they_read(
    client: Client, people: dict[str, str]
) -> None:
    await act_as(client, ("agency_administrator", "6371"), ("analyst", "ID"), ("supervisor", "6372"))
    assert await names(client) == ["budi", "citra"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"region": "637206"}, ["ani", "citra", "eka"]),
        ({"region": "63.72.06.1004"}, ["ani", "citra"]),
        ({"role": "supervisor"}, ["eka"]),
        ({"role": "operator"}, []),
        ({"q": "IT"}, ["citra"]),
        ({"q": " ｉｔ\u200b\u00a0"}, ["citra"]),
        ({"q": "\u200b"}, None),
        ({"q": "%"}, None),
        ({"q": "_"}, []),
        ({"active": True}, ["ani", "citra", "eka"]),
        ({"active": False}, []),
        ({"role": "queen"}, None),
        ({"region": "desa"}, None),
    ],
)
async def test_a_list_can_be_narrowed(
    admin: Client, people: dict[str, str], query: dict[str, Any], found: list[str] | None
) -> None:
    if found is not None:
        assert await names(admin, **query) == found
    else:
        assert (await admin.get("/v1/people", **query)).status_code == 422


@pytest.mark.parametrize("region", ["6371", "63", "ID", OTHER_VILLAGE])
async def test_a_region_outside_the_callers_is_refused(admin: Client, region: str) -> None:
    answer = await admin.get("/v1/people", region=region)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:region-outside-caller")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE role_grant SET ended_at = now()",
        "UPDATE role_grant SET valid_until = now()",
        "UPDATE role_grant SET valid_from = now() + interval '1 day'",
        "UPDATE person SET disabled_at = now()",
    ],
)
async def test_whose_role_is_not_valid_now_is_inactive_but_stays_in_the_list(
    admin: Client, people: dict[str, str], connection: Connection, change: str
) -> None:
    await connection.execute(change)
    assert await names(admin, active=False) == await names(admin) == ["ani", "citra", "eka"]
    assert await names(admin, active=True) == []


async def test_being_active_elsewhere_does_not_count(
    admin: Client, people: dict[str, str], connection: Connection
) -> None:
    await connection.execute("UPDATE role_grant SET ended_at = now() WHERE role = 'kader'")
    assert await names(admin, active=True) == ["eka"]
    assert await names(admin, active=False) == ["ani", "citra"]


@pytest.mark.parametrize("limit", [1, 2, 3, 1000])
async def test_pages_of_any_size_show_everybody_once(admin: Client, people: dict[str, str], limit: int) -> None:
    found: list[str] = []
    query: dict[str, Any] = {}
    while True:
        page = (await admin.get("/v1/people", limit=limit, **query)).json()
        found += [each["username"] for each in page["items"]]
        if page["next"] is None:
            break
        assert page["next"] not in people, "no username in an address"
        query["cursor"] = page["next"]
    assert found == ["ani", "citra", "eka"]


@pytest.mark.parametrize("cursor", ["8f2f6c1e-2f5d-4a55-8d0c-9f3a1c7e4b20", "ani", "x\x00"])
async def test_a_cursor_of_another_list_is_refused(admin: Client, cursor: str) -> None:
    answer = await admin.get("/v1/people", cursor=cursor)
    assert answer.status_code == 422
    assert codes_of(answer)["cursor"] in ("bad_cursor", "bad_format")


async def test_who_manages_nobody_sees_nobody(client: Client, people: dict[str, str]) -> None:
    await act_as(client, ("supervisor", "6372"), ("data_protection_officer", "ID"))
    for path in ("/v1/people", f"/v1/people/{people['ani']}"):
        assert (await client.get(path)).json()["scope"] == "people:manage"
