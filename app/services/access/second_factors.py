"""Second factors of people and their recovery codes. The only writer of `second_factor` and `recovery_code`.

The row of a factor is locked while a code is compared. So a code counts once, no matter how many send it at once.
"""

from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import structlog
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import COMMAND, Caller, span_of
from app.models import RecoveryCode, SecondFactor
from app.platform.codes import digest_code, is_code, is_otp, make_code, plain_code
from app.platform.encryption import Vault, VaultError
from app.platform.otp import find_step, make_otp_secret
from app.platform.throttle import Attempt
from app.problems import Fault, Problem, kinds
from app.services.access.grants import live_grants
from app.services.audit.queue import record

_log: Final = structlog.get_logger()

MOST_WRONG: Final = 10
"""Wrong codes of one factor in a day. Whoever sends them has the right password, so this needs a limit of its own."""
_DAY: Final = timedelta(days=1)
_PENDING: Final = timedelta(hours=1)
RECOVERY_CODES: Final = 10

Shown = Literal["none", "asked", "right", "wrong", "limited"]
"""What somebody with the right password has shown of the second factor. `none` means that the account has none."""


async def show_factor(session: AsyncSession, person: UUID, otp: str | None, vault: Vault, *, now: datetime) -> Shown:
    """Compares a code of the app, or a recovery code, with the factor of a person. A right code is used up."""
    factor = await _lock(session, person, pending=False)
    if factor is None:
        return "none"
    if otp is None:
        return "asked"
    if _is_limited(factor, now):
        return "limited"
    if is_code(otp):
        return await _take_recovery_code(session, factor, otp, now)
    return _take_code(factor, otp, vault, now)


def check_form_of(otp: str | None, **members: Any) -> None:
    """Raises a fault for what can be neither a code of an app nor a recovery code. It does not count as a guess."""
    if otp is not None and not (is_otp(otp) or is_code(otp)):
        raise Problem(kinds.FAULTS, faults=[Fault("otp_format", "/otp")], **members)


def settle(attempt: Attempt, shown: Shown) -> None:
    """Lets an attempt with the right password count by what was shown. A wrong code counts like a wrong password.

    Asking for the code neither counts nor clears. Otherwise somebody with the password could clear the count at will.
    """
    if shown in ("none", "right"):
        attempt.succeed()
    elif shown in ("asked", "limited"):
        attempt.give_back()


def refuse_shown(shown: Shown) -> None:
    """Raises the problem of what was shown, unless it is enough."""
    if shown == "asked":
        raise Problem(kinds.SECOND_FACTOR_REQUIRED, error="mfa_required")
    if shown == "wrong":
        raise Problem(kinds.SECOND_FACTOR_WRONG, error="invalid_grant")
    if shown == "limited":
        raise Problem(kinds.TOO_MANY_REQUESTS, wait=_DAY.total_seconds())


async def begin_factor(session: AsyncSession, person: UUID, vault: Vault, *, now: datetime) -> str:
    """Returns a new secret, which is pending until a code of it is confirmed. It replaces an earlier pending one."""
    secret = make_otp_secret()
    await session.execute(delete(SecondFactor).where(col(SecondFactor.person_id) == person, col(SecondFactor.pending)))
    key_id, encrypted = vault.encrypt_factor(person, secret)
    values = {
        "person_id": person,
        "pending": True,
        "key_id": key_id,
        "encrypted": encrypted,
        "made_at": now,
        "wrong": 0,
    }
    await session.execute(insert(SecondFactor).values(values))
    return secret


async def confirm_factor(
    session: AsyncSession, person: UUID, otp: str, vault: Vault, *, now: datetime
) -> Literal["right", "wrong", "limited"] | None:
    """Puts the pending secret of a person in use if this is a code of it. Returns None if there is none."""
    pending = await _lock(session, person, pending=True)
    if pending is None or now - pending.made_at > _PENDING:
        return None
    if _is_limited(pending, now):
        return "limited"
    if _take_code(pending, otp, vault, now) == "wrong":
        return "wrong"
    in_use = col(SecondFactor.pending).is_(False)
    await session.execute(delete(SecondFactor).where(col(SecondFactor.person_id) == person, in_use))
    pending.pending = False
    return "right"


