"""Keeps what a server process knows of revocations up to date, about once a second."""

import time
from typing import Final

from app.database import Database
from app.revocation import LONGEST_TOKEN_SECONDS
from app.security import Tokens
from app.services.revocations import read_revocations, sweep

_SWEEP_SECONDS: Final = 600.0


class Hearing:
    """One per server process. What it heard stays in force while the database is away."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._known = 0.0
        self._swept = float("-inf")

    async def work(self, database: Database) -> None:
        """Takes in what was revoked since the last time, by whatever process."""
        async with database.connection() as connection:
            heard = await read_revocations(connection, known=self._known)
            if time.monotonic() - self._swept > _SWEEP_SECONDS:
                await sweep(connection)
                self._tokens.forget(before=time.time() - LONGEST_TOKEN_SECONDS)
                self._swept = time.monotonic()
        self._tokens.hear(heard)
        self._known = max([self._known, *heard.values()])
