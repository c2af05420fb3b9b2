"""`ikk retention` lists and takes what is older than the province keeps it."""

from uuid import UUID

import typer
from rich.table import Table

from app.commands.base import errors, out, read_settings, stop, with_database, with_session
from app.config import Settings
from app.platform.database import EVERYWHERE, Database
from app.services.subject_requests.retention import KINDS, RetentionKind, count_due, take_batch

retention = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="What is older than the province keeps it, by IKK_RETENTION_IDENTITY_DAYS and IKK_RETENTION_ANSWERS_DAYS. "
    "Outcomes, indexes and sums are kept, so aggregates do not change.",
)


@retention.command("list")
def list_due() -> None:
    """Lists what is due, by kind and year. It changes nothing.

    Example: `ikk retention list`
    """
    table = Table("kind", "days", "year", "due")
    for kind, days in _periods(read_settings()).items():
        if days is None:
            table.add_row(kind, "kept", "", "")
            continue
        due = _count(kind, days)
        for year, count in due:
            table.add_row(kind, str(days), str(year), f"{count:,}")
        if not due:
            table.add_row(kind, str(days), "", "0")
    out.print(table)


@retention.command("apply")
def apply() -> None:
    """Takes what is due, identities first and then answers. Servers may keep running.

    Families with an open subject request are left alone. If it is interrupted, run it again and it continues.
    Example: `ikk retention apply`
    """
    periods = {kind: days for kind, days in _periods(read_settings()).items() if days is not None}
    if not periods:
        stop("nothing is ever due: set IKK_RETENTION_IDENTITY_DAYS or IKK_RETENTION_ANSWERS_DAYS", 2)
    for kind, days in periods.items():
        taken = _apply(kind, days)
        out.print(f"{taken:,} identities taken" if kind == "identity" else f"answers of {taken:,} submissions taken")


def _periods(settings: Settings) -> dict[RetentionKind, int | None]:
    days = {"identity": settings.retention_identity_days, "answers": settings.retention_answers_days}
    return {kind: days[kind] for kind in KINDS}


def _count(kind: RetentionKind, days: int) -> list[tuple[int, int]]:
    return with_session(lambda session: count_due(session, kind, days))


def _apply(kind: RetentionKind, days: int) -> int:
    return with_database(lambda database: _take_all(database, kind, days))


async def _take_all(database: Database, kind: RetentionKind, days: int) -> int:
    after, taken = UUID(int=0), 0
    with errors.status(f"taking {kind}"):
        while True:
            async with database.session(EVERYWHERE) as session:
                batch = await take_batch(session, kind, days, after=after)
            if batch.last is None:
                return taken
            after, taken = batch.last, taken + batch.count
