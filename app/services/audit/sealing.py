"""Seals the audit queue into the chain. A transaction seals one batch, and only one process seals at a time.

The only writer of `audit_entry`. Entries are in the order of sealing, batch by batch, and within a batch by the queue's
ids. The entries of a transaction that commits late come after those that were sealed before. `at` is the time of the
entry itself. If a sealer dies before it commits, its whole batch is still in the queue.
"""

from dataclasses import dataclass, fields
from operator import itemgetter
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.key_ring import KeyRing
from app.services.audit.chain import START, Head, Link, seal
from app.services.audit.queue import take_entries
from app.turns import in_turns

BATCH: Final = 1000
_COUNTED: Final = 10_000
_LOCK: Final = 6372061005

# A separate statement, so that the next one sees what the previous holder of the lock committed.
_TRY_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(:lock)")
_HEAD: Final = text("""
SELECT position, hash, key_id, EXISTS (SELECT FROM lost_key WHERE id = key_id) AS key_lost
FROM audit_entry ORDER BY position DESC LIMIT 1
""")
_ADD: Final = text("""
INSERT INTO audit_entry (
    position, at, kind, caller_kind, caller_id, region, subject, request_id, detail, key_id, hash
)
SELECT * FROM unnest(
    CAST(:position AS bigint[]), CAST(:at AS timestamptz[]), CAST(:kind AS text[]), CAST(:caller_kind AS text[]),
    CAST(:caller_id AS text[]), CAST(:region AS text[]), CAST(:subject AS text[]), CAST(:request_id AS text[]),
    CAST(CAST(:detail AS text[]) AS jsonb[]), CAST(:key_id AS text[]), CAST(:hash AS bytea[])
)
""")
_COLUMNS: Final = tuple(each.name for each in fields(Link))
_WAITING: Final = text("""
SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0)::float8
FROM (SELECT at FROM audit_queue ORDER BY id LIMIT :most) AS first
""")


class StrangeChainError(Exception):
    """The chain ends with a key that the ring of this process does not have.

    There are two rings, or the right one is lost. The process seals nothing then, as one ring would make entries that
    the other cannot check.
    """


@dataclass(frozen=True, slots=True)
class Waiting:
    """The state of the queue. `count` is at most 10,000, and `seconds` is the age of the oldest entry."""

    count: int
    seconds: float


async def measure_queue(session: AsyncSession) -> Waiting:
    """Returns how many entries wait to be sealed, and how long the oldest has waited."""
    count, seconds = (await session.execute(_WAITING, {"most": _COUNTED})).one()
    return Waiting(count, max(0.0, seconds))


async def read_head(session: AsyncSession) -> Head:
    """Returns the chain's last entry, or position 0 if there is none."""
    last = (await session.execute(_HEAD)).first()
    return Head(0, START) if last is None else Head(last.position, last.hash)


async def seal_batch(session: AsyncSession, keys: KeyRing, *, most: int = BATCH) -> int:
    """Moves at most `most` entries from the queue into the chain. Returns how many.

    Returns 0 also while another process seals. The session must see every region. Raises StrayKeysError, and
    StrangeChainError if the ring lacks the key that the chain ends with and nobody has accepted its loss.
    """
    keys.require()
    if not await session.scalar(_TRY_LOCK, {"lock": _LOCK}):
        return 0
    last = (await session.execute(_HEAD)).first()
    if last is not None and not last.key_lost and keys.find("audit", last.key_id) is None:
        raise StrangeChainError(f"the key ring has no audit key {last.key_id}, with which the audit log goes on")
    key = keys.current("audit")
    taken = await take_entries(session, most=most, key_id=key.id)
    if not taken:
        return 0
    links = [Link(*tuple(row)[1:]) for row in sorted(taken, key=itemgetter(0))]
    head = Head(0, START) if last is None else Head(last.position, last.hash)
    sealed = [link async for link in in_turns(seal(links, head, key.raw))]
    await session.execute(_ADD, {name: [getattr(link, name) for link in sealed] for name in _COLUMNS})
    return len(sealed)
