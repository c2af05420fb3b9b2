"""Export keys: what they read, for how long, and who revokes them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx import BasicAuth, Response

from app.access import ROLES
from app.platform.database import Connection, Database
from app.platform.tokens import Tokens
from tests.access_matrix.matrix import MATRIX
from tests.access_matrix.resources import INSIDE, Resources
from tests.support.accounts import act_as, make_person, nobody
from tests.support.factories import Client, codes_of, make_body

KEYS = "/v1/export-keys"
CARD = "/v1/aggregates/6372/2025"
OWN = {"name": "Excel bagian perencanaan", "region": "6372"}


@pytest.fixture
async def analyst(client: Client, database: Database) -> str:
    """The id of an analyst of Kalimantan Selatan, who is signed in."""
    found = await make_person(database, "rina.analis", ("analyst", "63"))
    await act_as(client, ("analyst", "63"), id=found)
    return found


async def make_key(client: Client, **changed: Any) -> dict[str, Any]:
    answer = await client.http.post(KEYS, json={**OWN, **changed})
    assert answer.status_code == 201, answer.text
    key: dict[str, Any] = answer.json()
    return key


async def get(client: Client, key: dict[str, Any], path: str = CARD, **headers: str) -> Response:
    """The response to a GET with the key and without a token."""
    with nobody(client):
        return await client.http.get(path, auth=BasicAuth(key["id"], key["secret"]), headers=headers)


def assert_dead(answer: Response) -> None:
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"] == 'Basic realm="IKK", charset="UTF-8"'
    assert answer.json()["type"] == "urn:ikk:problem:unauthenticated"


async def test_it_works(client: Client, analyst: str) -> None:
    key = await make_key(client)
    assert re.fullmatch(r"ikk_export_[A-Za-z0-9_-]{43}", key["secret"])
    assert (key["owner"], key["region"], key["last_used_on"]) == ({"kind": "person", "id": analyst}, "6372", None)
    lasts = datetime.fromisoformat(key["expires_at"]) - datetime.fromisoformat(key["created_at"])
    assert lasts == timedelta(days=180)
    answer = await get(client, key, Accept="text/csv")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    for path in (
        "/v1/aggregates?parent=6372&level=village&year=2025&format=xlsx",
        "/v1/aggregates/6372/trend?from=2024&to=2025",
        "/v1/aggregates/available",
        "/v1/aggregates/ranks?parent=6372&level=village&year=2025",
        "/v1/aggregates/6372/2025/breakdowns",
        "/v1/releases",
        "/v1/regions?parent=6372",
        "/v1/regions/6372",
        "/v1/instruments",
        "/v1/instruments/ikk-29/2025.1",
    ):
        assert (await get(client, key, path)).status_code == 200, path
    (listed,) = (await client.get(KEYS)).json()["items"]
    assert listed.keys() == key.keys() - {"secret"}
    assert listed["last_used_on"] == datetime.now(UTC).date().isoformat()


async def test_only_the_hash_is_stored(client: Client, analyst: str, connection: Connection) -> None:
    key = await make_key(client)
    row = await connection.fetchval("SELECT export_key::text FROM export_key")
    assert key["secret"] not in row
    assert key["secret"].removeprefix("ikk_export_") not in row


async def test_it_reads_one_region(client: Client, analyst: str) -> None:
    key = await make_key(client)
    for path in ("/63/2025", "/6371/2025", "?parent=63&level=regency&year=2025"):
        answer = await get(client, key, f"/v1/aggregates{path}")
        assert answer.json()["type"] == "urn:ikk:problem:region-outside-caller", path


async def test_it_has_no_scope_but_that_of_figures(client: Client, database: Database) -> None:
    """A reviewer gets exact figures, and the reviewer's key released ones."""
    reader = await make_person(database, "budi.pembaca", ("sensitive_reader", "63"), ("operator", "63"))
    await act_as(client, ("sensitive_reader", "63"), ("operator", "63"), id=reader)
    key = await make_key(client)
    assert (await client.put(make_body())).status_code == 201
    assert (await client.get(CARD)).json()["index"]["mean"] is not None
    shown = (await get(client, key)).json()
    assert (shown["protected"], shown["progress"]["families"]) == (True, 1)
    assert (shown["index"]["mean"], shown["index"]["reason"]) == (None, "not_released")


