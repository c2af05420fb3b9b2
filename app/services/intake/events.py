"""Events of changes to submissions, for a feed, and how long they are kept. The only writer of `change_event`.

Whatever changes what a submission says or whether it counts writes its event in the same transaction. So no change
lacks its event, and a transaction that is rolled back leaves none. An event tells nothing of a family.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.schemas.intake.change_kinds import CHANGE_KINDS as CHANGE_KINDS
from app.schemas.intake.change_kinds import LETTERS as LETTERS
from app.schemas.intake.change_kinds import ChangeKind as ChangeKind
from app.services.rounds.changes import RECORD_CHANGED_IN_ROUND, RECORD_TAKEN_IN_ROUND

RECORD_TAKEN: Final = f"""
INSERT INTO change_event (kind, region, year, instrument_id, submission_id)
SELECT '{LETTERS["submission.taken"]}', region, year, instrument_id, id FROM taken
UNION ALL SELECT kind::"char", region, year, instrument_id, id FROM marked WHERE kind IS NOT NULL
"""  # noqa: S608 (our own letter)
"""Statement part that writes the events of submissions that were `taken`, and then of those that were `marked`."""
RECORD_MARKED: Final = """
INSERT INTO change_event (kind, region, year, instrument_id, submission_id)
SELECT kind::"char", region, year, instrument_id, id FROM marked WHERE kind IS NOT NULL
"""
"""Statement part that writes an event for each submission that was `marked`, if its mark has the letter of a kind."""
RECORD_IN_ROUNDS: Final = RECORD_TAKEN_IN_ROUND.format(taken=LETTERS["submission.taken"])
"""Statement part that lists what was `taken` or `marked` under its round, if that is settled."""
_RECORD: Final = text(f"""
WITH changed AS MATERIALIZED (
    SELECT * FROM unnest(
        CAST(:regions AS text[]), CAST(:years AS smallint[]), CAST(:instruments AS smallint[]), CAST(:ids AS uuid[]),
        CAST(:moments AS timestamptz[])
    ) AS changed (region, year, instrument_id, submission_id, surveyed_at)
), listed AS (
    {RECORD_CHANGED_IN_ROUND}
)
INSERT INTO change_event (kind, region, year, instrument_id, submission_id)
SELECT CAST(CAST(:kind AS text) AS "char"), region, year, instrument_id, submission_id FROM changed
""")  # noqa: S608 (our own statement part)
_LOCK: Final = 6372061007
# A separate statement, so that the next one sees what the previous holder of the lock committed.
_TRY_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(:lock)")
_FORGET: Final = text("""
DELETE FROM change_event USING (
    SELECT xid, seq FROM change_event WHERE at < now() - make_interval(days => :days) ORDER BY xid, seq LIMIT :most
) AS old WHERE change_event.xid = old.xid AND change_event.seq = old.seq
""")


class Changed(Protocol):
    """The members of a submission that an event holds."""

    @property
    def id(self) -> UUID: ...
    @property
    def region(self) -> str: ...
    @property
    def year(self) -> int: ...
    @property
    def instrument_id(self) -> int: ...
    @property
    def surveyed_at(self) -> datetime: ...


async def record_changes(session: AsyncSession, kind: ChangeKind, submissions: Sequence[Changed]) -> None:
    """Writes one event for each submission, with its village, year and version."""
    values = {
        "regions": [each.region for each in submissions],
        "years": [each.year for each in submissions],
        "instruments": [each.instrument_id for each in submissions],
        "ids": [each.id for each in submissions],
        "moments": [each.surveyed_at for each in submissions],
    }
    await session.execute(_RECORD, {"kind": LETTERS[kind], **values})


async def forget_changes(session: AsyncSession, *, days: int, most: int) -> int:
    """Deletes up to `most` of the events that are so many days old, the oldest first.

    Returns how many. Returns 0 also while another process deletes.
    """
    if not await session.scalar(_TRY_LOCK, {"lock": _LOCK}):
        return 0
    deleted: Any = await session.execute(_FORGET, {"days": days, "most": most})
    return int(deleted.rowcount)
