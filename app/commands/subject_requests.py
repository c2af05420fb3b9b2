"""`ikk requests`: what families asked for by right, for whoever watches the clocks."""

from typing import Annotated

import typer
from rich.table import Column, Table

from app.access import COMMAND
from app.commands.running import out, stop, with_session
from app.regions.codes import undot
from app.services.subject_requests import serving

requests = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="What families asked for by right, with its clock."
)

_ALL = 1_000_000


@requests.callback()  # with one command only, its name would otherwise be left out
def explain() -> None:
    """What families asked for by right, with its clock; they are served at the API, by data protection officers."""


@requests.command("list")
def list_requests(
    region: Annotated[str | None, typer.Option(help="In this region or below it")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those that are past their time")] = False,
    closed: Annotated[bool, typer.Option("--all", help="Also those that were done or refused")] = False,
) -> None:
    """Lists open requests, that which is due first first. Exit status 3 with --overdue where there is one.

    Example: `ikk requests list --overdue --region 6372`
    """
    code = None if region is None else undot(region)
    if (code is None) != (region is None):
        stop("no such region code", 2)
    page = with_session(
        lambda session: serving.list_requests(
            session,
            COMMAND,
            region=code,
            status=None if closed else "open",
            overdue=True if overdue else None,
            limit=_ALL,
        )
    )
    table = Table(Column("request", min_width=36), "region", "kind", "status", "due", "hours left")
    for each in page.items:
        left = "" if each.hours_left is None else f"{each.hours_left:.1f}"
        due = each.due_at.isoformat(timespec="minutes") + (" overdue" if each.overdue else "")
        table.add_row(str(each.id), each.region, each.kind, each.status, due, left)
    out.print(table)
    if overdue and page.items:
        raise typer.Exit(3)
