"""Corrects a family's identity and submissions. Corrected submissions are checked and scored as new ones are.

A corrected submission keeps its id and the time it was received, and its revision grows by one. The service does not
keep its old content, nor any revision before, nor what reviewers wrote on them. The audit log keeps the mark of the
old content hash, so that an old receipt can still be proven.
If an identity is corrected, what the other submissions say of its people follows (`renewing.py`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.identity.merging import MEMBERS, Identity
from app.models import Submission
from app.platform.database import raw_connection
from app.platform.encryption import Vault, VaultError
from app.problems import Fault, Problem, kinds
from app.schemas.aggregates.affected import AffectedOut
from app.services.audit.queue import record
from app.services.families.earlier_identities import decrypt_earlier, earlier_of, keep_unreadable, submissions_told
from app.services.families.family_keys import set_keys
from app.services.families.identities import decrypt_identity, store_identity
from app.services.families.moving import move_family
from app.services.intake.checking import Checked
from app.services.intake.corrected_fields import Replaced, record_correction
from app.services.intake.counting import settle_counts
from app.services.intake.held import move_conflicts
from app.services.intake.review_history import drop_comments_on, relocate_moves
from app.services.intake.revisions import drop_revisions
from app.services.intake.scores import score_family
from app.services.intake.submission_table import SubmissionRow, make_row, replace_row, submissions_of
from app.services.subject_requests.correction_body import Correction, merge_correction, read_correction
from app.services.subject_requests.fulfilment import Fulfilment
from app.services.subject_requests.renewing import renewed_row
from app.services.subject_requests.subject_requests import move_requests


async def correct_family(session: AsyncSession, caller: Caller, work: Fulfilment) -> list[AffectedOut]:
    """Corrects what a body of shape CorrectionIn says, all of it or nothing (UU 27/2022 art. 6, 30).

    Returns the aggregates that changed. Raises faults with pointers into the body, and region-outside-caller.
    """
    stored = {each.id: each for each in await submissions_of(session, work.family)}
    correction = await read_correction(session, caller, work, stored)
    people_told = await _correct_identity(session, caller, work, correction)
    rows = {}
    for key, checked in correction.submissions.items():
        old = stored[key]
        hashed = work.vault.decrypt_hash(key, old.hash_key_id, old.encrypted_hash)
        if hashed is None or hashed.value != checked.hashed.value:
            rows[key] = _row_of(checked, old, work.vault)
    if people_told and correction.identity is not None:
        rows |= await _renewed_rows(session, work, correction, list(stored.values()))
    gone, at = [], datetime.now(UTC)
    for key, new in rows.items():
        old = stored[key]
        edition = correction.editions.get(key, old.edition)
        await replace_row(session, old, new, edition=edition, at=at, after_settlement=old.after_settlement)
        if old.region != new.region:
            await relocate_moves(session, [key], new.region)
            await move_conflicts(session, key, new.family_id, region=new.region)
        gone.append(old)
        change = Replaced(old, new, work.catalogue, work.vault)
        await record_correction(session, caller, change, family=work.family, request=str(work.request.id))
    await drop_revisions(session, list(rows))
    await drop_comments_on(session, list(rows))
    connection = await raw_connection(session)
    return (await settle_counts(connection, [work.family.id], work.catalogue, gone=gone)).affected


async def _renewed_rows(
    session: AsyncSession, work: Fulfilment, correction: Correction, stored: Sequence[Submission]
) -> dict[UUID, SubmissionRow]:
    """Returns the rows whose people are others than in the corrected identity, by id.

    These are neither what the correction sends itself, nor interviews of other people whose identity was kept aside.
    """
    earlier = await earlier_of(session, work.family.id)
    others = {told for each in earlier for told in submissions_told(each, earlier, stored)}
    people = (correction.identity or {}).get("people", [])
    rows = {}
    for old in stored:
        if old.id not in correction.submissions and old.id not in others:
            new = renewed_row(old, people, work.catalogue[old.instrument_id], work.vault)
            if new is not None:
                rows[old.id] = new
    return rows


async def _correct_identity(session: AsyncSession, caller: Caller, work: Fulfilment, correction: Correction) -> bool:
    """Stores and audits the family's identity if it changes. Returns whether its people change or are told again.

    Moves the family to its region, and replaces the digests by which the family is found.
    """
    family = work.family
    known = await _known_identity(session, work, replaced=correction.identity is not None)
    identity = merge_correction(known, correction)
    fields = [name for name in MEMBERS if identity.get(name) != known.get(name)]
    moved = correction.region != family.region
    if not moved and correction.identity is None and not fields:
        return False
    if moved:
        await move_family(session, family, correction.region)
        await move_requests(session, work.request, correction.region)
    await store_identity(session, family, identity, work.vault)
    earlier = [each for _, each in await decrypt_earlier(session, family.id, work.vault)]
    if await set_keys(session, family, [identity, *earlier], work.vault) is None:
        pointers = [f"/submissions/{key}/region" for key in correction.submissions]
        pointers = ["/identity/card_number"] if correction.identity is not None else pointers
        raise Problem(kinds.FAULTS, faults=[Fault("number_in_use", pointer=pointer) for pointer in pointers])
    if fields:
        subject, request = f"family:{family.id}", str(work.request.id)
        await record(
            session, caller, "identity.correct", region=family.region, subject=subject, request=request, fields=fields
        )
    return "people" in fields or bool((correction.identity or {}).get("people"))


async def _known_identity(session: AsyncSession, work: Fulfilment, *, replaced: bool) -> Identity:
    """Returns the identity as far as it is known. Raises VaultError.

    An identity that cannot be decrypted counts as unknown if the correction replaces it, and is kept aside.
    """
    try:
        return await decrypt_identity(session, work.family.id, work.vault)
    except VaultError:
        if not replaced:
            raise
        await keep_unreadable(session, work.family)
        return {}


def _row_of(checked: Checked, old: Submission, vault: Vault) -> SubmissionRow:
    """Returns the row of a corrected submission, scored as a new one.

    Id, sender, family, receipt code and purpose stay the same.
    """
    score = score_family(checked.taken.bases, checked.published.instrument)
    kept: dict[str, Any] = {name: getattr(old, name) for name in ("sent_by", "family_id", "code", "purpose")}
    return make_row(old.id, checked, score, vault, **kept, revision=old.revision + 1)
