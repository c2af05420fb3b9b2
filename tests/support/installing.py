"""Installs programs that others wrote, once, from the indexes of this machine. Git ignores the folder."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from tests.support.factories import PROJECT
from tests.support.programs import needs

INSTALLED: Final = PROJECT / ".clients"
_OLDEST_NODE: Final = 20


def node_modules(package: Path) -> Path:
    """The packages of a package.json. Skips the test if this machine lacks npm or has an old Node.js."""
    npm, node = needs("npm", "npm"), needs("node", "nodejs")
    version = run([node, "--version"], PROJECT)
    if int(re.findall("[0-9]+", version)[0]) < _OLDEST_NODE:
        pytest.skip(f"Node.js is {version.strip()}, and the packages need {_OLDEST_NODE} or later")
    with _folder_for(package) as (folder, done):
        if not done:
            shutil.copy(package, folder / "package.json")
            run([npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--package-lock=false"], folder)
    return folder / "node_modules"


def environment(requirements: Path) -> Path:
    """The `bin` of an environment with what a requirements.txt lists."""
    with _folder_for(requirements) as (folder, done):
        if not done:
            run([sys.executable, "-m", "venv", str(folder)], PROJECT)
            wanted = ["install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)]
            run([str(folder / "bin" / "python"), "-m", "pip", *wanted], PROJECT)
    return folder / "bin"


@contextmanager
def _folder_for(wanted: Path) -> Iterator[tuple[Path, bool]]:
    """A folder for exactly what a file wants, and whether it is installed there. Workers take turns."""
    folder = INSTALLED / f"{wanted.parent.name}-{sha256(wanted.read_bytes()).hexdigest()[:12]}"
    mark = folder / "installed"
    INSTALLED.mkdir(exist_ok=True)
    with (INSTALLED / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = mark.exists()
        if not done:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        yield folder, done
        mark.touch()


def run(command: Sequence[str], folder: Path, variables: Mapping[str, str] | None = None, *, given: str = "") -> str:
    """Runs a program in a folder and returns what it printed. The test fails if the program does. given: its input"""
    ran = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(variables or {})},
        input=given,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout
