"""Taking a submission, resend-safe.

Checked (app/intake.py) → scored → who the family is sealed → one statement stores the row, the family and what it is
found by, adds to the village's sums and puts it on record → committed → receipt. Taking goes past the ORM: its share
was most of the request.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg

from app import problems
from app.audit import REQUEST_ID
from app.database import Connection, UnavailableError, area_of
from app.identity import Identity, merge_identities, numbers_of
from app.intake import Checked, check_submission, region_of
from app.problems import Fault, Problem
from app.schemas.score import ScoreOut
from app.schemas.submission import ReceiptOut, SubmissionOut
from app.scoring.catalogue import Catalogue
from app.scoring.coding import encode_answers
from app.scoring.estimate import pack, sums_of, units
from app.scoring.score import Score, score
from app.security import Caller, Vault, VaultError

# `known` has a row where the region is a village and the id neither stored nor erased; its family is the one that holds
# the card. `chosen` has one where that is the family the identity was sealed for: as nothing is sealed before it is
# known whose it is, a family that was not foreseen is answered, and the statement comes again with it. Whoever changes
# a family locks its row first, so it is read under lock. Subqueries that name place.area or known.edition are so bound
# to come after the area is set: before, row-level security shows them nothing. kind <> 'card' keeps the planner off the
# index of all NIKs, where it knows the tables as empty.
_TAKE: Final = """
WITH place AS MATERIALIZED (
    SELECT region.edition, set_config('ikk.area', $15::text, true) AS area
    FROM region JOIN region_edition ON region_edition.code = region.edition
    WHERE region.code = $2 AND region.level = 'village' AND region_edition.valid_to IS NULL
), known AS MATERIALIZED (
    SELECT place.edition, (
        SELECT family_id FROM family_key
        WHERE digest = ANY ($23::bytea[]) AND region = $2 AND kind = 'card' AND place.area IS NOT NULL LIMIT 1
    ) AS family_id
    FROM place
    WHERE (SELECT count(*) FROM submission WHERE id = $1 AND place.area IS NOT NULL) = 0
    AND NOT EXISTS (SELECT FROM erased_submission WHERE id = $1)
), carded AS (
    INSERT INTO family_key (family_id, digest, region, kind, key_id, first_seen_at)
    SELECT $21::uuid, key.digest, $2, 'card', key.id, now()
    FROM known CROSS JOIN unnest($24::text[], $25::bytea[]) AS key (id, digest)
    WHERE known.family_id IS NULL AND $22::boolean ORDER BY key.digest
    ON CONFLICT (digest, region) WHERE kind = 'card' DO NOTHING
    RETURNING digest
), chosen AS MATERIALIZED (
    SELECT known.edition, NULL::timestamptz AS restricted_at FROM known
    WHERE known.family_id IS NULL AND $22 AND (SELECT count(*) FROM carded) = cardinality($25::bytea[])
    UNION ALL
    SELECT known.edition, held.restricted_at FROM known CROSS JOIN LATERAL (
        SELECT family.restricted_at FROM family JOIN family_identity ON family_identity.family_id = family.id
        WHERE family.id = $21 AND family_identity.sealed = $26::bytea AND known.edition IS NOT NULL
        FOR NO KEY UPDATE
    ) AS held
    WHERE known.family_id = $21
), taken AS (
    INSERT INTO submission (
        id, revision, status, region, instrument_id, edition, year, surveyed_at, received_at, sent_by, family_id,
        head_sex, members, answers, outcomes, index_units, sealed_hash, warnings,
        hash_key_id
    )
    SELECT
        $1::uuid, 1, 'accepted', $2::text, $3::smallint, chosen.edition, $4::smallint, $5::timestamptz, now(),
        $6::uuid, $21::uuid, $7::text, $8::smallint, $9::bigint[], $10::text, $11::bigint, $12::bytea, $13::text[],
        $32::text
    FROM chosen
    ON CONFLICT (id) DO NOTHING
    RETURNING received_at
), made AS (
    INSERT INTO family (id, region, created_at) SELECT $21, $2, received_at FROM taken WHERE $22::boolean
), sealed AS (
    INSERT INTO family_identity (family_id, region, key_id, sealed, updated_at)
    SELECT $21, $2, $27::text, $28::bytea, received_at FROM taken WHERE $28 IS NOT NULL
    ON CONFLICT (family_id) DO UPDATE
    SET key_id = excluded.key_id, sealed = excluded.sealed, updated_at = excluded.updated_at
), left_behind AS (
    DELETE FROM family_key USING taken
    WHERE NOT $22 AND $28 IS NOT NULL AND family_id = $21 AND kind <> 'card' AND digest <> ALL ($30::bytea[])
), named AS (
    INSERT INTO family_key (family_id, digest, region, kind, key_id, first_seen_at)
    SELECT $21, key.digest, $2, 'nik', key.id, received_at
    FROM taken CROSS JOIN unnest($29::text[], $30::bytea[]) AS key (id, digest)
    ON CONFLICT (family_id, digest) DO NOTHING
), agreed AS (
    INSERT INTO consent (id, family_id, region, version, channel, given_at, recorded_at, recorded_by)
    SELECT gen_random_uuid(), $21, $2, $18::text, $19::text, $20::timestamptz, received_at, $6
    FROM taken WHERE $18 IS NOT NULL
), added AS (
    INSERT INTO village_sums (instrument_id, year, region, sums)
    SELECT $3, $4, $2, $14::text::numeric FROM taken CROSS JOIN chosen WHERE chosen.restricted_at IS NULL
    ON CONFLICT (instrument_id, year, region) DO UPDATE SET sums = village_sums.sums + excluded.sums
), recorded AS (
    INSERT INTO audit_queue (kind, caller_kind, caller_id, region, subject, request_id, detail)
    SELECT 'submission.take', $16::text, $6::uuid::text, $2, 'submission:' || $1, $17::text,
        $31::text::jsonb
    FROM taken
)
SELECT taken.received_at, EXISTS (SELECT FROM chosen) AS chosen, known.family_id, there.key_id, there.sealed
FROM known LEFT JOIN taken ON true LEFT JOIN LATERAL (
    SELECT key_id, sealed FROM family_identity WHERE family_id = known.family_id AND taken.received_at IS NULL
) AS there ON true
"""
_ATTEMPTS: Final = 10
"""The second is for a family that is known already, each further one follows from what others did in the meantime."""
_STORED: Final = """
SELECT stored.*, EXISTS (SELECT FROM erased_submission WHERE id = $1) AS erased
FROM (SELECT set_config('ikk.area', $2, true) AS area) AS scope LEFT JOIN LATERAL (
    SELECT revision, region, family_id, instrument_id, received_at, outcomes, hash_key_id, sealed_hash, warnings
    FROM submission WHERE id = $1 AND scope.area IS NOT NULL
    OFFSET 0
) AS stored ON true
"""
_VILLAGE: Final = """
SELECT 1 FROM region JOIN region_edition ON region_edition.code = region.edition
WHERE region.code = $1 AND region.level = 'village' AND region_edition.valid_to IS NULL
"""


@dataclass(frozen=True, slots=True)
class _Foreseen:
    """The family that a submission is taken for, as far as it can be told before: a new one, or one that was found."""

    id: UUID
    identity: Identity | None
    new: bool = True
    seen: bytes | None = None
    """The sealed identity that the new one was merged with; it must still be that one."""
    lost: bool = False
    """Whether that one could not be opened: then only what this interview tells is left."""


async def take_submission(
    connection: Connection,
    content: Mapping[str, Any],
    *,
    id: UUID,
    caller: Caller,
    catalogue: Catalogue,
    vault: Vault,
    clock_skew: timedelta,
) -> tuple[SubmissionOut, bool]:
    """Stores and scores a submission; True beside the receipt if it is new, False if it was sent before.

    Raises the problems faults, region-outside-caller and submission-erased (nothing is stored), submission-differs and
    submission-corrected (what is stored stays). However many send the same at once, one is stored and all get its
    receipt; however many send one card from a village at once, they are one family.
    """
    region = region_of(content)
    if region is not None and not caller.covers(region):
        raise Problem(problems.FORBIDDEN_REGION)
    checked, faults = check_submission(content, catalogue, datetime.now(UTC) + clock_skew)
    if checked is None:
        raise Problem(problems.FAULTS, faults=[*faults, *await _region_faults(connection, content)])
    result = score(checked.submission.answers, checked.published.instrument)
    sealed = vault.seal_hash(id, checked.content_hash)
    mark = vault.marks(id, checked.content_hash)[0]
    fixed = _fixed_arguments(id, checked, result, caller, sealed[1])
    family = _Foreseen(uuid4(), checked.identity)
    for _ in range(_ATTEMPTS):
        row = await _try(connection, [*fixed, *_family_arguments(family, checked, vault, mark), sealed[0]])
        if row is not None and row["received_at"] is not None:
            score_out = ScoreOut.of(result, checked.published.instrument)
            receipt = ReceiptOut.of(checked.content_hash, row["received_at"])
            return SubmissionOut.of(id, family.id, receipt, score_out, checked.warnings), True
        if row is None or row["chosen"]:
            return await _find_sent(connection, id, content=content, checked=checked, caller=caller, vault=vault), False
        family = _foresee(row["family_id"], row["key_id"], row["sealed"], checked.identity, vault)
    raise UnavailableError


def _fixed_arguments(id: UUID, checked: Checked, result: Score, caller: Caller, sealed_hash: bytes) -> list[Any]:
    """$1 to $20 of _TAKE: what does not hang on the family."""
    submission, instrument = checked.submission, checked.published.instrument
    consent = submission.consent
    return [
        id,
        submission.region,
        checked.published.id,
        checked.year,
        submission.surveyed_at,
        UUID(caller.id),
        submission.family.head_sex,
        submission.family.members,
        encode_answers(submission.answers, instrument),
        result.outcomes,
        None if result.index is None else units(result.index),
        sealed_hash,
        checked.warnings,
        pack(sums_of(result, instrument)),
        area_of(caller.regions),
        caller.kind,
        REQUEST_ID.get(),
        *((None, None, None) if consent is None else (consent.version, consent.channel, consent.given_at)),
    ]


def _family_arguments(family: _Foreseen, checked: Checked, vault: Vault, mark: str) -> list[Any]:
    """$21 to $31 of _TAKE: the family, what it is found by, and who it is, sealed for it."""
    card = checked.submission.family.card_number
    identity = family.identity
    cards = [] if card is None else vault.digests_to_store("card", card)
    numbers = [] if identity is None else numbers_of(identity)
    niks = [each for kind, number in numbers if kind == "nik" for each in vault.digests_to_store(kind, number)]
    consent = checked.submission.consent
    detail = {
        "family": str(family.id),
        "receipt": mark,
        "consent": None if consent is None else consent.version,
    }
    return [
        family.id,
        family.new,
        [] if card is None else [digest for _, digest in vault.digests("card", card)],
        *([key[part] for key in cards] for part in (0, 1)),
        family.seen,
        *((None, None) if identity is None else vault.seal(family.id, identity)),
        *([key[part] for key in niks] for part in (0, 1)),
        json.dumps(detail | {"identity_lost": True} if family.lost else detail),
    ]


async def _try(connection: Connection, arguments: list[Any]) -> Mapping[str, Any] | None:
    """The answer of _TAKE; None without a village, and where the id is stored or erased."""
    try:
        row: Mapping[str, Any] | None = await connection.fetchrow(_TAKE, *arguments)
    except asyncpg.ForeignKeyViolationError:
        # Others used the id in this very moment: the card was noted for a family that did not come about.
        return None
    return row


def _foresee(
    id: UUID | None, key_id: str | None, sealed: bytes | None, told: Identity | None, vault: Vault
) -> _Foreseen:
    """The family that was found instead, and its identity merged with what the interview tells."""
    if id is None or key_id is None or sealed is None or told is None:
        return _Foreseen(uuid4(), told)
    try:
        identity = merge_identities(vault.open(id, key_id, sealed), told)
    except VaultError:
        # An interview is not refused because a key was lost; what nobody can read any more is given up.
        return _Foreseen(id, told, new=False, seen=sealed, lost=True)
    return _Foreseen(id, identity, new=False, seen=sealed)


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
    stored = await connection.fetchrow(_STORED, id, area_of(caller.regions))
    if stored["erased"]:
        raise Problem(problems.SUBMISSION_ERASED)
    there = stored["revision"] is not None
    content_hash = vault.open_hash(id, stored["hash_key_id"], stored["sealed_hash"]) if there else None
    if content_hash == checked.content_hash:
        return SubmissionOut.of_row(id, stored, checked.published.instrument, content_hash=content_hash)
    if faults := await _region_faults(connection, content):
        raise Problem(problems.FAULTS, faults=faults)
    if not there:
        # Sent before from a region that this caller may not look into.
        raise Problem(problems.CONFLICT)
    receipt = ReceiptOut.of(content_hash, stored["received_at"]).model_dump(mode="json")
    if stored["revision"] > 1:
        raise Problem(problems.CORRECTED, revision=stored["revision"], stored=receipt)
    raise Problem(problems.CONFLICT, stored=receipt)


async def _region_faults(connection: Connection, content: Mapping[str, Any]) -> list[Fault]:
    region = region_of(content)
    if region is None or await connection.fetchval(_VILLAGE, region):
        return []
    return [Fault("unknown_region", pointer="/region")]
