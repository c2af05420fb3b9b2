"""Agencies on the command line: creating, rotating, disabling. Secrets are stored only as hashes."""

from typing import Any

import pytest
from fastapi import FastAPI

from app.access import COMMAND, SCOPES, Caller, Scope
from app.platform.database import EVERYWHERE, Connection, Database
from app.platform.secrets import secret_matches
from app.problems import Problem
from app.problems.problem_texts import INVALID_CLIENT, NOT_FOUND, TWO_SECRETS
from app.schemas.access.agency import NewAgencyOut
from app.services.access.agencies import (
    add_secret,
    create_agency,
    disable_agency,
    end_secret,
    find_agency,
    find_credentials,
    list_agencies,
)
from app.services.access.agency_tokens import issue_agency_token
from tests.support.factories import PROJECT, make_agency

ID = "dinkes-uji"


async def create(database: Database, **changed: Any) -> NewAgencyOut:
    wanted = {"client_id": ID, "name": "Dinkes Uji", "scopes": ["aggregates:read"], "regions": ["63.72"], **changed}
    async with database.session(EVERYWHERE) as session:
        return await create_agency(session, COMMAND, wanted)


async def rotate(database: Database) -> str:
    async with database.session(EVERYWHERE) as session:
        return (await add_secret(session, COMMAND, ID)).client_secret


async def works(database: Database, secret: str, id: str = ID) -> bool:
    async with database.session() as session:
        return await (await find_credentials(session, id)).match(secret) is not None


async def test_it_works(database: Database) -> None:
    secret = (await create(database)).client_secret
    assert await works(database, secret)
    async with database.session() as session:
        (agency,) = (await list_agencies(session, COMMAND, limit=10)).items
    assert (agency.client_id, agency.scopes, agency.regions) == (ID, ["aggregates:read"], ["6372"])
    assert agency.disabled_at is None
    assert len(agency.secrets) == 1


async def test_what_is_named_twice_is_kept_once(database: Database) -> None:
    agency = await create(database, scopes=["aggregates:read"] * 2, regions=["63.72", "6372", "ID"])
    assert (agency.scopes, agency.regions) == (["aggregates:read"], ["6372", "ID"])


async def test_secrets_are_stored_as_argon2_hashes_only(database: Database, connection: Connection) -> None:
    secret = (await create(database)).client_secret
    another = await rotate(database)
    rows = await connection.fetch("SELECT agency_secret::text AS row, hash FROM agency_secret")
    assert len(rows) == 2
    for row in rows:
        assert row["hash"].startswith("$argon2id$")
        assert secret not in row["row"]
        assert another not in row["row"]


async def test_an_agency_cannot_be_created_twice(database: Database) -> None:
    secret = (await create(database)).client_secret
    with pytest.raises(Problem) as refused:
        await create(database)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/client_id", "taken")]
    assert await works(database, secret)


async def test_a_rotation_keeps_the_previous_secret_and_a_third_is_refused(database: Database) -> None:
    secrets = [(await create(database)).client_secret, await rotate(database)]
    with pytest.raises(Problem) as refused:
        await rotate(database)
    assert refused.value.kind is TWO_SECRETS
    assert [await works(database, secret) for secret in secrets] == [True, True]


async def test_one_secret_can_be_ended_while_the_other_stays_good(database: Database) -> None:
    first = (await create(database)).client_secret
    second = await rotate(database)
    async with database.session(EVERYWHERE) as session:
        _, older = (await find_agency(session, COMMAND, ID)).secrets
        await end_secret(session, COMMAND, ID, secret=older.id)
    assert [await works(database, secret) for secret in (first, second)] == [False, True]


async def test_a_disabled_agency_has_no_secret_left(database: Database, connection: Connection) -> None:
    secret = (await create(database)).client_secret
    async with database.session(EVERYWHERE) as session:
        await disable_agency(session, COMMAND, ID)
    assert not await works(database, secret)
    assert await connection.fetchval("SELECT count(*) FROM agency_secret") == 0


async def test_a_disabled_agency_stays_disabled_after_a_rotation(database: Database) -> None:
    await create(database)
    async with database.session(EVERYWHERE) as session:
        await disable_agency(session, COMMAND, ID)
    assert not await works(database, await rotate(database))


@pytest.mark.parametrize("change", [add_secret, disable_agency, find_agency])
@pytest.mark.parametrize("name", ["nobody", "no\x00body"])
async def test_an_unknown_agency_cannot_be_changed(database: Database, change: Any, name: str) -> None:
    async with database.session(EVERYWHERE) as session:
        with pytest.raises(Problem) as refused:
            await change(session, COMMAND, name)
    assert refused.value.kind is NOT_FOUND


async def test_another_agencys_secret_is_wrong(database: Database) -> None:
    await create(database)
    async with database.session() as session:
        other = await make_agency(session, "lain", scopes=["aggregates:read"], regions=["ID"])
    assert not await works(database, other)
    assert await works(database, other, "lain")


def test_the_scopes_of_the_wire_are_those_that_exist() -> None:
    assert set(Scope.__args__) == set(SCOPES)  # type: ignore[attr-defined]


def test_a_broken_hash_matches_nothing() -> None:
    assert not secret_matches("x", ["not a hash"])
    assert not secret_matches("x", [])


def test_a_secret_is_compared_only_where_tokens_are_made() -> None:
    importers = [file.name for file in (PROJECT / "app").rglob("*.py") if "argon2" in file.read_text("utf-8")]
    assert importers == ["secrets.py"]


async def test_an_agency_that_is_disabled_while_it_proves_itself_gets_no_token_and_an_audit_entry(
    app: FastAPI, database: Database, connection: Connection
) -> None:
    async with database.session() as session:
        await make_agency(session, "dp3a-uji", scopes=["aggregates:read"], regions=["6372"])
        agency = await find_agency(session, COMMAND, "dp3a-uji")
        await disable_agency(session, COMMAND, "dp3a-uji")
    proven = Caller("agency", str(agency.id), {"aggregates:read": ("6372",)}, ("6372",), 2**62)
    with pytest.raises(Problem) as refused:
        await issue_agency_token(proven, asked=(), database=database, tokens=app.state.tokens)
    assert refused.value.kind is INVALID_CLIENT
    rows = await connection.fetch("SELECT subject, detail->>'reason' FROM audited WHERE kind = 'token.refuse'")
    assert [tuple(row) for row in rows] == [(f"agency:{agency.id}", "account")]
