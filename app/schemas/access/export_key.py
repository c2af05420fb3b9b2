"""Requests and responses about export keys, with which office programs read figures."""

from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.lines import Line
from app.schemas.shapes import WITHOUT_NUMBER, In, Out, RegionCode

USUAL_DAYS: Final = 180


class ExportKeyIn(In):
    """A new export key for the figures of one region."""

    name: Annotated[str, Line(100), WITHOUT_NUMBER, Field(examples=["Excel bagian perencanaan"])]
    region: RegionCode
    days: Annotated[int, Field(ge=1, le=366, strict=True)] | None = Field(
        default=None, description=f"For how many days the key is valid, by default {USUAL_DAYS}"
    )


class OwnerOut(Out):
    """The account whose rights the key has."""

    kind: Literal["person", "agency"]
    id: UUID


class ExportKeyOut(Out):
    id: UUID = Field(description="The user name for Basic authentication")
    name: str
    owner: OwnerOut
    region: str
    dotted: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = Field(description="When somebody revoked the key")
    last_used_on: date | None = Field(description="The day of the last use, in UTC")


class NewExportKeyOut(ExportKeyOut):
    secret: str = Field(
        description="The password for Basic authentication. It begins with `ikk_export_`. Shown this once. The service "
        "stores only its hash"
    )
