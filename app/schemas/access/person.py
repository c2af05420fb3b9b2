"""People with an account, and the roles they are granted, on the wire."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.access import RoleName
from app.regions.codes import dot
from app.schemas.moments import DayOrInstant
from app.schemas.shapes import In, Out, RegionCode

Username = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9._-]{2,39}$", description="3 to 40 of a–z 0–9 . _ -", examples=["siti.aminah"]),
]
PersonName = Annotated[
    str,
    Field(
        pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
        max_length=100,
        description="As on the slip with the one-time code",
        examples=["Siti Aminah"],
    ),
]


class GrantIn(In):
    """A role in one region and all below it, for a time."""

    role: RoleName
    region: RegionCode
    valid_from: DayOrInstant | None = Field(default=None, description="null, or a moment that has passed: from now on")
    valid_until: DayOrInstant | None = Field(default=None, description="null: until it is ended")


class PersonIn(In):
    """Somebody who is given an account."""

    username: Username
    name: PersonName
    grants: Annotated[list[GrantIn], Field(min_length=1, max_length=50)]


class PersonChangeIn(In):
    """What can be corrected of a person; a username stays."""

    name: PersonName


class PersonRowIn(GrantIn):
    """One line of a file of people: a person and one role."""

    username: Username
    name: PersonName


class GrantOut(Out):
    id: UUID
    role: str
    region: str
    dotted: str
    valid_from: datetime
    valid_until: datetime | None
    granted_by: UUID
    granted_at: datetime
    ended_at: datetime | None = Field(description="When it was ended before its time")

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "GrantOut":
        return cls(
            **{name: stored[name] for name in cls.model_fields if name != "dotted"}, dotted=dot(stored["region"])
        )


class PersonOut(Out):
    id: UUID
    username: str
    name: str
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool = Field(description="Whether a one-time code was exchanged for a password")
    code_expires_at: datetime | None = Field(description="Of a one-time code that was not used yet")
    grants: list[GrantOut] = Field(description="Those inside the caller's regions, also ended ones, the newest first")

    @classmethod
    def of(cls, stored: dict[str, Any], grants: list[GrantOut]) -> "PersonOut":
        plain = {name: stored[name] for name in ("id", "username", "name", "created_at", "disabled_at")}
        expires_at = stored["code_expires_at"] if stored["code_digest"] is not None else None
        return cls(**plain, has_password=stored["password_hash"] is not None, code_expires_at=expires_at, grants=grants)


class NewPersonOut(PersonOut):
    code: str = Field(description="One-time code, shown this once: exchange it for a password at /v1/token/password")


class CodeOut(Out):
    """A slip to hand over: what somebody needs to set a password."""

    id: UUID
    username: str
    name: str
    code: str = Field(description="One-time code, shown this once")
    code_expires_at: datetime


class CodesOut(Out):
    """Slips of all the people in a file, in its order."""

    people: list[CodeOut]
