"""Requests and responses about devices: the phones with which a person fetches forms and sends interviews."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.lines import Line
from app.schemas.shapes import WITHOUT_NUMBER, In, Out


class DeviceIn(In):
    """A phone of a person, to be set up."""

    name: Annotated[
        str, Line(100), WITHOUT_NUMBER, Field(description="By which you know the phone", examples=["Samsung A05 merah"])
    ]


class DeviceOut(Out):
    id: UUID
    name: str
    created_at: datetime
    ended_at: datetime | None = Field(description="When somebody revoked the device. null while it is valid")
    last_used_on: date | None = Field(description="The day of the last use, in UTC")


class NewDeviceOut(DeviceOut):
    """A new device with what its phone needs. None of that can be shown again."""

    username: str = Field(description="The user name for Basic authentication")
    secret: str = Field(
        description="The app password for Basic authentication. It begins with `ikk_device_`. Shown this once. The "
        "service stores only its hash"
    )
    server_url: str = Field(description="The address of this phone, with the secret in its path. Keep it as the secret")
    settings: str = Field(description="The settings of ODK Collect for a QR code: zlib, then Base64")


class DevicesOut(Out):
    """A person's devices, the newest first."""

    items: list[DeviceOut]
