"""Makes a new revision of a stored submission, for a correction and for a conflict that was settled.

Everything follows in one transaction: the earlier revision is kept, the family and its identity follow the card number
(`corrected_family.py`), the row is scored anew and accepted, and both bases of the sums follow it. The family is locked
first, with the one that holds the card. So of two corrections at once, the later one sees the revision of the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import Family, FamilyKey, Submission
from app.platform.database import raw_connection
from app.platform.encryption import Vault, VaultError
from app.problems import Fault, Problem, kinds
from app.problems.fault_texts import Texts
from app.problems.stored_warnings import read_warnings
from app.regions.local_time import local_day
from app.schemas.intake.counts import Uncounted
from app.schemas.intake.purpose import DEFAULT_PURPOSE, Purpose
from app.scoring.catalogue import Catalogue
from app.services.families.families import delete_family, lock_families
from app.services.families.identities import decrypt_identity
from app.services.intake.checking import Checked, without_identity
from app.services.intake.corrected_family import Correcting, Placed, place_in_family
from app.services.intake.corrected_fields import Replaced, changed_fields, record_correction
from app.services.intake.counting import settle_counts
from app.services.intake.held import move_conflicts
from app.services.intake.review_history import relocate_moves
from app.services.intake.revisions import Why, keep_revision, move_revisions
from app.services.intake.scores import FamilyScore, score_family
from app.services.intake.submission_table import SubmissionRow, make_row, replace_row
from app.services.reference.standing import standings_in
from app.services.rounds.places import round_of

_TRAINING: Final = "training"
_KEPT_WARNINGS: Final = ("in_training ", "received_late ", "salt_used_before ")
"""Those that tell of the time it was received, which a correction leaves as it is."""
_ATTEMPTS: Final = 5
_STAYS: Final[Texts] = (
    "Wawancara sungguhan tidak bisa diubah menjadi latihan. Kirim purpose yang lama, dari akun yang tidak dalam "
    "latihan.",
    "A real interview cannot become one for training. Send its old purpose, from an account that is not in training.",
)


@dataclass(frozen=True, slots=True)
class Locked:
    """A stored submission whose family is locked, and the family that holds the card of its correction, if any.

    card: the card number that decides, which is the family's own where a correction that moves it states none
    """

    row: Submission
    family: Family
    holder: Family | None = None
    card: str | None = None


@dataclass(frozen=True, slots=True)
class Revised:
    """A new revision of a submission. Its warnings are in their stored form.

    old: the row before, as it was
    changed: the names of what changed, as `changed_fields` returns them
    """

    old: Submission
    row: SubmissionRow
    score: FamilyScore
    warnings: Sequence[str]
    uncounted: Uncounted | None
    changed: Sequence[str]
    at: datetime


async def lock_submission(session: AsyncSession, id: UUID, checked: Checked | None, vault: Vault) -> Locked | None:
    """Returns a stored submission of the session's area with its family locked, or None if there is none.

    It also locks the family that holds the card of the `checked` content that may take its place. Locks the two in the
    order of their ids, as every transaction does. Raises contended if they change again and again.
    """
    for _ in range(_ATTEMPTS):
        try:
            # If it raises, the savepoint gives the locks back, so that the next attempt takes them in their order.
            async with session.begin_nested():
                return await _lock(session, id, checked, vault)
        except _ChangedError:
            continue
    raise Problem(kinds.CONTENDED)


class _ChangedError(Exception):
    """The submission became another family's, or its card was claimed, before the families were locked."""


async def _lock(session: AsyncSession, id: UUID, checked: Checked | None, vault: Vault) -> Locked | None:
    family_id = await session.scalar(select(col(Submission.family_id)).where(col(Submission.id) == id))
    if family_id is None:
        return None
    _, holder = await _find_holder(session, family_id, checked, vault)
    await lock_families(session, [family_id, *([] if holder is None else [holder])])
    # Statements of their own, so that they see what those left who held the families before.
    row = await session.get(Submission, id, populate_existing=True)
    if row is None:
        return None
    family = await session.get(Family, family_id, populate_existing=True)
    card, now = await _find_holder(session, family_id, checked, vault)
    if family is None or row.family_id != family_id or now != holder:
        raise _ChangedError
    held = None if holder is None else await session.get(Family, holder, populate_existing=True)
    return Locked(row, family, held, card)


async def _find_holder(
    session: AsyncSession, family_id: UUID, checked: Checked | None, vault: Vault
) -> tuple[str | None, UUID | None]:
    """Returns the card number that decides on the family of a correction, and the family that holds it there."""
    if checked is None:
        return None, None
    card = None if checked.identity is None else checked.card_number
    if card is None:
        card = await _known_card(session, family_id, checked, vault)
    if card is None:
        return None, None
    digests = [digest for _, digest in vault.digests("card", card)]
    query = select(col(FamilyKey.family_id)).where(
        col(FamilyKey.digest).in_(digests), col(FamilyKey.region) == checked.region, col(FamilyKey.kind) == "card"
    )
    return card, await session.scalar(query.limit(1))


