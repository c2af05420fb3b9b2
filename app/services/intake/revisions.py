"""Earlier revisions of submissions, and why each was replaced. The only writer of `submission_revision`.

A correction by a family's right leaves none of them. Erasure and retention take from them what they take from the
submission itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.models import Submission, SubmissionRevision
from app.platform.encryption import Vault, VaultError
from app.schemas.intake.correction_reasons import ReplacedReason

_SAME: Final = (
    *("instrument_id", "edition", "year", "started_at", "surveyed_at", "head_sex", "members", "answers"),
    *("texts_key_id", "encrypted_texts", "outcomes", "index_units", "hash_key_id", "encrypted_hash", "warnings"),
)
"""The columns that are as in the row that was replaced."""
_NO_TEXTS: Final = {"texts_key_id": None, "encrypted_texts": None}


@dataclass(frozen=True, slots=True)
class Why:
    """Why a revision is replaced. The note is encrypted before it is stored."""

    reason: ReplacedReason
    note: str | None = None


async def keep_revision(
    session: AsyncSession, old: Submission, why: Why, *, by: UUID, at: datetime, region: str, vault: Vault
) -> None:
    """Keeps a row that is about to be replaced.

    by: who replaces it
    region: the village of the submission afterwards
    """
    note_key_id, encrypted_note = (
        (None, None) if why.note is None else vault.encrypt_reason(old.id, old.revision, why.note)
    )
    session.add(
        SubmissionRevision(
            submission_id=old.id,
            revision=old.revision,
            region=region,
            village=old.region,
            received_at=old.revised_at or old.received_at,
            sent_by=old.sent_by if old.revision == 1 else old.corrected_by,
            **{name: getattr(old, name) for name in _SAME},
            replaced_at=at,
            replaced_by=by,
            reason=why.reason,
            note_key_id=note_key_id,
            encrypted_note=encrypted_note,
        )
    )
    await session.flush()


async def revisions_of(session: AsyncSession, id: UUID) -> list[SubmissionRevision]:
    """Returns the earlier revisions of a submission, the latest first."""
    query = select(SubmissionRevision).where(col(SubmissionRevision.submission_id) == id)
    query = query.order_by(col(SubmissionRevision.revision).desc())
    return list(await session.scalars(query.execution_options(populate_existing=True)))


def find_equal(revisions: Sequence[SubmissionRevision], content_hash: bytes, vault: Vault) -> SubmissionRevision | None:
    """Returns the latest of some revisions of a submission whose content has this hash, or None."""
    for each in revisions:
        hashed = vault.decrypt_hash(each.submission_id, each.hash_key_id, each.encrypted_hash)
        if hashed is not None and hashed.value == content_hash:
            return each
    return None


def read_note(revision: SubmissionRevision, vault: Vault) -> str | None:
    """Returns in words why a revision was replaced, or None if nobody wrote it. Raises VaultError."""
    if revision.note_key_id is None or revision.encrypted_note is None:
        return None
    return vault.decrypt_reason(
        revision.submission_id, revision.revision, revision.note_key_id, revision.encrypted_note
    )


async def move_revisions(session: AsyncSession, id: UUID, region: str) -> None:
    """Moves the earlier revisions of a submission to the village in which it is stored now."""
    change = update(SubmissionRevision).where(col(SubmissionRevision.submission_id) == id).values(region=region)
    await session.execute(change.execution_options(synchronize_session=False))


async def drop_revisions(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Deletes the earlier revisions of submissions of locked families."""
    if ids:
        gone = delete(SubmissionRevision).where(col(SubmissionRevision.submission_id).in_(ids))
        await session.execute(gone.execution_options(synchronize_session=False))


async def drop_words(session: AsyncSession, families: Sequence[UUID]) -> None:
    """Deletes the texts among earlier answers of locked families, and the notes on them, which can name somebody."""
    change = update(SubmissionRevision).where(col(SubmissionRevision.submission_id).in_(_ids_of(families)))
    change = change.values(**_NO_TEXTS, note_key_id=None, encrypted_note=None)
    await session.execute(change.execution_options(synchronize_session=False))


async def take_earlier_answers(session: AsyncSession, families: Sequence[UUID], before: datetime) -> None:
    """Empties the answers of earlier revisions of locked families' interviews before a moment.

    The moment of the interview as it is stored now decides, so that no revision outlasts it.
    """
    due = _ids_of(families).where(col(Submission.surveyed_at) < before)
    change = update(SubmissionRevision).where(col(SubmissionRevision.submission_id).in_(due))
    change = change.where(func.octet_length(col(SubmissionRevision.answers)) > 0)
    await session.execute(change.values(answers=b"", **_NO_TEXTS).execution_options(synchronize_session=False))


def worded_of(family: Any) -> Select[UUID]:
    """Selects the earlier revisions with texts or notes of a family, whose id is a column of another query."""
    own = aliased(Submission)
    query = select(col(SubmissionRevision.submission_id)).join(
        own, col(own.id) == col(SubmissionRevision.submission_id)
    )
    there = or_(col(SubmissionRevision.texts_key_id).is_not(None), col(SubmissionRevision.note_key_id).is_not(None))
    return query.where(col(own.family_id) == family, there)


def stale_words(key_id: str) -> Select[UUID]:
    """Selects the families with texts or notes in earlier revisions under another identity key."""
    query = select(col(Submission.family_id)).join(
        SubmissionRevision, col(SubmissionRevision.submission_id) == col(Submission.id)
    )
    return query.where(
        or_(col(SubmissionRevision.texts_key_id) != key_id, col(SubmissionRevision.note_key_id) != key_id)
    )


async def reencrypt_words(session: AsyncSession, families: Sequence[UUID], vault: Vault) -> set[UUID]:
    """Encrypts texts and notes of locked families' earlier revisions again under the key in use.

    Returns the families of which something cannot be decrypted. That stays as it is.
    """
    key_id, _ = vault.current()
    query = select(SubmissionRevision, col(Submission.family_id)).join(
        Submission, col(Submission.id) == col(SubmissionRevision.submission_id)
    )
    query = query.where(col(Submission.family_id).in_(families))
    texts, notes, unreadable = list[dict[str, Any]](), list[dict[str, Any]](), set[UUID]()
    for row, family_id in await session.execute(query):
        key = {"submission_id": row.submission_id, "revision": row.revision}
        try:
            if row.texts_key_id not in (None, key_id):
                words = vault.decrypt_texts(row.submission_id, row.texts_key_id or "", row.encrypted_texts or b"")
                texts_key_id, encrypted = vault.encrypt_texts(row.submission_id, words)
                texts.append({**key, "texts_key_id": texts_key_id, "encrypted_texts": encrypted})
            if row.note_key_id not in (None, key_id):
                note_key_id, encrypted = vault.encrypt_reason(
                    row.submission_id, row.revision, read_note(row, vault) or ""
                )
                notes.append({**key, "note_key_id": note_key_id, "encrypted_note": encrypted})
        except VaultError:
            unreadable.add(family_id)
    for rows in (texts, notes):
        if rows:
            await session.execute(update(SubmissionRevision), rows)
    return unreadable


def _ids_of(families: Sequence[UUID]) -> Select[UUID]:
    return select(col(Submission.id)).where(col(Submission.family_id).in_(families))
