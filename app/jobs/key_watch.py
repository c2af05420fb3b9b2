"""Watches the key ring of a server process, so that nothing is stored under stray keys."""

from app.platform.database import Database
from app.platform.key_ring import KeyRing
from app.platform.log import log
from app.services.access.key_use import judge_ring


class KeyWatch:
    """Judges a ring at the start, when its file changes, and every second while keys are missing."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        self._told: tuple[str, ...] | None = None
        """The missing keys that were logged last."""
        self._told_unread = False

    async def work(self, database: Database) -> None:
        """Looks at the file, and compares its keys with the database if that has to be done."""
        self._keys.look()
        if self._keys.waits:
            await judge_ring(database, self._keys)
        if self._keys.lacking != self._told and self._keys.lacking:
            log.error("key ring lacks keys that the database names", keys=list(self._keys.lacking))
        self._told = self._keys.lacking
        if self._keys.unread and not self._told_unread:
            log.error("key ring cannot be read; the keys read before stay in use")
        self._told_unread = self._keys.unread
