"""Seals the audit queue into the chain. A transaction seals one batch, and only one process seals at a time.

The only writer of `audit_entry` and `audit_label`. Entries are in the order of sealing, batch by batch, and within a
batch by the queue's ids. The entries of a transaction that commits late come after those that were sealed before. `at`
is the time of the entry itself. If a sealer dies before it commits, its whole batch is still in the queue.

The entries stay in PostgreSQL. Python reads their texts to compute the hashes, and sends back only those.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.database import EVERYWHERE, Connection, area_of
from app.platform.key_ring import Key, KeyRing
from app.platform.sql import Statement, in_parts
from app.services.audit.chain import START, Head, content_of, hash_of
from app.services.audit.queue import MEASURE, OLDEST, TAKE
from app.turns import in_turns

BATCH: Final = 1000
_COUNTED: Final = 10_000
_LOCK: Final = 6372061005

# A separate statement, so that the next ones see what the previous holder of the lock committed. They never read a
# whole table. A plan that was made for a short queue would read the whole of a long one.
_TRY_LOCK: Final = Statement("""
SELECT pg_try_advisory_xact_lock(:lock) AS ours, set_config('ikk.area', :area, true),
    set_config('enable_seqscan', 'off', true)
""")
_HEAD: Final = Statement("""
SELECT entry.position, entry.hash, label.key_id, EXISTS (SELECT FROM lost_key WHERE id = label.key_id) AS key_lost
FROM audit_entry AS entry LEFT JOIN audit_label AS label ON label.id = entry.label
ORDER BY entry.position DESC LIMIT 1
""")
_LABELS: Final = Statement("SELECT kind, caller_kind, noun, id FROM audit_label WHERE key_id = :key_id")
_ADD_LABEL: Final = Statement("""
INSERT INTO audit_label (kind, caller_kind, noun, key_id) VALUES (:kind, :caller_kind, :noun, :key_id) RETURNING id
""")
_MOVE: Final = Statement(
    """
WITH taken AS (
    {take}
), placed AS (
    SELECT taken.*, (:labels::int[])[place] AS label, (:odd::text[])[place] AS odd
    FROM (SELECT *, row_number() OVER (ORDER BY id)::int AS place FROM taken) AS taken
), added AS (
    INSERT INTO audit_entry (position, at, caller_id, request_id, subject_id, label, region, hash, odd, detail)
    SELECT :head::bigint + place, at,
        CASE WHEN odd::json ->> 'caller_id' IS NULL THEN caller_id::uuid END,
        CASE WHEN odd::json ->> 'request_id' IS NULL THEN request_id::uuid END,
        CASE WHEN odd::json ->> 'subject' IS NOT NULL THEN NULL
            WHEN subject LIKE 'key:%' THEN lpad(right(subject, 12), 32, '0')::uuid ELSE right(subject, 36)::uuid END,
        label, region, substring(:hashes::bytea FROM place * 32 - 31 FOR 32), coalesce(odd, ''), detail
    FROM placed
    RETURNING 1
)
SELECT count(*) FROM added
""",
    take=TAKE,
)
_ID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_is_id: Final = re.compile(_ID).fullmatch
_SUBJECT: Final = f"(?:((?!key:)[a-z_]+):{_ID}|(key):[0-9a-f]{{12}})"
_is_subject: Final = re.compile(_SUBJECT).fullmatch
_fits: Final = re.compile(f"{_ID}(?:\0|{_ID})(?:\0|{_SUBJECT})").fullmatch
"""Whether the ids of the caller and the request and the subject fit their columns. No text in PostgreSQL has a NUL."""

Label = tuple[str, str, str]
"""The kind, the kind of the caller and the noun of the subject."""


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


class QueueChangedError(Exception):
    """Entries of the queue were gone when their hashes were computed. Nothing of the batch is sealed then."""


@dataclass(slots=True)
class _Batch:
    """What is computed for the entries of a batch, in their order."""

    head: Head
    ids: list[int] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    odd: list[str | None] = field(default_factory=list)

    def seal(self, rows: Sequence[Any], key: Key) -> None:
        """Adds rows of the queue, each as `OLDEST` returns it."""
        position, previous = self.head.position, self.head.hash
        for row in rows:
            number, _, kind, caller_kind, caller_id, _, subject, request_id, _ = row
            position += 1
            previous = hash_of(content_of(row[1:], key.id), position, previous, key.raw)
            fit = _fits(f"{caller_id}{_or_nul(request_id)}{_or_nul(subject)}")
            noun, odd = (fit[1] or fit[2] or "", None) if fit else _odd(caller_id, subject, request_id)
            self.ids.append(number)
            self.hashes.append(previous)
            self.labels.append((kind, caller_kind, noun))
            self.odd.append(odd)
        self.head = Head(position, previous)


def _or_nul(text: str | None) -> str:
    return "\0" if text is None else text


def _odd(caller_id: str, subject: str | None, request_id: str | None) -> tuple[str, str]:
    """Returns the noun of a subject that fits, and the texts that do not fit as a JSON object."""
    fit = None if subject is None else _is_subject(subject)
    texts = {"caller_id": caller_id, "request_id": request_id}
    odd = {name: text for name, text in texts.items() if text is not None and not _is_id(text)}
    return (fit[1] or fit[2]) if fit else "", json.dumps(odd if fit or subject is None else {**odd, "subject": subject})


async def measure_queue(connection: Connection) -> Waiting:
    """Returns how many entries wait to be sealed, and how long the oldest has waited."""
    count, seconds = await connection.fetchrow(*MEASURE.bind(area=area_of(EVERYWHERE), most=_COUNTED))
    return Waiting(count, max(0.0, seconds))


async def read_head(session: AsyncSession) -> Head:
    """Returns the chain's last entry, or position 0 if there is none."""
    last = (await session.execute(text(_HEAD.text))).first()
    return Head(0, START) if last is None else Head(last.position, last.hash)


