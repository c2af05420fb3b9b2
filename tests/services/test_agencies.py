"""Agencies: created, rotated, disabled; secrets stored as hashes only; the signing key made once."""

import threading
from pathlib import Path

import pytest

from app.database import Connection, Database
from app.security import Tokens, read_or_make_key, secret_matches
from app.services.agencies import (
    AgencyError,
    create_agency,
    disable_agency,
    find_credentials,
    list_agencies,
    rotate_secret,
)
from tests.factories import PROJECT

ID = "dinkes-uji"


async def create(database: Database, **changed: list[str]) -> str:
    scopes, regions = changed.get("scopes", ["aggregates:read"]), changed.get("regions", ["63.72"])
    async with database.session() as session:
        return await create_agency(session, ID, name="Dinkes Uji", scopes=scopes, regions=regions)


async def works(database: Database, secret: str, id: str = ID) -> bool:
    async with database.session() as session:
        return await (await find_credentials(session, id)).match(secret) is not None


async def test_it_works(database: Database) -> None:
    secret = await create(database)
    assert await works(database, secret)
    async with database.session() as session:
        (agency,) = await list_agencies(session)
    assert (agency.client_id, agency.scopes, agency.regions) == (ID, ["aggregates:read"], ["6372"])
    assert agency.disabled_at is None


async def test_what_is_named_twice_is_kept_once(database: Database) -> None:
    await create(database, scopes=["aggregates:read"] * 2, regions=["63.72", "6372", "ID"])
    async with database.session() as session:
        (agency,) = await list_agencies(session)
    assert (agency.scopes, agency.regions) == (["aggregates:read"], ["6372", "ID"])


async def test_secrets_are_stored_as_argon2_hashes_only(database: Database, connection: Connection) -> None:
    secret = await create(database)
    async with database.session() as session:
        another = await rotate_secret(session, ID)
    rows = await connection.fetch("SELECT agency_secret::text AS row, hash FROM agency_secret")
    assert len(rows) == 2
    for row in rows:
        assert row["hash"].startswith("$argon2id$")
        assert secret not in row["row"]
        assert another not in row["row"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"scopes": ["aggregates:read", "everything"]}, "no scope everything; known are submissions:write"),
        ({"regions": ["63", "6372010001"]}, "no region 6372010001"),
        ({"regions": ["kalsel"]}, "no region kalsel"),
        ({"regions": []}, "name at least one region"),
    ],
    ids=str,
)
async def test_an_agency_of_nothing_known_is_refused(
    database: Database, changed: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(AgencyError, match=message):
        await create(database, **changed)
    async with database.session() as session:
        assert await list_agencies(session) == []


async def test_an_agency_cannot_be_created_twice(database: Database) -> None:
    secret = await create(database)
    with pytest.raises(AgencyError, match="exists already"):
        await create(database)
    assert await works(database, secret)


async def test_a_rotation_keeps_the_previous_secret_and_ends_older_ones(database: Database) -> None:
    secrets = [await create(database)]
    for _ in range(3):
        async with database.session() as session:
            secrets.append(await rotate_secret(session, ID))
    assert [await works(database, secret) for secret in secrets] == [False, False, True, True]


async def test_a_disabled_agency_has_no_secret_left(database: Database, connection: Connection) -> None:
    secret = await create(database)
    async with database.session() as session:
        await disable_agency(session, ID)
    assert not await works(database, secret)
    assert await connection.fetchval("SELECT count(*) FROM agency_secret") == 0


async def test_a_disabled_agency_stays_disabled_after_a_rotation(database: Database) -> None:
    await create(database)
    async with database.session() as session:
        await disable_agency(session, ID)
    async with database.session() as session:
        secret = await rotate_secret(session, ID)
    assert not await works(database, secret)


@pytest.mark.parametrize("change", [rotate_secret, disable_agency])
async def test_an_unknown_agency_cannot_be_changed(database: Database, change: object) -> None:
    assert callable(change)
    async with database.session() as session:
        with pytest.raises(AgencyError, match="no agency nobody"):
            await change(session, "nobody")


async def test_another_agencys_secret_is_wrong(database: Database) -> None:
    await create(database)
    async with database.session() as session:
        other = await create_agency(session, "lain", name="Lain", scopes=["aggregates:read"], regions=["ID"])
    assert not await works(database, other)
    assert await works(database, other, "lain")


def test_a_broken_hash_matches_nothing() -> None:
    assert not secret_matches("x", ["not a hash"])
    assert not secret_matches("x", [])


def test_the_signing_key_is_for_its_owners_eyes_only(tmp_path: Path) -> None:
    file = tmp_path / "below" / "key.pem"
    pem = read_or_make_key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_or_make_key(file) == pem == file.read_bytes()
    assert list(file.parent.iterdir()) == [file]


def test_many_at_once_make_one_signing_key(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    start = threading.Barrier(8)
    keys: list[bytes] = []

    def make() -> None:
        start.wait()
        keys.append(read_or_make_key(file))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert set(keys) == {file.read_bytes()}
    assert list(tmp_path.iterdir()) == [file]


def test_a_secret_is_compared_only_where_tokens_are_made() -> None:
    importers = [file.name for file in (PROJECT / "app").rglob("*.py") if "argon2" in file.read_text("utf-8")]
    assert importers == [Path(Tokens.__module__.replace(".", "/") + ".py").name]
