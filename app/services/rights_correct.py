"""Corrects what is stored of a family: who it is, and its submissions, which are checked and scored as new ones are.

A corrected submission keeps its id and the time it was received; its revision grows by one. What it said before is not
kept, but the hash of it is, in the audit log: a receipt that was given for it can still be shown to be true.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import problems
from app.audit import record
from app.intake import Checked
from app.models import Submission
from app.problems import Fault, Problem
from app.rights.corrections import MEMBERS, Correction, read_correction
from app.rights.families import Fulfilment, submissions_of
from app.rights.identities import merge_correction, move_family, read_identity, seal_identity, set_keys
from app.rights.sums import Place, add_to_sums, place_of, weight_of
from app.schemas.subject_request import AffectedOut
from app.scoring.coding import decode_answers, encode_answers
from app.scoring.estimate import units
from app.scoring.score import score
from app.security import Caller, Vault


async def correct_family(session: AsyncSession, caller: Caller, work: Fulfilment) -> list[AffectedOut]:
    """Puts right what the body (shape: CorrectionIn) says, all of it or nothing (UU 27/2022 art. 6, 30).

    Raises faults with pointers into the body, and region-outside-caller.
    """
    stored = {each.id: each for each in await submissions_of(session, work.family)}
    correction = await read_correction(session, caller, work, stored)
    await _correct_identity(session, caller, work, correction)
    changes: dict[Place, int] = {}
    for key, checked in correction.submissions.items():
        row = stored[key]
        if work.vault.open_hash(key, row.hash_key_id, row.sealed_hash) == checked.content_hash:
            continue
        changes[place_of(row)] = changes.get(place_of(row), 0) - weight_of(row, work.catalogue)
        before = _shown(row, work)
        _change(row, checked, correction.edition, work.vault)
        changes[place_of(row)] = changes.get(place_of(row), 0) + weight_of(row, work.catalogue)
        await _record_submission(session, caller, work, row, before=before)
    await session.flush()
    # A restricted family is in no sums, and stays out of them.
    return [] if work.family.restricted_at is not None else await add_to_sums(session, changes, work.catalogue)


async def _correct_identity(session: AsyncSession, caller: Caller, work: Fulfilment, correction: Correction) -> None:
    """Seals who the family is, if that changes, and has it found by its numbers, in its region."""
    family = work.family
    known = await read_identity(session, work, replaced=correction.identity is not None)
    identity = merge_correction(known, correction)
    fields = [name for name in MEMBERS if identity.get(name) != known.get(name)]
    moved = correction.region != family.region
    if not moved and correction.identity is None and not fields:
        return
    if moved:
        await move_family(session, work, correction.region)
    await seal_identity(session, work, identity)
    if not await set_keys(session, work, identity):
        places = [f"/submissions/{key}/region" for key in correction.submissions]
        places = ["/identity/card_number"] if correction.identity is not None else places
        raise Problem(problems.FAULTS, faults=[Fault("number_in_use", pointer=place) for place in places])
    if fields:
        subject, request = f"family:{family.id}", str(work.request.id)
        await record(
            session, caller, "identity.correct", region=family.region, subject=subject, request=request, fields=fields
        )


def _change(row: Submission, checked: Checked, edition: str | None, vault: Vault) -> None:
    """Gives a stored submission the content of another, scored."""
    submission, instrument = checked.submission, checked.published.instrument
    result = score(submission.answers, instrument)
    row.revision += 1
    row.instrument_id = checked.published.id
    row.region, row.edition = submission.region, edition or row.edition
    row.year, row.surveyed_at = checked.year, submission.surveyed_at.astimezone(UTC)
    row.head_sex, row.members = submission.family.head_sex, submission.family.members
    row.answers = encode_answers(submission.answers, instrument)
    row.outcomes = result.outcomes
    row.index_units = None if result.index is None else units(result.index)
    row.hash_key_id, row.sealed_hash = vault.seal_hash(row.id, checked.content_hash)
    row.warnings = checked.warnings


def _shown(row: Submission, work: Fulfilment) -> dict[str, Any]:
    """What of a submission can differ, by name; stays in memory."""
    instrument = work.catalogue[row.instrument_id].instrument
    answers = decode_answers(row.answers, instrument)
    content_hash = work.vault.open_hash(row.id, row.hash_key_id, row.sealed_hash)
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
    session: AsyncSession, caller: Caller, work: Fulfilment, row: Submission, *, before: Mapping[str, Any]
) -> None:
    """Old and new mark of the receipt, revision and place; of what was said only the names of what changed."""
    after = _shown(row, work)
    told = ("revision", "receipt", "instrument", "region")
    fields = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    await record(
        session,
        caller,
        "submission.correct",
        region=row.region,
        subject=f"submission:{row.id}",
        family=str(work.family.id),
        request=str(work.request.id),
        fields=[name for name in fields if name not in ("revision", "receipt")],
        before={name: before[name] for name in told},
        after={name: after[name] for name in told},
    )