ELSEWHERE = [
    row
    for row in MATRIX
    if row.operation not in ("getAggregate", "getTrend", "listAggregates", "listAvailable", "listRegions", "getRegion")
    and row.operation not in ("getProfile", "listProfiles", "listCases", "getCases", "listCodeLists")
    and row.operation not in ("listReleases", "getRelease", "getReleaseMetadata", "exportReleasedVillages")
    and row.operation not in ("getBreakdowns", "listRanks", "getRestatedAggregate")
    and not row.operation.startswith(("listInstruments", "getInstrument", "listContext", "getContext"))
]


@pytest.mark.parametrize("row", ELSEWHERE, ids=[row.name for row in ELSEWHERE])
async def test_it_is_not_accepted_anywhere_else(client: Client, app: FastAPI, database: Database, row: Any) -> None:
    """The owner has every role here, and so a token of the owner would do."""
    roles = [(role, INSIDE if "village" in ROLES[role].levels else "63") for role in ROLES]
    everything = await make_person(database, "semua.peran", *roles)
    await act_as(client, *roles, id=everything)
    key = await make_key(client, region=INSIDE)
    made = await row.make(Resources(client.http, app, INSIDE), everything)
    with nobody(client):
        for authorization in (BasicAuth(key["id"], key["secret"]), None):
            sent = {**made.sent, "headers": {**made.sent.get("headers", {})}}
            if authorization is None:
                sent["headers"]["Authorization"] = f"Bearer {key['secret']}"
            answer = await client.http.request(made.method, made.path, auth=authorization, **sent)
            assert answer.status_code == 401, answer.text
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_token_endpoint_gives_nothing_for_it(client: Client, analyst: str) -> None:
    key = await make_key(client)
    with nobody(client):
        form = {"grant_type": "client_credentials"}
        answer = await client.http.post("/v1/token", data=form, auth=BasicAuth(key["id"], key["secret"]))
    assert answer.status_code == 401


async def test_the_owner_revokes_it(client: Client, analyst: str) -> None:
    key = await make_key(client)
    assert (await client.http.delete(f"{KEYS}/{key['id']}")).status_code == 204
    assert_dead(await get(client, key))
    (listed,) = (await client.get(KEYS)).json()["items"]
    assert listed["ended_at"] is not None
    assert (await client.http.delete(f"{KEYS}/{key['id']}")).status_code == 204
    assert (await client.get(KEYS)).json()["items"] == [listed]


@pytest.mark.parametrize(
    ("role", "held", "sees"),
    [
        ("agency_administrator", "63", True),
        ("operator", "6372", True),
        ("agency_administrator", "6371", False),
        ("agency_administrator", INSIDE, False),
        ("analyst", "63", False),
    ],
)
async def test_who_manages_people_there_sees_and_revokes_it(
    client: Client, analyst: str, role: str, held: str, sees: bool
) -> None:
    key = await make_key(client)
    await act_as(client, (role, held))
    listed = (await client.get(KEYS)).json()["items"]
    assert [each["id"] for each in listed] == ([key["id"]] if sees else [])
    answer = await client.http.delete(f"{KEYS}/{key['id']}")
    assert answer.status_code == (204 if sees else 404)
    assert (await get(client, key)).status_code == (401 if sees else 200)


