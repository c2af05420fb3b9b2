"""Migrations have one head and match the models. They run up and down, keep rows, and may run twice at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import astuple, replace
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

import app.models  # noqa: F401 (fills the metadata)
from app.config import Settings
from app.jobs.sealing import seal_queue
from app.platform.codes import is_receipt_code
from app.platform.database import Database
from app.platform.encryption import ContentHash, Vault
from app.platform.key_ring import Key, KeyRing, make_ring
from app.platform.migrations import configure, make_owner_engine, migrate
from app.problems.stored_warnings import read_warnings, write_warnings
from app.services.audit.chain import START, Checker, Head, Link, canonical, hash_of
from app.services.intake.events import CHANGE_KINDS, LETTERS
from app.services.readiness import migration_head
from tests.support.keys import good_ring

TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> 'alembic_version' ORDER BY table_name
"""
_OLDER_KINDS = [kind for kind in CHANGE_KINDS if kind != "submission.reviewed"]
"""Those that there were before events became small."""
WITHOUT_INDEX = """
SELECT conname FROM pg_constraint AS key
WHERE contype = 'f' AND NOT EXISTS (
    SELECT 1 FROM pg_index
    WHERE indrelid = key.conrelid
    AND (indkey::smallint[])[0:cardinality(key.conkey) - 1] @> key.conkey
)
"""


@pytest.fixture
async def dsn(empty_dsn: str) -> AsyncIterator[str]:
    """A database that is empty before the test and after it."""
    await migrate(empty_dsn, "base")
    yield empty_dsn
    await migrate(empty_dsn, "base")


async def fetch(dsn: str, query: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def test_it_works_from_nothing_and_safely_again(dsn: str) -> None:
    assert await fetch(dsn, TABLES) == []
    for _ in range(2):
        await migrate(dsn)
        assert await fetch(dsn, TABLES) == sorted(SQLModel.metadata.tables)
        assert await fetch(dsn, "SELECT version_num FROM alembic_version") == [migration_head()]


async def test_there_is_one_head(dsn: str) -> None:
    engine = make_owner_engine(dsn)
    async with engine.connect() as connection:
        heads = await connection.run_sync(lambda bare: ScriptDirectory.from_config(configure(bare)).get_heads())
    await engine.dispose()
    assert heads == [migration_head()]


async def test_the_tables_are_those_of_the_models(dsn: str) -> None:
    def differences(bare: Connection) -> list[object]:
        context = MigrationContext.configure(bare, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, SQLModel.metadata))

    await migrate(dsn)
    engine = make_owner_engine(dsn)
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []


async def test_codes_sort_by_their_bytes_as_the_models_say(dsn: str) -> None:
    """Comparing metadata ignores collations, but subtrees are ranges only in byte order."""
    await migrate(dsn)
    there = await fetch(
        dsn,
        "SELECT table_name || '.' || column_name FROM information_schema.columns JOIN information_schema.tables "
        "USING (table_schema, table_name) "
        "WHERE table_schema = 'public' AND collation_name = 'C' AND table_type = 'BASE TABLE'",
    )
    told = [
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if getattr(column.type, "collation", None) == "C"
    ]
    assert sorted(there) == sorted(told)
    assert {"region.code", "submission.region", "village_sums.region"} <= set(there)


async def test_down_to_nothing_and_up_again(dsn: str) -> None:
    await migrate(dsn)
    before = await shape(dsn)
    await migrate(dsn, "base")
    assert await fetch(dsn, TABLES) == []
    assert await fetch(dsn, "SELECT typname FROM pg_type JOIN pg_namespace AS n ON n.oid = typnamespace "
                       "WHERE nspname = 'public' AND typname NOT LIKE '%alembic_version%'") == []  # fmt: skip
    await migrate(dsn)
    assert await shape(dsn) == before


async def shape(dsn: str) -> list[str]:
    """Every column and index of the database, as text."""
    columns = await fetch(
        dsn,
        "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default, collation_name) "
        "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1",
    )
    return columns + await fetch(dsn, "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")


