"""Every change to a submission writes its event in the same transaction, and a reader of events never skips one."""

import asyncio
import inspect
import re
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest

from app.jobs.sweeping import Sweeper
from app.platform.database import EVERYWHERE, Connection, Database
from app.scoring.catalogue import Catalogue
from app.services.intake import submission_table
from app.services.intake.doubles import settle_batch
from app.services.intake.events import LETTERS, forget_changes, record_changes
from tests.routers.families.test_settle_identity import changed_family, settle
from tests.routers.intake.test_a_family_counts_once import on
from tests.routers.subject_requests.test_correcting_people import OLDER, body, http
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.families import CARD, make_named_body, put, told
from tests.support.subject_requests import send_family, serve
from tests.support.wire import eventually

__all__ = ["http"]

VILLAGE = LANDASAN_ULIN_SELATAN
_KINDS = {letter: kind for kind, letter in LETTERS.items()}
_READ = """
SELECT xid, seq, submission_id FROM change_event
WHERE (xid, seq) > ($1::text::xid8, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, seq
"""


async def events(connection: Connection) -> list[tuple[str, str]]:
    """The kinds of all events in their order, without their noun, each with the id of its submission."""
    rows = await connection.fetch("SELECT kind::text, submission_id FROM change_event ORDER BY xid, seq")
    return [(_KINDS[row["kind"]].partition(".")[2], str(row["submission_id"])) for row in rows]


async def test_it_works(caller: Client, connection: Connection) -> None:
    """A taking, a resend, a refusal: one event, with nothing of the family in it."""
    sent, named = uuid4(), make_named_body(1)
    receipt = await put(caller, named, sent)
    assert (await caller.put(named, sent)).status_code == 200
    assert (await caller.put(make_body(2), sent)).status_code == 409
    assert (await caller.put(make_body(2, instrument="none"))).status_code == 422
    [row] = await connection.fetch("SELECT * FROM change_event")
    assert (row["kind"], row["submission_id"], row["region"]) == (b"t", sent, VILLAGE)
    assert (row["year"], row["instrument_id"]) == tuple(
        await connection.fetchrow("SELECT year, instrument_id FROM submission")
    )
    assert row["at"] == await connection.fetchval("SELECT received_at FROM submission")
    assert receipt["family"] not in str(row)
    assert not re.search("[0-9]{16}", str(row))
    columns = {"xid", "seq", "at", "kind", "region", "year", "instrument_id", "submission_id"}
    assert set(dict(row)) == columns


async def test_each_purpose_writes_one(caller: Client, connection: Connection) -> None:
    sent = [await put(caller, {**on("2025-03-01", seed), "purpose": purpose}) for seed, purpose in enumerate(PURPOSES)]
    assert await events(connection) == [("taken", each["id"]) for each in sent]


PURPOSES = ("interview", "reinterview", "training")


async def test_an_interview_that_stops_counting_is_told(caller: Client, connection: Connection) -> None:
    first = await put(caller, on("2025-03-01", 1))
    second = await put(caller, on("2025-09-01", 2))
    third = await put(caller, on("2025-04-01", 3))
    assert await events(connection) == [
        *(("taken", first["id"]), ("taken", second["id"]), ("counted", first["id"]), ("taken", third["id"]))
    ]


async def test_a_correction_is_told(caller: Client, connection: Connection) -> None:
    """Another interview that counts instead is told too."""
    first, second = await put(caller, on("2025-03-01", 1)), await put(caller, on("2025-09-01", 2))
    await connection.execute("DELETE FROM change_event")
    await serve(caller, second["family"], "correct", {"submissions": {second["id"]: on("2025-02-01", 2)}})
    assert await events(connection) == [("corrected", second["id"]), ("counted", first["id"])]


async def test_a_correction_that_changes_nothing_of_a_submission_is_not_told(
    caller: Client, connection: Connection
) -> None:
    sent = await put(caller, told(1, address="Jalan Lama 1"))
    await serve(caller, sent["family"], "correct", {"identity": {"card_number": CARD, "address": "Jalan Baru 2"}})
    assert await events(connection) == [("taken", sent["id"])]


async def test_both_villages_are_told_of_a_move(caller: Client, connection: Connection) -> None:
    sent = await send_family(caller)
    moved = make_body(2, region=GUNTUNG_MANGGIS, surveyed_at="2026-03-01T09:00:00+08:00", file="ketahanan-24-2016.1")
    await serve(caller, sent["family"], "correct", {"submissions": {sent["id"]: moved}})
    rows = await connection.fetch("SELECT kind::text, region, year, instrument_id FROM change_event ORDER BY xid, seq")
    taken, corrected, left = (tuple(row) for row in rows)
    assert corrected[:3] == ("c", GUNTUNG_MANGGIS, 2026)
    assert left == ("l", *taken[1:])
    assert taken[3] != corrected[3]


