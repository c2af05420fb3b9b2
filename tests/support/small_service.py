"""A separate application for a test that has published instruments of its own too."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from httpx import ASGITransport, AsyncClient

from app.config import Settings
from app.main import create_app
from app.scoring.reading.files import read_instrument
from app.services.reference.instruments import publish_instrument, refresh_catalogue
from tests.scoring.small import SMALL
from tests.support.factories import EVERYTHING, Client, make_body


@asynccontextmanager
async def serving_small(settings: Settings, dsn: str) -> AsyncIterator[Client]:
    """A client with every scope in regency 6372. The instrument is deleted afterwards."""
    async with serving(settings, dsn, [SMALL], regions=["6372"]) as client:
        yield client


@asynccontextmanager
async def serving(
    settings: Settings, dsn: str, texts: Iterable[str], *, regions: Sequence[str]
) -> AsyncIterator[Client]:
    """A client with every scope in these regions. The instruments in the texts are deleted afterwards."""
    files = [text.encode("utf-8") for text in texts]
    codes = [read_instrument(file).code for file in files]
    app = create_app(settings, dsn)
    async with app.router.lifespan_context(app):
        async with app.state.database.session() as session:
            for file in files:
                await publish_instrument(session, file)
        async with app.state.database.session() as session:
            await refresh_catalogue(session, app.state.catalogue)
        transport = ASGITransport(app=app, raise_app_exceptions=False)
        try:
            async with AsyncClient(transport=transport, base_url="http://ikk.test") as http:
                client = Client(http, app)
                await client.sign_in(scopes=EVERYTHING, regions=regions)
                yield client
        finally:
            async with app.state.database.connection() as bare:
                await bare.execute("DELETE FROM instrument WHERE code = ANY ($1::text[])", codes)


def small_body(answers: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """A submission with the small instrument."""
    family = {"head_sex": "male", "members": answers["members"]}
    return {**make_body(), "instrument": "small", "version": "1.0", "family": family, "answers": answers, **changed}
