"""Tables: storage only, nothing here validates. Importing this package fills SQLModel's metadata."""

from app.models.agency import Agency, AgencySecret
from app.models.instrument import PublishedInstrument
from app.models.region import Region, RegionEdition
from app.models.submission import FamilyCard, Submission, VillageSums

__all__ = [
    "Agency",
    "AgencySecret",
    "FamilyCard",
    "PublishedInstrument",
    "Region",
    "RegionEdition",
    "Submission",
    "VillageSums",
]
