"""Decides what becomes of content that is sent under the id of a stored submission.

What equals the stored content, or an earlier revision, gets its receipt. Other content becomes a new revision if the
caller names the stored one with `If-Match` and may correct it, also if it equals an earlier one. Without that it is
kept as a conflict, and a supervisor decides (`held.py`). Content is never dropped without a word, and never replaces
what the device has not seen.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.models import ErasedSubmission, Submission, SubmissionRevision
from app.platform.database import raw_connection
from app.platform.encryption import Vault
from app.platform.receipts import ReceiptSigner
from app.problems import Fault, Problem, fault_in, kinds, read_shape
from app.problems.fault_texts import Texts
from app.problems.problem_texts import TRAINING_ERASED
from app.schemas.intake.correction import CorrectedOut, RevisionOut
from app.schemas.intake.score import ScoreOut
from app.schemas.intake.submission import ReceiptOut, SubmissionIn, SubmissionOut
from app.schemas.intake.why_corrected import WhyCorrectedIn
from app.scoring.catalogue import Catalogue
from app.services.audit.queue import record
from app.services.intake.checking import CORRECTION, Checked
from app.services.intake.corrected_fields import ANSWERS
from app.services.intake.held import keep_conflict
from app.services.intake.receipts import receipt_for_sender
from app.services.intake.revising import Locked, Revised, lock_submission, revise
from app.services.intake.revisions import Why, find_equal, revisions_of
from app.services.intake.sent_before import find_region_faults, knows_stored
from app.services.intake.withheld_answers import find_left_out
from app.services.rounds.places import round_of

IF_MATCH: Final = "If-Match"
_WRITE, _REVIEW = "submissions:write", "submissions:review"
_REVISION: Final = re.compile(r'[ \t]*"(0|[1-9][0-9]{0,8})"[ \t]*', re.ASCII)
_MOST_REVISIONS: Final = 2**15 - 1
_HEADER: Final[Texts] = (
    'Isi If-Match dengan satu nomor revisi dalam tanda kutip, misalnya "1".',
    'Set If-Match to one revision number in quotes, such as "1".',
)
_NOTHING: Final[Texts] = (
    "Tidak ada kiriman yang tersimpan dengan id ini, dan perbaikan ini tidak disimpan. Periksa id-nya.",
    "Nothing is stored under this id, and this correction was not kept. Check the id.",
)
_PARTNER: Final[Texts] = (
    "Perbaikan butuh If-Match dengan nomor revisi yang tersimpan. Kalau ini wawancara baru, hapus correction.",
    "A correction needs If-Match with the revision that is stored. If this is a new interview, remove correction.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says about a correction: the revision of `If-Match`, and why it corrects. Both may be missing."""

    revision: int | None = None
    why: WhyCorrectedIn | None = None

    @property
    def nothing(self) -> bool:
        return self.revision is None and self.why is None


def read_asked(content: Mapping[str, Any], if_match: Sequence[str]) -> tuple[Mapping[str, Any], Asked, list[Fault]]:
    """Returns the body without `correction`, what the request asks, and the faults of `correction` and `If-Match`."""
    revision, why, faults = None, None, list[Fault]()
    if if_match:
        found = _REVISION.fullmatch(if_match[0]) if len(if_match) == 1 else None
        if found is None:
            faults.append(Fault("bad_format", parameter=IF_MATCH, limits={"example": '"1"'}, texts=_HEADER))
        else:
            # No submission has more revisions.
            revision = min(int(found[1]), _MOST_REVISIONS)
    if (stated := content.get(CORRECTION)) is not None:
        why, wrong = read_shape(WhyCorrectedIn, stated, (CORRECTION,))
        faults += wrong
    rest = {name: value for name, value in content.items() if name != CORRECTION}
    return rest, Asked(revision, why), faults


@dataclass(frozen=True, slots=True)
class Sending:
    """Content that is sent under an id, and what it is answered with.

    most: how many open conflicts a device may have
    """

    id: UUID
    content: Mapping[str, Any]
    checked: Checked
    caller: Caller
    asked: Asked
    catalogue: Catalogue
    vault: Vault
    receipts: ReceiptSigner
    most: int


