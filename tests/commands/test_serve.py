"""`ikk serve` prepares the application before the first request."""

import gc
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import uvicorn

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
    ikk.done("serve")
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
