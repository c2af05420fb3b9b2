"""Areas that are too large for a token, which then names them by their digest. The only writer of `token_area`.

Somebody with roles in hundreds of villages would have a token of 10 KB and more. Proxies take 8 KB in one header.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.database import Connection, Database, UnavailableError
from app.platform.sql import Statement

_LARGEST: Final = 2000
"""Characters of an area as JSON that a token still holds, which are some 150 villages for one scope."""
_REMEMBERED: Final = 256
_READ: Final = Statement("SELECT areas::text AS areas FROM token_area WHERE digest = :digest")
_STORE: Final = text("""
INSERT INTO token_area AS kept (digest, areas, until)
VALUES (:digest, CAST(:areas AS jsonb), to_timestamp(:until))
ON CONFLICT (digest) DO UPDATE SET until = greatest(kept.until, excluded.until)
""")
_FORGET: Final = "DELETE FROM token_area WHERE until < now() - interval '1 hour'"

Area = Mapping[str, Any]
"""The claims `regions` and, if scopes are held in different regions, `areas`."""


def name_of(area: Area) -> str | None:
    """The name of an area that is too large for a token, which is its SHA-256 in hex. None if it is not too large."""
    canonical = _canonical(area)
    return hashlib.sha256(canonical).hexdigest() if len(canonical) > _LARGEST else None


class TokenAreas:
    """Reads areas by their names, and remembers them, because a row never changes."""

    def __init__(self) -> None:
        self.database: Database | None = None
        self._known: dict[str, Area] = {}

    async def find(self, name: str) -> Area | None:
        """The area of this name, or None. Raises UnavailableError."""
        known = self._known.get(name)
        if known is not None:
            return known
        if self.database is None:
            raise UnavailableError
        async with self.database.connection() as connection:
            row = await connection.fetchrow(*_READ.bind(digest=bytes.fromhex(name)))
        found: Area | None = None if row is None else json.loads(row["areas"])
        # The token's signature covers the digest. So nobody widens an area who can write to the table alone.
        if found is None or hashlib.sha256(_canonical(found)).hexdigest() != name:
            return None
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[name] = found
        return found


async def store_area(session: AsyncSession, area: Area, *, until: int) -> None:
    """Stores the area of a token that expires at `until` (epoch seconds)."""
    canonical = _canonical(area)
    row = {"digest": hashlib.sha256(canonical).digest(), "areas": canonical.decode(), "until": float(until)}
    await session.execute(_STORE, row)


async def forget_areas(connection: Connection) -> None:
    """Deletes the areas of tokens that have expired."""
    await connection.execute(_FORGET)


def _canonical(area: Area) -> bytes:
    return json.dumps(area, sort_keys=True, separators=(",", ":")).encode("ascii")
