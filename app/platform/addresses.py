"""Remembers from which addresses callers came, in the memory of one process, until a job stores it.

The audit log holds no address. This says afterwards from where a stolen token was used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from app.access import Caller

_MOST: Final = 50_000

Place = tuple[str, UUID, str, str]
"""The caller's kind and id, the token's id, and the address."""


@dataclass(slots=True)
class Seen:
    """How many requests came since the last time this was stored, and when the first and the last of them came."""

    uses: int
    first: datetime
    last: datetime


class Addresses:
    """What one server process has not stored yet."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, str, str], Seen] = {}

    def note(self, caller: Caller, address: str) -> None:
        """Counts a request of a caller. It does no I/O."""
        place = (caller.kind, caller.id, caller.token_id, address)
        now, seen = datetime.now(UTC), self._seen.get(place)
        if seen is not None:
            seen.uses, seen.last = seen.uses + 1, now
        elif address and len(self._seen) < _MOST:
            # Beyond this many, new places are left out: the database has been away for long.
            self._seen[place] = Seen(1, now, now)

    def take(self) -> Mapping[Place, Seen]:
        """Returns everything that was counted and forgets it."""
        taken, self._seen = self._seen, {}
        return {(kind, UUID(caller), token, address): seen for (kind, caller, token, address), seen in taken.items()}

    def give_back(self, taken: Mapping[Place, Seen]) -> None:
        """Counts again what could not be stored."""
        for (kind, caller, token, address), seen in taken.items():
            place = (kind, str(caller), token, address)
            there = self._seen.get(place)
            if there is None:
                self._seen[place] = seen
            else:
                there.uses, there.first = there.uses + seen.uses, seen.first
