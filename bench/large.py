"""PUT into a database with a million interviews, beside one with ten thousand. `python -m bench.large --help`

Both are filled through `POST /v1/submissions/batch`, so their rows are those that the service makes. Then two servers
take turns, each on its own database. The exit status is 1 only if a result is wrong.
"""

import argparse
import sys
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Final

from app.config import Settings
from bench.agreement import check_agreement
from bench.contest import Options, compare, ratios
from bench.data_folder import own_database
from bench.http import describe_place, run_on_server
from bench.load import send_all
from bench.putting import COMPARED
from bench.sender import BATCH
from bench.stage import NOW, PROVINCE, Server, Stage, staged
from bench.verdict import Row, show_contestants, show_rows

_AT_ONCE: Final = 4
_TARGET: Final = 0.90


async def fill(stage: Stage, ours: Server, interviews: int) -> None:
    """Stores so many interviews in batches, and vacuums the tables as the database would do in time."""
    source, started = stage.kinds.batches(stage.ikk, NOW), time.monotonic()
    left = -(-interviews // BATCH)
    while left:
        requests = source.ready(min(left, 2 * _AT_ONCE))
        await send_all(ours.port, requests, expected=200, connections=_AT_ONCE)
        source.sent(len(requests))
        left -= len(requests)
    await stage.settle()
    await stage.owner.execute("VACUUM ANALYZE")
    print(f"{interviews:,} interviews stored in {time.monotonic() - started:,.0f} s")


async def measure(few: int, many: int, server: str, folder: Path, settings: Settings, options: Options) -> None:
    async with AsyncExitStack() as stack:
        stages: list[tuple[Stage, Server]] = []
        for interviews in (few, many):
            dsn = await stack.enter_async_context(own_database(server, settings))
            stage = await stack.enter_async_context(staged(dsn, folder, settings))
            ours = stack.enter_context(stage.ours())
            if not stages:
                print(await describe_place(stage.owner, options))
            await fill(stage, ours, interviews)
            stages.append((stage, ours))
        contestants = [
            stage.contestant(f"{stored:,} stored at first", ours, stage.kinds.fresh(stage.ikk, NOW), COMPARED)
            for (stage, ours), stored in zip(stages, (few, many), strict=True)
        ]
        await compare(contestants, options)
        show_contestants("PUT /v1/submissions/{id}", contestants)
        small, large = contestants
        name = f"PUT, ikk-29, at {many:,} stored ÷ at {few:,}"
        show_rows([Row(f"{name}, {level} connections", ratios(large, small, level), _TARGET) for level in COMPARED])
        for stage, ours in stages:
            await stage.settle()
            await check_agreement(stage.dsn, ours.port, stage.token, stage.kinds, PROVINCE)


def main() -> int:
    """Exit status 0 if every result was right, otherwise 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=10_000, help="interviews in the one database (default 10,000)")
    parser.add_argument("--many", type=int, default=1_000_000, help="and in the other one (default 1,000,000)")
    parser.add_argument("--seconds", type=float, default=1.0, help="about how long one turn takes (default 1)")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each contestant (default 9)")
    chosen = parser.parse_args()
    return run_on_server(partial(measure, chosen.few, chosen.many), Options(chosen.seconds, chosen.rounds))


if __name__ == "__main__":
    sys.exit(main())