async def test_answers_that_are_renewed_are_told(http: Client, connection: Connection) -> None:
    sent = await put(http, body())
    await serve(http, sent["family"], "correct", {"identity": {"people": OLDER}})
    assert await events(connection) == [("taken", sent["id"]), ("corrected", sent["id"])]


async def test_a_restriction_and_its_end_are_told(caller: Client, connection: Connection) -> None:
    first, second = await put(caller, on("2025-03-01", 1)), await put(caller, on("2025-09-01", 2))
    await connection.execute("DELETE FROM change_event")
    for kind in ("restrict", "restrict", "lift"):
        await serve(caller, first["family"], kind)
    found = await events(connection)
    assert sorted(found[:2]) == sorted(("restricted", each["id"]) for each in (first, second))
    assert sorted(found[2:]) == sorted(("lifted", each["id"]) for each in (first, second))


async def test_an_erasure_is_told(caller: Client, connection: Connection) -> None:
    first, second = await put(caller, on("2025-03-01", 1)), await put(caller, on("2025-09-01", 2))
    await connection.execute("DELETE FROM change_event")
    await serve(caller, first["family"], "erase")
    assert await events(connection) == [("erased", first["id"]), ("erased", second["id"])]


@pytest.mark.parametrize(("settled_as", "told"), [("another", ["reassigned"]), ("same", [])])
async def test_a_settlement_is_told(caller: Client, connection: Connection, settled_as: str, told: list[str]) -> None:
    family, first, _ = await changed_family(caller)
    await connection.execute("DELETE FROM change_event")
    assert (await settle(caller, family, **{"as": settled_as})).status_code == 200
    assert [each for each in await events(connection) if each[0] != "counted"] == [(kind, first) for kind in told]


async def test_interviews_that_no_longer_count_twice_are_told(
    caller: Client, connection: Connection, database: Database
) -> None:
    first, second = await put(caller, on("2025-03-01", 1)), await put(caller, on("2025-09-01", 2))
    await connection.execute("DELETE FROM change_event")
    await connection.execute("UPDATE submission SET uncounted = NULL")
    catalogue: Catalogue = caller.app.state.catalogue
    async with database.session(EVERYWHERE) as session:
        await settle_batch(session, catalogue, after=UUID(int=0))
    assert await events(connection) == [("counted", first["id"])]
    assert second["counts"]


def test_every_writer_of_a_submission_writes_an_event_or_says_why_not() -> None:
    """Retention and a new encryption change no figure and nothing that a reader of submissions gets.

    Who corrects a submission, or repaired it, is told to its reviewers only.
    """
    writing = {
        name: code
        for name, each in vars(submission_table).items()
        if inspect.iscoroutinefunction(each)
        and re.search(r"\b(update|delete|insert)\(Submission\b", code := inspect.getsource(each))
    }
    silent = {name for name, code in writing.items() if "await record_changes(" not in code}
    assert silent == {"assign", "drop_texts", "set_corrector", "store_texts", "take_answers"}
    assert writing.keys() - silent == {"replace_row", "move_rows", "erase_rows", "set_review"}
    statements = {
        name for name, each in vars(submission_table).items() if "submission" in str(getattr(each, "text", ""))
    }
    # It names only submissions that were never stored.
    assert statements == {"MARK_COUNTS", "_NOTE_ERASED"}
    assert "INSERT INTO change_event" in submission_table.MARK_COUNTS.text


async def test_nothing_is_left_of_a_transaction_that_is_rolled_back(caller: Client, connection: Connection) -> None:
    """The last step of a taking fails, after the statement that stores the submission and its event."""
    await put(caller, on("2025-03-01", 1))
    await connection.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;"
        "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON change_event DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    try:
        for sent in (on("2025-09-01", 2), on("2025-09-01", 3, card=None)):
            assert (await caller.put(sent)).status_code == 500
    finally:
        await connection.execute("DROP TRIGGER refuse ON change_event; DROP FUNCTION refuse()")
    assert len(await events(connection)) == await connection.fetchval("SELECT count(*) FROM submission") == 1


async def write(connection: Any) -> UUID:
    made = uuid4()
    await connection.execute(
        "INSERT INTO change_event (kind, region, year, instrument_id, submission_id) VALUES ('t', $1, 2025, 1, $2)",
        *(VILLAGE, made),
    )
    return made


async def all_over(connection: Connection) -> bool:
    """Whether every transaction that has written an event is over for a reader.

    Transactions of other databases of the server hold a reader back too, such as those of other test workers.
    """
    query = "SELECT max(xid) < pg_snapshot_xmin(pg_current_snapshot()) FROM change_event"
    return bool(await connection.fetchval(query))


