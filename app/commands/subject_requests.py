"""`ikk requests` lists subject requests, so that you can watch their clocks."""

from typing import Annotated

import typer

from app.access import COMMAND
from app.commands.base import stop, with_session
from app.commands.lists import Form, show_list
from app.language.catalogue import say
from app.regions.codes import undot
from app.services.subject_requests import serving

requests = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Families' subject requests with their clock.",
)

_ALL = 1_000_000


@requests.callback()  # otherwise typer would leave out the name of an only command
def explain() -> None:
    """Families' subject requests with their clock. Data protection officers serve them through the API."""


@requests.command("list")
def list_requests(
    region: Annotated[str | None, typer.Option(help="In this region or below it")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only overdue requests")] = False,
    closed: Annotated[bool, typer.Option("--all", help="Also requests that are done or refused")] = False,
    form: Form = "table",
) -> None:
    """Lists open subject requests, with the earliest due first.

    With --overdue, the exit status is 3 if there is one. Example: `ikk requests list --overdue --region 6372`
    """
    code = None if region is None else undot(region)
    if (code is None) != (region is None):
        stop(say("no such region code"), 2)
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
    names = ("id", "region", "kind", "status", "due_at", "hours_left", "overdue")
    rows = [{name: getattr(each, name) for name in names} for each in page.items]
    show_list(rows, form, heading=5)
    if overdue and page.items:
        raise typer.Exit(3)
