"""Reads the whole chain back, link by link, to check it. `chain.py` reports what is wrong with the links."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.audit.chain import Link

PAGE: Final = 5000

# WITH TIES keeps entries of one position on one page. There can be several if somebody dropped the primary key.
_LINKS: Final = text("""
SELECT position, at, kind, caller_kind, caller_id, region, subject, request_id, detail::text, key_id, hash
FROM audit_log WHERE position > :after ORDER BY position FETCH FIRST :most ROWS WITH TIES
""")
_GUARDED: Final = text("""
SELECT count(*) = 2 FROM pg_trigger
WHERE tgrelid IN ('audit_entry'::regclass, 'audit_label'::regclass) AND tgname = 'refuse_change' AND tgenabled <> 'D'
""")


async def read_links(session: AsyncSession, after: int, *, most: int = PAGE) -> list[Link]:
    """Returns the entries after a position, in their order. The session must see every region."""
    return [Link(*row) for row in await session.execute(_LINKS, {"after": after, "most": most})]


async def is_guarded(session: AsyncSession) -> bool:
    """Returns whether the triggers that refuse changes of entries and labels still exist and are enabled."""
    return bool(await session.scalar(_GUARDED))
