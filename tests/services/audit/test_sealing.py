"""The sealer on the real database seals every entry once and in order, no matter what happens to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.access import COMMAND, ROLES
from app.config import Settings
from app.jobs.sealing import Sealer, seal_queue
from app.platform.database import EVERYWHERE, Connection, Database, UnavailableError
from app.platform.key_ring import KeyRing, StrayKeysError, make_ring, rotate_key
from app.platform.metrics import Metrics
from app.services.access.key_use import accept_loss
from app.services.audit.chain import START, Checker, Finding, Head
from app.services.audit.queue import record
from app.services.audit.sealing import (
    QueueChangedError,
    StrangeChainError,
    Waiting,
    measure_queue,
    read_head,
    seal_batch,
)
from app.services.audit.verifying import is_guarded, read_links
from tests.support.databases import fresh_database
from tests.support.keys import good_ring

COLUMNS = {
    "at": "at + interval '1 microsecond'",
    "caller_id": "gen_random_uuid()",
    "request_id": "gen_random_uuid()",
    "subject_id": "gen_random_uuid()",
    "label": "label + 1",
    "region": "coalesce(region || '1', '1')",
    "hash": "sha256(hash)",
    "odd": "json_build_object('subject', 'x')",
    "detail": "(detail::jsonb || '{\"n\": -1}')::json",
}

EMPTY = "DELETE FROM audit_queue; DELETE FROM audit_entry; DELETE FROM audit_label"


@pytest.fixture(scope="module")
async def own_dsn(server_dsn: str, worker_id: str, tables: str) -> AsyncIterator[str]:
    """A database for this module, in which no server seals entries."""
    async with fresh_database(server_dsn, f"ikk_test_seal_{worker_id}", tables) as dsn:
        yield dsn


@pytest.fixture(scope="module")
async def quiet(own_dsn: str, settings: Settings) -> AsyncIterator[Database]:
    async with Database.open(own_dsn, settings) as database:
        yield database


@pytest.fixture
async def owner(own_dsn: str) -> AsyncIterator[Connection]:
    """A connection with every right. The trigger that refuses changes of entries is disabled meanwhile."""
    connection = await asyncpg.connect(own_dsn)
    for table in ("audit_entry", "audit_label"):
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse_change")
    await connection.execute(EMPTY)
    yield connection
    for table in ("audit_entry", "audit_label"):
        await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER refuse_change")
    await connection.close()


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return good_ring(tmp_path / "keys.json")


async def write(database: Database, numbers: range, **detail: Any) -> None:
    async with database.session() as session:
        for number in numbers:
            await record(
                session,
                COMMAND,
                "submission.take",
                region="6372061004",
                subject=f"submission:{UUID(int=number)}",
                **detail,
            )


async def check(database: Database, keys: KeyRing, anchor: Head | None = None) -> list[Finding]:
    kept = {} if anchor is None else {anchor.position: {anchor.hash}}
    checker = Checker({key.id: key.raw for key in keys.all("audit")}.get, kept)
    async with database.session(EVERYWHERE) as session:
        found = checker.read(await read_links(session, -(2**63)))
    return [*found, *checker.finish()]


async def test_it_works(quiet: Database, owner: Connection, keys: KeyRing) -> None:
    await write(quiet, range(5))
    assert await seal_queue(quiet, keys) == 5
    assert await check(quiet, keys) == []
    rows = await owner.fetch("SELECT position, subject FROM audit_log ORDER BY position")
    assert [tuple(row) for row in rows] == [(place, f"submission:{UUID(int=place - 1)}") for place in range(1, 6)]
    assert await owner.fetchval("SELECT count(*) FROM audit_queue") == 0


async def test_a_second_batch_goes_on_where_the_first_ended(quiet: Database, owner: Connection, keys: KeyRing) -> None:
    await write(quiet, range(25))
    for expected in (10, 10, 5, 0):
        async with quiet.connection() as connection, connection.transaction():
            assert await seal_batch(connection, keys, most=10) == expected
    assert await check(quiet, keys) == []


async def test_more_than_one_batch_is_sealed_at_once(quiet: Database, owner: Connection, keys: KeyRing) -> None:
    await owner.execute(
        "INSERT INTO audit_queue (kind, caller_kind, caller_id) "
        "SELECT 'token.issue', 'agency', n::text FROM generate_series(1, 2500) AS n"
    )
    assert await seal_queue(quiet, keys) == 2500
    assert await check(quiet, keys) == []
    assert await owner.fetchval("SELECT bool_and(position::text = caller_id) FROM audit_log")


@pytest.mark.parametrize("column", COLUMNS)
async def test_a_change_of_any_column_is_found(quiet: Database, owner: Connection, keys: KeyRing, column: str) -> None:
    await write(quiet, range(9), year=1)
    await seal_queue(quiet, keys)
    await owner.execute(f"UPDATE audit_entry SET {column} = {COLUMNS[column]} WHERE position = 5")
    assert [finding.position for finding in await check(quiet, keys)] == [5]


@pytest.mark.parametrize("column", ["caller_id", "subject_id", "request_id"])
async def test_a_change_beside_an_odd_text_is_found(
    quiet: Database, owner: Connection, keys: KeyRing, column: str
) -> None:
    await owner.execute(
        "INSERT INTO audit_queue (kind, caller_kind, caller_id, subject, request_id) VALUES ('a.b', 'c', 'x', 'y', 'z')"
    )
    await owner.execute("INSERT INTO audit_queue (kind, caller_kind, caller_id) VALUES ('a.b', 'c', '')")
    await seal_queue(quiet, keys)
    assert await check(quiet, keys) == []
    await owner.execute(f"UPDATE audit_entry SET {column} = gen_random_uuid()")
    assert [finding.position for finding in await check(quiet, keys)] == [1, 2]


async def test_no_column_is_left_out_above(owner: Connection) -> None:
    there = await owner.fetch("SELECT column_name FROM information_schema.columns WHERE table_name = 'audit_entry'")
    assert {row[0] for row in there} == {*COLUMNS, "position"}


TAMPERING = {
    "one removed": ("DELETE FROM audit_entry WHERE position = 5", 5),
    "the first removed": ("DELETE FROM audit_entry WHERE position = 1", 1),
    "the last three removed": ("DELETE FROM audit_entry WHERE position > 6", 7),
    "all removed": ("DELETE FROM audit_entry", 1),
    "two exchanged": (
        "UPDATE audit_entry SET position = -position WHERE position IN (4, 5);"
        "UPDATE audit_entry SET position = 9 + position WHERE position < 0",
        4,
    ),
    "one put at the end": (
        "INSERT INTO audit_entry SELECT 10, at, caller_id, request_id, subject_id, label, region, hash, odd, detail "
        "FROM audit_entry WHERE position = 9",
        10,
    ),
    "one put before the first": (
        "INSERT INTO audit_entry SELECT 0, at, caller_id, request_id, subject_id, label, region, hash, odd, detail "
        "FROM audit_entry WHERE position = 9",
        0,
    ),
    "renumbered after a removal": (
        "DELETE FROM audit_entry WHERE position = 5;"
        "UPDATE audit_entry SET position = -position WHERE position > 5;"
        "UPDATE audit_entry SET position = -position - 1 WHERE position < 0",
        5,
    ),
    "one moved far away": ("UPDATE audit_entry SET position = 1000000 WHERE position = 3", 3),
}


@pytest.mark.parametrize("how", TAMPERING)
async def test_tampering_with_rows_is_found(quiet: Database, owner: Connection, keys: KeyRing, how: str) -> None:
    await write(quiet, range(9))
    await seal_queue(quiet, keys)
    async with quiet.session(EVERYWHERE) as session:
        head = await read_head(session)
    statement, first = TAMPERING[how]
    assert await check(quiet, keys, head) == []
    await owner.execute(statement)
    assert min(finding.position for finding in await check(quiet, keys, head)) == first


async def test_a_change_in_the_queue_s_order_of_commits_is_only_an_order(
    quiet: Database, owner: Connection, keys: KeyRing
) -> None:
    """The first transaction commits second, so its entry comes second, with its own earlier time."""
    async with quiet.session() as late:
        await record(late, COMMAND, "token.issue")
        await write(quiet, range(2))
        assert await seal_queue(quiet, keys) == 2
    assert await seal_queue(quiet, keys) == 1
    assert await check(quiet, keys) == []
    rows = await owner.fetch("SELECT kind, at FROM audit_log ORDER BY position")
    assert [row["kind"] for row in rows] == ["submission.take", "submission.take", "token.issue"]
    assert rows[2]["at"] < rows[0]["at"]


async def test_what_is_rolled_back_leaves_no_entry(quiet: Database, owner: Connection, keys: KeyRing) -> None:
    async def undo() -> None:
        async with quiet.session() as session:
            await record(session, COMMAND, "token.issue")
            raise LookupError

    with pytest.raises(LookupError):
        await undo()
    assert await seal_queue(quiet, keys) == 0


async def test_a_sealer_that_dies_loses_and_repeats_nothing(quiet: Database, owner: Connection, keys: KeyRing) -> None:
    await write(quiet, range(6))

    async def die() -> None:
        async with quiet.connection() as connection, connection.transaction():
            assert await seal_batch(connection, keys) == 6
            raise LookupError

    with pytest.raises(LookupError):
        await die()
    assert await owner.fetchval("SELECT count(*) FROM audit_log") == 0
    assert await seal_queue(quiet, keys) == 6
    assert await check(quiet, keys) == []


async def test_a_sealer_whose_connection_is_cut_leaves_the_work_to_the_next(
    quiet: Database, owner: Connection, keys: KeyRing
) -> None:
    await write(quiet, range(6))

    async def lose_connection() -> None:
        async with quiet.connection() as connection, connection.transaction():
            await seal_batch(connection, keys)
            await owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
                "WHERE locktype = 'advisory' AND datname = current_database()"
            )

    with pytest.raises(UnavailableError):
        await lose_connection()
    assert await seal_queue(quiet, keys) == 6
    assert await check(quiet, keys) == []


async def test_two_sealers_at_once_do_not_wait_for_each_other(
    quiet: Database, owner: Connection, keys: KeyRing
) -> None:
    await write(quiet, range(3))
    async with quiet.connection() as connection, connection.transaction():
        assert await seal_batch(connection, keys) == 3
        assert await asyncio.wait_for(seal_queue(quiet, keys), 5) == 0
    assert await check(quiet, keys) == []


async def test_eight_writers_and_two_sealers_make_one_whole_chain(
    quiet: Database, owner: Connection, keys: KeyRing
) -> None:
    async def write_some(writer: int) -> None:
        for number in range(writer * 100, writer * 100 + 40, 2):
            await write(quiet, range(number, number + 2))

    async def seal_until(done: asyncio.Event) -> None:
        while not done.is_set():
            await seal_queue(quiet, keys)

    done = asyncio.Event()
    sealers = [asyncio.create_task(seal_until(done)) for _ in range(2)]
    await asyncio.gather(*(write_some(writer) for writer in range(8)))
    done.set()
    await asyncio.gather(*sealers)
    await seal_queue(quiet, keys)
    subjects = [row[0] for row in await owner.fetch("SELECT subject FROM audit_log")]
    assert sorted(subjects) == sorted(f"submission:{UUID(int=w * 100 + n)}" for w in range(8) for n in range(40))
    assert await check(quiet, keys) == []


async def test_after_a_rotation_old_and_new_entries_check_out(
    quiet: Database, owner: Connection, keys: KeyRing, tmp_path: Path
) -> None:
    await write(quiet, range(3))
    await seal_queue(quiet, keys)
    old = keys.current("audit").id
    new = rotate_key(tmp_path / "keys.json", "audit").id
    keys.look()
    await write(quiet, range(3))
    await seal_queue(quiet, keys)
    assert await check(quiet, keys) == []
    used = await owner.fetch("SELECT key_id FROM audit_log ORDER BY position")
    assert [row[0] for row in used] == [old] * 3 + [new] * 3
    checker = Checker({new: keys.current("audit").raw}.get)
    async with quiet.session(EVERYWHERE) as session:
        checker.read(await read_links(session, 0))
    (finding,) = checker.finish()
    assert (finding.position, finding.text[:28]) == (1, "3 from here on cannot be che")


async def test_another_key_ring_does_not_go_on_with_the_chain(
    quiet: Database, owner: Connection, keys: KeyRing, tmp_path: Path
) -> None:
    await write(quiet, range(3))
    await seal_queue(quiet, keys)
    stranger = make_ring(tmp_path / "other.json")
    await write(quiet, range(2))
    with pytest.raises(StrayKeysError):
        await seal_queue(quiet, stranger)
    assert await owner.fetchval("SELECT count(*) FROM audit_queue") == 2
    assert await seal_queue(quiet, keys) == 2
    assert await check(quiet, keys) == []


async def test_where_the_key_is_lost_one_may_go_on(
    quiet: Database, owner: Connection, keys: KeyRing, tmp_path: Path
) -> None:
    await write(quiet, range(3))
    await seal_queue(quiet, keys)
    found = make_ring(tmp_path / "other.json")
    await write(quiet, range(2))
    async with quiet.session(EVERYWHERE) as session:
        await accept_loss(session, {keys.current("audit").id: "audit"})
    assert await seal_queue(quiet, found) == 3
    assert [finding.position for finding in await check(quiet, found)] == [1]


MARK = st.from_regex(r"[0-9a-f]{12}:[0-9a-f]{32}", fullmatch=True)
TIMES = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.isoformat())
DETAIL = st.fixed_dictionaries(
    {},
    optional={
        "receipt": MARK | st.none(),
        "found": st.lists(st.uuids().map(str), max_size=3),
        "entries": st.integers(-(10**15) + 1, 10**15 - 1),
        "restricted": st.booleans(),
        "fields": st.lists(st.sampled_from(["address", "answers.toilet", "family.members"])),
        "after": st.fixed_dictionaries({"valid_from": TIMES, "role": st.sampled_from(sorted(ROLES))}),
        "region": st.from_regex(r"[0-9]{2}([0-9]{2}([0-9]{2}([0-9]{4})?)?)?", fullmatch=True),
    },
)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(detail=DETAIL)
async def test_whatever_an_entry_may_hold_comes_out_with_the_same_hash(
    quiet: Database, owner: Connection, keys: KeyRing, detail: dict[str, Any]
) -> None:
    await owner.execute(EMPTY)
    async with quiet.session() as session:
        await record(session, COMMAND, "submission.take", region=detail.pop("region", None), **detail)
    await seal_queue(quiet, keys)
    assert await check(quiet, keys) == []
    assert json.loads(await owner.fetchval("SELECT detail FROM audit_log")) == detail


UUIDS = st.uuids().map(str)
PRINTED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
IDS = UUIDS | UUIDS.map(str.upper) | PRINTED | st.sampled_from(["-", "", "key:", "\n"])
KEY_IDS = st.from_regex("[0-9a-f]{12}", fullmatch=True)
SUBJECTS = (
    st.builds("{}:{}".format, st.sampled_from(["submission", "family", "key", "Key", "a_b", ""]), UUIDS | KEY_IDS)
    | UUIDS
    | PRINTED
    | st.none()
)
QUEUED = st.tuples(PRINTED, PRINTED, IDS, PRINTED | st.none(), SUBJECTS, IDS | st.none())
COLUMNS_QUEUED = "kind, caller_kind, caller_id, region, subject, request_id"


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(QUEUED, min_size=1, max_size=4))
async def test_an_entry_is_shown_as_it_stood_in_the_queue(
    quiet: Database, owner: Connection, keys: KeyRing, rows: list[tuple[str | None, ...]]
) -> None:
    await owner.execute(EMPTY)
    await owner.executemany(f"INSERT INTO audit_queue ({COLUMNS_QUEUED}) VALUES ($1, $2, $3, $4, $5, $6)", rows)
    assert await seal_queue(quiet, keys) == len(rows)
    shown = await owner.fetch(f"SELECT {COLUMNS_QUEUED} FROM audit_log ORDER BY position")
    assert [tuple(row) for row in shown] == rows
    assert await check(quiet, keys) == []


async def test_an_ordinary_entry_has_nothing_odd(quiet: Database, owner: Connection, keys: KeyRing) -> None:
    async with quiet.session() as session:
        await record(session, COMMAND, "key.rotate", subject="key:0123456789ab")
        await record(session, COMMAND, "submission.take", region="63", subject=f"submission:{UUID(int=7)}")
    await seal_queue(quiet, keys)
    rows = await owner.fetch("SELECT odd, subject_id, num_nulls(caller_id, label) FROM audit_entry ORDER BY position")
    assert [tuple(row) for row in rows] == [("", UUID(int=0x0123456789AB), 0), ("", UUID(int=7), 0)]


async def test_an_entry_that_is_hidden_from_searches_is_found(
    quiet: Database, owner: Connection, keys: KeyRing
) -> None:
    """Its subject is moved to where only subjects stand that no search can find."""
    await write(quiet, range(9))
    await seal_queue(quiet, keys)
    await owner.execute(
        "WITH bare AS (INSERT INTO audit_label (kind, caller_kind, noun, key_id) "
        "SELECT kind, caller_kind, '', key_id FROM audit_label RETURNING id) "
        "UPDATE audit_entry SET odd = json_build_object('subject', 'submission:' || subject_id), subject_id = NULL, "
        "label = bare.id FROM bare WHERE position = 5"
    )
    assert [finding.position for finding in await check(quiet, keys)] == [5]


async def test_a_change_or_loss_of_a_label_is_found(quiet: Database, owner: Connection, keys: KeyRing) -> None:
    await write(quiet, range(3))
    await seal_queue(quiet, keys)
    await owner.execute("UPDATE audit_label SET kind = 'submission.list'")
    assert [finding.position for finding in await check(quiet, keys)] == [1, 2, 3]
    await owner.execute("DELETE FROM audit_label")
    assert [finding.position for finding in await check(quiet, keys)] == [1]
    await write(quiet, range(1))
    with pytest.raises(StrangeChainError):
        await seal_queue(quiet, keys)


async def test_entries_that_leave_the_queue_meanwhile_are_not_sealed(
    quiet: Database, owner: Connection, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(quiet, range(5))

    async def lose_one(rows: Any) -> AsyncIterator[Any]:
        await owner.execute("DELETE FROM audit_queue WHERE id = (SELECT min(id) FROM audit_queue)")
        for row in rows:
            yield row

    with monkeypatch.context() as patched:
        patched.setattr("app.services.audit.sealing.in_turns", lose_one)
        with pytest.raises(QueueChangedError, match="1 entries left"):
            await seal_queue(quiet, keys)
    assert await seal_queue(quiet, keys) == 4
    assert await check(quiet, keys) == []


async def test_even_what_record_would_refuse_comes_out_with_the_same_hash(
    quiet: Database, owner: Connection, keys: KeyRing
) -> None:
    for detail in (
        '{"n": 1.10}',
        '{"n": 1e22}',
        '{"n": 1e-400}',
        '{"a": 1, "a": 2}',
        '{"a": "\\ud800"}',
        f'{{"n": {"9" * 5000}}}',
    ):
        await owner.execute(
            "INSERT INTO audit_queue (kind, caller_kind, caller_id, detail) VALUES ('token.issue', 'agency', 'c', $1)",
            detail,
        )
    assert await seal_queue(quiet, keys) == 6
    assert await check(quiet, keys) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET label = 1",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE audit_label SET kind = 'x'",
        "DELETE FROM audit_label",
        "TRUNCATE audit_label",
        "UPDATE audit_queue SET kind = 'x'",
        "TRUNCATE audit_queue",
        "ALTER TABLE audit_entry DISABLE TRIGGER refuse_change",
    ],
)
async def test_the_service_itself_cannot_change_the_log(quiet: Database, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with quiet.connection() as connection:
            await connection.execute(statement)


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET label = 1", "DELETE FROM audit_entry", "UPDATE audit_label SET kind = 'x'"]
)
async def test_even_the_owner_is_refused_as_long_as_the_trigger_stands(own_dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(own_dsn)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="added, never changed"):
        await connection.execute(statement)
    await connection.close()


async def test_a_trigger_that_is_off_is_seen(quiet: Database, owner: Connection) -> None:
    async with quiet.session(EVERYWHERE) as session:
        assert not await is_guarded(session)
        await owner.execute("ALTER TABLE audit_entry ENABLE TRIGGER refuse_change")
        assert not await is_guarded(session)
        await owner.execute("ALTER TABLE audit_label ENABLE TRIGGER refuse_change")
        assert await is_guarded(session)


async def test_a_server_measures_seals_and_tells_the_head_once(
    quiet: Database, owner: Connection, keys: KeyRing, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = Metrics()
    sealer = Sealer(keys, metrics, 0.000001)
    await write(quiet, range(3))
    async with quiet.connection() as connection:
        assert (await measure_queue(connection)).count == 3
    for _ in range(3):
        await sealer.work(quiet)
    told = capsys.readouterr().out
    assert told.count("audit head") == 1
    async with quiet.session(EVERYWHERE) as session:
        head = await read_head(session)
    assert head.hash.hex() in told
    assert head.position == 3
    assert metrics.registry.get_sample_value("ikk_audit_sealed_total") == 3
    assert metrics.registry.get_sample_value("ikk_audit_waiting") == 0


async def test_an_empty_log_has_a_head_too(quiet: Database, owner: Connection) -> None:
    async with quiet.session(EVERYWHERE) as session:
        assert await read_head(session) == Head(0, START)
    async with quiet.connection() as connection:
        assert await measure_queue(connection) == Waiting(0, 0.0)
