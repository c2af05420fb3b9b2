"""GET of an aggregate by a team, which gets exact figures, and by everybody else, who gets released ones.

Beside it stands a bare route that returns the same JSON from memory.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

import httpx

from bench.contest import Contestant, Options, compare, cpu_ratio, ratios
from bench.data_folder import PROJECT
from bench.fresh import Drawing
from bench.load import send_all
from bench.sender import BATCH, Kinds, Same
from bench.stage import NOW, PROVINCE, Server, Stage
from bench.verdict import Row, show_contestants

LEVELS: Final = (1, 32, 64)
_COMPARED: Final = (32, 64)
_REGENCY: Final = "6372"
_IN_RELEASE: Final = 60
"""Villages with about 50 families, so that the release has figures of them."""
_RELEASED: Final = 6
_SPREAD: Final = 5
"""Batches for these villages, and for all villages of the province."""
_TARGETS: Final = {"released": 1.5, "304": 2.5, "exact": 0.60}


async def measure_gets(stage: Stage, ours: Server, options: Options) -> list[Row]:
    """Stores interviews, makes a release and prints the contestants."""
    await _fill(stage, ours)
    await _release(stage)
    team, reader = stage.kinds, Kinds(stage.reader, stage.ledger)
    village = _regency_villages(stage)[0]
    with stage.bare("bench.bare", str(await _keep_answer(stage, ours))) as bare:

        def get(name: str, server: Server, request: bytes, status: int = 200) -> Contestant:
            return stage.contestant(name, server, Same(request), LEVELS, status=status, settles=False)

        path = "/v1/aggregates/{}/" + str(NOW.year)
        there = [get("bare: the JSON of the province", bare, reader.get(path.format(PROVINCE)))]
        for where, region in (("the province", PROVINCE), ("a regency", _REGENCY), ("a village", village)):
            at = path.format(region)
            tag = await _read_tag(ours, at, stage.reader)
            there += [
                get(f"released: {where}", ours, reader.get(at)),
                get(f"304: {where}, released", ours, reader.get(at, f"If-None-Match: {tag}"), 304),
                get(f"exact: {where}", ours, team.get(at)),
            ]
        await compare(there, options)
    show_contestants("GET /v1/aggregates/{region}/{year}", there)
    yardstick, *own = there
    return [
        Row(
            f"GET, {each.name} ÷ bare, {level} connections",
            ratios(each, yardstick, level),
            _TARGETS[each.name.partition(":")[0]],
            by_cpu=cpu_ratio(each, yardstick, level),
        )
        for each in own
        for level in _COMPARED
    ]


async def _fill(stage: Stage, ours: Server) -> None:
    """Stores interviews of enough families in some villages, and of a few in all others."""
    some = Drawing("ikk-29-2026.1", _regency_villages(stage)[:20] + list(stage.villages[: _IN_RELEASE - 20]))
    for drawing, batches in ((some, _RELEASED), (stage.ikk, _SPREAD)):
        source = stage.kinds.batches(drawing, NOW)
        run = await send_all(ours.port, source.ready(batches), expected=200, connections=1, seconds=600)
        source.sent(len(run.latencies))
    assert BATCH * _RELEASED >= 40 * _IN_RELEASE
    await stage.settle()


def _regency_villages(stage: Stage) -> list[str]:
    return [each for each in stage.villages if each.startswith(_REGENCY)]


async def _release(stage: Stage) -> None:
    environment = {**os.environ, "DATABASE_URL": stage.dsn, "IKK_FOLDER": str(stage.folder)}
    making = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli", "release", "make", str(NOW.year)), cwd=PROJECT, env=environment
    )
    if await making.wait():
        raise RuntimeError("no release was made")


async def _keep_answer(stage: Stage, ours: Server) -> Path:
    """The file with an aggregate, which the bare route returns."""
    file = stage.folder / "aggregate.json"
    file.write_bytes((await _get(ours, f"/v1/aggregates/{PROVINCE}/{NOW.year}", stage.reader)).content)
    print(f"\nThe JSON has {file.stat().st_size:,} bytes.")
    return file


async def _read_tag(ours: Server, path: str, token: str) -> str:
    return (await _get(ours, path, token)).headers["etag"]


async def _get(ours: Server, path: str, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers, trust_env=False) as http:
        return (await http.get(f"http://127.0.0.1:{ours.port}{path}")).raise_for_status()
