"""Shows a family's submissions for its export, with their earlier revisions and what became of them in review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import Submission, SubmissionReview, SubmissionRevision
from app.platform.encryption import Vault
from app.problems.stored_warnings import read_warnings
from app.regions.codes import dot
from app.schemas.intake.score import ScoreOut
from app.schemas.intake.submission import ReceiptOut, WarningOut
from app.schemas.subject_requests.export import (
    ExportedCommentOut,
    ExportedReviewOut,
    ExportedRevisionOut,
    ExportedSubmissionOut,
)
from app.scoring.basis_text import read_bases
from app.scoring.catalogue import Catalogue
from app.scoring.coding import decode_answers
from app.scoring.compiled_score import tables_of
from app.services.intake.receipts import receipt_for_readers
from app.services.intake.review_history import moves_of, read_comments
from app.services.intake.revisions import read_note
from app.services.intake.submission_table import read_texts
from app.services.subject_requests.exported_answers import ShownAnswers


@dataclass(frozen=True, slots=True)
class Part:
    """What of a family is exported. Art. 33 may demand that something is left out."""

    people: Sequence[int] | None = None
    """The positions on the card of those whose identity is exported. None exports all of them."""
    sensitive: bool = True
    """Whether answers to questions that are asked in private are exported, and scores that reveal them."""

    @property
    def is_whole(self) -> bool:
        return self.sensitive and self.people is None


@dataclass(frozen=True, slots=True)
class Showing:
    """Shows submissions as far as `part` says. It holds their earlier revisions and moves, by the id of each."""

    part: Part
    catalogue: Catalogue
    vault: Vault
    revisions: Mapping[UUID, Sequence[SubmissionRevision]]
    moves: Mapping[UUID, Sequence[SubmissionReview]]

    def submission(self, row: Submission) -> ExportedSubmissionOut:
        """Returns a submission without the answers left out, and without a score or a receipt that would reveal them.

        Raises VaultError.
        """
        return ExportedSubmissionOut(
            **self._content(row, read_texts(row, self.vault)),
            id=row.id,
            region=row.region,
            dotted=dot(row.region),
            purpose=cast(Any, row.purpose),
            counts=row.uncounted is None,
            uncounted=cast(Any, row.uncounted),
            approved=row.in_approved,
            moved=row.moved,
            sent_by=row.sent_by,
            receipt=self._receipt(row.id, row, row.revised_at or row.received_at, row.code),
            status=cast(Any, row.review or "accepted"),
            corrected=row.revision > 1,
            corrected_by=row.corrected_by,
            revised_at=row.revised_at,
            assigned_to=row.assigned_to,
            after_settlement=bool(row.after_settlement),
            revisions=[self._revision(each, row) for each in self.revisions.get(row.id, ())],
            reviews=[self._review(each) for each in self.moves.get(row.id, ())],
        )

    def _revision(self, row: SubmissionRevision, stored: Submission) -> ExportedRevisionOut:
        texts = None
        if row.texts_key_id is not None and row.encrypted_texts is not None:
            texts = self.vault.decrypt_texts(row.submission_id, row.texts_key_id, row.encrypted_texts)
        return ExportedRevisionOut(
            **self._content(row, texts),
            region=row.village,
            dotted=dot(row.village),
            received_at=row.received_at,
            sent_by=row.sent_by,
            receipt=self._receipt(row.submission_id, row, row.received_at, stored.code),
            replaced_at=row.replaced_at,
            replaced_by=row.replaced_by,
            reason=cast(Any, row.reason),
            note=read_note(row, self.vault) if self.part.is_whole else None,
        )

    def _review(self, move: SubmissionReview) -> ExportedReviewOut:
        comments = read_comments(move, self.vault) if self.part.is_whole else []
        return ExportedReviewOut(
            revision=move.revision,
            status=cast(Any, move.status),
            reviewed_by=move.reviewed_by,
            reviewed_at=move.reviewed_at,
            comments=[ExportedCommentOut(**each) for each in comments],
        )

    def _content(self, row: Submission | SubmissionRevision, texts: list[str] | None) -> dict[str, Any]:
        """Returns the members that a submission and an earlier revision share."""
        instrument = self.catalogue[row.instrument_id].instrument
        shown = ShownAnswers(instrument, self.part.sensitive, self.part.people is None)
        answers = shown.of(decode_answers(row.answers, texts, instrument))
        reveals = not self.part.sensitive and any(each.sensitive or each.reveals for each in instrument.indices)
        score = None
        if not reveals:
            score = ScoreOut.of(tables_of(instrument).score(read_bases(row.outcomes, instrument)), instrument)
        return {
            "revision": row.revision,
            "year": row.year,
            "started_at": row.started_at,
            "surveyed_at": row.surveyed_at,
            "head_sex": row.head_sex,
            "members": row.members,
            "answers": answers if row.answers else None,
            "answers_reason": None if row.answers else "retention",
            "answers_withheld": shown.withheld,
            "score": score,
            "warnings": [
                WarningOut.of(each, instrument) for each in read_warnings(row.warnings) if shown.shows_warning(each)
            ],
        }

    def _receipt(
        self, id: UUID, row: Submission | SubmissionRevision, received_at: Any, code: str
    ) -> ReceiptOut | None:
        if not self.part.is_whole:
            return None
        return receipt_for_readers(received_at, code, self.vault.decrypt_hash(id, row.hash_key_id, row.encrypted_hash))


async def open_showing(
    session: AsyncSession, submissions: Sequence[Submission], part: Part, catalogue: Catalogue, vault: Vault
) -> Showing:
    """Reads what came before the submissions of a locked family, and what became of them."""
    ids = [each.id for each in submissions]
    query = select(SubmissionRevision).where(col(SubmissionRevision.submission_id).in_(ids))
    revisions: dict[UUID, list[SubmissionRevision]] = {}
    for each in await session.scalars(query.order_by(col(SubmissionRevision.revision))):
        revisions.setdefault(each.submission_id, []).append(each)
    return Showing(part, catalogue, vault, revisions, await moves_of(session, ids))