async def make_recovery_codes(session: AsyncSession, person: UUID) -> list[str]:
    """Returns ten new recovery codes, of which only digests are stored. Earlier ones end."""
    made = [make_code() for _ in range(RECOVERY_CODES)]
    await session.execute(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person))
    await session.execute(insert(RecoveryCode), [{"digest": digest, "person_id": person} for _, digest in made])
    return [code for code, _ in made]


async def remove_factor(session: AsyncSession, person: UUID) -> bool:
    """Removes a person's second factor and recovery codes. Returns whether there was one in use."""
    await session.execute(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person))
    gone = delete(SecondFactor).where(col(SecondFactor.person_id) == person).returning(col(SecondFactor.pending))
    return False in list(await session.scalars(gone))


async def find_factor(session: AsyncSession, person: UUID) -> tuple[datetime | None, int]:
    """Returns since when a person has a second factor, or None, and how many recovery codes are left."""
    factor = await session.get(SecondFactor, (person, False))
    left = select(func.count()).select_from(RecoveryCode).where(col(RecoveryCode.person_id) == person)
    return None if factor is None else factor.made_at, await session.scalar(left) or 0


async def reencrypt_factors(session: AsyncSession, vault: Vault) -> tuple[int, int]:
    """Encrypts secrets again under the key in use. Returns how many, and how many cannot be decrypted."""
    stale = select(SecondFactor).where(col(SecondFactor.key_id) != vault.current_factor_key())
    done = unreadable = 0
    for factor in await session.scalars(stale.with_for_update()):
        try:
            secret = vault.decrypt_factor(factor.person_id, factor.key_id, factor.encrypted)
        except VaultError:
            unreadable += 1
            continue
        factor.key_id, factor.encrypted = vault.encrypt_factor(factor.person_id, secret)
        done += 1
    if done:
        await record(session, COMMAND, "key.reseal", factor=vault.current_factor_key(), people=done)
    return done, unreadable


async def _lock(session: AsyncSession, person: UUID, *, pending: bool) -> SecondFactor | None:
    return await session.get(SecondFactor, (person, pending), with_for_update=True, populate_existing=True)


def _is_limited(factor: SecondFactor, now: datetime) -> bool:
    return factor.wrong >= MOST_WRONG and factor.wrong_since is not None and now - factor.wrong_since < _DAY


def _take_code(factor: SecondFactor, otp: str, vault: Vault, now: datetime) -> Literal["right", "wrong"]:
    step = None
    if is_otp(otp):
        try:
            secret = vault.decrypt_factor(factor.person_id, factor.key_id, factor.encrypted)
            step = find_step(secret, plain_code(otp), now, after=factor.last_step)
        except VaultError as error:
            # Recovery codes still work, and an administrator can reset the factor.
            _log.error("second factor unreadable", reason=str(error))
    if step is None:
        return _count_wrong(factor, now)
    factor.last_step, factor.wrong, factor.wrong_since = step, 0, None
    return "right"


async def _take_recovery_code(
    session: AsyncSession, factor: SecondFactor, code: str, now: datetime
) -> Literal["right", "wrong"]:
    mine = (col(RecoveryCode.person_id) == factor.person_id, col(RecoveryCode.digest) == digest_code(code))
    if await session.scalar(delete(RecoveryCode).where(*mine).returning(col(RecoveryCode.person_id))) is None:
        return _count_wrong(factor, now)
    factor.wrong, factor.wrong_since = 0, None
    await record_own(session, factor.person_id, "factor.recover")
    return "right"


async def record_own(session: AsyncSession, person: UUID, kind: str) -> None:
    """Audits what a person did to their own second factor, for the auditors of all their regions."""
    regions = [each.region for each in await live_grants(session, person)]
    caller, region = Caller("person", str(person), {}, (), 0), span_of(regions) if regions else None
    await record(session, caller, kind, region=region, subject=f"person:{person}")


def _count_wrong(factor: SecondFactor, now: datetime) -> Literal["wrong"]:
    if factor.wrong_since is None or now - factor.wrong_since >= _DAY:
        factor.wrong, factor.wrong_since = 0, now
    factor.wrong += 1
    return "wrong"
