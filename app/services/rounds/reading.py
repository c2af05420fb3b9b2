"""Reads rounds with their coverage, and what changed in them after they were settled."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.platform.cursors import as_position, as_uuid, as_year, pack, read_code, unpack
from app.platform.database import Connection, raw_connection
from app.platform.sql import Statement
from app.problems import Problem, kinds
from app.problems.stored_warnings import write_warnings
from app.problems.warning_texts import WarningCode
from app.regions.codes import COUNTRY, dot, lies_in, subtree_of
from app.schemas.intake.change_kinds import LETTERS, ChangeKind
from app.schemas.rounds.round import RoundChangeOut, RoundCoverageOut, RoundOut, RoundRowOut, RoundVillageOut
from app.schemas.rounds.states import RoundStatus
from app.schemas.shapes import Page

_LATE: Final[WarningCode] = "received_late"
_READING: Final = ("submissions:read", "submissions:review")
_KINDS: Final[dict[str, ChangeKind]] = {letter: kind for kind, letter in LETTERS.items()}

STATUS: Final = """
CASE WHEN round.settled_at IS NOT NULL THEN 'settled'
    WHEN round.closed_at IS NOT NULL OR round.ends_at <= clock_timestamp() THEN 'closed'
    WHEN round.opens_at > clock_timestamp() THEN 'planned' ELSE 'open' END
"""
"""Statement part with the status of a `round`."""
# Row-level security shows only the villages of the transaction's area. A round without one of them is not there.
_ROUNDS: Final = f"""
SELECT round.id, round.name, round.span, round.instrument, round.version, round.design, round.year, round.opens_on,
    round.closes_on, {STATUS} AS status, round.closed_at, round.settled_at, round.created_at,
    (SELECT count(*) FROM round_village WHERE round_village.round_id = round.id) AS villages
FROM round
"""  # noqa: S608 (our own statement part)
_FIND: Final = Statement(f"SELECT * FROM ({_ROUNDS} WHERE round.id = :id::uuid) AS round WHERE villages > 0")  # noqa: S608
_LIST: Final = Statement(
    f"""
SELECT * FROM (
    {_ROUNDS} WHERE (round.year, round.id) > (:after_year::smallint, :after_id::uuid)
    AND (:year::smallint IS NULL OR round.year = :year::smallint)
) AS round
WHERE (:status::text IS NULL OR status = :status::text) AND villages > 0 AND (
    SELECT count(*) FROM (
        SELECT FROM round_village WHERE round_village.round_id = round.id
        AND round_village.region >= :first::text AND round_village.region < :beyond::text LIMIT 1
    ) AS inside
) > 0
ORDER BY year, id LIMIT :limit::int
"""  # noqa: S608 (our own statement part)
)
_COUNTED: Final = """
SELECT village.region, village.opens_at, village.ends_at, village.late_from, village.expected, counted.*, held.held
FROM (
    SELECT * FROM round_village WHERE round_village.round_id = :id::uuid AND round_village.region > :after::text
    ORDER BY round_village.region LIMIT :limit::int
) AS village CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE uncounted IS NULL) AS interviewed,
        count(*) FILTER (WHERE review IS NULL) AS accepted,
        count(*) FILTER (WHERE review = 'in_review') AS in_review,
        count(*) FILTER (WHERE review = 'approved') AS approved,
        count(*) FILTER (WHERE review = 'returned') AS returned,
        count(*) FILTER (WHERE review = 'rejected') AS rejected,
        count(*) FILTER (WHERE position('{late}' IN warnings) > 0) AS late,
        count(*) FILTER (WHERE after_settlement) AS after_settlement
    FROM submission
    WHERE submission.region = village.region AND submission.year = :year::smallint
    AND submission.surveyed_at >= village.opens_at AND submission.surveyed_at < village.ends_at
    AND submission.purpose = 'interview'
    AND submission.instrument_id = ANY (ARRAY(SELECT id FROM instrument WHERE code = :instrument::text))
) AS counted CROSS JOIN LATERAL (
    SELECT count(*) AS held FROM held_submission
    WHERE held_submission.region = village.region AND held_submission.received_at >= village.opens_at
    AND held_submission.status = 'open' AND NOT held_submission.training
) AS held
ORDER BY village.region
""".replace("{late}", write_warnings([f"{_LATE} /surveyed_at"]))
_VILLAGES: Final = Statement(_COUNTED)
_TOTALS: Final = Statement(
    f"""
