"""The longest lists and files do not hold the event loop of a server, so that other requests have their turn."""

from collections.abc import Awaitable
from typing import Final
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import Response

from app.commands.serve import prepare
from app.jobs.sealing import seal_queue
from app.platform.database import Connection
from app.services.access.people_files import FILE_LINES
from app.services.statistics.context_files import FILE_LINES as FIGURE_LINES
from tests.support.accounts import act_as, post_file
from tests.support.cases import path_of, report
from tests.support.factories import EVERYTHING, LANDASAN_ULIN_SELATAN, Client
from tests.support.families import state_purpose
from tests.support.gaps import watching
from tests.support.held import make_conflict
from tests.support.releases import make_release
from tests.support.rounds import plan_round
from tests.support.subject_requests import REQUESTS, ask, send_family
from tests.support.workbooks import make_workbook

AGES: Final = ("0_5", "6_12", "13_17")
MOST_SECONDS: Final = 0.2
"""CPU of one piece of work. On a quiet machine the longest takes about half of this."""
LONGEST: Final = 1000

LISTS: Final = {
    "countWarnings": "/v1/submissions/warnings?region=63&year=2025",
    "listAddresses": "/v1/audit/addresses?caller={caller}",
    "listAgencies": "/v1/agencies",
    "listAggregates": "/v1/aggregates?parent=63&level=village&year=2025",
    "listAvailable": "/v1/aggregates/available?parent=63&level=village",
    "listAuditEntries": "/v1/audit",
    "listCases": "/v1/statistics/cases?parent=63&level=village&year=2023",
    "listContextFigures": "/v1/statistics/context?parent=63&level=village",
    "listEarlierIdentities": "/v1/families/earlier-identities",
    "listExportKeys": "/v1/export-keys",
    "listHeld": "/v1/held-submissions",
    "listPeople": "/v1/people",
    "listRegions": "/v1/regions?level=village",
    "listRanks": "/v1/aggregates/ranks?parent=63&level=village&year=2025",
    "listReleases": "/v1/releases",
    "listRoundChanges": "/v1/rounds/{round}/changes",
    "listRoundVillages": "/v1/rounds/{round}/villages",
    "listRounds": "/v1/rounds",
    "listSubjectRequests": "/v1/subject-requests",
    "listSubmissions": "/v1/submissions",
}

WHOLE: Final = {
    "listAggregates with fields": "/v1/aggregates?parent=63&level=village&year=2025&limit=200"
    "&fields=categories,indicators",
    "listAggregates as CSV": "/v1/aggregates?parent=63&level=village&year=2025&format=csv",
    "listAggregates as a workbook": "/v1/aggregates?parent=63&level=village&year=2025&format=xlsx",
    "listProfiles": "/v1/profiles?parent=63&level=village&year=2025&limit=200",
    "listProfiles as CSV": "/v1/profiles?parent=63&level=regency&year=2025&format=csv",
    "the longest table": "/v1/aggregates?parent=63&level=district&year=2025&format=xlsx&fields=categories,indicators",
}
"""Lists that are longer in another way than by `limit`."""


@pytest.fixture(scope="module", autouse=True)
def prepared(app: FastAPI) -> None:
    """The application is prepared as in a server."""
    prepare(app)


async def copy_rows(connection: Connection, table: str, count: int, changed: str) -> None:
    """Adds copies of one row. `changed` is SQL with the members that differ. It names the number of the copy `n`."""
    await connection.execute(
        f"INSERT INTO {table} SELECT (jsonb_populate_record(first.kept, jsonb_build_object({changed}))).* "
        f"FROM (SELECT kept FROM {table} AS kept LIMIT 1) AS first, generate_series(1, {count}) AS n"
    )


async def villages_of(connection: Connection, count: int) -> list[str]:
    query = "SELECT code FROM region WHERE level = 'village' AND code LIKE '63%' ORDER BY code LIMIT $1"
    return [row[0] for row in await connection.fetch(query, count)]


async def people_file(connection: Connection, lines: int = FILE_LINES) -> str:
    """A file with as many people as it may have, each in another village."""
    villages = await villages_of(connection, lines)
    rows = (
        f"kader.{number:05},Kader Contoh {number},kader,{villages[number % len(villages)]},2026-01-01,2099-12-31"
        for number in range(lines)
    )
    return "\n".join(["username,name,role,region,valid_from,valid_until", *rows])


async def import_people(client: Client, text: str) -> Response:
    """Sends the file as an administrator of Kalimantan Selatan, who wants the codes as CSV."""
    await act_as(client, ("agency_administrator", "63"))
    return await post_file(client, text, Accept="text/csv")


