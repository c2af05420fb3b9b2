"""`ikk retention` lists and takes what is older than the province keeps it."""

from uuid import UUID

import typer

from app.commands.base import errors, read_settings, stop, tell, with_database, with_session
from app.commands.lists import Form, show_list
from app.config import Settings
from app.language.catalogue import say
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
def list_due(form: Form = "table") -> None:
    """Lists what is due, by kind and year. It changes nothing.

    Example: `ikk retention list`
    """
    rows = []
    for kind, days in _periods(read_settings()).items():
        due = [] if days is None else [(str(year), count) for year, count in _count(kind, days)]
        for year, count in due or [("", 0)]:
            kept = "kept" if days is None else str(days)
            rows.append({"kind": kind, "days": kept, "year": year, "due": None if days is None else count})
    show_list(rows, form, heading=4, words=["days"])


@retention.command("apply")
def apply() -> None:
    """Takes what is due, identities first and then answers. Servers may keep running.

    Families with an open subject request are left alone. If it is interrupted, run it again and it continues.
    Example: `ikk retention apply`
    """
    periods = {kind: days for kind, days in _periods(read_settings()).items() if days is not None}
    if not periods:
        stop(say("nothing is ever due: set IKK_RETENTION_IDENTITY_DAYS or IKK_RETENTION_ANSWERS_DAYS"), 2)
    for kind, days in periods.items():
        taken = _apply(kind, days)
        tell(
            say("{count:,} identities taken", count=taken)
            if kind == "identity"
            else say("answers of {count:,} submissions taken", count=taken)
        )


def _periods(settings: Settings) -> dict[RetentionKind, int | None]:
    days = {"identity": settings.retention_identity_days, "answers": settings.retention_answers_days}
    return {kind: days[kind] for kind in KINDS}


def _count(kind: RetentionKind, days: int) -> list[tuple[int, int]]:
    return with_session(lambda session: count_due(session, kind, days))


def _apply(kind: RetentionKind, days: int) -> int:
    return with_database(lambda database: _take_all(database, kind, days))


async def _take_all(database: Database, kind: RetentionKind, days: int) -> int:
    after, taken = UUID(int=0), 0
    with errors.status(say("taking identities") if kind == "identity" else say("taking answers")):
        while True:
            async with database.session(EVERYWHERE) as session:
                batch = await take_batch(session, kind, days, after=after)
            if batch.last is None:
                return taken
            after, taken = batch.last, taken + batch.count
