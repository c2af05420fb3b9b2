"""`ikk release` asks for releases of figures, makes them and lists them."""

from typing import Annotated

import typer

from app.commands.base import errors, read_ring, read_settings, stop, tell, with_database
from app.commands.lists import Form, show_list
from app.jobs.catalogue import refresh
from app.language.catalogue import say
from app.platform.database import EVERYWHERE, Database, raw_connection
from app.platform.log import configure_logging
from app.scoring.catalogue import Catalogue
from app.services.access.key_use import judge_ring
from app.services.releases.making import finish_release
from app.services.releases.reading import list_releases
from app.services.releases.requests import request_release

release = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Releases of figures, which everybody reads who does not review interviews in the region. A server makes them "
    "each day at IKK_RELEASE_HOUR, and when a round is settled.",
)


@release.command("make")
def make(
    year: Annotated[int, typer.Argument(min=2000, max=2100, help="The year of the interviews")],
    instrument: Annotated[
        str | None, typer.Option(help="Code of the instrument. Without it the default one, IKK_DEFAULT_INSTRUMENT")
    ] = None,
) -> None:
    """Makes a release of a year now, unless nothing changed since the last one.

    Servers may keep running. If it is interrupted, a server or the next call goes on with it.
    Example: `ikk release make 2026`
    """
    # The command prints its own text.
    configure_logging("error")
    code = instrument or read_settings().default_instrument
    made = with_database(lambda database: _make(database, code, year))
    if made is None:
        stop(say("no instrument {instrument} is published", instrument=code), 2)
    if not made:
        tell(say("nothing to release: no village has enough families, or nothing changed since the last release"))
    else:
        tell(say("released: {instrument} {year}", instrument=code, year=year))


async def _make(database: Database, instrument: str, year: int) -> bool | None:
    """Whether a release was made. None if the instrument is unknown."""
    ring, catalogue = read_ring(), Catalogue()
    await judge_ring(database, ring)
    await refresh(database, catalogue)
    if catalogue.latest(instrument) is None:
        return None
    async with database.session(EVERYWHERE) as session:
        connection = await raw_connection(session)
        requested = await request_release(
            connection, catalogue, ring, instrument=instrument, year=year, cause="command"
        )
    if requested is not None:
        with errors.status(say("making the release")):
            await finish_release(database, catalogue, ring, requested)
    return requested is not None


@release.command("list")
def list_made(form: Form = "table") -> None:
    """Lists the latest releases, also one that is being made.

    Example: `ikk release list`
    """

    async def work(database: Database) -> list[dict[str, object]]:
        async with database.connection() as connection:
            page = await list_releases(connection, instrument=None, year=None, limit=100, cursor=None)
        return [
            {
                "instrument": each.instrument,
                "year": each.year,
                "number": each.number,
                "status": each.status,
                "made_at": each.made_at,
                "villages": each.villages,
                "changed": each.changed,
                "id": str(each.id),
            }
            for each in page.items
        ]

    show_list(with_database(work), form, heading=4)
