"""Corrects what is stored of a family: who it is, and its submissions, which are checked and scored as new ones are.

A corrected submission keeps its id and the time it was received; its revision grows by one. What it said before is not
kept, but the hash of it is, in the audit log: a receipt that was given for it can still be shown to be true.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.identity.merging import MEMBERS, Identity
from app.models import Submission
from app.platform.vault import Vault, VaultError
from app.problems import Fault, Problem, kinds
from app.schemas.aggregates.affected import AffectedOut
from app.scoring.coding import decode_answers
from app.scoring.score import score
from app.services.aggregates.sums import Changes
from app.services.audit.record import record
from app.services.families.families import move_family
from app.services.families.family_keys import set_keys
from app.services.families.identities import decrypt_identity, store_identity
from app.services.intake.checking import Checked
from app.services.intake.submission_row import SubmissionRow, make_row, replace_row, submissions_of
from app.services.subject_requests.clock import move_requests
from app.services.subject_requests.corrections import Correction, merge_correction, read_correction
from app.services.subject_requests.fulfilment import Fulfilment


async def correct_family(session: AsyncSession, caller: Caller, work: Fulfilment) -> list[AffectedOut]:
    """Puts right what the body (shape: CorrectionIn) says, all of it or nothing (UU 27/2022 art. 6, 30).

    Raises faults with pointers into the body, and region-outside-caller.
    """
    stored = {each.id: each for each in await submissions_of(session, work.family)}
    correction = await read_correction(session, caller, work, stored)
    await _correct_identity(session, caller, work, correction)
    changes = Changes(work.catalogue)
    for key, checked in correction.submissions.items():
        old = stored[key]
        if work.vault.decrypt_hash(key, old.hash_key_id, old.encrypted_hash) == checked.content_hash:
            continue
        new = _row_of(checked, old, work.vault)
        await replace_row(session, new, edition=correction.edition or old.edition)
        changes.take_out(old)
        changes.add(new)
        await _record_submission(session, caller, work, old=old, new=new)
    # A restricted family counts in no sums, and stays out of them.
    return [] if work.family.restricted_at is not None else await changes.store(session)


async def _correct_identity(session: AsyncSession, caller: Caller, work: Fulfilment, correction: Correction) -> None:
    """Seals who the family is, if that changes, and has it found by its numbers, in its region."""
    family = work.family
    known = await _known_identity(session, work, replaced=correction.identity is not None)
    identity = merge_correction(known, correction)
    fields = [name for name in MEMBERS if identity.get(name) != known.get(name)]
    moved = correction.region != family.region
    if not moved and correction.identity is None and not fields:
        return
    if moved:
        await move_family(session, family, correction.region)
        await move_requests(session, work.request, correction.region)
    await store_identity(session, family, identity, work.vault)
    if not await set_keys(session, family, identity, work.vault):
        places = [f"/submissions/{key}/region" for key in correction.submissions]
        places = ["/identity/card_number"] if correction.identity is not None else places
        raise Problem(kinds.FAULTS, faults=[Fault("number_in_use", pointer=place) for place in places])
    if fields:
        subject, request = f"family:{family.id}", str(work.request.id)
        await record(
            session, caller, "identity.correct", region=family.region, subject=subject, request=request, fields=fields
        )


async def _known_identity(session: AsyncSession, work: Fulfilment, *, replaced: bool) -> Identity:
    """The identity as far as it is known; one that cannot be decrypted counts as unknown where it is replaced."""
    try:
        return await decrypt_identity(session, work.family.id, work.vault)
    except VaultError:
        if not replaced:
            raise
        return {}


def _row_of(checked: Checked, old: Submission, vault: Vault) -> SubmissionRow:
    """The row of a corrected submission: scored as a new one, with the id, sender and family of the old one."""
    result = score(checked.submission.answers, checked.published.instrument)
    return make_row(
        old.id, checked, result, vault, sent_by=old.sent_by, family_id=old.family_id, revision=old.revision + 1
    )


def _shown(row: Submission | SubmissionRow, work: Fulfilment) -> dict[str, Any]:
    """What of a submission can differ, by name; stays in memory."""
    instrument = work.catalogue[row.instrument_id].instrument
    answers = decode_answers(row.answers, instrument)
    content_hash = work.vault.decrypt_hash(row.id, row.hash_key_id, row.encrypted_hash)
    return {
        "revision": row.revision,
        "receipt": work.vault.marks(row.id, content_hash)[0] if content_hash is not None else None,
        "instrument": f"{instrument.code} {instrument.version}",
        "region": row.region,
        "surveyed_at": row.surveyed_at.isoformat(),
        "family.head_sex": row.head_sex,
        "family.members": row.members,
        **{f"answers.{code}": answer for code, answer in answers.items()},
    }


async def _record_submission(
    session: AsyncSession, caller: Caller, work: Fulfilment, *, old: Submission, new: SubmissionRow
) -> None:
    """Old and new mark of the receipt, revision and place; of what was said only the names of what changed."""
    before, after = _shown(old, work), _shown(new, work)
    told = ("revision", "receipt", "instrument", "region")
    fields = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    await record(
        session,
        caller,
        "submission.correct",
        region=new.region,
        subject=f"submission:{new.id}",
        family=str(work.family.id),
        request=str(work.request.id),
        fields=[name for name in fields if name not in ("revision", "receipt")],
        before={name: before[name] for name in told},
        after={name: after[name] for name in told},
    )
