"""Settings, access to the database and one-sentence error messages for every subcommand."""

import asyncio
import ssl
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn, TypeVar

import asyncpg
import typer
from pydantic import ValidationError
from rich.console import Console
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app import embedded
from app.access import ROLES
from app.config import Settings
from app.jobs.sealing import seal_queue
from app.language.catalogue import language, say, translate
from app.platform.database import EVERYWHERE, SERVICE_ROLE, Database, UnavailableError
from app.platform.database_address import AddressError, read_address
from app.platform.key_ring import KeyRing, KeyRingError, StrayKeysError
from app.platform.unavailable import NotMigratedError, RefusedError
from app.problems import Problem
from app.problems.language import pick
from app.problems.problem_texts import NOT_FOUND
from app.problems.unready_texts import UNREADY_TEXTS
from app.regions.codes import undot
from app.services.audit.sealing import StrangeChainError

# Wide enough for the demo's table if the output is not a terminal. A terminal has a width of its own.
out = Console(width=None if sys.stdout.isatty() else 120)
errors = Console(stderr=True)
SHOWN: Final = 20
"""So many faults or findings are printed. Of others, only the number is."""

Outcome = TypeVar("Outcome")


def stop(message: str, status: int = 1) -> NoReturn:
    """Prints what is wrong on standard error and ends the command with this exit status."""
    errors.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(status)


def read_place(region: str | None, role: str | None) -> str | None:
    """The code of the region without dots. Ends the command if there is no such region code or role."""
    code = undot(region) if region is not None else None
    if (code is None) != (region is None):
        stop(say("no such region code"), 2)
    if role not in (None, *ROLES):
        stop(say("no such role; known are {roles}", roles=", ".join(ROLES)), 2)
    return code


def stop_with(faults: Sequence[str]) -> NoReturn:
    """Ends the command with the first faults, a line each, and the number of the others."""
    rest = len(faults) - SHOWN
    stop("\n".join([*faults[:SHOWN], *([say("and {count:,} more", count=rest)] if rest > 0 else [])]))


def tell(message: str) -> None:
    """Prints a sentence on standard output, as it is and without breaking its lines."""
    out.print(message, markup=False, highlight=False, soft_wrap=True)


def warn(message: str) -> None:
    """Prints a warning on standard error."""
    errors.print(message, style="yellow", markup=False, highlight=False, soft_wrap=True)


def note(message: str) -> None:
    """Prints on standard error what belongs beside the output."""
    errors.print(message, markup=False, highlight=False, soft_wrap=True)


def read_ring() -> KeyRing:
    """The servers' key ring. A ring made here would not have their keys, so a missing file ends the command."""
    file = read_settings().key_ring_file
    if not file.exists():
        stop(say("no key ring at {file}; set IKK_KEYS_FILE to the servers' key ring", file=file))
    return open_ring(file)


def read_settings() -> Settings:
    """The settings of the environment. A wrong one ends the command with exit status 2 and its name.

    So does an address of the database that cannot be used, with the name of the part that is wrong.
    """
    try:
        settings = Settings()
        if settings.database_url is not None:
            read_address(settings.database_url).check_files()
    except ValidationError as error:
        stop(
            "\n".join(
                say("setting {name}: {fault}", name=each["loc"][0], fault=translate(each["msg"]))
                for each in error.errors(include_input=False)
            ),
            2,
        )
    except AddressError as error:
        stop(say("setting {name}: {fault}", name="DATABASE_URL", fault=translate(str(error))), 2)
    return settings


def open_ring(file: Path) -> KeyRing:
    """The key ring in a file. A file that is missing, broken or incomplete ends the command."""
    try:
        return KeyRing(file)
    except KeyRingError as error:
        stop(translate(str(error)))


