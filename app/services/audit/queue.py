"""The audit queue, with one entry per event, added in the event's transaction. The only writer of `audit_queue`.

A transaction that is rolled back leaves no entry, and one that is committed cannot lack its entry. `sealing.py` moves
the queue into the chain about once a second. An entry never holds an identity or answers. It holds ids, codes, times
and the names of what changed.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.models import AuditQueue
from app.platform.request_id import REQUEST_ID
from app.services.audit.kinds import KINDS

RECORD_TAKING: Final = """
INSERT INTO audit_queue (kind, caller_kind, caller_id, region, subject, request_id, detail)
SELECT 'submission.take', :caller_kind::text, :caller_id::text, :region, 'submission:' || :id, :request_id::text,
    :detail::text::jsonb
FROM taken
"""
"""Statement part that audits a submission, if it was `taken`."""
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

    `subject` is `noun:id`. `region` is None if the entry belongs to no region. `detail` holds JSON values. A change
    gives `before` and `after`. Raises TypeError or ValueError for a value that an entry cannot hold (`check_detail`).
    """
    KINDS[kind]
    check_detail(detail)
    entry = {
        "kind": kind,
        "caller_kind": caller.kind,
        "caller_id": caller.id,
        "region": region,
        "subject": subject,
        "request_id": REQUEST_ID.get(),
        "detail": detail,
    }
    await session.execute(insert(AuditQueue).values(**entry).inline())


def check_detail(value: object) -> None:
    """Raises ValueError or TypeError for a value that the database would not return unchanged.

    The hash of such an entry could not be computed again. Valid values are texts without NUL and without broken
    Unicode, whole numbers of 64 bits, booleans, null, and lists and objects of these.
    """
    match value:
        case None | bool():
            pass
        case int():
            if not -(2**63) <= value < 2**63:
                raise ValueError("a number in an audit entry has more than 64 bits")
        case str():
            if "\x00" in value or value.encode("utf-8", "replace").decode("utf-8") != value:
                raise ValueError("a text in an audit entry holds NUL or half a character")
        case list() | tuple():
            for each in value:
                check_detail(each)
        case dict():
            if not all(isinstance(name, str) for name in value):
                raise TypeError("a name in an audit entry is not text")
            check_detail([*value.keys(), *value.values()])
        case _:
            raise TypeError(f"an audit entry holds no {type(value).__name__}: give text, whole numbers, truth or null")


async def take_entries(session: AsyncSession, *, most: int, key_id: str) -> Sequence[Row[Any]]:
    """Takes at most `most` of the oldest entries out of the queue.

    Each row holds the queue's id, then the fields of a `Link` up to its key, which is `key_id`.
    """
    return (await session.execute(_TAKE, {"most": most, "key": key_id})).all()
