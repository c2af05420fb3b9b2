"""Stores, replaces and withdraws reports of cases. The only writer of `case_report`.

A report is never deleted. A new one ends the current revision of its region, period and status, and so does withdrawing
it. Writers of one province wait for each other.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import CaseReport
from app.platform.sql import in_parts
from app.problems import Problem, kinds
from app.problems.wording import Year
from app.regions.codes import parent_of
from app.schemas.statistics.case_report import (
    CaseReceiptOut,
    CaseRevisionOut,
    CaseRevisionsOut,
    FigureWarningOut,
    Outcome,
    RevisionRefOut,
    SenderOut,
    dotted,
)
from app.schemas.statistics.source import SourceOut
from app.services.audit.queue import Event, record_all
from app.services.statistics.case_sums import find_differing
from app.services.statistics.drafts import Draft, find_standing_of, read_draft
from app.services.statistics.whole_reports import sent_by
from app.statistics.checks import FigureWarning
from app.statistics.periods import Period, Status
from app.turns import in_turns

_CURRENT: Final = col(CaseReport.ended_at).is_(None)
_KEPT: Final = ("through", "source", "note", "counts")
"""What makes two reports the same."""

Slot = tuple[str, str, str]
"""A region, a period and a status, of which one revision is current."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a draft."""

    draft: Draft
    revision: int
    outcome: Outcome
    replaced: CaseReport | None
    warnings: list[FigureWarning]

    def receipt(self) -> CaseReceiptOut:
        """As the sender gets it."""
        earlier = self.replaced
        ref = None if earlier is None else RevisionRefOut(revision=earlier.revision, received_at=earlier.received_at)
        return CaseReceiptOut(
            **dotted(self.draft.region),
            period=self.draft.period.text,
            status=self.draft.status,
            revision=self.revision,
            outcome=self.outcome,
            replaced=ref,
            warnings=[FigureWarningOut.of(each) for each in self.warnings],
        )


async def put_report(
    session: AsyncSession, caller: Caller, region: str, period: Period, content: Mapping[str, Any]
) -> CaseReceiptOut:
    """Stores a report from a body of shape CaseReportIn.

    Raises region-outside-caller, not-found, faults, and periods-differ if the year has periods of another length.
    """
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    now = datetime.now(UTC)
    standing = (await find_standing_of(session, [(region, period)], now))[region, period]
    if standing.level is None:
        raise Problem(kinds.NOT_FOUND)
    draft, faults = read_draft(region, period, content, now=now)
    if standing.edition is None:
        fault = standing.fault("", unknown="not_in_force")
        faults.append(replace(fault, pointer=None, parameter="region"))
    if draft is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    await lock(session, [region])
    standing_in_the_way = other_periods(await read_current(session, [draft]), draft)
    if standing_in_the_way:
        raise Problem(kinds.PERIODS_DIFFER, year=Year(period.year), periods=standing_in_the_way)
    return (await store(session, caller, [draft]))[0].receipt()


async def lock(session: AsyncSession, regions: Sequence[str]) -> None:
    """Waits for others who write reports of the same provinces, until the transaction ends."""
    for province in sorted({code[:2] for code in regions}):
        key = func.pg_advisory_xact_lock(func.hashtext("case_report"), func.hashtext(province))
        await session.execute(select(key))


async def read_current(session: AsyncSession, drafts: Sequence[Draft]) -> dict[tuple[str, int], list[CaseReport]]:
    """The current reports of the regions and years of the drafts."""
    found: dict[tuple[str, int], list[CaseReport]] = defaultdict(list)
    for part in in_parts(sorted({(each.region, each.period.year) for each in drafts})):
        where = tuple_(col(CaseReport.region), col(CaseReport.year)).in_(part)
        query = select(CaseReport).where(_CURRENT, where).order_by(col(CaseReport.period))
        for each in await session.scalars(query):
            found[each.region, each.year].append(each)
    return found


def other_periods(current: Mapping[tuple[str, int], Sequence[CaseReport]], draft: Draft) -> list[str]:
    """The periods of another length that are reported for the draft's region, year and status."""
    return [
        each.period
        for each in current.get((draft.region, draft.period.year), ())
        if each.status == draft.status and each.granularity != draft.period.granularity
    ]


