"""Training interviews are erased after the time in the settings, and nothing else is."""

import asyncio
import json
from contextlib import suppress
from typing import Any
from uuid import uuid4

from app.jobs.sweeping import Sweeper
from app.platform.database import EVERYWHERE, Connection, Database
from app.services.intake.training import erase_training
from tests.routers.intake.test_a_family_counts_once import on
from tests.services.intake.test_events import events
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client
from tests.support.families import put
from tests.support.subject_requests import ask, count_families, serve


def practice(seed: int = 1, **changed: Any) -> dict[str, Any]:
    return {**on("2025-03-01", seed), "purpose": "training", **changed}


async def age(connection: Connection, *sent: dict[str, Any], days: int = 30) -> None:
    """Dates the receipt of submissions so many days and a minute ago."""
    query = "UPDATE submission SET received_at = now() - make_interval(days => $1, mins => 1) WHERE id::text = ANY ($2)"
    await connection.execute(query, days, [each["id"] for each in sent])


async def stored(connection: Connection, table: str = "submission") -> set[str]:
    return {str(row["id"]) for row in await connection.fetch(f"SELECT id FROM {table}")}


async def sweep(database: Database) -> None:
    await Sweeper(training_days=30, event_days=90).work(database)


async def test_it_works(caller: Client, connection: Connection, database: Database) -> None:
    """Only old training goes, with its family, its event and an entry for its village. A resend is told."""
    body, sent = practice(), uuid4()
    old, other = await put(caller, body, sent), await put(caller, practice(2, region=GUNTUNG_MANGGIS))
    also, young = await put(caller, practice(3)), await put(caller, practice(4))
    real, again = await put(caller, on("2025-03-01")), await put(caller, {**on("2025-03-02"), "purpose": "reinterview"})
    await age(connection, old, other, also, real, again)
    await age(connection, young, days=29)
    await sweep(database)
    assert await stored(connection) == {each["id"] for each in (young, real, again)}
    assert await stored(connection, "family") == {young["family"], real["family"]}
    assert await stored(connection, "erased_submission") == {each["id"] for each in (old, other, also)}
    assert sorted((await events(connection))[6:]) == sorted(("erased", each["id"]) for each in (old, other, also))
    rows = await connection.fetch("SELECT * FROM audited WHERE kind = 'training.erase' ORDER BY region")
    found = [(row["region"], row["caller_kind"], json.loads(row["detail"])) for row in rows]
    assert found == [
        (GUNTUNG_MANGGIS, "command", {"days": 30, "count": 1}),
        (LANDASAN_ULIN_SELATAN, "command", {"days": 30, "count": 2}),
    ]
    assert await count_families(caller, "63") == 1
    assert (await caller.put(body, sent)).json()["type"] == "urn:ikk:problem:submission-erased"


async def test_what_is_new_is_kept_and_nothing_is_audited(
    caller: Client, connection: Connection, database: Database
) -> None:
    sent = await put(caller, practice())
    await sweep(database)
    assert await stored(connection) == {sent["id"]}
    assert await connection.fetchval("SELECT count(*) FROM audited WHERE kind = 'training.erase'") == 0


async def test_two_processes_at_once_erase_each_once(
    caller: Client, connection: Connection, database: Database
) -> None:
    await age(connection, *[await put(caller, practice(seed)) for seed in range(5)])
    await asyncio.gather(*(sweep(database) for _ in range(4)))
    assert await stored(connection) == set()
    assert (
        await connection.fetchval("SELECT sum((detail->>'count')::int) FROM audited WHERE kind = 'training.erase'") == 5
    )


async def test_only_one_process_erases_at_a_time(caller: Client, connection: Connection, database: Database) -> None:
    await age(connection, *[await put(caller, practice(seed)) for seed in range(3)])
    async with database.session(EVERYWHERE) as one:
        assert await erase_training(one, days=30, most=2) == 2
        async with database.session(EVERYWHERE) as two:
            assert await erase_training(two, days=30, most=2) == 0


async def test_an_interrupted_sweep_keeps_whole_batches_and_the_next_goes_on(
    caller: Client, connection: Connection, database: Database
) -> None:
    sent = [await put(caller, practice(seed)) for seed in range(3)]
    await age(connection, *sent)
    async with database.session(EVERYWHERE) as session:
        assert await erase_training(session, days=30, most=2) == 2
    with suppress(asyncio.CancelledError):
        async with database.session(EVERYWHERE) as session:
            assert await erase_training(session, days=30, most=2) == 1
            raise asyncio.CancelledError
    assert len(await stored(connection)) == 1
    await sweep(database)
    assert await stored(connection) == set()
    assert len([kind for kind, _ in await events(connection) if kind == "erased"]) == 3


async def test_a_family_with_an_open_subject_request_is_left_alone(
    caller: Client, connection: Connection, database: Database
) -> None:
    sent = await put(caller, practice())
    request = await ask(caller, sent["family"], "export")
    await age(connection, sent)
    await sweep(database)
    assert await stored(connection) == {sent["id"]}
    answer = await caller.http.post(f"/v1/subject-requests/{request}/refuse", json={"ground": "not_the_family"})
    assert answer.status_code == 200, answer.text
    await sweep(database)
    assert await stored(connection) == set()


async def test_a_family_that_got_an_interview_stays(caller: Client, connection: Connection, database: Database) -> None:
    """Nothing gives a training family an interview today. If anything ever does, the interview stays."""
    sent, real = await put(caller, practice()), await put(caller, on("2025-03-01"))
    await connection.execute("UPDATE submission SET family_id = $1 WHERE id = $2", sent["family"], real["id"])
    await connection.execute("DELETE FROM family WHERE id = $1", real["family"])
    await age(connection, sent, real)
    await sweep(database)
    assert await stored(connection) == {real["id"]}
    assert await stored(connection, "family") == {sent["family"]}
    assert await count_families(caller) == 1


async def test_a_restricted_family_of_training_is_erased_too(
    caller: Client, connection: Connection, database: Database
) -> None:
    sent = await put(caller, practice())
    await serve(caller, sent["family"], "restrict")
    await age(connection, sent)
    await sweep(database)
    assert await stored(connection) == set()
