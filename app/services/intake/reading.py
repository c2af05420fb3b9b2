"""One submission read back: its receipt and score. Every look is put on record, in the statement that looks."""

from typing import Final
from uuid import UUID

from app.access import Caller
from app.platform.database import Connection, area_of
from app.platform.sql import Statement
from app.platform.vault import Vault
from app.problems import Problem, kinds
from app.schemas.intake.submission import SubmissionOut
from app.scoring.catalogue import Catalogue
from app.services.audit.record import RECORD_READING, entry_values
from app.services.intake.submission_row import RECEIPT_COLUMNS

_LOOK: Final = Statement(
    """
WITH viewer AS MATERIALIZED (SELECT set_config('ikk.area', :area, true) AS area), stored AS MATERIALIZED (
    SELECT found.* FROM viewer CROSS JOIN LATERAL (
        SELECT {receipt_columns},
            (SELECT restricted_at FROM family WHERE id = submission.family_id) AS restricted_at
        FROM submission WHERE id = :id AND viewer.area IS NOT NULL
        OFFSET 0
    ) AS found
), recorded AS (
    {record_reading}
)
SELECT * FROM stored
""",
    receipt_columns=RECEIPT_COLUMNS,
    record_reading=RECORD_READING,
)


async def find_submission(
    connection: Connection, id: UUID, *, caller: Caller, catalogue: Catalogue, vault: Vault
) -> SubmissionOut:
    """One submission with its receipt and score; not-found also where it lies outside the caller's regions.

    Raises family-restricted as long as the family does not want to be processed.
    """
    look = _LOOK.bind(id=id, area=area_of(caller.regions), **entry_values(caller))
    stored = await connection.fetchrow(*look)
    if stored is None or not caller.covers(stored["region"]):
        raise Problem(kinds.NOT_FOUND)
    if stored["restricted_at"] is not None:
        raise Problem(kinds.FAMILY_RESTRICTED)
    content_hash = vault.decrypt_hash(id, stored["hash_key_id"], stored["encrypted_hash"])
    instrument = catalogue[stored["instrument_id"]].instrument
    return SubmissionOut.of_row(id, stored, instrument, content_hash=content_hash)