async def test_rows_survive_another_migration_to_head(dsn: str) -> None:
    await migrate(dsn)
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        """
        INSERT INTO region_edition VALUES ('e', 'decree', '2025-01-01', NULL, 'source', 'digest');
        INSERT INTO region VALUES ('6372061004', 'e', 'Landasan Ulin Selatan', 'village', 'kelurahan', '637206', NULL);
        INSERT INTO agency VALUES (gen_random_uuid(), 'a', 'A', '{}', '{63}', now(), NULL);
        INSERT INTO village_sums (instrument_id, year, basis, region, layout, families, without_card, sums)
            VALUES (1, 2025, 'r', '6372061004', 1, 0, 0, 10 ^ 200 :: numeric);
        """
    )
    await connection.close()
    tables = ["region_edition", "region", "agency", "village_sums"]
    before = [await fetch(dsn, f"SELECT t::text FROM {table} AS t") for table in tables]
    await migrate(dsn)
    assert [await fetch(dsn, f"SELECT t::text FROM {table} AS t") for table in tables] == before
    assert all(before)


OLD_ROWS = """
INSERT INTO agency VALUES ('00000000-0000-4000-8000-00000000000a', 'a', 'A', '{}', '{63}', now(), NULL);
INSERT INTO instrument (code, version, digest, file, published_at) VALUES ('two', '1', 'digest', '
format = 1
[[question]]
code = "members"
type = "integer"
minimum = 1
[[question]]
code = "savings"
type = "choice"
', now());
INSERT INTO submission (
    id, revision, status, instrument_id, region, edition, year, surveyed_at, received_at, agency_id, head_sex, members,
    answers, outcomes, index_units, content_hash, warnings
) SELECT
    ('00000000-0000-4000-8000-00000000000' || number)::uuid, 1, 'accepted', 1, region, 'e', 2025,
    '2025-07-01T00:00:00Z'::timestamptz + number * interval '1 day',
    '2025-08-01T00:00:00Z'::timestamptz + number * interval '1 day',
    '00000000-0000-4000-8000-00000000000a', 'female', 3, '{1,2}', 'FU', 5000000000, '\\x00', '{members}'
FROM (VALUES (1, '6372061004'), (2, '6372061004'), (3, '6372061004'), (4, '6372021005')) AS old (number, region);
INSERT INTO family_card VALUES
    ('00000000-0000-4000-8000-000000000001', '6372010101100001'),
    ('00000000-0000-4000-8000-000000000002', '6372010101100001'),
    ('00000000-0000-4000-8000-000000000004', '6372010101100001');
"""


async def old_rows(dsn: str) -> None:
    """Stores four submissions as in revision 0001: two of one card and village, one without card, one elsewhere."""
    await migrate(dsn)
    await migrate(dsn, "0001")
    connection = await asyncpg.connect(dsn)
    await connection.execute(OLD_ROWS)
    await connection.close()


async def test_submissions_survive_and_their_card_numbers_are_encrypted(dsn: str, tmp_path: Path) -> None:
    await old_rows(dsn)
    kept = "id, region, year, surveyed_at, received_at, head_sex, outcomes"
    before = await fetch(dsn, f"SELECT row({kept})::text FROM submission ORDER BY id")
    told = await fetch(dsn, "SELECT id || ' ' || encode(content_hash, 'hex') FROM submission")
    hashes = {line.split()[0]: bytes.fromhex(line.split()[1]) for line in told}
    assert await migrate(dsn, key_ring_file=tmp_path / "keys.json") == []
    vault = Vault(good_ring(tmp_path / "keys.json"))
    assert await fetch(dsn, f"SELECT row({kept})::text FROM submission ORDER BY id") == before
    assert len(before) == 4
    assert await fetch(dsn, "SELECT DISTINCT warnings FROM submission") == ["=members\n"]
    assert await fetch(dsn, "SELECT DISTINCT encode(answers, 'hex') FROM submission") == [bytes([3, 3 + 2]).hex()]
    connection = await asyncpg.connect(dsn)
    try:
        for row in await connection.fetch("SELECT * FROM submission"):
            hashed = vault.decrypt_hash(row["id"], row["hash_key_id"], row["encrypted_hash"])
            assert hashed == ContentHash(hashes[str(row["id"])])
            assert is_receipt_code(row["code"])
        families = [row[0] for row in await connection.fetch("SELECT family_id FROM submission ORDER BY id")]
        assert families[0] == families[1]
        assert len(set(families)) == await connection.fetchval("SELECT count(*) FROM family") == 3
        rows = await connection.fetch("SELECT * FROM family_identity")
        assert {row["family_id"]: row["region"] for row in rows} == {
            families[0]: "6372061004",
            families[3]: "6372021005",
        }
        for row in rows:
            identity = vault.decrypt(row["family_id"], row["key_id"], row["encrypted"])
            assert identity["card_number"] == "6372010101100001"
        digest = vault.digest("card", "6372010101100001")
        keys = await connection.fetch("SELECT key_id, digest, region, kind FROM family_key ORDER BY region DESC")
        assert [tuple(row) for row in keys] == [
            (*digest, "6372061004", "card"),
            (*digest, "6372021005", "card"),
        ]
        assert await connection.fetchval("SELECT created_at FROM family WHERE id = $1", families[0]) == datetime(
            2025, 8, 2, tzinfo=UTC
        )
    finally:
        await connection.close()


