"""Released figures of regions as they are sent. What is stored is read once, and the progress is put behind it.

Each look reads which release is the latest one. How far the interviews are in a region is read by each look too if
that takes few rows. For larger regions it is at most 15 seconds old, and says of when it is.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.formats.negotiation import JSON
from app.platform.database import Connection, Database
from app.platform.prepared import Prepared, Shown
from app.platform.recent import Recent
from app.schemas.aggregates.card_text import shown, write_released
from app.schemas.releases.release import ProgressOut
from app.scoring.versions import Versions
from app.services.aggregates.exact_state import Place, outermost
from app.services.releases.cards import read_cards
from app.services.releases.reading import CountedProgress, Released, choose_release, count_progress

_PROGRESS_SECONDS: Final = 15.0
_FEW_ROWS: Final = 1_000
"""The progress of a region with so many rows of sums is read by each look. PostgreSQL needs half a millisecond."""
_PROGRESS_BYTES: Final = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look saw of a region: the latest release and the progress, with its moment as text."""

    released: Released
    progress: ProgressOut
    moment: bytes

    @classmethod
    def of(cls, released: Released, progress: ProgressOut) -> "Seen":
        return cls(released, progress, shown(progress.as_of).encode())


@dataclass(frozen=True, slots=True)
class _Card:
    """The stored card of a region in a release, None if it has no figures. prepared: with this progress"""

    release: UUID
    body: str | None
    progress: ProgressOut
    prepared: Prepared | None

    def show(self, seen: Seen) -> Shown | None:
        return None if self.prepared is None else Shown(self.prepared, seen.moment)


class ReleasedCards:
    """The released figures of one server process."""

    def __init__(self, database: Database, most_bytes: int) -> None:
        self._database = database
        self._kept = Recent[Place, _Card](most_bytes)
        self._progress = Recent[Place, tuple[CountedProgress, float]](most_bytes // 16)

    async def look(self, connection: Connection, places: Sequence[Place], versions: Versions) -> dict[Place, Seen]:
        """Returns what is to be seen of regions in years that have a release."""
        by_year = defaultdict[int, list[str]](list)
        for region, year in places:
            by_year[year].append(region)
        found = {}
        for year, regions in by_year.items():
            released = await choose_release(connection, None, instrument=versions.code, year=year)
            if released is not None:
                progress = await self._look_at_progress(connection, regions, year, versions)
                found.update({(region, year): Seen.of(released, each) for region, each in progress.items()})
        return found

    async def _look_at_progress(
        self, connection: Connection, regions: Sequence[str], year: int, versions: Versions
    ) -> dict[str, ProgressOut]:
        now, found, due = time.monotonic(), dict[str, ProgressOut](), list[str]()
        for region in regions:
            known = self._progress.find((region, year))
            if known is None or known[0].rows <= _FEW_ROWS or now - known[1] > _PROGRESS_SECONDS:
                due.append(region)
            else:
                found[region] = known[0].progress
        if due:
            ids = [each.id for each in versions.every]
            read = await count_progress(
                connection, due, instrument=versions.code, ids=ids, year=year, area=outermost(due)
            )
            for region, each in read.items():
                self._progress.keep((region, year), (each, now), _PROGRESS_BYTES)
                found[region] = each.progress
        return found

    def find(self, place: Place, seen: Seen) -> Shown | None:
        """Returns what is kept for whoever reads released figures of the region. None if it has to be read first."""
        card = self._kept.find(place)
        if card is None or card.release != seen.released.id or card.body is None:
            return None
        if not _is_same(card.progress, seen.progress):
            card = self._keep(place, seen, card.body)
        return card.show(seen)

    async def read(self, place: Place, seen: Seen) -> Shown | None:
        """Reads the same. None if the region has no figures in the release. Raises UnavailableError."""
        card = self._kept.find(place)
        if card is None or card.release != seen.released.id:
            card = await self._read(place, seen)
        return card.show(seen)

    async def _read(self, place: Place, seen: Seen) -> _Card:
        region, year = place
        released = seen.released
        async with self._database.connection() as connection:
            bodies = await read_cards(
                connection,
                [region],
                instrument=released.instrument,
                year=year,
                number=released.number,
                area=[region],
            )
        return self._keep(place, seen, bodies.get(region))

    def _keep(self, place: Place, seen: Seen, body: str | None) -> _Card:
        text = None if body is None else write_released(body, seen.released.ref(), seen.progress)
        prepared = None if text is None else Prepared(text.parts, JSON)
        card = _Card(seen.released.id, body, seen.progress, prepared)
        self._kept.keep(
            place, card, _PROGRESS_BYTES + (0 if body is None else len(body)) + (prepared.size if prepared else 0)
        )
        return card


def _is_same(one: ProgressOut, other: ProgressOut) -> bool:
    return (one.families, one.expected) == (other.families, other.expected)
