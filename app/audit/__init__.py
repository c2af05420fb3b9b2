"""Puts on record what happens: one row in the audit queue, within the transaction of what it tells of.

What is undone leaves no entry, and what is done cannot be without one. Services write here; `app/services/audit.py`
seals the queue into the chain, checks the chain and reads it. An entry never holds personal data: ids, codes, times,
and the names of what was changed.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import AuditQueue
from app.security import Caller

KINDS: Final[Mapping[str, str]] = {
    "agency.create": "An agency was created",
    "agency.disable": "An agency was disabled",
    "secret.create": "An agency was given a new secret",
    "secret.end": "A secret of an agency was ended",
    "person.create": "A person was given an account",
    "person.code": "A person was given a new one-time code",
    "person.rename": "A person's name was corrected",
    "person.disable": "A person's account was disabled",
    "person.enable": "A person's account was enabled again",
    "person.password": "A person set a password",
    "grant.create": "A person was granted a role in a region",
    "grant.end": "A grant was ended before its time",
    "token.issue": "An access token was issued",
    "token.refuse": "A token request was refused",
    "token.revoke": "A token was revoked",
    "token.reuse": "A refresh token came a second time; its sign-in was ended",
    "key.rotate": "A key was added to the key ring",
    "key.withdraw": "A key was taken out of the key ring",
    "key.reseal": "Families' identities were sealed under the key in use",
    "submission.take": "A submission was stored",
    "submission.read": "A submission was read",
    "submission.list": "Submissions were listed",
    "family.find": "A family was looked for by its numbers",
    "family.read": "A family was looked at, without who it is",
    "identification.create": "A caller stated why it has to see who a family is",
    "identity.read": "Who a family is was read",
    "identity.correct": "Who a family is was corrected",
    "submission.correct": "A submission was corrected at the family's request",
    "consent.give": "A family's consent was recorded",
    "consent.withdraw": "A family's consent was withdrawn",
    "request.open": "A request of a family was recorded",
    "request.close": "A request of a family was done or refused",
    "family.export": "All of a family was exported",
    "family.restrict": "A family was taken out of the aggregates",
    "family.lift": "A restriction of a family was lifted",
    "family.erase": "A family was erased",
    "audit.read": "The audit log was read",
}
"""What entries tell of, as noun.verb, with its meaning."""

REQUEST_ID: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""The id of the HTTP request that is being served."""


async def record(
    session: AsyncSession,
    caller: Caller,
    kind: str,
    *,
    region: str | None = None,
    subject: str | None = None,
    **detail: Any,
) -> None:
    """Adds one entry. subject: `noun:id`; region: None where it belongs to no region; detail: JSON values.

    A change gives `before` and `after`. Raises KeyError for a kind that is not in KINDS, TypeError and ValueError for
    what an entry cannot hold (`check_detail`).
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
    """Refuses what would not come out of the database as it went in, so that its hash would not be found again.

    Texts without NUL and broken Unicode, whole numbers of 64 bits, truth, null; lists and objects of them.
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
