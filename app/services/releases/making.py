"""Makes a release step by step: the villages' figures, the breakdowns, and the cards of all regions.

Each step is one transaction, which `advance_release` takes further. What is made of exact sums is protected at once
(docs/decisions/0052-releases.md).
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from asyncpg import SerializationError

from app.platform.database import EVERYWHERE, Database, area_of
from app.platform.key_ring import KeyRing
from app.platform.log import log
from app.platform.sql import Statement
from app.protection.villages import join_small, protect
from app.regions.codes import COUNTRY
from app.scoring.catalogue import Catalogue
from app.services.releases.cards import digest_cards, keep_cards
from app.services.releases.exact_sums import VillageNow, next_area, read_counted, read_villages
from app.services.releases.members import may_change, read_members, write_members
from app.services.releases.reading import find_made
from app.services.releases.rendering import render_regency, render_region
from app.services.releases.requests import Stage, advance, finish, lock_unfinished
from app.services.releases.units import make_breakdowns
from app.services.releases.versions import Version, keep_versions, read_earlier, read_others, withdraw_versions
from app.services.releases.work import Work
from app.turns import in_turns

_WAIT_SECONDS: Final = 0.1
_SET_AREA: Final = Statement("SELECT set_config('ikk.area', :area, true)")
_NEXT: Final[Mapping[Stage, Stage]] = {
    "villages": "breakdowns",
    "breakdowns": "regencies",
    "regencies": "provinces",
    "provinces": "country",
}
_DIGITS: Final[Mapping[Stage, int]] = {"villages": 4, "breakdowns": 2, "regencies": 4, "provinces": 2}
"""The digits of the codes of the areas that a stage makes one after another."""


async def advance_release(database: Database, catalogue: Catalogue, ring: KeyRing) -> bool:
    """Makes one step of the first unfinished release. Returns whether there may be more to do.

    If another process is making it, nothing is done.
    """
    try:
        async with database.connection() as connection, connection.transaction(isolation="repeatable_read"):
            await connection.execute(*_SET_AREA.bind(area=area_of(EVERYWHERE)))
            making = await lock_unfinished(connection)
            if making is None:
                return False
            await _advance(Work.of(connection, making, catalogue, ring))
            return True
    except SerializationError:
        # Another process made a step between the beginning of this transaction and the lock.
        return True


async def finish_release(database: Database, catalogue: Catalogue, ring: KeyRing, id: UUID) -> None:
    """Makes a release to its end. If another process makes it, this waits for that."""
    while True:
        if await advance_release(database, catalogue, ring):
            continue
        async with database.connection() as connection:
            if await find_made(connection, id) is not None:
                return
        await asyncio.sleep(_WAIT_SECONDS)


async def _advance(work: Work) -> None:
    connection, making = work.connection, work.making
    if making.stage == "country":
        await keep_cards(connection, making, COUNTRY, await render_region(connection, work, COUNTRY))
        made_at = await finish(connection, making, await digest_cards(connection, making))
        log.info(
            "release made",
            instrument=making.instrument,
            year=making.year,
            number=making.number,
            seconds=round((made_at - making.requested_at).total_seconds(), 1),
        )
        return
    area = await next_area(connection, making, work.ids, _DIGITS[making.stage])
    if area is None:
        await advance(connection, making, _NEXT[making.stage], "")
        return
    villages = changed = 0
    match making.stage:
        case "villages":
            villages, changed = await _protect_villages(work, area)
        case "breakdowns":
            await _join_small_villages(work, area)
            await make_breakdowns(work, area)
        case "regencies":
            await keep_cards(connection, making, area, await render_regency(connection, work, area), below=True)
        case "provinces":
            await keep_cards(connection, making, area, await render_region(connection, work, area))
    await advance(connection, making, making.stage, area, villages=villages, changed=changed)


async def _protect_villages(work: Work, area: str) -> tuple[int, int]:
    """Makes the figures of villages new where enough families changed. Returns the villages, and those changed."""
    connection, making = work.connection, work.making
    found = await read_villages(connection, making, work.head, work.group, area)
    known = await work.read_versions(area, with_members=True)
    together = {village for each in known.values() for village in each.joined or ()}
    moved = [each for each in found if each.region not in together and _has_moved(each, known.get(each.region))]
    counted = await read_counted(connection, making, work.ids, moved)
    earlier = await read_earlier(connection, making, [each.region for each in moved])
    others = await read_others(connection, making, area)
    made, withdrawn = list[Version](), list[str]()
    async for each in in_turns(moved):
        before = known.get(each.region)
        members = write_members(counted[each.region], work.head.instrument, work.key)
        allowed = _may_change(work, before, earlier.get(each.region, ()), members)
        if before is not None and each.exact.families < making.parameters.families and allowed:
            withdrawn.append(each.region)
            continue
        if not allowed:
            continue
        protected = protect(
            each.exact,
            work.plan,
            year=making.year,
            secrets=work.secrets,
            parameters=making.parameters,
            left_out=work.find_shared(members, others.get(each.region, ())),
        )
        if protected is not None:
            version = Version(
                each.region, making.number, each.basis, each.counted, None, protected, members, each.changes
            )
            made.append(version)
    await keep_versions(connection, making, made)
    await withdraw_versions(connection, making, withdrawn)
    left = (known.keys() | {each.region for each in made}) - set(withdrawn)
    return len(left), len(made) + len(withdrawn)


def _may_change(work: Work, before: Version | None, earlier: Iterable[bytes], members: bytes) -> bool:
    """Whether new figures of these families may stand beside all that the village ever had, and say anything new."""
    now = read_members(members, work.key)
    if before is not None and read_members(before.members, work.key) == now:
        return False
    batch = work.making.parameters.batch
    return all(may_change(read_members(each, work.key), now, batch) for each in earlier)


async def _join_small_villages(work: Work, province: str) -> None:
    """Makes figures of small villages together, once all their rounds are settled. They are never made anew."""
    connection, making = work.connection, work.making
    known = await work.read_versions(province)
    done = {village for each in known.values() for village in each.villages}
    found = await read_villages(connection, making, work.head, work.group, province)
    small = {each.region: each for each in found if each.settled and each.region not in done}
    joints = join_small(
        (each.exact for each in small.values()),
        work.plan,
        year=making.year,
        secrets=work.secrets,
        parameters=making.parameters,
        taken=known.keys(),
    )
    made = []
    for joint in joints:
        counted: dict[str, int] = {}
        for village in joint.members:
            for version, count in small[village].counted.items():
                counted[version] = counted.get(version, 0) + count
        place = joint.protected.place
        made.append(Version(place, making.number, "a", counted, joint.members, joint.protected, b"", 0))
    await keep_versions(connection, making, made)


def _has_moved(village: VillageNow, before: Version | None) -> bool:
    return before is None or (before.changes, before.basis) != (village.changes, village.basis)
