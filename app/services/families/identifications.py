"""Identifications. Each is a stated purpose for which one caller may read one family's identity for some minutes.

The only writer of `identification`. Every stated purpose, approval and reading is audited. The audit log gets the code
of the purpose and a keyed mark of the letter's number. The letter and the note stay beside the family, encrypted.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import Family, Identification
from app.platform.encryption import Vault, VaultError
from app.problems import Problem, kinds, read_shape
from app.schemas.families.family import IdentificationIn, IdentificationOut, IdentificationState
from app.schemas.families.identity import IdentityOut
from app.services.audit.queue import record
from app.services.families.earlier_identities import show_earlier
from app.services.families.families import find_family, hold_family
from app.services.families.identities import decrypt_identity

_APPROVE_WITHIN: Final = timedelta(hours=24)
_WORDS: Final = ("letter", "note")


async def state_purpose(
    session: AsyncSession, caller: Caller, id: UUID, content: Mapping[str, Any], *, vault: Vault, approval: bool
) -> IdentificationOut:
    """Lets this caller read a family's identity for some minutes. Raises faults and not-found.

    With `approval`, a second person has to approve it before (`approve_identification`).
    """
    stated, faults = read_shape(IdentificationIn, content)
    if stated is None:
        raise Problem(kinds.FAULTS, faults=faults)
    # Locked, so that nobody erases the family meanwhile.
    family = await hold_family(session, id, caller=caller)
    identification = await _add(session, family, UUID(caller.id), stated, vault=vault, approval=approval)
    await record(
        session,
        caller,
        "identification.create",
        region=family.region,
        subject=f"family:{id}",
        identification=str(identification.id),
        purpose=stated.purpose,
        letter=None if stated.letter is None else vault.letter_marks(stated.letter)[0],
        minutes=stated.minutes,
    )
    return identification_out(identification, vault)


async def approve_identification(
    session: AsyncSession, caller: Caller, family_id: UUID, id: UUID, *, vault: Vault
) -> IdentificationOut:
    """Approves what another caller stated, whose minutes count from now.

    Raises not-found, own-identification and identification-not-waiting.
    """
    family = await hold_family(session, family_id, caller=caller)
    identification = await _find(session, family, id, lock=True)
    if identification.caller_id == UUID(caller.id):
        raise Problem(kinds.OWN_IDENTIFICATION)
    now = datetime.now(UTC)
    if state_of(identification, now) != "waiting":
        raise Problem(kinds.IDENTIFICATION_NOT_WAITING)
    identification.approved_at, identification.approved_by = now, UUID(caller.id)
    identification.expires_at = now + timedelta(minutes=identification.waits_minutes or 0)
    await session.flush()
    subject = f"family:{family.id}"
    await record(
        session,
        caller,
        "identification.approve",
        region=family.region,
        subject=subject,
        identification=str(id),
        caller_id=str(identification.caller_id),
    )
    return identification_out(identification, vault)


async def read_identification(
    session: AsyncSession, caller: Caller, family_id: UUID, id: UUID, *, vault: Vault
) -> IdentificationOut:
    """Returns a stated purpose to whoever stated it, may approve it or watches over it. Raises not-found."""
    family = await find_family(session, caller, family_id)
    identification = await _find(session, family, id)
    subject = f"family:{family.id}"
    await record(session, caller, "identification.read", region=family.region, subject=subject, identification=str(id))
    return identification_out(identification, vault)


async def read_identity(session: AsyncSession, caller: Caller, id: UUID, *, vault: Vault) -> IdentityOut:
    """Returns a family's identity. Raises not-found, identification-needed and VaultError."""
    family = await find_family(session, caller, id)
    live = await require_identification(session, caller, family)
    subject, identification = f"family:{id}", str(live.id)
    await record(session, caller, "identity.read", region=family.region, subject=subject, identification=identification)
    identity = await decrypt_identity(session, id, vault)
    earlier = await show_earlier(session, id, vault)
    return IdentityOut.model_validate({**identity, "family": id, "identification": live.id, "earlier": earlier})


