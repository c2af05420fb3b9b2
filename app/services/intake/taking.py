"""Takes a submission, so that it can safely be sent again.

Checked (`checking.py`), scored, its identity encrypted for its family, then stored by one statement: the row, the
family with its identity, keys and consent, the sums of the village and the audit entry. The statement bypasses the ORM,
whose share was most of the request.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg

from app.access import Caller
from app.identity.merging import Identity, merge_identities, numbers_of
from app.platform.database import Connection, UnavailableError, area_of
from app.platform.sql import Statement
from app.platform.vault import Vault, VaultError
from app.problems import Fault, Problem, kinds
from app.schemas.intake.score import ScoreOut
from app.schemas.intake.submission import ReceiptOut, SubmissionOut
from app.scoring.catalogue import Catalogue
from app.scoring.estimate import pack, sums_of
from app.scoring.score import score
from app.services.aggregates.sums import ADD_TO_SUMS
from app.services.audit.record import RECORD_TAKING, entry_values
from app.services.families.consents import AGREE, agree_values
from app.services.families.families import MAKE_FAMILY
from app.services.families.family_keys import ADD_NIKS, CLAIM_CARD, DROP_OTHER_NIKS
from app.services.families.identities import STORE_IDENTITY
from app.services.intake.checking import Checked, check_submission, region_of
from app.services.intake.submission_row import INSERT_ROW, RECEIPT_COLUMNS, SubmissionRow, make_row, values_of
from app.services.reference.in_force import REGIONS_IN_FORCE, is_village_in_force

# `known` has a row where the region is a village and the id neither stored nor erased. Its family is the one that holds
# the card. `chosen` has a row where that is the family the identity was encrypted for. An identity is encrypted for one
# family only, so where another family turns out to hold the card, the statement returns that one and runs again for it.
# Whoever changes a family locks its row first, so it is read under lock. Subqueries that name village.area or
# known.edition come after the area is set: before, row-level security shows them nothing.
_TAKE: Final = Statement(
    """
WITH village AS MATERIALIZED (
    SELECT region.edition, set_config('ikk.area', :area::text, true) AS area
    FROM {regions}
    WHERE region.code = :region AND region.level = 'village'
), known AS MATERIALIZED (
    SELECT village.edition, (
        SELECT family_id FROM family_key
        WHERE digest = ANY (:card_lookups::bytea[]) AND region = :region AND kind = 'card' AND village.area IS NOT NULL
        LIMIT 1
    ) AS family_id
    FROM village
    WHERE (SELECT count(*) FROM submission WHERE id = :id AND village.area IS NOT NULL) = 0
    AND NOT EXISTS (SELECT FROM erased_submission WHERE id = :id)
), carded AS (
    {claim_card}
), chosen AS MATERIALIZED (
    SELECT known.edition, NULL::timestamptz AS restricted_at FROM known
    WHERE known.family_id IS NULL AND :new AND (SELECT count(*) FROM carded) = cardinality(:card_digests::bytea[])
    UNION ALL
    SELECT known.edition, held.restricted_at FROM known CROSS JOIN LATERAL (
        SELECT family.restricted_at FROM family JOIN family_identity ON family_identity.family_id = family.id
        WHERE family.id = :family_id AND family_identity.encrypted = :seen::bytea AND known.edition IS NOT NULL
        FOR NO KEY UPDATE
    ) AS held
    WHERE known.family_id = :family_id
), taken AS (
    {insert_row}
), made AS (
    {make_family}
), kept AS (
    {store_identity}
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
)
SELECT taken.received_at, EXISTS (SELECT FROM chosen) AS chosen, known.family_id, there.key_id, there.encrypted
FROM known LEFT JOIN taken ON true LEFT JOIN LATERAL (
    SELECT key_id, encrypted FROM family_identity
    WHERE family_id = known.family_id AND taken.received_at IS NULL
) AS there ON true
""",
    regions=REGIONS_IN_FORCE,
    claim_card=CLAIM_CARD,
    insert_row=INSERT_ROW,
    make_family=MAKE_FAMILY,
    store_identity=STORE_IDENTITY,
    drop_other_niks=DROP_OTHER_NIKS,
    add_niks=ADD_NIKS,
    agree=AGREE,
    add_to_sums=ADD_TO_SUMS,
    record_taking=RECORD_TAKING,
)
_ATTEMPTS: Final = 10
"""The second is for a family that is known already. Each further one follows from what others did in the meantime."""
_STORED: Final = Statement(
    """
