"""Loads editions of the region codes, as they are shipped or as rows of changes. Lists the loaded editions.

The only writer of `region`, `region_edition` and `region_change`.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.models import Region, RegionChange, RegionEdition
from app.platform.database import raw_connection
from app.regions.changes import ChangeFault, ChangeFaults, ChangeRow, NewList, apply_changes
from app.regions.codes import dot, undot
from app.regions.editions import EDITIONS, Edition, ListedRegion, digest_of, read_edition
from app.services.reference.loaded_editions import edition_after, edition_before, read_list

_MOST_WARNINGS: Final = 20


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading an edition did. `count` is 0 if it was loaded already."""

    count: int
    ended: tuple[str, ...] = ()
    """Codes that are no longer in force from its first day on."""
    warnings: tuple[str, ...] = ()


async def load_shipped_regions(session: AsyncSession) -> dict[str, Loaded]:
    """Loads all shipped editions, and returns by code what it did.

    It leaves out one that cannot stand beside what an office has loaded, with warnings that say why.
    """
    done: dict[str, Loaded] = {}
    for each in EDITIONS:
        try:
            done[each.code] = Loaded(await load_regions(session, each))
        except ChangeFaults as found:
            done[each.code] = Loaded(0, warnings=tuple(fault.message for fault in found.faults[:_MOST_WARNINGS]))
    return done


async def load_regions(session: AsyncSession, edition: Edition) -> int:
    """Loads a shipped edition. Returns the number of regions written, or 0 if the edition is stored already.

    What became of old codes on its first day stays as it was loaded. Raises ChangeFaults.
    """
    digest = digest_of(edition)
    stored = await _lock(session, edition.code)
    if stored is not None and stored.digest == digest:
        return 0
    _, regions = read_edition(edition)
    await _refuse(session, edition, stored, {each.code for each in regions}, edition.valid_from)
    await _store(session, edition, digest, regions)
    return len(regions)


async def load_changes(
    session: AsyncSession, edition: Edition, rows: Sequence[ChangeRow], *, today: date, missing: int = 0
) -> Loaded:
    """Loads an edition that differs from the one before it by these rows. Safe to repeat.

    Without a decree, the edition keeps the one that is stored, or gets its code for it. Before every loaded edition
    there is nothing, so the rows of an older one name all of its regions. `missing` is the number of regions of the
    next edition that it may lack. Raises ChangeFaults with everything that is wrong, and then changes nothing.
    """
    stored = await _lock(session, edition.code)
    edition = replace(edition, decree=edition.decree or (stored.decree if stored is not None else edition.code))
    base = await edition_before(session, edition)
    digest = _digest_of(edition, rows, None if base is None else base.digest)
    if stored is not None and stored.digest == digest:
        return Loaded(0)
    before = {} if base is None else await read_list(session, base.code)
    made = apply_changes(before, rows)
    codes = {each.code for each in made.regions}
    await _refuse(session, edition, stored, codes, today)
    if base is None:
        await _refuse_short(session, edition, codes, missing)
    warnings = [*_warnings(rows, before), *await _check_following(session, edition, before, codes)]
    await _store(session, edition, digest, made.regions)
    await _store_changes(session, edition, made)
    if len(warnings) > _MOST_WARNINGS:
        warnings = [*warnings[:_MOST_WARNINGS], f"{len(warnings) - _MOST_WARNINGS:,} more warnings like these"]
    return Loaded(len(made.regions), tuple(made.ended), tuple(warnings))


def _digest_of(edition: Edition, rows: Sequence[ChangeRow], base: str | None) -> str:
    """The same digest means the same regions. `base` is the digest of the edition before, which the rows change."""
    said = [base, edition.decree, edition.valid_from.isoformat(), [astuple(row)[1:] for row in rows]]
    return f"sha-256:{hashlib.sha256(json.dumps(said).encode('utf-8')).hexdigest()}"


