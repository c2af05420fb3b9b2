"""Access to PostgreSQL: an SQLAlchemy engine for ordinary paths, an asyncpg pool for hot paths, and the only commit.

There are two pools because a statement through the ORM costs several times what it costs on the wire
(docs/decisions/0004-two-ways-to-the-database.md). Both raise `UnavailableError` for what PostgreSQL cannot do right
now.

Both work as the role `ikk_service`, which owns nothing. `session_guard.py` refuses connections that do not. Row-level
security shows the role only the families in the area that a transaction names
(docs/decisions/0010-area-scope-in-the-database.md). A transaction that names no area sees no family.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
from sqlalchemy import ColumnElement, and_, event, false, or_, text, true
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Mapped

from app.config import Settings
from app.platform.database_address import read_address
from app.platform.session_guard import SERVICE_ROLE as SERVICE_ROLE
from app.platform.session_guard import Connector, ServiceConnection
from app.platform.sql import Statement
from app.platform.unavailable import GONE, RefusedError, read_error
from app.platform.unavailable import UnavailableError as UnavailableError
from app.regions.codes import COUNTRY, subtree_of

Connection = Any
"""An asyncpg connection, or the pool's proxy for one."""

ENGINE_URL: Final = "postgresql+asyncpg://"
"""Only the dialect and driver of an SQLAlchemy engine. Its connections come from a `DatabaseAddress`."""
PLANNING: Final = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
}
"""Settings of a connection apart. A plan that is made while the tables are empty is right for large ones too then."""
EVERYWHERE: Final = (COUNTRY,)
"""The area of work that belongs to no region, such as the command line and the chain of the audit log."""


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


_SET: Final = Statement("SELECT set_config(:name, :value, false)")
_SET_AREA: Final = text("SELECT set_config('ikk.area', :area, true)")


async def _keep(connection: Connection) -> None:
    """Replaces asyncpg's reset query at each release. No path leaves session state behind (SET, LISTEN, locks)."""


class Database:
    """Sessions and connections of one process. Open it once per process with `async with Database.open(...)`."""

    def __init__(self, engine: AsyncEngine, pool: "asyncpg.Pool[Any]", connector: Connector, timeout: float) -> None:
        self._engine = engine
        self._pool = pool
        self._connector = connector
        self.timeout = timeout
        """How many seconds a statement, or the wait for a connection, may take."""
        self._expired_at = 0
        # asyncpg gives a freed connection to whoever asks next, not to whoever has waited longest. Under load some
        # would wait until they time out. A semaphore is fair.
        self._turn = asyncio.Semaphore(pool.get_max_size())

    @classmethod
    @asynccontextmanager
    async def open(cls, dsn: str, settings: Settings) -> AsyncIterator["Database"]:
        """Connects on first use. If the database is down at the start, the process runs and returns 503.

        Raises AddressError if the address cannot be used.
        """
        timeout = settings.database_timeout_seconds
        connector = Connector(read_address(dsn), timeout)
        engine = create_async_engine(
            ENGINE_URL,
            async_creator=connector.connect,
            pool_size=settings.pool_size,
            max_overflow=0,
            pool_timeout=timeout,
            pool_pre_ping=True,
            # Otherwise the text of an error would show the values of its statement, for example on the terminal of
            # `ikk`.
            hide_parameters=True,
        )
        event.listen(engine.sync_engine, "checkout", connector.refuse_distrusted)
        pool_arguments: dict[str, Any] = {
            "connect": connector.connect,
            "connection_class": ServiceConnection,
            "min_size": 0,
            "max_size": settings.pool_size,
            "command_timeout": timeout * 1.5,
            "reset": _keep,
        }
        pool = asyncpg.create_pool(**pool_arguments)
        try:
            async with pool:
                yield cls(engine, pool, connector, timeout)
        finally:
            await engine.dispose()

    async def verify(self) -> None:
        """Raises RefusedError if a connection of either pool is not as it was made. All are then made anew."""
        try:
            async with self.session() as session:
                await self._connector.check(await raw_connection(session))
            async with self.connection() as connection:
                await self._connector.check(connection)
        except RefusedError as error:
            self._connector.distrust(error)
            raise

    async def _expire_distrusted(self) -> None:
        """Has the driver's pool make its connections anew if any was refused since. SQLAlchemy's asks for each."""
        if self._expired_at != self._connector.distrusted:
            self._expired_at = self._connector.distrusted
            await self._pool.expire_connections()

    def _read(self, error: Exception) -> UnavailableError | None:
        """What an error inside a block means, or None if the block itself is wrong."""
        meaning = read_error(error)
        if isinstance(meaning, RefusedError):
            self._connector.distrust(meaning)
        return meaning

    async def open_apart(self, settings: Mapping[str, str]) -> Connection:
        """A connection outside of both pools, with these settings, for whoever keeps it. Raises UnavailableError."""
        connection = await self._connector.connect(command_timeout=self.timeout * 1.5)
        try:
            for name, value in settings.items():
                await connection.execute(*_SET.bind(name=name, value=value))
        except BaseException as error:
            connection.terminate()
            if isinstance(error, Exception) and (meaning := self.meaning_of(error, connection)):
                raise meaning from error
            raise
        return connection

    def may_use(self, connection: Connection) -> bool:
        """Whether a connection of `open_apart` is still open, and none was refused since it was made."""
        return not connection.is_closed() and connection.distrusted == self._connector.distrusted

    def meaning_of(self, error: Exception, connection: Connection | None) -> UnavailableError | None:
        """What an error on a connection of `open_apart` means, or None if what was done on it is wrong."""
        if isinstance(error, UnavailableError):
            return error
        if isinstance(error, asyncpg.InterfaceError) and connection is not None and connection.is_closed():
            return UnavailableError()
        return self._read(error)

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
        except (DBAPIError, *GONE) as error:
            if meaning := self._read(error):
                raise meaning from error
            raise

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A bare connection where each statement is a transaction of its own. Raises UnavailableError.

        A statement that touches families names its area itself. It begins with `set_config('ikk.area', …, true)` and
        reads on only from that row.
        """
        try:
            async with asyncio.timeout(self.timeout):
                await self._turn.acquire()
            try:
                await self._expire_distrusted()
                async with self._pool.acquire() as connection:
                    try:
                        yield connection
                    except asyncpg.InterfaceError as error:
                        if _is_lost(connection):
                            raise UnavailableError from error
                        raise
            finally:
                self._turn.release()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, *GONE) as error:
            if meaning := self._read(error):
                raise meaning from error
            if self._pool.is_closing():
                raise UnavailableError from error
            raise


async def raw_connection(session: AsyncSession) -> Connection:
    """The driver's connection of a session, inside the same transaction. Nothing of the session is pending then."""
    await session.flush()
    raw = await (await session.connection()).get_raw_connection()
    connection: Connection = raw.driver_connection
    return connection


def _is_lost(connection: Connection) -> bool:
    """Whether the driver has closed the connection, or its pool has already taken it away because it was closed."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True
