"""What became of submissions in review, with what reviewers wrote. The only writer of `submission_review`.

It goes with the submission. Retention takes the comments with the identity, because they can name somebody.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.models import Submission, SubmissionReview
from app.platform.encryption import Vault, VaultError

_NO_COMMENTS = {"comments_key_id": None, "encrypted_comments": None}


async def add_moves(session: AsyncSession, moves: Sequence[Mapping[str, Any]]) -> None:
    """Stores moves, with the columns of `submission_review` but its id."""
    await session.execute(insert(SubmissionReview), [dict(each) for each in moves])


async def moves_of(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[SubmissionReview]]:
    """Returns the moves of submissions, the oldest first, by the id of the submission."""
    query = select(SubmissionReview).where(col(SubmissionReview.submission_id).in_(ids))
    found: dict[UUID, list[SubmissionReview]] = {}
    for each in await session.scalars(query.order_by(col(SubmissionReview.id))):
        found.setdefault(each.submission_id, []).append(each)
    return found


def read_comments(move: SubmissionReview, vault: Vault) -> list[dict[str, str]]:
    """Returns what the reviewer wrote, each with a text and perhaps the code of a question. Raises VaultError."""
    if move.comments_key_id is None or move.encrypted_comments is None:
        return []
    return vault.decrypt_comments(move.submission_id, move.comments_key_id, move.encrypted_comments)


async def relocate_moves(session: AsyncSession, ids: Sequence[UUID], region: str) -> None:
    """Moves the history of submissions to the village in which they are stored now."""
    change = update(SubmissionReview).where(col(SubmissionReview.submission_id).in_(ids)).values(region=region)
    await session.execute(change.execution_options(synchronize_session=False))


async def drop_comments(session: AsyncSession, families: Sequence[UUID]) -> None:
    """Deletes what reviewers wrote on submissions of locked families, which can name somebody."""
    own = select(col(Submission.id)).where(col(Submission.family_id).in_(families))
    await _drop(session, col(SubmissionReview.submission_id).in_(own))


async def drop_comments_on(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Deletes what reviewers wrote on submissions of locked families, because it tells of their earlier content."""
    if ids:
        await _drop(session, col(SubmissionReview.submission_id).in_(ids))


async def _drop(session: AsyncSession, which: Any) -> None:
    change = update(SubmissionReview).where(which, col(SubmissionReview.comments_key_id).is_not(None))
    await session.execute(change.values(**_NO_COMMENTS).execution_options(synchronize_session=False))


def commented_of(family: Any) -> Select[UUID]:
    """Selects the submissions with comments of a family, whose id is a column of another query."""
    own = aliased(Submission)
    query = select(col(SubmissionReview.submission_id)).join(own, col(own.id) == col(SubmissionReview.submission_id))
    return query.where(col(own.family_id) == family, col(SubmissionReview.comments_key_id).is_not(None))


def stale_comments(key_id: str) -> Select[UUID]:
    """Selects the families with comments under another identity key."""
    query = select(col(Submission.family_id)).join(
        SubmissionReview, col(SubmissionReview.submission_id) == col(Submission.id)
    )
    return query.where(col(SubmissionReview.comments_key_id) != key_id)


async def reencrypt_comments(session: AsyncSession, families: Sequence[UUID], vault: Vault) -> set[UUID]:
    """Encrypts comments on locked families' submissions again under the key in use.

    Returns the families of which some cannot be decrypted. These stay as they are.
    """
    key_id, _ = vault.current()
    query = select(SubmissionReview, col(Submission.family_id)).join(
        Submission, col(Submission.id) == col(SubmissionReview.submission_id)
    )
    query = query.where(col(Submission.family_id).in_(families), col(SubmissionReview.comments_key_id) != key_id)
    rows, unreadable = list[dict[str, Any]](), set[UUID]()
    for move, family_id in await session.execute(query):
        try:
            sealed = vault.encrypt_comments(move.submission_id, read_comments(move, vault))
        except VaultError:
            unreadable.add(family_id)
        else:
            rows.append({"id": move.id, "comments_key_id": sealed[0], "encrypted_comments": sealed[1]})
    if rows:
        await session.execute(update(SubmissionReview), rows)
    return unreadable
