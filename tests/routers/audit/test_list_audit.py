"""GET /v1/audit"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI

from app.access import Caller
from app.platform.database import Connection, Database
from app.services.audit.queue import record
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, codes_of
from tests.support.sealing import seal_all

TANAH_LAUT = "6301012001"
JAKARTA = "3171011001"
ANA, BUDI = str(uuid4()), str(uuid4())
KINDS = ("submission.take", "submission.read", "token.issue")


def who(id: str) -> Caller:
    return Caller("person", id, {}, (), 2**40)


@pytest.fixture
async def stored(app: FastAPI, database: Database) -> list[dict[str, Any]]:
    """Thirty-six entries of two callers, three kinds, and four regions or none, the oldest first."""
    kept = []
    async with database.session() as session:
        for number in range(36):
            caller, kind = (ANA, BUDI)[number % 2], KINDS[number % 3]
            region = (LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS, TANAH_LAUT, JAKARTA, None)[number % 5]
            subject = f"submission:{UUID(int=number % 4)}"
            await record(session, who(caller), kind, region=region, subject=subject, entries=number)
            kept.append({"number": number, "caller": caller, "kind": kind, "region": region, "subject": subject})
    await seal_all(app)
    return kept


async def walk(client: Client, limit: int = 1000, **query: Any) -> list[dict[str, Any]]:
    """The entries on all pages, without those that record this reading."""
    found: list[dict[str, Any]] = []
    while True:
        answer = await client.get("/v1/audit", limit=limit, **query)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if answer.json()["next"] is None:
            return [each for each in found if each["kind"] != "audit.read"]
        assert len(answer.json()["items"]) == limit
        query["cursor"] = answer.json()["next"]


def numbers(found: list[dict[str, Any]]) -> list[int]:
    return [each["detail"]["entries"] for each in found]


async def test_it_works(caller: Client, app: FastAPI, database: Database) -> None:
    async with database.session() as session:
        await record(
            session,
            who(ANA),
            "grant.create",
            region="6372",
            subject=f"person:{ANA}",
            before=None,
            after={"role": "kader"},
        )
    await seal_all(app)
    page = (await caller.get("/v1/audit")).json()
    (entry,) = page["items"]
    assert page["next"] is None
    assert entry["position"] == 1
    assert datetime.now(UTC) - datetime.fromisoformat(entry["at"]) < timedelta(minutes=1)
    assert entry["caller"] == {"kind": "person", "id": ANA, "name": None}
    assert (entry["kind"], entry["region"], entry["subject"]) == ("grant.create", "6372", f"person:{ANA}")
    assert entry["detail"] == {"before": None, "after": {"role": "kader"}}
    assert entry["request_id"] is None
    assert len(bytes.fromhex(entry["hash"])) == 32


@pytest.mark.parametrize("limit", [1, 7, 1000])
async def test_the_newest_come_first_and_pages_neither_repeat_nor_skip(
    caller: Client, stored: list[dict[str, Any]], limit: int
) -> None:
    await caller.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert numbers(await walk(caller, limit)) == list(range(35, -1, -1))
    assert len(stored) == 36


@pytest.mark.parametrize("regions", [["ID"], ["63"], ["6372", "31"], [TANAH_LAUT], ["62"]])
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"caller": ANA},
        {"caller": str(uuid4())},
        {"kind": "token.issue"},
        {"kind": "family.erase"},
        {"subject": f"submission:{UUID(int=3)}"},
        {"caller": BUDI, "kind": "submission.read"},
        {"caller": BUDI, "kind": "submission.read", "subject": f"submission:{UUID(int=1)}"},
    ],
)
async def test_filters_and_area_show_what_fits_and_nothing_else(
    caller: Client, stored: list[dict[str, Any]], regions: list[str], query: dict[str, str]
) -> None:
    await caller.sign_in(scopes=EVERYTHING, regions=regions)
    expected = [
        each["number"]
        for each in reversed(stored)
        if all(each[name] == value for name, value in query.items())
        and (regions == ["ID"] or (each["region"] or "-").startswith(tuple(regions)))
    ]
    assert numbers(await walk(caller, 5, **query)) == expected


@pytest.mark.parametrize("region", ["63", "6372", "63.72.06", LANDASAN_ULIN_SELATAN, "6301"])
async def test_a_region_shows_its_whole_subtree(caller: Client, stored: list[dict[str, Any]], region: str) -> None:
    code = region.replace(".", "")
    expected = [each["number"] for each in reversed(stored) if (each["region"] or "-").startswith(code)]
    assert numbers(await walk(caller, 4, region=region)) == expected


async def test_the_country_shows_also_what_belongs_to_no_region(caller: Client, stored: list[dict[str, Any]]) -> None:
    await caller.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert len(await walk(caller, region="ID")) == len(stored)


async def test_times_include_both_ends(caller: Client, stored: list[dict[str, Any]], connection: Connection) -> None:
    await caller.sign_in(scopes=EVERYTHING, regions=["ID"])
    times = [row[0] for row in await connection.fetch("SELECT at FROM audit_log ORDER BY position")]
    query = {"from": times[5].isoformat().replace("+00:00", "Z"), "to": times[20].isoformat().replace("+00:00", "Z")}
    assert numbers(await walk(caller, 4, **query)) == list(range(20, 4, -1))
    assert len(stored) == len(times)


async def test_what_the_newest_entries_do_not_hold_is_found_further_back(
    caller: Client, stored: list[dict[str, Any]], connection: Connection
) -> None:
    """The caller asks for old entries. There are more newer ones than the first search reads."""
    await caller.sign_in(scopes=EVERYTHING, regions=["ID"])
    await connection.execute(
        "WITH added AS (INSERT INTO audit_label (kind, caller_kind, noun, key_id) "
        "VALUES ('submission.list', 'agency', '', 'k') RETURNING id) "
        "INSERT INTO audit_entry (position, at, label, detail, hash) "
        "SELECT 36 + n, now() + interval '1 second', id, '{}', '' FROM added, generate_series(1, 5000) AS n"
    )
    # As autovacuum does. It may have seen the tables empty after an earlier test, which no log of a server ever is.
    await connection.execute("ANALYZE audit_entry, audit_label")
    expected = [each["number"] for each in reversed(stored) if each["kind"] == "token.issue"]
    assert numbers(await walk(caller, 5, kind="token.issue")) == expected


async def test_an_agency_and_a_person_are_named(
    caller: Client, app: FastAPI, database: Database, connection: Connection
) -> None:
    agency, person = uuid4(), uuid4()
    await connection.execute("INSERT INTO agency VALUES ($1, 'a', 'DP3A Uji', '{}', '{63}', now(), NULL)", agency)
    await connection.execute(
        "INSERT INTO person (id, username, name, created_at, training) VALUES ($1, 'ana.uji', 'Ana', now(), false)",
        person,
    )
    async with database.session() as session:
        for key in (agency, person):
            await record(session, who(str(key)), "submission.read", region="63")
    await seal_all(app)
    named = [entry["caller"]["name"] for entry in await walk(caller)]
    assert named == ["ana.uji", "DP3A Uji"]


async def test_reading_is_itself_audited(caller: Client, stored: list[dict[str, Any]], app: FastAPI) -> None:
    answer = await caller.get("/v1/audit", region="6372", kind="token.issue", limit=3)
    await seal_all(app)
    entry = (await caller.get("/v1/audit", limit=1)).json()["items"][0]
    assert (entry["kind"], entry["caller"]["id"], entry["region"]) == ("audit.read", caller.agency_id, "6372")
    assert entry["detail"] == {"wanted": {"region": "6372", "kind": "token.issue"}, "entries": 3}
    assert entry["request_id"] == answer.headers["x-request-id"]
    assert len(stored) == 36


@pytest.mark.parametrize("region", ["62", "ID", "31"])
async def test_a_region_outside_the_caller_s_is_refused(caller: Client, region: str) -> None:
    assert (await caller.get("/v1/audit", region=region)).status_code == 403


async def test_a_cursor_of_an_entry_outside_the_area_opens_nothing(
    caller: Client, stored: list[dict[str, Any]]
) -> None:
    hidden = next(each["number"] + 1 for each in stored if each["region"] == JAKARTA)
    answer = await caller.get("/v1/audit", cursor=str(hidden))
    assert (answer.status_code, codes_of(answer)) == (422, {"cursor": "bad_cursor"})


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"kind": "family.eat"}, "not_allowed"),
        ({"caller": "ana"}, "bad_format"),
        ({"region": "Kalimantan"}, "bad_format"),
        ({"subject": "6372010101900001"}, "bad_format"),
        ({"subject": "family:6372010101900001"}, "bad_format"),
        ({"subject": "family:a b"}, "bad_format"),
        ({"subject": "family:siti-aminah"}, "bad_format"),
        ({"subject": f"siti:{ANA}"}, "bad_format"),
        ({"from": "yesterday"}, "bad_format"),
        ({"to": "2026-01-01T00:00:00"}, "bad_format"),
        ({"limit": "0"}, "too_small"),
        ({"limit": "1001"}, "too_large"),
        ({"cursor": "0"}, "bad_cursor"),
        ({"cursor": "x"}, "bad_cursor"),
        ({"cursor": "9" * 30}, "bad_cursor"),
        ({"cursor": "9" * 18}, "bad_cursor"),
        ({"page": "2"}, "unknown_member"),
    ],
)
async def test_a_parameter_that_cannot_be_is_a_fault(caller: Client, query: dict[str, str], code: str) -> None:
    answer = await caller.get("/v1/audit", **query)
    assert answer.status_code == 422, answer.text
    assert codes_of(answer) == {next(iter(query)): code}


async def test_all_faults_are_named_at_once(caller: Client) -> None:
    query = {"kind": "x", "from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z", "cursor": "x"}
    answer = await caller.get("/v1/audit", **query)
    assert codes_of(answer) == {"kind": "not_allowed", "from": "bad_period", "cursor": "bad_cursor"}


async def test_without_token_it_is_refused(client: Client) -> None:
    assert (await client.get("/v1/audit")).status_code == 401


async def test_without_the_scope_it_is_refused(client: Client) -> None:
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "audit:read"], regions=["63"])
    assert (await client.get("/v1/audit")).status_code == 403