async def require_identification(session: AsyncSession, caller: Caller, family: Family) -> Identification:
    """Returns the caller's live identification of the family that lasts longest. Raises identification-needed.

    None is live if this caller stated no purpose, if nobody approved it yet, or if its time is over.
    """
    query = select(Identification).where(
        col(Identification.family_id) == family.id,
        col(Identification.caller_id) == UUID(caller.id),
        col(Identification.expires_at) > datetime.now(UTC),
        _permitted(),
    )
    live: Identification | None = await session.scalar(query.order_by(col(Identification.expires_at).desc()).limit(1))
    if live is None:
        raise Problem(kinds.IDENTIFICATION_NEEDED)
    return live


async def drop_identifications(session: AsyncSession, families: Sequence[UUID]) -> None:
    """Deletes the identifications of locked families, with the purposes that were stated."""
    await session.execute(delete(Identification).where(col(Identification.family_id).in_(families)))


async def reencrypt_notes(session: AsyncSession, families: Sequence[UUID], vault: Vault) -> None:
    """Encrypts the words of families' identifications again under the key in use.

    Words that cannot be decrypted stay as they are.
    """
    current, _ = vault.current()
    query = select(Identification).where(
        col(Identification.family_id).in_(families), col(Identification.key_id) != current
    )
    for row in await session.scalars(query):
        with suppress(VaultError):
            words = vault.decrypt_note(row.id, row.key_id or "", row.encrypted or b"")
            row.key_id, row.encrypted = vault.encrypt_note(row.id, words)
    await session.flush()


async def move_identifications(session: AsyncSession, family_id: UUID, region: str) -> None:
    """Moves a family's identifications to the village that the family moves to."""
    await session.execute(
        update(Identification).where(col(Identification.family_id) == family_id).values(region=region)
    )


def state_of(identification: Identification, now: datetime) -> IdentificationState:
    if identification.expires_at <= now:
        return "over"
    waits = identification.waits_minutes is not None and identification.approved_at is None
    return "waiting" if waits else "live"


def identification_out(identification: Identification, vault: Vault) -> IdentificationOut:
    """Returns an identification with its words in clear. Raises VaultError."""
    words = read_words(identification, vault)
    return IdentificationOut(
        id=identification.id,
        family=identification.family_id,
        state=state_of(identification, datetime.now(UTC)),
        purpose=identification.purpose,
        letter=words.get("letter"),
        note=words.get("note"),
        stated_by=identification.caller_id,
        approved_by=identification.approved_by,
        approved_at=identification.approved_at,
        expires_at=identification.expires_at,
    )


def read_words(identification: Identification, vault: Vault) -> dict[str, Any]:
    """Returns the letter and the note in clear. Raises VaultError."""
    if identification.key_id is None or identification.encrypted is None:
        return {}
    return vault.decrypt_note(identification.id, identification.key_id, identification.encrypted)


async def _add(
    session: AsyncSession,
    family: Family,
    caller_id: UUID,
    stated: IdentificationIn,
    *,
    vault: Vault,
    approval: bool,
) -> Identification:
    key, now = uuid4(), datetime.now(UTC)
    words = {name: text for name in _WORDS if (text := getattr(stated, name)) is not None}
    key_id, encrypted = vault.encrypt_note(key, words) if words else (None, None)
    identification = Identification(
        id=key,
        family_id=family.id,
        region=family.region,
        caller_id=caller_id,
        purpose=stated.purpose,
        key_id=key_id,
        encrypted=encrypted,
        created_at=now,
        expires_at=now + (_APPROVE_WITHIN if approval else timedelta(minutes=stated.minutes)),
        waits_minutes=stated.minutes if approval else None,
    )
    session.add(identification)
    await session.flush()
    return identification


async def _find(session: AsyncSession, family: Family, id: UUID, *, lock: bool = False) -> Identification:
    query = select(Identification).where(col(Identification.id) == id, col(Identification.family_id) == family.id)
    found: Identification | None = await session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise Problem(kinds.NOT_FOUND)
    return found


def _permitted() -> ColumnElement[bool]:
    """Returns the condition of a query that an identification does not wait for approval."""
    return or_(col(Identification.waits_minutes).is_(None), col(Identification.approved_at).is_not(None))
