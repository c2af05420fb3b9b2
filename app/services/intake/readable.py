"""Which submissions a caller may read: all with `submissions:read`, with `submissions:write` what it sent or corrects.

The rule has two forms, one for each way to the database.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from app.access import Caller
from app.models import Submission
from app.platform.database import area_of, inside
from app.regions.codes import lies_in

READABLE: Final = """(
    submission.sent_by = :reader::text::uuid OR submission.assigned_to = :reader::text::uuid
    OR submission.region ^@ ANY (:read_area::text::text[])
)"""
"""Statement part: whether the caller may read a submission of the area that the statement has set."""


def readable_values(caller: Caller) -> dict[str, str]:
    """Returns the parameters of the statement part."""
    return {"reader": caller.id, "read_area": area_of(caller.areas.get("submissions:read", ()))}


def readable(caller: Caller, regions: Sequence[str]) -> ColumnElement[bool]:
    """Whether a submission lies in one of these regions, which are inside the caller's, and the caller may read it."""
    read = caller.areas.get("submissions:read", ())
    there = inside(col(Submission.region), regions)
    if all(lies_in(region, read) for region in regions):
        return there
    reader = UUID(caller.id)
    own = or_(col(Submission.sent_by) == reader, col(Submission.assigned_to) == reader)
    return and_(there, or_(own, inside(col(Submission.region), read)))