async def answer_sent(session: AsyncSession, sending: Sending) -> SubmissionOut | Problem:
    """Returns what is stored now, or the problem to raise once the transaction is committed.

    The session's area holds the caller's regions and that of the content. Raises problems that keep nothing: faults,
    submission-differs to others than the sender, family-restricted, contended, and too-many-conflicts.
    """
    locked = await lock_submission(session, sending.id, sending.checked, sending.vault)
    if locked is None:
        raise await _why_not_stored(session, sending)
    row, caller, asked = locked.row, sending.caller, sending.asked
    earlier = await revisions_of(session, row.id)
    mine = UUID(caller.id) in _senders(row, earlier)
    reviews = caller.holds(_REVIEW, row.region) and not asked.nothing
    if not mine and not reviews:
        raise Problem(kinds.CONFLICT)
    if (known := await _find_known(session, sending, row, earlier, reviews=reviews)) is not None:
        return known
    if asked.revision is None and asked.why is not None:
        raise Problem(kinds.IF_MATCH_MISSING, revision=row.revision)
    stored = _receipt_of(sending, row)
    own = any(each.sent_by == UUID(caller.id) for each in earlier)
    if asked.nothing and row.revision > 1 and row.corrected_by is None and not own:
        # It was corrected by the family's right, and what was sent before must not come back.
        raise Problem(kinds.CORRECTED, revision=row.revision, stored=stored.model_dump(mode="json"))
    if asked.revision == row.revision:
        await _refuse(session, sending, locked)
        return await _correct(session, sending, locked)
    await _refuse_regions(session, sending)
    held = await keep_conflict(
        session,
        id=row.id,
        content=sending.content,
        checked=sending.checked,
        caller=caller,
        based_on=asked.revision,
        reason=None if asked.why is None else asked.why.reason,
        family_id=row.family_id,
        region=sending.checked.region,
        vault=sending.vault,
        receipts=sending.receipts,
        most=sending.most,
    )
    told: dict[str, Any] = {"stored": stored.model_dump(mode="json"), "held": held.model_dump(mode="json")}
    if asked.revision is None:
        return Problem(kinds.CONFLICT, **told)
    return Problem(kinds.REVISION_STALE, revision=row.revision, **told)


async def find_own(session: AsyncSession, id: UUID, caller: Caller, vault: Vault) -> Submission | None:
    """Returns what the caller sent and is stored under an id, with its family locked. None if nothing is stored.

    Raises submission-differs if it is somebody else's.
    """
    locked = await lock_submission(session, id, None, vault)
    if locked is None:
        return None
    if UUID(caller.id) not in _senders(locked.row, await revisions_of(session, id)):
        raise Problem(kinds.CONFLICT)
    return locked.row


def _senders(row: Submission, earlier: Sequence[SubmissionRevision]) -> set[UUID | None]:
    return {row.sent_by, row.corrected_by, row.assigned_to, *(each.sent_by for each in earlier)}


async def _why_not_stored(session: AsyncSession, sending: Sending) -> Problem:
    erased = await session.get(ErasedSubmission, sending.id)
    if erased is not None and erased.sent_by == UUID(sending.caller.id):
        return Problem(kinds.SUBMISSION_ERASED, detail=TRAINING_ERASED if erased.purpose == "training" else None)
    if sending.asked.revision is not None:
        return Problem(kinds.REVISION_STALE, detail=_NOTHING, revision=None)
    if sending.asked.why is not None:
        return Problem(kinds.FAULTS, faults=[Fault("missing", parameter=IF_MATCH, texts=_PARTNER)])
    return Problem(kinds.CONFLICT)


async def _find_known(
    session: AsyncSession,
    sending: Sending,
    row: Submission,
    earlier: Sequence[SubmissionRevision],
    *,
    reviews: bool,
) -> SubmissionOut | None:
    """Returns the submission, or the earlier revision, whose content was sent again. None if this is other content.

    It is compared only with what the caller sent, or may review, so that nobody else can try out answers.
    """
    caller, vault, value = sending.caller, sending.vault, sending.checked.hashed.value
    instruments = sending.catalogue
    if reviews or knows_stored(caller, row.model_dump()):
        hashed = vault.decrypt_hash(row.id, row.hash_key_id, row.encrypted_hash)
        if hashed is not None and hashed.value == value:
            told = {**row.model_dump(), "received_at": row.revised_at or row.received_at}
            receipt = receipt_for_sender(row.id, told, hashed, sending.receipts)
            await _record_reading(session, sending, row)
            return SubmissionOut.of_row(
                row.id, told, instruments[row.instrument_id].instrument, receipt=receipt, whole=True
            )
    if sending.asked.revision == row.revision:
        # No resend names this revision, because what was sent with it made the next one. It takes a correction back.
        return None
    own = [each for each in earlier if reviews or each.sent_by == UUID(caller.id)]
    same = find_equal(own, value, vault)
    if same is None:
        return None
    told = {**row.model_dump(), **same.model_dump(), "region": same.village, "corrected_by": same.sent_by}
    receipt = receipt_for_sender(row.id, told, sending.checked.hashed, sending.receipts)
    await _record_reading(session, sending, row)
    found = SubmissionOut.of_row(row.id, told, instruments[same.instrument_id].instrument, receipt=receipt, whole=True)
    return RevisionOut(**dict(found), superseded_by=row.revision)


