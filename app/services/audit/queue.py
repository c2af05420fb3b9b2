"""The audit queue, with one entry per event, added in the event's transaction. The only writer of `audit_queue`.

A transaction that is rolled back leaves no entry, and one that is committed cannot lack its entry. `sealing.py` moves
the queue into the chain about once a second. An entry never holds an identity, answers, or words that somebody typed
(`details.py`). It holds ids, codes, times, keyed marks and the names of what changed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.platform.request_id import REQUEST_ID
from app.platform.sql import Statement, in_parts
from app.services.audit.details import check_detail, check_subject
from app.services.audit.kinds import KINDS

RECORD_TAKING: Final = """
INSERT INTO audit_queue (kind, caller_kind, caller_id, region, subject, request_id, detail)
SELECT 'submission.take', caller_kind, sent_by::text, region, 'submission:' || id, request_id, detail::json FROM taken
"""
"""Statement part that audits the submissions that were `taken`."""
RECORD_READING: Final = """
INSERT INTO audit_queue (kind, caller_kind, caller_id, region, subject, request_id, detail)
SELECT 'submission.read', :caller_kind::text, :caller_id::text, region, 'submission:' || :id::uuid, :request_id::text,
    ('{"restricted":' || (restricted_at IS NOT NULL) || '}')::json
FROM stored
"""
"""Statement part that audits the reading of a submission, if it is `stored` in the caller's area."""

OLDEST: Final = """
SELECT id, at, kind, caller_kind, caller_id, region, subject, request_id, detail::text
FROM audit_queue ORDER BY id LIMIT $1
"""
"""Returns the oldest entries, in the order of their ids."""
TAKE: Final = """
DELETE FROM audit_queue WHERE id = ANY (:ids::bigint[]) RETURNING *
"""
"""Statement part that takes entries out of the queue."""
MEASURE: Final = Statement("""
SELECT count(first.at), coalesce(extract(epoch FROM clock_timestamp() - min(first.at)), 0)::float8
FROM (SELECT set_config('ikk.area', :area, true) AS area) AS viewer CROSS JOIN LATERAL (
    SELECT at FROM audit_queue WHERE viewer.area IS NOT NULL ORDER BY id LIMIT :most
) AS first
""")
"""Counts entries up to a limit, and returns the age of the oldest of them in seconds."""

_ADD: Final = text("""
INSERT INTO audit_queue (kind, caller_kind, caller_id, region, subject, request_id, detail)
VALUES (:kind, :caller_kind, :caller_id, :region, :subject, :request_id, CAST(CAST(:detail AS text) AS json))
""")
_to_json: Final = json.JSONEncoder(separators=(",", ":")).encode


def entry_values(caller: Caller) -> dict[str, str | None]:
    """Returns the parameters that both statement parts need, which are the caller and the request id."""
    return {"caller_kind": caller.kind, "caller_id": caller.id, "request_id": REQUEST_ID.get()}


def taking_detail(receipt: str, consent: str | None, aside: str | None) -> str:
    """Returns the detail of an entry of RECORD_TAKING, from marks and why an identity was kept aside, if one was."""
    agreed = "" if consent is None else f',"consent":"{consent}"'
    kept = "" if aside is None else f',"identity_{aside}":true'
    return f'{{"receipt":"{receipt}"{agreed}{kept}}}'


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
    await session.execute(_ADD, _entry(caller, kind, Event(region, subject, detail)))


async def record_all(session: AsyncSession, caller: Caller, kind: str, events: Sequence[Event]) -> None:
    """Adds one entry for each event, in their order, with few statements. Raises what `record` raises."""
    for part in in_parts(events):
        await session.execute(_ADD, [_entry(caller, kind, each) for each in part])


def _entry(caller: Caller, kind: str, event: Event) -> dict[str, Any]:
    KINDS[kind]
    check_subject(event.subject)
    check_detail(event.detail)
    return {
        "kind": kind,
        "region": event.region,
        "subject": event.subject,
        "detail": _to_json(event.detail),
        **entry_values(caller),
    }
