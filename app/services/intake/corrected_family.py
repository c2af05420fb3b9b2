"""Which family a corrected submission is of, and what becomes of the family's identity and consents.

The card number decides, as it does at intake. If another family of the village holds it, the submission becomes that
family's. Otherwise a family that has no other submission takes the identity that is stated now. A submission without a
card number stays with its family, because who corrects it may not know the number. In another village, the family's own
card number decides then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.identity.merging import Identity, restate_identity
from app.models import Family, FamilyIdentity, FamilyKey, SubjectRequest, Submission
from app.platform.encryption import Vault, VaultError
from app.problems import Problem, kinds
from app.schemas.intake.purpose import DEFAULT_PURPOSE
from app.scoring.catalogue import Catalogue
from app.services.families.consents import add_consent, has_consent, move_consents_to
from app.services.families.earlier_identities import decrypt_earlier, keep_earlier, keep_unreadable
from app.services.families.families import add_family
from app.services.families.family_keys import holds_card, set_keys
from app.services.families.identities import decrypt_identity, store_identity
from app.services.families.moving import move_family
from app.services.intake.candidates import Candidate, candidate_from
from app.services.intake.checking import Checked
from app.services.intake.submission_table import submissions_of
from app.services.intake.survey_year import survey_year

_NO_WARNINGS: Final = Candidate(UUID(int=0), None)


@dataclass(frozen=True, slots=True)
class Correcting:
    """A checked correction of a stored submission, and what it is stored with.

    at: the moment of the correction
    card: the card number that decides on the family, if any
    """

    old: Submission
    checked: Checked
    purpose: str
    caller: Caller
    catalogue: Catalogue
    vault: Vault
    at: datetime
    card: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """The family of a corrected submission, and the warnings about it in their stored form.

    left: the family that it was of before, if that has no submission any more and can be deleted
    """

    family: Family
    warnings: Sequence[str]
    left: Family | None = None


async def place_in_family(session: AsyncSession, work: Correcting, family: Family, holder: Family | None) -> Placed:
    """Finds or makes the family of a corrected submission, and stores its identity.

    `family` is the submission's own, and `holder` the one of the village that holds its card. Both are locked. Raises
    contended if others claim the card at the same time, and subject-request-open if it would leave a family whose
    request is open.
    """
    others = [each for each in await submissions_of(session, family) if each.id != work.old.id]
    elsewhere = work.checked.region != family.region
    leaves = elsewhere or (holder is not None and holder.id != family.id)
    if leaves and await _has_open_requests(session, family):
        # It would escape what the family asked for.
        raise Problem(kinds.REQUEST_OPEN)
    if holder is not None and holder.id != family.id:
        if not others and work.checked.card_number is None:
            # The two are one family, so that what is known of the one that goes stays known.
            known = await _known(session, work, family) or {}
            told = restate_identity(known, work.checked.identity) if work.checked.identity else known
            work = replace(work, checked=replace(work.checked, identity=told))
        target, candidate = holder, await _merge(session, work, holder)
    elif others and (elsewhere or await _is_other_card(session, work, family, holder)):
        target = await add_family(session, work.checked.region, created_at=work.at, restricted_at=None)
        candidate = await _merge(session, work, target)
    elif others:
        target, candidate = family, await _merge(session, work, family)
    else:
        target, candidate = family, _NO_WARNINGS
        await _restate(session, work, family)
    if target.id != family.id:
        moments = [each for each in (work.old.received_at, work.old.revised_at) if each is not None]
        await move_consents_to(session, family.id, target, received_at=moments)
    consent = work.checked.consent
    if consent is not None and not await has_consent(session, target.id, consent):
        await add_consent(session, work.caller, target, consent, vault=work.vault, at=work.at)
    before = [each for each in await submissions_of(session, target) if each.id != work.old.id]
    warnings = candidate.warnings(before=_was_interviewed(work, before))
    gone = target.id != family.id and not others
    return Placed(target, warnings, family if gone else None)


async def _merge(session: AsyncSession, work: Correcting, family: Family) -> Candidate:
    """Merges the identity of a family with what the submission states, as intake does."""
    checked, vault = work.checked, work.vault
    if checked.identity is None:
        return _NO_WARNINGS
    stored = await session.get(FamilyIdentity, family.id, populate_existing=True)
    if stored is None:
        candidate = Candidate(family.id, checked.identity)
    else:
        candidate = candidate_from(stored.model_dump(), checked, vault)
    if candidate.earlier is not None:
        await keep_earlier(session, family, candidate.earlier, submission_id=work.old.id, kept_at=work.at)
    await _store(session, work, family, candidate.identity or {})
    return candidate


async def _restate(session: AsyncSession, work: Correcting, family: Family) -> None:
    """Replaces the identity of a family that has no other submission, and moves it to the village that is stated."""
    told, elsewhere = work.checked.identity, work.checked.region != family.region
    if elsewhere:
        await move_family(session, family, work.checked.region)
    known = await _known(session, work, family) if elsewhere or told is not None else None
    if told is not None:
        if known is None:
            await keep_unreadable(session, family)
        await _store(session, work, family, restate_identity(known or {}, told))
    elif elsewhere:
        await _set_keys(session, work, family, known)


async def _known(session: AsyncSession, work: Correcting, family: Family) -> Identity | None:
    """Returns the identity as far as it is known, or None if it cannot be decrypted."""
    try:
        return await decrypt_identity(session, family.id, work.vault)
    except VaultError:
        return None


async def _store(session: AsyncSession, work: Correcting, family: Family, identity: Identity) -> None:
    await store_identity(session, family, identity, work.vault)
    await _set_keys(session, work, family, identity)


async def _set_keys(session: AsyncSession, work: Correcting, family: Family, identity: Identity | None) -> None:
    earlier = [each for _, each in await decrypt_earlier(session, family.id, work.vault)]
    stored = await set_keys(session, family, [identity, *earlier], work.vault)
    # Another card that the family had may be another one's by now. That does not keep it from being corrected.
    if stored is None and work.card is not None and not await holds_card(session, family, work.card, work.vault):
        raise Problem(kinds.CONTENDED)


async def _is_other_card(session: AsyncSession, work: Correcting, family: Family, holder: Family | None) -> bool:
    """Whether the submission states a card number, and its family has another one."""
    if work.checked.card_number is None or holder is not None:
        return False
    card = select(col(FamilyKey.family_id)).where(col(FamilyKey.family_id) == family.id, col(FamilyKey.kind) == "card")
    return await session.scalar(card.limit(1)) is not None


async def _has_open_requests(session: AsyncSession, family: Family) -> bool:
    """Whether a subject request of the family waits to be served."""
    query = select(col(SubjectRequest.id)).where(
        col(SubjectRequest.family_id) == family.id, col(SubjectRequest.status) == "open"
    )
    return await session.scalar(query.limit(1)) is not None


def _was_interviewed(work: Correcting, others: Sequence[Submission]) -> bool:
    """Whether the family was interviewed before in the same year and instrument."""
    if work.purpose != DEFAULT_PURPOSE:
        return False
    year = survey_year(work.checked.surveyed_at, work.checked.region)
    code = work.checked.published.instrument.code
    return any(
        (each.year, each.purpose) == (year, DEFAULT_PURPOSE)
        and each.received_at < work.old.received_at
        and work.catalogue[each.instrument_id].instrument.code == code
        for each in others
    )
