"""Access to PostgreSQL: an SQLAlchemy engine for ordinary paths, an asyncpg pool for hot paths, and the only commit.

There are two pools because a statement through the ORM costs several times what it costs on the wire
(docs/decisions/0004-two-ways-to-the-database.md). Both raise `UnavailableError` for what PostgreSQL cannot do right
now.

Both work as the role `ikk_service`, which owns nothing. Row-level security shows the role only the families in the area
that a transaction names (docs/decisions/0010-area-scope-in-the-database.md). A transaction that names no area sees no
family.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
from sqlalchemy import ColumnElement, and_, false, make_url, or_, text, true
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Mapped

from app.config import Settings
from app.regions.codes import COUNTRY, subtree_of

Connection = Any
"""An asyncpg connection, or the pool's proxy for one."""

SERVICE_ROLE: Final = "ikk_service"
EVERYWHERE: Final = (COUNTRY,)
"""The area of work that belongs to no region, such as the command line and the chain of the audit log."""

_GONE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
    asyncpg.QueryCanceledError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    TimeoutError,
)
"""There is no connection, no room or no time. Nothing was stored, and the same call may succeed later."""


def area_of(regions: Sequence[str]) -> str:
    """The value of the setting `ikk.area`: a text[] of prefixes of the region codes that a transaction may see.

    The codes are canonical. They hold only letters and digits, so nothing needs quoting.
    """
    return "{" + ",".join('""' if region == COUNTRY else region for region in regions) + "}"


def inside(code: Mapped[Any], regions: Sequence[str]) -> ColumnElement[bool]:
    """Whether a column of region codes (ByteOrder) is in one of these subtrees. A subtree is one range of an index."""
    if COUNTRY in regions:
        return true()
    ranges = (subtree_of(root) for root in regions)
    return or_(false(), *(and_(code >= first, code < end) for first, end in ranges))


class UnavailableError(Exception):
    """The database is gone, full, starting or too slow. Nothing was changed."""


class NotMigratedError(UnavailableError):
    """The database server has no role for the service, so nobody has migrated a database on it yet."""


class NotMemberError(UnavailableError):
    """The login is not a member of the service's role. A database administrator has to grant it."""


_SET_AREA: Final = text("SELECT set_config('ikk.area', :area, true)")


async def _keep(connection: Connection) -> None:
    """Replaces asyncpg's reset query at each release. No path leaves session state behind (SET, LISTEN, locks)."""


class Database:
    """Sessions and connections of one process. Open it once per process with `async with Database.open(...)`."""

    def __init__(self, engine: AsyncEngine, pool: "asyncpg.Pool[Any]", timeout: float) -> None:
        self._engine = engine
        self._pool = pool
        self._timeout = timeout
        # asyncpg gives a freed connection to whoever asks next, not to whoever has waited longest. Under load some
        # would wait until they time out. A semaphore is fair.
        self._turn = asyncio.Semaphore(pool.get_max_size())

    @classmethod
    @asynccontextmanager
    async def open(cls, dsn: str, settings: Settings) -> AsyncIterator["Database"]:
        """Connects on first use. If the database is down at the start, the process runs and returns 503."""
        timeout = settings.database_timeout_seconds
        server_settings = {
            "application_name": "ikk",
            "timezone": "UTC",
            "role": SERVICE_ROLE,
            "statement_timeout": str(int(timeout * 1000)),
            "idle_in_transaction_session_timeout": str(int(timeout * 2000)),
        }
        engine = create_async_engine(
            engine_url(dsn),
            pool_size=settings.pool_size,
            max_overflow=0,
            pool_timeout=timeout,
            pool_pre_ping=True,
            # Otherwise the text of an error would show the values of its statement, for example on the terminal of
            # `ikk`.
            hide_parameters=True,
            connect_args={"server_settings": server_settings, "timeout": timeout},
        )
        pool = asyncpg.create_pool(
            dsn,
            min_size=0,
            max_size=settings.pool_size,
            timeout=timeout,
            command_timeout=timeout * 1.5,
            server_settings=server_settings,
            reset=_keep,
        )
        try:
            async with pool:
                yield cls(engine, pool, timeout)
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def session(self, regions: Sequence[str] = ()) -> AsyncIterator[AsyncSession]:
        """A transaction that commits when the block ends and rolls back when the block raises. Raises UnavailableError.

        It sees only families in the subtrees of `regions`, even if a query has no such condition.
        """
        try:
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                if regions:
                    await session.execute(_SET_AREA, {"area": area_of(regions)})
                yield session
                await session.commit()
        except (PoolTimeoutError, *_GONE) as error:
            raise UnavailableError from error
        except DBAPIError as error:
            cause = _cause(error)
            _raise_lacking_role(cause, error)
            if error.connection_invalidated or isinstance(cause, _GONE):
                raise UnavailableError from error
            raise

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A bare connection where each statement is a transaction of its own. Raises UnavailableError.

        A statement that touches families names its area itself. It begins with `set_config('ikk.area', …, true)` and
        reads on only from that row.
        """
        try:
            async with asyncio.timeout(self._timeout):
                await self._turn.acquire()
            try:
                async with self._pool.acquire() as connection:
                    yield connection
            finally:
                self._turn.release()
        except _GONE as error:
            raise UnavailableError from error
        except asyncpg.PostgresError as error:
            _raise_lacking_role(error, error)
            raise


def _cause(error: DBAPIError) -> BaseException | None:
    """The driver's own exception, which SQLAlchemy wraps twice."""
    return getattr(error.orig, "__cause__", None) or error.orig


def _raise_lacking_role(cause: BaseException | None, error: Exception) -> None:
    if f'role "{SERVICE_ROLE}"' not in str(cause):
        return
    if isinstance(cause, asyncpg.InvalidParameterValueError):
        raise NotMigratedError from error
    if isinstance(cause, asyncpg.InsufficientPrivilegeError):
        raise NotMemberError from error


def engine_url(dsn: str) -> str:
    """A PostgreSQL address in the form that SQLAlchemy needs for asyncpg."""
    url = make_url(dsn).set(drivername="postgresql+asyncpg")
    return url.render_as_string(hide_password=False)
