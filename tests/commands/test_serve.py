"""`ikk serve` prepares the application before the first request."""

import asyncio
import gc
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from httpx import ASGITransport, AsyncClient

from app.config import Settings
from app.main import create_app
from tests.commands.test_commands import Command
from tests.support.factories import PROJECT


async def test_it_serves_a_prepared_application(
    migrated_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ikk = Command(migrated_dsn, tmp_path)
    ikk.done("keys", "init")
    seen: list[tuple[int, int]] = []

    def run(server: uvicorn.Server, **_: Any) -> None:
        application: Any = server.config.app
        # FastAPI makes the routes of a router when something first asks for them.
        made = [each for each in application.routes if getattr(each, "_effective_candidates", None)]
        seen.append((len(made), gc.get_freeze_count()))

    monkeypatch.setattr(uvicorn.Server, "run", run)
    gc.unfreeze()  # what tests/conftest.py froze. From here on it is frozen by the command
    ikk.done("serve", IKK_PORT="0")
    ((routers, frozen),) = seen
    assert routers > 30
    assert frozen > 100_000, "objects that a full collection passes over"


LATER = (
    "alembic",
    "app.demo",
    "app.examples.operations",
    "authlib",
    "httpx",
    "openpyxl",
    "segno",
    "xlsxwriter",
)
"""What only some requests and commands need. Together it takes a third of the memory and of the time of a start."""


def test_it_loads_only_what_serving_needs() -> None:
    loading = "import app.commands.serve, app.main, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", loading], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert sorted({*loaded.stdout.split()} & {*LATER}) == []
    assert "app.routers.intake.submissions" in loaded.stdout.split()


async def test_the_document_is_made_once_beside_other_requests_and_only_its_text_is_kept(settings: Settings) -> None:
    app: Any = create_app(settings, "postgresql://none")
    make, threads = app.openapi, []

    def openapi() -> Any:
        threads.append(threading.get_ident())
        return make()

    app.openapi = openapi
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://ikk.test") as http:
        first, second = await asyncio.gather(*(http.get("/openapi.json") for _ in range(2)))
        assert first.status_code == 200
        assert first.content == second.content == (await http.get("/openapi.json")).content
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()
    assert app.openapi_schema is None