async def _known_card(session: AsyncSession, family_id: UUID, checked: Checked, vault: Vault) -> str | None:
    """Returns the family's own card number if the correction moves it to another village."""
    there = await session.scalar(select(col(Family.region)).where(col(Family.id) == family_id))
    if there == checked.region:
        return None
    try:
        card: str | None = (await decrypt_identity(session, family_id, vault)).get("card_number")
    except VaultError:
        return None
    return card


async def revise(
    session: AsyncSession,
    locked: Locked,
    checked: Checked,
    caller: Caller,
    why: Why,
    *,
    catalogue: Catalogue,
    vault: Vault,
    author: UUID | None = None,
) -> Revised:
    """Stores checked content as a new revision, and audits it.

    `author` is who sent the content, if that is not the caller. Whether the caller may do so is decided before, and so
    is what the round allows. Raises family-restricted, faults for a region that was not in force and for a purpose that
    cannot change, and contended.
    """
    old = Submission.model_validate(locked.row.model_dump())
    if locked.family.restricted_at is not None:
        raise Problem(kinds.FAMILY_RESTRICTED)
    edition = await _edition_of(session, old, checked)
    purpose = _purpose_of(old, checked, caller)
    checked = without_identity(checked) if purpose == _TRAINING else checked
    at: datetime = await session.scalar(select(func.now()))  # type: ignore[assignment]
    by = author or UUID(caller.id)
    await keep_revision(session, old, why, by=UUID(caller.id), at=at, region=checked.region, vault=vault)
    work = Correcting(old, checked, purpose, caller, catalogue, vault, at, card=locked.card)
    placed = await place_in_family(session, work, locked.family, locked.holder)
    score = score_family(checked.taken.bases, checked.published.instrument)
    warnings = [
        *checked.warnings,
        *(each for each in read_warnings(old.warnings) if each.startswith(_KEPT_WARNINGS)),
        *placed.warnings,
    ]
    row = _row_of(replace(checked, warnings=warnings), old, score, placed, purpose=purpose, by=by, vault=vault)
    settles = await _awaits_approval(session, old, checked)
    await replace_row(session, old, row, edition=edition, at=at, by=by, after_settlement=settles)
    if old.region != row.region:
        await move_revisions(session, old.id, row.region)
        await relocate_moves(session, [old.id], row.region)
    if (old.family_id, old.region) != (row.family_id, row.region):
        moved_to = None if old.region == row.region else row.region
        await move_conflicts(session, old.id, row.family_id, region=moved_to)
    change = Replaced(old, row, catalogue, vault)
    families = list(dict.fromkeys((locked.family.id, row.family_id)))
    settled = await settle_counts(await raw_connection(session), families, catalogue, gone=[old])
    changed = changed_fields(change)
    await record_correction(session, caller, change, family=placed.family, reason=why.reason)
    if placed.left is not None:
        await delete_family(session, placed.left)
    return Revised(old, row, score, warnings, settled.verdicts[row.id].uncounted, changed, at)


async def _edition_of(session: AsyncSession, old: Submission, checked: Checked) -> str:
    """Returns the edition of the region codes that was in force on the day of the interview.

    Region and version are not looked at again if neither they nor the day change. Raises faults.
    """
    before, faults = local_day(old.surveyed_at, old.region), list[Fault]()
    if checked.retired is not None and (old.instrument_id, before) != (checked.published.id, checked.day):
        faults.append(checked.retired)
    edition = old.edition
    if (old.region, before) != (checked.region, checked.day):
        asked = (checked.region, checked.day)
        standing = (await standings_in(session, [asked]))[asked]
        if standing.level != "village":
            faults.append(Fault("unknown_region", pointer="/region"))
        elif standing.edition is None:
            faults.append(standing.fault("/region", unknown="unknown_region"))
        else:
            edition = standing.edition
    if faults:
        raise Problem(kinds.FAULTS, faults=faults)
    return edition


def _purpose_of(old: Submission, checked: Checked, caller: Caller) -> Purpose:
    """Returns the purpose after the correction. What was sent for training stays so, and nothing else becomes it."""
    if old.purpose == _TRAINING:
        return "training"
    purpose = checked.purpose or DEFAULT_PURPOSE
    if purpose == _TRAINING or caller.training:
        raise Problem(kinds.FAULTS, faults=[Fault("not_allowed", pointer="/purpose", texts=_STAYS)])
    return purpose


async def _awaits_approval(session: AsyncSession, old: Submission, checked: Checked) -> bool | None:
    """Whether it does not count before it is approved, because it was received after its round was settled."""
    instrument = checked.published.instrument.code
    connection = await raw_connection(session)
    found = await round_of(connection, region=checked.region, instrument=instrument, surveyed_at=checked.surveyed_at)
    return None if found is None else found.status == "settled" and bool(old.after_settlement)


def _row_of(
    checked: Checked,
    old: Submission,
    score: FamilyScore,
    placed: Placed,
    *,
    purpose: Purpose,
    by: UUID,
    vault: Vault,
) -> SubmissionRow:
    """Returns the row of the new revision. Id, first sender and receipt code stay the same."""
    row = make_row(
        old.id,
        checked,
        score,
        vault,
        sent_by=old.sent_by,
        family_id=placed.family.id,
        code=old.code,
        purpose=purpose,
        revision=old.revision + 1,
    )
    salt = checked.hashed.salt
    return row._replace(salt_mark=None if salt is None else vault.salt_marks(by, salt)[0])
