"""Periods of case statistics: a year, a quarter or a month, written 2023, 2023-Q1 or 2023-01."""

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from app.problems import Fault

Granularity = Literal["year", "quarter", "month"]
Status = Literal["verified", "provisional"]
STATUSES: Final[tuple[Status, ...]] = ("verified", "provisional")

PATTERN: Final = "(20[0-9]{2}|2100)(-(Q[1-4]|0[1-9]|1[0-2]))?"
EXAMPLE: Final = "2023-01"

_FORM: Final = re.compile(PATTERN, re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """A period of the calendar. Both days belong to it."""

    text: str
    year: int
    granularity: Granularity
    first: date
    last: date

    def is_open(self, today: date) -> bool:
        """Whether the period has not ended yet."""
        return today <= self.last

    @property
    def months(self) -> int:
        return self.last.month - self.first.month + 1

    def lies_in(self, other: "Period") -> bool:
        """Whether this is a shorter period inside the other one."""
        return self != other and other.first <= self.first and self.last <= other.last


def read_period(text: str) -> Period | None:
    """The period that a text names. None if the text is not written as a period."""
    if not _FORM.fullmatch(text):
        return None
    year, part = int(text[:4]), text[5:]
    if not part:
        return Period(text, year, "year", date(year, 1, 1), date(year, 12, 31))
    if part.startswith("Q"):
        last = 3 * int(part[1])
        return Period(text, year, "quarter", date(year, last - 2, 1), _end_of(year, last))
    return Period(text, year, "month", date(year, int(part), 1), _end_of(year, int(part)))


def _end_of(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def check_period(
    period: Period, status: Status, through: date | None, today: date, *, at_status: str, at_through: str
) -> list[Fault]:
    """The faults of what a report says about its period. `today` is the day at the region. Both places are pointers."""
    faults = []
    if period.is_open(today):
        if status != "provisional":
            faults.append(Fault("period_open", at_status, limits={"last_day": period.last}))
        if through is None:
            faults.append(Fault("through_missing", at_through, limits={"example": today.isoformat()}))
    latest = min(period.last, today)
    if through is not None and not period.first <= through <= latest:
        limits = {"minimum": period.first, "maximum": latest}
        faults.append(Fault("out_of_range", at_through, limits=limits))
    return faults
