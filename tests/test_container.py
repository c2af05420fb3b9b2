"""Runs the steps of Dockerfile and compose.yaml one by one, so that it needs no container engine.

Steps that need an engine (a base image, a user, an owner) are compared with the known text of the files. A new kind of
step therefore makes a test fail.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
STEPS = [line for line in (PROJECT / "Dockerfile").read_text().splitlines() if re.match(r"[A-Z]+ ", line)]
COMPOSE = (PROJECT / "compose.yaml").read_text()


def steps(kind: str) -> list[str]:
    return [line.removeprefix(kind).strip() for line in STEPS if line.startswith(f"{kind} ")]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with its own environment, filled by the Dockerfile's COPY and pip steps in their order."""
    folder = tmp_path_factory.mktemp("image")
    environment = folder / "environment"
    work = folder / "srv"
    work.mkdir()
    venv.create(environment, with_pip=True, symlinks=True)
    for line in STEPS:
        kind, _, step = line.partition(" ")
        if kind == "COPY":
            *sources, target = step.split()
            for source in sources:
                place = work / target if target != "." and not target.endswith("/") else work / target / source
                copy = shutil.copytree if (PROJECT / source).is_dir() else shutil.copy2
                copy(PROJECT / source, place)
        elif kind == "RUN" and step.startswith("pip "):
            subprocess.run([environment / "bin" / "python", "-m", *step.split()], cwd=work, check=True)
    yield folder
    shutil.rmtree(folder)


def test_every_step_is_one_that_is_run_or_known() -> None:
    assert steps("FROM") == ["python:3.12-slim"]
    assert [step for step in steps("RUN") if not step.startswith("pip ")] == [
        "useradd --system --create-home --home-dir /srv/ikk ikk",
        "install --directory --owner=ikk --mode=0700 state",
    ]
    assert steps("USER") == ["ikk"]
    known = {"FROM", "RUN", "COPY", "USER", "WORKDIR", "ENV", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD"}
    assert {line.split()[0] for line in STEPS} == known


def test_the_user_is_set_after_the_last_step_that_needs_root() -> None:
    kinds = [line.split()[0] for line in STEPS]
    assert kinds.index("USER") > max(place for place, kind in enumerate(kinds) if kind in ("RUN", "COPY"))


@pytest.mark.foreign
async def test_it_prepares_serves_is_healthy_and_stops(image: Path, empty_dsn: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    state = image / "state"
    variables = dict(each.split("=", 1) for each in steps("ENV")[0].split())
    environment = {
        **{name: os.environ[name] for name in ("LANG", "TZ") if name in os.environ},
        **variables,
        "PATH": f"{image / 'environment' / 'bin'}:{os.environ['PATH']}",
        "DATABASE_URL": empty_dsn,
        "IKK_FOLDER": str(state),
        "IKK_PORT": str(port),
        "IKK_HOST": "127.0.0.1",
    }
    prepare = re.search(r'command: \["sh", "-ec", "([^"]+)"\]', COMPOSE)
    assert prepare is not None
    await _run(["sh", "-ec", prepare[1]], image / "srv", environment)
    server = await asyncio.create_subprocess_exec(
        *json.loads(steps("CMD")[0]), cwd=image / "srv", env=environment, stdout=subprocess.PIPE
    )
    try:
        _, _, check = steps("HEALTHCHECK")[0].partition("CMD ")
        await _until_healthy([part.replace("8000", str(port)) for part in json.loads(check)], image, environment)
    finally:
        server.send_signal(getattr(signal, steps("STOPSIGNAL")[0]))
        lines, _ = await asyncio.wait_for(server.communicate(), 40)
    assert server.returncode in (0, -signal.SIGTERM)
    assert all(json.loads(line)["level"] for line in lines.decode().splitlines())
    assert (state / "keys.json").stat().st_mode & 0o077 == 0


async def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    ran = await asyncio.create_subprocess_exec(*command, cwd=folder, env=environment)
    assert await ran.wait() == 0


async def _until_healthy(check: list[str], image: Path, environment: dict[str, str]) -> None:
    for _ in range(100):
        ran = await asyncio.create_subprocess_exec(
            *check, cwd=image / "srv", env=environment, stderr=subprocess.DEVNULL
        )
        if await ran.wait() == 0:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("never healthy")


def test_what_compose_starts_is_what_the_image_offers() -> None:
    assert COMPOSE.count("build: .") == 2
    assert "DATABASE_URL: postgresql://ikk:${POSTGRES_PASSWORD}@database:5432/ikk" in COMPOSE
