"""What a data protection officer corrects, on the wire: the identity, submissions, or both."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.families.identity import IdentityIn
from app.schemas.intake.submission import SubmissionIn
from app.schemas.shapes import In


class CorrectionIn(In):
    """What is right: for a request to correct, at least one of the two; for every other kind nothing, `{}`."""

    identity: IdentityIn | None = None
    submissions: Annotated[
        dict[UUID, SubmissionIn] | None,
        Field(
            max_length=100, description="By id, each whole as a device would send it; those left out stay as they are"
        ),
    ] = None
