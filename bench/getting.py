"""GET of an aggregate, beside a bare route that returns the same JSON from memory."""

from collections.abc import Sequence
from typing import Final

from bench.contest import Options, compare, ratios
from bench.sender import Same
from bench.stage import NOW, PROVINCE, Server, Stage
from bench.verdict import Row, show_contestants

_CONNECTIONS: Final = 32
_REGENCY: Final = "6372"


async def measure_gets(stage: Stage, ours: Server, options: Options, files: Sequence[str]) -> list[Row]:
    """Prints the contestants. files: what the bare route returns"""
    village = stage.villages[0]
    with stage.bare("bench.bare", *files) as bare:
        contestants = [
            stage.contestant(
                name, server, Same(stage.kinds.get(f"/v1/aggregates/{region}/{NOW.year}")), (_CONNECTIONS,), status=200
            )
            for name, server, region in (
                ("ours: the province", ours, PROVINCE),
                ("ours: a regency", ours, _REGENCY),
                ("ours: a village", ours, village),
                ("bare: the same JSON as for the province", bare, PROVINCE),
            )
        ]
        await compare(contestants, options)
    show_contestants("GET /v1/aggregates/{region}/{year}", contestants)
    *own, yardstick = contestants
    return [
        Row(f"GET, {each.name.partition(': ')[2]} ÷ bare", ratios(each, yardstick, _CONNECTIONS), None) for each in own
    ]
