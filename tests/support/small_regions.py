"""An application on a database with a dozen regions, whose editions a test makes.

The districts 637201 and 637207 do not exist.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from httpx import ASGITransport, AsyncClient

from app.config import Settings
from app.main import create_app
from app.platform.database import Database
from app.regions.changes import ChangeRow
from app.regions.editions import Edition
from app.services.reference.regions import Loaded, load_changes
from tests.support.factories import EVERYTHING, Client, make_body

TODAY = date(2025, 12, 1)
"""Stands for today when a test loads an edition. The service's own clock is later."""
FIRST = date(2024, 1, 1)
"""The oldest edition's first day."""
SPLIT = date(2025, 9, 1)
"""The first day of the edition in which villages change."""

WHOLE = """
new,,63,Kalimantan Selatan
new,,6372,Kota Banjarbaru
new,,637201,Contoh
new,,637207,Contoh Hilir
new,,6372012001,Sukamaju
new,,6372012002,Harapan
new,,6372012003,Bersatu
new,,6372012004,Karang Jaya
new,,6372012005,Tanjung
new,,6372072001,Muara
"""
CHANGED = """
split,63.72.01.2001,63.72.01.2001,
split,63.72.01.2001,63.72.01.2006,Sukamaju Baru
merge,63.72.01.2002,63.72.01.2007,Harapan Bersatu
merge,63.72.01.2003,63.72.01.2007,
recode,63.72.01.2004,63.72.07.2002,
rename,63.72.01.2005,,Tanjung Indah
"""
"""One village split in two, two merged, one moved to another district, and one renamed."""


def rows_of(text: str) -> list[ChangeRow]:
    """Rows of changes from lines of `change,old,new,name`. The first line after the heading has the number 2."""
    return [ChangeRow(line, *row.split(",")) for line, row in enumerate(text.strip().splitlines(), start=2)]


async def load(client: Client, text: str, first: date, *, code: str | None = None, today: date = TODAY) -> Loaded:
    """Loads an edition as the command does, while the application runs."""
    return await load_edition(client.app.state.database, text, first, code=code, today=today)


async def load_edition(
    database: Database, text: str, first: date, *, code: str | None = None, today: date = TODAY
) -> Loaded:
    edition = Edition(code or first.isoformat(), "Keputusan uji", first, "test")
    async with database.session() as session:
        return await load_changes(session, edition, rows_of(text), today=today)


@asynccontextmanager
async def serving_regions(settings: Settings, dsn: str) -> AsyncIterator[Client]:
    """A client with every scope everywhere, of an application on this database."""
    app = create_app(settings, dsn)
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://ikk.test") as http:
        client = Client(http, app)
        await client.sign_in(scopes=EVERYTHING, regions=["ID"])
        yield client


def body_on(day: str, region: str, seed: int = 1, **changed: Any) -> dict[str, Any]:
    """A submission of a region at noon of a day there."""
    return make_body(seed, region=region, surveyed_at=f"{day}T12:00:00+08:00", **changed)


def families_by_code(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    return {each["region"]["code"]: each["families"] for each in rows if each["families"]}