async def test_an_agencys_key_is_for_those_who_manage_agencies(client: Client, app: FastAPI) -> None:
    await client.sign_in(scopes=["agencies:manage", "aggregates:read"], regions=["63"])
    body = {"client_id": "dinas-uji", "name": "Dinas Uji", "scopes": ["aggregates:read"], "regions": ["63"]}
    agency = (await client.http.post("/v1/agencies", json=body)).json()["id"]
    tokens: Tokens = app.state.tokens
    client.http.headers["Authorization"] = f"Bearer {tokens.issue('agency', agency, {'aggregates:read': ['63']}).token}"
    key = await make_key(client)
    assert (await get(client, key)).status_code == 200
    await client.sign_in(scopes=["people:manage"], regions=["63"])
    assert (await client.http.delete(f"{KEYS}/{key['id']}")).status_code == 404
    await client.sign_in(scopes=["agencies:manage"], regions=["63"])
    assert [each["id"] for each in (await client.get(KEYS)).json()["items"]] == [key["id"]]
    await client.sign_in(scopes=["agencies:manage", "aggregates:read"], regions=["63"])
    assert (await client.http.post(f"/v1/agencies/{agency}/disable")).status_code == 204
    assert_dead(await get(client, key))
    assert (await client.http.delete(f"{KEYS}/{key['id']}")).status_code == 204


@pytest.mark.parametrize("actions", [("disable", "enable"), ("code",), ("second-factor/reset",)], ids="-".join)
async def test_it_ends_for_good_with_what_its_owner_signs_in_with(
    client: Client, analyst: str, actions: tuple[str, ...]
) -> None:
    """A thief may have made it."""
    key = await make_key(client)
    await act_as(client, ("operator", "ID"))
    for action in actions:
        assert (await client.http.post(f"/v1/people/{analyst}/{action}")).status_code in (201, 204)
        assert_dead(await get(client, key))
    (listed,) = (await client.get(KEYS)).json()["items"]
    assert (listed["id"], listed["ended_at"] is None) == (key["id"], False)


async def test_codes_in_bulk_end_the_keys_of_those_who_had_a_password(
    client: Client, analyst: str, connection: Connection
) -> None:
    key = await make_key(client)
    await connection.execute("UPDATE person SET password_hash = 'x' WHERE id = $1", UUID(analyst))
    await act_as(client, ("operator", "ID"))
    chosen = {"region": "63", "include_signed_in": "true"}
    assert (await client.http.post("/v1/people/codes", params=chosen)).status_code == 201
    assert_dead(await get(client, key))


async def test_it_ends_with_the_owners_role_there(client: Client, analyst: str, database: Database) -> None:
    key = await make_key(client)
    await act_as(client, ("operator", "ID"))
    person = (await client.get(f"/v1/people/{analyst}")).json()
    (grant,) = person["grants"]
    kept = {"role": "analyst", "region": "6371"}
    assert (await client.http.post(f"/v1/people/{analyst}/grants", json=kept)).status_code == 201
    assert (await client.http.delete(f"/v1/people/{analyst}/grants/{grant['id']}")).status_code == 204
    assert_dead(await get(client, key))


async def test_it_expires(client: Client, analyst: str, connection: Connection) -> None:
    key = await make_key(client, days=1)
    await connection.execute("UPDATE export_key SET expires_at = now() - interval '1 second'")
    assert_dead(await get(client, key))


@pytest.mark.parametrize("path", [CARD, "/v1/regions", "/v1/instruments"])
async def test_office_programs_are_asked_for_a_password(client: Client, path: str) -> None:
    assert (await client.http.get(path)).headers["www-authenticate"] == 'Basic realm="IKK", charset="UTF-8", Bearer'
    for sent in ("Bearer broken", "Basic broken", "Basic YQ==", "Digest x"):
        answer = await client.http.get(path, headers={"Authorization": sent})
        expected = "Bearer" if sent.startswith("Bearer") else 'Basic realm="IKK", charset="UTF-8"'
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, expected)


async def test_wrong_secrets_are_limited_by_address_and_a_right_one_passes(
    client: Client, analyst: str, app: FastAPI
) -> None:
    key = await make_key(client)
    most = app.state.settings.sign_in_failures_per_address
    for number in range(most):
        answer = await get(client, {"id": str(uuid4()), "secret": f"ikk_export_{number}"})
        assert answer.status_code == 401
    wrong = await get(client, {**key, "secret": "ikk_export_wrong"})
    assert (wrong.status_code, "retry-after" in wrong.headers) == (429, True)
    assert (await get(client, key)).status_code == 200
    # A sign-in from the same address is not affected.
    with nobody(client):
        form = {"grant_type": "password", "username": "tidak.ada", "password": "sawah-hijau-luas"}
        assert (await client.http.post("/v1/token", data=form)).status_code == 400


