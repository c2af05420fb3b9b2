"""Shows the moves of a submission's review, with what reviewers wrote."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import SubmissionReview
from app.platform.encryption import Vault
from app.schemas.reviews.review import CommentOut, ReviewHistoryOut, ReviewMoveOut
from app.scoring.catalogue import Catalogue
from app.services.audit.queue import record
from app.services.reviews.revisions import find_known

_MOST = 100


async def read_history(
    session: AsyncSession, caller: Caller, id: UUID, *, catalogue: Catalogue, vault: Vault
) -> ReviewHistoryOut:
    """Returns and audits the latest moves, to reviewers, the sender and who corrects in the sender's place.

    Raises not-found and family-restricted, and VaultError.
    """
    row = await find_known(session, caller, id)
    query = select(SubmissionReview).where(col(SubmissionReview.submission_id) == id)
    moves = list(await session.scalars(query.order_by(col(SubmissionReview.id).desc()).limit(_MOST)))
    own = UUID(caller.id) in (row.sent_by, row.assigned_to)
    whole = own or caller.holds("submissions:sensitive", row.region)
    hidden = frozenset[str]() if whole else catalogue[row.instrument_id].instrument.sensitive_questions
    await record(session, caller, "submission.reviews", region=row.region, subject=f"submission:{id}")
    return ReviewHistoryOut(items=[_show(each, vault, hidden) for each in moves])


def _show(move: SubmissionReview, vault: Vault, hidden: frozenset[str]) -> ReviewMoveOut:
    comments = []
    if move.comments_key_id is not None and move.encrypted_comments is not None:
        comments = vault.decrypt_comments(move.submission_id, move.comments_key_id, move.encrypted_comments)
    return ReviewMoveOut(
        status=move.status,
        revision=move.revision,
        reviewed_by=move.reviewed_by,
        reviewed_at=move.reviewed_at,
        comments=[
            CommentOut(question=each.get("question"), text=each["text"])
            for each in comments
            if each.get("question") not in hidden
        ],
    )
