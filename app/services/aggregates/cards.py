"""What the layer in front sends for `GET /v1/aggregates/{region}/{year}`, made once for many requests.

A request waits for a look at the database that began after it arrived, which it shares with all others that wait. The
look says which release is the latest one, or in which state the exact figures are. Then what was rendered before is
sent again, or made anew. While very many ask for released figures, they also share looks of a moment ago.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.access import Caller
from app.platform.database import Connection, Database
from app.platform.looks import Looker
from app.platform.prepared import Shown
from app.scoring.catalogue import Catalogue
from app.scoring.versions import Versions
from app.services.aggregates.exact_cards import ExactCards
from app.services.aggregates.exact_state import read_states
from app.services.aggregates.released import reads_exact
from app.services.aggregates.released_cards import ReleasedCards
from app.services.aggregates.shared_looks import SharedLooks

_EXACT_BYTES: Final = 16 * 2**20
_RELEASED_BYTES: Final = 32 * 2**20
_WIDE_DIGITS: Final = 2
"""Provinces and the country are looked at apart, because that takes longer than all others together."""

_Key = tuple[bool, str, int]
"""Whether exact figures are asked for, the region and the year."""


class Cards:
    """The cards of one server process. Whoever makes it calls `finish` at the end."""

    def __init__(self, database: Database, catalogue: Catalogue, instrument: str) -> None:
        """instrument: the code of the one whose figures are sent"""
        self._catalogue = catalogue
        self._instrument = instrument
        self._versions: Versions | None = None
        self._published = 0
        self._exact = ExactCards(database, _EXACT_BYTES)
        self._released = ReleasedCards(database, _RELEASED_BYTES)
        self._shared = SharedLooks()
        self._lookers = Looker[_Key, Any](database, self._look), Looker[_Key, Any](database, self._look)

    async def finish(self) -> None:
        """Ends. Nobody may wait any more."""
        for each in self._lookers:
            await each.finish()

    async def find(self, region: str, year: int, caller: Caller) -> Shown | None:
        """Returns what a caller who may read aggregates of the region is sent.

        None if nobody published the instrument, if no edition lists the region, or if the region has no released
        figures. Raises UnavailableError and not-found.
        """
        versions = self._find_versions()
        if versions is None:
            return None
        exact = reads_exact(caller, region, None)
        place = region, year
        looker = self._lookers[len(region) <= _WIDE_DIGITS]
        if exact:
            state = await looker.see((True, *place))
            return None if state is None else await self._exact.show(place, state, caller=caller, versions=versions)
        seen = self._shared.find(place, asyncio.get_running_loop().time()) or await looker.see((False, *place))
        return None if seen is None else self._released.find(place, seen) or await self._released.read(place, seen)

    def _find_versions(self) -> Versions | None:
        """The versions of the instrument. They are gathered anew when an instrument was published."""
        if self._versions is None or self._published != self._catalogue.size:
            self._published = self._catalogue.size
            published = self._catalogue.latest(self._instrument) is not None
            self._versions = Versions.of(self._catalogue, self._instrument, None) if published else None
        return self._versions

    async def _look(self, connection: Connection, keys: Sequence[_Key]) -> Mapping[_Key, Any]:
        found: dict[_Key, Any] = {}
        versions = self._find_versions()
        if versions is None:
            return found
        exact = [(region, year) for is_exact, region, year in keys if is_exact]
        released = [(region, year) for is_exact, region, year in keys if not is_exact]
        if exact:
            states = await read_states(connection, exact, versions)
            found.update({(True, *place): state for place, state in states.items()})
        if released:
            began = asyncio.get_running_loop().time()
            seen = await self._released.look(connection, released, versions)
            self._shared.note(seen, began)
            found.update({(False, *place): each for place, each in seen.items()})
        return found
