"""Keeps what cannot be stored: content in conflict with a stored submission, and bodies with faults.

The only writer of `held_submission` and `held_number`. Bodies are encrypted under the identity key. What is held counts
nowhere. A body is kept once for each sender, no matter how often it is sent.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.identity.numbers import NumberKind, holds_number
from app.models import HeldNumber, HeldSubmission
from app.platform.codes import make_receipt_code
from app.platform.encryption import ContentHash, Vault, VaultError
from app.platform.json_reading import read_object
from app.platform.receipts import ReceiptSigner
from app.problems import FAULT_LIMIT, Fault, Problem, kinds
from app.schemas.intake.held import HeldKind, HeldReceiptOut, HeldStatus
from app.services.audit.queue import record
from app.services.families.reencryption import BATCH, Reencrypted
from app.services.intake.checking import Checked, region_of
from app.services.intake.content_hash import content_hash
from app.services.intake.kept_numbers import numbers_within
from app.services.intake.receipts import receipt_for_held

_KINDS: Final[tuple[HeldKind, ...]] = ("conflict", "faulty")
_POINTER: Final = re.compile(r"(/[A-Za-z0-9_.-]{1,40}){0,8}", re.ASCII)
_IN_FAMILY: Final = ("head_sex", "members")
"""What is kept of the family of an interview for training. Nobody may find or name it."""

CLOSE_REPAIRED: Final = """
    UPDATE held_submission SET status = 'repaired', closed_at = now(), closed_by = taken.sent_by
    FROM taken
    WHERE held_submission.submission_id = taken.id AND held_submission.submission_id = ANY (:given_id::uuid[])
    AND held_submission.sent_by || '' = taken.sent_by || '' AND held_submission.kind = 'faulty'
    AND held_submission.status || '' = 'open'
"""
"""Statement part: closes what the sender of submissions in `taken` had handed in with faults under their ids.

Sender and status are compared as expressions, so that the planner walks through no other index than that of the ids.
"""

_WAIT_SECONDS: Final = 3600
"""A supervisor has to settle some of them before another one is kept."""


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
    family_id: UUID | None = None,
) -> HeldReceiptOut:
    """Keeps a readable body with its faults, once, and returns its receipt.

    It is a conflict if a submission is stored under the id, of which `family_id` is the family, and that is locked.
    It is kept in the region that the body names, or in the smallest of the caller's if that is none of them. Whether it
    may be kept at all is decided before (`Intake.put_or_keep`). Raises too-many-held if the caller has `most` open
    ones, and the faults if it cannot be kept.
    """
    region = region_of(content)
    if region is None or not caller.covers(region):
        region = max(caller.regions, key=len)
    keeping = _Keeping(
        submission_id=id,
        kind="faulty" if family_id is None else "conflict",
        content=content,
        hashed=_hash_of(content),
        region=region,
        caller=caller,
        vault=vault,
        receipts=receipts,
        most=most,
        family_id=family_id,
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
    # A conflict may have moved with its submission, and its receipt stays the same.
    region = keeping.region if row.kind == "conflict" else row.region
    receipt = receipt_for_held(row.id, row.kind, region, row.received_at, row.code, keeping.hashed, keeping.receipts)
    kind: HeldKind = "conflict" if row.kind == "conflict" else "faulty"
    return HeldReceiptOut(id=row.id, kind=kind, receipt=receipt)


async def _find_kept(session: AsyncSession, keeping: _Keeping, sender: UUID) -> HeldSubmission | None:
    # What was handed in with faults may have been stored since. Sent again, it would be in conflict with itself.
    marks = [
        mark
        for kind in _KINDS
        for mark in keeping.vault.held_marks(keeping.submission_id, sender, kind, keeping.hashed.value)
    ]
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
        raise Problem(kinds.TOO_MANY_HELD, wait=_WAIT_SECONDS, most=keeping.most)


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
        told_faults=[_told(each) for each in keeping.faults[:FAULT_LIMIT]] if keeping.faults else None,
        status="open",
    )
    session.add(row)
    await session.flush()
    await _add_numbers(session, row, numbers, vault)
    return row


async def _add_numbers(
    session: AsyncSession, row: HeldSubmission, numbers: Collection[tuple[NumberKind, str]], vault: Vault
) -> None:
    digests = {digest: key_id for each in sorted(numbers) for key_id, digest in vault.digests_to_store(*each)}
    rows = [
        {"held_id": row.id, "digest": digest, "region": row.region, "key_id": key_id}
        for digest, key_id in digests.items()
    ]
    if rows:
        await session.execute(insert(HeldNumber), rows)


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


async def move_conflicts(
    session: AsyncSession, submission_id: UUID, family_id: UUID, *, region: str | None = None
) -> None:
    """Puts what is held in conflict with a submission under the family that the submission is of now.

    region: the village to which the submission moves, if it moves
    """
    mine = (col(HeldSubmission.submission_id) == submission_id, col(HeldSubmission.kind) == "conflict")
    moves = {} if region is None else {"region": region}
    if moves:
        own = col(HeldNumber.held_id).in_(select(col(HeldSubmission.id)).where(*mine))
        numbers = update(HeldNumber).where(own).values(**moves)
        await session.execute(numbers.execution_options(synchronize_session=False))
    change = update(HeldSubmission).where(*mine).values(family_id=family_id, **moves)
    await session.execute(change.execution_options(synchronize_session=False))


def read_held(row: HeldSubmission, vault: Vault) -> dict[str, Any]:
    """Returns the body that is held. Raises VaultError."""
    return read_object(vault.decrypt_held(row.id, row.key_id, row.encrypted))


async def lock_held(session: AsyncSession, id: UUID) -> HeldSubmission | None:
    """Returns what is held in the session's area, locked. Lock the family of its submission before."""
    query = select(HeldSubmission).where(col(HeldSubmission.id) == id).with_for_update()
    found: HeldSubmission | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


