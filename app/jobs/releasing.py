"""Makes releases in the background of a server process: each day, and after a round was settled."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Final

from app.platform.database import EVERYWHERE, Database
from app.platform.key_ring import KeyRing
from app.scoring.catalogue import Catalogue
from app.services.releases.due import request_daily, request_settled
from app.services.releases.making import advance_release

_LOOK_SECONDS: Final = 15.0
_WESTERN: Final = timedelta(hours=7)
"""Western Indonesian time, in which the hour of releases is set."""


class Releaser:
    """The releaser of one server process. If it is killed, another one goes on with the release.

    hour: from which hour of the day on (Western Indonesian time) it makes the releases of the day. None: never
    """

    def __init__(self, catalogue: Catalogue, keys: KeyRing, hour: int | None) -> None:
        self._catalogue = catalogue
        self._keys = keys
        self._hour = hour
        self._looked = float("-inf")
        self._requested: date | None = None
        """The day whose releases were requested here."""

    async def work(self, database: Database) -> None:
        """Requests what is due, and makes releases step by step until none is left."""
        if not self._catalogue.loaded:
            return
        if time.monotonic() - self._looked >= _LOOK_SECONDS:
            await self._request(database)
            self._looked = time.monotonic()
        while await advance_release(database, self._catalogue, self._keys):
            pass

    async def _request(self, database: Database) -> None:
        local = datetime.now(UTC) + _WESTERN
        is_time = self._hour is not None and local.hour >= self._hour and self._requested != local.date()
        async with database.session(EVERYWHERE) as session:
            await request_settled(session, self._catalogue, self._keys)
            if is_time:
                await request_daily(session, self._catalogue, self._keys)
        if is_time:
            self._requested = local.date()