async def test_card_numbers_are_not_dropped_where_there_is_nothing_to_encrypt_them_with(dsn: str) -> None:
    await old_rows(dsn)
    with pytest.raises(RuntimeError, match="card numbers to seal"):
        await migrate(dsn)
    assert len(await fetch(dsn, "SELECT number FROM family_card")) == 3


STATED = """
INSERT INTO family VALUES ('00000000-0000-4000-8000-00000000000f', '6372061004', now(), NULL);
INSERT INTO identification (id, family_id, region, caller_id, purpose, created_at, expires_at) VALUES (
    '00000000-0000-4000-8000-00000000000e', '00000000-0000-4000-8000-00000000000f', '6372061004',
    gen_random_uuid(), 'Ibu Zubaidah meminta', now(), now()
);
"""


async def test_purposes_in_words_become_encrypted_notes(dsn: str, tmp_path: Path) -> None:
    await migrate(dsn)
    await migrate(dsn, "0003")
    connection = await asyncpg.connect(dsn)
    await connection.execute(STATED)
    await connection.close()
    with pytest.raises(RuntimeError, match="purposes to encrypt"):
        await migrate(dsn)
    await migrate(dsn, key_ring_file=tmp_path / "keys.json")
    vault = Vault(good_ring(tmp_path / "keys.json"))
    connection = await asyncpg.connect(dsn)
    (row,) = await connection.fetch("SELECT * FROM identification")
    await connection.close()
    assert row is not None
    assert row["purpose"] == "unlisted"
    assert vault.decrypt_note(row["id"], row["key_id"], row["encrypted"]) == {"note": "Ibu Zubaidah meminta"}


COUNTED = """
INSERT INTO family VALUES ('00000000-0000-4000-8000-00000000000f', '6372061004', now(), NULL);
INSERT INTO family VALUES ('00000000-0000-4000-8000-00000000000e', '6372061004', now(), now());
INSERT INTO family_key (family_id, digest, region, kind, key_id, first_seen_at)
VALUES ('00000000-0000-4000-8000-00000000000f', '\\x01', '6372061004', 'card', 'key', now());
INSERT INTO submission (
    id, revision, status, instrument_id, region, edition, year, surveyed_at, received_at, sent_by, family_id, head_sex,
    members, answers, outcomes, hash_key_id, encrypted_hash, warnings
) SELECT gen_random_uuid(), 1, 'accepted', 1, '6372061004', 'e', 2025, now(), now(), gen_random_uuid(), family::uuid,
    'female', 3, '{}', 'F', '', '\\x00', '{}'
FROM unnest(ARRAY[
    '00000000-0000-4000-8000-00000000000f', '00000000-0000-4000-8000-00000000000e', gen_random_uuid()::text
]) AS family;
INSERT INTO village_sums VALUES (1, 2025, '6372061004', 7 * 10 ^ 20 :: numeric + 2);
"""


