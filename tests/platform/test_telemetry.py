"""Log lines and request ids. Log lines show the route and the duration, but never what was sent."""

import json
import logging
import traceback
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
from tests.support.factories import EVERYTHING, Client, make_body
from tests.support.people import PASSWORD, add_person, refresh, sign_in

ID = "3b0b4a5e-0f5e-4a53-9d52-9e4c1f8f7a11"


class Log:
    """The log lines since `start`, read from standard output as JSON. Logging is restored afterwards."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def start(self, level: str = "info") -> None:
        configure_logging(level)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Log]:
    root = logging.getLogger()
    handlers = root.handlers[:]
    levels = {logger: logger.level for logger in (root, *map(logging.getLogger, ("uvicorn", "uvicorn.error")))}
    yield Log(capsys)
    root.handlers[:] = handlers
    for logger, level in levels.items():
        logger.setLevel(level)
    structlog.reset_defaults()


async def test_a_request_is_one_line_with_its_id_route_and_time(caller: Client, written: Log) -> None:
    written.start()
    response = await caller.http.get("/v1/regions/6372061004", headers={"X-Request-ID": ID.upper()})
    assert response.headers["x-request-id"] == ID
    (line,) = [line for line in written.lines() if line["event"] == "request"]
    assert (
        line.items()
        >= {
            "request_id": ID,
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


@pytest.mark.parametrize(
    "sent",
    [
        "short",
        "x" * 65,
        "with space",
        "new\\nline",
        "é" * 8,
        "",
        "6372010101900001",
        "from-a-device.1",
        "63720101-0190-4000-8100-00000000000a",
        "0b5e7f1e6a524f0b9a55b7f1c7f0a001",
        "0b5e7f1e-6a52-0f0b-9a55-b7f1c7f0a001",
    ],
)
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


TOKEN = "eyJhbGciOiJFUzI1NiJ9.zebra-zebra"


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
@pytest.mark.parametrize(
    "name", ["httpx", "httpcore.http11", "sqlalchemy.engine", "asyncpg", "asyncio", "jose", "zebra"]
)
def test_a_librarys_line_loses_its_values_at_every_level(written: Log, level: str, name: str) -> None:
    written.start(level)
    library = logging.getLogger(name)
    for severity in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        library.log(severity, "request %s %r", f"GET /odk/k/{TOKEN}/forms?token={TOKEN}", {"Authorization": TOKEN})
        library.log(severity, f"failed\nexception=ValueError({TOKEN!r})", stack_info=True)
    library.debug(f"headers {TOKEN}")
    library.info(f"GET /?token={TOKEN}")
    lines = written.lines()
    assert {line["event"] for line in lines} == {"request %s %r", "failed"}
    assert "zebra-zebra" not in json.dumps(lines)


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
async def test_no_token_is_logged_or_counted_wherever_a_client_puts_it(
    caller: Client, written: Log, level: str
) -> None:
    """In a path, a query, a header, a method and a body, with our own lines and those of the libraries we call."""
    written.start(level)
    http = caller.http
    for path in (
        f"/odk/k/{TOKEN}/forms",
        f"/v1/regions/{TOKEN}",
        f"/v1/submissions?token={TOKEN}",
        f"/{TOKEN}?{TOKEN}=1",
    ):
        for header in ("Authorization", "Cookie", "X-Api-Key", "Referer", "User-Agent", "Accept", "Host"):
            await http.get(path, headers={header: f"Bearer {TOKEN}"})
        await http.request(TOKEN.partition(".")[0], path)
        await http.post(path, content=TOKEN, headers={"Content-Type": TOKEN})
    await http.post("/v1/token", data={"grant_type": TOKEN, TOKEN: TOKEN})
    text = json.dumps(written.lines())
    assert ("request" in text) == (level in ("debug", "info"))
    await caller.sign_in(scopes=EVERYTHING, regions=["ID"])
    shown = (await http.get("/metrics")).text
    assert "ikk_request_seconds_count" in shown
    for part in TOKEN.split("."):
        assert part not in text + shown


def test_a_failed_start_is_logged_without_the_text_of_its_exception(written: Log) -> None:
    """uvicorn logs the whole traceback as one message, in the place where the exception was caught."""
    written.start()
    try:
        raise ValueError(TOKEN)
    except ValueError:
        logging.getLogger("uvicorn.error").error(traceback.format_exc())
    (line,) = written.lines()
    assert line["exception"] == "ValueError"
    assert line["traceback"]
    assert "zebra-zebra" not in json.dumps(line)


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
