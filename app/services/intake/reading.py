"""Reads one submission with its receipt and score. The statement that reads it also audits the reading."""

from typing import Final
from uuid import UUID

from app.access import Caller
from app.platform.database import Connection, area_of
from app.platform.encryption import Vault
from app.platform.receipts import ReceiptSigner
from app.platform.sql import Statement
from app.problems import Problem, kinds
from app.schemas.intake.submission import SubmissionOut
from app.scoring.catalogue import Catalogue
from app.services.audit.queue import RECORD_READING, entry_values
from app.services.intake.readable import READABLE, readable_values
from app.services.intake.receipts import receipt_for_readers, receipt_for_sender
from app.services.intake.submission_table import RECEIPT_COLUMNS

_READ: Final = Statement(
    """
WITH viewer AS MATERIALIZED (SELECT set_config('ikk.area', :area, true) AS area), stored AS MATERIALIZED (
    SELECT found.* FROM viewer CROSS JOIN LATERAL (
        SELECT {receipt_columns},
            (SELECT restricted_at FROM family WHERE id = submission.family_id) AS restricted_at
        FROM submission WHERE id = :id AND viewer.area IS NOT NULL AND {readable}
        OFFSET 0
    ) AS found
), recorded AS (
    {record_reading}
)
SELECT * FROM stored
""",
    receipt_columns=RECEIPT_COLUMNS,
    readable=READABLE,
    record_reading=RECORD_READING,
)


async def find_submission(
    connection: Connection, id: UUID, *, caller: Caller, catalogue: Catalogue, vault: Vault, receipts: ReceiptSigner
) -> SubmissionOut:
    """Returns a submission with its receipt and score. Raises not-found and family-restricted.

    A submission that the caller may not read is not found. A restricted family does not want to be processed. Only the
    sender gets the signed receipt, and the content hash if what is stored now is what it sent. One could try answers
    against the hash.
    """
    query = _READ.bind(id=id, area=area_of(caller.regions), **readable_values(caller), **entry_values(caller))
    stored = await connection.fetchrow(*query)
    if stored is None or not caller.covers(stored["region"]):
        raise Problem(kinds.NOT_FOUND)
    if stored["restricted_at"] is not None:
        raise Problem(kinds.FAMILY_RESTRICTED)
    sent = stored["sent_by"], stored["revision"], stored["corrected_by"]
    own = caller.sent(*sent)
    if own or caller.id == str(stored["sent_by"]):
        hashed = vault.decrypt_hash(id, stored["hash_key_id"], stored["encrypted_hash"]) if own else None
        receipt = receipt_for_sender(id, stored, hashed, receipts)
    else:
        receipt = receipt_for_readers(stored["received_at"], stored["code"])
    return SubmissionOut.of_row(
        id,
        stored,
        catalogue[stored["instrument_id"]].instrument,
        receipt=receipt,
        whole=caller.reads_whole(stored["region"], *sent),
    )
