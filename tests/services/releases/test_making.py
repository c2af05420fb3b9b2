"""Making a release while other processes do the same."""

import asyncio
from typing import Any

import pytest

from app.config import Settings
from app.platform.database import Connection, Database
from app.services.releases import making
from app.services.releases.rendering import render_region
from app.services.releases.requests import lock_unfinished
from tests.routers.releases.test_releases import as_analyst, card
from tests.support.batches import families, send, statuses
from tests.support.factories import EVERYTHING, Client
from tests.support.releases import release


async def test_a_step_of_another_process_just_before_the_lock_is_no_error(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert set(statuses(await send(client, families(45)))) == {201}
    state, between = client.app.state, [True]

    async def lock_late(connection: Connection) -> Any:
        if between:
            between.clear()
            assert await making.advance_release(state.database, state.catalogue, state.keys)
        return await lock_unfinished(connection)

    monkeypatch.setattr(making, "lock_unfinished", lock_late)
    assert await release(client.app) is not None
    assert between == []
    await as_analyst(client)
    assert (await card(client))["families"] == 45


async def test_a_step_may_compute_for_longer_than_a_request_may_take(
    client: Client, dsn: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the cards of the country do, which are made of all villages."""
    await client.sign_in(scopes=EVERYTHING, regions=["ID"])
    assert set(statuses(await send(client, families(45)))) == {201}

    async def render_slowly(*arguments: Any) -> Any:
        found = await render_region(*arguments)
        # More than twice the limit of a statement.
        await asyncio.sleep(2.5)
        return found

    monkeypatch.setattr(making, "render_region", render_slowly)
    async with Database.open(dsn, settings.model_copy(update={"database_timeout_seconds": 1})) as database:
        assert await release(client.app, database=database) is not None
    await as_analyst(client)
    assert (await card(client))["families"] == 45
