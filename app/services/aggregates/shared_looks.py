"""Looks that also serve requests for released figures which come shortly after them, while very many come."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from app.services.aggregates.exact_state import Place
from app.services.aggregates.released_cards import Seen

_SECONDS: Final = 0.1
_MANY: Final = 50
"""So many requests in such a time are many. Whoever sends one after another waits for a look of their own, and sees at
once what changed. Under load a look then costs next to nothing."""
_MOST: Final = 10_000


class SharedLooks:
    """The last looks of one server process. Moments are in seconds of the loop's clock."""

    def __init__(self) -> None:
        self._seen: dict[Place, tuple[Seen, float]] = {}
        self._latest: dict[int, UUID] = {}
        """By year, the release that the last look saw."""
        self._turn = self._before = self._now = 0

    def find(self, place: Place, now: float) -> Seen | None:
        """Returns what a look saw of a region and year, None if the request has to wait for one. It is counted."""
        turn = int(now / _SECONDS)
        if turn != self._turn:
            self._before, self._now = (self._now if turn == self._turn + 1 else 0), 0
            self._turn = turn
        self._now += 1
        if max(self._before, self._now) < _MANY:
            return None
        seen, began = self._seen.get(place, (None, 0.0))
        # Nobody gets an earlier release of a year after a later one.
        latest = seen is not None and self._latest.get(place[1]) == seen.released.id
        return seen if latest and now - began < _SECONDS else None

    def note(self, seen: Mapping[Place, Seen], began: float) -> None:
        """Keeps what a look saw."""
        if len(self._seen) > _MOST:
            self._seen.clear()
        for place, each in seen.items():
            self._seen[place] = each, began
            self._latest[place[1]] = each.released.id