async def seal_batch(connection: Connection, keys: KeyRing, *, most: int = BATCH) -> int:
    """Moves at most `most` entries from the queue into the chain. Returns how many.

    Returns 0 also while another process seals. The connection must be in a transaction. Raises StrayKeysError, and
    StrangeChainError if the ring lacks the key that the chain ends with and nobody has accepted its loss.
    """
    keys.require()
    if not await connection.fetchval(*_TRY_LOCK.bind(lock=_LOCK, area=area_of(EVERYWHERE))):
        return 0
    rows = await connection.fetch(OLDEST, most)
    if not rows:
        return 0
    last = await connection.fetchrow(_HEAD.text)
    if last is not None and not last["key_lost"] and not _has(keys, last["key_id"]):
        raise StrangeChainError(f"the key ring has no audit key {last['key_id']}, with which the audit log goes on")
    key = keys.current("audit")
    head = Head(0, START) if last is None else Head(last["position"], last["hash"])
    batch = _Batch(head)
    async for part in in_turns(in_parts(rows)):
        batch.seal(part, key)
    labels = await _number_labels(connection, batch.labels, key.id)
    moved = await connection.fetchval(
        *_MOVE.bind(
            head=head.position,
            ids=batch.ids,
            labels=[labels[each] for each in batch.labels],
            hashes=b"".join(batch.hashes),
            odd=batch.odd if any(batch.odd) else [],
        )
    )
    if moved != len(rows):
        raise QueueChangedError(f"{len(rows) - moved} entries left the audit queue while they were sealed")
    return len(rows)


def _has(keys: KeyRing, key_id: str | None) -> bool:
    return key_id is not None and keys.find("audit", key_id) is not None


async def _number_labels(connection: Connection, labels: Iterable[Label], key_id: str) -> dict[Label, int]:
    """Returns the numbers of all labels of this key. Adds those that no entry had before."""
    rows = await connection.fetch(*_LABELS.bind(key_id=key_id))
    known = {(kind, caller_kind, noun): number for kind, caller_kind, noun, number in rows}
    for kind, caller_kind, noun in dict.fromkeys(labels):
        if (kind, caller_kind, noun) not in known:
            values = {"kind": kind, "caller_kind": caller_kind, "noun": noun, "key_id": key_id}
            known[kind, caller_kind, noun] = await connection.fetchval(*_ADD_LABEL.bind(**values))
    return known
