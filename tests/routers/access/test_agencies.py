"""/v1/agencies: callers create, list, disable and give secrets to agencies whose scopes and regions they hold."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from app.access import COMMAND, SCOPES
from app.platform.database import EVERYWHERE, Connection, Database
from app.services.access.agencies import find_agency
from tests.support.accounts import act_as, nobody
from tests.support.factories import Client, codes_of, make_agency

BODY = {
    "client_id": "dp3a-banjarbaru",
    "name": "DP3A Kota Banjarbaru",
    "scopes": ["aggregates:read", "submissions:read"],
    "regions": ["63.72"],
}


@pytest.fixture
async def admin(client: Client) -> Client:
    """An agency administrator of Kota Banjarbaru."""
    return await act_as(client, ("agency_administrator", "6372"))


async def create(client: Client, **changed: Any) -> Response:
    return await client.http.post("/v1/agencies", json={**BODY, **changed})


async def token(client: Client, secret: str, client_id: str = "dp3a-banjarbaru") -> Response:
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    with nobody(client):
        return await client.http.post("/v1/token", data=form)


async def make(database: Database, scopes: list[str], regions: list[str], client_id: str = "lain") -> UUID:
    async with database.session(EVERYWHERE) as session:
        await make_agency(session, client_id, scopes=scopes, regions=regions)
        return (await find_agency(session, COMMAND, client_id)).id


async def test_it_works(admin: Client) -> None:
    answer = await create(admin)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    agency = answer.json()
    secret = agency.pop("client_secret")
    assert (agency["client_id"], agency["scopes"], agency["regions"]) == (BODY["client_id"], BODY["scopes"], ["6372"])
    assert (agency["disabled_at"], len(agency["secrets"])) == (None, 1)
    assert (await admin.get(f"/v1/agencies/{agency['id']}")).json() == agency
    assert (await admin.get("/v1/agencies")).json() == {"items": [agency], "next": None}
    assert (await token(admin, secret)).json()["scope"] == "aggregates:read submissions:read"


async def test_a_secret_is_shown_once_and_kept_as_a_hash(admin: Client, connection: Connection) -> None:
    agency = (await create(admin)).json()
    row = await connection.fetchval("SELECT agency_secret::text FROM agency_secret")
    assert agency["client_secret"] not in row
    shown = [(await admin.get(path)).text for path in ("/v1/agencies", f"/v1/agencies/{agency['id']}")]
    assert not any(agency["client_secret"] in text or "argon2" in text for text in shown)


async def test_it_changes_over_without_downtime(admin: Client) -> None:
    agency = (await create(admin)).json()
    path = f"/v1/agencies/{agency['id']}/secrets"
    secrets = [agency["client_secret"]]
    added = (await admin.http.post(path)).json()
    secrets.append(added["client_secret"])
    assert [(await token(admin, each)).is_success for each in secrets] == [True, True]
    newest, older = (await admin.get(f"/v1/agencies/{agency['id']}")).json()["secrets"]
    assert newest["id"] == added["id"]
    assert (await admin.http.delete(f"{path}/{older['id']}")).status_code == 204
    assert [(await token(admin, each)).is_success for each in secrets] == [False, True]


async def test_a_third_secret_is_refused_until_the_caller_says_which_one_ends(admin: Client) -> None:
    agency = (await create(admin)).json()
    path = f"/v1/agencies/{agency['id']}/secrets"
    second = (await admin.http.post(path)).json()
    held = (await token(admin, agency["client_secret"])).json()["access_token"]
    for _ in range(2):
        refused = await admin.http.post(path)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:ikk:problem:two-secrets")
        assert [each["id"] for each in refused.json()["secrets"]] == [second["id"], agency["secrets"][0]["id"]]
    assert (await token(admin, agency["client_secret"])).is_success
    answer = await admin.http.get("/v1/regions", headers={"Authorization": f"Bearer {held}"})
    assert answer.status_code == 200

    assert (await admin.http.post(path, params={"end": str(uuid4())})).status_code == 404
    third = await admin.http.post(path, params={"end": agency["secrets"][0]["id"]})
    assert third.status_code == 201
    secrets = [agency["client_secret"], second["client_secret"], third.json()["client_secret"]]
    assert [(await token(admin, each)).is_success for each in secrets] == [False, True, True]
    answer = await admin.http.get("/v1/regions", headers={"Authorization": f"Bearer {held}"})
    assert answer.status_code == 401


async def test_ending_a_secret_that_leaked_ends_the_tokens_too(admin: Client) -> None:
    agency = (await create(admin)).json()
    held = (await token(admin, agency["client_secret"])).json()["access_token"]
    path = f"/v1/agencies/{agency['id']}/secrets/{agency['secrets'][0]['id']}"
    assert (await admin.http.delete(path)).status_code == 204
    answer = await admin.http.get("/v1/regions", headers={"Authorization": f"Bearer {held}"})
    assert answer.status_code == 401


async def test_at_most_two_secrets_are_valid_whoever_adds_them_at_once(admin: Client, connection: Connection) -> None:
    agency = (await create(admin)).json()
    path = f"/v1/agencies/{agency['id']}/secrets"
    answers = await asyncio.gather(*(admin.http.post(path) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await connection.fetchval("SELECT count(*) FROM agency_secret") == 2


async def test_a_disabled_agency_gets_no_token_and_its_tokens_end(admin: Client) -> None:
    agency = (await create(admin)).json()
    held = (await token(admin, agency["client_secret"])).json()["access_token"]
    assert (await admin.http.post(f"/v1/agencies/{agency['id']}/disable")).status_code == 204
    assert (await token(admin, agency["client_secret"])).json()["error"] == "invalid_client"
    answer = await admin.http.get("/v1/regions", headers={"Authorization": f"Bearer {held}"})
    assert answer.status_code == 401
    found = (await admin.get(f"/v1/agencies/{agency['id']}")).json()
    assert (found["secrets"], found["disabled_at"] is None) == ([], False)


async def test_everything_is_audited_in_its_region(admin: Client, connection: Connection) -> None:
    agency = (await create(admin)).json()
    path = f"/v1/agencies/{agency['id']}"
    added = (await admin.http.post(f"{path}/secrets")).json()
    await admin.http.delete(f"{path}/secrets/{added['id']}")
    for _ in range(2):
        await admin.http.post(f"{path}/disable")
    rows = await connection.fetch(
        "SELECT kind, region, detail::text FROM (SELECT kind, region, detail, subject FROM audit_queue UNION ALL "
        "SELECT kind, region, detail, subject FROM audit_log) AS entry WHERE subject = $1",
        f"agency:{agency['id']}",
    )
    kinds = ["agency.create", "agency.disable", "secret.create", "secret.create", "secret.end", "secret.end"]
    assert sorted(row["kind"] for row in rows) == kinds
    assert {row["region"] for row in rows} == {"6372"}
    assert not any(each["client_secret"] in row["detail"] for row in rows for each in (agency, added))


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"scopes": ["everything", "aggregates:read"]}, {"/scopes/0": "not_allowed"}),
        ({"scopes": []}, {"/scopes": "missing"}),
        ({"regions": []}, {"/regions": "missing"}),
        ({"regions": ["63.72", "kalsel", "6372991999"]}, {"/regions/1": "bad_format", "/regions/2": "not_in_force"}),
        (
            {"client_id": "DP3A", "name": " ", "secret": "x"},
            {"/client_id": "bad_format", "/name": "bad_format", "/secret": "unknown_member"},
        ),
        (
            {"client_id": "dp3a-6372010101900001", "name": "DP3A 6372 0101 0190 0001"},
            {"/client_id": "looks_like_nik", "/name": "looks_like_nik"},
        ),
        (
            {"client_id": ["x"], "name": 7, "scopes": "audit:read", "regions": {}},
            {"/client_id": "wrong_type", "/name": "wrong_type", "/scopes": "wrong_type", "/regions": "wrong_type"},
        ),
        ({"client_id": "lain", "regions": ["637299"]}, {"/client_id": "taken", "/regions/0": "not_in_force"}),
    ],
)
async def test_all_faults_are_named_at_once(
    admin: Client, database: Database, connection: Connection, changed: dict[str, Any], faults: dict[str, str]
) -> None:
    await make(database, ["aggregates:read"], ["6371"])
    answer = await create(admin, **changed)
    assert (answer.status_code, codes_of(answer)) == (422, faults)
    assert await connection.fetchval("SELECT count(*) FROM agency") == 1


async def test_of_two_who_take_a_client_id_at_once_one_gets_it(admin: Client) -> None:
    answers = await asyncio.gather(*(create(admin) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"regions": ["6372", "6371"]}, {"/regions/1"}),
        ({"regions": ["63"]}, {"/regions/0"}),
        ({"regions": ["ID"]}, {"/regions/0"}),
        ({"scopes": ["aggregates:read", "families:identify"]}, {"/scopes/1"}),
        ({"scopes": ["metrics:read"], "regions": ["6371"], "name": 7}, {"/regions/0"}),
    ],
)
async def test_nobody_gives_more_than_they_hold(
    admin: Client, connection: Connection, changed: dict[str, Any], faults: set[str]
) -> None:
    answer = await create(admin, **changed)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:grant-beyond-caller")
    assert codes_of(answer) == dict.fromkeys(faults, "beyond_caller")
    assert await connection.fetchval("SELECT count(*) FROM agency") == 0


async def test_scopes_held_elsewhere_do_not_count(client: Client) -> None:
    areas = {"agencies:manage": ["63"], "aggregates:read": ["6372"], "submissions:read": ["6371"]}
    issued = client.app.state.tokens.issue("person", str(uuid4()), areas)
    client.http.headers.update({"Authorization": f"Bearer {issued.token}", "Accept-Language": "en"})
    assert codes_of(await create(client)) == {"/scopes/1": "beyond_caller"}
    assert (await create(client, scopes=["aggregates:read"])).status_code == 201


@pytest.mark.parametrize("what", ["secrets", "disable"])
@pytest.mark.parametrize("scopes", [["families:identify"], ["aggregates:read", "metrics:read"]])
async def test_nobody_changes_an_agency_that_may_do_more(
    admin: Client, database: Database, connection: Connection, scopes: list[str], what: str
) -> None:
    agency = await make(database, scopes, ["6372"])
    assert (await admin.get(f"/v1/agencies/{agency}")).status_code == 200
    answer = await admin.http.post(f"/v1/agencies/{agency}/{what}")
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:account-beyond-caller")
    secret = await connection.fetchval("SELECT id FROM agency_secret")
    assert (await admin.http.delete(f"/v1/agencies/{agency}/secrets/{secret}")).status_code == 403
    assert await connection.fetchval("SELECT count(*) FROM agency_secret") == 1
    assert await connection.fetchval("SELECT disabled_at FROM agency") is None


async def test_an_agency_does_not_change_itself(client: Client, database: Database) -> None:
    agency = await make(database, list(SCOPES), ["63"])
    client.agency_id = str(agency)
    await client.sign_in(scopes=list(SCOPES), regions=["63"])
    for what in ("secrets", "disable"):
        assert (await client.http.post(f"/v1/agencies/{agency}/{what}")).status_code == 403


@pytest.mark.parametrize("regions", [["6371"], ["6372", "6371"], ["63"], ["ID"]])
async def test_an_agency_that_reaches_outside_is_not_found(
    admin: Client, database: Database, regions: list[str]
) -> None:
    agency = await make(database, ["aggregates:read"], regions)
    assert (await admin.get("/v1/agencies")).json()["items"] == []
    path = f"/v1/agencies/{agency}"
    answers = [
        await admin.get(path),
        await admin.http.post(f"{path}/secrets"),
        await admin.http.post(f"{path}/disable"),
        await admin.http.delete(f"{path}/secrets/{uuid4()}"),
        await admin.get(f"/v1/agencies/{uuid4()}"),
    ]
    assert {answer.status_code for answer in answers} == {404}


async def test_a_secret_of_another_agency_is_not_found(admin: Client, database: Database) -> None:
    agencies = [await make(database, ["aggregates:read"], ["6372"], client_id) for client_id in ("satu", "dua")]
    (secret,) = (await admin.get(f"/v1/agencies/{agencies[1]}")).json()["secrets"]
    assert (await admin.http.delete(f"/v1/agencies/{agencies[0]}/secrets/{secret['id']}")).status_code == 404


@pytest.mark.parametrize("limit", [1, 2, 4, 1000])
async def test_pages_of_any_size_show_every_agency_once(client: Client, database: Database, limit: int) -> None:
    await act_as(client, ("operator", "ID"))
    for client_id in ("satu", "dua", "tiga", "empat"):
        await make(database, ["aggregates:read"], ["ID" if client_id == "dua" else "6372"], client_id)
    found: list[str] = []
    query: dict[str, Any] = {}
    while True:
        page = (await client.get("/v1/agencies", limit=limit, **query)).json()
        found += [each["client_id"] for each in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == ["dua", "empat", "satu", "tiga"]


@pytest.mark.parametrize(("cursor", "code"), [("", "bad_format"), ("a\x00", "bad_cursor"), ("a b", "bad_cursor")])
async def test_a_cursor_that_is_none_is_refused(admin: Client, cursor: str, code: str) -> None:
    assert codes_of(await admin.get("/v1/agencies", cursor=cursor)) == {"cursor": code}


async def test_who_manages_no_agencies_sees_none(client: Client, database: Database) -> None:
    agency = await make(database, ["aggregates:read"], ["6372"])
    await act_as(client, ("supervisor", "6372"), ("data_protection_officer", "ID"))
    for path in ("/v1/agencies", f"/v1/agencies/{agency}"):
        assert (await client.get(path)).json()["scope"] == "agencies:manage"
    assert (await create(client)).status_code == 403


@pytest.mark.parametrize("name", ["\u202eDP3A\u202c Kota\u200b", "\ufeffDP3A\u00a0\tKota\n"])
async def test_what_cannot_be_seen_is_taken_out_of_the_name(admin: Client, name: str) -> None:
    assert (await create(admin, name=name)).json()["name"] == "DP3A Kota"


@pytest.mark.parametrize("name", ["\u202e", "\u200b\u2069", " \u2800"])
async def test_a_name_of_nothing_that_can_be_seen_is_a_fault(admin: Client, name: str) -> None:
    assert codes_of(await create(admin, name=name)) == {"/name": "bad_format"}
