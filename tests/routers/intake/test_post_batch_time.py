"""POST /v1/submissions/batch on a server that is too slow for the whole batch."""

import time
from typing import Any

import pytest

from app.config import Settings
from app.platform.database import Connection
from app.services.intake import batch
from app.services.intake.plainly import check_plainly
from tests.support.batches import families, send, slug, statuses
from tests.support.factories import Client


async def test_what_is_not_taken_in_time_is_refused_and_stored_by_the_next_batch(
    caller: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = families(4)

    def check_slowly(*given: Any) -> Any:
        time.sleep(0.3)
        return check_plainly(*given)

    monkeypatch.setattr(batch, "check_plainly", check_slowly)
    monkeypatch.setattr(batch, "_SECONDS", 0.5)
    answer = await send(caller, sent)
    became, stored = statuses(answer), answer.json()["stored"]
    assert 1 <= stored < 4
    assert became == [201] * stored + [503] * (4 - stored)
    for each in answer.json()["items"][stored:]:
        assert slug(each) == "busy"
        assert each["retry_after"] >= 5
    assert await connection.fetchval("SELECT count(*) FROM submission") == stored
    monkeypatch.undo()
    assert statuses(await send(caller, sent)) == [200] * stored + [201] * (4 - stored)


def test_a_batch_is_answered_within_the_minute_that_a_proxy_waits() -> None:
    """The longest way through: admitted late, the last interview begun at the last moment, and the end read late."""
    longest_wait = Settings.model_fields["database_timeout_seconds"].default
    assert 3 * longest_wait + batch._SECONDS <= 50
