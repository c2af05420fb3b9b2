"""The published instruments that a server process scores with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.scoring.instrument import Instrument


@dataclass(frozen=True, slots=True)
class Published:
    """id: the number under which rows name the instrument and version."""

    id: int
    instrument: Instrument
    published_at: datetime


class NotYetLoadedError(LookupError):
    """This process does not know the instrument yet that another one published or used; it will after a refresh."""


class Catalogue:
    """Published instruments by code and version; grows while the server runs, never changes what it has."""

    def __init__(self) -> None:
        self.loaded = False
        """Whether it was ever filled from the database: before, what it lacks may well be published."""
        self._by_name: dict[tuple[str, str], Published] = {}
        self._by_id: dict[int, Published] = {}

    def add(self, published: Published) -> None:
        self._by_name[published.instrument.code, published.instrument.version] = published
        self._by_id[published.id] = published

    def find(self, code: str, version: str) -> Published | None:
        return self._by_name.get((code, version))

    def latest(self, code: str) -> Published | None:
        """The version of an instrument that became valid last; of two at once, the one published later."""
        versions = [each for each in self if each.instrument.code == code]
        return max(versions, key=lambda each: (each.instrument.valid_from, each.published_at, each.id), default=None)

    def __getitem__(self, id: int) -> Published:
        """The instrument that a stored row names; raises NotYetLoadedError."""
        if id not in self._by_id:
            raise NotYetLoadedError(id)
        return self._by_id[id]

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    def __iter__(self) -> Iterator[Published]:
        return iter(self._by_id.values())
