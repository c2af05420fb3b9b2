"""The connection that a worker keeps for itself, outside of both pools."""

from app.platform.database import PLANNING, Connection, Database, UnavailableError


class OwnConnection:
    """Connects when it is first used, and again after it was dropped. Whoever makes it calls `drop` at the end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None

    @property
    def is_made(self) -> bool:
        return self._connection is not None

    async def get(self) -> Connection:
        """The connection, made anew if it was lost or may not be used any more. Raises UnavailableError."""
        if self._connection is not None and not self._database.may_use(self._connection):
            self.drop()
        if self._connection is None:
            self._connection = await self._database.open_apart(PLANNING)
        return self._connection

    def meaning_of(self, error: Exception) -> UnavailableError | None:
        """What an error on it means, or None if what was done on it is wrong."""
        return self._database.meaning_of(error, self._connection)

    def drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
