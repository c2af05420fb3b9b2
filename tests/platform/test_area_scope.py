"""Row-level security in the database. No query reads or changes a family outside its area, even without a filter."""

import re
from collections.abc import AsyncIterator
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

import app.models  # noqa: F401 (fills the metadata)
from app.platform.database import EVERYWHERE, SERVICE_ROLE, Connection, Database, area_of
from tests.support.factories import EVERYTHING, GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, PROJECT, Client, make_body

OPEN = {"export_key", "region", "role_grant"}
"""Tables without a guard: reference rows, grants and export keys. They hold no rows of families."""
GUARDED = sorted(table.name for table in SQLModel.metadata.tables.values() if "region" in table.columns)
GUARDED = [name for name in GUARDED if name not in OPEN]
IN_ORDER = [table.name for table in SQLModel.metadata.sorted_tables if table.name in {*GUARDED, "round"}]
"""The guarded tables and those that they name, so that a row comes after the rows that it names."""
NEVER_DELETED = {"case_report", "figure_version", "release_card"}
"""Tables whose history stays. The service has no right to delete from them."""
NEVER_CHANGED = {"change_event", "figure_version", "release_card", "round_change"}
"""Tables whose rows stay as they were written. The service has no right to change them."""
OF_FAMILIES = [name for name in GUARDED if not name.startswith("audit")]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def rows(connection: Connection) -> AsyncIterator[None]:
    """Stores one row of every guarded table in each of two villages."""
    for region in (LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS):
        family = uuid4()
        await connection.execute("INSERT INTO family VALUES ($1, $2, $3)", family, region, NOW)
        ids = {"family": family}
        for name in IN_ORDER:
            if name != "family":
                await connection.execute(*insert_of(name, region, family, ids))
    yield
    for name in reversed([each for each in IN_ORDER if not each.startswith("audit")]):
        await connection.execute(f"DELETE FROM {name}")


def insert_of(name: str, region: str, family: Any, ids: dict[str, Any] | None = None) -> tuple[Any, ...]:
    """An INSERT with its parameters, which fills every column of a table that needs a value.

    `ids` are those of rows by their table, to name them and to add this one's.
    """
    values: dict[str, Any] = {}
    known = {} if ids is None else ids
    for column in SQLModel.metadata.tables[name].columns:
        named = [key.column.table.name for key in column.foreign_keys if key.column.table.name in known]
        if column.name in ("region", "family_id"):
            values[column.name] = region if column.name == "region" else family
        elif named and not column.nullable:
            values[column.name] = known[named[0]]
        elif column.name == "design":
            values[column.name] = "census"
        elif column.name == "id" and not column.server_default and column.identity is None:
            values["id"] = known[name] = _SOMETHING[str(column.type).split("(")[0].split(" ")[0]]()
        elif not column.nullable and column.server_default is None and column.identity is None:
            values[column.name] = _SOMETHING[str(column.type).split("(")[0].split(" ")[0]]()
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    return f"INSERT INTO {name} ({', '.join(values)}) VALUES ({places})", *values.values()


_SOMETHING: dict[str, Any] = {
    "UUID": uuid4,
    "CHAR": uuid4,
    '"char"': lambda: b"t",
    "VARCHAR": lambda: uuid4().hex,
    "DATETIME": lambda: NOW,
    "SMALLINT": lambda: 1,
    "BIGINT": lambda: uuid4().int >> 66,
    "INTEGER": lambda: 1,
    "BOOLEAN": lambda: True,
    "NUMERIC": lambda: 1,
    "BLOB": lambda: uuid4().bytes,
    "JSON": lambda: "{}",
    "JSONB": lambda: "{}",
    "DATE": NOW.date,
    "BIGINT[]": list,
    "VARCHAR[]": list,
    "ARRAY": list,
}


async def regions_seen(database: Database, name: str, *area: str) -> list[str]:
    """The regions of all rows that a query without any condition finds."""
    async with database.session(area) as session:
        return sorted(row[0] for row in await session.execute(text(f"SELECT region FROM {name}")))


