"""Makes a release step by step: the villages' figures, the breakdowns, and the cards of all regions.

Each step is one transaction, which `advance_release` takes further. What is made of exact sums is protected at once
(docs/decisions/0052-releases.md).
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from asyncpg import SerializationError

from app.platform.database import EVERYWHERE, Database, area_of
from app.platform.key_ring import KeyRing
from app.platform.log import log
from app.platform.sql import Statement
from app.protection.villages import add_villages, join_small
from app.regions.codes import COUNTRY
from app.scoring.catalogue import Catalogue
from app.services.releases.cards import digest_cards, keep_cards
from app.services.releases.exact_sums import Standing, VillageNow, next_area, read_counted, read_villages
from app.services.releases.members import Member
from app.services.releases.reading import find_made
from app.services.releases.rendering import render_regency, render_region
from app.services.releases.renewing import is_withdrawn, renew
from app.services.releases.requests import Stage, advance, finish, lock_unfinished
from app.services.releases.units import make_breakdowns
from app.services.releases.versions import (
    Version,
    keep_versions,
    read_alone,
    read_earlier,
    read_joined,
    read_others,
    withdraw_versions,
)
from app.services.releases.work import Work
from app.turns import in_turns

_WAIT_SECONDS: Final = 0.1
_BEGIN: Final = Statement("""
SELECT set_config('ikk.area', :area, true), set_config('idle_in_transaction_session_timeout', '15min', true)
""")
"""The database waits while a step computes. For the country that takes longer than any request may."""
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
            await connection.execute(*_BEGIN.bind(area=area_of(EVERYWHERE)))
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
    known = {
        code: each for code, each in (await work.read_versions(area, with_members=True)).items() if not each.joined
    }
    together = {village for each in (await read_joined(connection, making, area)).values() for village in each}
    moved = [each for each in found if each.region not in together and _has_moved(each, known.get(each.region))]
    counted = await read_counted(connection, making, work.ids, moved)
    standing = [
        Standing(each.region, each.exact, each.basis, each.counted, counted[each.region], changes=each.changes)
        for each in moved
    ]
    # Villages without any family have no sums to be found by.
    gone = known.keys() - {each.region for each in found}
    standing += [Standing(each, None, "r", {}, ()) for each in sorted(gone)]
    made, withdrawn = await _renew_all(work, area, standing, known)
    left = (known.keys() | {each.region for each in made}) - {each.region for each in withdrawn}
    return len(left), len(made) + len(withdrawn)


async def _renew_all(
    work: Work, area: str, standing: Sequence[Standing], known: Mapping[str, Version]
) -> tuple[list[Version], list[Version]]:
    """Keeps new figures of places, and ends others. Returns both. known: what is shown, by place"""
    connection, making = work.connection, work.making
    earlier = await read_earlier(connection, making, work.plan, [each.place for each in standing])
    others = await read_others(connection, making, area)
    made, withdrawn = list[Version](), list[Version]()
    async for now in in_turns(standing):
        before, all_before = known.get(now.place), earlier.get(now.place, ())
        if before is not None and is_withdrawn(work, now, all_before):
            withdrawn.append(before)
            continue
        version = renew(work, now, before, all_before, others.get(now.place, ()))
        if version is not None:
            made.append(version)
    await keep_versions(connection, making, made)
    await withdraw_versions(connection, making, withdrawn)
    return made, withdrawn


async def _join_small_villages(work: Work, province: str) -> None:
    """Makes figures of small villages together, once all their rounds are settled.

    Villages that have figures together stay together, in every instrument of the year. A village that ever had figures
    of its own is never counted together with others. The figures change by the same rule as those of a village.
    """
    connection, making = work.connection, work.making
    known = await work.read_versions(province, with_members=True)
    joined = await read_joined(connection, making, province)
    told = {village for each in joined.values() for village in each} | await read_alone(connection, making, province)
    found = {each.region: each for each in await read_villages(connection, making, work.head, work.group, province)}
    small = [each for each in found.values() if each.settled and each.region not in told]
    new = join_small((each.exact for each in small), making.parameters, joined.keys())
    # What is together in another instrument only begins here when it is settled.
    begun = {
        place: members
        for place, members in joined.items()
        if place in known or all(found[village].settled for village in members if village in found)
    }
    places = {**begun, **{each.exact.place: each.members for each in new}}
    every = [found[village] for members in places.values() for village in members if village in found]
    counted = await read_counted(connection, making, work.ids, every)
    standing = [
        _stand_together(place, members, [found[each] for each in members if each in found], counted)
        for place, members in places.items()
    ]
    await _renew_all(work, province, standing, known)


def _stand_together(
    place: str, members: Sequence[str], villages: Sequence[VillageNow], counted: Mapping[str, Sequence[Member]]
) -> Standing:
    """What is known of villages together. villages: those of the members that have families"""
    versions = Counter[str]()
    for each in villages:
        versions.update(each.counted)
    return Standing(
        place,
        add_villages(place, [each.exact for each in villages]) if villages else None,
        "a" if all(each.settled for each in villages) else "r",
        versions,
        [member for each in villages for member in counted[each.region]],
        members,
        parts=[each.exact.families for each in villages],
    )


def _has_moved(village: VillageNow, before: Version | None) -> bool:
    return before is None or (before.changes, before.basis) != (village.changes, village.basis)
