"""`ikk person import` and `ikk person codes`: accounts and one-time codes for all people of a training."""

import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import COMMAND
from app.commands.base import note, read_place, read_settings, stop, with_session
from app.formats.table_file import TableFile
from app.language.catalogue import language, say
from app.pages.slips import write_page
from app.problems.language import pick
from app.schemas.access.person import CodesOut
from app.services.access.appointing import import_people
from app.services.access.codes import choose_people, give_codes, read_usernames
from app.services.access.people_files import read_people
from app.services.access.slips import write_csv

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]
Slips = Annotated[
    Path | None,
    typer.Option(help="Also writes slips to print into this new HTML file, a page or more for each village"),
]


def import_file(file: File, slips: Slips = None) -> None:
    """Creates an account for everybody in a file of Excel or CSV, or for nobody, and prints one-time codes as CSV.

    The codes are shown only this once.

    The columns are username, name, role and region, or nama pengguna, nama, tugas and kode wilayah. You can add
    valid_from (berlaku mulai), valid_until (berlaku sampai) and training (latihan).
    Example: `ikk person import training.xlsx --slips slips.html > codes.csv`
    """
    days, body = read_settings().code_days, file.read_bytes()

    async def work(session: AsyncSession) -> tuple[CodesOut, TableFile]:
        table = await read_people(body)
        return await import_people(session, COMMAND, table, code_days=days), table

    codes = _print(work, slips)
    note(
        say(
            "{count:,} accounts. The codes are shown this once. The service stores only their hashes.",
            count=len(codes.people),
        )
    )


def new_codes(
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False)] = None,
    region: Annotated[str | None, typer.Option(help="Everybody with a role in this region or below it")] = None,
    role: Annotated[str | None, typer.Option(help="Only people with this role there")] = None,
    include_signed_in: Annotated[
        bool, typer.Option("--include-signed-in", help="Also people who have a password. It ends, with their sign-ins")
    ] = False,
    slips: Slips = None,
) -> None:
    """Prints new one-time codes as CSV for everybody in a file, or with a role in a region.

    The codes are shown only this once. Codes that were not used end. People who have a password are left out.

    Of the file, only the column username counts, so the one of the import will do.
    Example: `ikk person codes --region 63.72 --role kader --slips slips.html > codes.csv`
    """
    code = read_place(region, role)
    if (file is None) == (code is None) or (file is not None and role is not None):
        stop(say("name a file or --region, not both; --role goes with --region"), 2)
    days, body = read_settings().code_days, file.read_bytes() if file is not None else None

    async def work(session: AsyncSession) -> tuple[CodesOut, TableFile | None]:
        table = await read_usernames(body) if body is not None else None
        chosen = choose_people(table, code, role)
        codes = await give_codes(session, COMMAND, chosen, include_signed_in=include_signed_in, code_days=days)
        return codes, table

    codes = _print(work, slips)
    note(
        say(
            "{count:,} codes. They are shown this once. The service stores only their hashes.",
            count=len(codes.people),
        )
    )


def _print(
    work: Callable[[AsyncSession], Awaitable[tuple[CodesOut, TableFile | None]]], slips: Path | None
) -> CodesOut:
    """Runs the work, prints its codes and returns them.

    The file for the slips is made first, because nobody can see a code again.
    """
    if slips is not None:
        try:
            os.close(os.open(slips, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            stop(say("{file} cannot be made: {reason}", file=slips, reason=error.strerror))

    async def all_of_it(session: AsyncSession) -> tuple[CodesOut, TableFile | None, str]:
        codes, table = await work(session)
        return codes, table, await write_csv(codes, ";" if table is None or table.kind == "xlsx" else table.separator)

    try:
        codes, table, written = with_session(all_of_it)
    except BaseException:
        if slips is not None:
            with suppress(OSError):
                slips.unlink()
        raise
    typer.echo(written, nl=False)
    if slips is not None:
        slips.write_text(write_page(codes, read_settings().issuer), "utf-8")
    for each in codes.left_out:
        note(say("{username} got no code: {reason}", username=each.username, reason=each.reason))
    for warning in codes.warnings:
        note(pick((warning.message.id, warning.message.en), language()))
    if table is not None and table.ignored:
        note(say("Columns that were not used: {columns}", columns=", ".join(table.ignored)))
    return codes
