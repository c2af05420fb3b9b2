"""`ikk regions` loads editions of the region codes, lists them, and loads which villages are urban."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from app.commands.base import out, stop, stop_with, tell, warn, with_session
from app.commands.lists import Form, show_list
from app.identity.numbers import holds_number
from app.language.catalogue import language, say, translate
from app.regions.changes import ChangeFaults, ChangeRow
from app.regions.codes import COUNTRY, dot
from app.regions.editions import Edition
from app.regions.local_time import local_day, start_of_day
from app.schemas.moments import read_day
from app.services.access.ended_regions import Holders, count_holders
from app.services.reference import regions
from app.services.reference.change_file import read_changes, read_urban_rows
from app.services.reference.loaded_editions import list_editions
from app.services.reference.regions import Loaded
from app.services.reference.urban import Classified, load_urban

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
        _stop_with(found, file)


def _stop_with(found: ChangeFaults, file: Path | None) -> NoReturn:
    where = "" if file is None else f"{file}:"
    stop_with(
        [f"{where}{f'{each.line}:' if each.line else ''} {translate(each.message)}".strip() for each in found.faults]
    )


def _load_shipped(*given: str | None) -> None:
    if any(each is not None for each in given):
        stop(say("--from, --decree and --code need a file"), 2)
    with out.status(say("loading regions")):
        done = with_session(regions.load_shipped_regions)
    for code, each in done.items():
        for warning in each.warnings:
            warn(say("warning: {edition} is left out, because {reason}", edition=code, reason=translate(warning)))
        if not each.warnings:
            told = say("{count:,} regions loaded", count=each.count) if each.count else say("already loaded")
            tell(f"{code}: {told}")


def _edition(start: str | None, decree: str | None, code: str | None) -> Edition:
    day = read_day(start)
    if day is None:
        stop(say("--from needs the first day of the edition, from 2000-01-01 to 2100-12-31"), 2)
    name = day.isoformat() if code is None else code.strip()
    words = "" if decree is None else decree.strip()
    for each in (name, name if decree is None else words):
        if not _is_name(each):
            stop(
                say(
                    "--code and --decree need 1 to {longest} printable characters, without 16 digits in a row",
                    longest=_LONGEST,
                ),
                2,
            )
    return Edition(name, words, day, "ikk regions load")


def _is_name(text: str) -> bool:
    return bool(text) and len(text) <= _LONGEST and text.isprintable() and not holds_number(text)


def _load_file(file: Path, edition: Edition, missing: int) -> None:
    body = file.read_bytes()

    async def load(session: AsyncSession) -> tuple[Loaded, Holders]:
        rows: list[ChangeRow] = read_changes(body, language())
        today: date = local_day(datetime.now(UTC), COUNTRY)
        loaded = await regions.load_changes(session, edition, rows, today=today, missing=missing)
        return loaded, await count_holders(session, loaded.ended, start_of_day(edition.valid_from, COUNTRY))

    with out.status(say("loading regions")):
        loaded, holders = with_session(load)
    if not loaded.count:
        tell(f"{edition.code}: {say('already loaded')}")
        return
    for warning in loaded.warnings:
        warn(say("warning: {reason}", reason=translate(warning)))
    tell(
        say(
            "{edition}: {count:,} regions loaded, in force from {day}; codes that end: {ended:,}",
            edition=edition.code,
            count=loaded.count,
            day=edition.valid_from,
            ended=len(loaded.ended),
        )
    )
    if holders.codes:
        tell(
            say(
                "codes that end are named by {grants:,} grants and {agencies:,} agencies: {codes}. They stay, "
                "and go on covering late interviews. The successors need grants of their own.",
                grants=holders.grants,
                agencies=holders.agencies,
                codes=", ".join(dot(each) for each in holders.codes),
            )
        )


@region.command("urban")
def classify_villages(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV with code and urban (yes or no)")],
    source: Annotated[str, typer.Option(help="Who classified the villages, such as the regulation")],
) -> None:
    """Loads which villages are urban and which are rural, for the breakdown of released figures. Safe to repeat.

    The file has a line for each village. Villages that it does not name stay as they are. With any fault, it changes
    nothing. Example: `ikk regions urban desa.csv --source "Peraturan BPS 120/2020"`
    """
    words = source.strip()
    if not _is_name(words):
        stop(say("--source needs 1 to {longest} printable characters, without 16 digits in a row", longest=_LONGEST), 2)
    body = file.read_bytes()

    async def load(session: AsyncSession) -> Classified:
        return await load_urban(session, read_urban_rows(body, language()), words)

    try:
        with out.status(say("loading regions")):
            done = with_session(load)
    except ChangeFaults as found:
        _stop_with(found, file)
    tell(
        say(
            "urban: {urban:,}, rural: {rural:,}; of these new or changed: {changed:,}; "
            "villages that are still unknown: {without:,}",
            **asdict(done),
        )
    )


@region.command("list")
def show_editions(form: Form = "table") -> None:
    """Lists the loaded editions with their days, and how many regions and changes each has.

    Example: `ikk regions list`
    """
    names = ("valid_from", "valid_to", "regions", "villages", "changes", "decree")
    editions = with_session(list_editions)
    show_list(
        [{"edition": each.code, **{name: getattr(each, name) for name in names}} for each in editions], form, heading=3
    )
