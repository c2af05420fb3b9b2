"""The commands of the guide for app builders that send an interview, and then a batch with it and another."""

import json
from pathlib import Path

import pytest

from tests.support.serving import Server
from tests.support.shell import run_commands
from tests.test_docs import blocks_of

pytestmark = pytest.mark.process


async def test_it_works(server: Server, tmp_path: Path) -> None:
    commands = [
        next(block for block in blocks_of("app-builders.md", "sh") if sign in block)
        for sign in ("cat > interview.json", "/v1/submissions/batch")
    ]
    said = await run_commands(commands, server, tmp_path)
    sent, taken = (json.loads(line) for line in said if line.startswith("{"))
    assert [(each["outcome"], each["status"]) for each in taken["items"]] == [("stored", 200), ("stored", 201)]
    assert taken["items"][0]["submission"] == sent
