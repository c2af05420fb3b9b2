"""The `ikk` command. Every subcommand explains itself with an example; exit status 0 means it was done."""

import asyncio
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import asyncpg
import typer
import uvicorn
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app import demo, embedded
from app.config import Settings
from app.database import Database, UnavailableError
from app.main import create_app
from app.migrate import migrate as run_migrations
from app.regions import CURRENT
from app.scoring.instrument import Instrument
from app.scoring.load import InstrumentFaults, read_instrument
from app.security import SCOPES
from app.services import agencies, instruments, regions
from app.telemetry import configure_logging

SHIPPED_INSTRUMENTS = Path(__file__).parent / "instruments"

ikk = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_enable=False, help=__doc__)
agency = typer.Typer(no_args_is_help=True, help="Organisations with credentials.")
instrument = typer.Typer(no_args_is_help=True, help="Questionnaires with their scoring.")
region = typer.Typer(no_args_is_help=True, help="Kemendagri region codes.")
ikk.add_typer(agency, name="agency")
ikk.add_typer(instrument, name="instrument")
ikk.add_typer(region, name="regions")

# Wide enough for the demo's table where nobody watches; a terminal says its own width.
out = Console(width=None if sys.stdout.isatty() else 120)
errors = Console(stderr=True)

Answer = TypeVar("Answer")


def stop(message: str, status: int = 1) -> NoReturn:
    """Says what is wrong on standard error and ends the command."""
    errors.print(message, style="red", markup=False)
    raise typer.Exit(status)


def read_settings() -> Settings:
    """The settings of the environment; a wrong one ends the command with its name."""
    try:
        return Settings()
    except ValidationError as error:
        stop("\n".join(f"setting {each['loc'][0]}: {each['msg']}" for each in error.errors(include_input=False)), 2)


@contextmanager
def reach_database(settings: Settings) -> Iterator[str]:
    """The address of the configured database, or of the embedded one, which runs as long as the block."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    try:
        with embedded.running(embedded.choose_folder(settings.folder)) as dsn:
            yield dsn
    except embedded.EmbeddedError as error:
        stop(str(error))


_REFUSED = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)


@contextmanager
def saying_why() -> Iterator[None]:
    """Ends the command with one sentence where the database is away, refuses us or has not been migrated."""
    try:
        yield
    except (UnavailableError, OSError, DBAPIError, asyncpg.PostgresError) as error:
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        if isinstance(cause, asyncpg.UndefinedTableError | asyncpg.UndefinedColumnError):
            stop("the database does not have this version's tables; run ikk migrate")
        if isinstance(error, UnavailableError) or isinstance(cause, (OSError, *_REFUSED)):
            stop(f"the database cannot be reached: {type(cause).__name__}; see DATABASE_URL")
        raise


def with_session(work: Callable[[AsyncSession], Awaitable[Answer]]) -> Answer:
    """Runs one piece of work in a transaction of its own."""
    settings = read_settings()

    async def run(dsn: str) -> Answer:
        async with Database.open(dsn, settings) as database, database.session() as session:
            return await work(session)

    try:
        with saying_why(), reach_database(settings) as dsn:
            return asyncio.run(run(dsn))
    except agencies.AgencyError as error:
        stop(str(error))


def shipped_instruments() -> list[Path]:
    return sorted(SHIPPED_INSTRUMENTS.glob("*.toml"))


def read_or_stop(file: Path) -> Instrument:
    """The instrument in a file; a bad one ends the command with every fault and its line."""
    try:
        return read_instrument(file.read_bytes())
    except InstrumentFaults as found:
        stop("\n".join(f"{file}:{fault.line}: {fault.message}" for fault in found.faults))


async def publish_all(session: AsyncSession, files: Sequence[Path]) -> list[bool]:
    """Publishes all of them or none; per file whether it is new."""
    return [await instruments.publish_instrument(session, file.read_bytes()) for file in files]


@ikk.command()
def serve() -> None:
    """Serves the API until it is told to stop; running requests finish first.

    Example: `IKK_PORT=8080 ikk serve`
    """
    settings = read_settings()
    configure_logging(settings.log_level)
    with reach_database(settings) as dsn:
        uvicorn.run(
            create_app(settings, dsn),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=settings.shutdown_seconds,
        )


@ikk.command("demo")
def run_demo(
    once: Annotated[bool, typer.Option("--once", help="End when the table is printed, instead of staying up")] = False,
) -> None:
    """Shows the service at work: families of two villages in, the index of every region above them out.

    Makes the tables, loads regions and instruments, creates two demo agencies and sends families that do not exist
    through the HTTP API. A second run changes nothing. Example: `ikk demo --once`
    """
    settings = read_settings()
    # The story is told on the screen; the server's own lines would only stand between.
    configure_logging("error")
    started = time.perf_counter()
    with reach_database(settings) as dsn:
        file = settings.folder / "demo-secrets.json"
        kept = demo.read_secrets(file)
        with saying_why():
            asyncio.run(run_migrations(dsn))
            secrets = asyncio.run(_prepare_demo(dsn, settings, kept))
        demo.keep_secrets(file, secrets)
        with demo.serving(create_app(settings, dsn), settings.host, settings.port) as address:
            tokens = {name: demo.get_token(address, name, secret) for name, secret in secrets.items()}
            outcomes = demo.send_rounds(address, tokens[demo.KADER[0]], SHIPPED_INSTRUMENTS, out)
            demo.show_aggregates(address, tokens[demo.DASHBOARD[0]], out)
            counts = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
            out.print(f"families: {counts}, in {time.perf_counter() - started:.1f} s")
            if not once:
                _stay_up(address, tokens[demo.DASHBOARD[0]])


async def _prepare_demo(dsn: str, settings: Settings, kept: dict[str, str]) -> dict[str, str]:
    async with Database.open(dsn, settings) as database, database.session() as session:
        await regions.load_regions(session, CURRENT)
        await publish_all(session, shipped_instruments())
        return await demo.make_agencies(session, kept)


def _stay_up(address: str, token: str) -> None:
    out.print(f"\nAPI and its documentation:  {address}/docs")
    out.print("A token to try it with, good for an hour:")
    out.print(token, soft_wrap=True, highlight=False, markup=False)
    out.print(f'\n  curl -H "Authorization: Bearer $TOKEN" {address}/v1/aggregates/6372061004/2025', markup=False)
    out.print("\nCtrl-C ends it; the data stays for the next time.")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()


@ikk.command()
def migrate() -> None:
    """Brings the database's tables to this version. Safe to repeat.

    Example: `ikk migrate`
    """
    settings = read_settings()
    with saying_why(), reach_database(settings) as dsn:
        asyncio.run(run_migrations(dsn))
    out.print("tables are at the head of the migrations")


@region.command("load")
def load_regions() -> None:
    """Loads the shipped edition of the region codes. Safe to repeat.

    Example: `ikk regions load`
    """
    with out.status("loading regions"):
        count = with_session(lambda session: regions.load_regions(session, CURRENT))
    out.print(f"{CURRENT.code}: {f'{count:,} regions loaded' if count else 'already loaded'}")


@instrument.command("check")
def check_instrument(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Names every fault of an instrument file with its line; needs no database.

    Example: `ikk instrument check my-index.toml`
    """
    checked = read_or_stop(file)
    out.print(
        f"{checked.code} {checked.version} ({checked.status}): {len(checked.question)} questions, "
        f"{len(checked.indicator)} indicators in {len(checked.dimension)} dimensions, {checked.digest}",
        soft_wrap=True,
    )


