"""Programs that others wrote, started for a test: free ports, files with other values, and how a test skips."""

import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.factories import PROJECT

DEPLOY = PROJECT / "deploy"


def needs(program: str, package: str) -> str:
    """The path of a program. Skips the test if this machine lacks it."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{program} is not installed: Debian's package {package} has it")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def changed(file: str, values: Mapping[str, str]) -> str:
    """The text of a file in `deploy/` with these parts replaced. Each part must be in it."""
    text = (DEPLOY / file).read_text("utf-8")
    for part, value in values.items():
        assert part in text, f"{file}: {part}"
        text = text.replace(part, value)
    return text


@contextmanager
def started(
    command: list[str], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a program inside the block, with its output in a file, and ends it. It runs in the project's folder."""
    with log.open("wb") as output:
        program = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield program
    finally:
        program.terminate()
        try:
            program.wait(20)
        finally:
            program.kill()
