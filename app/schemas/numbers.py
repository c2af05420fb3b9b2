"""The form of a NIK and a card number, 16 digits. `app/identity/numbers.py` checks which numbers can exist."""

from typing import Annotated

from pydantic import Field

IdentityNumber = Annotated[str, Field(pattern=r"^[0-9]{16}$", description="16 digits", examples=["6372011708150003"])]
"""A NIK or a card number (No KK)."""


CardNumber = Annotated[
    str, Field(pattern=r"^[0-9]{16}$", description="No KK, 16 digits", examples=["6372011708150003"])
]
