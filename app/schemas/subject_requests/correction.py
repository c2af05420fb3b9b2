"""The request with which a data protection officer corrects the identity, submissions, or both."""

from typing import Annotated, Any, Final

from pydantic import Field

from app.schemas.families.identity import IdentityIn
from app.schemas.ids import AnyId
from app.schemas.intake.submission import SubmissionIn
from app.schemas.shapes import In

MOST_SUBMISSIONS: Final = 100


def _name_by_id(schema: dict[str, Any]) -> None:
    """Pydantic publishes the pattern of names so that other names could hold anything."""
    ((pattern, shape),) = schema.pop("patternProperties").items()
    schema |= {"additionalProperties": shape, "propertyNames": {"format": "uuid", "pattern": pattern}}


class CorrectionIn(In):
    """What is right. A request to correct needs at least one of the two members. Every other kind takes `{}`."""

    identity: IdentityIn | None = None
    submissions: Annotated[
        Annotated[dict[AnyId, SubmissionIn], Field(json_schema_extra=_name_by_id)] | None,
        Field(
            max_length=MOST_SUBMISSIONS,
            description="By id, whole submissions as a device would send them. Those you leave out do not change",
        ),
    ] = None