async def test_requests_count_for_the_owner(client: Client, analyst: str, app: FastAPI) -> None:
    key = await make_key(client)
    statuses = {(await get(client, key, "/v1/instruments")).status_code for _ in range(200)}
    assert statuses == {200, 429} or app.state.settings.person_requests_per_minute > 200


async def test_making_and_revoking_is_audited_and_use_is_not(
    client: Client, analyst: str, connection: Connection
) -> None:
    key = await make_key(client)
    for _ in range(3):
        await get(client, key)
    await client.http.delete(f"{KEYS}/{key['id']}")
    rows = await connection.fetch(
        "SELECT kind, region, subject, detail::text FROM audit_queue WHERE kind LIKE 'export_key%' UNION ALL "
        "SELECT kind, region, subject, detail::text FROM audit_log WHERE kind LIKE 'export_key%' ORDER BY kind"
    )
    assert [(row["kind"], row["region"], row["subject"]) for row in rows] == [
        ("export_key.create", "6372", f"export_key:{key['id']}"),
        ("export_key.end", "6372", f"export_key:{key['id']}"),
    ]
    assert key["secret"] not in str(rows)
    assert "perencanaan" not in str(rows)


async def test_the_addresses_of_its_uses_are_kept(
    client: Client, analyst: str, app: FastAPI, connection: Connection
) -> None:
    key = await make_key(client)
    for _ in range(3):
        await get(client, key)
    await app.state.address_keeper.store(app.state.database)
    (row,) = await connection.fetch("SELECT caller_id, uses FROM address_use WHERE token_id = $1", key["id"])
    assert (row["caller_id"], row["uses"]) == (UUID(analyst), 3)


async def test_nobody_with_an_account_elsewhere_gets_a_key(client: Client, app: FastAPI) -> None:
    tokens: Tokens = app.state.tokens
    token = tokens.issue("outside", str(uuid4()), {"aggregates:read": ["63"]}).token
    answer = await client.http.post(KEYS, json=OWN, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ikk:problem:account-elsewhere")


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({"name": None}, {"/name": "missing"}),
        ({"name": "kartu 6372 0101 0110 0001"}, {"/name": "looks_like_nik"}),
        ({"name": "x" * 101}, {"/name": "bad_format"}),
        ({"region": "637"}, {"/region": "bad_format"}),
        ({"region": "6399"}, {"/region": "not_in_force"}),
        ({"days": 0}, {"/days": "too_small"}),
        ({"days": 367}, {"/days": "too_large"}),
        ({"days": "30"}, {"/days": "wrong_type"}),
        ({"secret": "x"}, {"/secret": "unknown_member"}),
    ],
)
async def test_faults(client: Client, analyst: str, changed: dict[str, Any], faults: dict[str, str]) -> None:
    answer = await client.http.post(KEYS, json={**OWN, **changed})
    assert (answer.status_code, codes_of(answer)) == (422, faults)


async def test_there_are_few_at_a_time(client: Client, analyst: str) -> None:
    keys = [await make_key(client) for _ in range(20)]
    answer = await client.http.post(KEYS, json=OWN)
    assert (answer.status_code, answer.json()["faults"][0]["code"]) == (422, "too_many_keys")
    await client.http.delete(f"{KEYS}/{keys[0]['id']}")
    await make_key(client)


async def test_pages(client: Client, analyst: str) -> None:
    made = [(await make_key(client))["id"] for _ in range(3)]
    first = (await client.get(KEYS, limit=2)).json()
    rest = (await client.get(KEYS, limit=2, cursor=first["next"])).json()
    assert [each["id"] for each in (*first["items"], *rest["items"])] == made[::-1]
    assert rest["next"] is None
    assert codes_of(await client.get(KEYS, cursor="x")) == {"cursor": "bad_cursor"}
