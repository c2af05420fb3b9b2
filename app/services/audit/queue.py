"""The audit queue, with one entry per event, added in the event's transaction. The only writer of `audit_queue`.

A transaction that is rolled back leaves no entry, and one that is committed cannot lack its entry. `sealing.py` moves
the queue into the chain about once a second. An entry never holds an identity, answers, or words that somebody typed
(`details.py`). It holds ids, codes, times, keyed marks and the names of what changed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.models import AuditQueue
from app.platform.request_id import REQUEST_ID
from app.platform.sql import in_parts
from app.services.audit.details import check_detail, check_subject
from app.services.audit.kinds import KINDS

RECORD_TAKING: Final = """
INSERT INTO audit_queue (kind, caller_kind, caller_id, region, subject, request_id, detail)
SELECT 'submission.take', caller_kind, sent_by::text, region, 'submission:' || id, request_id, detail::jsonb FROM taken
"""
"""Statement part that audits the submissions that were `taken`."""
RECORD_READING: Final = """
INSERT INTO audit_queue (kind, caller_kind, caller_id, region, subject, request_id, detail)
SELECT 'submission.read', :caller_kind::text, :caller_id::text, region, 'submission:' || :id::uuid, :request_id::text,
    jsonb_build_object('restricted', restricted_at IS NOT NULL)
FROM stored
"""
"""Statement part that audits the reading of a submission, if it is `stored` in the caller's area."""

_TAKE: Final = text("""
DELETE FROM audit_queue WHERE id IN (SELECT id FROM audit_queue ORDER BY id LIMIT :most)
RETURNING id, 0, at, kind, caller_kind, caller_id, region, subject, request_id, detail::text, CAST(:key AS text)
""")


def entry_values(caller: Caller) -> dict[str, str | None]:
    """Returns the parameters that both statement parts need, which are the caller and the request id."""
    return {"caller_kind": caller.kind, "caller_id": caller.id, "request_id": REQUEST_ID.get()}


def taking_detail(detail: Mapping[str, Any]) -> str:
    """Returns the parameter `detail` of RECORD_TAKING. Raises what `record` raises."""
    check_detail(detail)
    return json.dumps(detail)


@dataclass(frozen=True, slots=True)
class Event:
    """One of several events of a kind, with the arguments of `record` that differ between them."""

    region: str | None
    subject: str | None
    detail: Mapping[str, Any]


async def record(
    session: AsyncSession,
    caller: Caller,
    kind: str,
    *,
    region: str | None = None,
    subject: str | None = None,
    **detail: Any,
) -> None:
    """Adds one entry to the queue. Raises KeyError for a kind that is not in KINDS.

    `subject` is `noun:id`. `region` is None if the entry belongs to no region. A change gives `before` and `after`.
    Raises TypeError or ValueError for a subject or a detail that an entry cannot hold (`details.py`).
    """
    await session.execute(insert(AuditQueue).values(**_entry(caller, kind, Event(region, subject, detail))).inline())


async def record_all(session: AsyncSession, caller: Caller, kind: str, events: Sequence[Event]) -> None:
    """Adds one entry for each event, in their order, with few statements. Raises what `record` raises."""
    for part in in_parts(events):
        await session.execute(insert(AuditQueue).inline(), [_entry(caller, kind, each) for each in part])


def _entry(caller: Caller, kind: str, event: Event) -> dict[str, Any]:
    KINDS[kind]
    check_subject(event.subject)
    check_detail(event.detail)
    return {
        "kind": kind,
        "region": event.region,
        "subject": event.subject,
        "detail": event.detail,
        **entry_values(caller),
    }


async def take_entries(session: AsyncSession, *, most: int, key_id: str) -> Sequence[Row[Any]]:
    """Takes at most `most` of the oldest entries out of the queue.

    Each row holds the queue's id, then the fields of a `Link` up to its key, which is `key_id`.
    """
    return (await session.execute(_TAKE, {"most": most, "key": key_id})).all()
