"""Keeps what cannot be stored: content in conflict with a stored submission, and bodies with faults.

The only writer of `held_submission` and `held_number`. Bodies are encrypted under the identity key. What is held counts
nowhere. A body is kept once for each sender, no matter how often it is sent.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.identity.numbers import holds_number
from app.models import HeldNumber, HeldSubmission
from app.platform.codes import make_receipt_code
from app.platform.encryption import ContentHash, Vault
from app.platform.receipts import ReceiptSigner
from app.problems import Fault, Problem, kinds
from app.schemas.intake.held import HeldReceiptOut
from app.services.audit.queue import record
from app.services.intake.checking import Checked, region_of
from app.services.intake.content_hash import content_hash
from app.services.intake.kept_numbers import numbers_within
from app.services.intake.receipts import receipt_for_held

HeldKind = Literal["conflict", "faulty"]
_POINTER: Final = re.compile(r"(/[A-Za-z0-9_.-]{1,40}){0,8}", re.ASCII)
_IN_FAMILY: Final = ("head_sex", "members")
"""What is kept of the family of an interview for training. Nobody may find or name it."""

CLOSE_REPAIRED: Final = """
    UPDATE held_submission SET status = 'repaired', closed_at = now(), closed_by = waiting.sent_by
    FROM (
        SELECT taken.sent_by, near.id FROM taken CROSS JOIN LATERAL (
            SELECT held.id FROM held_submission AS held
            WHERE held.submission_id = taken.id AND held.sent_by = taken.sent_by
            OFFSET 0
        ) AS near OFFSET 0
    ) AS waiting
    WHERE held_submission.id = waiting.id AND held_submission.kind = 'faulty'
    AND held_submission.status || '' = 'open'
"""
"""Statement part: closes what the sender of submissions in `taken` had handed in with faults under their ids.

The status is compared as an expression, so that the planner cannot walk through the index of all open ones instead.
"""


@dataclass(frozen=True, slots=True)
class _Keeping:
    """What is kept, and for whom. most: how many open ones of this kind there may be"""

    submission_id: UUID
    kind: HeldKind
    content: Mapping[str, Any]
    hashed: ContentHash
    region: str
    caller: Caller
    vault: Vault
    receipts: ReceiptSigner
    most: int
    family_id: UUID | None = None
    based_on: int | None = None
    reason: str | None = None
    training: bool = False
    faults: Sequence[Fault] = ()


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
    """Keeps valid content that differs from what is stored under its id, once, and returns its receipt.

    The family of the stored submission is locked. Raises too-many-held if the device has `most` open conflicts.
    """
    keeping = _Keeping(
        submission_id=id,
        kind="conflict",
        content=content,
        hashed=checked.hashed,
        region=region,
        caller=caller,
        vault=vault,
        receipts=receipts,
        most=most,
        family_id=family_id,
        based_on=based_on,
        reason=reason,
        training=caller.training or checked.purpose == "training",
    )
    return await _keep(session, keeping)


async def keep_faulty(
    session: AsyncSession,
    *,
    id: UUID,
    content: Mapping[str, Any],
    faults: Sequence[Fault],
    caller: Caller,
    vault: Vault,
    receipts: ReceiptSigner,
    most: int,
) -> HeldReceiptOut:
    """Keeps a readable body with its faults, once, and returns its receipt.

    The region that the body names, if any, is the caller's. Whether it may be kept at all is decided before
    (`may_be_kept`). Raises too-many-held if the caller has `most` open ones, and the faults if it cannot be kept.
    """
    region = region_of(content) or max(caller.regions, key=len)
    keeping = _Keeping(
        submission_id=id,
        kind="faulty",
        content=content,
        hashed=_hash_of(content),
        region=region,
        caller=caller,
        vault=vault,
        receipts=receipts,
        most=most,
        training=caller.training or content.get("purpose") == "training",
        faults=faults,
    )
    return await _keep(session, keeping)


async def _keep(session: AsyncSession, keeping: _Keeping) -> HeldReceiptOut:
    sender = UUID(keeping.caller.id)
    # One sender at a time, so that the limit holds and content is kept once, also under an older key. It comes after
    # the lock of a family, and nobody who holds it waits for a family.
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"held {sender}", 0))))
    row = await _find_kept(session, keeping, sender)
    if row is None:
        await _refuse_too_many(session, keeping, sender)
        row = await _insert(session, keeping, sender)
        await record(
            session, keeping.caller, "held.keep", region=keeping.region, subject=f"held:{row.id}", held=keeping.kind
        )
    receipt = receipt_for_held(
        row.id, row.kind, row.region, row.received_at, row.code, keeping.hashed, keeping.receipts
    )
    return HeldReceiptOut(id=row.id, kind=keeping.kind, receipt=receipt)


async def _find_kept(session: AsyncSession, keeping: _Keeping, sender: UUID) -> HeldSubmission | None:
    marks = keeping.vault.held_marks(keeping.submission_id, sender, keeping.kind, keeping.hashed.value)
    query = select(HeldSubmission).where(
        col(HeldSubmission.submission_id) == keeping.submission_id,
        col(HeldSubmission.sent_by) == sender,
        col(HeldSubmission.content_mark).in_(marks),
    )
    found: HeldSubmission | None = await session.scalar(query.limit(1))
    return found


async def _refuse_too_many(session: AsyncSession, keeping: _Keeping, sender: UUID) -> None:
    query = (
        select(func.count())
        .select_from(HeldSubmission)
        .where(
            col(HeldSubmission.sent_by) == sender,
            col(HeldSubmission.kind) == keeping.kind,
            col(HeldSubmission.status) == "open",
        )
    )
    if keeping.kind == "conflict":
        query = query.where(col(HeldSubmission.device) == _device_of(keeping.caller))
    if (await session.scalar(query) or 0) >= keeping.most:
        raise Problem(kinds.TOO_MANY_HELD, most=keeping.most)


async def _insert(session: AsyncSession, keeping: _Keeping, sender: UUID) -> HeldSubmission:
    vault, key, content = keeping.vault, uuid4(), _kept_of(keeping)
    numbers = numbers_within(content)
    if numbers is None:
        raise Problem(kinds.FAULTS, faults=list(keeping.faults))
    hash_key_id, encrypted_hash = vault.encrypt_hash(key, keeping.hashed)
    key_id, encrypted = vault.encrypt_held(key, write_body(content))
    row = HeldSubmission(
        id=key,
        submission_id=keeping.submission_id,
        kind=keeping.kind,
        region=keeping.region,
        family_id=keeping.family_id,
        sent_by=sender,
        device=_device_of(keeping.caller),
        training=keeping.training,
        based_on=keeping.based_on,
        reason=keeping.reason,
        received_at=datetime.now(UTC),
        code=make_receipt_code(),
        content_mark=vault.held_marks(keeping.submission_id, sender, keeping.kind, keeping.hashed.value)[0],
        hash_key_id=hash_key_id,
        encrypted_hash=encrypted_hash,
        key_id=key_id,
        encrypted=encrypted,
        told_faults=[_told(each) for each in keeping.faults] if keeping.kind == "faulty" else None,
        status="open",
    )
    session.add(row)
    await session.flush()
    digests = [
        {"held_id": key, "digest": digest, "region": keeping.region, "key_id": key_id}
        for kind, number in sorted(numbers)
        for key_id, digest in vault.digests_to_store(kind, number)
    ]
    if digests:
        await session.execute(insert(HeldNumber), digests)
    return row


def _device_of(caller: Caller) -> str:
    """Returns the sign-in, or the agency's id."""
    return caller.sign_in or caller.id


