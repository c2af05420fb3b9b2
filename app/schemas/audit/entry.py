"""Entries of the audit log on the wire."""

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from app.schemas.shapes import Out

_SUBJECT = re.compile(r"[a-z]+(_[a-z]+)*:[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_IDENTITY_NUMBER = re.compile(r"(?<![0-9a-f])[0-9]{16}(?![0-9a-f])", re.ASCII)


def _subject(text: str) -> str:
    """What is asked for is put on record itself: a family's number must not come in that way."""
    if not _SUBJECT.fullmatch(text) or _IDENTITY_NUMBER.search(text):
        raise ValueError("not noun:id")
    return text


Subject = Annotated[
    str,
    Field(
        description="What it happened to, as `noun:id`",
        examples=["family:0b5e7f1e-6a52-4f0b-9a55-b7f1c7f0a001"],
        max_length=100,
    ),
    AfterValidator(_subject),
]


class AuditCallerOut(Out):
    """Who did it."""

    kind: str = Field(description="agency, person, outside (of another issuer), or command")
    id: str = Field(description="UUID; of the command line all zeros")
    name: str | None = Field(description="Of an agency its name, of a person the user name; null: not one of ours")


class AuditEntryOut(Out):
    """One entry of the audit log. It names what was changed and never holds personal data of a family."""

    position: int = Field(description="Place in the chain: 1, 2, 3 … without a gap")
    at: datetime
    kind: str = Field(description="What happened, as noun.verb; docs/audit.md lists them")
    caller: AuditCallerOut
    region: str | None = Field(description="null: it belongs to no region")
    subject: str | None = Field(description="What it happened to, as noun:id")
    request_id: str | None = Field(description="X-Request-ID of the request; null: no request")
    detail: dict[str, Any] = Field(description="By kind: before and after, purpose, counts")
    hash: str = Field(
        description="Hexadecimal; over this entry and the hash before it, with a key outside the database"
    )
