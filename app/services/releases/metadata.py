"""Gives the metadata of what a release publishes, in the fields that Satu Data Indonesia asks for."""

from functools import lru_cache
from uuid import UUID

from app.platform.database import Connection
from app.problems import Problem, kinds
from app.protection.grouping import groupings_of
from app.schemas.releases.metadata import ReleaseMetadataOut
from app.scoring.catalogue import Catalogue
from app.scoring.instrument import Instrument
from app.services.releases.reading import find_made


async def read_metadata(connection: Connection, catalogue: Catalogue, id: UUID) -> ReleaseMetadataOut:
    """Returns the metadata of a release that is made. Raises not-found."""
    released = await find_made(connection, id)
    head = None if released is None else catalogue.find(released.instrument, released.version)
    if released is None or head is None:
        raise Problem(kinds.NOT_FOUND)
    return _make(head.instrument, released.year).model_copy(update={"release": released.ref()})


@lru_cache(maxsize=32)
def _make(instrument: Instrument, year: int) -> ReleaseMetadataOut:
    """Made once for an instrument and year, because it takes some time."""
    names = tuple(each.name for each in groupings_of(instrument))
    return ReleaseMetadataOut.of(instrument, year=year, breakdowns=names)
