"""Checks whether the database, its migrations and its reference data let this process serve."""

import re
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.database import Database
from app.platform.key_ring import KeyRing
from app.problems import unavailable
from app.problems.unready_texts import Reason
from app.scoring.catalogue import Catalogue

_MIGRATIONS: Final = Path(__file__).parents[2] / "migrations" / "versions"
CLUSTER_NAME: Final = "ikk-embedded"
"""What the setting `cluster_name` of the embedded server says. Only who starts a server can set it."""

# Whoever is a member of a role can become it by SET ROLE, so what its roles may do counts too.
_UNBOUND_LOGIN: Final = """
SELECT current_setting('cluster_name') <> :embedded AND (
    EXISTS (
        SELECT FROM pg_roles
        WHERE (rolsuper OR rolbypassrls OR rolname ~ '^pg_(read|write)_(all_data|server_files)$|^pg_execute_server')
        AND pg_has_role(session_user, oid, 'MEMBER')
    )
    OR EXISTS (
        SELECT FROM pg_class
        WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p')
        AND pg_has_role(session_user, relowner, 'MEMBER')
    )
)
"""


@cache
def migration_head() -> str:
    """Returns the database revision that this version's code needs.

    It reads what the migrations say of themselves. Alembic would load each of them, and itself into every server.
    """
    texts = [file.read_text("utf-8") for file in sorted(_MIGRATIONS.glob("*.py"))]
    made, followed = (
        {found[1] for each in texts if (found := re.search(rf'^{name} = "(.+)"$', each, re.MULTILINE))}
        for name in ("revision", "down_revision")
    )
    (head,) = made - followed
    return head


async def check_readiness(database: Database, catalogue: Catalogue, default_instrument: str, keys: KeyRing) -> None:
    """Raises unavailable with every reason why this process cannot serve, or UnavailableError."""
    await database.verify()
    async with database.session() as session:
        reasons = [*await _read_login(session), *await _read_tables(session)]
    if catalogue.latest(default_instrument) is None:
        reasons.append("instruments")
    if keys.lacking:
        reasons.append("keys")
    if reasons:
        raise unavailable(*reasons)


async def _read_login(session: AsyncSession) -> list[Reason]:
    """Whether row-level security stops the login itself. The embedded server has only a superuser, and no network."""
    return ["login"] if await session.scalar(text(_UNBOUND_LOGIN), {"embedded": CLUSTER_NAME}) else []


async def _read_tables(session: AsyncSession) -> list[Reason]:
    try:
        if await session.scalar(text("SELECT version_num FROM alembic_version")) != migration_head():
            return ["migrations"]
        return [] if await session.scalar(text("SELECT EXISTS (SELECT 1 FROM region)")) else ["regions"]
    except ProgrammingError:
        await session.rollback()
        return ["migrations"]