async def store(session: AsyncSession, caller: Caller, drafts: Sequence[Draft]) -> list[Stored]:
    """Stores drafts of different slots. Lock their regions first. A draft that is stored already changes nothing."""
    now = datetime.now(UTC)
    current = {
        (each.region, each.period, each.status): each
        for some in (await read_current(session, drafts)).values()
        for each in some
    }
    latest = await _latest_revisions(session, drafts)
    stored = [
        _settle(caller, each, current.get(_slot(each)), latest.get(_slot(each), 0)) async for each in in_turns(drafts)
    ]
    ending = [each.replaced.id for each in stored if each.replaced is not None]
    for part in in_parts(ending):
        await session.execute(update(CaseReport).where(col(CaseReport.id).in_(part)).values(ended_at=now))
    rows = [_row(caller, each, now) async for each in in_turns(stored) if each.outcome != "unchanged"]
    for rows_at_once in in_parts(rows):
        await session.execute(insert(CaseReport), rows_at_once)
    events = [_event(row["id"], row["region"], row["period"], row["status"], row["revision"]) for row in rows]
    await record_all(session, caller, "statistics.report", events)
    differing = await find_differing(session, caller, drafts)
    return [replace(each, warnings=[*each.warnings, *differing.get(_slot(each.draft), ())]) for each in stored]


def _slot(draft: Draft) -> Slot:
    return draft.region, draft.period.text, draft.status


async def _latest_revisions(session: AsyncSession, drafts: Sequence[Draft]) -> dict[Slot, int]:
    slot = col(CaseReport.region), col(CaseReport.period), col(CaseReport.status)
    found: dict[Slot, int] = {}
    for part in in_parts([_slot(each) for each in drafts]):
        query = select(*slot, func.max(col(CaseReport.revision))).where(tuple_(*slot).in_(part)).group_by(*slot)
        found.update({(row[0], row[1], row[2]): row[3] for row in await session.execute(query)})
    return found


def _settle(caller: Caller, draft: Draft, current: CaseReport | None, latest: int) -> Stored:
    warnings = draft.warnings()
    if current is None:
        return Stored(draft, latest + 1, "created", None, warnings)
    if {name: getattr(current, name) for name in _KEPT} == draft.content():
        return Stored(draft, current.revision, "unchanged", None, warnings)
    if not sent_by(caller, current):
        warnings.append(FigureWarning("other_sender", ""))
    return Stored(draft, latest + 1, "replaced", current, warnings)


def _row(caller: Caller, stored: Stored, now: datetime) -> dict[str, Any]:
    draft = stored.draft
    return {
        "id": uuid4(),
        "region": draft.region,
        "parent": parent_of(draft.region),
        "period": draft.period.text,
        "year": draft.period.year,
        "granularity": draft.period.granularity,
        "status": draft.status,
        **draft.content(),
        "revision": stored.revision,
        "sent_by_kind": caller.kind,
        "sent_by": UUID(caller.id),
        "received_at": now,
    }


def _event(id: UUID, region: str, period: str, status: str, revision: int) -> Event:
    return Event(region, f"case_report:{id}", {"period": period, "status": status, "revision": revision})


async def withdraw_report(session: AsyncSession, caller: Caller, region: str, period: Period, status: Status) -> None:
    """Ends the current revision, which stays stored. Raises region-outside-caller, and not-found if there is none."""
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    await lock(session, [region])
    slot = tuple_(col(CaseReport.region), col(CaseReport.period), col(CaseReport.status))
    where = _CURRENT, slot == tuple_(region, period.text, status)
    ended = {"ended_at": datetime.now(UTC), "withdrawn_by_kind": caller.kind, "withdrawn_by": UUID(caller.id)}
    query = update(CaseReport).where(*where).values(ended).returning(col(CaseReport.id), col(CaseReport.revision))
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise Problem(kinds.NOT_FOUND)
    await record_all(session, caller, "statistics.withdraw", [_event(row[0], region, period.text, status, row[1])])


async def list_revisions(session: AsyncSession, caller: Caller, region: str, period: Period) -> CaseRevisionsOut:
    """Returns every revision of both statuses with its sender, the newest first, without the counts.

    Raises region-outside-caller.
    """
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    query = select(CaseReport).where(col(CaseReport.region) == region, col(CaseReport.period) == period.text)
    rows = await session.scalars(query.order_by(col(CaseReport.received_at).desc(), col(CaseReport.status)))
    return CaseRevisionsOut(**dotted(region), period=period.text, revisions=[_revision(each) for each in rows])


def _revision(row: CaseReport) -> CaseRevisionOut:
    withdrawn = None
    if row.withdrawn_by is not None and row.withdrawn_by_kind is not None:
        withdrawn = SenderOut(kind=row.withdrawn_by_kind, id=row.withdrawn_by)
    return CaseRevisionOut.model_validate(
        {
            **row.model_dump(include={"status", "revision", "received_at", "ended_at", "through"}),
            "sender": SenderOut(kind=row.sent_by_kind, id=row.sent_by),
            "withdrawn_by": withdrawn,
            "source": SourceOut.model_validate(row.source),
            "rows": len(row.counts),
        }
    )
