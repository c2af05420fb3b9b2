"""Reads a report of cases from a body and checks it, before anything is stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.sql import in_parts
from app.problems import Fault, pointer, read_shape
from app.problems.fault_texts import Texts
from app.problems.wording import AsTyped
from app.regions.local_time import local_day
from app.schemas.lines import find_cleaned
from app.schemas.moments import read_day
from app.schemas.statistics.case_report import MOST_ROWS, CaseReportIn, CountIn
from app.services.reference.standing import Standing, standings_in
from app.statistics.checks import Checked, CountRow, FigureWarning, check_counts, find_warnings
from app.statistics.code_lists import DIMENSIONS
from app.statistics.counts import UNITS, list_rows
from app.statistics.periods import STATUSES, Period, Status, check_period

EXAMPLE: Final = AsTyped({"victims": 49})
"""A row of counts, for the text of a fault."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A valid report that is not stored yet."""

    region: str
    period: Period
    status: Status
    through: date | None
    """None if the whole period counts."""
    source: Mapping[str, Any]
    note: str | None
    checked: Checked
    cleaned: tuple[str, ...] = ()
    """Pointers of the texts that were cleaned."""

    def content(self) -> dict[str, Any]:
        """What makes two reports the same."""
        return {
            "through": self.through,
            "source": dict(self.source),
            "note": self.note,
            "counts": list_rows(self.checked.figures),
        }

    def warnings(self) -> list[FigureWarning]:
        """What is odd in the report by itself."""
        return find_warnings(self.checked, self.period) + [FigureWarning("text_cleaned", each) for each in self.cleaned]


def _name_row(at: int) -> Texts:
    return (f"/counts/{at}",) * 2


def read_draft(
    region: str,
    period: Period,
    content: Mapping[str, Any],
    *,
    now: datetime,
    shown: Callable[[int], Texts] = _name_row,
) -> tuple[Draft | None, list[Fault]]:
    """Reads a body of shape CaseReportIn. Returns None and all faults at once if it is not valid.

    shown: how texts name the row of a position
    """
    today = local_day(now, region)
    body, faults = read_shape(CaseReportIn, content)
    sent = content.get("counts")
    listed = sent[:MOST_ROWS] if isinstance(sent, list) else []
    faults += [
        Fault("nothing_counted", pointer(("counts", at)), limits={"example": EXAMPLE})
        for at, row in enumerate(listed)
        if isinstance(row, dict) and row and not row.keys() & set(UNITS)
    ]
    faults += _period_faults(period, content, today)
    checked = check_counts(_rows(listed if body is None else body.counts, shown), period)
    faults += checked.faults
    if body is not None and not faults and not checked.figures:
        faults.append(Fault("nothing_counted", "/counts", limits={"example": EXAMPLE}))
    if body is None or faults:
        return None, faults
    source = body.source.model_dump(mode="json", exclude_none=True)
    kept = {"source": source, "note": body.note}
    cleaned = tuple(map(pointer, find_cleaned({name: content.get(name) for name in kept}, kept)))
    through = None if body.through == period.last else body.through
    return Draft(region, period, body.status, through, source, body.note, checked, cleaned), []


def _period_faults(period: Period, content: Mapping[str, Any], today: date) -> list[Fault]:
    if period.first > today:
        return [Fault("period_not_begun", parameter="period", limits={"first_day": period.first})]
    status = next((each for each in STATUSES if each == content.get("status")), None)
    through = read_day(content.get("through"))
    if status is None or (through is None and content.get("through") is not None):
        return []
    return check_period(period, status, through, today, at_status="/status", at_through="/through")


def _rows(listed: Sequence[Any], shown: Callable[[int], Texts]) -> list[CountRow]:
    """The rows of counts. A row that is not valid has its own faults, and takes no part in the checks."""
    rows = []
    for at, row in enumerate(listed):
        read = row if isinstance(row, CountIn) else read_shape(CountIn, row)[0]
        if read is not None:
            codes = {each: code for each in DIMENSIONS if (code := getattr(read, each)) is not None}
            counts = {unit: count for unit in UNITS if (count := getattr(read, unit)) is not None}
            rows.append(CountRow(partial(_place, at), shown(at), codes, counts))
    return rows


def _place(at: int, name: str) -> str:
    return pointer(("counts", at, name) if name else ("counts", at))


async def find_standing_of(
    session: AsyncSession, asked: Sequence[tuple[str, Period]], now: datetime
) -> dict[tuple[str, Period], Standing]:
    """How each region stands in its period. It is in force if it was so on the period's first day or on its last."""
    days = {(code, period): (period.first, min(period.last, local_day(now, code))) for code, period in asked}
    wanted = sorted({(code, day) for (code, _), both in days.items() for day in both})
    standings: dict[tuple[str, date], Standing] = {}
    for part in in_parts(wanted):
        standings.update(await standings_in(session, part))
    found = {}
    for (code, period), (first, last) in days.items():
        early = standings[code, first]
        found[code, period] = early if early.edition is not None else standings[code, last]
    return found
