"""The round that an interview belongs to, by its village, instrument and day. The only reader of it for intake."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from app.platform.database import Connection
from app.platform.sql import Statement
from app.schemas.rounds.states import RoundStatus

ROUND_OF_GIVEN: Final = """
SELECT round_village.late_from <= now() AS late, round_village.settled_at IS NOT NULL AS settled FROM round_village
WHERE round_village.region = given.region AND round_village.instrument = given.instrument
AND round_village.opens_at <= given.surveyed_at AND round_village.ends_at > given.surveyed_at
ORDER BY round_village.opens_at DESC LIMIT 1
"""
"""Statement part with the round of what is `given`, and whether it is late and the round settled."""

_ROUND_OF: Final = Statement("""
SELECT round_id, CASE WHEN settled_at IS NOT NULL THEN 'settled' WHEN late_from <= clock_timestamp() THEN 'closed'
    WHEN opens_at > clock_timestamp() THEN 'planned' ELSE 'open' END AS status
FROM round_village
WHERE region = :region::text AND instrument = :instrument::text
AND opens_at <= :surveyed_at::timestamptz AND ends_at > :surveyed_at::timestamptz
ORDER BY opens_at DESC LIMIT 1
FOR SHARE
""")


class RoundState(NamedTuple):
    """A round and how it stands in one of its villages."""

    id: UUID
    status: RoundStatus


async def round_of(connection: Connection, *, region: str, instrument: str, surveyed_at: datetime) -> RoundState | None:
    """Returns the round of an interview and how it stands now, or None if the interview belongs to none.

    `instrument` is the code of the instrument. The round is neither closed nor settled before the transaction ends.
    Call it before you write to `submission`. Whoever settles a round locks in the same order. The area of the
    transaction has to hold the village.
    """
    row = await connection.fetchrow(*_ROUND_OF.bind(region=region, instrument=instrument, surveyed_at=surveyed_at))
    return None if row is None else RoundState(row["round_id"], row["status"])
