"""Ranks the regions below another one by a released figure."""

from itertools import islice

from anyio import to_thread

from app.access import Caller
from app.platform.cursors import read_code
from app.platform.database import Connection
from app.problems import Fault, Problem, kinds
from app.protection.ranks import rank
from app.schemas.aggregates.ranks import INDEX, RankOut, figure_of, ranked_of
from app.schemas.reference.region import Level
from app.schemas.shapes import Page
from app.scoring.versions import Versions
from app.services.aggregates.released import Wanted, read_released_below, refuse_choices
from app.turns import in_turns

MOST_RANKED = 10_000
"""The most regions of one list, which are more than the villages of any province."""


async def list_ranks(
    connection: Connection,
    caller: Caller,
    *,
    parent: str,
    level: Level,
    year: int,
    figure: str,
    limit: int,
    cursor: str | None,
    versions: Versions,
    wanted: Wanted,
) -> Page[RankOut]:
    """Returns a page of the ranks of all regions of a level below `parent`, by code.

    Raises region-outside-caller, and the faults `unknown_figure`, `unknown_release` and `table_too_long`.
    """
    if not caller.covers(parent):
        raise Problem(kinds.FORBIDDEN_REGION)
    refuse_choices(versions, None)
    main = versions.every[0].instrument.main
    known = [INDEX, *(each.code for each in main.groups), *(each.code for each in main.indicators)]
    if figure not in known:
        raise Problem(kinds.FAULTS, faults=[Fault("unknown_figure", parameter="figure", limits={"options": known})])
    below = await read_released_below(
        connection,
        caller,
        parent=parent,
        level=level,
        year=year,
        limit=MOST_RANKED,
        cursor=None,
        fields=("indicators",),
        versions=versions,
        wanted=wanted,
    )
    values = [(row.region, *figure_of(row, figure)) async for row in below.rows()]
    known_values = [ranked_of(value, uncertain) async for _, value, uncertain in in_turns(values)]
    ranks = await to_thread.run_sync(rank, known_values)
    ranked = sum(each is not None for each in ranks)
    after = "" if cursor is None else read_code(cursor)
    every = ((region, value, found) for (region, value, _), found in zip(values, ranks, strict=True))
    page = islice((each for each in every if each[0].code > after), limit + 1)
    return await Page[RankOut].of(
        list(page), limit, shape=lambda each: RankOut.of(*each, ranked), cursor=lambda each: each[0].code
    )
