"""Makes the receipt of a stored submission, and verifies receipts that somebody shows.

Everybody who may read a submission learns its receipt code and when it was received. Only the sender gets the content
hash and the signed receipt.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import HeldSubmission, Submission
from app.platform.codes import show_receipt_code
from app.platform.encryption import ContentHash, Vault
from app.platform.receipts import InvalidReceiptError, Receipt, ReceiptSigner
from app.problems import Problem, kinds, read_shape
from app.problems.receipt_texts import ReceiptState
from app.schemas.intake.receipt import ReceiptClaimsOut, ReceiptIn, VerdictOut
from app.schemas.intake.submission import ReceiptOut
from app.services.audit.queue import record
from app.services.intake.readable import readable

_STORED_ANYWHERE: Final = text("SELECT erased FROM sent_anywhere(ARRAY[CAST(:id AS uuid)], CAST(:sender AS uuid))")


def receipt_for_sender(
    id: UUID, stored: Mapping[str, Any], hashed: ContentHash | None, receipts: ReceiptSigner
) -> ReceiptOut:
    """Returns the signed receipt. `stored` holds revision, region, received_at, code and corrected_by.

    `hashed` is None if the sender is not told the content hash. A signed receipt holds it only with a salt, because it
    is shown around, and never after a correction by a family's right, whose content the sender did not send.
    """
    content_hash, code, signature = sign_for_sender(id, stored, hashed, receipts)
    return ReceiptOut(content_hash=content_hash, received_at=stored["received_at"], code=code, signature=signature)


def sign_for_sender(
    id: UUID, stored: Mapping[str, Any], hashed: ContentHash | None, receipts: ReceiptSigner
) -> tuple[str | None, str, str]:
    """Returns content hash, code and signature of the receipt that `receipt_for_sender` makes."""
    sent = stored["revision"] == 1 or stored["corrected_by"] is not None
    proves = hashed is not None and hashed.salt is not None and sent
    receipt = _receipt(id, stored, hashed if proves else None, receipts)
    return _show_hash(hashed), receipt.code, receipts.sign(receipt)


def receipt_for_readers(received_at: datetime, code: str, hashed: ContentHash | None = None) -> ReceiptOut:
    """Returns the receipt for others than the sender. Of them, only the family is told the content hash."""
    shown = show_receipt_code(code)
    return ReceiptOut(content_hash=_show_hash(hashed), received_at=received_at, code=shown, signature=None)


def receipt_for_held(
    id: UUID, kind: str, region: str, received_at: datetime, code: str, hashed: ContentHash, receipts: ReceiptSigner
) -> ReceiptOut:
    """Returns the signed receipt of a held submission for its sender. It says that it is held, and of what kind."""
    shown, told = show_receipt_code(code), _show_hash(hashed)
    proved = told if hashed.salt is not None else None
    signature = receipts.sign(receipts.make(id, 0, region, received_at, shown, proved, kind))
    return ReceiptOut(content_hash=told, received_at=received_at, code=shown, signature=signature)


def _receipt(id: UUID, stored: Mapping[str, Any], hashed: ContentHash | None, receipts: ReceiptSigner) -> Receipt:
    return receipts.make(
        id,
        stored["revision"],
        stored["region"],
        stored["received_at"],
        show_receipt_code(stored["code"]),
        _show_hash(hashed),
    )


def _show_hash(hashed: ContentHash | None) -> str | None:
    return None if hashed is None else f"sha-256:{hashed.value.hex()}"


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
    wanted = UUID(receipt.id)
    query = select(Submission).where(col(Submission.id) == wanted, readable(caller, caller.regions))
    row = await session.scalar(query)
    if receipt.held is not None:
        held = await session.get(HeldSubmission, wanted)
        return "held" if held is not None and caller.covers(held.region) else None
    if row is not None:
        return _compare(row, receipt, receipts=receipts, vault=vault)
    if not caller.covers(receipt.region):
        return None
    # It may be stored where the caller may not read it, also outside of the area that the transaction sees.
    there = (await session.execute(_STORED_ANYWHERE, {"id": wanted, "sender": UUID(caller.id)})).one_or_none()
    if there is None:
        return "missing"
    return "erased" if there.erased else None


def _compare(row: Submission, receipt: Receipt, *, receipts: ReceiptSigner, vault: Vault) -> ReceiptState:
    if row.revision > receipt.revision:
        return "superseded"
    hashed = vault.decrypt_hash(row.id, row.hash_key_id, row.encrypted_hash)
    told = {**row.model_dump(), "received_at": row.revised_at or row.received_at}
    stored = _receipt(row.id, told, hashed if receipt.content_hash is not None else None, receipts)
    # The address may have changed since. If the key of the hash was lost, nobody can compare it.
    same = replace(stored, iss=receipt.iss)
    if hashed is None:
        same = replace(same, content_hash=receipt.content_hash)
    return "current" if same == receipt else "differs"
