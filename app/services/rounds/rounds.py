"""Creates, changes, closes and settles rounds. The only writer of `round` and `round_village`.

Whoever writes a round supervises all its villages. Two rounds of an instrument never share a village on a day.

To close a round is final. Later interviews still count, and are marked as late. A round that ended with its last day
opens again if that day is put later. To settle a round is final too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller, span_of
from app.platform.database import Connection, raw_connection
from app.platform.sql import Statement
from app.problems import Fault, Problem, kinds
from app.regions.codes import COUNTRY, dot
from app.regions.local_time import local_day
from app.schemas.rounds.round import RoundIn, RoundOut
from app.scoring.catalogue import Catalogue
from app.services.audit.queue import record
from app.services.rounds.checking import moments_of, read_round, refuse_outside
from app.services.rounds.reading import STATUS, find_round

_PATIENCE: Final = "3s"
_SHOWN: Final = 20
_FIXED: Final = ("instrument", "version", "design", "opens_on")
"""Members that stay once a round has opened."""

_BE_PATIENT: Final = Statement("SELECT set_config('lock_timeout', :patience::text, true)")
_LOCK_ALL: Final = "SELECT pg_advisory_xact_lock(hashtext('rounds'))"
"""Taken by whoever chooses villages, so that two who do so at once see each other's."""
_LOCK: Final = Statement(f"""
SELECT round.*, {STATUS} AS status, clock_timestamp() AS now FROM round WHERE round.id = :id::uuid FOR UPDATE
""")  # noqa: S608 (our own statement part)
_REGIONS: Final = "SELECT region FROM round_village WHERE round_id = $1 ORDER BY region"
_OVERLAPS: Final = Statement("""
SELECT round_village.round_id, round_village.region
FROM unnest(:regions::text[], :opens::timestamptz[], :ends::timestamptz[]) AS wanted (region, opens_at, ends_at)
JOIN round_village ON round_village.region = wanted.region AND round_village.instrument = :instrument::text
AND round_village.opens_at < wanted.ends_at AND round_village.ends_at > wanted.opens_at
WHERE round_village.round_id <> :id::uuid
ORDER BY round_village.round_id, round_village.region
""")
_ADD: Final = Statement("""
INSERT INTO round (
    id, name, span, instrument, version, design, year, opens_on, closes_on, opens_at, ends_at, villages, created_at,
    created_by
) VALUES (
    :id::uuid, :name, :span, :instrument, :version, :design, :year::int, :opens_on::date, :closes_on::date,
    :opens_at::timestamptz, :ends_at::timestamptz, :villages::int, now(), :created_by::uuid
)
""")
_CHANGE: Final = Statement("""
UPDATE round SET name = :name, span = :span, instrument = :instrument, version = :version, design = :design,
    year = :year::int, opens_on = :opens_on::date, closes_on = :closes_on::date, opens_at = :opens_at::timestamptz,
    ends_at = :ends_at::timestamptz, villages = :villages::int
WHERE id = :id::uuid
""")
_DROP_VILLAGES: Final = Statement(
    "DELETE FROM round_village WHERE round_id = :id::uuid AND region <> ALL (:regions::text[])"
)
_PUT_VILLAGES: Final = Statement("""
INSERT INTO round_village (round_id, region, instrument, opens_at, ends_at, late_from, expected)
SELECT :id::uuid, wanted.region, :instrument::text, wanted.opens_at, wanted.ends_at,
    least(wanted.ends_at, :closed_at::timestamptz), wanted.expected
FROM unnest(:regions::text[], :opens::timestamptz[], :ends::timestamptz[], :expected::int[])
    AS wanted (region, opens_at, ends_at, expected)
ON CONFLICT (round_id, region) DO UPDATE SET instrument = excluded.instrument, opens_at = excluded.opens_at,
    ends_at = excluded.ends_at, late_from = excluded.late_from, expected = excluded.expected
""")
_INTERVIEWED: Final = Statement("""
SELECT village.region FROM (
    SELECT * FROM round_village WHERE round_id = :id::uuid AND region <> ALL (:regions::text[]) OFFSET 0
) AS village
WHERE (
    SELECT count(*) FROM (
        SELECT FROM submission
        WHERE submission.region = village.region AND submission.year = :year::smallint
        AND submission.surveyed_at >= village.opens_at AND submission.surveyed_at < village.ends_at
        AND submission.purpose = 'interview'
        AND submission.instrument_id = ANY (ARRAY(SELECT id FROM instrument WHERE code = :instrument::text)) LIMIT 1
    ) AS held
) > 0
ORDER BY village.region
""")
_CLOSE: Final = Statement("UPDATE round SET closed_at = :closed_at::timestamptz WHERE id = :id::uuid")
_CLOSE_VILLAGES: Final = Statement(
    "UPDATE round_village SET late_from = least(ends_at, :closed_at::timestamptz) WHERE round_id = :id::uuid"
)
_HOLD_VILLAGES: Final = "SELECT FROM round_village WHERE round_id = $1 ORDER BY region FOR UPDATE"
_HOLD_SUBMISSIONS: Final = "LOCK TABLE submission IN SHARE MODE"
_SETTLE: Final = Statement(
    "UPDATE round SET settled_at = clock_timestamp(), settled_by = :caller::uuid WHERE id = :id::uuid "
    "RETURNING settled_at"
)
_SETTLE_VILLAGES: Final = Statement(
    "UPDATE round_village SET settled_at = :settled_at::timestamptz WHERE round_id = :id::uuid"
)
_HELD_UP: Final = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)


