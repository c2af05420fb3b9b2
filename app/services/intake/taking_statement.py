"""The one statement that stores submissions, with their families, sums, audit entries and events.

It takes arrays, one element for each submission. What a submission has several of, such as NIKs, is an array in text,
because arrays of arrays must be rectangles.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from app.platform.sql import Statement
from app.problems.stored_warnings import write_warnings
from app.problems.warning_texts import WarningCode
from app.services.aggregates.sums import ADD_TO_SUMS
from app.services.audit.queue import RECORD_TAKING
from app.services.families.consents import AGREE
from app.services.families.earlier_identities import KEEP_EARLIER
from app.services.families.families import MAKE_FAMILY
from app.services.families.family_keys import ADD_NIKS, CLAIM_CARD, DROP_OTHER_NIKS, FIND_BY_CARD
from app.services.families.identities import STORE_IDENTITY
from app.services.intake.events import RECORD_IN_ROUNDS, RECORD_TAKEN
from app.services.intake.held import CLOSE_REPAIRED
from app.services.intake.submission_table import COLUMN_TYPES, INSERT_ROWS, MARK_ROWS, SubmissionRow
from app.services.reference.regions_in_force import EDITIONS
from app.services.rounds.places import ROUND_OF_GIVEN

_SALT_USED: Final[WarningCode] = "salt_used_before"
_LATE: Final[WarningCode] = "received_late"


class Beside(NamedTuple):
    """What is given beside the row of a submission. Fields of several values are arrays in text.

    new: whether it is of a new family. Then its `family_id` is one that nobody has yet
    """

    position: int
    day: date
    instrument: str
    in_training: bool
    area: str
    caller_kind: str
    request_id: str | None
    new: bool
    salt_marks: str
    card_lookups: str
    card_key_ids: str
    card_digests: str
    nik_key_ids: str
    nik_digests: str
    identity_key_id: str | None
    identity: bytes | None
    identity_basis: str | None
    earlier_key_id: str | None
    earlier: bytes | None
    earlier_basis: str | None
    earlier_reason: str | None
    surveyed_before: datetime | None
    consent_version: str | None
    consent_channel: str | None
    consent_given_at: datetime | None
    detail: str


_BESIDE_TYPES: Final = dict.fromkeys(Beside._fields, "text") | {
    "position": "integer",
    "day": "date",
    "in_training": "boolean",
    "new": "boolean",
    "identity": "bytea",
    "earlier": "bytea",
    "surveyed_before": "timestamptz",
    "consent_given_at": "timestamptz",
}
_TYPES: Final = COLUMN_TYPES | _BESIDE_TYPES
_GIVEN: Final = tuple(f"given_{name}" for name in _TYPES)

# `known` has a row if the region is the sender's, was a village on the day of the interview, the id is neither stored
# nor erased, and the sender is in training or not as the token says. `held_by` is the family that holds the card.
# `more` tells of a salt that is stored for the same sender, because the mark of a salt is that of one sender, and of a
# round that was closed. It `awaits` a decision if its round is settled while its row says that it counts. `chosen` has
# a row if the family is the one for which the identity was encrypted: a new one whose card nobody held, or the one
# that holds the card. Counts and subqueries that name a column of `given` run after the area is set. Before that,
# row-level security shows them nothing. The planner could turn NOT EXISTS into a join that reads a whole table. IS TRUE
# keeps it from making a join of IN, which would compare each submission of a batch with each other one.
TAKE: Final = Statement(
    """
