"""Which errors of the drivers mean that PostgreSQL cannot do anything for us right now, and why."""

import ssl
from typing import ClassVar, Final

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.platform.log import log
from app.problems import Problem, unavailable
from app.problems.unready_texts import Reason

GONE: Final = (
    ConnectionError,
    TimeoutError,
    ssl.SSLError,
    PoolTimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.InternalClientError,
)
"""There is no connection, no room or no time, or the plan was made for other tables. Nothing was stored, and the same
call may succeed later.

The driver raises InternalClientError if the server ends a connection just as a statement begins. InterfaceError is not
among these, because a wrong number or type of parameters is one too.
"""

MIXED_UP: Final = (
    asyncpg.InvalidSQLStatementNameError,
    asyncpg.DuplicatePreparedStatementError,
)
"""What PostgreSQL and poolers say if the messages of one statement reach different sessions."""


class UnavailableError(Exception):
    """The database is gone, full, starting or too slow. Nothing was changed."""


class RefusedError(UnavailableError):
    """The service refuses to work on this connection until an operator has changed something."""

    reason: ClassVar[Reason]


class NotMigratedError(RefusedError):
    """The database server has no role for the service, so nobody has migrated a database on it yet."""

    reason = "migrations"


class NotMemberError(RefusedError):
    """The login is not a member of the service's role. A database administrator has to grant it."""

    reason = "role"


class UnguardedError(RefusedError):
    """Row-level security does not bind the service's role."""

    reason = "row_security"


class PoolerError(RefusedError):
    """Something between us and PostgreSQL gives one session to several connections, or changes its settings."""

    reason = "pooler"


def read_error(error: Exception) -> UnavailableError | None:
    """What an error of asyncpg or SQLAlchemy means to a caller, or None if the statement itself is wrong."""
    cause: BaseException | None = error
    if isinstance(error, DBAPIError):
        # SQLAlchemy wraps the driver's own exception twice.
        cause = getattr(error.orig, "__cause__", None) or error.orig
    if isinstance(cause, MIXED_UP):
        return PoolerError()
    if isinstance(cause, GONE) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return UnavailableError()
    return None


def problem_of(error: Exception, *also: Reason) -> Problem:
    """Logs why the service cannot work now, and returns the 503 that says it. `also` are further reasons."""
    reasons = [*([error.reason] if isinstance(error, RefusedError) else []), *also]
    log.warning("unavailable", cause=type(error.__cause__ or error).__qualname__, reasons=reasons)
    return unavailable(*reasons)
