"""Requests and responses about a person's own second factor."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.schemas.shapes import In, Out

_Secret = Annotated[str, Field(max_length=1000)]
Otp = Annotated[
    str,
    Field(
        max_length=1000,
        description="Six digits from the authenticator app, or a recovery code. Only letters and digits count",
        examples=["492 039"],
    ),
]


class FactorProofIn(In):
    """The person's password, and a code of the second factor that is in use, if there is one."""

    password: Annotated[_Secret, Field(examples=["…"])]
    otp: Otp | None = None


class FactorConfirmIn(In):
    """A code of the authenticator app that has just scanned the QR code."""

    otp: Annotated[
        str, Field(max_length=1000, description="Six digits. Only digits and letters count", examples=["492 039"])
    ]


class NewFactorOut(Out):
    """What an authenticator app needs. It is shown this once, and not in use until you confirm a code of the app."""

    secret: str = Field(description="The secret in base32, to type in where no QR code can be scanned")
    uri: str = Field(description="The otpauth URI of the secret. On the phone itself, a link to it opens the app")
    qr: str = Field(description="The QR code of the URI, as an SVG element")


class RecoveryCodesOut(Out):
    """Ten codes for the day when the phone is lost. They are shown this once. Each works once."""

    recovery_codes: list[str] = Field(description="Print them, and keep them apart from the phone")


class FactorOut(Out):
    """The caller's second factor."""

    since: datetime | None = Field(description="Since when a second factor is in use. null if there is none")
    recovery_codes_left: int
    needed_for: list[str] = Field(description="Scopes that a token has only after a sign-in with a second factor")