WITH viewer AS MATERIALIZED (
    SELECT set_config('ikk.area', :area::text, true) AS area,
        set_config('lock_timeout', :patience::text, true) AS patience
), given AS MATERIALIZED (
    SELECT given.* FROM viewer CROSS JOIN unnest({arrays}) AS given ({names})
), edition AS MATERIALIZED (
    SELECT code, first_day, last_day FROM {editions}
), elsewhere AS MATERIALIZED (
    SELECT known_elsewhere(:number_positions::integer[], :numbers::bytea[], :number_regions::text[]) AS position
), known AS MATERIALIZED (
    SELECT given.*, village.edition, ({find_by_card}) AS held_by, CASE WHEN given.salt_marks <> '{}' AND (
        SELECT count(*) FROM submission WHERE submission.salt_mark = ANY (given.salt_marks::bytea[])
        AND (submission.purpose = 'training') = (given.purpose = 'training')
    ) > 0 THEN '{salt_used}' ELSE '' END || CASE WHEN round.late THEN '{late}' ELSE '' END AS more,
    round.settled, round.settled IS TRUE AND given.uncounted IS NULL AS awaits
    FROM given LEFT JOIN LATERAL (
        {round_of_given}
    ) AS round ON given.purpose = 'interview' CROSS JOIN LATERAL (
        SELECT region.edition FROM region JOIN edition ON edition.code = region.edition
        AND edition.first_day <= given.day AND edition.last_day >= given.day
        WHERE region.code = given.region AND region.level = 'village'
        OFFSET 0
    ) AS village
    WHERE given.region ^@ ANY (given.area::text[])
    AND (SELECT count(*) FROM submission WHERE submission.id = given.id) = 0
    AND (SELECT count(*) FROM erased_submission WHERE erased_submission.id = given.id) = 0
    AND (SELECT count(*) FROM person WHERE person.id = given.sent_by AND person.training <> given.in_training) = 0
), wanted AS MATERIALIZED (
    SELECT known.family_id, known.region, key.id AS key_id, key.digest
    FROM known CROSS JOIN LATERAL unnest(known.card_key_ids::text[], known.card_digests::bytea[]) AS key (id, digest)
    WHERE known.new AND known.held_by IS NULL AND NOT known.awaits
), carded AS (
    {claim_card}
), missed AS (
    SELECT family_id, digest FROM wanted EXCEPT SELECT family_id, digest FROM carded
), chosen AS MATERIALIZED (
    SELECT * FROM known WHERE NOT awaits AND CASE WHEN new
        THEN held_by IS NULL AND family_id NOT IN (SELECT family_id FROM missed)
        ELSE held_by = family_id END
), stored AS (
    {insert_rows}
), taken AS MATERIALIZED (
    SELECT chosen.*, now() AS received_at FROM chosen WHERE (id IN (SELECT id FROM stored)) IS TRUE
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
), marked AS (
    {mark_rows}
), told AS (
    {record_taken}
), listed AS (
    {list_taken}
), recorded AS (
    {record_taking}
), repaired AS (
    {close_repaired}
)
SELECT known.position, known.held_by, known.more, known.awaits, known.id IN (SELECT id FROM taken) AS taken,
    known.id IN (SELECT id FROM chosen) AS chosen, now() AS now
FROM known
""",
    arrays=", ".join(f":given_{name}::{each}[]" for name, each in _TYPES.items()),
    names=", ".join(_TYPES),
    editions=EDITIONS,
    salt_used=write_warnings([f"{_SALT_USED} /salt"]),
    late=write_warnings([f"{_LATE} /surveyed_at"]),
    round_of_given=ROUND_OF_GIVEN,
    find_by_card=FIND_BY_CARD,
    claim_card=CLAIM_CARD,
    insert_rows=INSERT_ROWS,
    make_family=MAKE_FAMILY,
    store_identity=STORE_IDENTITY,
    keep_earlier=KEEP_EARLIER,
    drop_other_niks=DROP_OTHER_NIKS,
    add_niks=ADD_NIKS,
    agree=AGREE,
    add_to_sums=ADD_TO_SUMS,
    mark_rows=MARK_ROWS.format(when="(mark.cause IN (SELECT id FROM taken)) IS TRUE"),
    record_taken=RECORD_TAKEN,
    list_taken=RECORD_IN_ROUNDS,
    record_taking=RECORD_TAKING,
    close_repaired=CLOSE_REPAIRED,
)


def given_values(rows: Sequence[tuple[SubmissionRow, Beside]]) -> dict[str, list[Any]]:
    """Returns the parameters of `TAKE` with a value for each submission."""
    columns = zip(*[row + beside for row, beside in rows], strict=True)
    return dict(zip(_GIVEN, map(list, columns), strict=True))


def number_values(numbers: Sequence[tuple[int, str, Sequence[bytes]]]) -> dict[str, list[Any]]:
    """Returns the parameters of `TAKE` with the positions and villages of submissions and the digests of numbers."""
    each = [(position, digest, region) for position, region, digests in numbers for digest in digests]
    positions, digests, regions = map(list, zip(*each, strict=True)) if each else ([], [], [])
    return {"number_positions": positions, "numbers": digests, "number_regions": regions}


def as_array(values: Sequence[str]) -> str:
    """Returns an array of texts as text, as PostgreSQL reads it."""
    quoted = (each.replace("\\", "\\\\").replace('"', '\\"') for each in values)
    return "{" + ",".join([f'"{each}"' for each in quoted]) + "}" if values else "{}"


def as_bytes_array(values: Sequence[bytes]) -> str:
    """Returns an array of bytes as text, as PostgreSQL reads it."""
    return "{" + ",".join([f'"\\\\x{each.hex()}"' for each in values]) + "}" if values else "{}"
