"""Making a release while other processes do the same."""

from typing import Any

import pytest

from app.platform.database import Connection
from app.services.releases import making
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
