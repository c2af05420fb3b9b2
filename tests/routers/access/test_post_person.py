"""POST /v1/people: an account, its roles and a one-time code."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import Response

from app.access import ROLES, SCOPES
from app.platform.codes import digest_code
from app.platform.database import Connection, Database
from tests.support.accounts import OTHER_VILLAGE, VILLAGE, act_as, body_of, make_person, post
from tests.support.factories import Client, codes_of

ADMINISTRATOR = ("agency_administrator", "6372")


@pytest.fixture
async def admin(client: Client) -> Client:
    """An agency administrator of Kota Banjarbaru."""
    return await act_as(client, ADMINISTRATOR)


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def with_grant(**changed: Any) -> dict[str, Any]:
    return body_of(grants=[{"role": "kader", "region": VILLAGE, **changed}])


async def is_refused(answer: Response, slug: str, connection: Connection) -> bool:
    kept: int = await connection.fetchval("SELECT count(*) FROM person") + await connection.fetchval(
        "SELECT count(*) FROM role_grant"
    )
    return answer.json()["type"] == f"urn:ikk:problem:{slug}" and kept == 0


async def test_it_works(admin: Client) -> None:
    answer = await post(admin, "", body_of("siti.aminah", ("kader", "63.72.06.1004"), ("supervisor", "637206")))
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    person = answer.json()
    assert (person["username"], person["name"], person["disabled_at"]) == ("siti.aminah", "Siti Aminah", None)
    assert person["has_password"] is False
    assert [(each["role"], each["region"], each["dotted"]) for each in person["grants"]] == [
        ("kader", VILLAGE, "63.72.06.1004"),
        ("supervisor", "637206", "63.72.06"),
    ]
    assert all(each["valid_until"] is None and each["ended_at"] is None for each in person["grants"])
    left = datetime.fromisoformat(person["code_expires_at"]) - datetime.now(UTC)
    assert timedelta(days=13.9) < left <= timedelta(days=14)


async def test_the_code_is_stored_as_its_digest_only(admin: Client, connection: Connection) -> None:
    code = (await post(admin, "", body_of())).json()["code"]
    row = await connection.fetchrow("SELECT code_digest, person::text AS row FROM person")
    assert row["code_digest"] == digest_code(code)
    assert code not in row["row"]
    assert await connection.fetchval("SELECT count(*) FROM person WHERE password_hash IS NOT NULL") == 0


async def test_it_is_audited_without_the_name(admin: Client, connection: Connection) -> None:
    person = (await post(admin, "", body_of("siti.aminah", ("kader", VILLAGE), ("analyst", "6372")))).json()
    rows = await connection.fetch(
        "SELECT kind, region, subject, detail::text FROM audit_queue UNION ALL "
        "SELECT kind, region, subject, detail::text FROM audit_log"
    )
    found = [(row["kind"], row["region"]) for row in rows]
    assert sorted(found) == [("grant.create", "6372"), ("grant.create", VILLAGE), ("person.create", "6372")]
    assert {row["subject"] for row in rows} == {f"person:{person['id']}"}
    text = " ".join(row["detail"] for row in rows)
    assert not any(each in text for each in ("Siti", "siti", person["code"]))
    assert "kader" in text


@pytest.mark.parametrize(
    "username", ["si", "Siti.Aminah", "siti aminah", ".siti", "sítí", "s" * 41, "siti@desa", 7, None]
)
async def test_a_username_is_short_and_plain(admin: Client, username: Any) -> None:
    answer = await post(admin, "", {**body_of(), "username": username})
    assert answer.status_code == 422
    assert codes_of(answer).keys() == {"/username"}


@pytest.mark.parametrize("username", ["6372010101900001", "63.72.01-010190-0001", "nik6372010101900001"])
async def test_a_username_is_no_nik(admin: Client, username: str) -> None:
    answer = await post(admin, "", body_of(username))
    assert codes_of(answer) == {"/username": "looks_like_nik"}
    assert username not in answer.text


async def test_a_name_holds_no_nik(admin: Client) -> None:
    answer = await post(admin, "", {**body_of(), "name": "Siti 6372010101900001"})
    assert codes_of(answer) == {"/name": "looks_like_nik"}


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u2068", "Siti\x00Aminah", "S" * 101, 5, None])
async def test_a_name_is_one_line_of_text(admin: Client, name: Any) -> None:
    assert codes_of(await post(admin, "", {**body_of(), "name": name})).keys() == {"/name"}


async def test_a_username_is_taken_once(admin: Client) -> None:
    assert (await post(admin, "", body_of())).status_code == 201
    answer = await post(admin, "", body_of())
    assert (answer.status_code, codes_of(answer)) == (422, {"/username": "taken"})


async def test_of_two_who_take_a_username_at_once_one_gets_it(admin: Client, connection: Connection) -> None:
    answers = await asyncio.gather(*(post(admin, "", body_of()) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422, 422, 422]
    assert all(codes_of(answer) == {"/username": "taken"} for answer in answers if answer.status_code == 422)
    assert await connection.fetchval("SELECT count(*) FROM role_grant") == 1


async def test_all_faults_are_named_at_once(admin: Client, connection: Connection) -> None:
    await post(admin, "", body_of("siti.aminah"))
    await connection.execute("DELETE FROM role_grant; DELETE FROM person WHERE username <> 'siti.aminah'")
    answer = await post(
        admin,
        "",
        {
            "username": "siti.aminah",
            "phone": "0812",
            "grants": [
                {"role": "kader", "region": "6372"},
                {"role": "kader", "region": "6372991999"},
                {"role": "queen", "region": VILLAGE},
                {"role": "kader", "region": VILLAGE, "valid_until": "2020-01-01"},
                {"role": "kader", "region": "kampung"},
                {"role": "analyst", "region": "6372"},
                {"role": "analyst", "region": "63.72"},
            ],
        },
    )
    assert codes_of(answer) == {
        "/name": "missing",
        "/phone": "unknown_member",
        "/username": "taken",
        "/grants/0/region": "wrong_level",
        "/grants/1/region": "not_in_force",
        "/grants/2/role": "not_allowed",
        "/grants/3/valid_until": "bad_validity",
        "/grants/4/region": "bad_format",
        "/grants/6/role": "repeated",
    }


@pytest.mark.parametrize("grants", [[], None, {}, "kader", [7], [None]])
async def test_somebody_needs_a_role(admin: Client, grants: Any) -> None:
    answer = await post(admin, "", {**body_of(), "grants": grants})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("role", "region", "levels"),
    [
        ("kader", "637206", "village"),
        ("kader", "6372", "a village"),
        ("supervisor", "63", "a regency, a district or a village"),
        ("supervisor", "ID", "a regency, a district or a village"),
    ],
)
async def test_a_role_is_granted_at_its_levels_only(client: Client, role: str, region: str, levels: str) -> None:
    await act_as(client, ("operator", "ID"))
    answer = await post(client, "", body_of("siti.aminah", (role, region)))
    assert codes_of(answer) == {"/grants/0/region": "wrong_level"}
    assert answer.json()["faults"][0]["message"].endswith(f"{levels}.")


async def test_a_role_can_begin_and_end_on_a_day_at_the_region(admin: Client) -> None:
    person = (await post(admin, "", with_grant(valid_from="2099-01-05", valid_until="2099-12-31"))).json()
    (grant,) = person["grants"]
    assert datetime.fromisoformat(grant["valid_from"]) == datetime(2099, 1, 4, 16, tzinfo=UTC), "midnight of WITA"
    assert datetime.fromisoformat(grant["valid_until"]) == datetime(2099, 12, 31, 16, tzinfo=UTC), "to its end"


async def test_a_role_never_begins_before_it_is_granted(admin: Client) -> None:
    (grant,) = (await post(admin, "", with_grant(valid_from="2020-01-01"))).json()["grants"]
    begun, granted = (datetime.fromisoformat(grant[name]) for name in ("valid_from", "granted_at"))
    assert abs(granted - begun) < timedelta(seconds=5)


@pytest.mark.parametrize(
    "times",
    [
        {"valid_until": "2020-12-31"},
        {"valid_until": in_days(-0.01)},
        {"valid_from": in_days(9), "valid_until": in_days(8)},
        {"valid_from": "2099-02-02T00:00:00+08:00", "valid_until": "2099-02-02T00:00:00+08:00"},
    ],
)
async def test_a_role_ends_after_it_begins_and_not_in_the_past(admin: Client, times: dict[str, str]) -> None:
    assert codes_of(await post(admin, "", with_grant(**times))) == {"/grants/0/valid_until": "bad_validity"}


@pytest.mark.parametrize("moment", ["tomorrow", "2099-13-01", "2099-01-01T00:00:00", 20991231])
async def test_a_time_is_a_date_or_an_instant_with_its_offset(admin: Client, moment: Any) -> None:
    assert codes_of(await post(admin, "", with_grant(valid_from=moment))) == {"/grants/0/valid_from": "bad_format"}


@pytest.mark.parametrize("moment", ["1999-12-31", "9999-12-31", "0001-01-01T00:00:00+14:00", "2101-01-01T00:00:00Z"])
async def test_a_time_lies_from_2000_to_2100(admin: Client, moment: str) -> None:
    answer = await post(admin, "", with_grant(valid_from=moment))
    assert codes_of(answer) == {"/grants/0/valid_from": "out_of_range"}
    assert "2000-01-01" in answer.text
    assert "2100-12-31" in answer.text


async def test_a_day_of_today_is_not_over(admin: Client) -> None:
    today = datetime.now(UTC) + timedelta(hours=8)
    assert (await post(admin, "", with_grant(valid_until=today.date().isoformat()))).status_code == 201


@pytest.mark.parametrize("region", [OTHER_VILLAGE, "6371031999"])
async def test_an_administrator_grants_inside_their_own_regions_only(
    admin: Client, connection: Connection, region: str
) -> None:
    answer = await post(admin, "", body_of("siti.aminah", ("kader", VILLAGE), ("kader", region)))
    assert answer.status_code == 403
    assert codes_of(answer) == {"/grants/1/region": "beyond_caller"}
    assert await is_refused(answer, "grant-beyond-caller", connection)


@pytest.mark.parametrize("region", ["63", "ID"])
async def test_an_administrator_grants_nothing_above_their_own_regions(admin: Client, region: str) -> None:
    assert (await post(admin, "", body_of("siti.aminah", ("analyst", region)))).status_code == 403


GRANTED_BY = {
    "agency_administrator": {"kader", "supervisor", "analyst", "agency_administrator"},
    "operator": {"kader", "supervisor", "analyst", "agency_administrator", "operator"},
}


@pytest.mark.parametrize("granter", GRANTED_BY)
@pytest.mark.parametrize("role", ROLES)
async def test_an_administrator_grants_only_roles_whose_every_scope_they_hold(
    client: Client, granter: str, role: str
) -> None:
    await act_as(client, (granter, "6372"))
    region = VILLAGE if role == "kader" else "6372"
    answer = await post(client, "", body_of("siti.aminah", (role, region)))
    assert (answer.status_code == 201) == (role in GRANTED_BY[granter])
    assert answer.status_code in (201, 403)


@pytest.mark.parametrize("role", [role for role in ROLES if role not in GRANTED_BY])
async def test_other_roles_manage_nobody(client: Client, role: str) -> None:
    await act_as(client, (role, VILLAGE))
    answer = await post(client, "", body_of())
    assert (answer.status_code, answer.json()["scope"]) == (403, "people:manage")


async def test_scopes_held_elsewhere_do_not_count(client: Client) -> None:
    # This caller manages people of Banjarbaru, but reads aggregates only of Banjarmasin.
    await client.sign_in(scopes=["submissions:read", "submissions:write"], regions=["63"])
    tokens = client.app.state.tokens
    areas = {
        "people:manage": ["6372"],
        "aggregates:read": ["6371"],
        "submissions:write": ["ID"],
        "submissions:read": ["ID"],
    }
    client.http.headers["Authorization"] = f"Bearer {tokens.issue('agency', client.agency_id, areas).token}"
    assert (await post(client, "", body_of("a.analis", ("analyst", "6372")))).status_code == 403
    assert (await post(client, "", body_of("b.analis", ("analyst", "6371")))).status_code == 403
    assert (await post(client, "", body_of("c.kader", ("kader", OTHER_VILLAGE)))).status_code == 403
    assert (await post(client, "", body_of("d.kader", ("kader", VILLAGE)))).status_code == 201


@pytest.mark.parametrize("role", ["data_protection_officer", "sensitive_reader"])
async def test_whoever_may_see_families_is_appointed_by_who_may_themselves(client: Client, role: str) -> None:
    appointed = body_of("pdp", (role, "6372"))
    await act_as(client, ("operator", "ID"))
    assert (await post(client, "", appointed)).status_code == 403
    await act_as(client, ("operator", "ID"), (role, "63"))
    assert (await post(client, "", appointed)).status_code == 201


async def test_an_agency_with_the_scope_may_give_accounts_too(client: Client) -> None:
    await client.sign_in(scopes=list(SCOPES), regions=["63"])
    assert (await post(client, "", body_of())).status_code == 201


async def test_what_is_beyond_the_caller_is_said_before_anything_about_others(
    admin: Client, database: Database
) -> None:
    await make_person(database, "siti.aminah", ("kader", OTHER_VILLAGE))
    answer = await post(admin, "", body_of("siti.aminah", ("kader", OTHER_VILLAGE)))
    assert (answer.status_code, codes_of(answer)) == (403, {"/grants/0/region": "beyond_caller"})
