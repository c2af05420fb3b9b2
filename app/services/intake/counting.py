"""Decides which interviews of a family count, and keeps the sums of villages equal to those that do.

There are two bases. `reported` admits every interview that was not rejected, and `approved` only those that a
supervisor approved. In each, a family counts once a year in each instrument, whatever its version. Of its interviews in
a village that the basis admits, the one with the latest `surveyed_at` counts, then the one received last, then the one
with the highest id. What was received after its round was settled is admitted once it is approved.

Interviews of people whose identity was kept aside as other people count beside them, until the data protection officer
has settled whose the earlier identity is. A restricted family counts in nothing. An interview without a card number is
a family of its own. What is sent for another purpose, such as training, never counts.

Whoever changes a family or its interviews calls `settle_counts` in the same transaction, with the family locked.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

from app.platform.database import Connection
from app.platform.sql import Statement
from app.schemas.aggregates.affected import AffectedOut
from app.schemas.intake.counts import Uncounted
from app.schemas.intake.purpose import Purpose
from app.schemas.intake.review_states import ReviewState
from app.scoring.catalogue import Catalogue
from app.services.aggregates.sums import Changes, CountedRow
from app.services.families.earlier_identities import EARLIER_OF, KeptAside, submissions_told
from app.services.intake.events import LETTERS, ChangeKind
from app.services.intake.submission_table import MARK_COUNTS, UNDECIDED

# With EXISTS, or with kind = 'card' among the conditions of rows, the planner may read a whole table or a whole index,
# such as that of all cards.
_INTERVIEWS: Final = Statement(
    """
SELECT submission.family_id, submission.id, submission.instrument_id, submission.year, submission.region,
    submission.outcomes, submission.surveyed_at, submission.received_at, submission.purpose, submission.uncounted,
    submission.carded, submission.in_approved, submission.review, submission.after_settlement,
    family.restricted_at IS NOT NULL AS restricted,
    CASE WHEN (SELECT count(*) FROM family_identity WHERE family_identity.family_id = family.id) > 0 THEN (
        SELECT count(*) FILTER (WHERE kind = 'card') FROM family_key WHERE family_key.family_id = family.id
    ) > 0 END AS has_card,
    (SELECT count(*) FROM earlier_identity WHERE earlier_identity.family_id = family.id) > 0 AS renamed
FROM submission JOIN family ON family.id = submission.family_id
WHERE submission.family_id = ANY (:family_ids::uuid[]) AND family.id = ANY (:family_ids::uuid[])
ORDER BY submission.family_id
"""
)
_EARLIER: Final = Statement(EARLIER_OF)


@dataclass(frozen=True, slots=True)
class Renaming:
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
    in_approved: bool = False
    review: ReviewState | None = None
    after_settlement: bool | None = None


class Verdict(NamedTuple):
    """Why an interview is not in the sums of reported interviews, or None. Whether it is in those of approved ones."""

    uncounted: Uncounted | None
    in_approved: bool


_OF_MARKS: Final = tuple(f"mark_{name}" for name in ("ids", "reasons", "carded", "approved", "kinds", "causes"))
_OF_INTERVIEW: Final = tuple(Interview.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Settled:
    """The aggregates that changed, and whether and how each interview counts."""

    affected: list[AffectedOut]
    verdicts: Mapping[UUID, Verdict]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is stored of a locked family that decides what counts of it.

    has_card: whether it has a card number, None if nobody knows any more
    earlier: its identities that were kept aside as those of other people
    """

    interviews: Sequence[Interview] = ()
    restricted: bool = False
    has_card: bool | None = None
    earlier: Sequence[KeptAside] = ()


class Mark(NamedTuple):
    """What is stored of a verdict. Whether the interview has a card, and the kind of the event of this mark."""

    verdict: Verdict
    carded: bool
    kind: ChangeKind | None


