"""Makes the receipt of a stored submission, and verifies receipts that somebody shows.

Everybody who may read a submission learns its receipt code and when it was received. Only the sender gets the content
hash and the signed receipt.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import Submission
from app.platform.encryption import Vault
from app.platform.receipts import InvalidReceiptError, Receipt, ReceiptSigner
from app.problems import Problem, kinds, read_shape
from app.problems.receipt_texts import ReceiptState
from app.schemas.intake.receipt import ReceiptClaimsOut, ReceiptIn, VerdictOut
from app.services.audit.queue import record
from app.services.intake.readable import readable


Content = tuple[bytes, bytes | None]
"""The content hash of a submission, and the salt if its device sent one."""


def receipt_for_sender(
    id: UUID, stored: Mapping[str, Any], content: Content | None, *, receipts: ReceiptSigner
) -> ReceiptOut:
    """Returns the receipt with content hash and signature. `content` is None if its key was lost.

    After a correction both say nothing of the content, because the sender never sent it. `stored` holds revision,
    region, received_at and code.
    """
    content_hash, salt = content if content is not None and stored["revision"] == 1 else (None, None)
    signed = receipts.sign(_make(id, stored, content_hash if salt is not None else None, receipts))
    return ReceiptOut.of(content_hash, stored["received_at"], stored["code"], signature=signed)


def receipt_for_readers(stored: Mapping[str, Any]) -> ReceiptOut:
    """Returns the receipt as everybody else sees it, without content hash and signature."""
    return ReceiptOut.of(None, stored["received_at"], stored["code"])


def _make(id: UUID, stored: Mapping[str, Any], content_hash: bytes | None, receipts: ReceiptSigner) -> Receipt:
    return receipts.make(
        id,
        stored["revision"],
        stored["region"],
        stored["received_at"],
        show_receipt_code(stored["code"]),
        None if content_hash is None else show_hash(content_hash),
    )


async def verify_receipt(
    session: AsyncSession, caller: Caller, content: Mapping[str, Any], *, receipts: ReceiptSigner, vault: Vault
) -> VerdictOut:
    """Verifies the receipt in a body of shape ReceiptIn. Audits it if the caller is told the state. Raises faults."""
    sent, faults = read_shape(ReceiptIn, content)
    if sent is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    try:
        receipt = receipts.verify("".join(sent.receipt.split()))
    except InvalidReceiptError as error:
        return VerdictOut.refused(error.reason)
    state = await _state_of(session, caller, receipt, receipts=receipts, vault=vault)
    if state is not None:
        await record(session, caller, "receipt.verify", region=receipt.region, subject=f"submission:{receipt.id}")
    return VerdictOut.genuine(ReceiptClaimsOut(**asdict(receipt)), state)


async def _state_of(
    session: AsyncSession, caller: Caller, receipt: Receipt, *, receipts: ReceiptSigner, vault: Vault
) -> ReceiptState | None:
    """Returns what became of a receipt's interview, or None if the caller may not read it."""
    id = UUID(receipt.id)
    query = select(Submission).where(col(Submission.id) == id, readable(caller, caller.regions))
    row = await session.scalar(query)
    if row is not None:
        return _compare(row, receipt, receipts=receipts, vault=vault)
    if not caller.covers(receipt.region):
        return None
