"""Identity numbers on the wire: a NIK or a No KK, 16 digits. Which ones can exist: `app/identity/numbers.py`."""

from typing import Annotated

from pydantic import Field

IdentityNumber = Annotated[str, Field(pattern=r"^[0-9]{16}$", description="16 digits", examples=["6372010101100001"])]
"""A NIK or a No KK."""


CardNumber = Annotated[str, Field(pattern=r"^[0-9]{16}$", description="No KK, 16 digits")]
