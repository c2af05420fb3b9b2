"""What the response to a correction says of it."""

from pydantic import Field

from app.schemas.intake.submission import SubmissionOut
from app.schemas.shapes import Out, is_null


class CorrectedOut(Out):
    """What a correction changed."""

    replaced: int = Field(serialization_alias="from", description="The revision that was replaced", examples=[1])
    index_before: float | None = Field(description="The index before. null if it is withheld or has no value")
    index_after: float | None = Field(description="The index now. null if it is withheld or has no value")
    changed: list[str] = Field(
        description="The codes of the questions whose answers changed. Sensitive ones only for whoever sent both "
        "contents, or holds `submissions:sensitive`"
    )
    members: list[str] = Field(
        description="What else changed, such as `region`, `surveyed_at` or `family.members`. Never an identity"
    )


class RevisionOut(SubmissionOut):
    """A stored submission after a correction, or an earlier revision of it."""

    corrected: CorrectedOut | None = Field(
        default=None, exclude_if=is_null, description="After a correction. What it changed"
    )
    superseded_by: int | None = Field(
        default=None,
        exclude_if=is_null,
        description="If you sent the content of an earlier revision again. The revision that is stored now. `receipt` "
        "is that of what you sent",
    )
