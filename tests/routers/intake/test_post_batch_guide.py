"""The commands of the guide for app builders that send an interview, and then a batch with it and another."""

import asyncio
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.programs import needs
from tests.support.serving import Server
from tests.test_docs import blocks_of

pytestmark = pytest.mark.process


async def test_it_works(server: Server, tmp_path: Path) -> None:
    needs("curl", "curl")
    alone, batch = (
        next(block for block in blocks_of("app-builders.md", "sh") if sign in block)
        for sign in ("cat > interview.json", "/v1/submissions/batch")
    )
    environment = {**os.environ, "ADDRESS": f"http://127.0.0.1:{server.port}", "TOKEN": server.token}
    running = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", f"{alone}\necho\n{batch}"),
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
    )
    said, _ = await running.communicate()
    assert running.returncode == 0
    sent, taken = (json.loads(line) for line in said.decode().strip().splitlines())
    assert [(each["outcome"], each["status"]) for each in taken["items"]] == [("stored", 200), ("stored", 201)]
    assert taken["items"][0]["submission"] == sent
