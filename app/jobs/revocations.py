"""Reads new revocations and blocks into a server process about once a second."""

import time
from typing import Final

from app.platform.database import Database
from app.platform.token_areas import forget_areas
from app.platform.tokens import Tokens
from app.services.access.outsiders import read_blocked
from app.services.access.revocations import LONGEST_TOKEN_SECONDS, forget_revocations, read_revocations
from app.services.access.sign_ins import forget_sign_ins

_SWEEP_SECONDS: Final = 600.0


class RevocationReader:
    """The reader of one server process. Revocations it has read stay in force while the database is away."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._known = 0.0
        self._swept = float("-inf")

    async def work(self, database: Database) -> None:
        """Reads what any process has revoked since the last time. Every 10 minutes it deletes what has expired."""
        async with database.connection() as connection:
            heard = await read_revocations(connection, known=self._known)
            blocked = await read_blocked(connection)
            if time.monotonic() - self._swept > _SWEEP_SECONDS:
                await forget_revocations(connection)
                await forget_sign_ins(connection)
                await forget_areas(connection)
                self._tokens.forget(before=time.time() - LONGEST_TOKEN_SECONDS)
                self._swept = time.monotonic()
        self._tokens.hear(heard)
        self._tokens.blocked = blocked
        self._known = max([self._known, *heard.values()])