async def create_round(
    session: AsyncSession, caller: Caller, content: Mapping[str, Any], catalogue: Catalogue
) -> RoundOut:
    """Creates a round from a body of shape RoundIn. Raises region-outside-caller, faults and round-overlap."""
    refuse_outside(caller, content)
    wanted, faults = await read_round(session, content, catalogue)
    if wanted is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    made = uuid4()
    connection = await raw_connection(session)
    await _hold_up_for(connection, _LOCK_ALL)
    await _refuse_overlaps(connection, made, wanted)
    await connection.execute(*_ADD.bind(**_values(made, wanted), created_by=UUID(caller.id)))
    await _put_villages(connection, made, wanted, closed_at=None)
    await _record(session, caller, "round.create", made, _regions(wanted), after=_told(wanted))
    return await find_round(session, caller, made)


async def change_round(
    session: AsyncSession, caller: Caller, id: UUID, content: Mapping[str, Any], catalogue: Catalogue
) -> RoundOut:
    """Puts a round in place of the one that is stored, as far as it may still change.

    Before it opens, everything may change. After that the name, the expected families and the last day may, and
    villages may be added, or left out if nobody was interviewed there. Raises not-found, region-outside-caller, faults,
    round-settled and round-overlap.
    """
    connection = await raw_connection(session)
    await _hold_up_for(connection, _LOCK_ALL)
    stored = await _lock(connection, id)
    if stored["status"] == "settled":
        raise _settled(stored)
    refuse_outside(caller, content)
    wanted, faults = await read_round(session, content, catalogue)
    if wanted is not None and stored["status"] != "planned":
        faults += _fixed_faults(stored, wanted)
        faults += await _left_out_faults(connection, stored, wanted)
    if wanted is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    before = await _regions_of(connection, id)
    await _refuse_overlaps(connection, id, wanted)
    await connection.execute(*_CHANGE.bind(**_values(id, wanted)))
    await connection.execute(*_DROP_VILLAGES.bind(id=id, regions=_regions(wanted)))
    await _put_villages(connection, id, wanted, closed_at=stored["closed_at"])
    regions = sorted({*before, *_regions(wanted)})
    told = {"villages": len(before), "opens_on": stored["opens_on"], "closes_on": stored["closes_on"]}
    await _record(session, caller, "round.change", id, regions, before=_as_texts(told), after=_told(wanted))
    return await find_round(session, caller, id)


async def close_round(session: AsyncSession, caller: Caller, id: UUID) -> RoundOut:
    """Closes an open round, so that what arrives from now on is late. A closed round stays as it is.

    Raises not-found, region-outside-caller, round-planned and round-settled.
    """
    connection = await raw_connection(session)
    stored = await _lock(connection, id)
    if stored["status"] == "settled":
        raise _settled(stored)
    if stored["status"] == "planned":
        raise Problem(kinds.ROUND_PLANNED, opens_at=_written(stored["opens_at"]))
    if stored["status"] == "open":
        await connection.execute(*_CLOSE.bind(id=id, closed_at=stored["now"]))
        await connection.execute(*_CLOSE_VILLAGES.bind(id=id, closed_at=stored["now"]))
        await _record(session, caller, "round.close", id, await _regions_of(connection, id))
    return await find_round(session, caller, id)


async def settle_round(session: AsyncSession, caller: Caller, id: UUID) -> RoundOut:
    """Settles a closed round. What is stored from then on waits for a supervisor, and every change is listed.

    It waits for whoever is writing a submission at this moment, and whoever begins later waits for it. So the counts in
    the response are those that were settled. Raises not-found, region-outside-caller, round-open, round-settled and
    contended.
    """
    connection = await raw_connection(session)
    stored = await _lock(connection, id)
    if stored["status"] == "settled":
        raise _settled(stored)
    if stored["status"] != "closed":
        raise Problem(kinds.ROUND_OPEN, ends_at=_written(stored["ends_at"]))
    # In the order of whoever corrects an interview of the round, who holds its village first.
    await _hold_up_for(connection, _HOLD_VILLAGES, id)
    await _hold_up_for(connection, _HOLD_SUBMISSIONS)
    settled_at = await connection.fetchval(*_SETTLE.bind(id=id, caller=UUID(caller.id)))
    await connection.execute(*_SETTLE_VILLAGES.bind(id=id, settled_at=settled_at))
    await _record(session, caller, "round.settle", id, await _regions_of(connection, id))
    return await find_round(session, caller, id)