STORED = """
INSERT INTO instrument (code, version, digest, file, published_at) VALUES ('three', '1', 'digest', $$
format = 1
[[question]]
code = "members"
type = "integer"
minimum = 1
maximum = 1000000
[[question]]
code = "savings"
type = "choice"
options = "yes_no"
[[question]]
code = "insured"
type = "integer"
minimum = 0
maximum = 1000000
$$, now()), ('none', '1', 'digest', 'format = 1
question = []', now());
INSERT INTO submission (
    id, revision, status, instrument_id, region, edition, year, surveyed_at, received_at, sent_by, family_id, head_sex,
    members, answers, outcomes, hash_key_id, encrypted_hash, warnings, carded, moved
) SELECT gen_random_uuid(), 1, 'accepted', (SELECT id FROM instrument WHERE code = 'three'), '6372061004', 'e', 2025,
    now(), now(), gen_random_uuid(), gen_random_uuid(), 'female', number, answers, 'F', '', '\\x00', '{}', false, false
FROM (VALUES
    (1, '{4,1,0}'::bigint[]), (2, '{NULL,-1,-2}'), (3, '{1,0,NULL}'), (4, '{}'),
    (5, '{126,0,124}'), (6, '{1000000,1,16385}')
) AS told (number, answers);
"""


async def test_stored_answers_keep_their_meaning_there_and_back(dsn: str) -> None:
    await migrate(dsn)
    await migrate(dsn, "0010")
    connection = await asyncpg.connect(dsn)
    answers = "SELECT answers FROM submission ORDER BY members"
    try:
        await connection.execute(STORED)
        before = await connection.fetch(answers)
        await migrate(dsn)
        after = [list(row[0]) for row in await connection.fetch(answers)]
        assert after == [
            [3 + 4 - 1, 3 + 1, 3],
            [0, 1, 2],
            [3, 3, 0],
            [],
            [128, 1, 3, 127],
            [*seven_bits(3 + 1_000_000 - 1), 4, *seven_bits(3 + 16_385)],
        ]
        assert await connection.fetchval("SELECT count(*) FROM submission WHERE texts_key_id IS NOT NULL") == 0
        await migrate(dsn, "0010")
        assert await connection.fetch(answers) == before
    finally:
        await connection.close()


def seven_bits(number: int) -> list[int]:
    """A number below 2²¹ in three bytes, the lowest first."""
    return [number & 127 | 128, number >> 7 & 127 | 128, number >> 14]


async def test_answers_of_an_instrument_that_is_not_there_are_not_guessed(dsn: str) -> None:
    await migrate(dsn)
    await migrate(dsn, "0010")
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(STORED)
        await connection.execute("UPDATE submission SET instrument_id = 77")
        with pytest.raises(Exception, match="of an instrument that is not stored here"):
            await migrate(dsn)
        assert await connection.fetchval("SELECT count(*) FROM submission WHERE answers = '{4,1,0}'") == 1
    finally:
        await connection.close()


async def test_what_is_stored_is_told_whether_it_counts(dsn: str) -> None:
    await migrate(dsn)
    await migrate(dsn, "0006")
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(COUNTED)
        await migrate(dsn)
        rows = await connection.fetch("SELECT carded, uncounted, moved FROM submission ORDER BY carded, uncounted")
        assert [tuple(row) for row in rows] == [(False, "restricted", False), (False, None, False), (True, None, False)]
        rows = await connection.fetch("SELECT layout, families, without_card, sums FROM village_sums")
        assert [tuple(row) for row in rows] == [(1, 2, 1, 7 * 10**20 + 2)]
        await migrate(dsn, "0006")
        assert await connection.fetchval("SELECT sums FROM village_sums") == 7 * 10**20 + 2
    finally:
        await connection.close()