@contextmanager
def reach_database(settings: Settings) -> Iterator[str]:
    """The address of the configured database. Without one, the embedded database runs as long as the block."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    try:
        with embedded.running(embedded.choose_folder(settings.folder)) as dsn:
            yield dsn
    except embedded.EmbeddedError as error:
        stop(translate(str(error)))


_NO_TABLES = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)
_REFUSED = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)


@contextmanager
def saying_why() -> Iterator[None]:
    """Ends the command with one sentence if the database is away, refuses the login or is not migrated.

    It does the same if a key ring cannot be used.
    """
    try:
        yield
    except KeyRingError as error:
        stop(translate(str(error)))
    except (UnavailableError, OSError, DBAPIError, asyncpg.PostgresError) as error:
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        if isinstance(cause, asyncpg.InsufficientPrivilegeError):
            stop(say("the database refuses the login: {reason}. {remedy}", reason=cause.args[0], remedy=_remedy(cause)))
        if isinstance(error, NotMigratedError) or isinstance(cause, _NO_TABLES):
            stop(say("the database does not have this version's tables; run ikk migrate"))
        if isinstance(error, StrayKeysError):
            stop(
                say(
                    "{fault}; restore the right key ring (IKK_KEYS_FILE), or see ikk keys accept-loss --help",
                    fault=translate(str(error)),
                )
            )
        if isinstance(error, RefusedError):
            stop(pick(UNREADY_TEXTS[error.reason], language()))
        if isinstance(error, UnavailableError) or isinstance(cause, (OSError, *_REFUSED)):
            stop(say("the database cannot be reached: {reason}; see DATABASE_URL", reason=_reason(cause)))
        raise


def _reason(cause: BaseException) -> str:
    """Why a connection failed, without anything from the address."""
    if isinstance(cause, ssl.SSLError):
        return say("TLS failed, see sslmode and sslrootcert")
    if isinstance(cause, ConnectionError) and "SSL" in str(cause):
        return say("the server does not offer the TLS that sslmode asks for")
    return type(cause).__name__


def _remedy(refusal: asyncpg.InsufficientPrivilegeError) -> str:
    """What a database administrator can run so that the login may do what the service needs."""
    if f'role "{SERVICE_ROLE}"' in str(refusal):
        return say("As an administrator: GRANT {role} TO that login", role=SERVICE_ROLE)
    return refusal.hint or say("Migrate as the login that owns the database")


def with_session(work: Callable[[AsyncSession], Awaitable[Outcome]], *, missing: str = "") -> Outcome:
    """Runs `work` in one transaction that sees every region. If it raises not-found, prints `missing` and stops."""

    async def run(database: Database) -> Outcome:
        async with database.session(EVERYWHERE) as session:
            return await work(session)

    return with_database(run, missing=missing)


def with_database(work: Callable[[Database], Awaitable[Outcome]], *, missing: str = "") -> Outcome:
    """Runs `work`, which makes its own transactions, then seals what it audited, because no server may be running."""
    settings = read_settings()

    async def run(dsn: str) -> Outcome:
        async with Database.open(dsn, settings) as database:
            outcome = await work(database)
            await _seal(database, settings)
            return outcome

    try:
        with saying_why(), reach_database(settings) as dsn:
            return asyncio.run(run(dsn))
    except Problem as problem:
        if problem.kind is NOT_FOUND and missing:
            stop(missing)
        faults = [fault.render(language()) for fault in problem.faults]
        lines = [
            ": ".join(filter(None, (each.get("pointer", each.get("parameter")), each["message"]))) for each in faults
        ]
        stop_with(lines or [pick(problem.kind.detail, language())])


async def _seal(database: Database, settings: Settings) -> None:
    """Seals the audit queue. The command has succeeded either way, because unsealed entries wait for a server."""
    if not settings.key_ring_file.exists():
        return  # the servers' ring is elsewhere, and they could not check a chain begun with a new one
    try:
        await seal_queue(database, KeyRing(settings.key_ring_file))
    except (KeyRingError, StrangeChainError, UnavailableError) as error:
        why = translate(str(error)) or say("the database cannot be reached")
        warn(say("this command's audit entries are not sealed yet: {reason}", reason=why))
