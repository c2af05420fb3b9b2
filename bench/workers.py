"""PUT with two server processes, beside the bare route with two."""

from typing import Final

from bench.contest import Options, compare, ratios
from bench.putting import COMPARED
from bench.stage import NOW, Server, Stage
from bench.verdict import Row, show_contestants

TWO: Final = ("--workers", "2")
_TARGET: Final = 0.35


async def measure_workers(stage: Stage, ours: Server, options: Options) -> list[Row]:
    """Prints both contestants. `ours` is a server with two workers."""
    with stage.bare("bench.bare_workers", TWO[1]) as bare:
        own = stage.contestant("ours: ikk-29, new families", ours, stage.kinds.fresh(stage.ikk, NOW), COMPARED)
        source = stage.kinds.fresh(stage.ikk, NOW, ours=False)
        other = stage.contestant("bare: ikk-29", bare, source, COMPARED, settles=False)
        await compare([own, other], options)
    show_contestants("PUT with two workers", [own, other])
    return [
        Row(f"PUT, ikk-29, two workers ÷ bare with two, {level} connections", ratios(own, other, level), _TARGET)
        for level in COMPARED
    ]
