"""What goes wrong while the devices send. Each disturbance comes when enough interviews have their receipts."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from tests.storm.interviews import Interview
from tests.storm.stage import Stage
from tests.support.wire import eventually


async def _cut_sessions(stage: Stage) -> None:
    for _ in range(3):
        await stage.cut_sessions()
        await asyncio.sleep(0.2)


async def _kill_the_first(stage: Stage) -> None:
    await stage.servers[0].end(signal.SIGKILL)
    stage.servers[0].start()


async def _kill_the_second(stage: Stage) -> None:
    await stage.servers[1].end(signal.SIGKILL)
    stage.servers[1].start()


async def _renew_a_server(stage: Stage) -> None:
    """As for a new version: the server finishes what it has begun."""
    await stage.servers[1].end(signal.SIGTERM)
    stage.servers[1].start()


async def _crash_the_database(stage: Stage) -> None:
    await stage.crash_database()
    await asyncio.sleep(0.5)
    await stage.recover_database()


async def _kill_everything(stage: Stage) -> None:
    """As if the machine went down."""
    await asyncio.gather(stage.crash_database(), *(each.end(signal.SIGKILL) for each in stage.servers))
    await stage.recover_database()
    for each in stage.servers:
        each.start()


DISTURBANCES: Final[Mapping[str, Callable[[Stage], Awaitable[None]]]] = {
    "sessions cut": _cut_sessions,
    "first server killed": _kill_the_first,
    "database crashed": _crash_the_database,
    "second server renewed": _renew_a_server,
    "second server killed": _kill_the_second,
    "everything killed": _kill_everything,
}


async def disturb(stage: Stage, interviews: Sequence[Interview], planned: Sequence[str]) -> None:
    """Lets the planned disturbances come, spread over the interviews."""
    for number, name in enumerate(planned, start=1):
        due = len(interviews) * number // (len(planned) + 2)

        async def is_due(due: int = due) -> bool:
            return sum(bool(each.receipts) for each in interviews) >= due

        await eventually(is_due, 3600)
        await DISTURBANCES[name](stage)
        print(f"after {due:,} receipts: {name}", flush=True)
