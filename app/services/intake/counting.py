"""Decides which interviews of a family count, and keeps the sums of villages equal to those that do.

A family counts once a year in each instrument, whatever its version. Of its interviews in a village, the one with the
latest `surveyed_at` counts, then the one received last, then the one with the highest id. Interviews of people whose
identity was kept aside as other people count beside them, until the data protection officer has settled whose the
earlier identity is. A restricted family counts in nothing. An interview without a card number is a family of its own.
What is sent for another purpose, such as training, never counts.

Whoever changes a family or its interviews calls `settle_counts` in the same transaction, with the family locked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.platform.database import Connection
from app.platform.sql import Statement
from app.schemas.aggregates.affected import AffectedOut
from app.schemas.intake.counts import Uncounted
from app.schemas.intake.purpose import Purpose
from app.scoring.catalogue import Catalogue
from app.services.aggregates.sums import Changes, Counted
from app.services.families.earlier_identities import EARLIER_OF, KeptAside, submissions_told
from app.services.intake.events import ChangeKind
from app.services.intake.submission_table import MARK_COUNTS, UNDECIDED

_INTERVIEWS: Final = Statement(
    """
SELECT submission.id, submission.instrument_id, submission.year, submission.region, submission.outcomes,
    submission.surveyed_at, submission.received_at, submission.purpose, submission.uncounted, submission.carded,
    family.restricted_at IS NOT NULL AS restricted,
    CASE WHEN EXISTS (SELECT FROM family_identity WHERE family_identity.family_id = family.id) THEN EXISTS (
        SELECT FROM family_key WHERE family_key.family_id = family.id AND kind = 'card'
    ) END AS has_card,
    EXISTS (SELECT FROM earlier_identity WHERE earlier_identity.family_id = family.id) AS renamed
FROM submission JOIN family ON family.id = submission.family_id WHERE submission.family_id = :family_id
"""
)
_EARLIER: Final = Statement(EARLIER_OF)


@dataclass(frozen=True, slots=True)
class _Renaming:
    """When other people were named for a family (see `earlier_identity`)."""

    submission_id: UUID | None
    surveyed_before: datetime | None
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class Interview:
    """What of a stored submission decides whether it counts, and where."""

    id: UUID
    instrument_id: int
    year: int
    region: str
    outcomes: str
    surveyed_at: datetime
    received_at: datetime
    purpose: Purpose
    uncounted: str | None
    carded: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """The aggregates that changed, and for each interview why it does not count, or None if it counts."""

    affected: list[AffectedOut]
    reasons: Mapping[UUID, Uncounted | None]


async def settle_counts(
    connection: Connection, families: Sequence[UUID], catalogue: Catalogue, *, gone: Sequence[Counted] = ()
) -> Settled:
    """Decides anew what counts of locked families, and brings their rows and the sums to it.

    `gone` are rows that counted, as they were before they were changed or erased.
    """
    changes, every = Changes(catalogue), dict[UUID, Uncounted | None]()
    for row in gone:
        changes.take_out(row)
    marks = dict[UUID, tuple[Uncounted | None, bool, ChangeKind | None]]()
    for family_id in families:
        rows = await connection.fetch(*_INTERVIEWS.bind(family_id=family_id))
        if not rows:
            continue
        interviews = [Interview(**{name: row[name] for name in Interview.__dataclass_fields__}) for row in rows]
        earlier = await _changed_people(connection, family_id) if rows[0]["renamed"] else []
        reasons = decide(interviews, earlier, catalogue, restricted=rows[0]["restricted"])
        every |= reasons
        for each in interviews:
            # After retention nobody knows any more. What was known then stays.
            mark = (reasons[each.id], each.carded if rows[0]["has_card"] is None else rows[0]["has_card"])
            if mark != (each.uncounted, each.carded):
                marks[each.id] = (*mark, _kind_of(each.uncounted, reasons[each.id]))
                _change(changes, each, mark)
    if marks:
        await connection.execute(*MARK_COUNTS.bind(**_mark_values(marks)))
    return Settled(await changes.store(connection), every)


def decide(
    interviews: Sequence[Interview], earlier: Sequence[KeptAside], catalogue: Catalogue, *, restricted: bool
) -> dict[UUID, Uncounted | None]:
    """Returns for each interview of a family why it does not count, or None if it counts.

    `earlier` are the family's identities that were kept aside as those of other people.
    """
    if restricted:
        return {each.id: "restricted" for each in interviews}
    people = {
        told: position for position, each in enumerate(earlier) for told in submissions_told(each, earlier, interviews)
    }
    reasons: dict[UUID, Uncounted | None] = {}
    latest = dict[tuple[str, int, str, int | None], Interview]()
    for each in sorted(interviews, key=lambda each: (each.surveyed_at, each.received_at, each.id)):
        if each.purpose != "interview":
            reasons[each.id] = each.purpose
            continue
        code = catalogue[each.instrument_id].instrument.code
        latest[each.region, each.year, code, people.get(each.id)] = each
    counting = {each.id for each in latest.values()}
    return {each.id: None if each.id in counting else "later_interview" for each in interviews} | reasons


async def _changed_people(connection: Connection, family_id: UUID) -> list[KeptAside]:
    """Returns the family's earlier identities that name other people. An unreadable one may name the same people."""
    rows = await connection.fetch(*_EARLIER.bind(family_id=family_id))
    return [_Renaming(**row) for row in rows]


def _change(changes: Changes, interview: Interview, mark: tuple[Uncounted | None, bool]) -> None:
    reason, carded = mark
    if interview.uncounted is None:
        changes.take_out(interview)
    if reason is None:
        changes.add(replace(interview, carded=carded))


def _kind_of(before: str | None, after: Uncounted | None) -> ChangeKind | None:
    """Returns the kind of the event for a new mark. A row that was just taken or corrected has its event already."""
    if before == UNDECIDED:
        return None
    if before == after or "restricted" not in (before, after):
        return "submission.counted"
    return "submission.lifted" if before == "restricted" else "submission.restricted"


def _mark_values(marks: Mapping[UUID, tuple[Uncounted | None, bool, ChangeKind | None]]) -> dict[str, list[Any]]:
    return {
        "ids": list(marks),
        "reasons": [reason for reason, _, _ in marks.values()],
        "carded": [carded for _, carded, _ in marks.values()],
        "kinds": [kind for _, _, kind in marks.values()],
    }
