"""Requests and responses about people with an account and the roles that they are granted."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field

from app.access import RoleName
from app.problems.cell_texts import FILE_WARNING_TEXTS, FileWarningCode
from app.regions.codes import dot
from app.schemas.lines import Line
from app.schemas.moments import DayOrInstant
from app.schemas.shapes import WITHOUT_NUMBER, In, Out, RegionCode
from app.scoring.parts import Text

Username = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9._-]{2,39}$", description="3 to 40 of a–z 0–9 . _ -", examples=["siti.aminah"]),
    WITHOUT_NUMBER,
]
PersonName = Annotated[
    str,
    Line(100),
    Field(description="The name as on the slip with the one-time code", examples=["Siti Aminah"]),
    WITHOUT_NUMBER,
]


MOST_GRANTS: Final = 50
LONGEST_USERNAME: Final = 40


class GrantIn(In):
    """A role in one region and all regions below it, for a time."""

    role: RoleName
    region: RegionCode
    valid_from: DayOrInstant | None = Field(
        default=None, description="The first moment of the role. null, or a moment in the past, means from now on"
    )
    valid_until: DayOrInstant | None = Field(
        default=None, description="The end of the role. null means until somebody ends it"
    )


InTraining = Annotated[
    bool,
    Field(
        strict=True,
        description="Whether every interview that the person sends is for training, whatever it says itself. It then "
        "never counts and is erased after a time",
    ),
]


class PersonIn(In):
    """A person who gets an account, with at least one role."""

    username: Username
    name: PersonName
    training: InTraining = False
    grants: Annotated[list[GrantIn], Field(min_length=1, max_length=MOST_GRANTS)]


class PersonChangeIn(In):
    """What you can change of a person: the name, whether they are in training, or both. The username stays."""

    name: PersonName | None = None
    training: InTraining | None = None


class PersonRowIn(GrantIn):
    """One line of a file of people, which holds a person and one role."""

    username: Username
    name: PersonName
    training: Literal["yes", "no"] = "no"


class GrantOut(Out):
    id: UUID
    role: str
    region: str
    dotted: str
    valid_from: datetime
    valid_until: datetime | None
    granted_by: UUID
    granted_at: datetime
    ended_at: datetime | None = Field(description="When somebody ended the role before its time")

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "GrantOut":
        return cls(
            **{name: stored[name] for name in cls.model_fields if name != "dotted"}, dotted=dot(stored["region"])
        )


class NewCodeGrantOut(GrantOut):
    """A role that ended the person's password. Hand over the code."""

    code: str = Field(description="One-time code, shown this once. Exchange it for a password at /v1/token/password")
    code_expires_at: datetime


class PersonOut(Out):
    id: UUID
    username: str
    name: str
    created_at: datetime
    disabled_at: datetime | None
    training: InTraining
    has_password: bool = Field(description="Whether the person has exchanged a one-time code for a password")
    code_expires_at: datetime | None = Field(description="When a one-time code that was not used yet expires")
    grants: list[GrantOut] = Field(description="The grants inside your regions, including ended ones, the newest first")

    @classmethod
    def of(cls, stored: dict[str, Any], grants: list[GrantOut]) -> "PersonOut":
        plain = {name: stored[name] for name in ("id", "username", "name", "created_at", "disabled_at", "training")}
        expires_at = stored["code_expires_at"] if stored["code_digest"] is not None else None
        return cls(**plain, has_password=stored["password_hash"] is not None, code_expires_at=expires_at, grants=grants)


class NewPersonOut(PersonOut):
    code: str = Field(description="One-time code, shown this once. Exchange it for a password at /v1/token/password")


class CodeOut(Out):
    """What is on the slip that you hand to a person, who sets a password with it."""

    id: UUID
    username: str
    name: str
    code: str = Field(description="One-time code, shown this once")
    code_expires_at: datetime


class SlipGrantOut(Out):
    """A role on a slip, with the names of its region and of the district above a village."""

    role: str
    region: str
    dotted: str
    name: str | None = Field(description="The name of the region, if it is in force today")
    district: str | None = Field(description="The name of the district that a village lies in")


class SlipOut(CodeOut):
    """A one-time code with the person's roles in your regions, the first one first."""

    grants: list[SlipGrantOut]


LeftOutReason = Literal["signed_in", "disabled", "beyond_caller", "no_role"]


class LeftOutOut(Out):
    """Somebody who got no new code."""

    username: str
    reason: LeftOutReason = Field(
        description="`signed_in`: has a password. `disabled`: the account is disabled. `beyond_caller`: holds more "
        "than you can grant, or is you. `no_role`: has no role that is valid now or later"
    )


class FileWarningOut(Out):
    """Something odd in a file that is not a fault. The accounts are made."""

    code: FileWarningCode
    message: Text

    @classmethod
    def of(cls, code: FileWarningCode) -> "FileWarningOut":
        texts = FILE_WARNING_TEXTS[code]
        return cls(code=code, message=Text(id=texts[0], en=texts[1]))


class CodesOut(Out):
    """The slips of people in the order of their file, or of their usernames."""

    people: list[SlipOut]
    left_out: list[LeftOutOut] = Field(default=[], description="People who were meant and got no new code")
    ignored_columns: list[str] = Field(default=[], description="Headings of the file whose columns were passed over")
    warnings: list[FileWarningOut] = Field(default=[], description="What is odd in the file. The accounts are made")
