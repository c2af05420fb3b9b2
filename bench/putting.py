"""PUT of one interview: new families with and without people, families known already, and all in one village."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from bench.contest import Contestant, Options, Source, compare, cpu_ratio, ratios
from bench.fresh import Drawing
from bench.load import send_all
from bench.stage import BEFORE, NOW, OTHER, Server, Stage
from bench.verdict import Row, show_contestants

COMPARED: Final = (32, 64)
"""The numbers of connections with which ratios are made."""
_ALL: Final = (1, *COMPARED, 300)
_ONE: Final = 64
"""The number of connections that all send from one village."""


async def measure_puts(stage: Stage, ours: Server, options: Options, files: Sequence[str]) -> list[Row]:
    """Prints the contestants. files: what the bare route needs to start"""
    kinds, ikk, other = stage.kinds, stage.ikk, stage.other
    with ExitStack() as servers:
        bare = servers.enter_context(stage.bare("bench.bare", *files))
        insert = servers.enter_context(stage.bare("bench.bare_insert"))

        def to_ours(name: str, source: Source, levels: Sequence[int] = _ALL) -> Contestant:
            return stage.contestant(f"ours: {name}", ours, source, levels)

        def beside(name: str, server: Server, source: Source, levels: Sequence[int] = COMPARED) -> Contestant:
            return stage.contestant(name, server, source, levels, settles=False)

        one = Drawing("ikk-29-2026.1", stage.villages[:1])
        plain = to_ours("ikk-29, new families", kinds.fresh(ikk, NOW))
        bare_plain = beside("bare: ikk-29", bare, kinds.fresh(ikk, NOW, ours=False), _ALL)
        bare_insert = beside("bare with an INSERT: ikk-29", insert, kinds.fresh(ikk, NOW, ours=False), _ALL)
        second = to_ours("ketahanan-24, new families", kinds.fresh(other, OTHER))
        bare_second = beside("bare: ketahanan-24", bare, kinds.fresh(other, OTHER, ours=False))
        named = to_ours("ikk-29 with people", kinds.fresh(ikk, BEFORE, named=True))
        bare_named = beside("bare: ikk-29 with people", bare, kinds.fresh(ikk, BEFORE, named=True, ours=False))
        known = to_ours("ikk-29 with people, known family", kinds.again(ikk, NOW))
        village = to_ours("ikk-29, all in one village", kinds.fresh(one, NOW), (_ONE,))
        there = [plain, bare_plain, bare_insert, second, bare_second, named, bare_named, known, village]
        await _meet(stage, ours, options)
        await compare(there, options)
    show_contestants("PUT /v1/submissions/{id}", there)
    rows: list[Row] = []
    for name, contestant, yardstick, target in (
        ("PUT, ikk-29 ÷ bare", plain, bare_plain, 0.50),
        ("PUT, ketahanan-24 ÷ bare", second, bare_second, 0.50),
        ("PUT, ikk-29 ÷ bare with an INSERT", plain, bare_insert, 1.0),
        ("PUT with people, address and consent ÷ bare", named, bare_named, 0.35),
        ("PUT of a known family, with people ÷ bare", known, bare_named, 0.35),
    ):
        for level in COMPARED:
            found, by_cpu = ratios(contestant, yardstick, level), cpu_ratio(contestant, yardstick, level)
            rows.append(Row(f"{name}, {level} connections", found, target, by_cpu=by_cpu))
    spread = f"PUT, all in one village ÷ in {len(stage.villages):,} villages, {_ONE} connections"
    return [*rows, Row(spread, ratios(village, plain, _ONE), 0.95)]


async def _meet(stage: Stage, ours: Server, options: Options) -> None:
    """Has our server meet families with people first, so that there are known ones from the first turn on."""
    first = stage.kinds.fresh(stage.ikk, BEFORE, named=True)
    requests = first.ready(round(1000 * options.seconds) + 300)
    run = await send_all(ours.port, requests, expected=201, connections=32, seconds=4 * options.seconds)
    first.sent(len(run.latencies))
    await stage.settle()
