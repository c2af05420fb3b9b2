"""One submission read back: its receipt and score. Every look is put on record, in the statement that looks."""

from typing import Final
from uuid import UUID

from app import problems
from app.audit import REQUEST_ID
from app.database import Connection, area_of
from app.problems import Problem
from app.schemas.submission import SubmissionOut
from app.scoring.catalogue import Catalogue
from app.security import Caller, Vault

_LOOK: Final = """
WITH scope AS MATERIALIZED (SELECT set_config('ikk.area', $2, true) AS area), stored AS MATERIALIZED (
    SELECT found.* FROM scope CROSS JOIN LATERAL (
        SELECT revision, region, family_id, instrument_id, received_at, outcomes, hash_key_id, sealed_hash, warnings,
            (SELECT restricted_at FROM family WHERE id = submission.family_id) AS restricted_at
        FROM submission WHERE id = $1 AND scope.area IS NOT NULL
        OFFSET 0
    ) AS found
), recorded AS (
    INSERT INTO audit_queue (kind, caller_kind, caller_id, region, subject, request_id, detail)
    SELECT 'submission.read', $3::text, $4::text, region, 'submission:' || $1::uuid, $5::text,
        jsonb_build_object('restricted', restricted_at IS NOT NULL)
    FROM stored
)
SELECT * FROM stored
"""


async def find_submission(
    connection: Connection, id: UUID, *, caller: Caller, catalogue: Catalogue, vault: Vault
) -> SubmissionOut:
    """One submission with its receipt and score; not-found also where it lies outside the caller's regions.

    Raises family-restricted as long as the family does not want to be processed.
    """
    stored = await connection.fetchrow(_LOOK, id, area_of(caller.regions), caller.kind, caller.id, REQUEST_ID.get())
    if stored is None or not caller.covers(stored["region"]):
        raise Problem(problems.NOT_FOUND)
    if stored["restricted_at"] is not None:
        raise Problem(problems.FAMILY_RESTRICTED)
    content_hash = vault.open_hash(id, stored["hash_key_id"], stored["sealed_hash"])
    instrument = catalogue[stored["instrument_id"]].instrument
    return SubmissionOut.of_row(id, stored, instrument, content_hash=content_hash)
