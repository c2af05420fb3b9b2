"""Makes each connection to PostgreSQL what the service relies on, and refuses those that are not.

The service works as the role `ikk_service`, bound by row-level security, with limits of time. Poolers refuse or drop
start-up parameters, so the settings are made by a statement after connecting. A pooler in transaction mode gives one
session of PostgreSQL to several connections, so that they would work under each other's settings. Such a connection is
recognised by its mark, a random setting of its own session, and refused (docs/decisions/0020-poolers.md).
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import asyncpg
from sqlalchemy.exc import DisconnectionError

from app.platform.database_address import DatabaseAddress
from app.platform.log import log
from app.platform.unavailable import (
    GONE,
    MIXED_UP,
    NotMemberError,
    NotMigratedError,
    PoolerError,
    RefusedError,
    UnavailableError,
    UnguardedError,
)

SERVICE_ROLE: Final = "ikk_service"
_ROUNDS: Final = 3
"""How often two connections are compared. Beside other clients of a pooler, one round can pass by chance."""

# pg_settings tells times in milliseconds. The order is that of bytes, as Python sorts.
_CHECK: Final = """
SELECT current_user AS role,
    (SELECT bool_and(row_security_active(oid)) FROM pg_class WHERE relrowsecurity) IS NOT FALSE
        AND NOT (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS is_bound,
    current_setting('ikk.session', true) AS mark,
    ARRAY(SELECT setting FROM pg_settings WHERE name = ANY ($1::text[]) ORDER BY name) AS settings,
    (SELECT count(*) FROM pg_prepared_statements) AS prepared
"""


class ServiceConnection(asyncpg.Connection):
    """A connection with the mark of the session that it was made on, and how often connections were distrusted then."""

    __slots__ = ("distrusted", "mark")
    mark: str
    distrusted: int


class Connector:
    """Opens connections for both pools of a process. All of them go to the same address with the same settings."""

    def __init__(self, address: DatabaseAddress, seconds: float) -> None:
        limit = address.connect_seconds or seconds
        self._seconds = min(limit, seconds)
        self._arguments = address.arguments({"application_name": "ikk"})
        self._settings = {
            "TimeZone": "UTC",
            "row_security": "on",
            # Compiling a statement of many parts takes seconds. PostgreSQL before 18 would do it for each that may not
            # read whole tables, because it counts that as costs.
            "jit": "off",
            "statement_timeout": str(int(seconds * 1000)),
            "idle_in_transaction_session_timeout": str(int(seconds * 2000)),
        }
        self._sessions_are_own = False
        self._comparing = asyncio.Lock()
        self._has_told = False
        self.distrusted = 0
        """How often a connection was refused. Those that were made before are not used again."""

    async def connect(self, _: str | None = None, **driver: Any) -> ServiceConnection:
        """A connection that was checked. Raises UnavailableError, and RefusedError if it may not be used."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._connect(driver)
        except RefusedError as error:
            self.distrust(error)
            raise
        except (OSError, asyncpg.PostgresError, *GONE) as error:
            raise UnavailableError from error

    async def _connect(self, driver: Mapping[str, Any]) -> ServiceConnection:
        if not self._sessions_are_own:
            # One at a time, because connections beside a comparison could hide that sessions are shared.
            async with self._comparing:
                if not self._sessions_are_own:
                    return await self._open_checked(driver, self._compare)
        return await self._open_checked(driver, self._check_fresh)

    async def _open_checked(
        self, driver: Mapping[str, Any], check: Callable[[ServiceConnection], Awaitable[None]]
    ) -> ServiceConnection:
        connection = await self._open(driver)
        try:
            await check(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _check_fresh(self, connection: ServiceConnection) -> None:
        await self.check(connection, fresh=True)

    async def _compare(self, connection: ServiceConnection) -> None:
        """Checks that two connections have sessions of their own. Each is asked twice, because poolers take turns."""
        other = await self._open({})
        try:
            for each in (connection, connection, other, other) * _ROUNDS:
                await self.check(each, fresh=True)
        finally:
            other.terminate()
        self._sessions_are_own = True

    async def _open(self, driver: Mapping[str, Any]) -> ServiceConnection:
        driver = {**driver, "connection_class": ServiceConnection}
        connection: ServiceConnection = await asyncpg.connect(**self._arguments, **driver)
        try:
            connection.mark = secrets.token_hex(16)
            connection.distrusted = self.distrusted
            wanted = {**self._settings, "role": SERVICE_ROLE, "ikk.session": connection.mark}
            # One message of the simple protocol, so that no pooler can part it. The values are ours.
            calls = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in wanted.items())
            await connection.execute(f"SELECT {calls}")
        except BaseException as error:
            connection.terminate()
            if isinstance(error, asyncpg.InvalidParameterValueError):
                raise NotMigratedError from error
            if isinstance(error, asyncpg.InsufficientPrivilegeError):
                raise NotMemberError from error
            raise
        return connection

    async def check(self, connection: Any, *, fresh: bool = False) -> None:
        """Raises RefusedError unless the connection is as it was made. A fresh one has no prepared statements."""
        try:
            statement = await connection.prepare(_CHECK, name="")
            found = await statement.fetchrow(list(self._settings))
        except MIXED_UP as error:
            raise PoolerError from error
        wanted = [self._settings[name] for name in sorted(self._settings)]
        if found["role"] != SERVICE_ROLE or found["mark"] != connection.mark or found["settings"] != wanted:
            raise PoolerError
        if fresh and found["prepared"]:
            raise PoolerError
        if not found["is_bound"]:
            raise UnguardedError

    def refuse_distrusted(self, connection: Any, *_: Any) -> None:
        """A listener of SQLAlchemy's pool, which makes the connection anew. One in use is kept until then."""
        if connection.driver_connection.distrusted != self.distrusted:
            raise DisconnectionError

    def distrust(self, error: RefusedError) -> None:
        """Compares sessions again at the next connection. Logs once what a pooler has to do."""
        self.distrusted += 1
        self._sessions_are_own = False
        if isinstance(error, PoolerError) and not self._has_told:
            log.error("pooler refused", remedy="set the pooler to session mode, in PgBouncer pool_mode = session")
            self._has_told = True
