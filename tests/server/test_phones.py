"""Phones that send through broken connections and killed servers: nothing is lost, and nothing is stored twice."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import pytest

from app.config import Settings
from app.platform.database import Connection, Database
from tests.storm.stage import Server
from tests.support.collect_queue import Collect
from tests.support.factories import make_body
from tests.support.phones import make_faulty, make_phone, write_instance

pytestmark = pytest.mark.process

PHONES: Final = 6
INTERVIEWS: Final = 14
KILLS: Final = 4


@dataclass
class Interview:
    """What a phone made of one interview: the first instance and its edits, each with whether it has faults."""

    root: UUID
    made: list[tuple[UUID, bool]] = field(default_factory=list)

    @property
    def revisions(self) -> int:
        """How many revisions there are once all has arrived in its order."""
        return sum(not faulty for _, faulty in self.made)


@asynccontextmanager
async def servers(folder: Path, dsn: str, settings: Settings) -> AsyncIterator[list[Server]]:
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": dsn,
        "IKK_FOLDER": str(folder),
        "IKK_KEYS_FILE": str(settings.key_ring_file),
        "IKK_ISSUER": settings.issuer,
        "IKK_PERSON_REQUESTS_PER_MINUTE": "0",
    }
    made = [Server(folder / f"server-{number}.log", environment) for number in (1, 2)]
    try:
        for each in made:
            each.start()
        for each in made:
            await each.ready()
        yield made
    finally:
        for each in made:
            each.kill()


def fill(collect: Collect, random: Random) -> list[Interview]:
    """Finalises interviews, of which some have faults, and some are edited once or twice."""
    interviews, seed = [], random.randrange(10**6)
    for _ in range(INTERVIEWS):
        seed += 10
        root = uuid4()
        interview = Interview(root)
        last = root
        for step in range(random.choice((1, 1, 1, 2, 3))):
            faulty = random.random() < 0.25
            made = root if step == 0 else uuid4()
            body = make_faulty(seed + step) if faulty else make_body(seed + step)
            collect.finalise(write_instance(body, made, edits=None if step == 0 else last), made)
            interview.made.append((made, faulty))
            last = made
        interviews.append(interview)
    return interviews


async def kill_now_and_then(running: list[Server], done: asyncio.Event, random: Random) -> int:
    kills = 0
    while not done.is_set() and kills < KILLS:
        await asyncio.sleep(random.uniform(0.6, 1.5))
        server = running[kills % len(running)]
        await server.end(signal.SIGKILL)
        server.start()
        kills += 1
        await server.ready()
    return kills


async def send_until_done(collect: Collect) -> None:
    for _ in range(200):
        if await collect.send_all() == 0:
            return
        await asyncio.sleep(0.3)
    raise AssertionError([(each.state, each.message, each.statuses[-3:]) for each in collect.queue])


async def test_nothing_is_lost_or_doubled(
    database: Database, connection: Connection, dsn: str, settings: Settings, tmp_path: Path
) -> None:
    random = Random(20261128)
    async with servers(tmp_path, dsn, settings) as running, httpx.AsyncClient(timeout=20, trust_env=False) as http:
        phones, interviews = [], list[Interview]()
        for number in range(PHONES):
            phone = await make_phone(http, database, username=f"kader.{number}")
            addresses = [f"http://127.0.0.1:{each.port}{phone.server}" for each in running]
            collect = Collect(http, addresses, Random(number), mishaps=0.4)
            interviews += fill(collect, random)
            phones.append(collect)
        done = asyncio.Event()
        killing = asyncio.create_task(kill_now_and_then(running, done, random))
        await asyncio.gather(*(send_until_done(each) for each in phones))
        done.set()
        kills = await killing
        for each in running:
            await each.ready()
        # Once more everything, as after a phone was restored from a copy.
        before = await rows_of(connection)
        for collect in phones:
            collect.mishaps = 0
            for instance in collect.queue:
                said = instance.message
                await collect.send(instance)
                assert instance.state == "sent"
                if instance.statuses[-2:] == [201, 201]:
                    assert instance.message == said
        assert await rows_of(connection) ^ before == set()
    logs = "".join(each.log.read_text("utf-8") for each in running)
    assert "ikk_device_" not in logs
    assert kills > 0
    await check(connection, interviews)


async def rows_of(connection: Connection) -> set[tuple[Any, ...]]:
    rows = await connection.fetch("SELECT id, revision FROM submission")
    held = await connection.fetch("SELECT id, submission_id, kind, status FROM held_submission")
    return {tuple(row) for row in (*rows, *held)}


async def check(connection: Connection, interviews: list[Interview]) -> None:
    """Each interview is stored once or held, and what could not become a revision waits for a supervisor."""
    stored = {row["id"]: row for row in await connection.fetch("SELECT id, revision FROM submission")}
    held: dict[UUID, list[str]] = {}
    for row in await connection.fetch("SELECT submission_id, status FROM held_submission"):
        held.setdefault(row["submission_id"], []).append(row["status"])
    lost = [each.root for each in interviews if each.root not in stored and "open" not in held.get(each.root, [])]
    doubled = stored.keys() - {each.root for each in interviews}
    print(f"sent {len(interviews)}, lost {len(lost)}, doubled {len(doubled)}")
    assert (lost, doubled) == ([], set())
    for each in interviews:
        revision = 0 if each.root not in stored else stored[each.root]["revision"]
        assert revision == each.revisions, each
        # What the kader did last waits for a supervisor if it has faults, and nothing else does.
        assert ("open" in held.get(each.root, [])) == each.made[-1][1], each
    waiting = {sent for sent, statuses in held.items() if "open" in statuses} - {each.root for each in interviews}
    assert waiting == set()
    families = await connection.fetchval("SELECT count(*) FROM submission WHERE uncounted IS NULL")
    assert families == len(stored)
