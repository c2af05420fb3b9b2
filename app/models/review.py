"""Moves of reviews, with the comments of reviewers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, LargeBinary, SmallInteger, text
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant


class SubmissionReview(SQLModel, table=True):
    """One move of a submission's review."""

    __tablename__ = "submission_review"
    __table_args__ = (
        Index("ix_submission_review_submission_id", "submission_id"),
        Index(
            "ix_submission_review_comments_key_id",
            "comments_key_id",
            postgresql_where=text("comments_key_id IS NOT NULL"),
        ),
    )

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    submission_id: UUID = Field(sa_column=Column(ForeignKey("submission.id", ondelete="CASCADE"), nullable=False))
    region: str = Field(sa_type=ByteOrder)
    """The village of the submission."""
    revision: int = Field(sa_type=SmallInteger)
    """The revision that was reviewed."""
    status: str
    """The state after the move (app/schemas/intake/review_states.py)."""
    reviewed_by: UUID
    reviewed_at: datetime = Field(sa_type=Instant)
    comments_key_id: str | None = None
    encrypted_comments: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    """What the reviewer wrote, also to single questions. Encrypted under an identity key."""
