"""Limits on requests of a caller: counted in the process, and settled with the other processes about every second.

Reads of identities and batches are few and have low limits, so each is counted in the database at once.

The only writer of `request_use`. This is the generic cell rate algorithm (ITU-T I.371, annex A). It keeps one moment
for each caller, at which the caller's whole allowance is available again. A request moves that moment later by 60 s /
limit. It is refused if the moment would then be more than a minute away. A caller may use a minute's allowance at once,
and after that continues at its rate.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from app.access import Caller
from app.config import Settings
from app.platform.database import Connection, Database, UnavailableError
from app.platform.sql import Statement
from app.problems import Problem, kinds

MINUTE: Final = 60.0
HOUR: Final = 3600.0
_EARLY_SHARE: Final = 20
_INEXACT: Final = 1e-6
_SETTLE: Final = Statement("""
INSERT INTO request_use AS kept (caller, full_at)
SELECT caller, now() + make_interval(secs => spent)
FROM unnest(:callers::text[], :spent::float8[]) AS used (caller, spent)
ORDER BY caller
ON CONFLICT (caller) DO UPDATE
SET full_at = greatest(kept.full_at, now()) + (excluded.full_at - now())
RETURNING caller, extract(epoch FROM full_at - now())::float8
""")
_CHARGE: Final = Statement("""
INSERT INTO request_use AS kept (caller, full_at) VALUES (:caller, now() + make_interval(secs => :cost))
ON CONFLICT (caller) DO UPDATE SET full_at = greatest(kept.full_at, now()) + make_interval(secs => :cost)
WHERE greatest(kept.full_at, now()) + make_interval(secs => :cost) <= now() + make_interval(secs => :window)
RETURNING caller
""")
_WAIT: Final = Statement("""
SELECT ceil(extract(epoch FROM full_at - now()) + :cost - :window)::int FROM request_use WHERE caller = :caller
""")
_FORGET: Final = "DELETE FROM request_use WHERE full_at < now()"


@dataclass(slots=True)
class Use:
    """One caller's use in this process. `full_at` is in seconds of the monotonic clock, `unsettled` counts requests."""

    cost: float
    full_at: float = 0.0
    unsettled: int = 0


class CallerLimits:
    """The limits of callers in one process."""

    def __init__(self, settings: Settings) -> None:
        person, agency = settings.person_requests_per_minute, settings.agency_requests_per_minute
        limits = {"person": person, "outside": person, "agency": agency}
        self._costs = {kind: MINUTE / limit for kind, limit in limits.items() if limit}
        self._uses: dict[str, Use] = {}
        self._early = asyncio.Event()

    def admit(self, caller: Caller) -> None:
        """Counts a request. Raises too-many-requests (429). A refused request does not count."""
        cost = self._costs.get(caller.kind)
        if cost is None:
            return
        use = self._uses.get(caller.id)
        if use is None:
            use = self._uses[caller.id] = Use(cost)
        now = time.monotonic()
        full_at = (use.full_at if use.full_at > now else now) + cost
        wait = full_at - now - MINUTE
        if wait > _INEXACT:
            raise Problem(kinds.TOO_MANY_REQUESTS, wait=wait)
        use.full_at = full_at
        use.unsettled += 1
        if use.unsettled * cost * _EARLY_SHARE >= MINUTE:
            self._early.set()

    async def wait(self, seconds: float) -> None:
        """Waits so many seconds, or until a caller has used a twentieth of its minute since it was last settled."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._early.wait()
        self._early.clear()

    async def settle(self, database: Database) -> None:
        """Adds this process's counts to the shared ones, and reads what other processes have counted."""
        now = time.monotonic()
        self._uses = {caller: use for caller, use in self._uses.items() if use.unsettled or use.full_at > now}
        counted = {caller: use.unsettled for caller, use in self._uses.items() if use.unsettled}
        if not counted:
            return
        spent = [count * self._uses[caller].cost for caller, count in counted.items()]
        async with database.connection() as connection:
            rows = await connection.fetch(*_SETTLE.bind(callers=list(counted), spent=spent))
        now = time.monotonic()
        for caller, seconds in rows:
            use = self._uses[caller]
            use.unsettled -= counted[caller]
            use.full_at = now + seconds + use.unsettled * use.cost


class ChargedLimit:
    """A limit on something of one caller that is the same at every moment in all processes.

    name: distinguishes what is counted
    most: how often in so many seconds. 0 means no limit
    """

    def __init__(self, name: str, most: int, seconds: float) -> None:
        self._name = name
        self._most = most
        self._seconds = seconds
        self.database: Database | None = None

    async def admit(self, caller: Caller) -> None:
        """Counts one. Raises too-many-requests (429). What is refused does not count."""
        if not self._most:
            return
        if self.database is None:
            raise UnavailableError
        key, cost, window = f"{self._name} {caller.id}", self._seconds / self._most, self._seconds
        async with self.database.connection() as connection:
            if await connection.fetchval(*_CHARGE.bind(caller=key, cost=cost, window=window + _INEXACT)) is not None:
                return
            wait = await connection.fetchval(*_WAIT.bind(caller=key, cost=cost, window=window))
        raise Problem(kinds.TOO_MANY_REQUESTS, wait=wait or 0)


async def forget_uses(connection: Connection) -> None:
    """Deletes callers whose whole allowance is available again."""
    await connection.execute(_FORGET)
