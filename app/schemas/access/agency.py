"""Agencies on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.access import Scope
from app.schemas.shapes import In, Out, RegionCode

ClientId = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9._-]{2,39}$", description="3 to 40 of a–z 0–9 . _ -", examples=["dp3a-kalsel"]),
]
AgencyName = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$", max_length=200)]


class AgencyIn(In):
    """A new agency."""

    client_id: ClientId
    name: AgencyName
    scopes: Annotated[list[Scope], Field(min_length=1)]
    regions: Annotated[list[RegionCode], Field(min_length=1, description="Each stands for all below it too")]


class SecretOut(Out):
    """A secret that is good; never the secret itself."""

    id: UUID
    created_at: datetime


class NewSecretOut(SecretOut):
    client_secret: str = Field(description="Shown this once; only its hash is stored")


class AgencyOut(Out):
    id: UUID
    client_id: str
    name: str
    scopes: list[str]
    regions: list[str]
    created_at: datetime
    disabled_at: datetime | None
    secrets: list[SecretOut] = Field(description="Those that are good, the newest first; at most two")


class NewAgencyOut(AgencyOut):
    client_secret: str = Field(description="Shown this once; only its hash is stored")
