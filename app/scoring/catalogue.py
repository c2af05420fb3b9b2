"""The published instruments that a server process scores with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from app.scoring.compiled import Compiled
from app.scoring.instrument import Instrument


@dataclass(frozen=True)
class Published:
    """An instrument of the database. id is the number by which rows refer to this instrument and version."""

    id: int
    instrument: Instrument
    published_at: datetime

    @cached_property
    def compiled(self) -> Compiled:
        return Compiled(self.instrument)


@dataclass(frozen=True, slots=True)
class Retirement:
    """The last local day of interviews that are taken with a version, and the version for later ones, if it is set."""

    after: date
    use: str | None = None


class NotYetLoadedError(LookupError):
    """Another process published or used this instrument, and this process knows it only after the next refresh."""


class Catalogue:
    """Published instruments by code and version. It grows while the server runs and never changes an instrument.

    Only whether a version is retired can change.
    """

    def __init__(self) -> None:
        self.loaded = False
        """Whether it was ever filled from the database. Until then, a published instrument may be absent here."""
        self._by_name: dict[tuple[str, str], Published] = {}
        self._by_id: dict[int, Published] = {}
        self._retired: dict[int, Retirement] = {}

    @property
    def size(self) -> int:
        """How many versions there are. It only grows."""
        return len(self._by_id)

    def add(self, published: Published) -> None:
        self._by_name[published.instrument.code, published.instrument.version] = published
        self._by_id[published.id] = published

    def set_retired(self, id: int, retirement: Retirement | None) -> None:
        """Notes what a command set for an instrument that is there, or None if it set nothing."""
        if retirement is None:
            self._retired.pop(id, None)
        else:
            self._retired[id] = retirement

    def retirement(self, published: Published) -> Retirement | None:
        """When the version is retired, by a command or else by its file. None if it is not."""
        file, set_for_it = published.instrument, self._retired.get(published.id)
        if set_for_it is not None:
            return Retirement(set_for_it.after, set_for_it.use or file.replaced_by)
        return None if file.valid_to is None else Retirement(file.valid_to, file.replaced_by)

    def replacement(self, published: Published, day: date) -> str | None:
        """The version to use on a day instead of one that is retired before, which may be replaced again itself."""
        version: str | None = None
        found: Published | None = published
        seen = set[int]()
        while found is not None and found.id not in seen:
            retirement = self.retirement(found)
            if retirement is None or day <= retirement.after:
                return version
            seen.add(found.id)
            version = retirement.use
            found = None if version is None else self.find(published.instrument.code, version)
        return version if found is None else None

    def find(self, code: str, version: str) -> Published | None:
        return self._by_name.get((code, version))

    def names(self) -> list[str]:
        """Code and version of every instrument, such as `ikk-29 2025.2`, in this order."""
        return [" ".join(name) for name in sorted(self._by_name)]

    def latest(self, code: str) -> Published | None:
        """The version with the latest valid_from. If two versions share it, the one that was published later."""
        return next(iter(self.versions(code)), None)

    def versions(self, code: str) -> list[Published]:
        """All versions of an instrument, the latest first."""
        versions = [each for each in self if each.instrument.code == code]
        return sorted(versions, key=lambda each: (each.instrument.valid_from, each.published_at, each.id), reverse=True)

    def lineage(self, published: Published) -> list[Published]:
        """The version itself, then the one that it follows, and so on."""
        found = [published]
        while (follows := found[-1].instrument.follows) is not None:
            earlier = self.find(published.instrument.code, follows.version)
            if earlier is None or earlier.id in [each.id for each in found]:
                break
            found.append(earlier)
        return found

    def groups(self, code: str) -> list[list[Published]]:
        """The versions of an instrument in groups whose families may be added up. The latest is first everywhere."""
        groups: dict[int, list[Published]] = {}
        for each in self.versions(code):
            groups.setdefault(self._first_of_group(each).id, []).append(each)
        return list(groups.values())

    def _first_of_group(self, published: Published) -> Published:
        """The earliest version that this one reaches through versions that are comparable in all figures."""
        lineage = self.lineage(published)
        for each in lineage:
            follows = each.instrument.follows
            if follows is None or follows.comparable != "all":
                return each
        return lineage[-1]

    def __getitem__(self, id: int) -> Published:
        """The instrument that a stored row refers to by id. Raises NotYetLoadedError."""
        if id not in self._by_id:
            raise NotYetLoadedError(id)
        return self._by_id[id]

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    def __iter__(self) -> Iterator[Published]:
        return iter(self._by_id.values())