SELECT CASE WHEN count(*) = count(expected) THEN sum(expected)::bigint END AS expected,
    sum(interviewed)::bigint AS interviewed, sum(accepted)::bigint AS accepted, sum(in_review)::bigint AS in_review,
    sum(approved)::bigint AS approved, sum(returned)::bigint AS returned, sum(rejected)::bigint AS rejected,
    sum(late)::bigint AS late, sum(after_settlement)::bigint AS after_settlement, sum(held)::bigint AS held,
    array_agg(region) AS regions
FROM ({_COUNTED}) AS counted
"""  # noqa: S608 (our own statement part)
)
_CHANGES: Final = Statement("""
SELECT id, kind::text AS kind, submission_id, region, at FROM round_change
WHERE round_id = :id::uuid AND id > :after::bigint ORDER BY id LIMIT :limit::int
""")
_NO_UUID: Final = UUID(int=0)
_EVERY: Final = 2**31 - 1


async def list_rounds(
    session: AsyncSession,
    caller: Caller,
    *,
    region: str | None,
    year: int | None,
    status: RoundStatus | None,
    limit: int,
    cursor: str | None,
) -> Page[RoundRowOut]:
    """Returns a page of the rounds with villages in the caller's regions, by year. Raises region-outside-caller."""
    if region is not None and not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    first, beyond = subtree_of(region or COUNTRY)
    after_year, after_id = (0, _NO_UUID) if cursor is None else unpack(cursor, (as_year, as_uuid))
    rows = await (await raw_connection(session)).fetch(
        *_LIST.bind(
            after_year=after_year,
            after_id=after_id,
            year=year,
            status=status,
            first=first,
            beyond=beyond,
            limit=limit + 1,
        )
    )
    return await Page[RoundRowOut].of(
        rows, limit, shape=lambda row: RoundRowOut(**row), cursor=lambda row: pack(row["year"], row["id"])
    )


async def find_round(session: AsyncSession, caller: Caller, id: UUID) -> RoundOut:
    """Returns a round with the counts of its villages in the caller's regions. Raises not-found."""
    connection = await raw_connection(session)
    row = await _find(connection, id)
    totals = await connection.fetchrow(*_TOTALS.bind(**_counting(row), after="", limit=_EVERY))
    whole = all(_reads(caller, region) for region in totals["regions"])
    return RoundOut(**row, totals=RoundCoverageOut(**RoundCoverageOut.members_of(totals, whole=whole)))


async def list_villages(
    session: AsyncSession, caller: Caller, id: UUID, *, limit: int, cursor: str | None
) -> Page[RoundVillageOut]:
    """Returns a page of a round's villages in the caller's regions, by code. Raises not-found."""
    connection = await raw_connection(session)
    row = await _find(connection, id)
    after = "" if cursor is None else read_code(cursor)
    rows = await connection.fetch(*_VILLAGES.bind(**_counting(row), after=after, limit=limit + 1))
    return await Page[RoundVillageOut].of(
        rows, limit, shape=lambda each: _village(caller, each), cursor=lambda each: str(each["region"])
    )


async def list_changes(
    session: AsyncSession, caller: Caller, id: UUID, *, limit: int, cursor: str | None
) -> Page[RoundChangeOut]:
    """Returns a page of what changed in the caller's regions since the round was settled, in order.

    Raises not-found. It is empty for a round that is not settled.
    """
    connection = await raw_connection(session)
    await _find(connection, id)
    (after,) = (0,) if cursor is None else unpack(cursor, (as_position,))
    rows: Sequence[Any] = await connection.fetch(*_CHANGES.bind(id=id, after=after, limit=limit + 1))
    return await Page[RoundChangeOut].of(rows, limit, shape=_change, cursor=lambda row: pack(row["id"]))


async def _find(connection: Connection, id: UUID) -> Any:
    row = await connection.fetchrow(*_FIND.bind(id=id))
    if row is None:
        raise Problem(kinds.NOT_FOUND)
    return row


def _counting(row: Any) -> dict[str, Any]:
    return {"id": row["id"], "year": row["year"], "instrument": row["instrument"]}


def _reads(caller: Caller, region: str) -> bool:
    return any(lies_in(region, caller.areas.get(scope, ())) for scope in _READING)


def _village(caller: Caller, row: Any) -> RoundVillageOut:
    region = row["region"]
    counts = RoundCoverageOut.members_of(row, whole=_reads(caller, region))
    moments = {name: row[name] for name in ("opens_at", "ends_at", "late_from")}
    return RoundVillageOut(region=region, dotted=dot(region), **moments, **counts)


def _change(row: Any) -> RoundChangeOut:
    return RoundChangeOut(kind=_KINDS[row["kind"]], submission=row["submission_id"], region=row["region"], at=row["at"])
