"""Which interviews figures count."""

from typing import Final, Literal

Basis = Literal["reported", "approved"]
REPORTED: Final[Basis] = "reported"
"""The basis where a query names none."""
BASIS_TEXT: Final = (
    "`reported` counts the latest interview of each family in the year that was not rejected. `approved` counts the "
    "latest one that a supervisor approved"
)
