"""The commands of the guide for app builders that send an interview and, from a new phone, ask for it again."""

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
        for sign in ("cat > interview.json", "/v1/submissions/reconcile", "/v1/submissions/$ID/answers")
    ]
    said = await run_commands(commands, server, tmp_path)
    sent, told, mine, answers = (json.loads(line) for line in said if line.startswith("{"))
    assert [each["state"] for each in told["items"]] == ["stored", "missing"]
    (row,) = [each for each in mine["items"] if each["id"] == sent["id"]]
    assert row["receipt"] == sent["receipt"]
    body = json.loads((tmp_path / "interview.json").read_text("utf-8"))
    assert {name: answers[name] for name in ("answers", "family", "salt")} == {
        name: body[name] for name in ("answers", "family", "salt")
    }
