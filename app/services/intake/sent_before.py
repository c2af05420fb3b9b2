"""Explains why a submission was not stored. It was sent before, its id is in use, or its region was not in force."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.access import Caller
from app.platform.database import Connection, area_of
from app.platform.encryption import Vault
from app.platform.receipts import ReceiptSigner
from app.platform.sql import Statement
from app.problems import Fault, Problem, kinds
from app.problems.problem_texts import TRAINING_ERASED
from app.schemas.intake.submission import SubmissionOut
from app.scoring.catalogue import Catalogue
from app.services.intake.checking import Checked, check_submission, interview_day, region_of
from app.services.intake.device_clock import RIGHT
from app.services.intake.receipts import receipt_for_sender
from app.services.intake.submission_table import RECEIPT_COLUMNS
from app.services.reference.standing import find_standings

_STORED: Final = Statement(
    """
SELECT stored.*, erased.sent_by AS erased_from, erased.purpose AS erased_purpose
FROM (SELECT set_config('ikk.area', :area, true) AS area) AS viewer LEFT JOIN LATERAL (
    SELECT {receipt_columns}, assigned_to, (
        SELECT count(*) FROM submission_revision
        WHERE submission_revision.submission_id = submission.id AND submission_revision.sent_by = :sender::uuid
    ) > 0 AS sent_earlier
    FROM submission WHERE id = :id AND viewer.area IS NOT NULL
    OFFSET 0
) AS stored ON true LEFT JOIN erased_submission AS erased ON erased.id = :id
""",
    receipt_columns=RECEIPT_COLUMNS,
)
_OWN: Final = Statement("SELECT own FROM sent_anywhere(ARRAY[:id::uuid], :sender::uuid)")

_ERASED: Final = Statement("SELECT purpose FROM sent_anywhere(ARRAY[:id::uuid], :sender::uuid) WHERE own AND erased")


async def is_own(connection: Connection, id: UUID, caller: Caller) -> bool:
    """Whether the caller has sent what is stored, or was erased, under the id, in whatever region that was."""
    return bool(await connection.fetchval(*_OWN.bind(id=id, sender=UUID(caller.id))))


async def refuse_erased(connection: Connection, id: UUID, caller: Caller) -> None:
    """Raises submission-erased if the caller sent what was erased under the id."""
    row = await connection.fetchrow(*_ERASED.bind(id=id, sender=UUID(caller.id)))
    if row is not None:
        raise Problem(kinds.SUBMISSION_ERASED, detail=TRAINING_ERASED if row["purpose"] == "training" else None)


async def find_sent(
    connection: Connection,
    id: UUID,
    *,
    content: Mapping[str, Any],
    checked: Checked,
    caller: Caller,
    vault: Vault,
    receipts: ReceiptSigner,
) -> SubmissionOut | None:
    """Returns the receipt of what was sent before under the id, or None if the sender sends other content now.

    Raises the problem that explains why there is neither.

    Only the sender learns whether the content is equal. Everyone else gets the same problem for equal and for other
    content, because answers could be tried out against it. A version that was retired in the meantime only stops what
    is not stored.
    """
    # Who sent it is told of it, although its region may not be the sender's any more.
    regions = dict.fromkeys([*caller.regions, checked.region])
    stored = await connection.fetchrow(*_STORED.bind(id=id, area=area_of(list(regions)), sender=UUID(caller.id)))
    if stored["erased_from"] == UUID(caller.id):
        training = stored["erased_purpose"] == "training"
        raise Problem(kinds.SUBMISSION_ERASED, detail=TRAINING_ERASED if training else None)
    # There is no sender if it was sent from yet another region.
    senders = {stored["sent_by"], stored["corrected_by"], stored["assigned_to"]}
    own = UUID(caller.id) in senders or bool(stored["sent_earlier"])
    if knows_stored(caller, stored):
        hashed = vault.decrypt_hash(id, stored["hash_key_id"], stored["encrypted_hash"])
        if hashed is not None and hashed.value == checked.hashed.value:
            # Whoever sends the same content knows the answers.
            receipt = receipt_for_sender(id, stored, hashed, receipts)
            return SubmissionOut.of_row(id, stored, checked.published.instrument, receipt=receipt, whole=True)
    faults = await find_region_faults(connection, content, checked.day)
    if faults := faults if checked.retired is None else [*faults, checked.retired]:
        raise Problem(kinds.FAULTS, faults=faults)
    if not own:
        raise Problem(kinds.CONFLICT)
    return None


def knows_stored(caller: Caller, stored: Mapping[str, Any]) -> bool:
    """Whether the caller sent what is stored, or sent the submission that was then corrected by the family's right.

    Such a correction has a salt that nobody knows, so that its content cannot be guessed. What a supervisor repaired
    before it was stored is known to both.
    """
    first = stored["corrected_by"] is None or stored["revision"] == 1
    return caller.id in (str(stored["corrected_by"]), str(stored["sent_by"] if first else None))


async def find_faults(
    connection: Connection,
    id: UUID | None,
    content: Mapping[str, Any],
    *,
    caller: Caller,
    catalogue: Catalogue,
    latest: datetime,
    ahead: timedelta = RIGHT,
) -> list[Fault]:
    """Returns all faults of a submission that cannot be stored for another reason. None for regions of others."""
    region = region_of(content)
    if region is not None and not caller.covers(region):
        return []
    checked, faults = check_submission(id, content, catalogue, latest, ahead)
    retired = [] if checked is None or checked.retired is None else [checked.retired]
    return [*faults, *retired, *await find_region_faults(connection, content, interview_day(content, latest, ahead))]


async def find_region_faults(connection: Connection, content: Mapping[str, Any], day: date | None) -> list[Fault]:
    """Returns the fault of a region that is no village or was not in force on the day, if the body names a region.

    Without a day, it only finds codes that are no village in any edition.
    """
    region = region_of(content)
    if region is None:
        return []
    asked = (region, day or date.max)
    standing = (await find_standings(connection, [asked]))[asked]
    if standing.level != "village":
        return [Fault("unknown_region", pointer="/region")]
    if day is None or standing.edition is not None:
        return []
    return [standing.fault("/region", unknown="unknown_region")]
