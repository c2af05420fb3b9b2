"""GET /v1/instruments: the list, one instrument, its schema. A newly published one is scored and aggregated."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from jsonschema import Draft202012Validator

from app.config import Settings
from app.main import create_app
from app.platform.database import Database
from app.services.reference.instruments import publish_instrument
from tests.scoring.small import SMALL
from tests.support.factories import EVERYTHING, Client, make_body
from tests.support.wire import eventually


async def test_it_works(caller: Client) -> None:
    page = (await caller.get("/v1/instruments")).json()
    assert page["next"] is None
    # Other tests publish instruments, which the application may still know.
    shipped = [each for each in page["items"] if each["code"] in ("ikk-29", "ketahanan-24")]
    ikk, newer, newest, divided, ketahanan, *_ = shipped
    assert (ikk["code"], ikk["version"], ikk["status"]) == ("ikk-29", "2025.1", "provisional")
    assert (ikk["dimensions"], ikk["indicators"]) == (5, 29)
    assert ikk["digest"].startswith("sha-256:")
    assert (ketahanan["code"], ketahanan["indicators"]) == ("ketahanan-24", 24)
    assert ikk["follows"] is None
    assert (newer["version"], newer["follows"]["version"], newer["follows"]["comparable"]) == (
        "2025.2",
        "2025.1",
        "all",
    )
    assert newer["follows"]["note"].keys() == {"id", "en"}
    assert (newest["version"], newest["follows"]["version"], newest["follows"]["comparable"]) == (
        "2026.1",
        "2025.2",
        "all",
    )
    assert (divided["version"], divided["follows"]["version"]) == ("2026.2", "2026.1")
    assert {name: newest[name] for name in ("questions", "dimensions", "indicators")} == {
        name: newer[name] for name in ("questions", "dimensions", "indicators")
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ikk-29/2025.2", "ikk-29/2026.1"),
        ("ikk-29/2026.1", "ikk-29/2026.2"),
        ("ketahanan-24/2016.2", "ketahanan-24/2016.3"),
    ],
)
async def test_a_version_of_format_2_asks_what_the_one_before_it_asks(caller: Client, old: str, new: str) -> None:
    before = (await caller.get(f"/v1/instruments/{old}/schema")).json()
    schema = (await caller.get(f"/v1/instruments/{new}/schema")).json()
    assert schema["properties"] == before["properties"]
    assert schema["required"] == before["required"]


async def test_one_is_given_whole(caller: Client) -> None:
    response = await caller.get("/v1/instruments/ikk-29/2025.1")
    assert response.status_code == 200
    content = response.json()["content"]
    assert len(content["indicator"]) == 29
    assert len(content["question"]) == response.json()["questions"]
    for indicator in content["indicator"]:
        assert indicator["fulfilled_when"]
        assert indicator["status"] == "provisional"
        assert indicator["sources"]


async def test_its_schema_takes_answers(caller: Client) -> None:
    schema = (await caller.get("/v1/instruments/ikk-29/2025.1/schema")).json()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(make_body()["answers"])


@pytest.mark.parametrize(
    "path", ["ikk-29/2024.1", "ikk-30/2025.1", "ikk-29/2024.1/schema", "ikk-29", "%00/%00", "ketahanan-24/2025.1"]
)
async def test_what_was_not_published_is_not_found(caller: Client, path: str) -> None:
    response = await caller.get(f"/v1/instruments/{path}")
    assert response.status_code == 404
    assert response.json()["type"] == "urn:ikk:problem:not-found"


async def test_an_unknown_parameter_is_refused(caller: Client) -> None:
    assert (await caller.get("/v1/instruments", limit=1)).status_code == 422


async def test_without_a_token_nothing_is_returned(client: Client) -> None:
    for path in ("", "/ikk-29/2025.1", "/ikk-29/2025.1/schema"):
        assert (await client.get(f"/v1/instruments{path}")).status_code == 401


@pytest.fixture
async def server(settings: Settings, dsn: str, database: Database) -> AsyncIterator[FastAPI]:
    """An application for this test that looks for published instruments all the time."""
    application = create_app(settings.model_copy(update={"refresh_seconds": 0.05}), dsn)
    async with application.router.lifespan_context(application):
        yield application
    async with database.connection() as bare:
        await bare.execute("DELETE FROM instrument WHERE code = 'small'")


async def test_an_instrument_published_while_it_runs_is_scored_and_aggregated(
    server: FastAPI, database: Database
) -> None:
    transport = ASGITransport(app=server, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://ikk.test") as http:
        client = Client(http, server)
        await client.sign_in(scopes=EVERYTHING, regions=["63"])
        async with database.session() as session:
            await publish_instrument(session, SMALL.encode("utf-8"))

        async def is_there() -> bool:
            return (await client.get("/v1/instruments/small/1.0")).status_code == 200

        await eventually(is_there)
        answers = {"members": 3, "insured": 2, "savings": "yes"}
        sent = {**make_body(), "instrument": "small", "version": "1.0", "answers": answers}
        sent["family"] = {"head_sex": "male", "members": 3}
        receipt = await client.put(sent)
        assert receipt.status_code == 201, receipt.text
        assert receipt.json()["score"]["index"] == 55.0
        aggregate = (await client.get("/v1/aggregates/63/2025", instrument="small")).json()
        assert (aggregate["families"], aggregate["index"]["mean"]) == (1, 55.0)
        assert aggregate["index"]["category"]["code"] == "middle"