class Settling:
    """Decides what counts of families, and gathers what has to be stored for it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.changes = Changes(catalogue)
        self.verdicts = dict[UUID, Verdict]()
        self.marks = dict[UUID, Mark]()

    def settle(self, standing: Standing, new: Interview | None = None) -> None:
        """Decides anew what counts of a locked family, with a `new` interview that is not stored yet.

        It gathers marks and changes of what is stored, and only the verdict on the new one.
        """
        interviews = [*standing.interviews, *([] if new is None else [new])]
        verdicts = decide(interviews, standing.earlier, self._catalogue, restricted=standing.restricted)
        self.verdicts |= verdicts
        for each in standing.interviews:
            verdict = verdicts[each.id]
            # After retention nobody knows any more. What was known then stays.
            carded = each.carded if standing.has_card is None else standing.has_card
            if (*verdict, carded) != (each.uncounted, each.in_approved, each.carded):
                self.marks[each.id] = Mark(verdict, carded, _kind_of(each.uncounted, verdict.uncounted))
                _change(self.changes, each, verdict, carded=carded)


async def settle_counts(
    connection: Connection, families: Sequence[UUID], catalogue: Catalogue, *, gone: Sequence[CountedRow] = ()
) -> Settled:
    """Decides anew what counts of locked families, and brings their rows and the sums to it.

    `gone` are rows as they were before they were changed or erased.
    """
    settling = Settling(catalogue)
    for row in gone:
        settling.changes.take_out_row(row)
    for each in (await read_standings(connection, families)).values():
        settling.settle(each)
    if settling.marks:
        await connection.execute(*MARK_COUNTS.bind(**mark_values([(None, settling.marks)])))
    return Settled(await settling.changes.store(connection), settling.verdicts)


async def read_standings(connection: Connection, families: Sequence[UUID]) -> dict[UUID, Standing]:
    """Returns what is stored of locked families, by their ids. A family without interviews is left out."""
    rows: Sequence[Any] = []
    if families:
        rows = await connection.fetch(*_INTERVIEWS.bind(family_ids=list(families)))
    renamed = list({row["family_id"] for row in rows if row["renamed"]})
    earlier = defaultdict[UUID, list[KeptAside]](list)
    # An earlier identity that cannot be read may name the same people.
    for row in await connection.fetch(*_EARLIER.bind(family_ids=renamed)) if renamed else ():
        earlier[row["family_id"]].append(Renaming(**{name: row[name] for name in Renaming.__dataclass_fields__}))
    found = dict[UUID, Standing]()
    for family_id, own in groupby(rows, key=itemgetter("family_id")):
        of_family = list(own)
        interviews = [Interview(*map(row.__getitem__, _OF_INTERVIEW)) for row in of_family]
        first = of_family[0]
        found[family_id] = Standing(interviews, first["restricted"], first["has_card"], earlier[family_id])
    return found


def decide(
    interviews: Sequence[Interview], earlier: Sequence[KeptAside], catalogue: Catalogue, *, restricted: bool
) -> dict[UUID, Verdict]:
    """Returns for each interview of a family whether it counts in each basis.

    `earlier` are the family's identities that were kept aside as those of other people.
    """
    if restricted:
        return {each.id: Verdict("restricted", in_approved=False) for each in interviews}
    people = {
        told: position for position, each in enumerate(earlier) for told in submissions_told(each, earlier, interviews)
    }
    reasons = {each.id: _why_not_admitted(each) for each in interviews}
    reported = _latest([each for each in interviews if reasons[each.id] is None], people, catalogue)
    approved = _latest(
        [each for each in interviews if reasons[each.id] is None and each.review == "approved"], people, catalogue
    )
    return {
        each.id: Verdict(
            reasons[each.id] or (None if each.id in reported else "later_interview"), in_approved=each.id in approved
        )
        for each in interviews
    }


def _why_not_admitted(interview: Interview) -> Uncounted | None:
    """Why an interview counts in no basis, whatever others the family has."""
    if interview.purpose != "interview":
        return interview.purpose
    if interview.review == "rejected":
        return "rejected"
    return "after_settlement" if interview.after_settlement and interview.review != "approved" else None


def _latest(interviews: Sequence[Interview], people: Mapping[UUID, int], catalogue: Catalogue) -> set[UUID]:
    """The ids of the latest interviews of each village, year and instrument, and of people who are kept apart."""
    latest = dict[tuple[str, int, str, int | None], Interview]()
    for each in sorted(interviews, key=lambda each: (each.surveyed_at, each.received_at, each.id)):
        code = catalogue[each.instrument_id].instrument.code
        latest[each.region, each.year, code, people.get(each.id)] = each
    return {each.id for each in latest.values()}


def _change(changes: Changes, interview: Interview, verdict: Verdict, *, carded: bool) -> None:
    changes.take_out_row(interview)
    after = replace(interview, carded=carded)
    if verdict.uncounted is None:
        changes.add(after, "reported")
    if verdict.in_approved:
        changes.add(after, "approved")


def _kind_of(before: str | None, after: Uncounted | None) -> ChangeKind | None:
    """Returns the kind of the event for a new mark. A row that was just taken or corrected has its event already."""
    if before == UNDECIDED:
        return None
    if before == after or "restricted" not in (before, after):
        return "submission.counted"
    return "submission.lifted" if before == "restricted" else "submission.restricted"


def mark_values(marks: Sequence[tuple[UUID | None, Mapping[UUID, Mark]]]) -> dict[str, list[Any]]:
    """Returns the parameters of `MARK_ROWS`, from the marks of submissions and what brings them, if it is one."""
    each = [
        (marked, mark.verdict.uncounted, mark.carded, mark.verdict.in_approved, mark.kind and LETTERS[mark.kind], cause)
        for cause, caused in marks
        for marked, mark in caused.items()
    ]
    columns = map(list, zip(*each, strict=True)) if each else ([] for _ in _OF_MARKS)
    return dict(zip(_OF_MARKS, columns, strict=True))