async def _hold_up_for(connection: Connection, lock: str, *values: Any) -> None:
    """Waits for a lock for a while. Raises contended."""
    await connection.execute(*_BE_PATIENT.bind(patience=_PATIENCE))
    try:
        await connection.execute(lock, *values)
    except _HELD_UP:
        raise Problem(kinds.CONTENDED) from None


async def _lock(connection: Connection, id: UUID) -> Mapping[str, Any]:
    """Locks a round of which every village lies in the caller's area. Raises not-found and region-outside-caller."""
    regions = await _regions_of(connection, id)
    if not regions:
        raise Problem(kinds.NOT_FOUND)
    await connection.execute(*_BE_PATIENT.bind(patience=_PATIENCE))
    try:
        stored: Mapping[str, Any] = await connection.fetchrow(*_LOCK.bind(id=id))
    except _HELD_UP:
        raise Problem(kinds.CONTENDED) from None
    if len(await _regions_of(connection, id)) != stored["villages"]:
        raise Problem(kinds.FORBIDDEN_REGION)
    return stored


async def _regions_of(connection: Connection, id: UUID) -> list[str]:
    """The villages of a round in the area of the transaction."""
    return [row["region"] for row in await connection.fetch(_REGIONS, id)]


async def _refuse_overlaps(connection: Connection, id: UUID, wanted: RoundIn) -> None:
    values = _village_values(wanted)
    del values["expected"]
    found = await connection.fetch(*_OVERLAPS.bind(id=id, instrument=wanted.instrument, **values))
    if found:
        villages = sorted({row["region"] for row in found})
        rounds = list(dict.fromkeys(str(row["round_id"]) for row in found))
        shown = [{"region": each, "dotted": dot(each)} for each in villages[:_SHOWN]]
        raise Problem(kinds.ROUND_OVERLAP, rounds=rounds[:_SHOWN], villages=shown, villages_total=len(villages))


async def _put_villages(connection: Connection, id: UUID, wanted: RoundIn, *, closed_at: datetime | None) -> None:
    values = _village_values(wanted)
    await connection.execute(*_PUT_VILLAGES.bind(id=id, instrument=wanted.instrument, closed_at=closed_at, **values))


def _village_values(wanted: RoundIn) -> dict[str, list[Any]]:
    moments = [moments_of(each.region, wanted) for each in wanted.villages]
    return {
        "regions": _regions(wanted),
        "opens": [each.opens_at for each in moments],
        "ends": [each.ends_at for each in moments],
        "expected": [each.expected for each in wanted.villages],
    }


def _values(id: UUID, wanted: RoundIn) -> dict[str, Any]:
    moments = [moments_of(each.region, wanted) for each in wanted.villages]
    return {
        "id": id,
        **wanted.model_dump(include={"name", "instrument", "version", "design", "opens_on", "closes_on"}),
        "span": span_of(_regions(wanted)) or COUNTRY,
        "year": wanted.opens_on.year,
        "opens_at": min(each.opens_at for each in moments),
        "ends_at": max(each.ends_at for each in moments),
        "villages": len(moments),
    }


def _fixed_faults(stored: Mapping[str, Any], wanted: RoundIn) -> list[Fault]:
    """Returns a fault for each member that stays as it is in a round that has opened."""
    fixed = [*_FIXED, *(["closes_on"] if stored["closed_at"] is not None else [])]
    faults = [
        Fault("fixed_in_round", pointer=f"/{name}", limits={"value": stored[name]})
        for name in fixed
        if getattr(wanted, name) != stored[name]
    ]
    # The day has come in one of the villages at least, so that every interview until now stays in the round.
    today = max(local_day(stored["now"], each.region) for each in wanted.villages)
    if "closes_on" not in fixed and wanted.closes_on != stored["closes_on"] and wanted.closes_on < today:
        faults.append(Fault("too_early", pointer="/closes_on", limits={"minimum": today, "example": today}))
    return faults


async def _left_out_faults(connection: Connection, stored: Mapping[str, Any], wanted: RoundIn) -> list[Fault]:
    values = {name: stored[name] for name in ("id", "year", "instrument")}
    rows = await connection.fetch(*_INTERVIEWED.bind(**values, regions=_regions(wanted)))
    named = [dot(row["region"]) for row in rows]
    return [Fault("village_interviewed", pointer="/villages", limits={"villages": named})] if named else []


def _regions(wanted: RoundIn) -> list[str]:
    return [each.region for each in wanted.villages]


def _told(wanted: RoundIn) -> dict[str, Any]:
    """What the audit log tells of a round."""
    told = wanted.model_dump(include={"opens_on", "closes_on"})
    return _as_texts({"instrument": f"{wanted.instrument} {wanted.version}", "villages": len(wanted.villages), **told})


def _as_texts(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each if isinstance(each, int | str) else each.isoformat() for name, each in told.items()}


async def _record(
    session: AsyncSession, caller: Caller, kind: str, id: UUID, regions: Sequence[str], **detail: Any
) -> None:
    await record(session, caller, kind, region=span_of(regions), subject=f"round:{id}", **detail)


def _settled(stored: Mapping[str, Any]) -> Problem:
    return Problem(kinds.ROUND_SETTLED, settled_at=_written(stored["settled_at"]))


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