LARGE = """
INSERT INTO family VALUES ('00000000-0000-4000-8000-00000000000f', '6372061004', '2025-08-02T00:00:00Z', NULL);
INSERT INTO family_identity (family_id, region, key_id, encrypted, updated_at, basis) VALUES (
    '00000000-0000-4000-8000-00000000000f', '6372061004', 'key', '\\x01', '2025-08-03T00:00:00Z', 'consent'
);
INSERT INTO family_key (family_id, digest, region, kind, key_id, first_seen_at) SELECT
    '00000000-0000-4000-8000-00000000000f', sha256(kind::bytea), '6372061004', kind, 'key', '2025-08-02T00:00:00Z'
FROM unnest(ARRAY['card', 'nik']) AS kind;
INSERT INTO submission (
    id, revision, status, instrument_id, region, edition, year, surveyed_at, received_at, sent_by, family_id, head_sex,
    members, answers, outcomes, hash_key_id, encrypted_hash, warnings, carded, moved, code, purpose
) SELECT gen_random_uuid(), 1, 'accepted', 1, '6372061004', 'e', 2025, now(), now(), gen_random_uuid(),
    '00000000-0000-4000-8000-00000000000f', 'female', number, '', 'F', '', '\\x00', warnings, true, false,
    'A', 'interview'
FROM (VALUES
    (1, '{}'::varchar[]), (2, '{members}'),
    (3, '{nik_region_unknown /family/people/0/nik,implausible both,text_cleaned /family/address}')
) AS told (number, warnings);
"""


async def test_rows_take_less_space_and_mean_the_same_there_and_back(dsn: str) -> None:
    await migrate(dsn)
    await migrate(dsn, "0016")
    connection = await asyncpg.connect(dsn)
    told = "SELECT warnings FROM submission ORDER BY members"
    keys = "SELECT kind, encode(digest, 'hex') AS digest, key_id, first_seen_at FROM family_key ORDER BY kind"
    identity = "SELECT family_id, region, key_id, encrypted, basis FROM family_identity"
    events = "SELECT kind::text FROM change_event ORDER BY seq"
    try:
        await connection.execute(LARGE)
        for kind in _OLDER_KINDS:
            add = "INSERT INTO change_event (kind, region, year, instrument_id, submission_id) "
            await connection.execute(f"{add} VALUES ($1, '6372061004', 2025, 1, gen_random_uuid())", kind)
        before = [await connection.fetch(each) for each in (told, keys, identity, events)]
        await migrate(dsn)
        after = [await connection.fetch(each) for each in (told, keys, identity, events)]
        assert [read_warnings(row["warnings"]) for row in after[0]] == [row["warnings"] for row in before[0]]
        cut = [{**row, "digest": row["digest"][:30]} for row in before[1]]
        assert list(map(dict, after[1])) == cut
        assert after[2] == before[2]
        assert [row["kind"] for row in after[3]] == [LETTERS[kind] for kind in _OLDER_KINDS]
        short = [f"{warning} /family/people/12/nik" for warning in ("nik_region_unknown", "nik_sex_differs")]
        await connection.execute(
            "UPDATE submission SET warnings = $1 || warnings WHERE members = 2", write_warnings(short)
        )
        await migrate(dsn, "0016")
        back = [await connection.fetch(each) for each in (told, keys, identity, events)]
        assert [row["warnings"] for row in back[0]] == [[], [*short, "members"], before[0][2]["warnings"]]
        assert list(map(dict, back[1])) == cut
        assert (back[2], back[3]) == (before[2], before[3])
        assert await connection.fetchval("SELECT count(*) FROM submission WHERE status = 'accepted'") == 3
        assert await connection.fetchval("SELECT updated_at = created_at FROM family_identity CROSS JOIN family")
    finally:
        await connection.close()


async def test_every_foreign_key_has_an_index(dsn: str) -> None:
    await migrate(dsn)
    assert len(await fetch(dsn, "SELECT conname FROM pg_constraint WHERE contype = 'f'")) > 0
    assert await fetch(dsn, WITHOUT_INDEX) == []


async def test_two_at_once_both_succeed(dsn: str) -> None:
    await asyncio.gather(migrate(dsn), migrate(dsn), migrate(dsn))
    assert await fetch(dsn, "SELECT version_num FROM alembic_version") == [migration_head()]


async def test_a_migration_that_fails_changes_nothing(dsn: str) -> None:
    engine = make_owner_engine(dsn)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE village_sums (taken integer)"))
    with pytest.raises(Exception, match="village_sums"):
        await migrate(dsn)
    assert await fetch(dsn, TABLES) == ["village_sums"]
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE village_sums"))
    await engine.dispose()


