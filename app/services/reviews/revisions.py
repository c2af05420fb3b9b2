"""Shows the revisions of a submission side by side: who sent each, why, and what it changed. It shows no identity."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import Family, Submission, SubmissionRevision
from app.platform.database import inside
from app.platform.encryption import Vault
from app.problems import Problem, kinds
from app.schemas.intake.score import ScoreOut
from app.schemas.reviews.revisions import (
    AnswerChangeOut,
    FactChangeOut,
    OutcomeChangeOut,
    RevisionChangesOut,
    RevisionShownOut,
    RevisionsOut,
)
from app.scoring.catalogue import Catalogue
from app.scoring.instrument import Instrument
from app.services.audit.queue import record
from app.services.intake.answers import sender_of, shown_answers, why_closed, without_sensitive
from app.services.intake.revisions import read_note, revisions_of

_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class _Side:
    """One revision as it is compared.

    own: whether the caller sent it
    known: whether the caller gets its answers, as its reviewer or its sender
    """

    row: Submission | SubmissionRevision
    instrument: Instrument
    answers: dict[str, Any]
    sent_by: UUID | None
    own: bool
    known: bool

    @property
    def village(self) -> str:
        return self.row.region if isinstance(self.row, Submission) else self.row.village

    def facts(self) -> dict[str, Any]:
        row = self.row
        return {
            "region": self.village,
            "version": self.instrument.version,
            "started_at": row.started_at and row.started_at.isoformat(),
            "surveyed_at": row.surveyed_at.isoformat(),
            "head_sex": row.head_sex,
            "members": row.members,
        }


async def read_revisions(
    session: AsyncSession, caller: Caller, id: UUID, *, days: int, catalogue: Catalogue, vault: Vault
) -> RevisionsOut:
    """Returns and audits the latest revisions of a submission, to its reviewers, its sender and who corrects for it.

    Senders get answers for so many `days`, as by `answers.py`. Raises not-found and family-restricted, and VaultError.
    """
    row = await find_known(session, caller, id)
    earlier = (await revisions_of(session, id))[:_MOST]
    every: list[Submission | SubmissionRevision] = [row, *earlier]
    sides = [_side(each, UUID(caller.id), catalogue, vault) for each in every]
    if not caller.holds("submissions:review", row.region):
        assigned = row.assigned_to == UUID(caller.id)
        closed = [why_closed(each, UUID(caller.id), days=days, assigned=assigned) for each in every]
        sides = [replace(side, known=why in (None, "retention")) for side, why in zip(sides, closed, strict=True)]
    sensitive = caller.holds("submissions:sensitive", row.region)
    pairs = list(pairwise(sides))
    items = [
        _show(side, pairs[place] if place < len(pairs) else None, vault, sensitive=sensitive)
        for place, side in enumerate(sides)
    ]
    await record(
        session, caller, "submission.revisions", region=row.region, subject=f"submission:{id}", revision=row.revision
    )
    return RevisionsOut(items=items[:_MOST])


async def find_known(session: AsyncSession, caller: Caller, id: UUID) -> Submission:
    """Returns a submission to its reviewers, its sender and who corrects for it.

    Raises not-found and family-restricted.
    """
    query = select(Submission, col(Family.restricted_at)).join(Family, col(Family.id) == col(Submission.family_id))
    query = query.where(col(Submission.id) == id, inside(col(Submission.region), caller.regions))
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise Problem(kinds.NOT_FOUND)
    row: Submission = found[0]
    known = UUID(caller.id) in (row.sent_by, row.corrected_by, row.assigned_to)
    if not caller.holds("submissions:review", row.region) and not known:
        raise Problem(kinds.NOT_FOUND)
    if found[1] is not None:
        raise Problem(kinds.FAMILY_RESTRICTED)
    return row


def _side(row: Submission | SubmissionRevision, caller: UUID, catalogue: Catalogue, vault: Vault) -> _Side:
    instrument = catalogue[row.instrument_id].instrument
    sent_by = sender_of(row)
    return _Side(row, instrument, shown_answers(row, instrument, vault), sent_by, own=sent_by == caller, known=True)


def _show(side: _Side, pair: tuple[_Side, _Side] | None, vault: Vault, *, sensitive: bool) -> RevisionShownOut:
    row, before = side.row, None if pair is None else pair[1].row
    score = ScoreOut.of_outcomes(row.outcomes, side.instrument, whole=sensitive or side.own)
    return RevisionShownOut(
        revision=row.revision,
        sent_by=side.sent_by,
        received_at=(row.revised_at or row.received_at) if isinstance(row, Submission) else row.received_at,
        reason=before.reason if isinstance(before, SubmissionRevision) else None,
        note=read_note(before, vault) if isinstance(before, SubmissionRevision) else None,
        instrument=side.instrument.code,
        version=side.instrument.version,
        index=score.index,
        category=score.category,
        changed=None if pair is None else _compare(*pair, sensitive=sensitive),
    )


def _compare(after: _Side, before: _Side, *, sensitive: bool) -> RevisionChangesOut:
    whole = sensitive or (after.own and before.own)
    scores = [ScoreOut.of_outcomes(each.row.outcomes, each.instrument, whole=whole) for each in (before, after)]
    outcomes = [{each.code: each.outcome for each in score.indicators} for score in scores]
    answers = [before.answers, after.answers]
    if not whole:
        answers = [without_sensitive(each.answers, each.instrument)[0] for each in (before, after)]
    facts = [before.facts(), after.facts()]
    known = before.known and after.known
    stored = bool(before.row.answers and after.row.answers)
    told = [AnswerChangeOut(question=name, before=old, after=new) for name, old, new in _differing(*answers)]
    return RevisionChangesOut(
        answers=told if known and stored else None,
        facts=[FactChangeOut(name=name, before=old, after=new) for name, old, new in _differing(*facts)]
        if known
        else None,
        indicators=[
            OutcomeChangeOut(indicator=name, before=old, after=new) for name, old, new in _differing(*outcomes)
        ],
        index_before=scores[0].index,
        index_after=scores[1].index,
        withheld=not whole,
    )


def _differing(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    names = dict.fromkeys([*before, *after])
    return [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]