SELECT stored.*, EXISTS (SELECT FROM erased_submission WHERE id = :id) AS erased
FROM (SELECT set_config('ikk.area', :area, true) AS area) AS viewer LEFT JOIN LATERAL (
    SELECT {receipt_columns} FROM submission WHERE id = :id AND viewer.area IS NOT NULL
    OFFSET 0
) AS stored ON true
""",
    receipt_columns=RECEIPT_COLUMNS,
)


@dataclass(frozen=True, slots=True)
class _Foreseen:
    """The family that a submission is taken for, as far as it can be told before: a new one, or one that was found."""

    id: UUID
    identity: Identity | None
    new: bool = True
    seen: bytes | None = None
    """The encrypted identity that the new one was merged with; it must still be that one."""
    lost: bool = False
    """Whether that one could not be decrypted: then only what this interview tells is left."""


async def take_submission(
    connection: Connection,
    content: Mapping[str, Any],
    *,
    id: UUID,
    caller: Caller,
    catalogue: Catalogue,
    vault: Vault,
    latest: datetime,
) -> tuple[SubmissionOut, bool]:
    """Stores and scores a submission; True beside the receipt if it is new, False if it was sent before.

    latest: the last moment at which an interview may have been made. Raises the problems faults, region-outside-caller
    and submission-erased (nothing is stored), submission-differs and submission-corrected (what is stored stays). No
    matter how many send the same at once, one is stored and all get its receipt. No matter how many send one card from
    a village at once, they are one family.
    """
    region = region_of(content)
    if region is not None and not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    checked, faults = check_submission(content, catalogue, latest)
    if checked is None:
        raise Problem(kinds.FAULTS, faults=[*faults, *await _region_faults(connection, content)])
    instrument = checked.published.instrument
    result = score(checked.submission.answers, instrument)
    family = _Foreseen(uuid4(), checked.identity)
    row = make_row(id, checked, result, vault, sent_by=UUID(caller.id), family_id=family.id)
    fixed = {
        "area": area_of(caller.regions),
        "sums": pack(sums_of(result, instrument)),
        **agree_values(checked.submission.consent),
        **entry_values(caller),
    }
    for _ in range(_ATTEMPTS):
        row = replace(row, family_id=family.id)
        found = await _try(connection, {**fixed, **values_of(row), **_family_values(family, row, checked, vault)})
        if found is not None and found["received_at"] is not None:
            receipt = ReceiptOut.of(checked.content_hash, found["received_at"])
            return SubmissionOut.of(id, family.id, receipt, ScoreOut.of(result, instrument), row.warnings), True
        if found is None or found["chosen"]:
            return await _find_sent(connection, id, content=content, checked=checked, caller=caller, vault=vault), False
        family = _foresee(found["family_id"], found["key_id"], found["encrypted"], checked.identity, vault)
    raise UnavailableError


def _family_values(family: _Foreseen, row: SubmissionRow, checked: Checked, vault: Vault) -> dict[str, Any]:
    """Parameters of the family: its keys, its identity encrypted for it, and the detail of the audit entry."""
    card = checked.submission.family.card_number
    identity = family.identity
    cards = [] if card is None else vault.digests_to_store("card", card)
    numbers = [] if identity is None else numbers_of(identity)
    niks = [each for kind, number in numbers if kind == "nik" for each in vault.digests_to_store(kind, number)]
    key_id, encrypted = (None, None) if identity is None else vault.encrypt(family.id, identity)
    consent = checked.submission.consent
    detail = {
        "family": str(family.id),
        "receipt": vault.marks(row.id, checked.content_hash)[0],
        "consent": None if consent is None else consent.version,
    }
    return {
        "new": family.new,
        "seen": family.seen,
        "card_lookups": [] if card is None else [digest for _, digest in vault.digests("card", card)],
        "card_key_ids": [key for key, _ in cards],
        "card_digests": [digest for _, digest in cards],
        "identity_key_id": key_id,
        "identity": encrypted,
        "nik_key_ids": [key for key, _ in niks],
        "nik_digests": [digest for _, digest in niks],
        "detail": json.dumps(detail | {"identity_lost": True} if family.lost else detail),
    }


async def _try(connection: Connection, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The row that _TAKE returns; None without a village, and where the id is stored or erased."""
    try:
        row: Mapping[str, Any] | None = await connection.fetchrow(*_TAKE.bind(**values))
    except asyncpg.ForeignKeyViolationError:
        # Others used the id in this very moment: the card was noted for a family that did not come about.
        return None
    return row


def _foresee(
    id: UUID | None, key_id: str | None, encrypted: bytes | None, told: Identity | None, vault: Vault
) -> _Foreseen:
    """The family that was found instead, and its identity merged with what the interview tells."""
    if id is None or key_id is None or encrypted is None or told is None:
        return _Foreseen(uuid4(), told)
    try:
        identity = merge_identities(vault.decrypt(id, key_id, encrypted), told)
    except VaultError:
        # An interview is not refused because a key was lost. What nobody can decrypt any more is given up.
        return _Foreseen(id, told, new=False, seen=encrypted, lost=True)
    return _Foreseen(id, identity, new=False, seen=encrypted)


async def _find_sent(
    connection: Connection,
    id: UUID,
    *,
    content: Mapping[str, Any],
    checked: Checked,
    caller: Caller,
    vault: Vault,
) -> SubmissionOut:
    """The receipt of what was sent before under the id; raises why there is none."""
    stored = await connection.fetchrow(*_STORED.bind(id=id, area=area_of(caller.regions)))
    if stored["erased"]:
        raise Problem(kinds.SUBMISSION_ERASED)
    there = stored["revision"] is not None
    content_hash = vault.decrypt_hash(id, stored["hash_key_id"], stored["encrypted_hash"]) if there else None
    if content_hash == checked.content_hash:
        return SubmissionOut.of_row(id, stored, checked.published.instrument, content_hash=content_hash)
    if faults := await _region_faults(connection, content):
        raise Problem(kinds.FAULTS, faults=faults)
    if not there:
        # Sent before from a region that this caller may not look into.
        raise Problem(kinds.CONFLICT)
    receipt = ReceiptOut.of(content_hash, stored["received_at"]).model_dump(mode="json")
    if stored["revision"] > 1:
        raise Problem(kinds.CORRECTED, revision=stored["revision"], stored=receipt)
    raise Problem(kinds.CONFLICT, stored=receipt)


async def _region_faults(connection: Connection, content: Mapping[str, Any]) -> list[Fault]:
    region = region_of(content)
    if region is None or await is_village_in_force(connection, region):
        return []
    return [Fault("unknown_region", pointer="/region")]