async def fill(client: Client, connection: Connection) -> str:
    """Stores more of everything than a page may have. Returns the id of a family with as long a trail."""
    answer = await import_people(client, await people_file(connection))
    assert answer.status_code == 201, answer.text
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    family: str = (await send_family(client))["family"]
    await ask(client, family, "restrict")
    agency = {"client_id": "dinas-uji", "name": "Dinas Uji", "scopes": ["aggregates:read"], "regions": ["63"]}
    assert (await client.http.post("/v1/agencies", json=agency)).status_code == 201
    new = "'id', gen_random_uuid()"
    # So many that the list shows their figures.
    forty = ", ".join(f"'{name}', (first.kept).{name} * 40" for name in ("families", "without_card", "sums"))
    letters = "(SELECT string_agg(substr('FUNM', 1 + (random() * 3)::int, 1), '') FROM generate_series(1, 29 + 0 * n))"
    family_and_sender = "'family_id', gen_random_uuid(), 'sent_by', gen_random_uuid()"
    await copy_rows(connection, "submission", LONGEST, f"{new}, {family_and_sender}, 'outcomes', {letters}")
    await make_conflict(client)
    of_nobody = "'submission_id', gen_random_uuid(), 'family_id', NULL"
    await copy_rows(connection, "held_submission", LONGEST, f"{new}, {of_nobody}")
    await copy_rows(connection, "subject_request", LONGEST, new)
    await copy_rows(connection, "agency", LONGEST, f"{new}, 'client_id', 'dinas-' || n")
    export_key = {"name": "Excel bagian perencanaan", "region": "63"}
    assert (await client.http.post("/v1/export-keys", json=export_key)).status_code == 201
    await copy_rows(connection, "export_key", LONGEST, new)
    figure = {"present": True, "status": "verified", "source": {"name": "DP3A", "url": "https://example.go.id/patbm"}}
    where = f"/v1/statistics/context/patbm/{LANDASAN_ULIN_SELATAN}/2024"
    assert (await client.http.put(where, json=figure)).status_code == 201
    villages = "'{" + ",".join(await villages_of(connection, LONGEST)) + "}'::text[]"
    counted = report({"victims": 45}, *({"place": "school", "age_group": f"age_{age}", "victims": 15} for age in AGES))
    assert (await client.http.put(path_of(LANDASAN_ULIN_SELATAN, "2022"), json=counted)).status_code == 201
    other = f"{new}, 'region', ({villages})[n], 'parent', left(({villages})[n], 6), 'period', '2023', 'year', 2023"
    await copy_rows(connection, "case_report", LONGEST, other)
    await make_release(connection, client.app.state.keys.current("figures").id)
    await copy_rows(connection, "release", LONGEST, f"{new}, 'number', n + 1")
    planned = await plan_round(client)
    await copy_rows(connection, "round", LONGEST, f"{new}, 'year', 2024")
    of_round = f"'round_id', {planned!r}, 'region', '63' || lpad(n::text, 8, '0')"
    await copy_rows(connection, "round_village", LONGEST, of_round)
    await connection.execute(
        "INSERT INTO round_village (round_id, region, instrument, opens_at, ends_at, late_from) "
        "SELECT id, $2, instrument, opens_at, ends_at, ends_at FROM round WHERE id <> $1",
        *(UUID(planned), LANDASAN_ULIN_SELATAN),
    )
    await connection.execute(
        "INSERT INTO round_change (round_id, region, submission_id, kind) "
        f"SELECT $1, $2, gen_random_uuid(), 't' FROM generate_series(1, {LONGEST + 1})",
        *(UUID(planned), LANDASAN_ULIN_SELATAN),
    )
    await copy_rows(connection, "village_sums", LONGEST, f"'region', ({villages})[n], {forty}")
    await copy_rows(connection, "context_figure", LONGEST, f"{new}, 'region', ({villages})[n], 'year', 2023")
    await connection.execute(
        "INSERT INTO address_use (caller_kind, caller_id, token_id, address, uses, first_seen_at, last_seen_at) "
        f"SELECT 'agency', $1, n::text, '203.0.113.7', n, now(), now() FROM generate_series(1, {LONGEST + 1}) AS n",
        client.agency_id,
    )
    await connection.execute(
        "INSERT INTO earlier_identity (id, family_id, region, key_id, encrypted, reason, kept_at) "
        f"SELECT gen_random_uuid(), $1, $2, 'key', '', 'changed', now() FROM generate_series(1, {LONGEST + 1})",
        *(UUID(family), LANDASAN_ULIN_SELATAN),
    )
    await connection.execute(
        "INSERT INTO audit_queue (kind, caller_kind, caller_id, region, subject) "
        f"SELECT 'family.read', 'agency', $1, $2, $3 FROM generate_series(1, {2 * LONGEST})",
        *(client.agency_id, LANDASAN_ULIN_SELATAN, f"family:{family}"),
    )
    return family