async def test_the_service_works_as_a_role_that_owns_nothing(database: Database) -> None:
    async with database.session() as session:
        role = (await session.execute(text("SELECT * FROM pg_roles WHERE rolname = current_user"))).mappings().one()
        assert role["rolname"] == SERVICE_ROLE
        assert not any(role[right] for right in ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb"))
        owned = "SELECT count(*) FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner WHERE rolname = current_user"
        assert await session.scalar(text(owned)) == 0
    async with database.connection() as bare:
        assert await bare.fetchval("SELECT current_user") == SERVICE_ROLE


def test_no_plan_reads_a_guarded_table_before_the_area_is_set() -> None:
    """A part that waits for the area may not be joined to others in another order, so it ends in one of these."""
    joined = list[str]()
    for file in sorted((PROJECT / "app").rglob("*.py")):
        source = file.read_text(encoding="utf-8")
        for found in re.finditer(r"viewer\.area IS NOT NULL", source):
            before = re.split(r'"""|\(\n', source[: found.start()])[-1]
            after = re.split(r'(?m)^\)|"""', source[found.end() :], maxsplit=1)[0]
            if not re.search(r"\b(LIMIT|GROUP BY|OFFSET 0|DISTINCT ON)\b|\{hold\}", before + after):
                joined.append(f"{file.name}: {before.strip()[:60]}")
    # What it finds by card ends in LIMIT (`FIND_BY_CARD`).
    assert [each for each in joined if "find_by_card" not in each] == []


async def test_every_table_with_a_region_is_guarded(database: Database) -> None:
    assert {"submission", "village_sums", "family_identity", "subject_request", "audit_entry"} <= set(GUARDED)
    async with database.session() as session:
        for name in GUARDED:
            assert await session.scalar(text(f"SELECT row_security_active('{name}')")), name


async def test_every_table_that_names_a_family_has_its_region() -> None:
    naming = [table.name for table in SQLModel.metadata.tables.values() if "family_id" in table.columns]
    assert set(naming) <= set(GUARDED)
    assert len(naming) >= 6


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.usefixtures("rows")
async def test_a_forgotten_condition_shows_the_area_only(database: Database, name: str) -> None:
    both = sorted((LANDASAN_ULIN_SELATAN, GUNTUNG_MANGGIS))
    assert await regions_seen(database, name, LANDASAN_ULIN_SELATAN) == [LANDASAN_ULIN_SELATAN]
    assert await regions_seen(database, name, "637202") == [GUNTUNG_MANGGIS]
    assert await regions_seen(database, name, "637202", "637206") == both
    assert await regions_seen(database, name, "63") == both
    assert await regions_seen(database, name, *EVERYWHERE) == both
    assert await regions_seen(database, name, "64") == []
    assert await regions_seen(database, name) == []


@pytest.mark.parametrize("name", OF_FAMILIES)
@pytest.mark.usefixtures("rows")
async def test_a_forgotten_condition_changes_the_area_only(
    database: Database, connection: Connection, name: str
) -> None:
    with nullcontext() if name not in NEVER_CHANGED else pytest.raises(Exception, match="permission denied"):
        async with database.session(["637206"]) as session:
            await session.execute(text(f"UPDATE {name} SET region = '6372061003'"))
    assert await connection.fetchval(f"SELECT count(*) FROM {name} WHERE region = '{GUNTUNG_MANGGIS}'") == 1
    with nullcontext() if name not in NEVER_DELETED else pytest.raises(Exception, match="permission denied"):
        async with database.session(["64"]) as session:
            await session.execute(text(f"DELETE FROM {name}"))
    assert await connection.fetchval(f"SELECT count(*) FROM {name}") == 2


@pytest.mark.parametrize("name", OF_FAMILIES)
@pytest.mark.usefixtures("rows")
async def test_a_row_cannot_be_put_into_another_area(database: Database, name: str) -> None:
    refused = "permission denied" if name in NEVER_CHANGED else "row-level security"
    with pytest.raises(Exception, match=refused):
        async with database.session(["637206"]) as session:
            await session.execute(text(f"UPDATE {name} SET region = '6471011001'"))
    async with database.connection() as bare:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await bare.execute(*insert_of(name, LANDASAN_ULIN_SELATAN, uuid4()))


async def test_an_area_ends_with_its_transaction(database: Database, caller: Client) -> None:
    assert (await caller.put(make_body())).status_code == 201
    assert await regions_seen(database, "submission", "63") == [LANDASAN_ULIN_SELATAN]
    for _ in range(20):
        assert await regions_seen(database, "submission") == []
        async with database.connection() as bare:
            assert await bare.fetchval("SELECT count(*) FROM submission") == 0
            assert await bare.fetchval("SELECT current_setting('ikk.area', true)") in (None, "")


async def test_a_service_that_forgets_to_ask_still_returns_nothing(
    caller: Client, client: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test removes the service's own checks, so that only those of the database are left."""
    sent = await caller.put(make_body())
    await client.sign_in(scopes=EVERYTHING, regions=["64"])
    monkeypatch.setattr("app.access.lies_in", lambda region, areas: True)
    assert (await client.get(f"/v1/submissions/{sent.json()['id']}")).status_code == 404
    assert (await client.get("/v1/submissions", region="63")).json()["items"] == []
    for path in ("/v1/aggregates/63/2025", f"/v1/aggregates/{LANDASAN_ULIN_SELATAN}/2025", "/v1/aggregates/ID/2025"):
        assert (await client.get(path)).json()["families"] == 0
    below = await client.get("/v1/aggregates", parent="6372", level="village", year=2025)
    assert {row["families"] for row in below.json()["items"]} == {0}
    # Nothing is stored, and nothing is told of why.
    assert (await client.put(make_body(2))).status_code == 409
    assert await connection.fetchval("SELECT count(*) FROM submission") == 1


@pytest.mark.parametrize(
    ("regions", "area"),
    [(["63", "6471011001"], "{63,6471011001}"), (["ID"], '{""}'), ([], "{}")],
)
def test_the_area_is_a_list_of_prefixes(regions: list[str], area: str) -> None:
    assert area_of(regions) == area
