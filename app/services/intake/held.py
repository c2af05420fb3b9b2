"""Stand-in."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import HeldSubmission
from app.platform.codes import make_receipt_code
from app.platform.encryption import Vault
from app.platform.receipts import ReceiptSigner
from app.schemas.intake.held import HeldReceiptOut
from app.services.intake.checking import Checked
from app.services.intake.receipts import receipt_for_sender


async def keep_conflict(
    session: AsyncSession,
    *,
    id: UUID,
    content: Mapping[str, Any],
    checked: Checked,
    caller: Caller,
    based_on: int | None,
    reason: str | None,
    family_id: UUID,
    region: str,
    vault: Vault,
    receipts: ReceiptSigner,
    most: int,
) -> HeldReceiptOut:
    key, mark = uuid4(), checked.hashed.value
    query = select(HeldSubmission).where(
        col(HeldSubmission.submission_id) == id,
        col(HeldSubmission.sent_by) == UUID(caller.id),
        col(HeldSubmission.content_mark) == mark,
    )
    row = await session.scalar(query)
    if row is None:
        hash_key_id, encrypted_hash = vault.encrypt_hash(key, checked.hashed)
        key_id, encrypted = vault.encrypt(key, content)
        row = HeldSubmission(
            id=key,
            submission_id=id,
            kind="conflict",
            region=region,
            family_id=family_id,
            sent_by=UUID(caller.id),
            device=caller.sign_in,
            training=caller.training,
            based_on=based_on,
            reason=reason,
            received_at=datetime.now(UTC),
            code=make_receipt_code(),
            content_mark=mark,
            hash_key_id=hash_key_id,
            encrypted_hash=encrypted_hash,
            key_id=key_id,
            encrypted=encrypted,
            status="open",
        )
        session.add(row)
        await session.flush()
    told = {
        "revision": 0,
        "region": region,
        "received_at": row.received_at,
        "code": row.code,
        "corrected_by": row.sent_by,
    }
    return HeldReceiptOut(id=row.id, receipt=receipt_for_sender(row.id, told, checked.hashed, receipts))


async def move_conflicts(session: AsyncSession, submission_id: UUID, family_id: UUID) -> None:
    """Puts what is held in conflict with a submission under the family that the submission is of now."""
    change = update(HeldSubmission).where(
        col(HeldSubmission.submission_id) == submission_id, col(HeldSubmission.kind) == "conflict"
    )
    await session.execute(change.values(family_id=family_id).execution_options(synchronize_session=False))
