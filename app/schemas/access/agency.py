"""Requests and responses about agencies and their secrets."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from app.access import SCOPES, Scope
from app.schemas.lines import Line
from app.schemas.shapes import WITHOUT_NUMBER, In, Out, RegionCode

ClientId = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9._-]{2,39}$", description="3 to 40 of a–z 0–9 . _ -", examples=["dp3a-kalsel"]),
    WITHOUT_NUMBER,
]
AgencyName = Annotated[str, Line(200), Field(examples=["Dinas P3A Provinsi Kalimantan Selatan"]), WITHOUT_NUMBER]
MOST_REGIONS: Final = 200


class AgencyIn(In):
    """A new agency with its scopes and regions."""

    client_id: ClientId
    name: AgencyName
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES))]
    regions: Annotated[
        list[RegionCode],
        Field(min_length=1, max_length=MOST_REGIONS, description="Each region stands for its whole subtree"),
    ]


class SecretOut(Out):
    """The id of a valid secret and when it was created. The secret itself is never shown again."""

    id: UUID
    created_at: datetime


class NewSecretOut(SecretOut):
    client_secret: str = Field(description="Shown this once. The service stores only its hash")


class AgencyOut(Out):
    id: UUID
    client_id: str
    name: str
    scopes: list[str]
    regions: list[str]
    created_at: datetime
    disabled_at: datetime | None
    secrets: list[SecretOut] = Field(description="The valid secrets, at most two, the newest first")


class NewAgencyOut(AgencyOut):
    client_secret: str = Field(description="Shown this once. The service stores only its hash")