async def close_held(session: AsyncSession, held: HeldSubmission, status: HeldStatus, *, by: UUID) -> None:
    """Closes what is held and locked."""
    change = update(HeldSubmission).where(col(HeldSubmission.id) == held.id)
    change = change.values(status=status, closed_at=func.now(), closed_by=by)
    await session.execute(change.execution_options(synchronize_session=False))
    await session.refresh(held)


async def close_superseded(session: AsyncSession, id: UUID, caller: Caller) -> None:
    """Closes what the caller had sent with faults from the same device under an id, as a sound one has followed."""
    await _close_faulty(session, id, caller, col(HeldSubmission.device) == _device_of(caller))


async def close_followed(session: AsyncSession, id: UUID, caller: Caller) -> None:
    """Closes what the caller had sent under an id, from whatever device, as it was taken under another one."""
    await _close_faulty(session, id, caller)


async def _close_faulty(session: AsyncSession, id: UUID, caller: Caller, *which: ColumnElement[bool]) -> None:
    change = update(HeldSubmission).where(
        col(HeldSubmission.submission_id) == id,
        col(HeldSubmission.sent_by) == UUID(caller.id),
        col(HeldSubmission.told_faults).is_not(None),
        col(HeldSubmission.status) == "open",
        *which,
    )
    change = change.values(status="repaired", closed_at=func.now(), closed_by=UUID(caller.id))
    await session.execute(change.execution_options(synchronize_session=False))


