"""Runs the commands of a guide against a server, as its reader does."""

import asyncio
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support.programs import needs
from tests.support.serving import Server


async def run_commands(commands: Sequence[str], server: Server, folder: Path) -> list[str]:
    """Runs the commands in one shell, which stops at the first that fails. Returns the lines that they write.

    `ADDRESS` and `TOKEN` are those of the server. The response of each curl begins a line.
    """
    needs("curl", "curl")
    text = "\necho\n".join(commands).replace("curl -s", "echo; curl -s")
    running = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", text),
        cwd=folder,
        env={**os.environ, "ADDRESS": f"http://127.0.0.1:{server.port}", "TOKEN": server.token},
        stdout=subprocess.PIPE,
    )
    said, _ = await running.communicate()
    assert running.returncode == 0
    return said.decode().splitlines()
