"""Exports while they run: bounded memory, clients that go away, formulas, versions side by side, and rounds."""

import asyncio
import csv
import io
import json
import socket
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import uvicorn
from openpyxl import load_workbook

from app.config import Settings
from app.formats.streams import CsvDialect, SheetDialect, WorkbookStream
from app.platform.database import Connection, Database
from app.services.reviews import export as service
from tests.routers.reviews.test_export import ADDRESS, MINE, rows_of
from tests.routers.reviews.test_export import http as http
from tests.routers.subject_requests.test_every_type_of_answer import FILE, body
from tests.scoring.format_2 import complete
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client
from tests.support.families import put
from tests.support.rounds import plan_round
from tests.support.small_service import serving
from tests.support.wire import eventually

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1")


@pytest.fixture
async def two(settings: Settings, dsn: str, database: Database) -> AsyncIterator[Client]:
    """A service with two comparable versions of an instrument."""
    assert database is not None
    follows = {"version": "1", "comparable": "all", "note": {"id": "Sama"}}
    texts = [complete(FILE, code="every-type"), complete(FILE, code="every-type", version="2", follows=follows)]
    async with serving(settings, dsn, texts, regions=["63"]) as client:
        yield client


async def test_a_page_is_read_only_when_the_client_took_the_one_before(
    http: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So what the service holds does not grow with the export, however slowly its client reads."""
    monkeypatch.setattr(service, "_PAGE", 2)
    monkeypatch.setattr(service, "_TURN", 2)
    exports, pages = list[service.Export](), list[int]()
    start, read_names = service.Export.start, service.Export._read_names

    async def started(self: service.Export) -> None:
        exports.append(self)
        await start(self)

    async def counted(self: service.Export, connection: Any, rows: Any) -> Any:
        pages.append(len(rows))
        return await read_names(self, connection, rows)

    monkeypatch.setattr(service.Export, "start", started)
    monkeypatch.setattr(service.Export, "_read_names", counted)
    for _ in range(6):
        await put(http, body())
    await rows_of(http)
    pages.clear()
    parts = exports[0].parts()
    seen = []
    async for _part in parts:
        seen.append(len(pages))
    assert seen == [0, 1, 2, 3]


def test_a_workbook_that_breaks_off_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stream = WorkbookStream("x", [("interviews", ["id"]), ("rosters", ["id"])])
    stream.add('["a"]\n', '["b"]\n["c"]\n')
    assert list(tmp_path.iterdir())
    stream.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text: str) -> None:
    [[cell]] = list(csv.reader([CsvDialect().text("", text)[1:]]))
    assert cell.startswith("'")
    dialect = SheetDialect()
    stream = WorkbookStream("x", [("interviews", ["id"])])
    stream.add(f"[{dialect.text('', text)[1:]}]\n", "")
    stream.finish()
    found = load_workbook(io.BytesIO(b"".join(iter(stream.rest, b""))))["interviews"]["A2"]
    stream.close()
    assert (found.value, found.data_type) == (text, "s")


async def test_comparable_versions_are_exported_together(two: Client) -> None:
    sent = {(await put(two, {**body(), "version": each}))["id"]: each for each in ("1", "2")}
    rows = await rows_of(two)
    assert {each["id"]: each["version"] for each in rows} == sent
    assert {each["answer.area"] for each in rows} == {"36.5"}
    assert [each["version"] for each in await rows_of(two, version="1")] == ["1"]


async def test_a_round_holds_its_village_and_days(http: Client) -> None:
    days = {"instrument": "every-type", "version": "1", "opens_on": "2026-06-01", "closes_on": "2026-06-30"}
    named = await plan_round(http, LANDASAN_ULIN_SELATAN, **days)
    inside = await put(http, body())
    await put(http, {**body(), "region": GUNTUNG_MANGGIS})
    await put(http, {**body(), "surveyed_at": "2026-07-15T03:00:00Z"})
    assert [each["id"] for each in await rows_of(http, round=named)] == [inside["id"]]
    assert len(await rows_of(http)) == 3


@pytest.mark.parametrize(("labels", "sex", "status"), [("id", "Perempuan", "Diterima"), ("en", "Female", "Accepted")])
async def test_a_workbook_has_labels_on_both_sheets(http: Client, labels: str, sex: str, status: str) -> None:
    await put(http, body())
    found = await http.get(ADDRESS, **MINE, format="xlsx", labels=labels)
    book = load_workbook(io.BytesIO(found.content))
    assert book.sheetnames == ["interviews", "rosters"]
    assert {sex, status} <= {each.value for each in book["interviews"][2]}
    assert (book["interviews"].max_row, book["rosters"].max_row) == (2, 3)


async def test_a_client_that_goes_away_frees_its_turn_and_is_audited(
    http: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_PAGE", 1)
    waiting, read_names = asyncio.Event(), service.Export._read_names

    async def stuck(self: service.Export, *given: Any) -> Any:
        waiting.set()
        await asyncio.sleep(60)
        return await read_names(self, *given)

    monkeypatch.setattr(service.Export, "_read_names", stuck)
    await put(http, body())
    app = http.app
    turns = app.state.export_turn._value
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        running = asyncio.create_task(server._serve([listening]))

        async def started() -> bool:
            return server.started

        await eventually(started)
        reader, writer = await asyncio.open_connection("127.0.0.1", listening.getsockname()[1])
        token = http.http.headers["authorization"]
        writer.write(f"GET {ADDRESS}?{urlencode(MINE)} HTTP/1.1\r\nHost: a\r\nAuthorization: {token}\r\n\r\n".encode())
        assert b" 200 " in await reader.readline()
        await waiting.wait()
        assert app.state.export_turn._value == turns - 1
        writer.close()

        async def freed() -> bool:
            query = "SELECT detail FROM audited WHERE kind = 'submission.exported'"
            ended = [json.loads(each[0])["complete"] for each in await connection.fetch(query)]
            return ended == [False] and app.state.export_turn._value == turns

        await eventually(freed)
        server.should_exit = True
        await running
