"""How large a storm is."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scale:
    """interviews: of each device"""

    devices: int
    interviews: int
    disturbances: tuple[str, ...]
    rounds: int
    """How often the disturbances come, one after the other."""
    requests_per_minute: int
    """The limit of a person. A few devices share an account, so that they meet it."""
    durable: bool
    """Whether PostgreSQL waits for the disk. Without that a commit still outlives the end of every program."""
    supervisors: int = 4
    """How many review, choose and settle beside the devices."""
    seed: int = 1


_CALM: Final = ("sessions cut", "first server killed", "database crashed")
FULL: Final = Scale(
    devices=300,
    interviews=40,
    disturbances=(*_CALM, "second server renewed", "second server killed", "sessions cut", "everything killed"),
    rounds=3,
    requests_per_minute=400,
    durable=True,
    supervisors=20,
)
SMALL: Final = Scale(devices=300, interviews=2, disturbances=_CALM, rounds=1, requests_per_minute=60, durable=False)
