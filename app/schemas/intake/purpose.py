"""Why an interview is held. Only the ordinary purpose counts in figures."""

from typing import Annotated, Final, Literal

from pydantic import Field

Purpose = Literal["interview", "reinterview", "training"]
DEFAULT_PURPOSE: Final[Purpose] = "interview"
Why = Annotated[
    Purpose,
    Field(
        description="`interview` is an ordinary interview, also if no purpose is sent. `reinterview` repeats another "
        "interview of the family to check its quality, and never counts. `training` is for practice. It never counts, "
        "the service keeps no identity with it and erases it after a time"
    ),
]
