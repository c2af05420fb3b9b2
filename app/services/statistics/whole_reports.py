"""Which reports of cases a caller reads whole."""

from app.access import Caller
from app.models import CaseReport
from app.regions.codes import level_of


def sent_by(caller: Caller, report: CaseReport) -> bool:
    """Whether the caller sent this revision."""
    return (caller.kind, caller.id) == (report.sent_by_kind, str(report.sent_by))


def is_whole(caller: Caller, report: CaseReport) -> bool:
    """Whether the caller gets every count of a report. Nobody but its sender gets those of a village."""
    sensitive = level_of(report.region) != "village" and caller.holds("submissions:sensitive", report.region)
    return sensitive or sent_by(caller, report)
