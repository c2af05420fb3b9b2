"""`ikk regions` loads editions of the region codes, the shipped ones or one of an office, and lists them."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.commands.base import errors, out, stop, with_session
from app.identity.numbers import holds_number
from app.problems import FAULT_LIMIT
from app.regions.changes import ChangeFaults, ChangeRow
from app.regions.codes import COUNTRY, dot
from app.regions.editions import Edition
from app.regions.local_time import local_day, start_of_day
from app.schemas.moments import read_day
from app.services.access.ended_regions import Holders, count_holders
from app.services.reference import regions
from app.services.reference.change_file import read_changes
from app.services.reference.loaded_editions import list_editions
from app.services.reference.regions import Loaded

region = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Kemendagri region codes.")

_LONGEST = 200


@region.callback()
def explain() -> None:
    """Kemendagri region codes."""


@region.command("load")
def load_regions(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="CSV of changes. Default: the shipped editions")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day of the edition in the file, as 2027-01-01")
    ] = None,
    decree: Annotated[
        str | None, typer.Option(help="The decree in words. Default: what is stored, or the code")
    ] = None,
    code: Annotated[str | None, typer.Option(help="A short name of the edition. Default: its first day")] = None,
    missing: Annotated[
        int, typer.Option(min=0, help="How many regions of the next edition an edition older than all others may lack")
    ] = 0,
) -> None:
    """Loads the shipped editions of the region codes, or a file of changes from a day on. Safe to repeat.

    The file has a line for each change to the list before: split, merge, recode, rename, new or end. With any fault, it
    changes nothing. Example: `ikk regions load pemekaran.csv --from 2027-01-01 --decree "Perda 3/2026"`
    """
    try:
        if file is None:
            _load_shipped(start, decree, code)
        else:
            _load_file(file, _edition(start, decree, code), missing)
    except ChangeFaults as found:
        where = "" if file is None else f"{file}:"
        lines = [f"{where}{f'{each.line}:' if each.line else ''} {each.message}".strip() for each in found.faults]
        more = [f"and {len(lines) - FAULT_LIMIT:,} more faults"] if len(lines) > FAULT_LIMIT else []
        stop("\n".join([*lines[:FAULT_LIMIT], *more]))


def _load_shipped(*given: str | None) -> None:
    if any(each is not None for each in given):
        stop("--from, --decree and --code need a file", 2)
    with out.status("loading regions"):
        done = with_session(regions.load_shipped_regions)
    for code, each in done.items():
        for warning in each.warnings:
            errors.print(
                f"warning: {code} is left out, because {warning}", style="yellow", markup=False, soft_wrap=True
            )
        if not each.warnings:
            out.print(f"{code}: {f'{each.count:,} regions loaded' if each.count else 'already loaded'}")


def _edition(start: str | None, decree: str | None, code: str | None) -> Edition:
    day = read_day(start)
    if day is None:
        stop("--from needs the first day of the edition, from 2000-01-01 to 2100-12-31", 2)
    name = day.isoformat() if code is None else code.strip()
    words = "" if decree is None else decree.strip()
    for each in (name, name if decree is None else words):
        if not each or len(each) > _LONGEST or not each.isprintable() or holds_number(each):
            stop(f"--code and --decree need 1 to {_LONGEST} printable characters, without 16 digits in a row", 2)
    return Edition(name, words, day, "ikk regions load")


def _load_file(file: Path, edition: Edition, missing: int) -> None:
    body = file.read_bytes()

    async def load(session: AsyncSession) -> tuple[Loaded, Holders]:
        rows: list[ChangeRow] = read_changes(body)
        today: date = local_day(datetime.now(UTC), COUNTRY)
        loaded = await regions.load_changes(session, edition, rows, today=today, missing=missing)
        return loaded, await count_holders(session, loaded.ended, start_of_day(edition.valid_from, COUNTRY))

    with out.status("loading regions"):
        loaded, holders = with_session(load)
    if not loaded.count:
        out.print(f"{edition.code}: already loaded", highlight=False, markup=False)
        return
    for warning in loaded.warnings:
        errors.print(f"warning: {warning}", style="yellow", highlight=False, markup=False, soft_wrap=True)
    told = f"{edition.code}: {loaded.count:,} regions loaded, in force from {edition.valid_from}"
    out.print(f"{told}; codes that end: {len(loaded.ended)}", highlight=False, markup=False, soft_wrap=True)
    if holders.codes:
        named = ", ".join(dot(each) for each in holders.codes)
        out.print(
            f"codes that end are named by {holders.grants} grants and {holders.agencies} agencies: {named}. They stay, "
            "and go on covering late interviews. The successors need grants of their own.",
            highlight=False,
            soft_wrap=True,
        )


@region.command("list")
def show_editions() -> None:
    """Lists the loaded editions with their days, and how many regions and changes each has.

    Example: `ikk regions list`
    """
    table = Table(
        "edition", "from", "to", *(Column(name, justify="right") for name in ("regions", "villages", "changes"))
    )
    table.add_column("decree")
    for each in with_session(list_editions):
        days = (each.valid_from.isoformat(), each.valid_to.isoformat() if each.valid_to else "")
        counts = (f"{count:,}" for count in (each.regions, each.villages, each.changes))
        table.add_row(each.code, *days, *counts, each.decree)
    out.print(table, highlight=False, markup=False)
