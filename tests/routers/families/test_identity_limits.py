"""The limit on reads of identities, exports and searches, and their count in the metrics."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.config import Settings
from app.main import create_app
from app.platform.database import Connection, Database
from tests.support.factories import EVERYTHING, Client
from tests.support.families import find, make_named_body, state_purpose, take
from tests.support.subject_requests import REQUESTS, ask


@pytest.fixture
async def others(settings: Settings, dsn: str, database: Database) -> AsyncIterator[list[Client]]:
    """Two server processes with a limit of four reads an hour, and one caller of both."""
    assert database is not None
    changed = settings.model_copy(update={"identity_reads_per_hour": 4})
    apps = [create_app(changed, dsn), create_app(changed, dsn)]
    async with apps[0].router.lifespan_context(apps[0]), apps[1].router.lifespan_context(apps[1]):
        clients = []
        for each in apps:
            transport = ASGITransport(app=each, raise_app_exceptions=False)
            clients.append(Client(AsyncClient(transport=transport, base_url="http://ikk.test"), each))
        clients[1].agency_id = clients[0].agency_id
        for client in clients:
            await client.sign_in(scopes=EVERYTHING, regions=["63"])
        yield clients
        for client in clients:
            await client.http.aclose()


def counted(app: FastAPI) -> dict[str, float]:
    metric = app.state.metrics.identity_reads
    return {outcome: metric.labels(outcome)._value.get() for outcome in ("read", "refused", "limited")}


async def test_it_holds_over_all_processes_and_kinds_of_reading(others: list[Client], connection: Connection) -> None:
    one, other = others
    body = make_named_body()
    family = await take(one, body)
    request = await ask(one, family, "export")
    assert (await one.get(f"/v1/families/{family}/identity")).status_code == 403
    await state_purpose(one, family)
    assert (await other.get(f"/v1/families/{family}/identity")).status_code == 200
    assert (await one.get(f"{REQUESTS}/{request}/export")).status_code == 200
    assert (await find(other, card_number=body["family"]["card_number"])).status_code == 200
    for client in others:
        for answer in (
            await client.get(f"/v1/families/{family}/identity"),
            await client.get(f"{REQUESTS}/{request}/export"),
            await find(client, card_number=body["family"]["card_number"]),
        ):
            assert (answer.status_code, answer.json()["type"]) == (429, "urn:ikk:problem:too-many-requests")
            assert 800 < int(answer.headers["retry-after"]) <= 960
            assert body["family"]["card_number"] not in answer.text
    assert counted(one.app) == {"read": 1, "refused": 1, "limited": 3}
    assert counted(other.app) == {"read": 2, "refused": 0, "limited": 3}
    assert (await one.get(f"/v1/families/{family}")).status_code == 200
    await connection.execute("UPDATE request_use SET full_at = full_at - interval '15 minutes'")
    assert (await one.get(f"/v1/families/{family}/identity")).status_code == 200
    assert (await other.get(f"/v1/families/{family}/identity")).status_code == 429


async def test_another_caller_has_a_limit_of_its_own(others: list[Client]) -> None:
    one, other = others
    for _ in range(4):
        assert (await find(one, nik="6372010101900001")).status_code == 200
    assert (await find(one, nik="6372010101900001")).status_code == 429
    other.agency_id = str(uuid4())
    await other.sign_in(scopes=EVERYTHING, regions=["63"])
    assert (await find(other, nik="6372010101900001")).status_code == 200
