"""`ikk serve` prepares the application before the first request."""

import gc
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from tests.commands.test_commands import Command


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