AUDITED_BEFORE = """
INSERT INTO audit_queue (kind, caller_kind, caller_id, region, subject, request_id, detail) VALUES
    ('submission.take', 'agency', '7c9e6679-7425-40de-944b-e07fc1f90ae7', '6372061004',
        'submission:0b9f6c1e-2f5d-4a55-8d0c-9f3a1c7e4b20', '0b9f6c1e-2f5d-4a55-8d0c-9f3a1c7e4b21',
        '{"family": "0b9f6c1e-2f5d-4a55-8d0c-9f3a1c7e4b22", "receipt": "k:00", "consent": null}'),
    ('key.rotate', 'command', '00000000-0000-0000-0000-000000000000', NULL, 'key:0123456789ab', NULL, '{}'),
    ('token.issue', 'command', '-', NULL, NULL, NULL,
        '{"sort": "access", "count": 7, "a": [1.10, 1e22, "é\\u0007\\"/"]}'
    ),
    ('token.issue', 'agency', '7C9E6679-7425-40DE-944B-E07FC1F90AE7', '63', 'family:x', 'typed "by" somebody', '{}'),
    ('family.find', 'person', '7c9e667974254 0de', '63', 'key:7c9e6679-7425-40de-944b-e07fc1f90ae7', '', '{"n": null}'),
    ('', '', '', '', '', '{7c9e6679-7425-40de-944b-e07fc1f90ae7}', '{}');
"""
LINKS_BEFORE = """
SELECT position, at, kind, caller_kind, caller_id, region, subject, request_id, detail::text, key_id, hash
FROM {} ORDER BY position
"""


async def seal_before(connection: asyncpg.Connection, key: Key) -> list[Link]:
    """Seals the queue as revision 0016 stored it, with the plain definition of the hash."""
    rows = await connection.fetch("DELETE FROM audit_queue RETURNING *, detail::text AS told")
    head, links = Head(0, START), []
    for position, row in enumerate(sorted(rows, key=itemgetter("id")), 1):
        names = ("at", "kind", "caller_kind", "caller_id", "region", "subject", "request_id", "told")
        at, kind, caller_kind, caller_id, region, subject, request_id, told = (row[name] for name in names)
        who = (caller_kind, caller_id, region)
        link = Link(position, at, kind, *who, subject, request_id, told, key.id)
        head = Head(position, hash_of(canonical(link), position, head.hash, key.raw))
        links.append(replace(link, hash=head.hash))
    await connection.executemany(
        "INSERT INTO audit_entry VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", map(astuple, links)
    )
    return links


async def test_the_audit_log_verifies_there_and_back(dsn: str, tmp_path: Path) -> None:
    ring = make_ring(tmp_path / "keys.json")
    key = ring.current("audit")
    await migrate(dsn)
    await migrate(dsn, "0016")
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(AUDITED_BEFORE)
        sealed = await seal_before(connection, key)
        await connection.execute(AUDITED_BEFORE)
        await migrate(dsn)
        found = [Link(*row) for row in await connection.fetch(LINKS_BEFORE.format("audit_log"))]
        assert [canonical(each) for each in found] == [canonical(each) for each in sealed]
        assert found == sealed
        assert await connection.fetchval("SELECT count(*) FROM audit_entry WHERE odd <> ''") == 4
        await seal_waiting(dsn, ring)
        after = [Link(*row) for row in await connection.fetch(LINKS_BEFORE.format("audit_log"))]
        checker = Checker({key.id: key.raw}.get)
        assert [*checker.read(after), *checker.finish()] == []
        assert len(after) == 2 * len(sealed)
        await migrate(dsn, "0016")
        back = [Link(*row) for row in await connection.fetch(LINKS_BEFORE.format("audit_entry"))]
        checker = Checker({key.id: key.raw}.get)
        assert [*checker.read(back), *checker.finish()] == []
    finally:
        await connection.close()


async def seal_waiting(dsn: str, ring: KeyRing) -> None:
    async with Database.open(dsn, Settings(database_timeout_seconds=5)) as database:
        assert await seal_queue(database, ring) > 0
