"""Exact figures of regions as they are sent, kept as long as nothing of them has changed.

Whoever asks has looked at the state of the region (`exact_state.py`). If the state moved, the figures are read and
rendered once for all that wait.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from app.access import Caller
from app.formats.negotiation import JSON
from app.platform.database import Database
from app.platform.prepared import Prepared, Shown
from app.platform.recent import Recent
from app.schemas.aggregates.card_text import shown
from app.scoring.versions import Versions
from app.services.aggregates.exact_state import ExactState, Place
from app.services.aggregates.reading import read_exact

_Key = tuple[str, int, bool]
"""The last member says whether sensitive outcomes are shown."""


@dataclass(frozen=True, slots=True)
class _Card:
    """moment: of reading; state, versions: what it was rendered from"""

    prepared: Prepared
    moment: bytes
    state: ExactState
    versions: Versions

    def shows(self, state: ExactState, versions: Versions) -> bool:
        return self.state == state and self.versions is versions


class ExactCards:
    """The exact figures of one server process."""

    def __init__(self, database: Database, most_bytes: int) -> None:
        self._database = database
        self._kept = Recent[_Key, _Card](most_bytes)
        self._rendering: dict[_Key, asyncio.Task[_Card]] = {}

    async def show(
        self, place: Place, seen: tuple[ExactState, datetime], *, caller: Caller, versions: Versions
    ) -> Shown:
        """Returns what a caller of the region is sent who gets exact figures. seen: the state, and when it was read

        Raises UnavailableError and not-found.
        """
        state, as_of = seen
        key = *place, caller.holds("submissions:sensitive", place[0])
        card = self._kept.find(key)
        if card is not None and card.shows(state, versions):
            return Shown(card.prepared, shown(as_of).encode())
        card = await self._renew(key, state, caller, versions)
        return Shown(card.prepared, card.moment)

    async def _renew(self, key: _Key, state: ExactState, caller: Caller, versions: Versions) -> _Card:
        """Returns a card of this state or of a later one. Only one rendering of a card is under way at a time."""
        running = self._rendering.get(key)
        if running is not None:
            # It may have begun before the state was read.
            card = await asyncio.shield(running)
            if card.shows(state, versions):
                return card
            running = self._rendering.get(key)
        if running is None:
            running = self._rendering[key] = asyncio.create_task(self._render(key, caller, versions))
            running.add_done_callback(lambda _: self._rendering.pop(key, None))
        return await asyncio.shield(running)

    async def _render(self, key: _Key, caller: Caller, versions: Versions) -> _Card:
        region, year, _ = key
        async with self._database.connection() as connection:
            exact = await read_exact(connection, region, year=year, caller=caller, versions=versions)
        text = exact.text
        card = _Card(Prepared(text.parts, JSON), text.moment, exact.state, versions)
        self._kept.keep(key, card, card.prepared.size)
        return card
