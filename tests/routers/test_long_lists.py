"""The longest lists and files do not hold the event loop, so that other requests of the process have their turn."""

import gc
from collections.abc import Iterator
from typing import Final
from uuid import uuid4

import pytest
from fastapi import FastAPI

from app.jobs.sealing import seal_queue
from app.platform.database import Connection, Database
from app.services.access.people_files import FILE_LINES
from tests.access_matrix.matrix import MATRIX
from tests.support.accounts import act_as, post_file
from tests.support.factories import EVERYTHING, Client, make_body
from tests.support.families import state_purpose
from tests.support.gaps import watching
from tests.support.subject_requests import REQUESTS, ask, send_family

MOST_SECONDS: Final = 0.25
"""CPU of one piece of work. On a quiet machine the longest takes about a fifth of this."""
LONGEST: Final = 1000

LISTS: Final = {
    "listAddresses": "/v1/audit/addresses?caller={caller}",
    "listAgencies": "/v1/agencies",
    "listAggregates": "/v1/aggregates?parent=63&level=village&year=2025",
    "listAuditEntries": "/v1/audit",
    "listPeople": "/v1/people",
    "listRegions": "/v1/regions?level=village",
    "listSubjectRequests": "/v1/subject-requests",
    "listSubmissions": "/v1/submissions",
}


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    """What is loaded is out of the garbage collector's sight, as in a server (`app/commands/serve.py`)."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


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


async def import_people(client: Client, text: str, **headers: str) -> int:
    await act_as(client, ("agency_administrator", "63"))
    return (await post_file(client, text, **headers)).status_code


async def fill(client: Client, connection: Connection) -> None:
    """Stores more of everything than a page may have."""
    assert await import_people(client, await people_file(connection)) == 201
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    family = (await send_family(client))["family"]
    await ask(client, family, "restrict")
    agency = {"client_id": "dinas-uji", "name": "Dinas Uji", "scopes": ["aggregates:read"], "regions": ["63"]}
    assert (await client.http.post("/v1/agencies", json=agency)).status_code == 201
    letters = (
        "(SELECT string_agg(substr('FUNM', 1 + floor(random() * 4)::int, 1), '') FROM generate_series(1, 29 + n * 0))"
    )
    new = "'id', gen_random_uuid()"
    await copy_rows(connection, "submission", LONGEST, f"{new}, 'sent_by', gen_random_uuid(), 'outcomes', {letters}")
    await copy_rows(connection, "subject_request", LONGEST, new)
    await copy_rows(connection, "agency", LONGEST, f"{new}, 'client_id', 'dinas-' || n")
    villages = await villages_of(connection, LONGEST)
    some = "'{" + ",".join(villages) + "}'::text[]"
    await copy_rows(connection, "village_sums", LONGEST, f"'region', ({some})[n], 'sums', (first.kept).sums * 40")
    await connection.execute(
        "INSERT INTO address_use (caller_kind, caller_id, token_id, address, uses, first_seen_at, last_seen_at) "
        "SELECT 'agency', $1, n::text, '203.0.113.7', n, now(), now() FROM generate_series(1, 1001) AS n",
        client.agency_id,
    )


async def test_every_list_is_measured(app: FastAPI) -> None:
    listing = {
        operation["operationId"]
        for methods in app.openapi()["paths"].values()
        for operation in methods.values()
        if any(each["name"] == "limit" for each in operation.get("parameters", ()))
    }
    assert listing == LISTS.keys()


async def test_no_page_of_a_list_holds_the_loop(client: Client, connection: Connection, app: FastAPI) -> None:
    await fill(client, connection)
    await seal_queue(app.state.database, app.state.keys)
    held = {}
    # An outsider to what was sent and a reader without sensitive outcomes, so that each score is a protected one.
    readers = {"everything": EVERYTHING, "little": [each for each in EVERYTHING if each != "submissions:sensitive"]}
    caller = client.agency_id
    for reader, scopes in readers.items():
        await client.sign_in(scopes=scopes, regions=["ID"])
        for name, path in LISTS.items():
            async with watching() as watch:
                answer = await client.http.get(
                    path.format(caller=caller) + ("&" if "?" in path else "?") + f"limit={LONGEST}"
                )
            assert answer.status_code == 200, (name, answer.text)
            assert len(answer.json()["items"]) == LONGEST, name
            held[name, reader] = watch.seconds
    print(held)
    assert {name: seconds for name, seconds in held.items() if seconds > MOST_SECONDS} == {}


async def test_the_longest_file_of_people_does_not_hold_the_loop(
    client: Client, connection: Connection, app: FastAPI
) -> None:
    text = await people_file(connection)
    held = {}
    for expected in (201, 422):
        async with watching() as watch:
            assert await import_people(client, text, Accept="text/csv") == expected
        held[f"import {expected}"] = watch.seconds
    async with watching() as watch:
        await seal_queue(app.state.database, app.state.keys)
    held["sealing"] = watch.seconds
    print(held)
    assert {name: seconds for name, seconds in held.items() if seconds > MOST_SECONDS} == {}
