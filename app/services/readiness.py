"""Checks whether the database, its migrations and its reference data let this process serve."""

from functools import cache

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.database import SERVICE_ROLE
from app.platform.migrations import ALEMBIC_INI
from app.problems import Problem, kinds
from app.scoring.catalogue import Catalogue


@cache
def migration_head() -> str:
    """Returns the database revision that this version's code needs."""
    return ScriptDirectory.from_config(Config(ALEMBIC_INI)).get_current_head() or ""


async def check_readiness(session: AsyncSession, catalogue: Catalogue, default_instrument: str) -> None:
    """Raises unavailable with every reason if migrations, regions or the default instrument are missing."""
    reasons = []
    try:
        found = await session.scalar(text("SELECT version_num FROM alembic_version"))
        if found != migration_head():
            reasons.append("migrations")
        elif not await session.scalar(text("SELECT EXISTS (SELECT 1 FROM region)")):
            reasons.append("regions")
    except ProgrammingError as error:
        if f'role "{SERVICE_ROLE}"' in str(error.orig):
            raise
        await session.rollback()
        reasons.append("migrations")
    if catalogue.latest(default_instrument) is None:
        reasons.append("instruments")
    if reasons:
        raise Problem(kinds.UNAVAILABLE, headers={"Retry-After": "5"}, reasons=reasons)