async def erase_held(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Deletes what is held, with its numbers."""
    gone = delete(HeldSubmission).where(col(HeldSubmission.id).in_(ids))
    await session.execute(gone.execution_options(synchronize_session=False))


def with_numbers(digests: Sequence[bytes]) -> ColumnElement[bool]:
    """Whether what is held states one of the numbers with these digests."""
    return col(HeldSubmission.id).in_(select(col(HeldNumber.held_id)).where(col(HeldNumber.digest).in_(digests)))


async def held_of(session: AsyncSession, family_id: UUID, digests: Sequence[bytes]) -> list[HeldSubmission]:
    """Returns what is held of a family: its conflicts, and what states one of its numbers. The oldest comes first."""
    query = select(HeldSubmission).where(or_(col(HeldSubmission.family_id) == family_id, with_numbers(digests)))
    return list(await session.scalars(query.order_by(col(HeldSubmission.received_at), col(HeldSubmission.id))))


async def expire_held(
    session: AsyncSession, *, before: datetime, training_before: datetime, most: int
) -> list[tuple[str, str]]:
    """Deletes up to `most` that were received before a moment, and those for training before another one.

    Returns region and kind of each.
    """
    training = col(HeldSubmission.training) & (col(HeldSubmission.received_at) < training_before)
    due = select(col(HeldSubmission.id)).where(or_(col(HeldSubmission.received_at) < before, training))
    due = due.order_by(col(HeldSubmission.received_at)).limit(most).with_for_update(skip_locked=True)
    gone = delete(HeldSubmission).where(col(HeldSubmission.id).in_(due))
    told = gone.returning(col(HeldSubmission.region), col(HeldSubmission.kind))
    rows = await session.execute(told.execution_options(synchronize_session=False))
    return [(region, kind) for region, kind in rows]


async def measure_held(session: AsyncSession, *, soon: datetime) -> dict[HeldKind, tuple[int, float, int]]:
    """Returns of each kind how many are open, the age of the oldest in seconds, and how many came before `soon`."""
    received = col(HeldSubmission.received_at)
    columns = (
        func.count(),
        func.coalesce(func.extract("epoch", func.now() - func.min(received)), 0),
        func.count().filter(received < soon),
    )
    found: dict[HeldKind, tuple[int, float, int]] = {}
    for kind in _KINDS:
        query = select(*columns).where(col(HeldSubmission.status) == "open", col(HeldSubmission.kind) == kind)
        count, age, due = (await session.execute(query.where(~col(HeldSubmission.training)))).one()
        found[kind] = int(count), float(age), int(due)
    return found


def _stale(vault: Vault) -> ColumnElement[bool]:
    key_id, matching = vault.current()
    numbered = select(col(HeldNumber.held_id)).where(col(HeldNumber.key_id) != matching)
    return or_(col(HeldSubmission.key_id) != key_id, col(HeldSubmission.id).in_(numbered))


async def count_stale_held(session: AsyncSession, vault: Vault) -> int:
    """Returns how many bodies are stored under another key than those in use."""
    return await session.scalar(select(func.count()).select_from(HeldSubmission).where(_stale(vault))) or 0


async def reencrypt_held(session: AsyncSession, vault: Vault, *, after: UUID, limit: int = BATCH) -> Reencrypted:
    """Encrypts up to `limit` bodies again under the keys in use, and digests their numbers again.

    A body that cannot be decrypted stays as it is, with its digests.
    """
    query = select(HeldSubmission).where(col(HeldSubmission.id) > after, _stale(vault))
    rows = list(await session.scalars(query.order_by(col(HeldSubmission.id)).limit(limit).with_for_update()))
    if not rows:
        return Reencrypted(None)
    done = 0
    for row in rows:
        try:
            content = read_held(row, vault)
        except VaultError:
            continue
        key_id, encrypted = vault.encrypt_held(row.id, write_body(content))
        change = update(HeldSubmission).where(col(HeldSubmission.id) == row.id)
        change = change.values(key_id=key_id, encrypted=encrypted)
        await session.execute(change.execution_options(synchronize_session=False))
        gone = delete(HeldNumber).where(col(HeldNumber.held_id) == row.id)
        await session.execute(gone.execution_options(synchronize_session=False))
        await _add_numbers(session, row, numbers_within(content) or (), vault)
        done += 1
    return Reencrypted(rows[-1].id, done, len(rows) - done)
