"""Settles whose an earlier identity is: the same family's, or another family's that used the same card number."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.identity.merging import Identity, niks_of, without_cards
from app.models import EarlierIdentity, Family, Submission
from app.platform.database import raw_connection
from app.platform.encryption import Vault, VaultError
from app.problems import Fault, Problem, kinds, read_shape
from app.problems.fault_texts import Texts
from app.schemas.subject_requests.settlement import SettledOut, SettlementIn
from app.scoring.catalogue import Catalogue
from app.services.audit.queue import record
from app.services.families.consents import move_consents_to
from app.services.families.earlier_identities import decrypt_earlier, drop_earlier, submissions_told
from app.services.families.families import add_family, lock_family
from app.services.families.family_keys import set_keys
from app.services.families.identities import decrypt_identity, store_identity
from app.services.intake.counting import settle_counts
from app.services.intake.held import move_conflicts
from app.services.intake.submission_table import move_rows, submissions_of


async def settle_identity(
    session: AsyncSession,
    caller: Caller,
    family_id: UUID,
    earlier_id: UUID,
    *,
    content: Mapping[str, Any],
    catalogue: Catalogue,
    vault: Vault,
) -> SettledOut:
    """Does what a body of shape SettlementIn says with an earlier identity, all of it or nothing.

    What the same family told twice in a year then counts once.

    Raises faults and not-found, and VaultError if an identity is needed that cannot be decrypted.
    """
    body = _read_body(content)
    family = await lock_family(session, family_id, caller=caller)
    found = [] if family is None else await decrypt_earlier(session, family.id, vault)
    earlier = next((each for each, _ in found if each.id == earlier_id), None)
    if family is None or earlier is None:
        raise Problem(kinds.NOT_FOUND)
    others = {each.id: identity for each, identity in found if each.id != earlier_id}
    in_clear = next(identity for each, identity in found if each.id == earlier_id)
    other, moved = None, list[Submission]()
    if body.settled_as == "another":
        moved = await _submissions_to_move(session, family, earlier, [each for each, _ in found], body)
        other = await _part(session, family, _needed(in_clear, earlier), moved, vault)
    elif body.keep_numbers:
        await _keep_numbers(session, family, _needed(in_clear, earlier), vault)
    await drop_earlier(session, earlier)
    kept: list[Identity | None] = [await _in_use(session, family, vault), *others.values()]
    numbers = await set_keys(session, family, kept, vault)
    connection = await raw_connection(session)
    counts = await settle_counts(connection, [family.id] if other is None else [family.id, other.id], catalogue)
    settled = SettledOut(
        family=family.id,
        earlier_identity=earlier.id,
        settled_as=body.settled_as,
        other_family=None if other is None else other.id,
        submissions=[each.id for each in moved],
        numbers=numbers or 0,
        affected=counts.affected,
    )
    await _record(session, caller, family, earlier, settled, keep_numbers=body.keep_numbers)
    return settled


_OTHER_CHOICE: Final[Texts] = (
    "Isian ini tidak berlaku untuk pilihan pada as. Hapus isian ini: submissions hanya untuk another, dan keep_numbers "
    "hanya untuk same.",
    "This does not go with the choice in as. Remove it: submissions is only for another, and keep_numbers only for "
    "same.",
)


def _read_body(content: Mapping[str, Any]) -> SettlementIn:
    """Reads the body. Raises faults, also for a member that belongs to the other choice."""
    body, faults = read_shape(SettlementIn, content)
    foreign = {"same": "submissions", "another": "keep_numbers"}.get(str(content.get("as")))
    if foreign is not None and content.get(foreign):
        faults.append(Fault("not_allowed", pointer=f"/{foreign}", texts=_OTHER_CHOICE))
    if body is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    return body


async def _submissions_to_move(
    session: AsyncSession,
    family: Family,
    earlier: EarlierIdentity,
    every: list[EarlierIdentity],
    body: SettlementIn,
) -> list[Submission]:
    """Returns the earlier people's submissions, which the body names or the service finds. Raises faults."""
    stored = await submissions_of(session, family)
    wanted = submissions_told(earlier, every, stored) if body.submissions is None else body.submissions
    known = {each.id for each in stored}
    strange = [position for position, each in enumerate(wanted) if each not in known]
    if strange:
        limits = {"options": [str(each.id) for each in stored]}
        faults = [
            Fault("unknown_submission", pointer=f"/submissions/{position}", limits=limits) for position in strange
        ]
        raise Problem(kinds.FAULTS, faults=faults)
    return [each for each in stored if each.id in set(wanted)]


async def _part(
    session: AsyncSession, family: Family, identity: Identity, moved: list[Submission], vault: Vault
) -> Family:
    """Makes a family of the earlier people, in the same village, with their submissions and consents.

    The card numbers stay with the family in use, because a village has one family for each.
    """
    other = await add_family(session, family.region, created_at=datetime.now(UTC), restricted_at=family.restricted_at)
    own = without_cards(identity)
    await store_identity(session, other, own, vault)
    await set_keys(session, other, [own], vault)
    await move_rows(session, moved, other)
    for each in moved:
        await move_conflicts(session, each.id, other.id)
    await move_consents_to(session, family.id, other, received_at=[each.received_at for each in moved])
    return other


async def _keep_numbers(session: AsyncSession, family: Family, earlier: Identity, vault: Vault) -> None:
    """Adds the NIKs of the earlier people to the identity in use. Raises VaultError."""
    identity = await decrypt_identity(session, family.id, vault)
    named = {each.get("nik") for each in identity.get("people", ())}
    niks = [each for each in (*identity.get("earlier_niks", ()), *niks_of(earlier)) if each not in named]
    if niks:
        kept = {"as_of": earlier["as_of"], **identity, "earlier_niks": list(dict.fromkeys(niks))}
        await store_identity(session, family, kept, vault)


async def _in_use(session: AsyncSession, family: Family, vault: Vault) -> Identity | None:
    try:
        return await decrypt_identity(session, family.id, vault)
    except VaultError:
        return None


def _needed(identity: Identity | None, earlier: EarlierIdentity) -> Identity:
    if identity is None:
        raise VaultError(f"earlier identity {earlier.id} of family {earlier.family_id}: cannot be decrypted")
    return identity


async def _record(
    session: AsyncSession,
    caller: Caller,
    family: Family,
    earlier: EarlierIdentity,
    settled: SettledOut,
    *,
    keep_numbers: bool,
) -> None:
    """Audits the settlement under the family, and under the new one if there is one."""
    detail = {
        "earlier_identity": str(earlier.id),
        "reason": earlier.reason,
        "settled_as": settled.settled_as,
        "keep_numbers": keep_numbers,
        "submissions": [str(each) for each in settled.submissions],
        "affected": [each.model_dump(mode="json") for each in settled.affected],
    }
    families = [family.id] if settled.other_family is None else [family.id, settled.other_family]
    for each in families:
        subject = f"family:{each}"
        await record(session, caller, "identity.settle", region=family.region, subject=subject, **detail)
