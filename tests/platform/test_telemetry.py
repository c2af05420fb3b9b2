"""Log lines and request ids. Log lines show the route and the duration, but never what was sent."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.config import Settings
from app.main import create_app
from app.platform.database import Database
from app.platform.log import configure_logging, log
from tests.support.factories import Client, make_body
from tests.support.people import PASSWORD, add_person, refresh, sign_in

ID = "3b0b4a5e-0f5e-4a53-9d52-9e4c1f8f7a11"


class Log:
    """The log lines since `start`, read from standard output as JSON. Logging is restored afterwards."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def start(self) -> None:
        configure_logging("info")

    def lines(self) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]
        # The test's own HTTP client also logs what it sends.
        return [line for line in found if line.get("logger") != "httpx"]


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Log]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield Log(capsys)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


async def test_a_request_is_one_line_with_its_id_route_and_time(caller: Client, written: Log) -> None:
    written.start()
    response = await caller.http.get("/v1/regions/6372061004", headers={"X-Request-ID": "from-a-device.1"})
    assert response.headers["x-request-id"] == "from-a-device.1"
    (line,) = [line for line in written.lines() if line["event"] == "request"]
    assert (
        line.items()
        >= {
            "request_id": "from-a-device.1",
            "method": "GET",
            "route": "/v1/regions/{code}",
            "status": 200,
            "caller": caller.agency_id,
            "level": "info",
        }.items()
    )
    assert line["milliseconds"] > 0


async def test_no_line_holds_a_path_a_query_or_what_was_sent(caller: Client, written: Log) -> None:
    written.start()
    body = make_body()
    await caller.put(body, ID)
    await caller.put({**body, "answers": {"members": "secret-answer"}}, ID)
    await caller.get("/v1/regions", q="secret-name")
    await caller.get("/v1/aggregates/6372061004/2025", secret="1")
    await caller.get("/v1/nowhere/6372061004")
    text = json.dumps(written.lines())
    assert text.count('"event": "request"') == 5
    for private in ("secret", ID, "6372061004", body["family"]["card_number"], "Bearer"):
        assert private not in text


@pytest.mark.parametrize("sent", ["short", "x" * 65, "with space", "new\\nline", "é" * 8, ""])
async def test_a_request_id_of_another_form_is_replaced(caller: Client, sent: str) -> None:
    response = await caller.http.get("/health/live", headers={b"X-Request-ID": sent.encode("utf-8")})
    assert response.headers["x-request-id"] != sent
    assert len(response.headers["x-request-id"]) == 36
    assert response.headers.get_list("x-request-id") == [response.headers["x-request-id"]]


async def test_a_problem_names_the_request(caller: Client) -> None:
    response = await caller.get("/v1/regions/99")
    assert response.json()["instance"] == f"urn:ikk:request:{response.headers['x-request-id']}"


@pytest.fixture
async def broken(settings: Settings, dsn: str) -> AsyncIterator[AsyncClient]:
    """A client of an application with a route that raises an unexpected exception."""
    app: FastAPI = create_app(settings, dsn)

    async def fail() -> None:
        raise KeyError("6372012907250001 answered yes")

    app.add_api_route("/broken", fail)
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url="http://ikk.test") as http,
    ):
        yield http


async def test_what_nobody_foresaw_returns_500_and_is_logged_without_its_text(
    broken: AsyncClient, written: Log
) -> None:
    written.start()
    response = await broken.get("/broken")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == "urn:ikk:problem:internal"
    lines = written.lines()
    (line,) = [line for line in lines if line["event"] == "unexpected"]
    assert line["exception"] == "KeyError"
    assert line["traceback"][-1].endswith(" fail")
    assert line["request_id"] == response.headers["x-request-id"]
    assert "6372012907250001" not in json.dumps(lines) + response.text
    assert [each["status"] for each in lines if each["event"] == "request"] == [500]


def test_an_exception_in_a_librarys_line_loses_its_text_too(written: Log) -> None:
    written.start()
    try:
        raise ValueError("6372012907250001")
    except ValueError:
        logging.getLogger("sqlalchemy.pool").exception("reset failed")
        log.exception("not refreshed")
    lines = written.lines()
    assert [line["exception"] for line in lines] == ["ValueError", "ValueError"]
    assert all(line["traceback"] for line in lines)
    assert "6372012907250001" not in json.dumps(lines)


def test_an_exception_behind_an_exception_is_named(written: Log) -> None:
    written.start()
    try:
        try:
            raise OSError("6372012907250001")
        except OSError as cause:
            raise RuntimeError("6372012907250002") from cause
    except RuntimeError:
        log.exception("not refreshed")
    (line,) = written.lines()
    assert line["exception"] == "RuntimeError"
    assert "637201290725" not in json.dumps(line)


async def test_no_line_holds_what_somebody_signed_in_with(client: Client, database: Database, written: Log) -> None:
    siti = await add_person(database)
    written.start()
    signed_in = (await sign_in(client)).json()
    await sign_in(client, password="wrong-password")
    await sign_in(client, "my-password-as-a-name")
    await refresh(client, signed_in["refresh_token"])
    form = {"username": siti.username, "code": siti.code, "new_password": "perahu-biru-di-muara"}
    await client.http.post("/v1/token/password", data=form)
    await client.http.post("/v1/token/revoke", data={"token": signed_in["access_token"]})
    text = json.dumps(written.lines())
    assert text.count('"event": "request"') == 6
    for private in (siti.username, siti.code, PASSWORD, "wrong-password", "my-password", "perahu", *signed_in.values()):
        if isinstance(private, str) and private not in ("Bearer", signed_in["scope"]):
            assert private not in text
