"""Responses with entries of the audit log, and the filter by subject."""

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from app.schemas.shapes import Out

_SUBJECT = re.compile(
    r"(agency|case_report|export_key|family|held|outside|person|round|sign_in|submission|token):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|key:[0-9a-f]{12}",
    re.ASCII,
)
"""The subject of an entry: a listed noun and an id that the service or a device made, never words."""


def is_subject(text: str) -> bool:
    return _SUBJECT.fullmatch(text) is not None


def _subject(text: str) -> str:
    """Checks `noun:id`. The filter is audited itself, so it must not hold anything that was typed."""
    if not is_subject(text):
        raise ValueError("not noun:id")
    return text


Subject = Annotated[
    str,
    Field(
        description="What the event happened to, as `noun:id`",
        examples=["family:0b5e7f1e-6a52-4f0b-9a55-b7f1c7f0a001"],
        max_length=100,
    ),
    AfterValidator(_subject),
]


class AuditCallerOut(Out):
    """The caller that acted."""

    kind: str = Field(
        description="agency, person, outside (of another issuer), command (the command line or the service itself) or "
        "nobody (not proven)"
    )
    id: str = Field(description="A UUID. It is all zeros for command and nobody")
    name: str | None = Field(description="The agency's name or the person's username. null for every other caller")


class AuditEntryOut(Out):
    """One entry of the audit log. It names what changed, and never holds personal data of a family."""

    position: int = Field(description="Position in the chain: 1, 2, 3 … without a gap")
    at: datetime
    kind: str = Field(description="What happened, as `noun.verb`. docs/audit.md lists all kinds")
    caller: AuditCallerOut
    region: str | None = Field(description="null if the entry belongs to no region")
    subject: str | None = Field(description="What the event happened to, as `noun:id`")
    request_id: str | None = Field(description="X-Request-ID of the request. null if there was no request")
    detail: dict[str, Any] = Field(description="Depends on the kind, for example before and after, purpose, counts")
    hash: str = Field(
        description="Hexadecimal keyed hash of this entry and the hash before it. The key is not in the database"
    )
