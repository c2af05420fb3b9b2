"""A release in the making, with what all steps of it need."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from app.platform.database import Connection
from app.platform.figure_keys import derive_key
from app.platform.key_ring import KeyRing
from app.protection.plan import Plan
from app.protection.secrets import Secrets
from app.scoring.catalogue import Catalogue, Published
from app.services.releases.requests import Making
from app.services.releases.shared_rules import find_left_out
from app.services.releases.versions import OtherVersion, Version, walk_versions


@dataclass(frozen=True, slots=True)
class Work:
    """A release in the making with what all of its steps need."""

    connection: Connection
    making: Making
    head: Published
    ids: tuple[int, ...]
    group: tuple[Published, ...]
    plan: Plan
    key: bytes
    catalogue: Catalogue

    @classmethod
    def of(cls, connection: Connection, making: Making, catalogue: Catalogue, ring: KeyRing) -> "Work":
        head, group = making.head(catalogue), tuple(making.group(catalogue))
        key = derive_key(ring, making.key_id, making.year)
        ids = tuple(each.id for each in group)
        return cls(connection, making, head, ids, group, Plan.of(head.instrument), key, catalogue)

    @property
    def secrets(self) -> Secrets:
        return Secrets(self.key)

    def walk_versions(self, area: str) -> AsyncIterator[Version]:
        """The versions of an area in this release, without their families."""
        return self._walk(area, with_members=False)

    async def read_versions(self, area: str, *, with_members: bool = False) -> dict[str, Version]:
        """The same by code of the village. with_members: whether they know their families"""
        return {each.region: each async for each in self._walk(area, with_members=with_members)}

    def _walk(self, area: str, *, with_members: bool) -> AsyncIterator[Version]:
        making = self.making
        return walk_versions(
            self.connection,
            self.plan,
            area,
            instrument=making.instrument,
            year=making.year,
            number=making.number,
            with_members=with_members,
        )

    def find_left_out(self, members: bytes, others: Sequence[OtherVersion]) -> frozenset[str]:
        """The digests of the rules that these families' figures leave out because of other instruments."""
        return find_left_out(members, self.plan, others, catalogue=self.catalogue, key=self.key)