class Loop:
    """What held the loop longest, by the name of the work."""

    def __init__(self) -> None:
        self.held: dict[str, float] = {}

    async def run(self, name: str, work: Awaitable[Response]) -> Response:
        async with watching() as watch:
            answer = await work
        self.held[name] = watch.seconds
        return answer

    def check(self) -> None:
        assert {name: seconds for name, seconds in self.held.items() if seconds > MOST_SECONDS} == {}, self.held


async def seal_all(app: FastAPI, connection: Connection) -> None:
    """The application's own sealer may do it, on the same loop."""
    while await connection.fetchval("SELECT count(*) FROM audit_queue"):
        await seal_queue(app.state.database, app.state.keys)


async def test_every_list_is_measured(app: FastAPI) -> None:
    listing = {
        operation["operationId"]
        for methods in app.openapi()["paths"].values()
        for operation in methods.values()
        if any(each["name"] == "limit" for each in operation.get("parameters", ()))
    }
    assert listing == LISTS.keys() | (listing & WHOLE.keys())


async def test_no_long_list_holds_the_loop(client: Client, connection: Connection, app: FastAPI) -> None:
    loop = Loop()
    family = await fill(client, connection)
    planned = (await client.get("/v1/rounds", year=2025, limit=1)).json()["items"][0]["id"]
    async with watching() as sealing:
        await seal_all(app, connection)
    loop.held["sealing"] = sealing.seconds
    # Without `submissions:sensitive`, every score of a list has to be protected.
    await client.sign_in(scopes=[each for each in EVERYTHING if each != "submissions:sensitive"], regions=["ID"])
    for name, path in LISTS.items():
        limited = f"{path}{'&' if '?' in path else '?'}limit={LONGEST}".format(caller=client.agency_id, round=planned)
        answer = await loop.run(name, client.http.get(limited))
        assert answer.status_code == 200, (name, answer.text)
        assert len(answer.json()["items"]) == LONGEST, name
    for name, path in WHOLE.items():
        answer = await loop.run(name, client.http.get(path))
        assert answer.status_code == 200, (name, answer.text)
    await state_purpose(client, family)
    export = f"{REQUESTS}/{await ask(client, family, 'export')}/export"
    exported = await loop.run("export", client.http.get(export))
    assert exported.status_code == 200, exported.text
    assert len(exported.json()["trail"]) > 2 * LONGEST
    loop.check()


async def test_the_longest_file_of_people_does_not_hold_the_loop(client: Client, connection: Connection) -> None:
    loop = Loop()
    text = await people_file(connection)
    for expected in (201, 422):
        answer = await loop.run(str(expected), import_people(client, text))
        assert answer.status_code == expected, answer.text
    loop.check()


async def test_the_longest_workbook_and_its_codes_do_not_hold_the_loop(client: Client, connection: Connection) -> None:
    loop = Loop()
    rows = [line.split(",") for line in (await people_file(connection)).splitlines()]
    book = make_workbook(*rows)
    await act_as(client, ("agency_administrator", "63"))
    headers = {"Content-Type": "application/vnd.ms-excel", "Accept": "text/html"}
    answer = await loop.run("workbook", client.http.post("/v1/people/import", content=book, headers=headers))
    assert answer.status_code == 201, answer.text
    for kind in ("json", "csv", "xlsx", "html"):
        path = f"/v1/people/codes?region=63&format={kind}"
        answer = await loop.run(f"codes in {kind}", client.http.post(path))
        assert answer.status_code == 201, answer.text
    answer = await loop.run("codes by file", client.http.post("/v1/people/codes", content=book, headers=headers))
    assert answer.status_code == 201, answer.text
    loop.check()


async def test_the_longest_file_of_figures_does_not_hold_the_loop(client: Client, connection: Connection) -> None:
    loop = Loop()
    villages = await villages_of(connection, 1700)
    tail = "verified,BPS,https://example.go.id/,"
    lines = [f"{village},{year},population,1045,{tail}" for year in range(2018, 2024) for village in villages]
    text = "\n".join(["region,year,indicator,value,status,source,url,note", *lines[:FIGURE_LINES]])
    await act_as(client, ("agency_administrator", "63"))
    headers = {"Content-Type": "text/csv"}
    for name, content, expected in (
        ("taken", text, 200),
        ("again", text, 200),
        ("refused", text.replace("1045", "0,5"), 422),
    ):
        answer = await loop.run(name, client.http.post("/v1/statistics/context", content=content, headers=headers))
        assert answer.status_code == expected, answer.text[:500]
    for form in ("csv", "xlsx"):
        path = f"/v1/statistics/context?parent=63&level=village&format={form}"
        answer = await loop.run(form, client.http.get(path))
        assert answer.status_code == 200, answer.text[:500]
    loop.check()


async def test_the_document_is_made_before_the_first_request(client: Client) -> None:
    loop = Loop()
    assert (await loop.run("document", client.http.get("/openapi.json"))).status_code == 200
    assert (await loop.run("wrong method", client.http.delete("/openapi.json"))).status_code == 405
    loop.check()