async def _record_reading(session: AsyncSession, sending: Sending, row: Submission) -> None:
    """Audits that somebody else than the sender was told that the content is equal."""
    if UUID(sending.caller.id) != row.sent_by:
        subject = f"submission:{row.id}"
        await record(session, sending.caller, "submission.read", region=row.region, subject=subject, restricted=False)


def _receipt_of(sending: Sending, row: Submission) -> ReceiptOut:
    """Returns the receipt of what is stored, with its hash if the caller sent that."""
    hashed = None
    if sending.caller.sent(row.sent_by, row.revision, row.corrected_by):
        hashed = sending.vault.decrypt_hash(row.id, row.hash_key_id, row.encrypted_hash)
    told = {**row.model_dump(), "received_at": row.revised_at or row.received_at}
    return receipt_for_sender(row.id, told, hashed, sending.receipts)


async def _refuse_regions(session: AsyncSession, sending: Sending) -> None:
    faults = await find_region_faults(await raw_connection(session), sending.content, sending.checked.day)
    if faults := faults if sending.checked.retired is None else [*faults, sending.checked.retired]:
        raise Problem(kinds.FAULTS, faults=faults)


async def _refuse(session: AsyncSession, sending: Sending, locked: Locked) -> None:
    """Raises why the caller may not correct the submission, if so.

    A supervisor may correct what lies in the area before and after. Its sender, or whoever corrects in the sender's
    place, may do so while the round is open, or while a supervisor waits for it.
    """
    row, caller, checked = locked.row, sending.caller, sending.checked
    if sending.asked.why is None:
        raise Problem(kinds.FAULTS, faults=[fault_in(SubmissionIn, "missing", (CORRECTION,))])
    if locked.family.restricted_at is not None:
        raise Problem(kinds.FAMILY_RESTRICTED)
    answers = dict(sending.content["answers"])
    if left_out := find_left_out(row, answers, checked, caller, sending.catalogue, sending.vault):
        raise Problem(kinds.FAULTS, faults=left_out)
    reviewed = [caller.holds(_REVIEW, each) for each in (row.region, checked.region)]
    if all(reviewed):
        return
    if UUID(caller.id) not in (row.sent_by, row.assigned_to):
        raise Problem(kinds.FORBIDDEN_REGION if any(reviewed) else kinds.CONFLICT)
    if not all(caller.holds(_WRITE, each) for each in (row.region, checked.region)):
        raise Problem(kinds.FORBIDDEN_REGION)
    code = sending.catalogue[row.instrument_id].instrument.code
    after = checked.published.instrument.code
    connection = await raw_connection(session)
    rounds = (
        await round_of(connection, region=row.region, instrument=code, surveyed_at=row.surveyed_at),
        await round_of(connection, region=checked.region, instrument=after, surveyed_at=checked.surveyed_at),
    )
    found = {each.status for each in rounds if each is not None}
    if "settled" in found:
        raise Problem(kinds.ROUND_SETTLED)
    if row.review != "returned" and "closed" in found:
        raise Problem(kinds.ROUND_CLOSED)


async def _correct(session: AsyncSession, sending: Sending, locked: Locked) -> RevisionOut:
    why, checked = sending.asked.why, sending.checked
    assert why is not None  # noqa: S101 (`_refuse` has looked)
    done = await revise(
        session,
        locked,
        checked,
        sending.caller,
        Why(why.reason, why.note),
        catalogue=sending.catalogue,
        vault=sending.vault,
    )
    return show_revision(sending, done)


def show_revision(sending: Sending, done: Revised) -> RevisionOut:
    """Returns a new revision to whoever sent its content."""
    row, old, checked = done.row, done.old, sending.checked
    told = {**row._asdict(), "received_at": done.at, "uncounted": done.uncounted, "corrected_by": sending.caller.id}
    receipt = receipt_for_sender(row.id, told, checked.hashed, sending.receipts)
    shown = SubmissionOut.of_row(row.id, told, checked.published.instrument, receipt=receipt, whole=True)
    whole = sending.caller.reads_whole(old.region, old.sent_by, old.revision, old.corrected_by)
    before = sending.catalogue[old.instrument_id].instrument
    sensitive = frozenset() if whole else before.sensitive_questions | checked.published.instrument.sensitive_questions
    answers = [each.removeprefix(ANSWERS) for each in done.changed if each.startswith(ANSWERS)]
    corrected = CorrectedOut(
        replaced=old.revision,
        index_before=ScoreOut.of_outcomes(old.outcomes, before, whole=whole).index,
        index_after=shown.score.index,
        changed=[each for each in answers if each.removesuffix("_specify") not in sensitive],
        members=[each for each in done.changed if not each.startswith(ANSWERS)],
    )
    return RevisionOut(**dict(shown), corrected=corrected)