def _kept_of(keeping: _Keeping) -> Mapping[str, Any]:
    """Returns the content, for training without anything that could name or find a family."""
    if not keeping.training:
        return keeping.content
    family = keeping.content.get("family")
    facts = {name: family[name] for name in _IN_FAMILY if name in family} if isinstance(family, Mapping) else None
    rest = {name: each for name, each in keeping.content.items() if name not in ("family", "consent")}
    return rest if facts is None else {**rest, "family": facts}


def write_body(content: Mapping[str, Any]) -> bytes:
    """Returns a body as JSON in ASCII. Half a surrogate pair stays what it is."""
    return json.dumps(content, default=_plain, separators=(",", ":")).encode("ascii")


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value) if Decimal(repr(float(value))) == value else str(value)
    raise TypeError(type(value).__name__)


def _hash_of(content: Mapping[str, Any]) -> ContentHash:
    """Returns the content hash, also of a body that has no canonical form, such as one with a huge number."""
    salt = content.get("salt")
    try:
        value = content_hash(content, region_of(content) or "")
    except ValueError:
        value = hashlib.sha256(json.dumps(content, default=_plain, sort_keys=True).encode("ascii")).digest()
    try:
        return ContentHash(value, UUID(salt) if isinstance(salt, str) else None)
    except ValueError:
        return ContentHash(value)


def _told(fault: Fault) -> dict[str, Any]:
    """Returns pointer and code of a fault. What was typed as a name is left out, and what holds it is named."""
    where = fault.pointer or ""
    typed = fault.code.startswith("unknown_member") or fault.code.startswith("unknown_question")
    while where and (typed or not _POINTER.fullmatch(where) or holds_number(where)):
        where, typed = where.rpartition("/")[0], False
    return {"pointer": where, "code": fault.code}


async def move_conflicts(session: AsyncSession, submission_id: UUID, family_id: UUID) -> None:
    """Puts what is held in conflict with a submission under the family that the submission is of now."""
    change = update(HeldSubmission).where(
        col(HeldSubmission.submission_id) == submission_id, col(HeldSubmission.kind) == "conflict"
    )
    await session.execute(change.values(family_id=family_id).execution_options(synchronize_session=False))
