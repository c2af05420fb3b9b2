"""A release in the making, with what all steps of it need."""

from dataclasses import dataclass

from app.platform.database import Connection
from app.platform.figure_keys import derive_key
from app.platform.key_ring import KeyRing
from app.protection.plan import Plan
from app.protection.secrets import Secrets
from app.scoring.catalogue import Catalogue, Published
from app.services.releases.requests import Making
from app.services.releases.versions import Version, read_versions


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

    @classmethod
    def of(cls, connection: Connection, making: Making, catalogue: Catalogue, ring: KeyRing) -> "Work":
        head, group = making.head(catalogue), tuple(making.group(catalogue))
        key = derive_key(ring, making.key_id, making.year)
        ids = tuple(each.id for each in group)
        return cls(connection, making, head, ids, group, Plan.of(head.instrument), key)

    @property
    def secrets(self) -> Secrets:
        return Secrets(self.key)

    async def read_versions(self, area: str) -> dict[str, Version]:
        """The versions of an area in this release."""
        making = self.making
        return await read_versions(
            self.connection,
            self.plan,
            area,
            instrument=making.instrument,
            year=making.year,
            number=making.number,
        )