@instrument.command("publish")
def publish_instrument(
    files: Annotated[
        list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="Default: the shipped ones")
    ] = None,
) -> None:
    """Publishes instrument files for good, all or none: a published version never changes.

    Running servers take them in within IKK_REFRESH_SECONDS. Example: `ikk instrument publish my-index.toml`
    """
    chosen = files or shipped_instruments()
    for file in chosen:
        read_or_stop(file)
    try:
        outcomes = with_session(lambda session: publish_all(session, chosen))
    except instruments.FrozenInstrumentError as error:
        stop(str(error))
    for file, new in zip(chosen, outcomes, strict=True):
        out.print(f"{file.name}: {'published' if new else 'already published'}")


@agency.command("create")
def create_agency(
    client_id: str,
    name: Annotated[str, typer.Option(help="The organisation's full name")],
    scope: Annotated[list[str], typer.Option(help="Repeatable: " + ", ".join(SCOPES))],
    region: Annotated[list[str], typer.Option(help="Repeatable: a code stands for all below it; ID: the country")],
) -> None:
    """Creates an agency and prints its secret, this once.

    Example: `ikk agency create dp3a-kalsel --name "DP3A Kalimantan Selatan" --scope aggregates:read --region 63`
    """
    secret = with_session(
        lambda session: agencies.create_agency(session, client_id, name=name, scopes=scope, regions=region)
    )
    _show_secret(client_id, secret)


@agency.command("list")
def list_agencies() -> None:
    """Lists agencies with their scopes and regions.

    Example: `ikk agency list`
    """
    table = Table("client id", "name", "scopes", "regions", "disabled")
    for each in with_session(agencies.list_agencies):
        disabled = each.disabled_at.isoformat(timespec="minutes") if each.disabled_at else ""
        table.add_row(each.client_id, each.name, " ".join(each.scopes), " ".join(each.regions), disabled)
    out.print(table)


@agency.command("rotate")
def rotate_secret(client_id: str) -> None:
    """Gives an agency a new secret; its newest old one stays good until the next rotation.

    Example: `ikk agency rotate dp3a-kalsel`
    """
    _show_secret(client_id, with_session(lambda session: agencies.rotate_secret(session, client_id)))


@agency.command("disable")
def disable_agency(client_id: str) -> None:
    """Ends an agency's secrets; tokens it holds end within IKK_TOKEN_SECONDS.

    Example: `ikk agency disable dp3a-kalsel`
    """
    with_session(lambda session: agencies.disable_agency(session, client_id))
    out.print(f"{client_id} is disabled")


def _show_secret(client_id: str, secret: str) -> None:
    out.print(f"client_id      {client_id}", markup=False, highlight=False)
    out.print(f"client_secret  {secret}", markup=False, highlight=False)
    errors.print("The secret is shown this once; only its hash is stored.")


def main() -> None:
    """Entry point of the `ikk` command."""
    ikk()


if __name__ == "__main__":
    main()
