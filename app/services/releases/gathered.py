"""What the versions of the villages of a region say together, gathered one after another.

It takes little room for each, so that a card of the country can be made.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from app.protection.columns import Columns
from app.protection.plan import Plan
from app.services.releases.versions import Version


class Gathered:
    """The figures of a region's villages.

    villages: all, also those that have figures only together. members: of each version, its villages
    counted: families by version of the instrument
    """

    def __init__(self, plan: Plan, versions: Iterable[Version] = ()) -> None:
        self.columns = Columns(plan)
        self.members: list[Sequence[str]] = []
        self.counted = Counter[str]()
        self._bases = set[str]()
        self._made_at: datetime | None = None
        for each in versions:
            self.add(each)

    def __len__(self) -> int:
        return len(self.columns)

    def add(self, version: Version) -> None:
        self.columns.add(version.protected)
        self.members.append(version.villages)
        self.counted.update(version.counted)
        self._bases.add(version.basis)
        if version.made_at is not None and (self._made_at is None or version.made_at > self._made_at):
            self._made_at = version.made_at

    @property
    def villages(self) -> list[str]:
        return [village for each in self.members for village in each]

    @property
    def as_of(self) -> datetime:
        """When the latest of the figures were made. They must have been stored."""
        assert self._made_at is not None  # noqa: S101 (versions are read from where they are stored)
        return self._made_at

    @property
    def basis(self) -> Literal["reported", "approved", "mixed"]:
        if len(self._bases) > 1:
            return "mixed"
        return "approved" if self._bases == {"a"} else "reported"
