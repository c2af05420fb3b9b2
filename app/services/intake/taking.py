"""Takes a submission, which a device can safely send again.

The submission is checked (`checking.py`) and scored, and the identity is encrypted for the family. Then one statement
stores the row, the family with its identity, keys and consent, the sums of the village, the audit entry and the event.
The statement bypasses the ORM, which took most of the time of a request.

The first interview of a family counts at once. For a family that is known already, `counting.py` decides afterwards in
the same transaction, with the family locked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg

from app.access import Caller
from app.platform.codes import make_receipt_code
from app.platform.database import Connection, area_of
from app.platform.encryption import Vault
from app.platform.receipts import ReceiptSigner
from app.platform.sql import Statement
from app.problems import Problem, kinds, unauthenticated
from app.problems.warning_texts import WarningCode
from app.schemas.intake.counts import Uncounted
from app.schemas.intake.purpose import DEFAULT_PURPOSE, Purpose
from app.schemas.intake.score import ScoreOut
from app.schemas.intake.submission import SubmissionOut
from app.scoring.catalogue import Catalogue
from app.scoring.score import Score
from app.services.aggregates.sums import ADD_TO_SUMS, no_values, values_of_first
from app.services.audit.queue import RECORD_TAKING, entry_values
from app.services.families.consents import AGREE, agree_values
from app.services.families.earlier_identities import KEEP_EARLIER
from app.services.families.families import MAKE_FAMILY
from app.services.families.family_keys import ADD_NIKS, CLAIM_CARD, DROP_OTHER_NIKS, lookups_of
from app.services.families.identities import STORE_IDENTITY
from app.services.intake.candidates import INTERVIEWED_BEFORE, Candidate, candidate_from, family_values
from app.services.intake.checking import Checked, check_submission, interview_day, region_of, without_identity
from app.services.intake.counting import settle_counts
from app.services.intake.events import RECORD_TAKEN
from app.services.intake.receipts import receipt_for_sender
from app.services.intake.sent_before import find_region_faults, find_sent, is_own
from app.services.intake.submission_table import INSERT_ROW, UNDECIDED, SubmissionRow, make_row, values_of
from app.services.reference.regions_in_force import REGIONS_IN_FORCE

# `known` has a row if the region was a village on the day of the interview, the id is neither stored nor erased, and
# the sender is in training or not as the token says. Its family is the one that holds the card. Its warnings tell of a
# salt that is stored for the same sender, because the mark of a salt is that of one sender. `chosen` has a row if the
# family is the one for which the identity was encrypted. An identity is encrypted for one family only. So if another
# family turns out to hold the card, the statement returns that family and runs again for it, after the family was
# locked. Subqueries that name village.area or known.edition run after the area is set. Before that, row-level security
# shows them nothing.
_PATIENCE: Final = "3s"
"""How long a submission waits for a row that others hold. It is shorter than the time limit of a statement."""
_SALT_USED: Final[WarningCode] = "salt_used_before"
_TAKE: Final = Statement(
    """
WITH village AS MATERIALIZED (
    SELECT region.edition, set_config('ikk.area', :area::text, true) AS area,
        set_config('lock_timeout', '{patience}', true) AS patience
    FROM {regions}
    WHERE region.code = :region AND region.level = 'village'
), known AS MATERIALIZED (
    SELECT village.edition, (
        SELECT family_id FROM family_key
        WHERE digest = ANY (:card_lookups::bytea[]) AND region = :region AND kind = 'card' AND village.area IS NOT NULL
        LIMIT 1
    ) AS family_id, CASE WHEN (
        SELECT count(*) FROM submission WHERE salt_mark = ANY (:salt_marks::bytea[])
        AND (purpose = 'training') = (:purpose = 'training') AND village.area IS NOT NULL
    ) > 0 THEN ARRAY['{salt_used}']::varchar[] ELSE ARRAY[]::varchar[] END AS warnings
    FROM village
    WHERE (SELECT count(*) FROM submission WHERE id = :id AND village.area IS NOT NULL) = 0
    AND NOT EXISTS (SELECT FROM erased_submission WHERE id = :id)
    AND NOT EXISTS (SELECT FROM person WHERE id = :sent_by AND training <> :in_training)
), carded AS (
    {claim_card}
), chosen AS MATERIALIZED (
    SELECT known.edition, known.warnings FROM known
    WHERE known.family_id IS NULL AND :new AND (SELECT count(*) FROM carded) = cardinality(:card_digests::bytea[])
    UNION ALL
    SELECT known.edition, known.warnings || CASE WHEN :again AND EXISTS (
        SELECT FROM submission WHERE submission.family_id = :family_id AND submission.year = :year
        AND submission.instrument_id = ANY (:versions::smallint[]) AND submission.purpose = 'interview'
        AND known.edition IS NOT NULL
    ) THEN ARRAY['{again}']::varchar[] ELSE ARRAY[]::varchar[] END
    FROM known WHERE known.family_id = :family_id AND NOT :new
), taken AS (
    {insert_row}
), made AS (
    {make_family}
), kept AS (
    {store_identity}
), kept_aside AS (
    {keep_earlier}
), left_behind AS (
    {drop_other_niks}
), named AS (
    {add_niks}
), agreed AS (
    {agree}
), added AS (
    {add_to_sums}
), recorded AS (
    {record_taking}
), told AS (
    {record_taken}
)
SELECT taken.received_at, taken.warnings, EXISTS (SELECT FROM chosen) AS chosen, known.family_id,
    there.key_id, there.encrypted, there.basis
