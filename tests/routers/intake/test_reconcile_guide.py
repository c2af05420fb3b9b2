"""The commands of the guide for app builders that send an interview and, from a new phone, ask for it again."""

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
    commands = [
        next(block for block in blocks_of("app-builders.md", "sh") if sign in block)
        for sign in ("cat > interview.json", "/v1/submissions/reconcile", "/v1/submissions/$ID/answers")
    ]
    environment = {**os.environ, "ADDRESS": f"http://127.0.0.1:{server.port}", "TOKEN": server.token}
    running = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", "\necho\n".join(commands).replace("curl -s", "echo; curl -s")),
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
    )
    said, _ = await running.communicate()
    assert running.returncode == 0
    sent, told, mine, answers = (json.loads(line) for line in said.decode().splitlines() if line.startswith("{"))
    assert [each["state"] for each in told["items"]] == ["stored", "missing"]
    (row,) = [each for each in mine["items"] if each["id"] == sent["id"]]
    assert row["receipt"] == sent["receipt"]
    body = json.loads((tmp_path / "interview.json").read_text("utf-8"))
    assert {name: answers[name] for name in ("answers", "family", "salt")} == {
        name: body[name] for name in ("answers", "family", "salt")
    }