async def _lock(session: AsyncSession, code: str) -> RegionEdition | None:
    """Waits for others who load an edition. Returns the edition of this code if it is stored."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("load_regions"))))
    return await session.get(RegionEdition, code, populate_existing=True)


async def _refuse(
    session: AsyncSession, edition: Edition, stored: RegionEdition | None, codes: set[str], today: date
) -> None:
    """Raises ChangeFaults if another edition begins on the same day.

    An edition that has begun keeps its first day and its codes, because submissions name them.
    """
    same = select(col(RegionEdition.code)).where(col(RegionEdition.valid_from) == edition.valid_from)
    faults = [
        f"the edition {other} begins on the same day"
        for other in await session.scalars(same.where(col(RegionEdition.code) != edition.code))
    ]
    if stored is not None and stored.valid_from <= today:
        if stored.valid_from != edition.valid_from:
            faults.append(f"the edition began on {stored.valid_from} and keeps its first day")
        held = await session.scalars(select(col(Region.code)).where(col(Region.edition) == edition.code))
        lost = sorted(set(held) - codes)
        faults += [f"the edition has begun and keeps its codes; it would lose {dot(code)}" for code in lost]
    if faults:
        raise ChangeFaults([ChangeFault(0, message) for message in faults])


async def _refuse_short(session: AsyncSession, edition: Edition, codes: set[str], missing: int) -> None:
    """Raises ChangeFaults if the oldest edition lacks other regions of the next one than somebody has counted."""
    following = await edition_after(session, edition)
    if following is None:
        return
    later = {*await session.scalars(select(col(Region.code)).where(col(Region.edition) == following.code))}
    if lacking := sorted(later - codes):
        named = ", ".join(dot(code) for code in lacking[:3])
        message = (
            f"this would be the oldest edition. It lacks {len(lacking):,} of {len(later):,} regions of the next one "
            f"({named} …). Interviews there before {following.valid_from} would be refused. If that is right, add "
            f"--missing {len(lacking)}"
        )
        if len(lacking) != missing:
            raise ChangeFaults([ChangeFault(0, message)])


def _warnings(rows: Sequence[ChangeRow], before: Mapping[str, ListedRegion]) -> Iterator[str]:
    for row in rows:
        old, new = undot(row.old) or row.old, undot(row.new) or row.new
        if row.change == "end":
            yield f"{dot(old)} ends without a successor"
        elif row.change == "recode" and new in before:
            yield f"{dot(new)} was {before[new].name} until the day before, whose figures stay under this code"


async def _check_following(
    session: AsyncSession, edition: Edition, before: Mapping[str, ListedRegion], codes: set[str]
) -> list[str]:
    """Returns warnings about the next edition, which stays as it was loaded.

    Raises ChangeFaults if one of its changes is about a code that this edition ends.
    """
    following = await edition_after(session, edition)
    if following is None:
        return []
    changes = (await session.scalars(select(RegionChange).where(col(RegionChange.edition) == following.code))).all()
    faults = [
        ChangeFault(0, f"{dot(each.old)} is changed by the edition of {following.valid_from}, but this one ends it")
        for each in changes
        if each.old not in codes
    ]
    if faults:
        raise ChangeFaults(faults)
    later = {*await session.scalars(select(col(Region.code)).where(col(Region.edition) == following.code))}
    followed = {each.old for each in changes}
    gone = [f"{dot(code)} ends on {following.valid_from}" for code in sorted(codes - later - followed - before.keys())]
    back = [f"{dot(code)} comes back on {following.valid_from}" for code in sorted((before.keys() - codes) & later)]
    return [f"{each}, because the next edition does not know this one. Load that one again" for each in (*gone, *back)]


async def _store(session: AsyncSession, edition: Edition, digest: str, regions: Sequence[ListedRegion]) -> None:
    """Stores an edition with its whole list, in place of what is stored under its code."""
    await session.execute(delete(Region).where(col(Region.edition) == edition.code))
    row = RegionEdition(
        code=edition.code,
        decree=edition.decree,
        valid_from=edition.valid_from,
        source=edition.source,
        digest=digest,
    )
    await session.merge(row)
    await session.flush()
    # Each edition ends the day before the next one begins, no matter in which order they are loaded.
    later = aliased(RegionEdition)
    following = select(func.min(later.valid_from)).where(col(later.valid_from) > RegionEdition.valid_from)
    await session.execute(update(RegionEdition).values(valid_to=following.scalar_subquery() - 1))
    connection = await raw_connection(session)
    await connection.copy_records_to_table(
        "region",
        records=[
            (each.code, edition.code, each.name, each.level, each.kind, each.parent, each.bps_code) for each in regions
        ],
        columns=["code", "edition", "name", "level", "kind", "parent", "bps_code"],
    )


async def _store_changes(session: AsyncSession, edition: Edition, made: NewList) -> None:
    await session.execute(delete(RegionChange).where(col(RegionChange.edition) == edition.code))
    if made.changes:
        rows = [{"edition": edition.code, "old": old, "new": new, "kind": kind} for old, new, kind in made.changes]
        await session.execute(insert(RegionChange), rows)