FROM known LEFT JOIN taken ON true LEFT JOIN LATERAL (
    SELECT key_id, encrypted, basis FROM family_identity
    WHERE family_id = known.family_id AND taken.received_at IS NULL
) AS there ON true
""",
    patience=_PATIENCE,
    again=INTERVIEWED_BEFORE,
    salt_used=f"{_SALT_USED} /salt",
    regions=REGIONS_IN_FORCE,
    claim_card=CLAIM_CARD,
    insert_row=INSERT_ROW,
    make_family=MAKE_FAMILY,
    store_identity=STORE_IDENTITY,
    keep_earlier=KEEP_EARLIER,
    drop_other_niks=DROP_OTHER_NIKS,
    add_niks=ADD_NIKS,
    agree=AGREE,
    add_to_sums=ADD_TO_SUMS,
    record_taking=RECORD_TAKING,
    record_taken=RECORD_TAKEN,
)
_LOCK: Final = Statement(
    """
SELECT held.* FROM (
    SELECT set_config('ikk.area', :area, true) AS area, set_config('lock_timeout', '{patience}', true) AS patience
) AS viewer CROSS JOIN LATERAL (
    SELECT family.id AS family_id, family_identity.key_id, family_identity.encrypted, family_identity.basis
    FROM family JOIN family_identity ON family_identity.family_id = family.id
    WHERE family.id = :id AND viewer.area IS NOT NULL
    FOR NO KEY UPDATE
) AS held
""",
    patience=_PATIENCE,
)
_OUTDATED: Final = Statement("SELECT EXISTS (SELECT FROM person WHERE id = :id AND training <> :in_training)")
_IN_TRAINING: Final = "in_training /purpose"
_ATTEMPTS: Final = 10
"""The second is for a family that is known already. Each further one follows from what others did meanwhile."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """Everything about a submission but its family. `fixed` holds the parameters that never change."""

    row: SubmissionRow
    checked: Checked
    result: Score
    fixed: Mapping[str, Any]
    vault: Vault
    catalogue: Catalogue

    def values_for(self, family: Candidate) -> dict[str, Any]:
        """Returns the parameters of `_TAKE` if the submission is the family's."""
        warnings = family.warnings_after(self.row.warnings)
        row = replace(self.row, family_id=family.id, warnings=warnings)
        counts = family.new and row.uncounted == UNDECIDED
        row = replace(row, uncounted=None) if counts else row
        sums = values_of_first(row, self.result, self.catalogue) if counts else no_values()
        return {**self.fixed, **values_of(row), **sums, **family_values(family, row, self.checked, self.vault)}


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The family that a submission was tried for, the row of `_TAKE`, and why the submission does not count."""

    family: Candidate
    found: Mapping[str, Any] | None
    uncounted: Uncounted | None = None


async def take_submission(
    connection: Connection,
    content: Mapping[str, Any],
    *,
    id: UUID,
    caller: Caller,
    catalogue: Catalogue,
    vault: Vault,
    receipts: ReceiptSigner,
    latest: datetime,
) -> tuple[SubmissionOut, bool]:
    """Stores and scores a submission. Returns its receipt, and True if it is new or False if it was sent before.

    `latest` is the last moment an interview may have. If it raises faults, region-outside-caller or submission-erased,
    it stores nothing. If it raises submission-differs or submission-corrected, it keeps what is stored. No matter how
    many send the same submission at once, one is stored and all get its receipt. No matter how many send one card from
    a village at once, they become one family, which counts once a year. The sender gets the receipt of what was sent
    before also if the region is no longer the caller's. Raises `unauthenticated` if the sender was put in training or
    taken out after the token was read.
    """
    region = region_of(content)
    outside = region is not None and not caller.covers(region)
    if outside and not await is_own(connection, id, caller):
        raise Problem(kinds.FORBIDDEN_REGION)
    checked, faults = check_submission(id, content, catalogue, latest)
    if checked is None:
        day = interview_day(content, latest)
        raise Problem(kinds.FAULTS, faults=[*faults, *await find_region_faults(connection, content, day)])
    known: dict[str, Any] = {
        "content": content,
        "checked": checked,
        "caller": caller,
        "vault": vault,
        "receipts": receipts,
    }
    if outside or checked.retired is not None:
        return await find_sent(connection, id, **known), False
    purpose: Purpose = "training" if caller.training else checked.purpose or DEFAULT_PURPOSE
    if purpose == "training":
        checked = without_identity(checked)
    if caller.training:
        checked = replace(checked, warnings=[*checked.warnings, _IN_TRAINING])
    draft = _draft(id, checked, purpose, caller, catalogue, vault)
    family = Candidate(draft.row.family_id, checked.identity)
    for _ in range(_ATTEMPTS):
        attempt = await _attempt(connection, family, draft)
        found = attempt.found
        if found is not None and found["received_at"] is not None:
            return _receipt(draft, attempt, found, receipts), True
        if found is None:
            await _refuse_outdated(connection, caller)
        if found is None or found["chosen"]:
            return await find_sent(connection, id, **known), False
        family = candidate_from(found, checked, vault)
    raise _contended()


def _draft(id: UUID, checked: Checked, purpose: Purpose, caller: Caller, catalogue: Catalogue, vault: Vault) -> _Draft:
    """Scores a valid submission for a new family. Returns it with all parameters that hold for any family."""
    instrument = checked.published.instrument
    result = checked.published.compiled.scores.score(checked.taken.bases)
    salt = checked.hashed.salt
    fixed = {
        "area": area_of(caller.regions),
        "in_training": caller.training,
        "day": checked.day,
        "versions": [each.id for each in catalogue if each.instrument.code == instrument.code],
        "number_lookups": lookups_of(checked.identity, vault),
        "salt_marks": [] if salt is None else vault.salt_marks(UUID(caller.id), salt),
        **agree_values(checked.consent),
        **entry_values(caller),
    }
    code = make_receipt_code()
    row = make_row(id, checked, result, vault, sent_by=UUID(caller.id), family_id=uuid4(), code=code, purpose=purpose)
    return _Draft(row, checked, result, fixed, vault, catalogue)


def _receipt(draft: _Draft, attempt: _Attempt, found: Mapping[str, Any], receipts: ReceiptSigner) -> SubmissionOut:
    row = draft.row
    stored = {"revision": row.revision, "region": row.region, "received_at": found["received_at"], "code": row.code}
    return SubmissionOut.of(
        row.id,
        attempt.family.id,
        receipt_for_sender(row.id, stored, draft.checked.hashed, receipts),
        ScoreOut.of(draft.result, draft.checked.published.instrument),
        found["warnings"],
        draft.checked.published.instrument,
        uncounted=attempt.uncounted,
        purpose=row.purpose,
    )


async def _attempt(connection: Connection, family: Candidate, draft: _Draft) -> _Attempt:
    """Tries to store the submission for a family. A family that is known is locked first and merged as it is then.

    Nobody else changes the family until the submission is stored and it is decided what counts. Raises contended if
    others hold what it needs for too long.
    """
    try:
        if family.new:
            reason = None if draft.row.purpose == "interview" else draft.row.purpose
            return _Attempt(family, await _try(connection, draft.values_for(family)), reason)
        async with connection.transaction():
            held = await connection.fetchrow(*_LOCK.bind(id=family.id, area=draft.fixed["area"]))
            if held is not None:
                family = candidate_from(held, draft.checked, draft.vault)
            found = await _try(connection, draft.values_for(family))
            if found is None or found["received_at"] is None:
                return _Attempt(family, found)
            settled = await settle_counts(connection, [family.id], draft.catalogue)
            return _Attempt(family, found, settled.reasons[draft.row.id])
    except asyncpg.LockNotAvailableError:
        raise _contended() from None


async def _refuse_outdated(connection: Connection, caller: Caller) -> None:
    """Raises `unauthenticated` if the sender was put in training, or taken out, after the token was read.

    The app then gets a new token, sends again, and the submission is stored under the new mark.
    """
    if await connection.fetchval(*_OUTDATED.bind(id=UUID(caller.id), in_training=caller.training)):
        raise unauthenticated()


def _contended() -> Problem:
    return Problem(kinds.CONTENDED)


async def _try(connection: Connection, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Returns the row of `_TAKE`, or None if the region was no village that day, or if the id is stored or erased."""
    try:
        row: Mapping[str, Any] | None = await connection.fetchrow(*_TAKE.bind(**values))
    except asyncpg.ForeignKeyViolationError:
        # Others used the id at this very moment. The card was claimed for a family that was not stored then.
        return None
    return row