async def test_a_slow_transaction_is_never_skipped(connection: Connection, other: Any) -> None:
    """Its events have lower places than those that others commit meanwhile, which wait for it."""
    read, last = list[UUID](), ("0", 0)

    async def read_on() -> None:
        nonlocal last
        for row in await connection.fetch(_READ, *last):
            last = (str(row["xid"]), row["seq"])
            read.append(row["submission_id"])

    slow = other.transaction()
    await slow.start()
    first = await write(other)
    quick = await write(connection)
    await read_on()
    assert read == []
    second = await write(other)
    await slow.commit()
    later = await write(connection)
    await eventually(lambda: all_over(connection))
    await read_on()
    assert read == [first, second, quick, later]
    await read_on()
    assert len(read) == 4


async def test_a_transaction_that_gives_up_holds_nobody_back(connection: Connection, other: Any) -> None:
    slow = other.transaction()
    await slow.start()
    await write(other)
    quick = await write(connection)
    await slow.rollback()
    await eventually(lambda: all_over(connection))
    assert [row["submission_id"] for row in await connection.fetch(_READ, "0", 0)] == [quick]


async def test_takings_at_once_are_all_read(caller: Client, connection: Connection) -> None:
    sent = [str(uuid4()) for _ in range(12)]
    bodies = [on("2025-03-01", seed, card=CARD if seed % 2 else None) for seed in range(12)]
    await asyncio.gather(*(caller.put(each, made) for made, each in zip(sent, bodies, strict=True)))
    rows = await connection.fetch("SELECT submission_id FROM change_event WHERE kind = 't'")
    assert sorted(str(row["submission_id"]) for row in rows) == sorted(sent)
    await eventually(lambda: all_over(connection))
    assert len(await connection.fetch(_READ, "0", 0)) == await connection.fetchval("SELECT count(*) FROM change_event")


async def test_nobody_sees_events_of_other_regions(caller: Client, database: Database) -> None:
    await put(caller, make_body())
    for area, seen in ((["63"], 1), (["64"], 0), ([], 0)):
        async with database.session(area) as session:
            raw = await session.connection()
            assert (await raw.exec_driver_sql("SELECT count(*) FROM change_event")).scalar() == seen


async def age(connection: Connection, days: int, *ids: str) -> None:
    await connection.execute(
        "UPDATE change_event SET at = now() - make_interval(days => $1) - interval '1 minute' "
        "WHERE submission_id = ANY ($2::text[]::uuid[])",
        *(days, list(ids)),
    )


async def test_events_are_kept_for_so_many_days(caller: Client, connection: Connection, database: Database) -> None:
    old, young, new = [(await put(caller, make_body(seed, family=ALONE)))["id"] for seed in range(3)]
    await age(connection, 90, old)
    await age(connection, 89, young)
    await Sweeper(training_days=30, event_days=90).work(database)
    assert await events(connection) == [("taken", young), ("taken", new)]


ALONE = {"head_sex": "female", "members": 4}


async def test_one_process_at_a_time_deletes_events(caller: Client, connection: Connection, database: Database) -> None:
    sent = [(await put(caller, make_body(seed, family=ALONE)))["id"] for seed in range(3)]
    await age(connection, 90, *sent)
    async with database.session(EVERYWHERE) as one:
        assert await forget_changes(one, days=90, most=2) == 2
        async with database.session(EVERYWHERE) as two:
            assert await forget_changes(two, days=90, most=2) == 0
        await one.rollback()
    assert len(await events(connection)) == 3
    await asyncio.gather(*(Sweeper(training_days=30, event_days=90).work(database) for _ in range(2)))
    assert await events(connection) == []


async def test_a_sweeper_sweeps_once_an_hour(caller: Client, connection: Connection, database: Database) -> None:
    sweeper = Sweeper(training_days=30, event_days=90)
    await sweeper.work(database)
    sent = await put(caller, make_body())
    await age(connection, 90, sent["id"])
    await sweeper.work(database)
    assert await events(connection) == [("taken", sent["id"])]
    await sweeper.sweep(database)
    assert await events(connection) == []


class Row(NamedTuple):
    id: UUID
    region: str
    year: int
    instrument_id: int
    surveyed_at: datetime


async def test_many_events_are_one_statement(database: Database, connection: Connection) -> None:
    rows = [Row(uuid4(), VILLAGE, 2025, 1, datetime(2025, 3, 1, tzinfo=UTC)) for _ in range(1000)]
    async with database.session(["63"]) as session:
        await record_changes(session, "submission.erased", rows)
        await record_changes(session, "submission.erased", [])
    assert len(await events(connection)) == 1000
